//! What changes of a server: its name, template, disks, interfaces, snapshots; and that all of it outlives the emulator.

use std::time::Duration;

use super::{FORM, SUBNET, XML, assert_bad, assert_refused, done, fast, finished, resource, send, server, slow, text};
use crate::client::Client;
use k5_emulator::Emulator;

fn changed(name: &str, template: Option<&str>) -> String {
    let link = template.map(|name| format!(r#"<TemplateLink name="{name}"/>"#)).unwrap_or_default();
    format!(r#"<Resources><LServer name="{name}">{link}</LServer></Resources>"#)
}

#[tokio::test]
async fn name_and_template() {
    let (_emulator, client) = slow().await;
    let path = format!("/l_servers/{}", server(&client, "one").await);
    let change = async |document: &str| send(&client, "PUT", &path, XML, document).await;
    let begun = change(&changed("two", Some("WS-8"))).await;
    let before = client.at("GET", &path, None).await.text();
    assert!(before.contains(r#"name="one""#) && before.contains("WS-4"), "{before}");
    finished(&client, &begun).await;
    let after = client.at("GET", &path, None).await.text();
    assert!(after.contains(r#"name="two""#) && after.contains("WS-8"), "{after}");

    done(&client, "PUT", &format!("{path}/start"), "").await;
    assert_refused(&change(&changed("two", Some("WS-4"))).await, 409, "67178");
    // Its own template is no change, and a name may change at any time.
    finished(&client, &change(&changed("three", Some("WS-8"))).await).await;
    finished(&client, &change(&changed("four", None)).await).await;
    assert!(client.at("GET", &path, None).await.text().contains(r#"name="four""#));
    assert_refused(&change(&changed("a", Some("WS-5"))).await, 400, "67154");
    for bad in [changed("", None), changed("a b", None), "<Resources/>".to_owned(), "<Network/>".to_owned()] {
        assert_bad(&change(&bad).await, 400);
    }
    assert_bad(&send(&client, "PUT", &path, FORM, "name=a").await, 400);
    assert_bad(&send(&client, "PUT", &path, "application/json", "{}").await, 415);
}

#[tokio::test]
async fn disks_and_interfaces_share_a_path() {
    let (_emulator, client) = slow().await;
    let network = format!(r#"<Network><Subnet id="{SUBNET}"/><AvailabilityZone>uk-1b</AvailabilityZone></Network>"#);
    let network = send(&client, "POST", "/networks", XML, &network).await;
    finished(&client, &network).await;
    let network = resource(&network);
    let path = format!("/l_servers/{}", server(&client, "parts").await);
    let shown = async || client.at("GET", &path, None).await.text();
    let act = async |what: &str, form: &str| send(&client, "PUT", &format!("{path}/{what}"), FORM, form).await;
    let attaching = act("attach", "disk_index=2&disk_size=60.5").await;
    assert!(!shown().await.contains("<DiskIndex>2"));
    finished(&client, &attaching).await;
    assert!(shown().await.contains("<DiskIndex>2</DiskIndex><DiskSize>60.5</DiskSize>"));
    assert_refused(&act("attach", "disk_index=2&disk_size=60.5").await, 409, "67153");
    done(&client, "PUT", &format!("{path}/detach"), "disk_index=1").await;
    let left = shown().await;
    assert!(!left.contains("<DiskIndex>1") && left.contains("<DiskIndex>0") && left.contains("<DiskIndex>2"), "{left}");
    assert_refused(&act("detach", "disk_index=1").await, 400, "67154");

    let nic = format!("nic_index=0&network_id={network}&ip_auto=true");
    done(&client, "PUT", &format!("{path}/attach"), &nic).await;
    let with = shown().await;
    assert!(with.contains("<NICIndex>0</NICIndex><MacAddress>02:") && with.contains(".11\"/>"), "{with}");
    assert_refused(&act("attach", &nic).await, 409, "67153");
    let taken = with.split(" address=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_refused(&act("attach", &format!("nic_index=1&network_id={network}&ip_address={taken}")).await, 409, "67167");
    assert_refused(&act("attach", "nic_index=1&network_id=ror-1").await, 400, "67154");
    done(&client, "PUT", &format!("{path}/detach"), "nic_index=0").await;
    assert!(!shown().await.contains("<NIC>"));
    assert_refused(&act("detach", "nic_index=0").await, 400, "67154");

    for (what, bad) in [
        ("attach", ""),
        ("attach", "index=1"),
        ("attach", "disk_index=1"),
        ("attach", "disk_index=one&disk_size=1"),
        ("attach", "disk_index=1&disk_size=0"),
        ("attach", "disk_index=1&disk_size=NaN"),
        ("attach", "nic_index=1"),
        ("attach", &format!("nic_index=1&network_id={network}&ip_auto=false")),
        ("attach", &format!("nic_index=1&network_id={network}&ip_auto=true&ip_address={taken}")),
        ("attach", &format!("nic_index=1&network_id={network}&ip_address=10.9.9.9")),
        ("attach", &format!("nic_index=1&network_id={network}&ip_address=here")),
        ("detach", "disk_index=0"),
        ("detach", "nic=0"),
    ] {
        assert_bad(&act(what, bad).await, 400);
    }
    let said = act("attach", "index=1&size=2").await.text();
    assert!(said.contains("takes these arguments: index, size"), "{said}");
    assert_bad(&send(&client, "PUT", &format!("{path}/attach"), "text/plain", "disk_index=1").await, 415);
    assert_bad(&send(&client, "PUT", &format!("{path}/attach"), FORM, "<Disk/>").await, 400);
    // A disk may be attached while the server runs, an interface not.
    done(&client, "PUT", &format!("{path}/start"), "").await;
    done(&client, "PUT", &format!("{path}/attach"), "disk_index=5&disk_size=10").await;
    assert_refused(&act("attach", &nic).await, 409, "67178");
}

#[tokio::test]
async fn snapshots() {
    let (_emulator, client) = slow().await;
    let id = server(&client, "snap").await;
    let path = format!("/l_servers/{id}");
    let shown = async || client.at("GET", &path, None).await.text();
    let take = format!("type=snapshot&l_server_rid={id}");
    assert!(!shown().await.contains("Snapshot"));
    let begun = send(&client, "POST", "/server_images", FORM, &take).await;
    assert_eq!(resource(&begun), id, "the server's id");
    assert!(!shown().await.contains("Snapshot"));
    assert_refused(&send(&client, "POST", "/server_images", FORM, &take).await, 409, "67178");
    finished(&client, &begun).await;
    done(&client, "PUT", &format!("{path}/start"), "").await;
    done(&client, "POST", "/server_images", &take).await;
    let two = shown().await;
    assert!(two.contains(r#"<Snapshots><Snapshot version="1" date=""#) && two.contains(r#"<Snapshot version="2" date=""#), "{two}");
    let first = two.split("<Snapshot ").nth(1).unwrap().split("id=\"").nth(1).unwrap().split('"').next().unwrap();

    let restore = format!("/server_images/{first}/restore");
    assert_refused(&send(&client, "PUT", &restore, FORM, "").await, 409, "67178");
    done(&client, "PUT", &format!("{path}/stop"), "force=true").await;
    assert_bad(&send(&client, "PUT", &restore, FORM, "l_server_rid=ror-1").await, 400);
    done(&client, "PUT", &restore, "").await;
    done(&client, "PUT", &restore, &format!("l_server_rid={id}")).await;
    done(&client, "DELETE", &format!("/server_images/{first}"), "").await;
    let one = shown().await;
    assert!(!one.contains(first) && one.contains(r#"version="2""#), "{one}");
    for (method, gone) in [("PUT", restore.as_str()), ("DELETE", &format!("/server_images/{first}"))] {
        assert_refused(&send(&client, method, gone, FORM, "").await, 404, "67154");
    }
    assert_refused(&send(&client, "POST", "/server_images", FORM, "type=snapshot&l_server_rid=ror-1").await, 400, "67154");
    for bad in ["type=snapshot", "type=copy&l_server_rid=ror-1", "l_server_rid=ror-1", ""] {
        assert_bad(&send(&client, "POST", "/server_images", FORM, bad).await, 400);
    }
    // The generation goes on where it was.
    done(&client, "POST", "/server_images", &take).await;
    assert!(shown().await.contains(r#"version="3""#));
    // What is another project's is not there.
    let (_other, alt) = (&client, Client::of(&_emulator, "alt_demo").await);
    assert_refused(&send(&alt, "POST", "/server_images", FORM, &take).await, 400, "67154");
}

#[tokio::test]
async fn all_of_it_outlives_the_emulator() {
    let path = std::env::temp_dir().join(format!("k5-emulator-test-sap-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    let on = async |time| {
        let emulator = Emulator::builder().directory(&path).transition_time(time).start().await.unwrap();
        let client = Client::of(&emulator, "demo").await;
        (emulator, client)
    };
    let (emulator, client) = on(Duration::ZERO).await;
    let id = server(&client, "kept").await;
    done(&client, "POST", "/server_images", &format!("type=snapshot&l_server_rid={id}")).await;
    done(&client, "POST", "/server_images", &format!("type=cloning&l_server_rid={id}&name=kept_1")).await;
    done(&client, "POST", "/projects", &format!("project_id={}&availability_zone=uk-1b", client.project)).await;
    emulator.stop().await;

    let (emulator, client) = on(Duration::from_millis(500)).await;
    let shown = client.at("GET", &format!("/l_servers/{id}"), None).await.text();
    assert!(shown.contains(r#"name="kept""#) && shown.contains(r#"<Snapshot version="1""#), "{shown}");
    assert!(client.at("GET", "/server_images?mode=cloning", None).await.text().contains(r#"name="kept_1""#));
    assert_eq!(text(&client.at("GET", &format!("/projects/{}", client.project), None).await, "AvailabilityZone"), "uk-1b");
    let starting = send(&client, "PUT", &format!("/l_servers/{id}/start"), FORM, "").await;
    emulator.stop().await;

    // What was begun goes on.
    let (_emulator, client) = on(Duration::from_millis(500)).await;
    finished(&client, &starting).await;
    assert_eq!(text(&client.at("GET", &format!("/l_servers/{id}"), None).await, "PowerStatus"), "on");
    assert_ne!(server(&client, "new").await, id);
    std::fs::remove_dir_all(&path).unwrap();
}

#[tokio::test]
async fn readers_change_nothing() {
    let (emulator, client) = fast().await;
    let id = server(&client, "read").await;
    let reader = Client::of(&emulator, "reader").await;
    assert_eq!(reader.at("GET", &format!("/l_servers/{id}"), None).await.status, 200);
    assert_bad(&send(&reader, "PUT", &format!("/l_servers/{id}/start"), FORM, "").await, 403);
    assert_bad(&send(&reader, "POST", "/server_images", FORM, &format!("type=snapshot&l_server_rid={id}")).await, 403);
}
