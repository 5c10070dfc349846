//! Metadata on three levels.

use crate::Scope;
use k5::Cloud;
use k5::object_storage::MetadataChange;

/// Of the account: items that are not named stay, names come back in another case.
pub async fn account(cloud: Cloud, scope: Scope) {
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
pub async fn container(cloud: Cloud, scope: Scope) {
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
pub async fn object(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "meta").await;
    let upload = swift.upload(&container, "o").from_bytes("x").content_type("text/x-a").metadata("one", "1").metadata("two", "2");
    upload.configure(|put| put.content_disposition("inline")).send().await.expect("stored");
    swift.update_object(&container, "o").metadata("three", "ü3").send().await.expect("updated");
    let info = swift.show_object(&container, "o").send().await.expect("shown");
    assert_eq!(info.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), [("three", "ü3")]);
    assert_eq!(info.content_type.as_deref(), Some("text/x-a"));

    let change = MetadataChange { set: [("Four".to_owned(), "4".to_owned())].into(), ..MetadataChange::default() };
    swift.change_object_metadata(&container, "o", &change).await.expect("changed");
    let change = MetadataChange {
        remove: vec!["THREE".to_owned()],
        content_type: Some("text/x-b".to_owned()),
        content_disposition: Some("attachment".to_owned()),
        ..MetadataChange::default()
    };
    swift.change_object_metadata(&container, "o", &change).await.expect("changed");
    let info = swift.show_object(&container, "o").send().await.expect("shown");
    assert_eq!(info.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), [("four", "4")]);
    assert_eq!((info.content_type.as_deref(), info.content_disposition.as_deref()), (Some("text/x-b"), Some("attachment")));
    assert_eq!(&swift.download_object(&container, "o").send().await.expect("there").collect(9).await.expect("whole")[..], b"x");
    let error = swift.change_object_metadata(&container, "missing", &change).await.expect_err("no such object");
    assert!(error.is_not_found(), "{error}");
}

/// What the server allows at most comes back, and one more is refused here or there.
pub async fn limits(cloud: Cloud, scope: Scope) {
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
