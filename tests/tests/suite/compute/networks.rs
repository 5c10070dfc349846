//! Networks and ports: what servers are put in.

use super::servers::running;
use super::volumes::NOBODY;
use k5::Cloud;
use k5::network::NetworkStatus;
use k5_tests::Scope;

/// By name and by id, with their addresses.
pub(crate) async fn are_found(cloud: Cloud, _: Scope) {
    let networks = cloud.network();
    let private = networks.find_network("private").await.expect("by name");
    assert_eq!((private.status.as_ref(), private.admin_state_up), (Some(&NetworkStatus::Active), Some(true)));
    assert_eq!((private.shared, private.router_external), (Some(true), Some(false)));
    assert_eq!(networks.find_network(private.id.as_str()).await.expect("by id").name.as_deref(), Some("private"));
    assert_eq!(networks.show_network(&private.id).send().await.expect("shown").id, private.id);

    let subnets = networks.list_subnets().network_id(private.id.as_str()).send().await.expect("listed").items;
    let [subnet] = &subnets[..] else { panic!("one subnet: {subnets:?}") };
    assert_eq!((subnet.cidr.as_deref(), subnet.ip_version), (Some("10.0.0.0/20"), Some(4)));
    assert_eq!((subnet.name.as_deref(), private.subnets), (Some("private-subnet"), Some(vec![subnet.id.clone()])));

    for nobody in ["privat", NOBODY, "a name that (nobody) has*"] {
        assert!(networks.find_network(nobody).await.expect_err(nobody).is_not_found());
    }
    let error = networks.show_network(NOBODY).send().await.expect_err("none");
    assert!(error.is_not_found() && error.code() == Some("NetworkNotFound"), "{error}");
}

/// Filters, an order and pages.
pub(crate) async fn are_listed(cloud: Cloud, _: Scope) {
    let networks = cloud.network();
    let ids = |all: Vec<k5::network::Network>| all.into_iter().map(|network| network.id).collect::<Vec<_>>();
    let private = networks.find_network("private").await.expect("found").id;
    let list = networks.list_networks().sort_key("id").sort_dir("asc");
    let all = ids(list.send().await.expect("listed").items);
    assert!(all.contains(&private) && all.is_sorted());
    let paged = networks.list_networks().limit(1).sort_key("id").sort_dir("asc").items().collect().await.expect("listed");
    assert_eq!(ids(paged), all);
    let one = networks.list_networks().name("private").id(private.as_str()).shared(true).router_external(false).status("ACTIVE");
    assert_eq!(ids(one.send().await.expect("listed").items), [private]);
    let none = networks.list_networks().name("private").shared(false).send().await.expect("listed");
    assert!(none.items.is_empty());
    let error = networks.list_networks().sort_key("id").send().await.expect_err("without a direction");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400), "{error}");
}

/// A server's interfaces are ports of the network.
pub(crate) async fn have_ports(cloud: Cloud, scope: Scope) {
    let (networks, compute) = (cloud.network(), cloud.compute());
    let server = running(&cloud, &scope, "ported").await;
    let cards = compute.list_interfaces(&server.id).send().await.expect("listed").items;
    let ports = networks.list_ports().device_id(server.id.as_str()).send().await.expect("listed").items;
    let ([card], [port]) = (&cards[..], &ports[..]) else { panic!("one of each: {cards:?}, {ports:?}") };
    assert_eq!((&port.id, port.status.as_ref()), (&card.port_id, Some(&NetworkStatus::Active)));
    assert_eq!((port.network_id.as_ref(), port.mac_address.as_ref()), (card.net_id.as_ref(), card.mac_address.as_ref()));
    let addresses = port.fixed_ips.as_ref().expect("addresses");
    assert!(addresses[0].ip_address.as_deref().is_some_and(|address| address.starts_with("10.0.")), "{addresses:?}");
    let network = networks.find_network("private").await.expect("found");
    assert_eq!(port.network_id.as_ref(), Some(&network.id));
    assert_eq!(network.subnets.expect("subnets")[0], *addresses[0].subnet_id.as_ref().expect("a subnet"));

    assert_eq!(networks.show_port(&port.id).send().await.expect("shown").device_id.as_deref(), Some(server.id.as_str()));
    assert_eq!(networks.find_port(port.id.as_str()).await.expect("by id").id, port.id);
    assert!(networks.find_port(&scope.plain_name("none")).await.expect_err("no such name").is_not_found());
    let error = networks.show_port(NOBODY).send().await.expect_err("none");
    assert!(error.is_not_found() && error.code() == Some("PortNotFound"), "{error}");
    let error = scope.other().network().show_port(&port.id).send().await.expect_err("another project's");
    assert!(error.is_not_found(), "{error}");
}

k5_tests::cases! {
    are_found [network.list_networks, network.show_network, network.list_subnets]
    are_listed [network.list_networks]
    have_ports [network.list_ports, network.show_port, compute.list_interfaces]
}
