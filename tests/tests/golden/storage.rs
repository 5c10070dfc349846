//! Block storage: what each method sends and reads.

use crate::fake::golden;
use crate::fixtures::storage::*;
use k5::Loose;
use k5::block_storage::{BlockStorage, SnapshotStatus, VolumeStatus};
use serde_json::json;

const ROOT: &str = "/v2/{tenant_id}";

#[test]
fn list_volume_types() {
    let page = golden(
        &format!("GET {ROOT}/types?limit=2&marker=t-0&sort_key=name&sort_dir=asc"),
        "200\n\n{\"volume_types\": [{\"id\": \"t-1\", \"name\": \"M1\", \"extra_specs\": {\"capabilities\": \"gpu\"}}, {\"id\": \"t-2\", \"extra_specs\": {}}], \
         \"volume_type_links\": [{\"rel\": \"next\", \"href\": \"http://localhost:8776/v2/0f3e/ types\"}]}",
        async |session| {
            BlockStorage::new(session).list_volume_types().limit(2).marker("t-0").sort_key("name").sort_dir("asc").send().await
        },
    );
    let [standard, bare] = &page.items[..] else { panic!("two types") };
    assert_eq!((standard.id.as_str(), standard.name.as_deref(), page.more), ("t-1", Some("M1"), Some(true)));
    assert_eq!(standard.extra_specs.as_ref().expect("specs")["capabilities"], "gpu");
    assert_eq!((standard.availability_zone.as_ref(), bare.name.as_ref()), (None, None));
    assert!(bare.extra_specs.as_ref().is_some_and(k5_core::Pairs::is_empty));
}

#[test]
fn show_volume_type() {
    let kind = golden(
        &format!("GET {ROOT}/types/t%2F1"),
        "200\n\n{\"volume_type\": {\"id\": \"t/1\", \"name\": \"M1\", \"extra_specs\": {}, \"availability_zone\": \"jp-east-1a\", \"os-volume-type-access:is_public\": true}}",
        async |session| BlockStorage::new(session).show_volume_type("t/1").send().await,
    );
    assert_eq!((kind.id.as_str(), kind.availability_zone.as_deref()), ("t/1", Some("jp-east-1a")));
    assert_eq!(kind.extra["os-volume-type-access:is_public"], json!(true));
}

#[test]
fn list_volumes() {
    let page = golden(
        &format!("GET {ROOT}/volumes?limit=2&marker=vol-0&sort_key=name&sort_dir=asc&name=a%20b&status=error"),
        &format!("200\n\n{{\"volumes\": [{SHORT}, {{\"id\": \"vol-2\", \"name\": null}}]}}"),
        async |session| {
            let list = BlockStorage::new(session).list_volumes().limit(2).marker("vol-0").sort_key("name").sort_dir("asc");
            list.name("a b").status("error").send().await
        },
    );
    let [named, unnamed] = &page.items[..] else { panic!("two volumes") };
    assert_eq!((named.name.as_deref(), unnamed.name.as_ref()), (Some("data"), None));
    assert_eq!((named.status.as_ref(), named.size, named.metadata.as_ref()), (None, None, None));
    // The blank is the server's.
    assert_eq!(named.links.as_ref().expect("links")[0].href.as_deref(), Some("http://localhost:8776/v2/0f3e/ volumes/vol-1"));
}

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
fn update_volume() {
    let sent = json!({"volume": {"name": "vol-003", "description": "another", "metadata": {"contents": "not junk"}}});
    let volume = golden(
        &format!("PUT {ROOT}/volumes/vol-1\ncontent-type: application/json\n\n{sent}"),
        &format!("200\n\n{{\"volume\": {UPDATED}}}"),
        async |session| {
            let update = BlockStorage::new(session).update_volume("vol-1").name("vol-003").description("another");
            update.metadata([("contents", "not junk")]).send().await
        },
    );
    assert_eq!((volume.name.as_deref(), volume.status, volume.bootable), (Some("vol-003"), Some(VolumeStatus::Available), None));
    assert_eq!(volume.volume_type, Some(Loose::Text("None".to_owned())));
    golden(
        &format!("PUT {ROOT}/volumes/vol-1\ncontent-type: application/json\n\n{{\"volume\": {{\"description\": \"\"}}}}"),
        "200\n\n{\"volume\": {\"id\": \"vol-1\"}}",
        async |session| BlockStorage::new(session).update_volume("vol-1").description("").send().await,
    );
}

#[test]
fn upload_volume_to_image() {
    let sent = json!({"os-volume_upload_image": {"image_name": "golden", "container_format": "bare", "disk_format": "raw", "force": true}});
    let upload = golden(
        &format!("POST {ROOT}/volumes/vol-1/action\ncontent-type: application/json\n\n{sent}"),
        &format!("202\n\n{UPLOAD}"),
        async |session| {
            let upload = BlockStorage::new(session).upload_volume_to_image("vol-1", "golden").container_format("bare");
            upload.disk_format("raw").force(true).send().await
        },
    );
    assert_eq!((upload.id.as_str(), upload.image_id.as_str(), upload.size), ("vol-1", "img-1", Some(40)));
    assert_eq!((upload.status, upload.display_description, upload.updated_at), (Some(VolumeStatus::Uploading), None, None));
    let kind = upload.volume_type.as_ref().and_then(Loose::value).expect("an object");
    assert_eq!((kind.name.as_deref(), kind.qos_specs_id.as_ref(), kind.deleted_at.as_ref()), (Some("M1"), None, None));
    // Some servers count deletions, others have a truth value.
    assert_eq!(kind.extra["deleted"], json!(0));
    let plain = golden(
        &format!(
            "POST {ROOT}/volumes/v/action\ncontent-type: application/json\n\n{{\"os-volume_upload_image\": {{\"image_name\": \"n\"}}}}"
        ),
        "202\n\n{\"os-volume_upload_image\": {\"id\": \"v\", \"image_id\": \"i\", \"volume_type\": null}}",
        async |session| BlockStorage::new(session).upload_volume_to_image("v", "n").send().await,
    );
    assert_eq!((plain.image_id.as_str(), plain.volume_type, plain.image_name), ("i", None, None));
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
fn list_snapshots() {
    let page = golden(
        &format!("GET {ROOT}/snapshots?limit=3&marker=snap-0&sort_key=size&sort_dir=desc&name=n&status=available&volume_id=vol-1"),
        &format!("200\n\n{{\"snapshots\": [{SHORT_SNAPSHOT}], \"snapshots_links\": [{{\"rel\": \"next\", \"href\": \"x\"}}]}}"),
        async |session| {
            let list = BlockStorage::new(session).list_snapshots().limit(3).marker("snap-0").sort_key("size").sort_dir("desc");
            list.name("n").status("available").volume_id("vol-1").send().await
        },
    );
    let snapshot = &page.items[0];
    assert_eq!((snapshot.name.as_deref(), snapshot.size, page.more), (Some("snap-001"), Some(1), Some(true)));
    assert_eq!((snapshot.progress.as_ref(), snapshot.project_id.as_ref(), snapshot.availability_zone.as_ref()), (None, None, None));
    assert_eq!(snapshot.created_at.as_ref().expect("a time").unix_seconds(), 1_361_765_597);
}

#[test]
fn list_snapshots_detail() {
    let page = golden(
        &format!("GET {ROOT}/snapshots/detail?volume_id=vol%2F1"),
        &format!("200\n\n{{\"snapshots\": [{SNAPSHOT}]}}"),
        async |session| BlockStorage::new(session).list_snapshots_detail().volume_id("vol/1").send().await,
    );
    let snapshot = &page.items[0];
    assert_eq!((snapshot.progress.as_deref(), snapshot.availability_zone.as_deref()), (Some("100%"), Some("jp-east-1a")));
    assert_eq!(snapshot.project_id.as_ref().expect("a project").as_str(), "0f3e9b7c");
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
fn update_snapshot() {
    let sent = json!({"snapshot": {"name": "snap-002", "description": "yet another"}});
    let snapshot = golden(
        &format!("PUT {ROOT}/snapshots/snap-1\ncontent-type: application/json\n\n{sent}"),
        "200\n\n{\"snapshot\": {\"id\": \"snap-1\", \"name\": \"vol-002\", \"description\": \"yet another\", \"status\": \"available\", \
         \"volume_id\": \"vol-1\", \"size\": 1, \"created_at\": \"2013-02-20T08:11:34.000000\"}}",
        async |session| {
            BlockStorage::new(session).update_snapshot("snap-1").name("snap-002").description("yet another").send().await
        },
    );
    // The server may answer with another name than the one sent, and without metadata.
    assert_eq!((snapshot.name.as_deref(), snapshot.metadata), (Some("vol-002"), None));
}

#[test]
fn metadata_of_volumes_and_snapshots() {
    let sent = "content-type: application/json\n\n{\"metadata\": {\"a b\": \"ü\", \"note\": \"\"}}";
    let answer = "200\n\n{\"metadata\": {\"a b\": \"ü\", \"note\": \"\", \"old\": \"x\"}}";
    let items = [("a b", "ü"), ("note", "")];
    let metadata = golden(&format!("POST {ROOT}/volumes/vol-1/metadata\n{sent}"), answer, async |session| {
        BlockStorage::new(session).update_volume_metadata("vol-1", items).send().await
    });
    assert_eq!((metadata.len(), metadata["old"].as_str()), (3, "x"));
    let metadata = golden(&format!("POST {ROOT}/snapshots/snap-1/metadata\n{sent}"), answer, async |session| {
        BlockStorage::new(session).update_snapshot_metadata("snap-1", items).send().await
    });
    assert_eq!((metadata.len(), metadata["old"].as_str()), (3, "x"));
    golden(&format!("DELETE {ROOT}/volumes/vol-1/metadata/a%2Fb"), "200", async |session| {
        BlockStorage::new(session).delete_volume_metadata_item("vol-1", "a/b").send().await
    });
    golden(&format!("DELETE {ROOT}/snapshots/snap-1/metadata/a%2Fb"), "204", async |session| {
        BlockStorage::new(session).delete_snapshot_metadata_item("snap-1", "a/b").send().await
    });
}

#[test]
fn restore_snapshot() {
    golden(
        &format!("POST {ROOT}/snapshots/snap-1/action\ncontent-type: application/json\n\n{{\"fcx-restore\": null}}"),
        "202\nX-Fcx-Endpoint-Request: EXECUTED_REQ001",
        async |session| BlockStorage::new(session).restore_snapshot("snap-1").send().await,
    );
}
