//! Neutron's networks, subnets and ports.

use std::time::Duration;

use crate::client::{Client, exchange};
use crate::compute::create;
use k5_emulator::Emulator;
use serde_json::{Value, json};

const ELSEWHERE: &str = "6a1b2c3d-0000-4000-8000-123456789abc";

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn servers_bring_their_networks_and_ports() {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.unwrap();
    let (client, alt) = (Client::of(&emulator, "demo").await, Client::of(&emulator, "alt_demo").await);
    let before = client.at("GET", "/v2.0/networks", None).await.json();
    assert_eq!((&before["networks"][0]["name"], before["networks"].as_array().unwrap().len()), (&json!("private"), 1));
    assert_eq!(client.at("GET", "/v2.0/ports", None).await.json(), json!({"ports": []}));

    let two = json!({"networks": [{"uuid": before["networks"][0]["id"]}, {"uuid": ELSEWHERE}]});
    let server = create(&client, two).await.json()["server"]["id"].as_str().unwrap().to_owned();
    let networks = client.at("GET", "/v2.0/networks", None).await.json();
    assert_eq!(networks["networks"].as_array().unwrap().len(), 2);
    let other = client.at("GET", &format!("/v2.0/networks/{ELSEWHERE}"), None).await.json();
    assert_eq!((&other["network"]["name"], &other["network"]["shared"]), (&json!("network-6a1b2c3d"), &json!(false)));
    let ports = client.at("GET", &format!("/v2.0/ports?device_id={server}&network_id={ELSEWHERE}"), None).await.json();
    let port = &ports["ports"][0];
    assert_eq!(
        (ports["ports"].as_array().unwrap().len(), &port["fixed_ips"][0]["subnet_id"]),
        (1, &other["network"]["subnets"][0])
    );
    let shown = client.at("GET", &client.v2(&format!("/servers/{server}")), None).await.json();
    assert_eq!(shown["server"]["addresses"]["network-6a1b2c3d"][0]["addr"], port["fixed_ips"][0]["ip_address"]);

    assert_eq!(ids(&alt.at("GET", "/v2.0/networks", None).await.json()["networks"]), ids(&before["networks"]));
    assert_eq!(alt.at("GET", &format!("/v2.0/networks/{ELSEWHERE}"), None).await.status, 404);
    client.at("DELETE", &client.v2(&format!("/servers/{server}")), None).await;
    assert_eq!(client.at("GET", "/v2.0/ports", None).await.json(), json!({"ports": []}));
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_paged() {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    for _ in 0..3 {
        create(&client, json!({})).await;
    }
    let all = client.at("GET", "/v2.0/ports", None).await.json();
    let mut sorted = ids(&all["ports"]);
    sorted.sort_unstable();
    assert_eq!((ids(&all["ports"]), sorted.len()), (sorted.clone(), 3), "by id where nothing else is asked for");
    let reversed = client.at("GET", "/v2.0/ports?sort_key=mac_address&sort_dir=desc&sort_key=id&sort_dir=asc", None).await.json();
    let macs: Vec<&str> = reversed["ports"].as_array().unwrap().iter().map(|port| port["mac_address"].as_str().unwrap()).collect();
    assert!(macs.is_sorted_by(|a, b| a >= b), "{macs:?}");

    let base = format!("http://{}", emulator.address());
    let mut path = "/networking/v2.0/ports?limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = client.at("GET", &path, None).await.json();
        seen.extend(ids(&page["ports"]).into_iter().map(str::to_owned));
        let Some(next) = page["ports_links"][0]["href"].as_str() else { break };
        path = next.strip_prefix(&base).unwrap().to_owned();
        assert!(path.starts_with("/networking/v2.0/ports?"), "{path}");
    }
    assert_eq!(seen, sorted);
    let either = format!("/v2.0/ports?id={}&id={}&admin_state_up=True&unknown=x", sorted[0], sorted[2]);
    assert_eq!(ids(&client.at("GET", &either, None).await.json()["ports"]), [sorted[0], sorted[2]]);
    assert_eq!(client.at("GET", "/v2.0/ports?admin_state_up=false", None).await.json(), json!({"ports": []}));

    for (query, status, kind) in [
        ("limit=-1", 400, "HTTPBadRequest"),
        ("sort_key=id", 400, "HTTPBadRequest"),
        ("sort_key=colour&sort_dir=asc", 400, "HTTPBadRequest"),
        ("sort_key=id&sort_dir=up", 400, "HTTPBadRequest"),
        ("marker=nothing", 404, "HTTPNotFound"),
    ] {
        let refused = client.at("GET", &format!("/v2.0/ports?{query}"), None).await;
        assert_eq!((refused.status, &refused.json()["NeutronError"]["type"]), (status, &json!(kind)), "{query}");
    }
    let unknown = client.at("GET", "/v2.0/networks/nothing", None).await;
    let error = json!({"type": "NetworkNotFound", "message": "Network nothing could not be found.", "detail": ""});
    assert_eq!((unknown.status, unknown.json()), (404, json!({"NeutronError": error})));
    assert_eq!(client.at("POST", "/v2.0/networks", Some(&json!({"network": {}}))).await.status, 404);
    let versions = exchange(client.address, "GET", "/networking/", &[], b"").await.unwrap().json();
    assert_eq!(versions["versions"][0]["links"][0]["href"], format!("{base}/networking/v2.0/"));
}
