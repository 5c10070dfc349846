//! How a server is made, started, stopped, restarted and deleted.

use std::time::Duration;

use super::{
    FORM, IMAGE, SUBNET, XML, assert_bad, assert_refused, create, document, done, fast, finished, resource, send, server, slow,
    text,
};
use crate::client::Client;
use k5_emulator::Emulator;

#[tokio::test]
async fn a_server_is_made_stopped_and_then_started() {
    let emulator = Emulator::builder().transition_time(Duration::from_secs(1)).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let network = format!(r#"<Network><Subnet id="{SUBNET}"/><AvailabilityZone>uk-1b</AvailabilityZone></Network>"#);
    let network = send(&client, "POST", "/networks", XML, &network).await;
    finished(&client, &network).await;
    let (network, listed) = (resource(&network), client.at("GET", "/networks", None).await.text());
    let block = listed.split("subnet=\"").nth(1).unwrap().split(".0\"").next().unwrap().to_owned();
    let nics = format!(
        r#"<NIC><NICIndex>0</NICIndex><NetworkLinks><NetworkLink id="{network}"><IpAddress auto="false"
        address="{block}.9"/></NetworkLink></NetworkLinks></NIC>"#
    );
    let created = send(&client, "POST", "/l_servers", XML, &document("sap-1", IMAGE, &nics)).await;
    assert_eq!(created.status, 202, "{}", created.text());
    assert!(created.header("content-type").unwrap().starts_with("application/xml"));
    assert_eq!((text(&created, "status").as_str(), text(&created, "progress").as_str()), ("waiting", "0"));
    assert_eq!(text(&created, "starttime").len(), 25);
    let id = resource(&created);
    let path = format!("/l_servers/{id}");
    let start = async || send(&client, "PUT", &format!("{path}/start"), FORM, "").await;
    let early = start().await;
    assert_eq!(early.status, 409, "it is being made");
    assert!(early.text().contains("<errors><error><code>"), "{}", early.text());

    let task = format!("/tasks/{}", text(&created, "id"));
    client.until(&task, |answer| text(answer, "status") == "running").await;
    let done = client.until(&task, |answer| text(answer, "status") == "completed").await;
    assert_eq!(text(&done, "progress"), "100");
    assert_eq!(text(&done, "endtime").len(), 25);
    let stopped = client.at("GET", &path, None).await;
    assert_eq!((text(&stopped, "ResourceStatus").as_str(), text(&stopped, "PowerStatus").as_str()), ("stop", "off"));
    for part in [
        r#"<LServer name="sap-1" id="ror-svror2_"#,
        r#"<TemplateLink name="WS-4"/>"#,
        "<DiskIndex>1</DiskIndex><DiskSize>40.5</DiskSize>",
        &format!(r#"<IpAddress auto="false" address="{block}.9"/>"#),
        "<AvailabilityZone>uk-1b</AvailabilityZone><Dedicated>true</Dedicated>",
    ] {
        assert!(stopped.text().contains(part), "{part} in {}", stopped.text());
    }
    assert!(!stopped.text().contains("BaseImageId") && !stopped.text().contains("a&amp;b"));
    let internal = client.at("GET", &format!("{path}?internal=true"), None).await;
    assert_eq!(text(&internal, "BaseImageId"), IMAGE);

    let started = start().await;
    assert_eq!(started.status, 202);
    let task = format!("/tasks/{}", text(&started, "id"));
    client.until(&task, |answer| text(answer, "status") == "completed").await;
    let running = client.at("GET", &path, None).await;
    assert_eq!((text(&running, "ResourceStatus").as_str(), text(&running, "PowerStatus").as_str()), ("normal", "on"));
    assert_eq!(start().await.status, 409);
}

#[tokio::test]
async fn lists_failures_and_errors() {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.unwrap();
    let (client, alt) = (Client::of(&emulator, "demo").await, Client::of(&emulator, "alt_demo").await);
    assert!(client.at("GET", "/l_servers", None).await.text().ends_with("<LServers/>"));
    create(&client, "one").await;
    let failing = create(&client, "fail-two").await;
    let list = client.at("GET", "/l_servers", None).await.text();
    let (one, two) = (list.find("\"one\"").unwrap(), list.find("\"fail-two\"").unwrap());
    assert!(one < two, "{list}");
    assert!(alt.at("GET", "/l_servers", None).await.text().ends_with("<LServers/>"));

    tokio::time::sleep(Duration::from_millis(1)).await;
    let task = client.at("GET", &format!("/tasks/{}", text(&failing, "id")), None).await;
    assert_eq!((task.status, text(&task, "status").as_str()), (200, "error"));
    assert!(task.text().contains("<error><code>") && text(&task, "message").contains("fail-two"), "{}", task.text());

    for path in ["/l_servers/none", "/tasks/none"] {
        assert_refused(&client.at("GET", path, None).await, 404, "67154");
    }
    let whole = |inner: &str| format!("<Resources>{inner}</Resources>");
    let server = |name: &str, inner: &str| {
        let links = format!(r#"<TemplateLink name="WS-4"/><ServerImageLink name="{IMAGE}"/>"#);
        whole(&format!(r#"<LServer name="{name}">{links}{inner}</LServer>"#))
    };
    let nic = |index: &str, link: &str| format!("<NICs><NIC><NICIndex>{index}</NICIndex>{link}</NIC></NICs>");
    for (content_type, body, status) in [
        (XML, "<Resources><LServer".to_owned(), 400),
        (XML, whole(""), 400),
        (XML, "<Network/>".to_owned(), 400),
        (XML, String::new(), 400),
        (XML, server("-x", ""), 400),
        (XML, server(&"x".repeat(65), ""), 400),
        (XML, whole(r#"<LServer name="x"/>"#), 400),
        (XML, server("x", "<Disks><Disk><DiskIndex>1</DiskIndex></Disk></Disks>"), 400),
        (XML, server("x", "<Disks><Disk><DiskIndex>1</DiskIndex><DiskSize>big</DiskSize></Disk></Disks>"), 400),
        (XML, server("x", "<Disks><Disk><DiskIndex>0</DiskIndex></Disk><Disk><DiskIndex>0</DiskIndex></Disk></Disks>"), 400),
        (XML, server("x", &nic("0", "")), 400),
        (XML, server("x", &nic("a", "")), 400),
        (XML, server("x", r#"<OSSetting><DNSServers><DNSServer nic="0" ip="dns"/></DNSServers></OSSetting>"#), 400),
        ("application/json", "{}".to_owned(), 415),
        ("text/plain", server("x", ""), 415),
    ] {
        assert_bad(&send(&client, "POST", "/l_servers", content_type, &body).await, status);
    }
    for unknown in [
        document("x", "None_64_en", ""),
        document("x", IMAGE, "").replace("WS-4", "WS-5"),
        server("x", &nic("0", r#"<NetworkLinks><NetworkLink id="ror-1"/></NetworkLinks>"#)),
    ] {
        assert_refused(&send(&client, "POST", "/l_servers", XML, &unknown).await, 400, "67154");
    }
    assert_bad(&client.at("GET", "/l_servers/a/b/c", None).await, 404);
    assert_bad(&client.at("PATCH", "/l_servers", None).await, 405);
    assert_bad(&client.at("GET", "/l_servers/x?internal=yes", None).await, 400);
}

#[tokio::test]
async fn power_goes_on_and_off() {
    let (_emulator, client) = slow().await;
    let id = server(&client, "power").await;
    let path = format!("/l_servers/{id}");
    let power = async || text(&client.at("GET", &path, None).await, "PowerStatus");
    let act = async |what: &str, form: &str| send(&client, "PUT", &format!("{path}/{what}"), FORM, form).await;
    for what in ["stop", "restart"] {
        assert_refused(&act(what, "").await, 409, "67178");
    }
    done(&client, "PUT", &format!("{path}/start"), "").await;
    assert_eq!(power().await, "on");
    assert_refused(&send(&client, "DELETE", &path, FORM, "").await, 409, "67178");
    for wrong in ["force=yes", "force=TRUE", "force="] {
        assert_bad(&act("stop", wrong).await, 400);
    }
    assert_bad(&send(&client, "PUT", &format!("{path}/stop"), XML, "<force>true</force>").await, 415);
    let restarting = act("restart", "force=true").await;
    assert_refused(&act("stop", "").await, 409, "67178");
    finished(&client, &restarting).await;
    assert_eq!(power().await, "on");
    let stopping = act("stop", "force=false").await;
    assert_eq!(power().await, "on", "until it is done");
    assert_eq!(resource(&finished(&client, &stopping).await), id);
    assert_eq!(power().await, "off");

    let deleting = send(&client, "DELETE", &path, FORM, "").await;
    assert_eq!(client.at("GET", &path, None).await.status, 200, "until it is done");
    assert_refused(&act("start", "").await, 409, "67178");
    finished(&client, &deleting).await;
    assert_refused(&client.at("GET", &path, None).await, 404, "67154");
    assert!(!client.at("GET", "/l_servers", None).await.text().contains(&id));
    assert_refused(&send(&client, "DELETE", &path, FORM, "").await, 404, "67154");
    // The number is not used again.
    assert_ne!(server(&client, "next").await, id);
}

#[tokio::test]
async fn templates() {
    let (_emulator, client) = fast().await;
    let plain = client.at("GET", "/templates/l_servers", None).await.text();
    assert!(plain.contains(r#"<LServerTemplate name="WS-4"/>"#) && !plain.contains("CPU"), "{plain}");
    let verbose = client.at("GET", "/templates/l_servers?verbose=true", None).await.text();
    let four = "<CPU><CPUPerf>2.6</CPUPerf><NumOfCPU>4</NumOfCPU></CPU><Memory><MemorySize>16.0</MemorySize></Memory>";
    assert!(verbose.contains(&format!(r#"<LServerTemplate name="WS-4">{four}</LServerTemplate>"#)), "{verbose}");
    assert_bad(&client.at("GET", "/templates/l_servers?verbose=1", None).await, 400);
}
