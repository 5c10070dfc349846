//! Network resources and the addresses in them.

use super::{FORM, IMAGE, SUBNET, XML, assert_bad, assert_refused, document, done, finished, resource, send, slow};
use crate::client::{Answer, Client};

async fn create(client: &Client, subnet: &str) -> Answer {
    let document = format!(r#"<Network><Subnet id="{subnet}"/><AvailabilityZone>uk-1b</AvailabilityZone></Network>"#);
    send(client, "POST", "/networks", XML, &document).await
}

fn nic(index: u32, network: &str, address: &str) -> String {
    let link = format!(r#"<NetworkLink id="{network}">{address}</NetworkLink>"#);
    format!("<NIC><NICIndex>{index}</NICIndex><NetworkLinks>{link}</NetworkLinks></NIC>")
}

#[tokio::test]
async fn they_come_and_go_with_those_that_use_them() {
    let (emulator, client) = slow().await;
    let list = async |query: &str| client.at("GET", &format!("/networks{query}"), None).await.text();
    assert!(list("").await.ends_with("<Networks/>"));
    let creating = create(&client, SUBNET).await;
    let id = resource(&creating);
    assert!(list("").await.ends_with("<Networks/>"), "until it is done");
    let early = document("early", IMAGE, &nic(0, &id, ""));
    assert_refused(&send(&client, "POST", "/l_servers", XML, &early).await, 409, "67178");
    finished(&client, &creating).await;
    let plain = list("?availability_zone=uk-1b").await;
    let parts =
        [format!(r#"id="{id}"><AddressSet name="{SUBNET}" subnet="192.168."#), r#"<DefaultGateway address="192.168."#.to_owned()];
    assert!(parts.iter().all(|part| plain.contains(part)) && !plain.contains("Exclude"), "{plain}");
    assert!(list("?availability_zone=uk-1a").await.ends_with("<Networks/>"));
    assert_refused(&create(&client, SUBNET).await, 409, "67153");
    let other = Client::of(&emulator, "alt_demo").await;
    assert_refused(&send(&other, "DELETE", &format!("/networks/{id}"), FORM, "").await, 404, "67154");

    let block = plain.split("subnet=\"").nth(1).unwrap().split(".0\"").next().unwrap().to_owned();
    let nics = [
        nic(0, &id, r#"<IpAddress auto="true"/>"#),
        nic(1, &id, ""),
        nic(2, &id, &format!(r#"<IpAddress auto="false" address="{block}.200"/>"#)),
    ];
    let created = send(&client, "POST", "/l_servers", XML, &document("user", IMAGE, &nics.concat())).await;
    let verbose = list("?verbose=true").await;
    assert!(verbose.contains(&format!("<Reserve>{block}.11,{block}.12,{block}.200</Reserve>")), "at once: {verbose}");
    assert!(verbose.contains(&format!(r#"<Exclude><AddressRange start="{block}.1" end="{block}.10"/></Exclude>"#)), "{verbose}");
    finished(&client, &created).await;
    for (address, status) in [("200", 409), ("1", 400), ("255", 400), ("0", 400), ("x", 400)] {
        let nic = nic(0, &id, &format!(r#"<IpAddress auto="false" address="{block}.{address}"/>"#));
        let refused = send(&client, "POST", "/l_servers", XML, &document("second", IMAGE, &nic)).await;
        assert_eq!(refused.status, status, "{address}: {}", refused.text());
    }
    let twice = nic(0, &id, "") + &nic(0, &id, "");
    assert_bad(&send(&client, "POST", "/l_servers", XML, &document("twice", IMAGE, &twice)).await, 400);

    let path = format!("/networks/{id}");
    assert_refused(&send(&client, "DELETE", &path, FORM, "").await, 409, "67167");
    done(&client, "DELETE", &format!("/l_servers/{}", resource(&created)), "").await;
    assert!(list("?verbose=true").await.contains("<Reserve/>"));
    let deleting = send(&client, "DELETE", &path, FORM, "").await;
    assert!(list("").await.contains(&id), "until it is done");
    assert_refused(&send(&client, "DELETE", &path, FORM, "").await, 409, "67178");
    finished(&client, &deleting).await;
    assert!(list("").await.ends_with("<Networks/>"));
    assert_refused(&send(&client, "DELETE", &path, FORM, "").await, 404, "67154");
    for bad in [
        "<Network/>",
        r#"<Network><Subnet id="mine"/><AvailabilityZone>a</AvailabilityZone></Network>"#,
        "<Network><Subnet/><AvailabilityZone>a</AvailabilityZone></Network>",
        r#"<Network><Subnet id="0b7a6b5c-1111-4222-8333-444455556666"/></Network>"#,
        "<Resources/>",
        "",
    ] {
        assert_bad(&send(&client, "POST", "/networks", XML, bad).await, 400);
    }
    assert_bad(&client.at("GET", "/networks?verbose=all", None).await, 400);
}
