//! Versions and links beyond what the suite compares with real servers: bodies that are shared, expiry, restarts, other accounts.

use std::time::Duration;

use crate::client::{Answer, Client, noise};
use k5_emulator::{Emulator, Fault, Faults, Rule};

fn id(answer: &Answer) -> String {
    answer.header("x-object-version-id").unwrap_or_else(|| panic!("no version: {answer:?}")).to_owned()
}

async fn versioned() -> (Emulator, Client) {
    let emulator = k5_emulator::start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    assert_eq!(client.send("PUT", "/c", &[("X-Versions-Enabled", "true")], b"").await.status, 201);
    (emulator, client)
}

#[tokio::test]
async fn bodies_stay_as_long_as_their_version() {
    let (_emulator, client) = versioned().await;
    for size in [10, 100_000] {
        let bodies: Vec<Vec<u8>> = (0..4).map(|n| noise(size + n)).collect();
        client.send("POST", "/c", &[("X-Versions-Enabled", "false")], b"").await;
        client.put("/c/o", &bodies[0]).await;
        let first = client.get("/c/o").await.header("x-timestamp").unwrap().to_owned();
        client.send("POST", "/c", &[("X-Versions-Enabled", "true")], b"").await;
        let mut ids = vec![first];
        for body in &bodies[1..3] {
            ids.push(id(&client.put("/c/o", body).await));
        }
        assert_eq!(client.send("POST", "/c/o", &[("X-Object-Meta-A", "1")], b"").await.status, 202);
        // Without versions, a new object and its deletion take no version with them.
        client.send("POST", "/c", &[("X-Versions-Enabled", "false")], b"").await;
        client.put("/c/o", &bodies[3]).await;
        assert_eq!(client.get("/c/o").await.body, bodies[3]);
        assert_eq!(client.status("DELETE", "/c/o").await, 204);
        assert_eq!(client.get("/c/o").await.status, 404);
        for (id, body) in ids.iter().zip(&bodies) {
            let found = client.get(&format!("/c/o?version-id={id}")).await;
            assert_eq!((found.status, found.body.as_slice()), (200, body.as_slice()));
        }
        // One that is restored and overwritten is still there; deleted by its id it is gone, and so is the object.
        let restored = format!("/c/o?version-id={}", ids[1]);
        assert_eq!(client.put(&restored, b"").await.status, 201);
        client.put("/c/o", b"plain").await;
        assert_eq!(client.get(&restored).await.body, bodies[1]);
        assert_eq!(client.put(&restored, b"").await.status, 201);
        assert_eq!(client.status("DELETE", &restored).await, 204);
        assert_eq!(client.get("/c/o").await.status, 404);
        for id in [&ids[0], &ids[2]] {
            assert_eq!(client.status("DELETE", &format!("/c/o?version-id={id}")).await, 204);
        }
        let shown = client.send("HEAD", "/c", &[], b"").await;
        assert_eq!(shown.header("x-container-bytes-used"), Some("0"));
    }
    assert_eq!(client.status("DELETE", "/c").await, 204);
    assert_eq!(client.send("HEAD", "", &[], b"").await.header("x-account-bytes-used"), Some("0"));
}

#[tokio::test]
async fn an_expired_name_leaves_its_version() {
    let (_emulator, client) = versioned().await;
    let stored = client.send("PUT", "/c/o", &[("X-Delete-After", "1")], b"short").await;
    let version = format!("/c/o?version-id={}", id(&stored));
    assert_eq!(client.get("/c/o").await.header("x-delete-at"), None, "it is the name's");
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(client.get("/c/o").await.status, 404);
    assert_eq!(client.get(&version).await.body, b"short");
    let listed = client.get("/c?versions").await.json();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["is_latest"]), (1, &false.into()));
    assert_eq!(client.get("?format=json").await.json()[0]["bytes"], 5);
}

#[tokio::test]
async fn versions_outlive_a_restart_and_come_in_short_pages() {
    let directory = tempfile::tempdir().unwrap();
    let start = || Emulator::builder().directory(directory.path()).start();
    let emulator = start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    client.send("PUT", "/c", &[("X-Versions-Enabled", "true")], b"").await;
    client.send("PUT", "/l", &[], b"").await;
    client.send("PUT", "/l/o", &[("X-Symlink-Target", "c/o")], b"").await;
    let old = id(&client.put("/c/o", &noise(70_000)).await);
    client.put("/c/o", b"new").await;
    emulator.stop().await;

    let emulator = start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    assert_eq!(client.get(&format!("/c/o?version-id={old}")).await.body, noise(70_000));
    assert_eq!(client.get("/l/o").await.body, b"new");
    emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c").then(Fault::page_limit(1))));
    let first = client.get("/c?versions").await.json();
    assert_eq!(first.as_array().unwrap().len(), 1);
    let next = format!("/c?versions&marker=o&version_marker={}", first[0]["version_id"].as_str().unwrap());
    assert_eq!(client.get(&next).await.json()[0]["version_id"].as_str(), Some(old.as_str()));
}

#[tokio::test]
async fn links_lead_into_other_accounts_as_far_as_they_may() {
    let emulator = k5_emulator::start().await.unwrap();
    let (client, other) = (Client::of(&emulator, "demo").await, Client::of(&emulator, "alt_demo").await);
    assert_eq!((client.status("PUT", "/l").await, other.status("PUT", "/c").await), (201, 201));
    assert_eq!(other.put("/c/o", b"theirs").await.status, 201);
    let account = other.account.strip_prefix("/v1/").unwrap();
    let link = [("X-Symlink-Target", "c/o"), ("X-Symlink-Target-Account", account)];
    assert_eq!(client.send("PUT", "/l/o", &link, b"").await.status, 201);
    let place = format!("{}/c/o", other.account);
    let refused = client.get("/l/o").await;
    assert_eq!((refused.status, refused.header("content-location")), (403, Some(place.as_str())));
    let public = [("X-Container-Read", ".r:*")];
    assert_eq!(other.send("POST", "/c", &public, b"").await.status, 204);
    let found = client.get("/l/o").await;
    assert_eq!((found.text().as_str(), found.header("content-location")), ("theirs", Some(place.as_str())));
    assert_eq!(client.get("/l?format=json").await.json()[0]["symlink_path"].as_str(), Some(place.as_str()));
    assert_eq!(client.send("HEAD", "/l/o?symlink=get", &[], b"").await.header("x-symlink-target-account"), Some(account));
}
