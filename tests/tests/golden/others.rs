//! Images, schedules and imports: what each method sends and reads.

use crate::fake::{block_on, golden, session};
use k5::autoscale::Autoscale;
use k5::image::{ImageMemberStatus, ImageStatus, ImageVisibility, Images, PatchOp, PatchOperation};
use k5::vm_import::{ImportState, VmImport};
use k5::{Body, ErrorKind, Loose, Sent};
use serde_json::json;

#[test]
fn update_image() {
    let sent = json!([
        {"op": "add", "path": "/a~1b~0c", "value": "x"}, {"op": "add", "path": "/tags", "value": ["p", "q"]},
        {"op": "replace", "path": "/min_disk", "value": 30}, {"op": "add", "path": "/protected", "value": true},
        {"op": "remove", "path": "/login-user"}, {"op": "replace", "path": "/name", "value": "new"},
    ]);
    let image = golden(
        &format!("PATCH /v2/images/img%2F7\ncontent-type: application/openstack-images-v2.1-json-patch\n\n{sent}"),
        "200\n\n{\"id\": \"img/7\", \"name\": \"new\", \"login-user\": null}",
        async |session| {
            let changes = [
                PatchOperation::set("a/b~c", "x"),
                PatchOperation::set("tags", json!(["p", "q"])),
                PatchOperation::replace("min_disk", 30),
                PatchOperation::set("protected", true),
                PatchOperation::remove("login-user"),
                PatchOperation::new(PatchOp::Replace, "/name").value("new"),
            ];
            Images::new(session).update_image("img/7", &changes).send().await
        },
    );
    assert_eq!((image.id.as_str(), image.name.as_deref(), &image.extra["login-user"]), ("img/7", Some("new"), &json!(null)));
}

#[test]
fn list_images() {
    let page = golden(
        "GET /v2/images?limit=3&marker=img-0&name=a%26b&visibility=shared&member_status=all&owner=0f3e&status=active&size_min=1&size_max=9000000000&\
         sort_key=name&sort_dir=asc&tag=lts",
        "200\n\n{\"images\": [{\"id\": \"img-7\", \"status\": \"queued\", \"visibility\": \"community\", \"size\": null, \"tags\": []}], \"first\": \"/v2/images\", \
         \"schema\": \"/v2/schemas/images\", \"next\": \"/v2/images?marker=img-7\"}",
        async |session| {
            let list =
                Images::new(session).list_images().limit(3).marker("img-0").name("a&b").visibility("shared").member_status("all");
            let list = list.owner("0f3e").status("active").size_min(1).size_max(9_000_000_000).sort_key("name").sort_dir("asc");
            list.tag("lts").send().await
        },
    );
    let image = &page.items[0];
    assert_eq!((image.status.as_ref(), image.visibility.as_ref()), (Some(&ImageStatus::Queued), Some(&ImageVisibility::Community)));
    assert_eq!((image.size, &image.extra["size"], page.more), (None, &json!(null), Some(true)));
}

#[test]
fn show_image() {
    let image = golden(
        "GET /v2/images/img-7",
        "200\n\n{\"id\": \"img-7\", \"name\": null, \"status\": \"active\", \"tags\": [\"lts\"], \"size\": 13167616, \"checksum\": \"8d2f\", \"min_ram\": 512, \
         \"self\": \"/v2/images/img-7\", \"file\": \"/v2/images/img-7/file\", \"protected\": false, \"sync_status_reason\": \"ERROR: no copy\", \
         \"created_at\": \"2016-04-26T04:44:35\", \"login-user\": \"k5user\", \"architecture\": \"None\"}",
        async |session| Images::new(session).show_image("img-7").send().await,
    );
    assert_eq!(
        (image.status, image.size, image.min_ram, image.protected),
        (Some(ImageStatus::Active), Some(13_167_616), Some(512), Some(false))
    );
    assert_eq!(
        (image.self_path.as_deref(), image.sync_status_reason.as_deref()),
        (Some("/v2/images/img-7"), Some("ERROR: no copy"))
    );
    assert_eq!((image.created_at.expect("a time").unix_seconds(), image.tags.expect("tags")[0].as_str()), (1_461_645_875, "lts"));
    assert_eq!(
        (&image.extra["login-user"], &image.extra["architecture"], image.checksum.as_deref()),
        (&json!("k5user"), &json!("None"), Some("8d2f"))
    );
}

#[test]
fn delete_image() {
    golden("DELETE /v2/images/img%207", "204", async |session| Images::new(session).delete_image("img 7").send().await);
}

#[test]
fn create_image_member() {
    let member = golden(
        "POST /v2/images/img%2F7/members\ncontent-type: application/json\n\n{\"member\": \"89894470\"}",
        "200\n\n{\"status\": \"pending\", \"created_at\": \"2013-09-20T19:22:19Z\", \"updated_at\": \"2013-09-20T19:25:31Z\", \
         \"image_id\": \"img/7\", \"member_id\": \"89894470\", \"schema\": \"/v2/schemas/member\"}",
        async |session| Images::new(session).create_image_member("img/7", "89894470").send().await,
    );
    assert_eq!((member.image_id.as_str(), member.member_id.as_str()), ("img/7", "89894470"));
    assert_eq!((member.status, member.schema.as_deref()), (Some(ImageMemberStatus::Pending), Some("/v2/schemas/member")));
    let [created, updated] = [member.created_at, member.updated_at].map(|at| at.expect("a time").unix_seconds());
    assert_eq!((created, updated), (1_379_704_939, 1_379_705_131));
}

#[test]
fn list_image_members() {
    let page = golden(
        "GET /v2/images/img-7/members",
        "200\n\n{\"members\": [{\"image_id\": \"img-7\", \"member_id\": \"123456789\", \"status\": \"accepted\"}, \
         {\"image_id\": \"img-7\", \"member_id\": \"b\", \"status\": \"odd\"}], \"schema\": \"/v2/schemas/members\"}",
        async |session| Images::new(session).list_image_members("img-7").send().await,
    );
    // Ids of digits alone are texts all the same, and a status may be new.
    assert_eq!((page.items[0].member_id.as_str(), page.items.len(), page.more), ("123456789", 2, None));
    assert_eq!(page.items[1].status, Some(ImageMemberStatus::Other("odd".into())));
}

#[test]
fn show_image_member() {
    let member = golden(
        "GET /v2/images/img-7/members/a%20b",
        "200\n\n{\"image_id\": \"img-7\", \"member_id\": \"a b\", \"status\": \"rejected\"}",
        async |session| Images::new(session).show_image_member("img-7", "a b").send().await,
    );
    assert_eq!((member.member_id.as_str(), member.status), ("a b", Some(ImageMemberStatus::Rejected)));
}

#[test]
fn delete_image_member() {
    golden("DELETE /v2/images/img-7/members/89894470", "204", async |session| {
        Images::new(session).delete_image_member("img-7", "89894470").send().await
    });
}

#[test]
fn update_image_member() {
    let member = golden(
        "PUT /v2/images/img-7/members/89894470\ncontent-type: application/json\n\n{\"status\": \"accepted\"}",
        "200\n\n{\"image_id\": \"img-7\", \"member_id\": \"89894470\", \"status\": \"accepted\"}",
        async |session| Images::new(session).update_image_member("img-7", "89894470", ImageMemberStatus::Accepted).send().await,
    );
    assert_eq!((member.status, member.created_at), (Some(ImageMemberStatus::Accepted), None));
}

#[test]
fn update_image_v1() {
    let answer = "200\n\n{\"image\": {\"id\": \"img-7\", \"name\": \"new\", \"status\": \"active\", \"container_format\": \"bare\", \"disk_format\": \"raw\", \
         \"size\": 5, \"min_ram\": 512, \"min_disk\": 30, \"owner\": \"0f3e\", \"is_public\": false, \"protected\": true, \"deleted\": false, \
         \"created_at\": \"2016-04-26T04:44:35\", \"updated_at\": \"2016-04-26T04:44:36\", \"deleted_at\": null, \"checksum\": null, \
         \"virtual_size\": null, \"properties\": {\"os\": \"linux\", \"kernel_id\": null}}}";
    // What is not given stays, though the server's default is to remove it.
    let sent = "PUT /v1/images/img-7\nx-glance-registry-purge-props: False\nx-image-meta-checksum: 8d2f\nx-image-meta-container_format: bare\n\
         x-image-meta-copy_from: http://h/c\nx-image-meta-disk_format: raw\nx-image-meta-id: img-7\nx-image-meta-is_public: false\n\
         x-image-meta-location: http://h/a b\nx-image-meta-min_disk: 30\nx-image-meta-min_ram: 512\nx-image-meta-name: new\n\
         x-image-meta-owner: 0f3e\nx-image-meta-property-os: linux\nx-image-meta-protected: true";
    let image = golden(sent, answer, async |session| {
        let update = Images::new(session).update_image_v1("img-7").name("new").id("img-7").container_format("bare");
        let update = update.disk_format("raw").checksum("8d2f").is_public(false).protected(true).min_ram(512).min_disk(30);
        update.owner("0f3e").location("http://h/a b").copy_from("http://h/c").property("os", "linux").send().await
    });
    assert_eq!((image.status, image.size, image.is_public), (Some(ImageStatus::Active), Some(5), Some(false)));
    assert_eq!((image.deleted_at, image.checksum, image.virtual_size), (None, None, None));
    assert_eq!(image.created_at.expect("a time").unix_seconds(), 1_461_645_875);
    let properties = image.properties.expect("properties");
    assert_eq!((properties["os"].as_deref(), properties["kernel_id"].as_deref()), (Some("linux"), None));
    golden(
        "PUT /v1/images/img-7\nx-glance-registry-purge-props: true",
        "200\n\n{\"image\": {\"id\": \"img-7\"}}",
        async |session| Images::new(session).update_image_v1("img-7").purge_properties(true).send().await,
    );
}

#[test]
fn create_image() {
    let sent = json!({"name": "centos", "container_format": "bare", "disk_format": "qcow2", "id": "img-7", "visibility": "private", "tags": ["lts"],
        "min_disk": 30, "min_ram": 512, "protected": true, "login-user": "k5user"});
    let image = golden(
        &format!("POST /v2/images\ncontent-type: application/json\n\n{sent}"),
        "201\n\n{\"id\": \"img-7\", \"status\": \"queued\", \"login-user\": \"k5user\"}",
        async |session| {
            let create = Images::new(session).create_image("centos").container_format("bare").disk_format("qcow2").id("img-7");
            let mut create = create.visibility("private").tags(["lts"]).min_disk(30).min_ram(512).protected(true);
            create.document_mut().extra.insert("login-user".to_owned(), json!("k5user"));
            create.send().await
        },
    );
    assert_eq!((image.status, &image.extra["login-user"]), (Some(ImageStatus::Queued), &json!("k5user")));
}

#[test]
fn download_image() {
    let download = golden(
        "GET /v2/images/img%2F7/file",
        "200\nContent-Type: application/octet-stream\nContent-Length: 5\nContent-MD5: 5D41402ABC4B2A76B9719D911017C592\n\nhello",
        async |session| Images::new(session).download_image("img/7").send().await,
    );
    assert_eq!((download.info().content_length, download.length(), download.has_data()), (Some(5), Some(5), true));
    assert_eq!(download.expected_md5().as_deref(), Some("5d41402abc4b2a76b9719d911017c592"));
    assert_eq!(&block_on(download.collect(5)).expect("whole")[..], b"hello");
    let download =
        golden("GET /v2/images/img-7/file", "204", async |session| Images::new(session).download_image("img-7").send().await);
    assert!(!download.has_data() && download.expected_md5().is_none());
    assert!(block_on(download.collect(0)).expect("nothing").is_empty());
}

/// A sum in hexadecimal is compared; without one, or with one in another form, nothing is.
#[test]
fn download_image_is_checked_where_it_can_be() {
    for (sum, fits) in [
        ("Content-MD5: 5d41402abc4b2a76b9719d911017c592\n", false),
        ("Content-MD5: XUFAKrxLKna5cZ2REBfFkg==\n", true),
        ("X-Other: 1\n", true),
    ] {
        let (session, _) = session(&[format!("200\n{sum}\nhallo")]);
        let download = block_on(Images::new(session).download_image("img-7").send()).expect("found");
        let length = download.length();
        let stream = download.into_stream();
        assert_eq!((length, stream.remaining()), (Some(5), Some(5)));
        match block_on(stream.collect(10)) {
            Ok(bytes) => assert!(fits && &bytes[..] == b"hallo", "{sum}"),
            Err(error) => {
                assert!(!fits, "{sum}: {error}");
                assert_eq!((error.kind(), error.sent()), (ErrorKind::Integrity, Sent::Yes));
                assert_eq!(error.operation().map(k5_core::OpMeta::full_name).as_deref(), Some("image.download_image"));
            }
        }
    }
}

#[test]
fn upload_image() {
    let sent = "PUT /v2/images/img-7/file\ncontent-type: application/octet-stream\n\nthe data";
    golden(sent, "204", async |session| Images::new(session).upload_image("img-7", Body::bytes("the data")).send().await);
}

#[test]
fn create_schedule() {
    let sent = json!({"name": "nightly1", "url": "http://orchestration.jp-east-1.example/v1/p/stacks/s/1/resources/out/signal", "time": "0 22 * * mon-fri",
        "project_id": "0f3e9b7c", "method": "POST"});
    let schedule = golden(
        &format!("POST /autoscale_schedulers\ncontent-type: application/json\n\n{sent}"),
        "200\n\n{\"name\": \"nightly1\", \"url\": \" http://orchestration.jp-east-1.example/ v1/p\", \"time\": \"0 22 * * mon-fri\", \"method\": \"POST\"}",
        async |session| {
            let url = "http://orchestration.jp-east-1.example/v1/p/stacks/s/1/resources/out/signal";
            Autoscale::new(session).create_schedule("nightly1", url, "0 22 * * mon-fri", "0f3e9b7c", "POST").send().await
        },
    );
    assert_eq!(
        (schedule.name.as_str(), schedule.url.as_deref()),
        ("nightly1", Some(" http://orchestration.jp-east-1.example/ v1/p"))
    );
    assert_eq!((schedule.method.as_deref(), schedule.project_id), (Some("POST"), None));
}

#[test]
fn a_signal_url_loses_the_blanks_at_its_ends_alone() {
    let sent = json!({"name": "a", "url": "http://h/ v1/x", "time": "* * * * *", "project_id": "p", "method": "POST"});
    let sent = format!("POST /autoscale_schedulers\ncontent-type: application/json\n\n{sent}");
    golden(&sent, "200\n\n{\"name\": \"a\"}", async |session| {
        Autoscale::new(session).create_schedule("a", " http://h/ v1/x ", "* * * * *", "p", "POST").send().await
    });
}

#[test]
fn delete_schedule() {
    golden("DELETE /autoscale_schedulers/nightly1", "204", async |session| {
        Autoscale::new(session).delete_schedule("nightly1").send().await
    });
}

#[test]
fn list_schedules() {
    let page = golden(
        "GET /autoscale_schedulers",
        "200\n\n{\"schedulers\": [{\"name\": \"a\", \"url\": \"http://192.0.2.104:8004/v1/x\", \"project_id\": \"0f3e\", \"zone\": \"UTC\"}, {\"name\": \"b\"}]}",
        async |session| Autoscale::new(session).list_schedules().send().await,
    );
    assert_eq!((page.items.len(), page.items[0].url.as_deref()), (2, Some("http://192.0.2.104:8004/v1/x")));
    assert_eq!(
        (page.items[0].project_id.as_ref().expect("a project").as_str(), &page.items[0].extra["zone"]),
        ("0f3e", &json!("UTC"))
    );
}

#[test]
fn register_image() {
    let sent = json!({"name": "erp", "location": "/v1/AUTH_0f3e/disks/a/erp.vmdk", "os_type": "rhel7", "checksum": "5f36b2ea290645ee34d943220a14b54ee5ea5be5", "id": "img-7", "min_ram": 512,
        "min_disk": 30, "conversion": true, "disk_format": "raw", "user_name": "ops", "password": "aHVudGVyMg==", "domain_name": "contract",
        "ovf_location": "/v1/AUTH_0f3e/disks/erp.ovf", "container_format": "bare", "is_public": false, "properties": {"a": 1}});
    let import = golden(
        &format!("POST /v1/imageimport\ncontent-type: application/json\n\n{sent}"),
        "201\n\n{\"import_id\": \"imp-1\"}",
        async |session| {
            let register = VmImport::new(session)
                .register_image("erp", "/v1/AUTH_0f3e/disks/a/erp.vmdk", "rhel7")
                .checksum("5f36b2ea290645ee34d943220a14b54ee5ea5be5")
                .id("img-7");
            let register =
                register.min_ram(512).min_disk(30).conversion(true).disk_format("raw").user_name("ops").password("aHVudGVyMg==");
            let register = register.domain_name("contract").ovf_location("/v1/AUTH_0f3e/disks/erp.ovf").container_format("bare");
            register.is_public(false).properties([("a", 1)]).send().await
        },
    );
    assert_eq!(import.as_str(), "imp-1");
}

#[test]
fn show_import_status() {
    let status = golden(
        "GET /v1/imageimport/imp%201/status",
        "200\n\n{\"import_status\": \"processing\", \"progress\": \"70\", \"min_ram\": \"0\", \"min_disk\": 30, \"location\": \" /v1/AUTH_0f3e/c/o.vmdk\", \
         \"password\": \"aHVudGVyMg==\", \"billing_info\": {\"os_type\": \"rhel7\"}, \"reason\": \"x\"}",
        async |session| VmImport::new(session).show_import_status("imp 1").send().await,
    );
    assert_eq!((status.import_status.clone(), status.progress.as_ref().and_then(Loose::get)), (ImportState::Processing, Some(70)));
    assert_eq!((status.min_ram.as_ref().and_then(Loose::get), status.min_disk.as_ref().and_then(Loose::get)), (Some(0), Some(30)));
    assert_eq!(
        (status.location.as_deref(), status.password.as_ref().expect("a password").expose()),
        (Some(" /v1/AUTH_0f3e/c/o.vmdk"), "aHVudGVyMg==")
    );
    assert_eq!(
        (&status.billing_info.as_ref().expect("a bill")["os_type"], &status.extra["reason"]),
        (&json!("rhel7"), &json!("x"))
    );
}

#[test]
fn list_imports() {
    let page = golden(
        "GET /v1/imageimport?start=5&limit=2",
        "200\n\n{\"imports\": [{\"import_id\": \"imp-1\", \"import_status\": \"canceled\", \"status\": \"/v1/imageimport/imp-1/status\"}]}",
        async |session| VmImport::new(session).list_imports().start(5).limit(2).send().await,
    );
    assert_eq!(
        (page.items[0].import_status.as_ref(), page.items[0].status_path.as_deref()),
        (Some(&ImportState::Canceled), Some("/v1/imageimport/imp-1/status"))
    );
}
