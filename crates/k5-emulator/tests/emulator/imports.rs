//! Virtual server import.

use std::time::Duration;

use crate::client::{Answer, Client};
use crate::compute::create;
use k5_emulator::Emulator;
use serde_json::{Value, json};

async fn register(client: &Client, more: Value) -> Answer {
    let mut body = json!({"name": "imported", "os_type": "centos"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.at("POST", "/v1/imageimport", Some(&body)).await
}

async fn store(client: &Client, object: &str) -> String {
    client.put("/disks", b"").await;
    assert_eq!(client.put(&format!("/disks/{object}"), b"a virtual disk").await.status, 201);
    format!("{}/disks/{object}", client.account)
}

/// Stores an object, imports it, and gives the image's id when it is there.
pub(crate) async fn imported(client: &Client, object: &str) -> String {
    let registered = register(client, json!({"location": store(client, object).await})).await;
    assert_eq!(registered.status, 201, "{}", registered.text());
    let path = format!("/v1/imageimport/{}/status", registered.json()["import_id"].as_str().unwrap());
    let done = client.until(&path, |answer| answer.json()["import_status"] == "succeeded").await.json();
    done["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_import_is_queued_processed_and_becomes_an_image() {
    let emulator = Emulator::builder().transition_time(Duration::from_secs(2)).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let location = store(&client, "a/disk.vmdk").await;
    let wanted = "5f3b8d8e-0000-4000-8000-00000000abcd";
    let more = json!({"location": location, "id": wanted, "min_ram": 512, "conversion": true, "disk_format": "raw",
        "user_name": "u", "password": "cHc=", "domain_name": "d"});
    let registered = register(&client, more.clone()).await;
    let path = format!("/v1/imageimport/{}/status", registered.json()["import_id"].as_str().unwrap());
    let young = client.at("GET", &path, None).await.json();
    assert_eq!((&young["import_status"], &young["progress"]), (&json!("queued"), &json!(0)));
    assert_eq!(client.at("GET", &format!("/v2/images/{wanted}"), None).await.json()["status"], "saving");
    assert_eq!(create(&client, json!({"imageRef": wanted})).await.status, 400, "not active yet");
    let halfway = client.until(&path, |answer| answer.json()["progress"].as_u64() > Some(10)).await.json();
    assert!(matches!(halfway["import_status"].as_str(), Some("processing" | "succeeded")), "{halfway}");
    let done = client.until(&path, |answer| answer.json()["import_status"] == "succeeded").await.json();
    assert_eq!((&done["progress"], &done["id"], &done["location"]), (&json!(100), &json!(wanted), &json!(location)));
    assert_eq!((&done["min_ram"], &done["conversion"], &done["user_name"]), (&json!(512), &json!(true), &json!("u")));
    let image = client.at("GET", &format!("/v2/images/{wanted}"), None).await.json();
    assert_eq!((&image["status"], &image["size"], &image["checksum"]), (&json!("active"), &json!(14), &json!(null)));
    assert_eq!(create(&client, json!({"imageRef": wanted})).await.status, 202);
    assert_eq!(register(&client, more).await.status, 409, "the id is taken");
}

#[tokio::test]
async fn what_cannot_be_imported_is_refused_or_fails() {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let location = store(&client, "disk.vmdk").await;
    let other = store(&client, "disk.iso").await;
    let missing = location.replace("disk", "risk");
    for location in [missing.as_str(), &other, "disk.vmdk", "/v1/AUTH_other/disks/disk.vmdk"] {
        let refused = register(&client, json!({"location": location})).await;
        assert!(matches!(refused.status, 400 | 404), "{location}: {}", refused.status);
        let code = refused.json()["error_code"].as_str().unwrap().to_owned();
        assert!(code.len() == 5 && code.starts_with(&refused.status.to_string()), "{code}");
    }
    assert_eq!(register(&client, json!({"location": location, "conversion": true})).await.status, 400);
    let failing = register(&client, json!({"location": store(&client, "fail-1.vmdk").await})).await;
    let path = format!("/v1/imageimport/{}/status", failing.json()["import_id"].as_str().unwrap());
    let failed = client.at("GET", &path, None).await.json();
    assert_eq!(failed["import_status"], "failed");
    assert!(failed["message"].as_str().unwrap().contains("fail-1.vmdk"));
    let image = client.at("GET", &format!("/v2/images/{}", failed["id"].as_str().unwrap()), None).await.json();
    assert_eq!(image["status"], "killed");
}

#[tokio::test]
async fn the_list_begins_with_the_newest_and_has_at_most_a_hundred() {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let location = store(&client, "disk.vmdk").await;
    let mut ids = Vec::new();
    for _ in 0..103 {
        let registered = register(&client, json!({"location": location})).await.json();
        ids.push(registered["import_id"].as_str().unwrap().to_owned());
    }
    ids.reverse();
    let list = async |query: &str| client.at("GET", &format!("/v1/imageimport{query}"), None).await;
    let listed = |answer: &Answer| -> Vec<String> {
        answer.json()["imports"].as_array().unwrap().iter().map(|import| import["import_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed(&list("").await), ids[..100]);
    assert_eq!(listed(&list("?start=100&limit=1000").await), ids[100..]);
    assert_eq!(listed(&list("?start=1&limit=2").await), ids[1..3]);
    let first = list("?limit=1").await.json()["imports"][0].clone();
    assert_eq!(first["status"], format!("/v1/imageimport/{}/status", ids[0]));
    for (query, code) in [("?start=x", "40035"), ("?start=-1", "40035"), ("?limit=0", "40036"), ("?limit=y", "40036")] {
        let refused = list(query).await;
        assert_eq!((refused.status, refused.json()["error_code"].as_str()), (400, Some(code)), "{query}");
    }
    assert_eq!(client.at("GET", "/v1/imageimport/none/status", None).await.json()["error_code"], "40400");
    let alt = Client::of(&emulator, "alt_demo").await;
    assert_eq!(alt.at("GET", "/v1/imageimport", None).await.json(), json!({"imports": []}));
}
