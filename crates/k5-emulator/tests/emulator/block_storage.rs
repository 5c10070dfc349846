//! Volumes and snapshots, in both spellings.

use std::time::Duration;

use crate::client::{Answer, Client};
use crate::compute::cirros;
use k5_emulator::Emulator;
use serde_json::{Value, json};

async fn quick() -> (Emulator, Client) {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    (emulator, client)
}

async fn create(client: &Client, volume: Value) -> Answer {
    client.at("POST", &client.v2("/volumes"), Some(&json!({"volume": volume}))).await
}

async fn volume(client: &Client, volume: Value) -> String {
    let created = create(client, volume).await;
    assert_eq!(created.status, 202, "{}", created.text());
    created.json()["volume"]["id"].as_str().unwrap().to_owned()
}

async fn snapshot(client: &Client, volume: &str) -> String {
    let body = json!({"snapshot": {"volume_id": volume, "name": "before", "force": "True"}});
    let created = client.at("POST", &client.v2("/snapshots"), Some(&body)).await;
    assert_eq!(created.status, 202, "{}", created.text());
    created.json()["snapshot"]["id"].as_str().unwrap().to_owned()
}

async fn show(client: &Client, id: &str) -> Value {
    client.at("GET", &client.v2(&format!("/volumes/{id}")), None).await.json()["volume"].clone()
}

async fn extend(client: &Client, id: &str, size: u64) -> u16 {
    let path = client.v2(&format!("/volumes/{id}/action"));
    client.at("POST", &path, Some(&json!({"os-extend": {"new_size": size}}))).await.status
}

#[tokio::test]
async fn a_volume_takes_its_time() {
    let emulator = Emulator::builder().transition_time(Duration::from_secs(1)).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    let created = create(&client, json!({"name": "data", "size": 2, "volume_type": "M1", "metadata": {"a": "b"}})).await;
    let created = created.json()["volume"].clone();
    assert_eq!((&created["status"], &created["bootable"]), (&json!("creating"), &json!("false")));
    assert!(created.get("links").is_none());
    let path = client.v2(&format!("/volumes/{}", created["id"].as_str().unwrap()));
    let busy = client.at("DELETE", &path, None).await;
    assert_eq!(busy.status, 400, "it is being created");
    let is = |status: &'static str| move |answer: &Answer| answer.json()["volume"]["status"] == status;
    let ready = client.until(&path, is("available")).await.json();
    assert_eq!(ready["volume"]["availability_zone"], "nova");

    let action = format!("{path}/action");
    assert_eq!(client.at("POST", &action, Some(&json!({"os-extend": {"new_size": 5}}))).await.status, 202);
    let growing = client.at("GET", &path, None).await.json();
    assert_eq!((&growing["volume"]["status"], &growing["volume"]["size"]), (&json!("extending"), &json!(2)));
    assert_eq!(client.until(&path, is("available")).await.json()["volume"]["size"], 5);
    assert_eq!(client.at("DELETE", &path, None).await.status, 202);
    assert_eq!(client.at("GET", &path, None).await.json()["volume"]["status"], "deleting");
    assert_eq!(client.until(&path, |answer| answer.status == 404).await.json()["itemNotFound"]["code"], 404);
}

#[tokio::test]
async fn a_snapshot_brings_a_volume_back() {
    let (_emulator, client) = quick().await;
    let id = volume(&client, json!({"size": 1, "metadata": {"state": "good"}})).await;
    let before = show(&client, &id).await;
    let kept = snapshot(&client, &id).await;
    let path = client.v2(&format!("/snapshots/{kept}"));
    let shown = client.at("GET", &path, None).await.json()["snapshot"].clone();
    assert_eq!((&shown["status"], &shown["size"]), (&json!("available"), &json!(1)));
    assert_eq!(shown["os-extended-snapshot-attributes:progress"], "100%");

    assert_eq!(extend(&client, &id, 3).await, 202);
    let after = show(&client, &id).await;
    assert_eq!(after["size"], 3);
    assert_ne!(after["k5.emulator:content"], before["k5.emulator:content"]);

    let restore = format!("{path}/action");
    for value in [json!(null), json!({})] {
        assert_eq!(client.at("POST", &restore, Some(&json!({"fcx-restore": value}))).await.status, 202);
        let back = show(&client, &id).await;
        assert_eq!((&back["status"], &back["size"]), (&json!("available"), &json!(1)));
        assert_eq!(back["k5.emulator:content"], before["k5.emulator:content"]);
    }
    assert_eq!(client.at("POST", &restore, Some(&json!({"fcx-copy": null}))).await.status, 400);

    let deletion = client.at("DELETE", &client.v2(&format!("/volumes/{id}")), None).await;
    assert_eq!(deletion.status, 400, "it has a snapshot");
    let copy = volume(&client, json!({"snapshot_id": kept})).await;
    assert_eq!(show(&client, &copy).await["size"], 1);
    assert_eq!(client.at("DELETE", &path, None).await.status, 202);
    assert_eq!(client.at("GET", &path, None).await.status, 404);
    assert_eq!(client.at("DELETE", &client.v2(&format!("/volumes/{id}")), None).await.status, 202);
}

#[tokio::test]
async fn what_cannot_be_made_is_refused() {
    let (_emulator, client) = quick().await;
    for (wanted, status) in [
        (json!({"name": "sizeless"}), 400),
        (json!({"size": 0}), 400),
        (json!({"size": 1, "imageRef": "00000000-0000-0000-0000-000000000000"}), 400),
        (json!({"size": 1, "snapshot_id": "none"}), 404),
        (json!({"size": 1, "source_volid": "none"}), 404),
        (json!({"size": 1, "volume_type": "gold"}), 404),
        (json!({"size": 1, "source_volid": "a", "snapshot_id": "b"}), 400),
        (json!({"size": 20_000}), 413),
    ] {
        let refused = create(&client, wanted.clone()).await;
        assert_eq!(refused.status, status, "{wanted}: {}", refused.text());
    }
    let id = volume(&client, json!({"size": "2"})).await;
    assert_eq!(extend(&client, &id, 2).await, 400);
    assert_eq!(extend(&client, "none", 3).await, 404);
    let failing = volume(&client, json!({"size": 1, "metadata": {"k5.emulator.fail": "no space"}})).await;
    assert_eq!(show(&client, &failing).await["status"], "error");
    assert_eq!(extend(&client, &failing, 3).await, 400);
    let boot = volume(&client, json!({"size": 1, "imageRef": cirros(&client).await})).await;
    let boot = show(&client, &boot).await;
    assert_eq!((&boot["bootable"], &boot["volume_image_metadata"]["image_name"]), (&json!("true"), &json!("cirros")));
}

#[tokio::test]
async fn both_spellings_show_the_same_volumes() {
    let (emulator, client) = quick().await;
    let v1 = format!("/v1.1/{}/os-volumes", client.project);
    let body = json!({"volume": {"display_name": "old", "display_description": "d", "size": 3, "metadata": {"k": "v"}}});
    let created = client.at("POST", &v1, Some(&body)).await;
    assert_eq!(created.status, 200);
    let old = created.json()["volume"].clone();
    assert_eq!((&old["displayName"], &old["displayDescription"], &old["size"]), (&json!("old"), &json!("d"), &json!(3)));
    assert_eq!(show(&client, old["id"].as_str().unwrap()).await["name"], "old");

    let new = volume(&client, json!({"name": "new", "size": 1})).await;
    let listed = client.at("GET", &format!("{v1}/detail"), None).await.json();
    assert_eq!((&listed["volumes"][0]["id"], &listed["volumes"][1]["displayName"]), (&json!(new), &json!("old")));

    let list = async |query: &str| client.at("GET", &client.v2(&format!("/volumes/detail?{query}")), None).await;
    assert_eq!(list("name=old").await.json()["volumes"].as_array().unwrap().len(), 1);
    assert_eq!(list("status=error").await.json()["volumes"], json!([]));
    let first = list("limit=1").await.json();
    assert_eq!(first["volumes"][0]["name"], "new");
    let next = first["volumes_links"][0]["href"].as_str().unwrap().to_owned();
    let next = next.strip_prefix(&format!("http://{}", emulator.address())).unwrap().to_owned();
    assert_eq!(client.at("GET", &next, None).await.json()["volumes"][0]["name"], "old");
    assert_eq!(list("marker=none").await.status, 404);
    let by_size = list("sort=size:desc,name:asc").await.json();
    assert_eq!((&by_size["volumes"][0]["name"], &by_size["volumes"][1]["name"]), (&json!("old"), &json!("new")));
    let rest = list(&format!("sort_key=size&sort_dir=asc&marker={new}")).await.json();
    assert_eq!((&rest["volumes"][0]["name"], rest["volumes"].as_array().unwrap().len()), (&json!("old"), 1));
    assert_eq!(client.at("GET", &format!("{v1}/detail?offset=1"), None).await.json()["volumes"][0]["displayName"], "old");
    assert_eq!(list("sort_key=colour").await.status, 400);
    let alt = Client::of(&emulator, "alt_demo").await;
    assert_eq!(alt.at("GET", &alt.v2(&format!("/volumes/{new}")), None).await.status, 404);
}
