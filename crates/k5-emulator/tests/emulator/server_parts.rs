//! What servers get and lose later: volumes, network cards, a place in a group, another image, their host.

use std::time::Duration;

use crate::client::{Answer, Client};
use crate::compute::{cirros, create, status_is};
use crate::imports::imported;
use crate::restart::copy_all;
use k5_emulator::Emulator;
use serde_json::{Value, json};

async fn quick() -> (Emulator, Client) {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    (emulator, client)
}

/// The path of a new server.
async fn server(client: &Client, more: Value) -> String {
    let created = create(client, more).await;
    assert_eq!(created.status, 202, "{}", created.text());
    client.v2(&format!("/servers/{}", created.json()["server"]["id"].as_str().unwrap()))
}

async fn volume(client: &Client) -> String {
    let made = client.at("POST", &client.v2("/volumes"), Some(&json!({"volume": {"size": 1}}))).await.json();
    made["volume"]["id"].as_str().unwrap().to_owned()
}

async fn post(client: &Client, path: &str, body: Value) -> Answer {
    client.at("POST", path, Some(&body)).await
}

#[track_caller]
fn refused(answer: &Answer, status: u16, said: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let document = answer.json();
    let fault = document.as_object().unwrap().values().next().unwrap();
    assert_eq!(fault["code"], status);
    assert!(fault["message"].as_str().unwrap().contains(said), "{said:?}: {document}");
}

#[tokio::test]
async fn attaching_takes_its_time_on_both_sides() {
    let emulator = Emulator::builder().transition_time(Duration::from_secs(1)).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let (path, id) = (server(&client, json!({})).await, volume(&client).await);
    client.until(&path, status_is("ACTIVE")).await;
    let attachments = format!("{path}/os-volume_attachments");
    let shown = client.v2(&format!("/volumes/{id}"));
    let is = |status: &'static str| move |answer: &Answer| answer.json()["volume"]["status"] == status;
    client.until(&shown, is("available")).await;
    let attached = post(&client, &attachments, json!({"volumeAttachment": {"volumeId": id, "device": null}})).await;
    assert_eq!((attached.status, &attached.json()["volumeAttachment"]["device"]), (200, &json!("/dev/vdb")));
    assert!(is("attaching")(&client.at("GET", &shown, None).await));
    let early = client.at("DELETE", &format!("{attachments}/{id}"), None).await;
    refused(&early, 400, "must be 'in-use'");
    client.until(&shown, is("in-use")).await;
    assert_eq!(client.at("DELETE", &format!("{attachments}/{id}"), None).await.status, 202);
    let going = client.at("GET", &shown, None).await;
    assert!(is("detaching")(&going) && going.json()["volume"]["attachments"].as_array().unwrap().len() == 1);
    let free = client.until(&shown, is("available")).await.json();
    assert_eq!(free["volume"]["attachments"], json!([]));
    assert_eq!(client.at("GET", &attachments, None).await.json(), json!({"volumeAttachments": []}));

    let cards = format!("{path}/os-interface");
    let plugged = post(&client, &cards, json!({"interfaceAttachment": {}})).await.json()["interfaceAttachment"].clone();
    assert_eq!(plugged["port_state"], "BUILD");
    let card = format!("{cards}/{}", plugged["port_id"].as_str().unwrap());
    client.until(&card, |answer| answer.json()["interfaceAttachment"]["port_state"] == "ACTIVE").await;
    assert_eq!(client.at("DELETE", &card, None).await.status, 202);
    assert_eq!(client.at("GET", &card, None).await.status, 200, "not gone yet");
    client.until(&card, |answer| answer.status == 404).await;
}

#[tokio::test]
async fn devices_keep_their_order_and_the_system_disk_stays() {
    let (_emulator, client) = quick().await;
    let image = cirros(&client).await;
    let boot = json!({"boot_index": "0", "uuid": image, "volume_size": 1, "source_type": "image", "destination_type": "volume"});
    let from_volume = server(&client, json!({"block_device_mapping_v2": [boot]})).await;
    let attachments = format!("{from_volume}/os-volume_attachments");
    let list = client.at("GET", &attachments, None).await.json()["volumeAttachments"].clone();
    assert_eq!((list.as_array().unwrap().len(), &list[0]["device"]), (1, &json!("/dev/vda")));
    let root = client.at("DELETE", &format!("{attachments}/{}", list[0]["id"].as_str().unwrap()), None).await;
    refused(&root, 400, "root device");
    let other = imported(&client, "other.vmdk").await;
    let rebuilt = post(&client, &format!("{from_volume}/action"), json!({"rebuild": {"imageRef": other}})).await;
    refused(&rebuilt, 400, "different image for a volume-backed server");
    assert_eq!(post(&client, &format!("{from_volume}/action"), json!({"rebuild": {"imageRef": image}})).await.status, 202);

    // The system's disk of one without such a volume is a device all the same.
    let data = json!({"boot_index": -1, "uuid": volume(&client).await, "source_type": "volume", "destination_type": "volume"});
    let system = json!({"boot_index": 0, "uuid": image, "source_type": "image", "destination_type": "local"});
    let local = server(&client, json!({"block_device_mapping_v2": [system, data]})).await;
    let attachments = format!("{local}/os-volume_attachments");
    let attach = async |device: Value| {
        let body = json!({"volumeAttachment": {"volumeId": volume(&client).await, "device": device}});
        post(&client, &attachments, body).await
    };
    refused(&attach(json!("/dev/vda")).await, 409, "/dev/vda) is in use");
    refused(&attach(json!("vdb")).await, 400, "does not match");
    assert_eq!(attach(json!(null)).await.json()["volumeAttachment"]["device"], "/dev/vdc");
    assert_eq!(attach(json!("/dev/vdz")).await.json()["volumeAttachment"]["device"], "/dev/vdz");
    let page = client.at("GET", &format!("{attachments}?limit=1&offset=2"), None).await.json();
    assert_eq!(
        (page["volumeAttachments"].as_array().unwrap().len(), &page["volumeAttachments"][0]["device"]),
        (1, &json!("/dev/vdz"))
    );
    refused(&client.at("GET", &format!("{attachments}?offset=-1"), None).await, 400, "offset");
    // Volumes stay when their server goes.
    assert_eq!(client.at("DELETE", &local, None).await.status, 204);
    let volumes = client.at("GET", &client.v2("/volumes?status=available"), None).await.json();
    assert_eq!(volumes["volumes"].as_array().unwrap().len(), 5, "two of them were refused: {volumes}");
}

#[tokio::test]
async fn cards_are_of_a_port_or_in_a_network() {
    let (_emulator, client) = quick().await;
    let (first, second) = (server(&client, json!({})).await, server(&client, json!({})).await);
    let plug = async |server: &str, body: Value| {
        post(&client, &format!("{server}/os-interface"), json!({"interfaceAttachment": body})).await
    };
    let (port, network) = ("0d3b5c1e-0000-4000-8000-000000000001", "0d3b5c1e-0000-4000-8000-000000000002");
    let plugged = plug(&first, json!({"port_id": port})).await.json();
    assert_eq!(plugged["interfaceAttachment"]["port_id"], port);
    for server in [&first, &second] {
        refused(&plug(server, json!({"port_id": port})).await, 409, "still in use");
    }
    let address = json!([{"ip_address": "192.168.7.9"}]);
    let plugged = plug(&first, json!({"net_id": network, "fixed_ips": address})).await.json()["interfaceAttachment"].clone();
    assert_eq!((&plugged["net_id"], &plugged["fixed_ips"][0]["ip_address"]), (&json!(network), &json!("192.168.7.9")));
    refused(&plug(&second, json!({"net_id": network, "fixed_ips": address})).await, 400, "already in use");
    refused(&plug(&second, json!({"fixed_ips": address})).await, 400, "Must input network_id");
    refused(&plug(&second, json!({"net_id": network, "port_id": port})).await, 400, "both network_id and port_id");
    refused(&plug(&second, json!({"net_id": "private"})).await, 400, "is not a 'uuid'");
    refused(&plug(&second, json!({"net_id": network, "fixed_ips": [{"ip_address": "x"}]})).await, 400, "Invalid fixed IP");
    let addresses = client.at("GET", &first, None).await.json()["server"]["addresses"].clone();
    assert_eq!(
        (addresses["private"].as_array().unwrap().len(), &addresses["network-0d3b5c1e"][0]["addr"]),
        (2, &json!("192.168.7.9"))
    );
    let unplugged = client.at("DELETE", &format!("{first}/os-interface/{port}"), None).await;
    assert_eq!(unplugged.status, 202);
    assert_eq!(plug(&second, json!({"port_id": port})).await.status, 200, "it is free again");
}

#[tokio::test]
async fn shelved_servers_leave_their_host_later() {
    let emulator = Emulator::builder().transition_time(Duration::from_secs(1)).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let path = server(&client, json!({})).await;
    client.until(&path, status_is("ACTIVE")).await;
    assert_eq!(post(&client, &format!("{path}/action"), json!({"shelve": null})).await.status, 202);
    let task = client.at("GET", &path, None).await.json();
    assert_eq!((&task["server"]["status"], &task["server"]["OS-EXT-STS:task_state"]), (&json!("ACTIVE"), &json!("shelving")));
    let shelved = client.until(&path, status_is("SHELVED")).await.json();
    assert_eq!(shelved["server"]["OS-EXT-STS:task_state"], "shelving_offloading");
    assert_eq!(shelved["server"]["hostId"].as_str().unwrap().len(), 56);
    let offloaded = client.until(&path, status_is("SHELVED_OFFLOADED")).await.json()["server"].clone();
    assert_eq!((&offloaded["hostId"], &offloaded["OS-EXT-AZ:availability_zone"]), (&json!(""), &json!("")));
    assert_eq!((&offloaded["OS-EXT-SRV-ATTR:host"], &offloaded["OS-EXT-STS:task_state"]), (&json!(null), &json!(null)));
    assert_eq!(post(&client, &format!("{path}/action"), json!({"unshelve": null})).await.status, 202);
    client.until(&path, status_is("ACTIVE")).await;
}

#[tokio::test]
async fn rebuilds_can_fail_and_heal() {
    let (_emulator, client) = quick().await;
    let path = server(&client, json!({"metadata": {"k5.emulator.fail": "No room."}})).await;
    let image = cirros(&client).await;
    let rebuild = async |more: Value| {
        let mut body = json!({"imageRef": image});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        post(&client, &format!("{path}/action"), json!({"rebuild": body})).await
    };
    let state = async || client.at("GET", &path, None).await.json()["server"]["status"].clone();
    assert_eq!(state().await, "ERROR");
    let healed = rebuild(json!({"metadata": {}})).await;
    assert_eq!(healed.status, 202);
    assert!(healed.header("location").unwrap().ends_with(&path));
    assert_eq!(state().await, "ACTIVE");
    rebuild(json!({"metadata": {"k5.emulator.fail": "No room again."}})).await;
    let failed = client.at("GET", &path, None).await.json();
    assert_eq!((&failed["server"]["status"], &failed["server"]["fault"]["message"]), (&json!("ERROR"), &json!("No room again.")));
    refused(&rebuild(json!({"imageRef": "cirros"})).await, 400, "is not a 'uuid'");
    refused(&rebuild(json!({"name": ""})).await, 400, "is too short");
    let many: serde_json::Map<_, _> = (0..129).map(|n| (format!("k{n}"), json!("v"))).collect();
    refused(&rebuild(json!({"metadata": many})).await, 413, "Maximum number of metadata items");
    refused(&rebuild(json!({"accessIPv4": "::1"})).await, 400, "is not a 'ipv4'");
}

async fn group(client: &Client, policy: &str) -> Answer {
    post(client, &client.v2("/os-server-groups"), json!({"server_group": {"name": policy, "policies": [policy]}})).await
}

async fn join(client: &Client, group: &str) -> Answer {
    let server = json!({"name": "member", "imageRef": cirros(client).await, "flavorRef": "1"});
    post(client, &client.v2("/servers"), json!({"server": server, "os:scheduler_hints": {"group": group}})).await
}

#[tokio::test]
async fn groups_have_quotas_and_hosts_are_few() {
    let (_emulator, client) = quick().await;
    let apart = group(&client, "anti-affinity").await.json()["server_group"]["id"].as_str().unwrap().to_owned();
    let together = group(&client, "affinity").await.json()["server_group"]["id"].as_str().unwrap().to_owned();
    let (mut hosts, mut failed) = (Vec::new(), 0);
    for _ in 0..10 {
        let id = join(&client, &apart).await.json()["server"]["id"].as_str().unwrap().to_owned();
        let server = client.at("GET", &client.v2(&format!("/servers/{id}")), None).await.json()["server"].clone();
        match server["status"].as_str().unwrap() {
            "ACTIVE" => hosts.push(server["OS-EXT-SRV-ATTR:host"].as_str().unwrap().to_owned()),
            "ERROR" => {
                assert!(server["fault"]["message"].as_str().unwrap().starts_with("No valid host was found."));
                assert_eq!(server["hostId"], "");
                failed += 1;
            }
            other => panic!("{other}"),
        }
    }
    hosts.sort();
    hosts.dedup();
    assert_eq!((hosts.len(), failed), (8, 2), "each has a host of its own, as long as there are any");
    refused(&join(&client, &apart).await, 403, "too many servers in group");
    for _ in 0..2 {
        assert_eq!(join(&client, &together).await.status, 202);
    }
    let members = client.at("GET", &client.v2(&format!("/os-server-groups/{together}")), None).await.json();
    assert_eq!(members["server_group"]["members"].as_array().unwrap().len(), 2);

    for _ in 0..8 {
        assert_eq!(group(&client, "affinity").await.status, 200);
    }
    refused(&group(&client, "affinity").await, 403, "too many server groups");
    assert_eq!(client.at("DELETE", &client.v2(&format!("/os-server-groups/{together}")), None).await.status, 204);
    for (body, said) in [
        (json!({"name": " a", "policies": ["affinity"]}), "Can not start or end with whitespace"),
        (json!({"name": "", "policies": ["affinity"]}), "name"),
        (json!({"name": "n".repeat(256), "policies": ["affinity"]}), "is too long"),
        (json!({"name": "a", "policies": []}), "is too short"),
        (json!({"name": "a", "policies": ["affinity", "anti-affinity"]}), "is too long"),
        (json!({"name": "a", "policies": ["odd"]}), "is not one of"),
        (json!({"name": "a"}), "'policies' is a required property"),
    ] {
        refused(&post(&client, &client.v2("/os-server-groups"), json!({"server_group": body})).await, 400, said);
    }
}

#[tokio::test]
async fn all_of_it_outlives_the_process() {
    let directory = |name: &str| {
        let path = std::env::temp_dir().join(format!("k5-emulator-test-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        path
    };
    let (path, killed) = (directory("parts"), directory("parts-killed"));
    let emulator = Emulator::builder().directory(&path).transition_time(Duration::ZERO).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let group = group(&client, "affinity").await.json()["server_group"].clone();
    let id = join(&client, group["id"].as_str().unwrap()).await.json()["server"]["id"].as_str().unwrap().to_owned();
    let server = client.v2(&format!("/servers/{id}"));
    let attach = json!({"volumeAttachment": {"volumeId": volume(&client).await, "device": null}});
    assert_eq!(post(&client, &format!("{server}/os-volume_attachments"), attach).await.status, 200);
    post(&client, &format!("{server}/os-interface"), json!({})).await;
    post(&client, &format!("{server}/action"), json!({"shelve": null})).await;
    let seen = async |client: &Client| {
        let mut seen = Vec::new();
        let of_server = ["", "/os-volume_attachments", "/os-interface"].map(|part| format!("{server}{part}"));
        for path in of_server.into_iter().chain([client.v2("/os-server-groups"), client.v2("/volumes/detail")]) {
            let text = client.at("GET", &path, None).await.text();
            // Links have the port of the emulator.
            seen.push(text.replace(&client.address.to_string(), "host"));
        }
        seen
    };
    let before = seen(&client).await;
    copy_all(&path, &killed);
    emulator.stop().await;
    let emulator = Emulator::builder().directory(&killed).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    assert_eq!(seen(&client).await, before);
    assert!(before[0].contains("SHELVED_OFFLOADED") && before[3].contains(&id), "{before:?}");
    emulator.stop().await;
    std::fs::remove_dir_all(&path).unwrap();
    std::fs::remove_dir_all(&killed).unwrap();
}
