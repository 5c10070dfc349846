//! Compute: changes to servers, and the volumes, interfaces and groups that they have. What each method sends and reads.

use crate::compute::{ACTION, ROOT};
use crate::fake::{block_on, golden, session};
use crate::fixtures::compute::*;
use k5::compute::{Compute, NewFixedIp, PortState, ServerGroupPolicy, ServerStatus};
use serde_json::json;

const JSON: &str = "content-type: application/json";

#[test]
fn update_server() {
    let server = golden(
        &format!(
            "PUT {ROOT}/servers/s%2F1\n{JSON}\n\n{}",
            json!({"server": {"name": "web-2", "accessIPv4": "192.0.2.1", "accessIPv6": "2001:db8::1", "OS-DCF:diskConfig": "AUTO"}})
        ),
        &format!("200\n\n{{\"server\": {REBUILT}}}"),
        async |session| {
            let update = Compute::new(session).update_server("s/1").name("web-2").access_ipv4("192.0.2.1");
            update.access_ipv6("2001:db8::1").disk_config("AUTO").send().await
        },
    );
    assert_eq!((server.name.as_deref(), server.access_ipv4.as_deref()), (Some("web-2"), Some("192.0.2.1")));
    let image = server.image.as_ref().and_then(k5::Loose::value).expect("an image");
    assert_eq!((image.name.as_deref(), server.flavor.and_then(|flavor| flavor.name).as_deref()), (Some("centos"), Some("S-1")));
    golden(
        &format!("PUT {ROOT}/servers/s-1\n{JSON}\n\n{{\"server\": {{\"name\": \"ü\"}}}}"),
        "200\n\n{\"server\": {\"id\": \"s-1\"}}",
        async |session| Compute::new(session).update_server("s-1").name("ü").send().await,
    );
}

#[test]
fn rebuild_server() {
    let answer = format!("202\nLocation: http://10.19.0.9/v2/p/servers/s-1\n\n{{\"server\": {REBUILT}}}");
    let full = json!({"rebuild": {
        "imageRef": "img-8", "name": "web-2", "adminPass": "Wq3dSecret", "accessIPv4": "192.0.2.1", "accessIPv6": "2001:db8::1",
        "metadata": {"tier": "a"}, "OS-DCF:diskConfig": "MANUAL",
    }});
    let server = golden(&format!("{ACTION}{full}"), &answer, async |session| {
        let rebuild = Compute::new(session).rebuild_server("s-1", "img-8").name("web-2").admin_password("Wq3dSecret");
        let rebuild = rebuild.access_ipv4("192.0.2.1").access_ipv6("2001:db8::1").metadata([("tier", "a")]);
        rebuild.disk_config("MANUAL").send().await
    });
    assert_eq!(server.status, Some(ServerStatus::Rebuild));
    assert_eq!(server.admin_password.expect("a password").expose(), "Wq3dSecret");
    golden(&format!("{ACTION}{{\"rebuild\": {{\"imageRef\": \"img-8\"}}}}"), &answer, async |session| {
        Compute::new(session).rebuild_server("s-1", "img-8").send().await
    });
}

#[test]
fn shelve_server() {
    golden(&format!("{ACTION}{{\"shelve\": null}}"), "202\nContent-Type: text/html\n\n", async |session| {
        Compute::new(session).shelve_server("s-1").send().await
    });
}

#[test]
fn unshelve_server() {
    golden(&format!("{ACTION}{{\"unshelve\": null}}"), "202", async |session| {
        Compute::new(session).unshelve_server("s-1").send().await
    });
}

#[test]
fn show_server_password() {
    let show = async |session| Compute::new(session).show_server_password("s-1").send().await;
    let password = golden(&format!("GET {ROOT}/servers/s-1/os-server-password"), &format!("200\n\n{PASSWORD}"), show);
    assert!(password.is_set());
    assert_eq!(password.password.expose(), "Wq3dSecret/\n  Wq3dSecret==");
    for text in ["", " \\n"] {
        let (session, _) = session(&[format!("200\n\n{{\"password\": \"{text}\"}}")]);
        assert!(!block_on(Compute::new(session).show_server_password("s-1").send()).expect("shown").is_set());
    }
}

#[test]
fn list_volume_attachments() {
    let page = golden(
        &format!("GET {ROOT}/servers/s-1/os-volume_attachments?limit=5&offset=2"),
        &format!("202\n\n{{\"volumeAttachments\": [{ATTACHMENT}, {{\"id\": \"vol-2\", \"device\": null}}]}}"),
        async |session| Compute::new(session).list_volume_attachments("s-1").limit(5).offset(2).send().await,
    );
    assert_eq!((page.items.len(), page.items[1].device.as_deref(), page.items[1].volume_id.as_ref()), (2, None, None));
}

#[test]
fn attach_volume() {
    let path = format!("POST {ROOT}/servers/s-1/os-volume_attachments\n{JSON}\n\n");
    // What is left to the service is said with an explicit null.
    let attached = golden(
        &format!("{path}{{\"volumeAttachment\": {{\"volumeId\": \"vol-1\", \"device\": null}}}}"),
        "200\n\n{\"volumeAttachment\": {\"device\": \"/dev/vdd\", \"serverId\": \"s-1\", \"id\": \"vol-1\", \"volumeId\": \"vol-1\"}}",
        async |session| Compute::new(session).attach_volume("s-1", "vol-1").send().await,
    );
    assert_eq!((attached.device.as_deref(), attached.availability_zone), (Some("/dev/vdd"), None));
    golden(
        &format!("{path}{{\"volumeAttachment\": {{\"volumeId\": \"vol-1\", \"device\": \"/dev/vdc\"}}}}"),
        &format!("200\n\n{{\"volumeAttachment\": {ATTACHMENT}}}"),
        async |session| Compute::new(session).attach_volume("s-1", "vol-1").device("/dev/vdc").send().await,
    );
}

#[test]
fn show_volume_attachment() {
    let shown = golden(
        &format!("GET {ROOT}/servers/s-1/os-volume_attachments/vol%2F1"),
        &format!("200\n\n{{\"volumeAttachment\": {ATTACHMENT}}}"),
        async |session| Compute::new(session).show_volume_attachment("s-1", "vol/1").send().await,
    );
    assert_eq!((shown.id.as_str(), shown.server_id.expect("a server").as_str()), ("vol-1", "s-1"));
    assert_eq!((shown.availability_zone.as_deref(), &shown.extra["tag"]), (Some("jp-east-1b"), &json!("data")));
}

#[test]
fn detach_volume() {
    golden(&format!("DELETE {ROOT}/servers/s-1/os-volume_attachments/vol-1"), "202", async |session| {
        Compute::new(session).detach_volume("s-1", "vol-1").send().await
    });
}

#[test]
fn list_interfaces() {
    let page = golden(
        &format!("GET {ROOT}/servers/s-1/os-interface"),
        &format!("202\n\n{{\"interfaceAttachments\": [{INTERFACE}, {{\"port_id\": \"port-2\"}}]}}"),
        async |session| Compute::new(session).list_interfaces("s-1").send().await,
    );
    assert_eq!((page.items.len(), page.items[1].port_id.as_str(), page.items[1].net_id.as_ref()), (2, "port-2", None));
}

#[test]
fn create_interface() {
    let path = format!("POST {ROOT}/servers/s-1/os-interface\n{JSON}\n\n");
    let answer = format!("200\n\n{{\"interfaceAttachment\": {INTERFACE}}}");
    let made = golden(&format!("{path}{{\"interfaceAttachment\": {{\"port_id\": \"port-1\"}}}}"), &answer, async |session| {
        Compute::new(session).create_interface("s-1").port_id("port-1").send().await
    });
    assert_eq!(
        (made.port_id.as_str(), made.port_state, made.mac_address.as_deref()),
        ("port-1", Some(PortState::Active), Some("fa:16:3e:00:00:07"))
    );
    let in_network =
        json!({"interfaceAttachment": {"net_id": "net-1", "fixed_ips": [{"ip_address": "10.1.2.7"}, {"ip_address": "10.1.2.8"}]}});
    let made = golden(&format!("{path}{in_network}"), &answer, async |session| {
        let create = Compute::new(session).create_interface("s-1").net_id("net-1").fixed_ips([NewFixedIp::new("10.1.2.7")]);
        create.fixed_ip("10.1.2.8").send().await
    });
    let addresses = made.fixed_ips.expect("addresses");
    assert_eq!((addresses[0].subnet_id.as_deref(), addresses[0].ip_address.as_deref()), (Some("sub-1"), Some("10.1.2.7")));
    assert_eq!((addresses[1].subnet_id.as_deref(), addresses[1].ip_address.as_deref()), (None, Some("::babe:10.1.2.7")));
    golden(&format!("{path}{{\"interfaceAttachment\": {{}}}}"), &answer, async |session| {
        Compute::new(session).create_interface("s-1").send().await
    });
}

#[test]
fn show_interface() {
    let shown = golden(
        &format!("GET {ROOT}/servers/s-1/os-interface/port%2F1"),
        "200\n\n{\"interfaceAttachment\": {\"port_id\": \"port/1\", \"port_state\": \"N/A\", \"fixed_ips\": null}}",
        async |session| Compute::new(session).show_interface("s-1", "port/1").send().await,
    );
    assert_eq!((shown.port_state, shown.fixed_ips, shown.net_id), (Some(PortState::from("N/A")), None, None));
}

#[test]
fn detach_interface() {
    golden(&format!("DELETE {ROOT}/servers/s-1/os-interface/port-1"), "202", async |session| {
        Compute::new(session).detach_interface("s-1", "port-1").send().await
    });
}

#[test]
fn list_server_groups() {
    let page = golden(
        &format!("GET {ROOT}/os-server-groups"),
        &format!("200\n\n{{\"server_groups\": [{GROUP}, {{\"id\": \"grp-2\", \"policies\": [\"soft-affinity\"]}}]}}"),
        async |session| Compute::new(session).list_server_groups().send().await,
    );
    assert_eq!(page.items[1].policies, Some(vec![ServerGroupPolicy::from("soft-affinity")]));
    assert_eq!((page.items[1].name.as_ref(), page.items[1].members.as_ref()), (None, None));
}

#[test]
fn create_server_group() {
    let sent = json!({"server_group": {"name": "web", "policies": ["anti-affinity"], "availability_zone": "jp-east-1a"}});
    let group = golden(
        &format!("POST {ROOT}/os-server-groups\n{JSON}\n\n{sent}"),
        "200\n\n{\"server_group\": {\"policies\": [\"anti-affinity\"], \"name\": \"web\", \"id\": \"grp-1\", \"members\": [], \"metadata\": {}}}",
        async |session| {
            let policies = vec![ServerGroupPolicy::AntiAffinity];
            Compute::new(session).create_server_group("web", policies).availability_zone("jp-east-1a").send().await
        },
    );
    assert_eq!((group.id.as_str(), group.members, group.availability_zone), ("grp-1", Some(vec![]), None));
    golden(
        &format!(
            "POST {ROOT}/os-server-groups\n{JSON}\n\n{{\"server_group\": {{\"name\": \"web\", \"policies\": [\"affinity\"]}}}}"
        ),
        &format!("200\n\n{{\"server_group\": {GROUP}}}"),
        async |session| Compute::new(session).create_server_group("web", vec!["affinity".into()]).send().await,
    );
}

#[test]
fn show_server_group() {
    let group = golden(
        &format!("GET {ROOT}/os-server-groups/grp%2F1"),
        &format!("200\n\n{{\"server_group\": {GROUP}}}"),
        async |session| Compute::new(session).show_server_group("grp/1").send().await,
    );
    let members: Vec<_> = group.members.iter().flatten().map(|id| id.as_str()).collect();
    assert_eq!((group.name.as_deref(), members), (Some("web"), vec!["s-1", "s-2"]));
    assert_eq!((group.availability_zone.as_deref(), group.metadata.map(|all| all.len())), (Some("jp-east-1a"), Some(0)));
}

#[test]
fn delete_server_group() {
    golden(&format!("DELETE {ROOT}/os-server-groups/grp-1"), "204", async |session| {
        Compute::new(session).delete_server_group("grp-1").send().await
    });
}

#[test]
fn list_flavors_detail() {
    let page = golden(
        &format!("GET {ROOT}/flavors/detail?minDisk=20&minRam=512&is_public=true&limit=1&marker=1100"),
        "200\n\n{\"flavors\": [{\"id\": \"1101\", \"ram\": 2048, \"disk\": 20}], \"flavors_links\": [{\"rel\": \"next\", \"href\": \"x\"}]}",
        async |session| {
            let list = Compute::new(session).list_flavors_detail().min_disk(20).min_ram(512).is_public("true");
            list.limit(1).marker("1100").send().await
        },
    );
    assert_eq!((page.items[0].ram, page.items[0].disk, page.more), (Some(2048), Some(20), Some(true)));
}

#[test]
fn show_flavor() {
    let flavor = golden(
        &format!("GET {ROOT}/flavors/S%201"),
        "200\n\n{\"flavor\": {\"id\": \"S 1\", \"name\": \"S-1\", \"swap\": \"\", \"os-flavor-access:is_public\": false, \"links\": []}}",
        async |session| Compute::new(session).show_flavor("S 1").send().await,
    );
    assert_eq!((flavor.id.as_str(), flavor.is_public, flavor.ram), ("S 1", Some(false), None));
}
