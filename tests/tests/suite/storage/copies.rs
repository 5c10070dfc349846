//! Copies inside the cloud.

use k5::Cloud;
use k5_tests::Scope;

/// By COPY: content, metadata and type go along; what is given replaces it; names are encoded once.
pub(crate) async fn by_copy(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let (from, to) = (scope.container(&cloud, "from %2F").await, scope.container(&cloud, "to ü").await);
    let source = "dir/a b%20c?#é";
    let upload = swift.upload(&from, source).from_bytes("copied").content_type("text/x-own").metadata("one", "1");
    let etag = upload.metadata("two", "2").send().await.expect("stored").etag;

    let copied = swift.copy((&from, source), (&to, "x//y?")).metadata("two", "zwei").send().await.expect("copied");
    assert_eq!(copied.etag, etag);
    assert_eq!(decoded(copied.copied_from.as_deref()), format!("{from}/{source}"));
    assert!(copied.copied_from_last_modified.is_some() && copied.last_modified.is_some());
    let info = swift.show_object(&to, "x//y?").send().await.expect("shown");
    assert_eq!((info.metadata["one"].as_str(), info.metadata["two"].as_str()), ("1", "zwei"));
    assert_eq!((info.content_type.as_deref(), info.content_length), (Some("text/x-own"), Some(6)));
    let download = swift.download_object(&to, "x//y?").send().await.expect("there");
    assert_eq!(&download.collect(10).await.expect("whole")[..], b"copied");

    let fresh = swift.copy((&from, source), (&to, "fresh")).fresh_metadata(true).metadata("three", "3").content_type("text/y");
    fresh.send().await.expect("copied");
    let info = swift.show_object(&to, "fresh").send().await.expect("shown");
    assert_eq!(info.metadata.keys().collect::<Vec<_>>(), ["three"]);
    assert_eq!(info.content_type.as_deref(), Some("text/y"));

    // Onto itself: only the metadata changes.
    swift.copy((&from, source), (&from, source)).metadata("four", "4").send().await.expect("copied");
    let info = swift.show_object(&from, source).send().await.expect("shown");
    assert_eq!((info.metadata["one"].as_str(), info.metadata["four"].as_str()), ("1", "4"));

    let error = swift.copy((&from, "missing"), (&to, "z")).send().await.expect_err("no such object");
    assert!(error.is_not_found(), "{error}");
    let error = swift.copy((&from, source), (&format!("{to}-missing"), "z")).send().await.expect_err("no such container");
    assert!(error.is_not_found(), "{error}");
}

fn decoded(text: Option<&str>) -> String {
    percent_encoding::percent_decode_str(text.unwrap_or_default()).decode_utf8_lossy().into_owned()
}

/// By PUT with `X-Copy-From`, for networks whose proxies know no COPY.
pub(crate) async fn by_put(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "put").await;
    swift.upload(&container, "a % b").from_bytes("copied").metadata("one", "1").send().await.expect("stored");
    let copied = swift.copy_by_put((&container, "a % b"), (&container, "../c")).metadata("two", "2").send().await.expect("copied");
    let from = copied.headers.get("x-copied-from").and_then(|value| value.to_str().ok());
    assert_eq!(decoded(from), format!("{container}/a % b"));
    let download = swift.download_object(&container, "../c").send().await.expect("there");
    assert_eq!((download.info().metadata["one"].as_str(), download.info().metadata["two"].as_str()), ("1", "2"));
    assert_eq!(&download.collect(10).await.expect("whole")[..], b"copied");
}

k5_tests::cases! {
    by_copy [object_storage.copy_object, object_storage.show_object]
    by_put [object_storage.upload_object]
}
