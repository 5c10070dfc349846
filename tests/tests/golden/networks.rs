//! Networks, subnets and ports: what each method sends and reads.

use crate::fake::{block_on, golden, session};
use k5::network::{NetworkStatus, Networks};

#[test]
fn list_networks() {
    let page = golden(
        "GET /v2.0/networks?limit=2&marker=net-0&sort_key=name&sort_dir=asc&name=a%26b&id=net-1&project_id=0f3e&tenant_id=0f3f&\
         status=ACTIVE&shared=true&router%3Aexternal=false",
        "200\n\n{\"networks\": [{\"id\": \"net-1\", \"name\": \"a&b\", \"status\": \"ACTIVE\", \"subnets\": [\"sub-1\"], \"shared\": true, \
         \"router:external\": false, \"availability_zone\": \"jp-east-1a\"}, {\"id\": \"net-2\"}], \
         \"networks_links\": [{\"rel\": \"next\", \"href\": \"http://h/ x\"}]}",
        async |session| {
            let list = Networks::new(session).list_networks().limit(2).marker("net-0").sort_key("name").sort_dir("asc");
            let list = list.name("a&b").id("net-1").project_id("0f3e").tenant_id("0f3f").status("ACTIVE");
            list.shared(true).router_external(false).send().await
        },
    );
    let [first, second] = &page.items[..] else { panic!("two networks") };
    assert_eq!((first.id.as_str(), first.name.as_deref(), page.more), ("net-1", Some("a&b"), Some(true)));
    assert_eq!(
        (first.status.as_ref(), first.shared, first.router_external),
        (Some(&NetworkStatus::Active), Some(true), Some(false))
    );
    assert_eq!((first.subnets.as_ref().expect("subnets")[0].as_str(), second.name.as_ref()), ("sub-1", None));
}

#[test]
fn pages_of_networks() {
    let pages = [
        "200\n\n{\"networks\": [{\"id\": \"net-1\"}], \"networks_links\": [{\"rel\": \"next\", \"href\": \"http://elsewhere/\"}]}",
        "200\n\n{\"networks\": [{\"id\": \"net-2\"}], \"networks_links\": [{\"rel\": \"previous\", \"href\": \"http://elsewhere/\"}]}",
    ];
    let (session, seen) = session(&pages);
    let all = block_on(Networks::new(session).list_networks().limit(1).items().collect()).expect("listed");
    assert_eq!(all.iter().map(|network| network.id.as_str()).collect::<Vec<_>>(), ["net-1", "net-2"]);
    assert_eq!(seen.lines(), ["GET /v2.0/networks?limit=1", "GET /v2.0/networks?limit=1&marker=net-1"]);
}

#[test]
fn show_network() {
    let network = golden(
        "GET /v2.0/networks/net%2F1",
        "200\n\n{\"network\": {\"id\": \"net/1\", \"status\": \"DORMANT\", \"mtu\": 1450, \"provider:network_type\": \"vxlan\"}}",
        async |session| Networks::new(session).show_network("net/1").send().await,
    );
    assert_eq!((network.status.as_ref().map(NetworkStatus::as_str), network.mtu), (Some("DORMANT"), Some(1450)));
    assert_eq!(network.extra["provider:network_type"], "vxlan");
}

#[test]
fn list_subnets() {
    let page = golden(
        "GET /v2.0/subnets?name=s&network_id=net-1",
        "200\n\n{\"subnets\": [{\"id\": \"sub-1\", \"cidr\": \"192.168.0.0/24\", \"ip_version\": 4, \"gateway_ip\": null, \
         \"allocation_pools\": [{\"start\": \"192.168.0.2\", \"end\": \"192.168.0.254\"}]}]}",
        async |session| Networks::new(session).list_subnets().name("s").network_id("net-1").send().await,
    );
    let subnet = &page.items[0];
    assert_eq!((subnet.cidr.as_deref(), subnet.ip_version, subnet.gateway_ip.as_ref()), (Some("192.168.0.0/24"), Some(4), None));
    assert_eq!(subnet.allocation_pools.as_ref().expect("pools")[0].end.as_deref(), Some("192.168.0.254"));
}

#[test]
fn ports() {
    let answer = "200\n\n{\"ports\": [{\"id\": \"port-1\", \"name\": \"\", \"device_id\": \"s-1\", \
                  \"fixed_ips\": [{\"subnet_id\": \"sub-1\", \"ip_address\": \"192.168.0.3\"}]}]}";
    let page =
        golden("GET /v2.0/ports?name=p&status=DOWN&network_id=net-1&device_id=s-1&mac_address=fa%3A16", answer, async |session| {
            let list = Networks::new(session).list_ports().name("p").status("DOWN").network_id("net-1").device_id("s-1");
            list.mac_address("fa:16").send().await
        });
    let address = &page.items[0].fixed_ips.as_ref().expect("addresses")[0];
    assert_eq!((address.ip_address.as_deref(), page.items[0].device_id.as_deref()), (Some("192.168.0.3"), Some("s-1")));
    let port =
        golden("GET /v2.0/ports/port-1", "200\n\n{\"port\": {\"id\": \"port-1\", \"status\": \"BUILD\"}}", async |session| {
            Networks::new(session).show_port("port-1").send().await
        });
    assert_eq!(port.status, Some(NetworkStatus::Build));
}

/// A network's name may be that of several; a port that was made for a server has none.
#[test]
fn by_name() {
    let named = "200\n\n{\"networks\": [{\"id\": \"net-1\", \"name\": \"web\"}]}";
    let (session, seen) = session(&[named, "200\n\n{\"ports\": []}"]);
    let networks = Networks::new(session);
    assert_eq!(block_on(networks.find_network("web")).expect("one").id, "net-1");
    let error = block_on(networks.find_port("web")).expect_err("none");
    assert_eq!(error.to_string(), "network.list_ports: no port has the id or the name \"web\"");
    assert_eq!(seen.lines(), ["GET /v2.0/networks?name=web", "GET /v2.0/ports?name=web"]);
}
