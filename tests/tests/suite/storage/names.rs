//! Names, taken as they are.

use k5::Cloud;
use k5_tests::{Scope, eventually};

/// Names that something on the way might decode, join, cut or refuse.
pub(crate) fn hostile() -> Vec<String> {
    let mut names: Vec<String> = [
        "plain",
        "with space",
        " leading and trailing ",
        "%",
        "%2F",
        "%25",
        "100%",
        "a%zz",
        "?",
        "?query=1&x=2",
        "#",
        "a#fragment",
        "..",
        ".",
        "./x",
        "x/.",
        "../../x",
        "../../AUTH_victim/c/o",
        "a/../b",
        "//",
        "a//b",
        "/",
        "/leading",
        "trailing/",
        "//double-leading",
        "a/b/c/d/e",
        "+",
        "a+b",
        "&",
        "=",
        "a=b&c",
        ";,:@!$'()*",
        "\\back\\slash",
        "\"quoted\"",
        "<html>",
        "{brace}[bracket]",
        "^`|~",
        "😀🎉",
        "日本語",
        "é",
        "e\u{301}",
        "\u{202e}reversed",
        "\u{1}control\u{1f}",
        "tab\there",
        "line\nbreak",
        "carriage\rreturn",
        "\u{7f}",
        "\u{fffd}",
        "name.part",
    ]
    .map(str::to_owned)
    .into();
    names.push("x".repeat(1024));
    names.push("é".repeat(512));
    names.push("%".repeat(1024));
    names
}

/// Every hostile name: in, listed, shown, out, copied to itself and elsewhere, deleted.
pub(crate) async fn round_trip(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let (container, copies) = (scope.container(&cloud, "names").await, scope.container(&cloud, "copies").await);
    let mut names = hostile();
    for name in &names {
        let stored =
            swift.upload(&container, name).from_bytes(name.clone()).metadata("length", &name.len().to_string()).send().await;
        stored.unwrap_or_else(|error| panic!("{name:?}: {error}"));
    }
    names.sort();
    let listed = eventually("all are listed", async || {
        let all = swift.list_objects(&container).limit(7).items().collect().await.expect("listed");
        let all: Vec<_> = all.into_iter().map(|object| object.name).collect();
        (all.len() >= names.len()).then_some(all)
    })
    .await;
    assert_eq!(listed, names);
    for name in &names {
        let info = swift.show_object(&container, name).send().await.unwrap_or_else(|error| panic!("{name:?}: {error}"));
        assert_eq!(info.metadata["length"], name.len().to_string(), "{name:?}");
        let one = swift.list_objects(&container).prefix(name).limit(1).send().await.expect("listed").items;
        assert!(matches!(&one[..], [object] if object.name == *name), "{name:?}: {one:?}");
        swift.copy((&container, name), (&copies, name)).send().await.unwrap_or_else(|error| panic!("{name:?}: {error}"));
        let download = swift.download_object(&copies, name).send().await.unwrap_or_else(|error| panic!("{name:?}: {error}"));
        assert_eq!(download.collect(1024).await.expect("whole"), name.as_bytes(), "{name:?}");
        swift.delete_object(&container, name).send().await.unwrap_or_else(|error| panic!("{name:?}: {error}"));
        let error = swift.show_object(&container, name).send().await.expect_err("gone");
        assert!(error.is_not_found(), "{name:?}: {error}");
    }
    let report = swift.delete_many(names.iter().map(|name| (copies.as_str(), name.as_str()))).await.expect("deleted");
    assert_eq!(report.number_deleted, names.len() as u64);
    for name in ["", &"x".repeat(1025)] {
        let error = swift.upload(&container, name).from_bytes("x").send().await.expect_err("no name");
        assert_eq!((error.kind(), error.attempts()), (k5::ErrorKind::InvalidInput, 0), "{error}");
    }
}

/// Containers have the same names but for the `/`.
pub(crate) async fn of_containers(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let mut made = Vec::new();
    for name in [" a b ", "%2F%", "?x=1&y", "#", "..", "é😀", "+;,", "\"<>\\", "line\nbreak"] {
        let container = scope.container(&cloud, name).await;
        swift.upload(&container, "o").from_bytes(name).send().await.unwrap_or_else(|error| panic!("{name:?}: {error}"));
        let download = swift.download_object(&container, "o").send().await.expect("there");
        assert_eq!(download.collect(100).await.expect("whole"), name.as_bytes());
        made.push(container);
    }
    let longest = scope.name("");
    let longest = scope.name(&"n".repeat(256 - longest.len()));
    assert_eq!(longest.len(), 256);
    swift.create_container(&longest).send().await.expect("the longest name");
    made.push(longest);
    made.sort();
    let listed = eventually("all are listed", async || {
        let all = swift.list_containers().prefix(scope.prefix()).items().collect().await.expect("listed");
        let all: Vec<_> = all.into_iter().map(|container| container.name).collect();
        (all.len() >= made.len()).then_some(all)
    })
    .await;
    assert_eq!(listed, made);
    for container in &made {
        let deleted = swift.delete_object(container, "o").send().await;
        assert!(deleted.is_ok() || deleted.is_err_and(|error| error.is_not_found()));
        swift.delete_container(container).send().await.unwrap_or_else(|error| panic!("{container:?}: {error}"));
    }
    for name in ["a/b", "", &"n".repeat(257)] {
        let error = swift.create_container(name).send().await.expect_err("no name of a container");
        assert_eq!((error.kind(), error.attempts()), (k5::ErrorKind::InvalidInput, 0), "{error}");
    }
}

k5_tests::cases! {
    round_trip [
        object_storage.upload_object, object_storage.list_objects, object_storage.show_object, object_storage.download_object,
        object_storage.copy_object, object_storage.delete_object,
    ]
    of_containers [object_storage.create_container, object_storage.list_containers, object_storage.delete_container]
}
