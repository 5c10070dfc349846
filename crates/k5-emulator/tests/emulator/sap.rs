//! Virtual servers for SAP.

use std::time::Duration;

use crate::client::{Answer, Client, exchange};
use k5_emulator::Emulator;

async fn send(client: &Client, method: &str, path: &str, content_type: &str, body: &str) -> Answer {
    let headers = [("X-Auth-Token", client.token.as_str()), ("Content-Type", content_type), ("Accept", "application/xml")];
    exchange(client.address, method, path, &headers, body.as_bytes()).await.unwrap()
}

async fn create(client: &Client, name: &str) -> Answer {
    let body = format!(
        r#"<Resources><LServer name="{name}"><TemplateLink name="WS-4"/><ServerImageLink name="Windows_64_en"/>
        <Disks><Disk><DiskIndex>0</DiskIndex></Disk><Disk><DiskIndex>1</DiskIndex><DiskSize>40.5</DiskSize></Disk></Disks>
        <NICs><NIC><NICIndex>0</NICIndex><NetworkLinks><NetworkLink id="ror-svror2_1"><IpAddress auto="false"
        address="192.168.7.9"/></NetworkLink></NetworkLinks></NIC></NICs>
        <OSSetting><ComputerName>sap</ComputerName><AdminPassword>a&amp;b</AdminPassword></OSSetting>
        <AvailabilityZone>uk-1b</AvailabilityZone><Dedicated>true</Dedicated></LServer></Resources>"#
    );
    send(client, "POST", "/l_servers", "application/xml", &body).await
}

/// The text of the first element with this name.
fn text(answer: &Answer, name: &str) -> String {
    let whole = answer.text();
    let start = whole.find(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {whole}")) + name.len() + 2;
    whole[start..].split('<').next().unwrap().to_owned()
}

fn resource(answer: &Answer) -> String {
    let whole = answer.text();
    whole.split("<resource id=\"").nth(1).unwrap_or_else(|| panic!("{whole}")).split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_server_is_made_stopped_and_then_started() {
    let emulator = Emulator::builder().transition_time(Duration::from_secs(1)).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let created = create(&client, "sap-1").await;
    assert_eq!(created.status, 202, "{}", created.text());
    assert!(created.header("content-type").unwrap().starts_with("application/xml"));
    assert_eq!((text(&created, "status").as_str(), text(&created, "progress").as_str()), ("waiting", "0"));
    assert_eq!(text(&created, "starttime").len(), 25);
    let id = resource(&created);
    let path = format!("/l_servers/{id}");
    let start = async || send(&client, "PUT", &format!("{path}/start"), "application/x-www-form-urlencoded", "").await;
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
        r#"<IpAddress auto="false" address="192.168.7.9"/>"#,
        "<AvailabilityZone>uk-1b</AvailabilityZone><Dedicated>true</Dedicated>",
    ] {
        assert!(stopped.text().contains(part), "{part} in {}", stopped.text());
    }
    assert!(!stopped.text().contains("BaseImageId") && !stopped.text().contains("a&amp;b"));
    let internal = client.at("GET", &format!("{path}?internal=true"), None).await;
    assert_eq!(text(&internal, "BaseImageId"), "Windows_64_en");

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
        let unknown = client.at("GET", path, None).await;
        assert_eq!(unknown.status, 404);
        assert!(unknown.text().contains("<errors><error><code>67154</code>"), "{}", unknown.text());
    }
    for (content_type, body, status) in [
        ("application/xml", "<Resources><LServer", 400),
        ("application/xml", "<Resources/>", 400),
        ("application/xml", r#"<Resources><LServer name="-x"/></Resources>"#, 400),
        ("application/xml", r#"<Resources><LServer name="x"/></Resources>"#, 400),
        ("application/json", "{}", 415),
    ] {
        let refused = send(&client, "POST", "/l_servers", content_type, body).await;
        assert_eq!(refused.status, status, "{body}");
        let said = refused.text();
        assert!(said.contains("<error><message>") && said.contains("<request_id>req-") && !said.contains("<errors>"), "{said}");
    }
    assert_eq!(client.at("GET", "/l_servers/a/b/c", None).await.status, 404);
}
