//! Servers and the volumes they boot from and take along.

use std::time::Duration;

use crate::client::Client;
use crate::compute::{cirros, create};
use k5_emulator::Emulator;
use serde_json::{Value, json};

async fn quick() -> (Emulator, Client) {
    let emulator = Emulator::builder().transition_time(Duration::ZERO).start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    (emulator, client)
}

async fn volumes(client: &Client) -> Vec<Value> {
    client.at("GET", &client.v2("/volumes/detail"), None).await.json()["volumes"].as_array().unwrap().clone()
}

#[tokio::test]
async fn mapped_volumes_are_made_used_and_released() {
    let (_emulator, client) = quick().await;
    let post = async |path: &str, body: Value| client.at("POST", &client.v2(path), Some(&body)).await.json();
    let data = post("/volumes", json!({"volume": {"name": "data", "size": 4}})).await["volume"]["id"].clone();
    let kept = post("/snapshots", json!({"snapshot": {"volume_id": data}})).await["snapshot"]["id"].clone();
    let image = cirros(&client).await;
    let mapping = json!([
        {"boot_index": "0", "uuid": image, "volume_size": "20", "device_name": "/dev/vda", "source_type": "image",
         "destination_type": "volume", "delete_on_termination": "True"},
        {"boot_index": "1", "uuid": data, "source_type": "volume", "destination_type": "volume"},
        {"boot_index": "2", "uuid": kept, "source_type": "snapshot", "destination_type": "volume", "delete_on_termination": true},
    ]);
    let created = create(&client, json!({"block_device_mapping_v2": mapping})).await;
    assert_eq!(created.status, 202, "{}", created.text());
    let id = created.json()["server"]["id"].as_str().unwrap().to_owned();
    let path = client.v2(&format!("/servers/{id}"));
    let server = client.at("GET", &path, None).await.json()["server"].clone();
    assert_eq!(server["image"]["id"], image, "which was named, too");
    assert_eq!(server["os-extended-volumes:volumes_attached"].as_array().unwrap().len(), 3);
    assert_eq!(server["os-extended-volumes:volumes_attached"][1]["id"], data);

    let all = volumes(&client).await;
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|volume| volume["status"] == "in-use" && volume["attachments"][0]["server_id"] == json!(id)), "{all:?}");
    let boot = all.iter().find(|volume| volume["size"] == 20).unwrap();
    assert_eq!((&boot["bootable"], &boot["attachments"][0]["device"]), (&json!("true"), &json!("/dev/vda")));
    let taken = all.iter().find(|volume| volume["id"] == data).unwrap();
    assert_eq!(taken["attachments"][0]["device"], "/dev/vdb");

    let data_path = client.v2(&format!("/volumes/{}", data.as_str().unwrap()));
    assert_eq!(client.at("DELETE", &data_path, None).await.status, 400);
    let unforced = json!({"snapshot": {"volume_id": data}});
    assert_eq!(client.at("POST", &client.v2("/snapshots"), Some(&unforced)).await.status, 400);
    let restore = client.v2(&format!("/snapshots/{}/action", kept.as_str().unwrap()));
    assert_eq!(client.at("POST", &restore, Some(&json!({"fcx-restore": null}))).await.status, 400, "the volume is in use");
    let second = create(
        &client,
        json!({"block_device_mapping_v2": [
        {"boot_index": 0, "uuid": data, "source_type": "volume", "destination_type": "volume"}]}),
    )
    .await;
    assert_eq!(second.status, 400);
    assert!(second.json()["badRequest"]["message"].as_str().unwrap().starts_with("Block Device Mapping is Invalid"));

    client.at("DELETE", &path, None).await;
    let left = volumes(&client).await;
    assert_eq!(left.len(), 1, "those that were to go went");
    assert_eq!((&left[0]["id"], &left[0]["status"], &left[0]["attachments"]), (&data, &json!("available"), &json!([])));
}

#[tokio::test]
async fn a_bad_mapping_leaves_nothing_behind() {
    let (_emulator, client) = quick().await;
    let image = cirros(&client).await;
    for second in [
        json!({"boot_index": "1", "uuid": "none", "source_type": "volume", "destination_type": "volume"}),
        json!({"boot_index": "1", "uuid": "none", "source_type": "snapshot", "destination_type": "volume"}),
        json!({"boot_index": "1", "source_type": "image", "destination_type": "volume", "volume_size": 1}),
        json!({"boot_index": "1", "uuid": image, "source_type": "magic", "destination_type": "volume"}),
        json!({"boot_index": "1", "uuid": image, "source_type": "image", "destination_type": "volume"}),
    ] {
        let first =
            json!({"boot_index": "0", "uuid": image, "volume_size": "1", "source_type": "image", "destination_type": "volume"});
        let refused = create(&client, json!({"block_device_mapping_v2": [first, second]})).await;
        assert_eq!(refused.status, 400, "{second}");
    }
    assert!(volumes(&client).await.is_empty());
    assert_eq!(client.at("GET", &client.v2("/servers"), None).await.json(), json!({"servers": []}));
}
