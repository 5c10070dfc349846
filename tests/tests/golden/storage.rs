//! Block storage: what each method sends and reads, of Cinder and of compute's older proxy.

use crate::fake::golden;
use crate::fixtures::storage::*;
use k5::Loose;
use k5::block_storage::v1::VolumeProxy;
use k5::block_storage::{BlockStorage, SnapshotStatus, VolumeStatus};
use serde_json::json;

const ROOT: &str = "/v2/{tenant_id}";
const PROXY: &str = "/v1.1/{tenant_id}";

#[test]
fn list_volumes_detail() {
    let page = golden(
        &format!("GET {ROOT}/volumes/detail?limit=2&marker=vol-0&sort_key=created_at&sort_dir=desc&name=a%20b&status=in-use"),
        &format!(
            "200\n\n{{\"volumes\": [{VOLUME}, {PLAIN}], \"volumes_links\": [{{\"rel\": \"next\", \"href\": \"http://localhost:8776/x\"}}]}}"
        ),
        async |session| {
            let list = BlockStorage::new(session).list_volumes_detail().limit(2).marker("vol-0").sort_key("created_at");
            list.sort_dir("desc").name("a b").status("in-use").send().await
        },
    );
    let [data, plain] = &page.items[..] else { panic!("two volumes") };
    assert_eq!(
        (data.id.as_str(), data.status.as_ref(), data.size, page.more),
        ("vol-1", Some(&VolumeStatus::InUse), Some(40), Some(true))
    );
    assert_eq!(
        (data.bootable.as_ref().and_then(Loose::get), data.volume_type.as_ref()),
        (Some(false), Some(&Loose::Text("None".to_owned())))
    );
    assert_eq!((plain.bootable.as_ref().and_then(Loose::get), plain.volume_type.as_ref()), (Some(true), None));
    assert_eq!(data.created_at.as_ref().expect("a time").unix_seconds(), 1_393_012_324);
    let attachment = &data.attachments.as_ref().expect("attachments")[0];
    assert_eq!(
        (attachment.server_id.as_ref().expect("a server").as_str(), attachment.device.as_deref()),
        ("s-1", Some("/dev/vdb"))
    );
    assert_eq!((attachment.host_name.as_ref(), attachment.attachment_id.as_deref()), (None, Some("att-1")));
    assert_eq!((data.host.as_deref(), data.tenant_id.as_ref().expect("a project").as_str()), (Some("n1@lvm"), "0f3e9b7c"));
    assert_eq!(data.image_metadata.as_ref().expect("properties")["min_disk"], "0");
    assert_eq!(data.extra["os-vol-mig-status-attr:migstat"], json!(null));
    assert_eq!(data.links.as_ref().expect("links")[0].href.as_deref(), Some("http://localhost:8776/v2/0f3e/ volumes/vol-1"));
}

#[test]
fn show_volume() {
    let volume = golden(
        &format!("GET {ROOT}/volumes/vol%2F1"),
        "200\n\n{\"volume\": {\"id\": \"vol/1\", \"status\": \"resting\", \"volume_type\": {\"id\": \"t-1\", \"name\": \"M1\", \"deleted\": false}, \"metadata\": {\"a\": \"b\"}}}",
        async |session| BlockStorage::new(session).show_volume("vol/1").send().await,
    );
    assert_eq!(volume.status, Some(VolumeStatus::from("resting")));
    let kind = volume.volume_type.as_ref().and_then(Loose::value).expect("an object");
    assert_eq!((kind.name.as_deref(), &kind.extra["deleted"]), (Some("M1"), &json!(false)));
    assert_eq!((volume.size, volume.metadata.expect("metadata")["a"].as_str()), (None, "b"));
}

#[test]
fn delete_volume() {
    golden(&format!("DELETE {ROOT}/volumes/vol-1"), "202", async |session| {
        BlockStorage::new(session).delete_volume("vol-1").send().await
    });
}

#[test]
fn create_volume() {
    let volume = golden(
        &format!("POST {ROOT}/volumes\ncontent-type: application/json\n\n{CREATE_VOLUME}"),
        "202\n\n{\"volume\": {\"id\": \"vol-1\", \"status\": \"creating\", \"bootable\": \"false\", \"size\": 40}}",
        async |session| {
            let create =
                BlockStorage::new(session).create_volume(40).availability_zone("jp-east-1a").name("data").description("für alles");
            let create = create.image_ref("img-7").snapshot_id("snap-1").source_volid("vol-9").volume_type("M1");
            create.metadata([("contents", "junk")]).send().await
        },
    );
    assert_eq!(
        (volume.status, volume.bootable.as_ref().and_then(Loose::get), volume.links),
        (Some(VolumeStatus::Creating), Some(false), None)
    );
    golden(
        &format!("POST {ROOT}/volumes\ncontent-type: application/json\n\n{{\"volume\": {{\"size\": 1}}}}"),
        "200\n\n{\"volume\": {\"id\": \"v\"}}",
        async |session| BlockStorage::new(session).create_volume(1).send().await,
    );
}

#[test]
fn extend_volume() {
    golden(
        &format!("POST {ROOT}/volumes/vol-1/action\ncontent-type: application/json\n\n{{\"os-extend\": {{\"new_size\": 80}}}}"),
        "202",
        async |session| BlockStorage::new(session).extend_volume("vol-1", 80).send().await,
    );
}

#[test]
fn show_snapshot() {
    let snapshot = golden(
        &format!("GET {ROOT}/snapshots/snap-1"),
        "200\n\n{\"snapshot\": {\"id\": \"snap-1\", \"volume_id\": \"vol-1\", \"status\": \"restoring\", \"size\": 40, \"availability_zone\": \"jp-east-1a\", \
         \"os-extended-snapshot-attributes:progress\": \"100%\", \"os-extended-snapshot-attributes:project_id\": \"0f3e\", \"name\": null}}",
        async |session| BlockStorage::new(session).show_snapshot("snap-1").send().await,
    );
    assert_eq!(
        (snapshot.status, snapshot.progress.as_deref(), snapshot.size),
        (Some(SnapshotStatus::Restoring), Some("100%"), Some(40))
    );
    assert_eq!(
        (snapshot.volume_id.expect("a volume").as_str(), snapshot.project_id.expect("a project").as_str()),
        ("vol-1", "0f3e")
    );
    assert_eq!((snapshot.availability_zone.as_deref(), snapshot.metadata), (Some("jp-east-1a"), None));
}

#[test]
fn delete_snapshot() {
    golden(&format!("DELETE {ROOT}/snapshots/snap%201"), "204", async |session| {
        BlockStorage::new(session).delete_snapshot("snap 1").send().await
    });
}

#[test]
fn create_snapshot() {
    let sent = json!({"snapshot": {"volume_id": "vol-1", "force": true, "name": "n", "description": "d", "metadata": {"k": "v"}}});
    let snapshot = golden(
        &format!("POST {ROOT}/snapshots\ncontent-type: application/json\n\n{sent}"),
        "202\n\n{\"snapshot\": {\"id\": \"snap-1\", \"status\": \"creating\", \"created_at\": \"2012-02-29T03:50:07Z\", \"name\": \"another\"}}",
        async |session| {
            let create = BlockStorage::new(session).create_snapshot("vol-1").force(true).name("n").description("d");
            create.metadata([("k", "v")]).send().await
        },
    );
    assert_eq!((snapshot.status, snapshot.name.as_deref()), (Some(SnapshotStatus::Creating), Some("another")));
}

#[test]
fn restore_snapshot() {
    golden(
        &format!("POST {ROOT}/snapshots/snap-1/action\ncontent-type: application/json\n\n{{\"fcx-restore\": null}}"),
        "202\nX-Fcx-Endpoint-Request: EXECUTED_REQ001",
        async |session| BlockStorage::new(session).restore_snapshot("snap-1").send().await,
    );
}

#[test]
fn list_volumes_detail_by_the_proxy() {
    let page = golden(
        &format!("GET {PROXY}/os-volumes/detail?limit=5&offset=10"),
        "200\n\n{\"volumes\": [{\"id\": \"vol-1\", \"displayName\": \"data\", \"displayDescription\": null, \"volumeType\": \"t-1\", \"size\": 30, \
         \"availabilityZone\": \"jp-east-1a\", \"snapshotId\": null, \"attachments\": [{}], \"createdAt\": \"2012-02-14T20:53:07Z\", \"metadata\": {}}]}",
        async |session| VolumeProxy::new(session).list_volumes_detail().limit(5).offset(10).send().await,
    );
    let volume = &page.items[0];
    assert_eq!(
        (volume.display_name.as_deref(), volume.display_description.as_ref(), volume.volume_type.as_deref()),
        (Some("data"), None, Some("t-1"))
    );
    assert_eq!((volume.size, volume.availability_zone.as_deref(), volume.status.as_ref()), (Some(30), Some("jp-east-1a"), None));
    assert_eq!(volume.attachments.as_ref().expect("attachments")[0].server_id, None);
    assert_eq!((volume.created_at.as_ref().expect("a time").unix_seconds(), page.more), (1_329_252_787, None));
}

#[test]
fn create_volume_by_the_proxy() {
    let sent = json!({"volume": {"size": 40, "display_name": "data", "display_description": "d", "volume_type": "M1",
        "metadata": {"k": "v"}, "availability_zone": "jp-east-1a", "snapshot_id": "snap-1"}});
    let volume = golden(
        &format!("POST {PROXY}/os-volumes\ncontent-type: application/json\n\n{sent}"),
        "200\n\n{\"volume\": {\"id\": \"vol-1\", \"displayName\": \"data\", \"attachments\": []}}",
        async |session| {
            let create =
                VolumeProxy::new(session).create_volume(40).display_name("data").display_description("d").volume_type("M1");
            create.metadata([("k", "v")]).availability_zone("jp-east-1a").snapshot_id("snap-1").send().await
        },
    );
    assert_eq!((volume.id.as_str(), volume.display_name.as_deref()), ("vol-1", Some("data")));
}
