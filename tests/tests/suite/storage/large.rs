//! Large objects by hand, and deletions of many.

use k5::Cloud;
use k5::object_storage::large::Segment;
use k5::object_storage::{MetadataChange, ObjectStorage};
use k5_tests::Scope;
use k5_tests::bytes::noise;
use k5_tests::raw::Raw;

/// A segment of a static large object is at least this long, but for the last.
const SEGMENT: usize = 1 << 20;

async fn segments(swift: &ObjectStorage, container: &str, bodies: &[Vec<u8>]) -> Vec<Segment> {
    let mut segments = Vec::new();
    for (n, body) in bodies.iter().enumerate() {
        let name = format!("seg ü/{n:08}");
        let stored = swift.upload(container, &name).from_bytes(body.clone()).send().await.expect("a segment");
        segments.push(Segment::new(container, &name, stored.etag.expect("an ETag"), body.len() as u64));
    }
    segments
}

/// Stored, read whole and across a border, its manifest read, copied in both ways, deleted with its segments.
pub(crate) async fn static_ones(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let (container, parts) = (scope.container(&cloud, "slo").await, scope.container(&cloud, "parts").await);
    let bodies = [noise(SEGMENT, 1), noise(SEGMENT, 2), noise(1000, 3)];
    let whole = bodies.concat();
    let manifest = segments(&swift, &parts, &bodies).await;
    let stored = swift.put_manifest(&container, "big", &manifest).content_type("text/x-own").metadata("one", "1").send().await;
    assert!(stored.expect("stored").etag.is_some());

    let info = swift.show_object(&container, "big").send().await.expect("shown");
    assert_eq!((info.static_large_object, info.content_length), (Some(true), Some(whole.len() as u64)));
    assert!(info.etag.as_deref().is_some_and(|etag| etag.starts_with('"')), "quoted: {:?}", info.etag);
    assert_eq!((info.content_type.as_deref(), info.metadata["one"].as_str()), (Some("text/x-own"), "1"));
    let download = swift.download_object(&container, "big").send().await.expect("there");
    assert!(download.expected_md5().is_none(), "its ETag is not that of its content");
    assert_eq!(download.collect(whole.len()).await.expect("whole"), whole);
    let border = SEGMENT - 10;
    let across =
        swift.download_object(&container, "big").range(&format!("bytes={border}-{}", border + 19)).send().await.expect("a range");
    assert_eq!(across.collect(20).await.expect("whole"), whole[border..border + 20]);

    let listed = swift.get_manifest(&container, "big").await.expect("the manifest");
    assert_eq!(
        listed.iter().map(|segment| &segment.name).collect::<Vec<_>>(),
        manifest.iter().map(|part| &part.path).collect::<Vec<_>>()
    );
    assert_eq!(listed.iter().map(|segment| segment.length()).sum::<Option<u64>>(), Some(whole.len() as u64));
    assert_eq!(listed[0].hash, manifest[0].etag);
    assert!(swift.get_manifest(&parts, "seg ü/00000000").await.is_err(), "a plain object has none");

    swift.copy((&container, "big"), (&container, "joined")).send().await.expect("copied");
    let info = swift.show_object(&container, "joined").send().await.expect("shown");
    assert_eq!((info.static_large_object, info.content_length), (None, Some(whole.len() as u64)));
    swift.copy((&container, "big"), (&container, "second")).multipart_manifest("get").send().await.expect("copied");
    assert_eq!(swift.get_manifest(&container, "second").await.expect("the same manifest").len(), 3);

    swift.delete_object(&container, "second").send().await.expect("only the manifest");
    assert_eq!(swift.list_objects(&parts).send().await.expect("listed").items.len(), 3);
    let report = swift.delete_with_segments(&container, "big").await.expect("deleted");
    assert_eq!((report.number_deleted, report.number_not_found), (4, 0));
    assert!(swift.list_objects(&parts).send().await.expect("listed").items.is_empty());
    assert!(swift.show_object(&container, "big").send().await.expect_err("gone").is_not_found());
}

/// A manifest whose sizes, checksums or segments are wrong is refused and stores nothing.
pub(crate) async fn wrong_manifests(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "slo").await;
    let right = segments(&swift, &container, &[noise(1000, 4)]).await.remove(0);
    let changed = |change: fn(&mut Segment)| {
        let mut segment = right.clone();
        change(&mut segment);
        segment
    };
    let wrong = [
        changed(|segment| segment.size_bytes = Some(999)),
        changed(|segment| segment.etag = Some("0123456789abcdef0123456789abcdef".to_owned())),
        changed(|segment| segment.path = segment.path.take().map(|path| path + "-missing")),
    ];
    for segment in wrong {
        let error = swift.put_manifest(&container, "o", std::slice::from_ref(&segment)).send().await.expect_err("it doesn't fit");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(400), "{error}");
        let path = segment.path.as_deref().expect("a path");
        assert!(error.message().contains(path) || error.excerpt().is_some_and(|text| text.contains("Errors")), "{error}");
    }
    assert!(swift.show_object(&container, "o").send().await.expect_err("nothing was stored").is_not_found());
}

/// Bytes in the manifest itself, and pieces of segments: stored, shown, served, copied, and what is refused of them.
pub(crate) async fn inline_data_and_ranges(cloud: Cloud, scope: Scope) {
    let (container, raw) = (scope.container(&cloud, "slo").await, Raw::of(&cloud).await);
    let segment = format!("/{container}/seg");
    assert_eq!(raw.send("PUT", &segment[1..], &[("Content-Type", "text/x-s")], "12345").await.status, 201);
    let lines = serde_json::json!([
        {"data": "aGVhZA=="}, {"path": segment, "range": "1-3"}, {"data": "dGFpbCE="}, {"path": segment},
    ]);
    let in_one = format!("{container}/in");
    let put =
        raw.send("PUT", &format!("{in_one}?multipart-manifest=put"), &[("Content-Type", "text/x-in")], lines.to_string()).await;
    assert_eq!(put.status, 201, "{}", put.text());
    let found = raw.send("GET", &in_one, &[], "").await;
    assert_eq!((found.text().as_str(), found.header("etag")), ("head234tail!12345", put.header("etag")));
    assert_eq!(found.header("content-type"), Some("text/x-in"));
    let shown = raw.send("HEAD", &in_one, &[], "").await;
    assert_eq!((shown.header("content-length"), shown.header("etag")), (Some("17"), put.header("etag")));
    for (range, part) in [("bytes=2-6", "ad234"), ("bytes=0-0", "h"), ("bytes=-6", "!12345"), ("bytes=6-7", "4t")] {
        let found = raw.send("GET", &in_one, &[("Range", range)], "").await;
        assert_eq!((found.status, found.text().as_str()), (206, part), "{range}");
    }
    let manifest = raw.send("GET", &format!("{in_one}?multipart-manifest=get"), &[], "").await;
    let listed = raw.send("GET", &format!("{container}?format=json&prefix=in"), &[], "").await.json();
    assert_eq!((listed[0]["bytes"].as_u64(), listed[0]["slo_etag"].as_str()), (Some(17), put.header("etag")));
    assert_eq!(
        (listed[0]["hash"].as_str(), manifest.header("etag")),
        (shown.header("x-manifest-etag"), shown.header("x-manifest-etag"))
    );
    let manifest = manifest.json();
    assert_eq!((&manifest[0], &manifest[2]), (&lines[0], &lines[2]));
    let line = &manifest[1];
    assert_eq!((line["name"].as_str(), line["range"].as_str()), (Some(segment.as_str()), Some("1-3")));
    assert_eq!((line["bytes"].as_u64(), line["content_type"].as_str()), (Some(5), Some("text/x-s")));
    assert_eq!(manifest[3].get("range"), None);
    let raw_form = raw.send("GET", &format!("{in_one}?multipart-manifest=get&format=raw"), &[], "").await;
    assert_eq!(raw_form.json()[1]["size_bytes"].as_u64(), Some(5));
    let again = raw.send("PUT", &format!("{container}/again?multipart-manifest=put"), &[], raw_form.body).await;
    assert_eq!((again.status, again.header("etag")), (201, put.header("etag")));
    let copy = [("Destination", format!("{container}/copy"))];
    let copied = raw.send("COPY", &format!("{in_one}?multipart-manifest=get"), &[("Destination", &copy[0].1)], "").await;
    assert_eq!((copied.status, copied.header("etag")), (201, put.header("etag")));
    assert_eq!(raw.send("GET", &format!("{container}/copy"), &[], "").await.text(), "head234tail!12345");

    let data = |data: serde_json::Value| serde_json::json!([{"data": data}, {"path": segment}]);
    for (lines, said) in [
        (serde_json::json!([{"data": "YQ=="}]), "Inline data segments require at least one object-backed segment.\n"),
        (data("".into()), "Index 0: too small; each segment must be at least 1 byte.\n"),
        (data("a-b".into()), "Index 0: data must be valid base64\n"),
        (data("YQ".into()), "Index 0: data must be valid base64\n"),
        (data(5.into()), "Index 0: data must be valid base64\n"),
        (
            serde_json::json!([{"data": "YQ==", "path": segment}]),
            "Index 0: extraneous keys \"path\"\nInline data segments require at least one object-backed segment.\n",
        ),
    ] {
        let refused = raw.send("PUT", &format!("{container}/bad?multipart-manifest=put"), &[], lines.to_string()).await;
        assert_eq!((refused.status, refused.text().as_str()), (400, said), "{lines}");
    }
}

/// All that begins with a prefix, by name; a change of its metadata leaves it what it is.
pub(crate) async fn dynamic_ones(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let (container, parts) = (scope.container(&cloud, "dlo").await, scope.container(&cloud, "parts ü").await);
    for (name, body) in [("a b/1", "one,"), ("a b/2", "two,"), ("a b/3", "three"), ("a", "not this"), ("b", "nor this")] {
        swift.upload(&parts, name).from_bytes(body).send().await.expect("stored");
    }
    swift.put_dynamic_manifest(&container, "all", &parts, "a b/").metadata("one", "1").send().await.expect("stored");
    let read = async || {
        let download = swift.download_object(&container, "all").send().await.expect("there");
        assert!(download.expected_md5().is_none() && download.info().object_manifest.is_some());
        String::from_utf8(download.collect(100).await.expect("whole").to_vec()).expect("text")
    };
    k5_tests::eventually("the listing of the segments is complete", async || (read().await == "one,two,three").then_some(())).await;
    let range = swift.download_object(&container, "all").range("bytes=2-5").send().await.expect("a range");
    assert_eq!(&range.collect(10).await.expect("whole")[..], b"e,tw");
    let own = swift.download_object(&container, "all").multipart_manifest("get").send().await.expect("the manifest itself");
    assert_eq!(own.collect(10).await.expect("empty").len(), 0);

    let change = MetadataChange::new().set("two", "2");
    swift.change_object_metadata(&container, "all", &change).await.expect("changed");
    let info = swift.show_object(&container, "all").send().await.expect("shown");
    assert_eq!((info.metadata["one"].as_str(), info.metadata["two"].as_str()), ("1", "2"));
    assert_eq!(read().await, "one,two,three");

    swift.delete_object(&container, "all").send().await.expect("only the manifest");
    assert_eq!(swift.list_objects(&parts).send().await.expect("listed").items.len(), 5);
}

/// By one request, whatever their names; what is gone already is not a failure.
pub(crate) async fn many_deleted(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "many %").await;
    let names = ["plain", "a b", "100%", "x/y", "é", "?#", "new\nline"];
    for name in names {
        swift.upload(&container, name).from_bytes(name).send().await.expect("stored");
    }
    let report =
        swift.delete_many(names.into_iter().chain(["missing"]).map(|name| (container.as_str(), name))).await.expect("deleted");
    assert_eq!((report.number_deleted, report.number_not_found), (7, 1), "{report:?}");
    assert!(swift.list_objects(&container).send().await.expect("listed").items.is_empty());
    let report = swift.delete_many([(container.as_str(), "missing")]).await.expect("nothing to do is not a failure");
    assert_eq!(report.number_not_found, 1);
}

k5_tests::cases! {
    static_ones [
        object_storage.upload_object, object_storage.download_object, object_storage.copy_object, object_storage.delete_object,
    ]
    wrong_manifests [object_storage.upload_object]
    inline_data_and_ranges [object_storage.upload_object, object_storage.download_object, object_storage.copy_object]
    dynamic_ones [object_storage.upload_object, object_storage.download_object, object_storage.copy_object]
    many_deleted [object_storage.bulk_delete]
}
