//! Schedules.

use crate::client::Client;
use serde_json::{Value, json};

fn schedule(client: &Client, name: &str) -> Value {
    json!({
        "name": name, "method": "POST", "url": "http://orchestration.example/v1/p/stacks/s/1/resources/up/signal",
        "time": "*/5 * * * *", "project_id": client.project,
    })
}

#[tokio::test]
async fn schedules_are_kept_by_name() {
    let emulator = k5_emulator::start().await.unwrap();
    let (client, alt) = (Client::of(&emulator, "demo").await, Client::of(&emulator, "alt_demo").await);
    let path = "/autoscale_schedulers";
    let first = schedule(&client, "first");
    let made = client.at("POST", path, Some(&first)).await;
    assert_eq!((made.status, made.json()), (200, first.clone()));
    client.at("POST", path, Some(&schedule(&client, "Second"))).await;
    let twice = alt.at("POST", path, Some(&schedule(&alt, "first"))).await;
    assert_eq!((twice.status, twice.json()["error"]["code"].clone()), (409, json!(409)), "names are the region's");
    let list = client.at("GET", path, None).await.json();
    assert_eq!((&list["schedulers"][0], &list["schedulers"][1]["name"]), (&first, &json!("Second")));
    assert_eq!(alt.at("GET", path, None).await.json(), json!({"schedulers": []}));

    for (member, value) in [
        ("name", json!("with-dash")),
        ("name", json!("x".repeat(65))),
        ("method", json!("GET")),
        ("url", json!("https://orchestration.example/")),
        ("time", json!("every day")),
        ("project_id", json!(null)),
    ] {
        let mut bad = schedule(&client, "third");
        bad[member] = value;
        assert_eq!(client.at("POST", path, Some(&bad)).await.status, 400, "{bad}");
    }
    assert_eq!(client.at("POST", path, Some(&schedule(&alt, "third"))).await.status, 403);
    assert_eq!(alt.at("DELETE", "/autoscale_schedulers/first", None).await.status, 404);
    assert_eq!(client.at("DELETE", "/autoscale_schedulers/first", None).await.status, 204);
    assert_eq!(client.at("DELETE", "/autoscale_schedulers/first", None).await.status, 404);
    assert_eq!(client.at("GET", path, None).await.json()["schedulers"].as_array().unwrap().len(), 1);
}
