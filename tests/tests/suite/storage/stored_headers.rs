//! Headers that are stored with an object beside its metadata.

use k5::Cloud;
use k5_tests::Scope;
use k5_tests::raw::{Raw, RawAnswer};

const STORED: [(&str, &str); 6] = [
    ("cache-control", "max-age=5"),
    ("content-disposition", "inline"),
    ("content-encoding", "gzip"),
    ("content-language", "de"),
    ("expires", "Thu, 01 Jan 2037 00:00:00 GMT"),
    ("x-robots-tag", "noindex"),
];

fn shown(answer: &RawAnswer) -> Vec<(&'static str, String)> {
    STORED.iter().filter_map(|(name, _)| Some((*name, answer.header(name)?.to_owned()))).collect()
}

fn all() -> Vec<(&'static str, String)> {
    STORED.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// Stored by PUT, taken along by COPY unless it is to be fresh, and replaced by POST all together.
pub(crate) async fn stored_copied_replaced(cloud: Cloud, scope: Scope) {
    let (container, raw) = (scope.container(&cloud, "headers").await, Raw::of(&cloud).await);
    let path = |name: &str| format!("{container}/{name}");
    let head = async |name: &str| raw.send("HEAD", &path(name), &[], "").await;
    assert_eq!(raw.send("PUT", &path("o"), &STORED, "x").await.status, 201);
    assert_eq!(shown(&head("o").await), all());
    assert_eq!(shown(&raw.send("GET", &path("o"), &[], "").await), all());

    let copy = async |name: &str, more: &[(&str, &str)]| {
        let destination = path(name);
        let headers = [&[("Destination", destination.as_str())], more].concat();
        assert_eq!(raw.status("COPY", &path("o"), &headers).await, 201);
        shown(&head(name).await)
    };
    assert_eq!(copy("copy", &[]).await, all());
    let mut other = all();
    other[0].1 = "no-store".to_owned();
    assert_eq!(copy("other", &[("Cache-Control", "no-store")]).await, other);
    assert_eq!(copy("fresh", &[("X-Fresh-Metadata", "true")]).await, []);
    let fresh = copy("fresh", &[("X-Fresh-Metadata", "true"), ("Cache-Control", "no-store")]).await;
    assert_eq!(fresh, [("cache-control", "no-store".to_owned())]);

    assert_eq!(raw.status("POST", &path("o"), &[("X-Object-Meta-B", "1"), ("Content-Language", "fr")]).await, 202);
    assert_eq!(shown(&head("o").await), [("content-language", "fr".to_owned())]);
    assert_eq!(raw.status("POST", &path("o"), &[("X-Object-Meta-B", "1")]).await, 202);
    assert_eq!(shown(&head("o").await), []);
}

k5_tests::cases! {
    stored_copied_replaced [
        object_storage.upload_object, object_storage.copy_object, object_storage.update_object, object_storage.show_object,
    ]
}
