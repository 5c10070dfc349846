//! Network resources.

use super::is_the_task;
use crate::fake::golden;
use crate::fixtures::sap::{DECLARATION, NETWORKS, TASK};
use k5::ids::SubnetId;
use k5::sap::{Network, Sap};

#[test]
fn create_network() {
    let document = r#"<Network><Subnet id="8f3a&amp;"/><AvailabilityZone>jp-east-1a</AvailabilityZone></Network>"#;
    let task = golden(
        &format!("POST /networks\ncontent-type: application/xml\n\n{DECLARATION}{document}"),
        &format!("202\n\n{TASK}"),
        async |session| Sap::new(session).create_network(&SubnetId::from("8f3a&"), "jp-east-1a").send().await,
    );
    is_the_task(&task);
}

#[test]
fn delete_network() {
    let task = golden("DELETE /networks/ror-7", &format!("202\n\n{TASK}"), async |session| {
        Sap::new(session).delete_network("ror-7").send().await
    });
    is_the_task(&task.expect("a task"));
}

#[test]
fn list_networks() {
    let page = golden("GET /networks?verbose=true&availability_zone=jp-east-1a", &format!("200\n\n{NETWORKS}"), async |session| {
        Sap::new(session).list_networks().verbose(true).availability_zone("jp-east-1a").send().await
    });
    let [inside, beside, omitted] = page.items.as_slice() else { panic!("{page:?}") };
    let ranges = |network: &Network| -> Vec<(String, String)> {
        let text = |address: &Option<String>| address.clone().unwrap_or_default();
        network.excluded().iter().map(|range| (text(&range.start), text(&range.end))).collect()
    };
    let pair = |start: &str, end: &str| (start.to_owned(), end.to_owned());
    assert_eq!((inside.id.as_str(), inside.gateway()), ("ror-7", Some("10.1.2.1")));
    assert_eq!(ranges(inside), [pair("10.1.2.1", "10.1.2.10"), pair("10.1.2.250", "10.1.2.254")]);
    assert_eq!(inside.reserved_addresses(), ["10.1.2.11", "10.1.2.12", "10.1.2.20"], "without line breaks and blanks");
    let set = inside.address_set.as_ref().expect("a set");
    assert_eq!(
        (set.mask.as_deref(), set.start.as_deref(), set.end.as_deref()),
        (Some("255.255.255.0"), Some("10.1.2.1"), Some("10.1.2.254"))
    );
    assert_eq!(inside.availability_zone.as_deref(), Some("jp-east-1a"));
    assert_eq!((beside.gateway(), beside.reserved_addresses()), (Some("10.1.3.1"), vec!["10.1.3.9"]));
    assert_eq!(ranges(beside), [pair("10.1.3.1", "10.1.3.1")]);
    assert_eq!((omitted.gateway(), omitted.excluded().len(), omitted.reserved_addresses().len()), (None, 0, 0));
    golden("GET /networks", "200\n\n<Networks/>", async |session| Sap::new(session).list_networks().send().await);
}
