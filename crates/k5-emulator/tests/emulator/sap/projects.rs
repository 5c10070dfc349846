//! Where a project may use the service.

use std::time::Duration;

use super::{FORM, XML, assert_bad, assert_refused, create, done, finished, resource, send, text};
use crate::client::{Answer, Client};
use k5_emulator::{CatalogueStyle, Emulator};

/// The tasks of an answer, once they are over.
async fn all_finished(client: &Client, answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 202, "{}", answer.text());
    let whole = answer.text();
    assert!(whole.contains("<tasks><task><id>") && !whole.contains("<resource"), "{whole}");
    let mut zones = Vec::new();
    for task in whole.split("<task>").skip(1) {
        let between = |name: &str| task.split(&format!("<{name}>")).nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert_eq!(between("status"), "waiting");
        zones.push(between("AvailabilityZone"));
        client.until(&format!("/tasks/{}", between("id")), |answer| text(answer, "status") == "completed").await;
    }
    zones
}

#[tokio::test]
async fn a_project_is_enabled_and_disabled() {
    let accounts = r#"
        region = "uk-1"
        [[project]]
        name = "demo"
        [[user]]
        name = "demo"
        password = "demopw"
        default_project = "demo"
        roles = { demo = ["member"] }"#;
    let emulator = Emulator::builder().accounts(accounts.parse().unwrap()).catalogue_style(CatalogueStyle::K5);
    let emulator = emulator.transition_time(Duration::from_millis(700)).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let path = format!("/projects/{}", client.project);
    let enable = async |form: &str| send(&client, "POST", "/projects", FORM, form).await;
    let disable = async |query: &str| send(&client, "DELETE", &format!("{path}{query}"), FORM, "").await;
    let shown = async || client.at("GET", &path, None).await;
    assert_refused(&shown().await, 404, "67154");
    assert_refused(&disable("").await, 404, "67154");
    // Nothing else needs it as long as nobody has said anything.
    let early = create(&client, "early").await;
    finished(&client, &early).await;

    let begun = enable(&format!("project_id={}", client.project.to_uppercase())).await;
    assert!(shown().await.text().contains("<AvailabilityZones/>"), "until it is done");
    assert_refused(&disable("").await, 409, "67178");
    let zones = all_finished(&client, &begun).await;
    assert_eq!(zones, ["uk-1a", "uk-1b"]);
    let project = shown().await.text();
    let listed: String = zones.iter().map(|zone| format!("<AvailabilityZone>{zone}</AvailabilityZone>")).collect();
    assert!(project.contains(&format!("<Domain>Default</Domain><AvailabilityZones>{listed}</AvailabilityZones>")), "{project}");
    assert!(project.contains("<Dedicated><DedicatedAZ>uk-1b</DedicatedAZ></Dedicated>"), "{project}");
    // Twice is a success.
    assert_eq!(
        all_finished(&client, &enable(&format!("project_id={}&availability_zone=uk-1b", client.project)).await).await,
        ["uk-1b"]
    );

    assert_refused(&disable("?availability_zone=uk-1b").await, 409, "67167");
    assert_refused(&disable("").await, 409, "67167");
    done(&client, "DELETE", &format!("/l_servers/{}", resource(&early)), "").await;
    assert_eq!(all_finished(&client, &disable("?availability_zone=uk-1b").await).await, ["uk-1b"]);
    assert_refused(&create(&client, "late").await, 409, "67178");
    let network =
        r#"<Network><Subnet id="0b7a6b5c-1111-4222-8333-444455556666"/><AvailabilityZone>uk-1b</AvailabilityZone></Network>"#;
    assert_refused(&send(&client, "POST", "/networks", XML, network).await, 409, "67178");
    assert_refused(&disable("?availability_zone=uk-1b").await, 404, "67154");
    let rest = all_finished(&client, &disable("").await).await;
    assert_eq!(rest, ["uk-1a"]);
    assert_refused(&shown().await, 404, "67154");
    all_finished(&client, &enable(&format!("project_id={}&availability_zone=uk-1b", client.project)).await).await;
    finished(&client, &create(&client, "again").await).await;
}

#[tokio::test]
async fn only_ones_own_project() {
    let (emulator, client) = super::fast().await;
    let alt = Client::of(&emulator, "alt_demo").await;
    let enable = async |id: &str| send(&client, "POST", "/projects", FORM, &format!("project_id={id}")).await;
    assert_bad(&enable("").await, 400);
    assert_bad(&enable("0f3e9b7c-2d1a-4e5f-8899-aabbccddeeff").await, 400);
    assert_bad(&enable(&alt.project).await, 403);
    assert_bad(&send(&client, "POST", "/projects", "application/json", "{}").await, 415);
    all_finished(&alt, &send(&alt, "POST", "/projects", FORM, &format!("project_id={}", alt.project)).await).await;
    for method in ["GET", "DELETE"] {
        let path = format!("/projects/{}", alt.project);
        assert_refused(&send(&client, method, &path, FORM, "").await, 404, "67154");
    }
    assert_eq!(alt.at("GET", &format!("/projects/{}", alt.project.to_uppercase()), None).await.status, 200);
}
