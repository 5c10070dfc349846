//! Key pairs.

use crate::client::Client;
use crate::compute::{create, status_is};
use serde_json::{Value, json};

async fn post(client: &Client, keypair: Value) -> crate::client::Answer {
    client.at("POST", &client.v2("/os-keypairs"), Some(&json!({"keypair": keypair}))).await
}

#[tokio::test]
async fn a_private_key_is_shown_once() {
    let emulator = k5_emulator::start().await.unwrap();
    let (client, reader) = (Client::of(&emulator, "demo").await, Client::of(&emulator, "reader").await);
    let made = post(&client, json!({"name": "ops"})).await;
    assert_eq!(made.status, 200);
    let made = made.json()["keypair"].clone();
    assert!(made["private_key"].as_str().unwrap().starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
    assert_eq!(made["fingerprint"].as_str().unwrap().split(':').count(), 16);

    let shown = client.at("GET", &client.v2("/os-keypairs/ops"), None).await.json()["keypair"].clone();
    assert_eq!(shown["public_key"], made["public_key"]);
    assert!(shown.get("private_key").is_none());
    assert_eq!(post(&client, json!({"name": "ops"})).await.status, 409);

    let again = post(&client, json!({"name": "a b", "public_key": made["public_key"]})).await.json();
    assert_eq!(again["keypair"]["fingerprint"], made["fingerprint"]);
    assert!(again["keypair"].get("private_key").is_none());
    let list = client.at("GET", &client.v2("/os-keypairs"), None).await.json();
    let names: Vec<_> = list["keypairs"].as_array().unwrap().iter().map(|item| item["keypair"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ops", "a b"]);
    assert_eq!(reader.at("GET", &reader.v2("/os-keypairs"), None).await.json(), json!({"keypairs": []}), "each user has their own");

    assert_eq!(post(&client, json!({"name": "bad", "public_key": "ssh-rsa nonsense"})).await.status, 400);
    assert_eq!(post(&client, json!({"name": "bad/name"})).await.status, 400);

    let created = create(&client, json!({"key_name": "a b"})).await.json();
    let path = client.v2(&format!("/servers/{}", created["server"]["id"].as_str().unwrap()));
    assert_eq!(client.until(&path, status_is("ACTIVE")).await.json()["server"]["key_name"], "a b");

    assert_eq!(client.at("DELETE", &client.v2("/os-keypairs/a%20b"), None).await.status, 202);
    assert_eq!(client.at("DELETE", &client.v2("/os-keypairs/a%20b"), None).await.status, 404);
    assert_eq!(create(&client, json!({"key_name": "a b"})).await.status, 400);
}
