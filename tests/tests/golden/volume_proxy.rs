//! Volumes and snapshots by compute's older proxy: what each method sends and reads.

use crate::fake::golden;
use crate::fixtures::storage::PROXY_SNAPSHOT;
use k5::Loose;
use k5::block_storage::v1::VolumeProxy;
use serde_json::json;

const PROXY: &str = "/v1.1/{tenant_id}";

#[test]
fn list_volumes_by_the_proxy() {
    let page = golden(
        &format!("GET {PROXY}/os-volumes?limit=2&offset=4"),
        "200\n\n{\"volumes\": [{\"id\": \"vol-1\", \"displayName\": \"data\", \"size\": 30, \"attachments\": [{\"id\": \"vol-1\", \"volumeId\": \"vol-1\", \
         \"serverId\": \"s-1\", \"device\": \"/dev/vdb\"}]}, {\"id\": \"vol-2\", \"displayName\": null, \"attachments\": [], \"status\": \"in-use\"}]}",
        async |session| VolumeProxy::new(session).list_volumes().limit(2).offset(4).send().await,
    );
    let [data, unnamed] = &page.items[..] else { panic!("two volumes") };
    assert_eq!(data.attachments.as_ref().expect("attachments")[0].server_id.as_ref().expect("a server").as_str(), "s-1");
    assert_eq!((data.status.as_ref(), unnamed.status.as_deref(), unnamed.display_name.as_ref()), (None, Some("in-use"), None));
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

#[test]
fn show_volume_by_the_proxy() {
    let volume = golden(
        &format!("GET {PROXY}/os-volumes/vol%2F1"),
        "200\n\n{\"volume\": {\"id\": \"vol/1\", \"displayName\": \"vol-001\", \"volumeType\": null, \"attachments\": [], \"snapshotId\": \"snap-1\", \
         \"createdAt\": \"2014-02-21T19:52:04.949734\", \"metadata\": {\"contents\": \"junk\"}}}",
        async |session| VolumeProxy::new(session).show_volume("vol/1").send().await,
    );
    assert_eq!((volume.display_name.as_deref(), volume.volume_type.as_ref()), (Some("vol-001"), None));
    assert_eq!(volume.snapshot_id.as_ref().expect("a snapshot").as_str(), "snap-1");
    assert_eq!(volume.metadata.expect("metadata")["contents"], "junk");
    assert_eq!(volume.created_at.as_ref().expect("a time").unix_seconds(), 1_393_012_324);
}

#[test]
fn delete_volume_by_the_proxy() {
    golden(&format!("DELETE {PROXY}/os-volumes/vol-1"), "202", async |session| {
        VolumeProxy::new(session).delete_volume("vol-1").send().await
    });
}

#[test]
fn create_snapshot_by_the_proxy() {
    let sent =
        json!({"snapshot": {"volume_id": "vol-1", "display_name": "snap-001", "display_description": "Daily", "force": true}});
    let snapshot = golden(
        &format!("POST {PROXY}/os-snapshots\ncontent-type: application/json\n\n{sent}"),
        "200\n\n{\"snapshot\": {\"id\": \"snap-1\", \"displayName\": \"snap-001\", \"displayDescription\": \"Daily\", \"volumeId\": \"vol-1\", \
         \"status\": \"creating\", \"size\": 30, \"createdAt\": null}}",
        async |session| {
            let create = VolumeProxy::new(session).create_snapshot("vol-1").display_name("snap-001").display_description("Daily");
            create.force(true).send().await
        },
    );
    assert_eq!((snapshot.status.as_deref(), snapshot.created_at, snapshot.size), (Some("creating"), None, Some(30)));
    golden(
        &format!(
            "POST {PROXY}/os-snapshots\ncontent-type: application/json\n\n{{\"snapshot\": {{\"volume_id\": \"v\", \"force\": \"True\"}}}}"
        ),
        "200\n\n{\"snapshot\": {\"id\": \"s\"}}",
        async |session| VolumeProxy::new(session).create_snapshot("v").force(Loose::Text("True".to_owned())).send().await,
    );
}

#[test]
fn list_snapshots_by_the_proxy() {
    let page = golden(
        &format!("GET {PROXY}/os-snapshots?limit=5&offset=10"),
        "200\n\n{\"snapshots\": [{\"id\": \"snap-1\", \"displayName\": null, \"volumeId\": \"vol-1\", \"status\": \"available\", \"size\": 30, \
         \"createdAt\": \"2012-02-29T03:50:07Z\"}]}",
        async |session| VolumeProxy::new(session).list_snapshots().limit(5).offset(10).send().await,
    );
    let snapshot = &page.items[0];
    assert_eq!((snapshot.display_name.as_ref(), snapshot.availability_zone.as_ref(), snapshot.size), (None, None, Some(30)));
    assert_eq!(snapshot.created_at.as_ref().expect("a time").unix_seconds(), 1_330_487_407);
}

#[test]
fn list_snapshots_detail_by_the_proxy() {
    let page = golden(
        &format!("GET {PROXY}/os-snapshots/detail?limit=1"),
        &format!("200\n\n{{\"snapshots\": [{PROXY_SNAPSHOT}]}}"),
        async |session| VolumeProxy::new(session).list_snapshots_detail().limit(1).send().await,
    );
    // The one name that is not in camel case.
    assert_eq!(page.items[0].availability_zone.as_deref(), Some("jp-east-1a"));
    assert_eq!(page.items[0].volume_id.as_ref().expect("a volume").as_str(), "vol-1");
}

#[test]
fn show_snapshot_by_the_proxy() {
    let snapshot = golden(
        &format!("GET {PROXY}/os-snapshots/snap%201"),
        &format!("200\n\n{{\"snapshot\": {PROXY_SNAPSHOT}}}"),
        async |session| VolumeProxy::new(session).show_snapshot("snap 1").send().await,
    );
    assert_eq!(
        (snapshot.display_name.as_deref(), snapshot.display_description.as_deref()),
        (Some("snap-001"), Some("Daily backup"))
    );
    assert_eq!((snapshot.availability_zone.as_deref(), snapshot.extra.len()), (Some("jp-east-1a"), 0));
}

#[test]
fn delete_snapshot_by_the_proxy() {
    golden(&format!("DELETE {PROXY}/os-snapshots/snap-1"), "202", async |session| {
        VolumeProxy::new(session).delete_snapshot("snap-1").send().await
    });
}
