//! Metadata on three levels.

use k5::Cloud;
use k5::object_storage::large::Segment;
use k5::object_storage::{MetadataChange, builder::UploadObject};
use k5_tests::Scope;
use std::time::{SystemTime, UNIX_EPOCH};

/// Of the account: items that are not named stay, names come back in another case.
pub(crate) async fn account(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    // The account is everybody's: the names are this case's own.
    let [one, two] = ["one", "two"].map(|name| format!("{}{name}", scope.prefix()));
    swift.update_account().metadata(&one, "grün").metadata(&two, "2").send().await.expect("updated");
    swift.update_account().metadata(&two, "two").send().await.expect("updated");
    let info = swift.show_account().send().await.expect("shown");
    assert_eq!(info.metadata.get(&one).map(String::as_str), Some("grün"));
    assert_eq!(info.metadata.get(&two).map(String::as_str), Some("two"));
    swift.update_account().remove_metadata(&one).remove_metadata(&two).send().await.expect("updated");
    let info = swift.show_account().send().await.expect("shown");
    assert!(!info.metadata.contains_key(&one) && !info.metadata.contains_key(&two));
}

/// Of a container: set at its creation, changed, removed; lists of readers and writers, too.
pub(crate) async fn container(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let name = scope.name("meta");
    swift.create_container(&name).metadata("Colour", "red").metadata("Mixed-Case", "MiXed").send().await.expect("created");
    let info = swift.show_container(&name).send().await.expect("shown");
    assert_eq!(info.metadata["colour"], "red");
    assert_eq!(info.metadata["mixed-case"], "MiXed");

    swift.update_container(&name).metadata("colour", "blue").read_acl(".r:*").write_acl("p:u").send().await.expect("updated");
    let info = swift.show_container(&name).send().await.expect("shown");
    assert_eq!((info.metadata["colour"].as_str(), info.metadata["mixed-case"].as_str()), ("blue", "MiXed"));
    assert_eq!((info.read_acl.as_deref(), info.write_acl.as_deref()), (Some(".r:*"), Some("p:u")));

    let update = swift.update_container(&name).remove_metadata("colour").remove_read_acl().remove_write_acl();
    update.send().await.expect("updated");
    let info = swift.show_container(&name).send().await.expect("shown");
    assert!(!info.metadata.contains_key("colour") && info.metadata.contains_key("mixed-case"));
    assert_eq!((info.read_acl, info.write_acl), (None, None));
    let error = swift.update_container(&format!("{name}-missing")).metadata("a", "b").send().await.expect_err("no such container");
    assert!(error.is_not_found(), "{error}");
}

/// Of an object: a POST replaces the set, and a change keeps what it doesn't name.
pub(crate) async fn object(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "meta").await;
    let upload = swift.upload(&container, "o").from_bytes("x").content_type("text/x-a").metadata("one", "1").metadata("two", "2");
    upload.configure(|put| put.content_disposition("inline")).send().await.expect("stored");
    swift.update_object(&container, "o").metadata("three", "ü3").send().await.expect("updated");
    let info = swift.show_object(&container, "o").send().await.expect("shown");
    assert_eq!(info.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), [("three", "ü3")]);
    assert_eq!(info.content_type.as_deref(), Some("text/x-a"));

    let change = MetadataChange::new().set("Four", "4");
    swift.change_object_metadata(&container, "o", &change).await.expect("changed");
    let change = MetadataChange::new().remove("THREE").content_type("text/x-b").content_disposition("attachment");
    swift.change_object_metadata(&container, "o", &change).await.expect("changed");
    let info = swift.show_object(&container, "o").send().await.expect("shown");
    assert_eq!(info.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), [("four", "4")]);
    assert_eq!((info.content_type.as_deref(), info.content_disposition.as_deref()), (Some("text/x-b"), Some("attachment")));
    assert_eq!(&swift.download_object(&container, "o").send().await.expect("there").collect(9).await.expect("whole")[..], b"x");
    let error = swift.change_object_metadata(&container, "missing", &change).await.expect_err("no such object");
    assert!(error.is_not_found(), "{error}");
}

/// What the server allows at most comes back, and one more is refused here or there.
pub(crate) async fn limits(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "limits").await;
    let mut upload = swift.upload(&container, "o").from_bytes("x");
    for n in 0..90 {
        upload = upload.metadata(&format!("name-{n:02}"), "value");
    }
    upload.send().await.expect("90 items");
    assert_eq!(swift.show_object(&container, "o").send().await.expect("shown").metadata.len(), 90);
    let (name, value) = ("n".repeat(128), "v".repeat(256));
    swift.update_object(&container, "o").metadata(&name, &value).send().await.expect("the longest name and value");
    let info = swift.show_object(&container, "o").send().await.expect("shown");
    assert_eq!(info.metadata.get(&name), Some(&value));
    for (name, value) in [("n".repeat(129), "v".to_owned()), ("n".to_owned(), "v".repeat(257))] {
        let error = swift.update_object(&container, "o").metadata(&name, &value).send().await.expect_err("too long");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(400), "{error}");
        let error = swift.upload(&container, "p").metadata(&name, &value).send().await.expect_err("refused before");
        assert_eq!((error.kind(), error.attempts()), (k5::ErrorKind::InvalidInput, 0), "{error}");
    }
}

/// The headers stored with an object stay with each change of something else, whatever kind of object it is.
pub(crate) async fn stored_headers_stay(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "headers").await;
    let part = swift.upload(&container, "part").from_bytes("the part").send().await.expect("stored");
    let part = Segment::new(&container, "part", part.etag.expect("an ETag"), 8);
    let at = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() + 3600;
    let expires = "Thu, 01 Jan 2099 00:00:00 GMT";
    let with_headers = |put: UploadObject| {
        let put = put.content_disposition("inline").content_encoding("identity").cache_control("max-age=5").content_language("de");
        put.fresh_until(expires).robots_tag("noindex").delete_at(at).content_type("text/x-a").metadata("one", "1")
    };
    let puts = [
        ("plain", swift.upload_object(&container, "plain", k5::Body::bytes("the part"))),
        ("static", swift.put_manifest(&container, "static", &[part])),
        ("dynamic", swift.put_dynamic_manifest(&container, "dynamic", &container, "part")),
    ];
    for (name, put) in puts {
        with_headers(put).send().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let before = swift.show_object(&container, name).send().await.expect("shown");
        let change = MetadataChange::new().set("two", "2");
        swift.change_object_metadata(&container, name, &change).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let info = swift.show_object(&container, name).send().await.expect("shown");
        assert_eq!((info.metadata["one"].as_str(), info.metadata["two"].as_str()), ("1", "2"), "{name}");
        assert_eq!(
            (info.content_disposition.as_deref(), info.content_encoding.as_deref()),
            (Some("inline"), Some("identity")),
            "{name}"
        );
        assert_eq!((info.cache_control.as_deref(), info.content_language.as_deref()), (Some("max-age=5"), Some("de")), "{name}");
        assert_eq!((info.expires.as_deref(), info.robots_tag.as_deref()), (Some(expires), Some("noindex")), "{name}");
        assert_eq!((info.delete_at, info.content_type.as_deref()), (Some(at), Some("text/x-a")), "{name}");
        assert_eq!(info.static_large_object, before.static_large_object, "{name}");
        assert_eq!((info.object_manifest, info.etag), (before.object_manifest, before.etag), "{name}");
        let body = swift.download_object(&container, name).send().await.expect("there").collect(99).await.expect("whole");
        assert_eq!(&body[..], b"the part", "{name}");
        let change = MetadataChange::new()
            .remove("one")
            .keep_for_ever()
            .content_disposition("")
            .content_encoding("")
            .cache_control("no-store")
            .content_language("")
            .fresh_until("")
            .robots_tag("none");
        swift.change_object_metadata(&container, name, &change).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let info = swift.show_object(&container, name).send().await.expect("shown");
        assert_eq!(info.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), [("two", "2")], "{name}");
        assert_eq!((info.cache_control.as_deref(), info.robots_tag.as_deref()), (Some("no-store"), Some("none")), "{name}");
        let gone = [info.content_disposition, info.content_encoding, info.content_language, info.expires];
        assert_eq!((gone, info.delete_at), (Default::default(), None), "{name}");
    }
}

/// A symbolic link shows its target's metadata, so a change of it is refused; objects that keep versions are not links.
pub(crate) async fn of_links(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let known = swift.show_info().send().await.expect("the cluster's limits");
    let container = scope.container(&cloud, "links").await;
    swift.upload(&container, "a b").from_bytes("x").metadata("one", "1").send().await.expect("stored");
    let change = MetadataChange::new().set("two", "2");
    if known.get("symlink").is_some() {
        let target = format!("{container}/a%20b");
        let link = |name: &str| swift.upload_object(&container, name, k5::Body::empty()).symlink_target(&target);
        link("link").metadata("own", "1").send().await.expect("stored");
        let error = swift.change_object_metadata(&container, "link", &change).await.expect_err("it is a link");
        assert_eq!(error.kind(), k5::ErrorKind::InvalidInput, "{error}");
        assert!(error.message().contains("a b"), "{error}");
        let own = swift.show_object_itself(&container, "link").await.expect("shown");
        assert_eq!((own.symlink_target.as_deref(), own.metadata.get("own").map(String::as_str)), (Some(&*target), Some("1")));
        let shown = swift.show_object(&container, "link").send().await.expect("shown");
        assert_eq!(shown.metadata.keys().collect::<Vec<_>>(), ["one"], "nothing was changed");
    }
    assert_eq!(swift.show_object_itself(&container, "a b").await.expect("shown").symlink_target, None);
    if known.get("object_versioning").is_some() {
        let kept = scope.name("versions");
        swift.create_container(&kept).versions_enabled(true).send().await.expect("created");
        for body in ["one", "three"] {
            swift.upload(&kept, "o").from_bytes(body).send().await.expect("stored");
        }
        let info = swift.show_object_itself(&kept, "o").await.expect("shown");
        assert_eq!((info.symlink_target, info.content_length), (None, Some(5)));
        swift.change_object_metadata(&kept, "o", &change).await.expect("changed");
        let shown = swift.show_object(&kept, "o").send().await.expect("shown");
        assert_eq!(shown.metadata.keys().collect::<Vec<_>>(), ["two"]);
    }
}

k5_tests::cases! {
    account [object_storage.update_account, object_storage.show_account]
    container [object_storage.create_container, object_storage.update_container, object_storage.show_container]
    object [object_storage.update_object, object_storage.show_object]
    stored_headers_stay [object_storage.update_object, object_storage.show_object]
    of_links [object_storage.show_object]
    limits [object_storage.update_object, object_storage.upload_object]
}
