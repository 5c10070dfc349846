//! Virtual servers for SAP.

mod changes;
mod images;
mod networks;
mod projects;
mod servers;

use std::time::Duration;

use crate::client::{Answer, Client, exchange};
use k5_emulator::Emulator;

const XML: &str = "application/xml";
const FORM: &str = "application/x-www-form-urlencoded";
const SUBNET: &str = "0b7a6b5c-1111-4222-8333-444455556666";

/// One that takes a while for everything, and a user of it.
async fn slow() -> (Emulator, Client) {
    of(Duration::from_millis(700)).await
}

/// One that takes no time for anything.
async fn fast() -> (Emulator, Client) {
    of(Duration::ZERO).await
}

async fn of(time: Duration) -> (Emulator, Client) {
    let emulator = Emulator::builder().transition_time(time).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    (emulator, client)
}

async fn send(client: &Client, method: &str, path: &str, content_type: &str, body: &str) -> Answer {
    let headers = [("X-Auth-Token", client.token.as_str()), ("Content-Type", content_type), ("Accept", "application/xml")];
    exchange(client.address, method, path, &headers, body.as_bytes()).await.unwrap()
}

/// A form, which is accepted and carried out.
async fn done(client: &Client, method: &str, path: &str, form: &str) -> Answer {
    finished(client, &send(client, method, path, FORM, form).await).await
}

/// The task of an answer, once it is over.
async fn finished(client: &Client, answer: &Answer) -> Answer {
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!((text(answer, "status").as_str(), text(answer, "progress").as_str()), ("waiting", "0"));
    let path = format!("/tasks/{}", text(answer, "id"));
    let task = client.until(&path, |answer| !matches!(text(answer, "status").as_str(), "waiting" | "running")).await;
    assert_eq!(text(&task, "status"), "completed", "{}", task.text());
    task
}

/// What is refused with this status and code by the platform behind the service.
fn assert_refused(answer: &Answer, status: u16, code: &str) {
    let said = answer.text();
    assert_eq!(answer.status, status, "{said}");
    assert!(said.contains(&format!("<errors><error><code>{code}</code><message>")), "{said}");
    assert!(said.contains("<arg>") && said.contains("<request_id>req-"), "{said}");
}

/// What is refused as a bad request by the service itself.
fn assert_bad(answer: &Answer, status: u16) {
    let said = answer.text();
    assert_eq!(answer.status, status, "{said}");
    assert!(said.contains("<error><message>") && said.contains("<request_id>req-") && !said.contains("<errors>"), "{said}");
}

fn document(name: &str, image: &str, nics: &str) -> String {
    format!(
        r#"<Resources><LServer name="{name}"><TemplateLink name="WS-4"/><ServerImageLink name="{image}"/>
        <Disks><Disk><DiskIndex>0</DiskIndex></Disk><Disk><DiskIndex>1</DiskIndex><DiskSize>40.5</DiskSize></Disk></Disks>
        <NICs>{nics}</NICs>
        <OSSetting><ComputerName>sap</ComputerName><AdminPassword>a&amp;b</AdminPassword>
        <DNSServers><DNSServer nic="0" ip="10.0.0.2"/></DNSServers></OSSetting>
        <AvailabilityZone>uk-1b</AvailabilityZone><Dedicated>true</Dedicated></LServer></Resources>"#
    )
}

const IMAGE: &str = "WindowsServer2012R2SE_64_en";

async fn create(client: &Client, name: &str) -> Answer {
    send(client, "POST", "/l_servers", XML, &document(name, IMAGE, "")).await
}

/// A server that is made and stopped.
async fn server(client: &Client, name: &str) -> String {
    let created = create(client, name).await;
    finished(client, &created).await;
    resource(&created)
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
