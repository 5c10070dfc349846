//! Earlier content, kept in a second container or by the container itself.

use k5::Cloud;
use k5_tests::Scope;
use k5_tests::raw::Raw;

/// Replaced content goes to the other container; a deletion brings it back; switched off, it is lost as usual.
pub(crate) async fn kept_and_brought_back(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let (old, container) = (scope.container(&cloud, "old ü").await, scope.name("new"));
    let place = percent_encoding::utf8_percent_encode(&old, percent_encoding::NON_ALPHANUMERIC).to_string();
    swift.create_container(&container).versions_location(&place).send().await.expect("created");
    let info = swift.show_container(&container).send().await.expect("shown");
    let shown = info.versions_location.map(|text| percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned());
    assert_eq!(shown.as_deref(), Some(old.as_str()));

    let read = async || {
        let download = swift.download_object(&container, "o").send().await.expect("there");
        String::from_utf8(download.collect(10).await.expect("whole").to_vec()).expect("text")
    };
    let kept = async |count: usize| {
        k5_tests::eventually("the old versions are listed", async || {
            (swift.list_objects(&old).send().await.expect("listed").items.len() == count).then_some(())
        })
        .await;
    };
    for content in ["one", "two", "three"] {
        swift.upload(&container, "o").from_bytes(content).send().await.expect("stored");
    }
    kept(2).await;
    assert_eq!(read().await, "three");
    for (content, left) in [("two", 1), ("one", 0)] {
        swift.delete_object(&container, "o").send().await.expect("deleted");
        assert_eq!(read().await, content);
        kept(left).await;
    }
    swift.update_container(&container).remove_versions_location().send().await.expect("updated");
    swift.upload(&container, "o").from_bytes("four").send().await.expect("stored");
    kept(0).await;
    swift.delete_object(&container, "o").send().await.expect("deleted");
    assert!(swift.show_object(&container, "o").send().await.expect_err("gone").is_not_found());
}

/// `name`, `version_id`, `is_latest` and `bytes` of all versions.
async fn versions(raw: &Raw, container: &str, query: &str) -> Vec<(String, String, bool, u64)> {
    let listed = raw.send("GET", &format!("{container}?versions&{query}"), &[], "").await;
    assert_eq!(listed.status, 200, "{}", listed.text());
    let lines = listed.json();
    let text = |line: &serde_json::Value, field: &str| line[field].as_str().expect("a text").to_owned();
    let line = |line: &serde_json::Value| {
        let latest = line["is_latest"].as_bool().expect("known");
        (text(line, "name"), text(line, "version_id"), latest, line["bytes"].as_u64().expect("a number"))
    };
    lines.as_array().expect("a list").iter().map(line).collect()
}

const DELETED: &str = "application/x-deleted;swift_versions_deleted=1";

/// A container that keeps versions itself: what was there before, what replaced it, delete markers, each version by its id.
pub(crate) async fn kept_by_the_container(cloud: Cloud, scope: Scope) {
    let (container, raw) = (scope.container(&cloud, "versions").await, Raw::of(&cloud).await);
    let o = format!("{container}/o");
    assert_eq!(raw.send("PUT", &o, &[], "before").await.status, 201);
    assert_eq!(raw.status("POST", &container, &[("X-Versions-Enabled", "true")]).await, 204);
    let shown = raw.send("HEAD", &container, &[], "").await;
    assert_eq!(shown.header("x-versions-enabled"), Some("True"));
    let before = raw.send("GET", &o, &[], "").await;
    assert_eq!((before.text().as_str(), before.header("x-object-version-id")), ("before", Some("null")));
    let before_id = before.header("x-timestamp").expect("a time").to_owned();
    assert_eq!(versions(&raw, &container, "").await, [("o".to_owned(), "null".to_owned(), true, 6)]);

    let stored = raw.send("PUT", &o, &[("X-Object-Meta-A", "1")], "one").await;
    let one = stored.header("x-object-version-id").expect("a version").to_owned();
    assert_eq!(stored.status, 201);
    let two = raw.send("PUT", &o, &[], "two!").await.header("x-object-version-id").expect("a version").to_owned();
    let place = format!("{}/{o}?version-id={two}", raw.account());
    let current = raw.send("GET", &o, &[], "").await;
    assert_eq!((current.text().as_str(), current.header("x-object-version-id")), ("two!", Some(two.as_str())));
    assert_eq!(current.header("content-location"), Some(place.as_str()));
    let own = raw.send("HEAD", &format!("{o}?symlink=get"), &[], "").await;
    assert_eq!((own.header("content-length"), own.header("x-symlink-target-bytes")), (Some("0"), Some("4")));
    let target = format!("{o}?version-id={two}");
    assert_eq!(own.header("x-symlink-target"), Some(target.as_str()));
    let listed = raw.send("GET", &format!("{container}?format=json"), &[], "").await.json();
    assert_eq!((listed[0]["bytes"].as_u64(), listed[0]["symlink_path"].as_str()), (Some(4), Some(place.as_str())));
    assert_eq!((listed[0]["version_symlink"].as_bool(), listed[0]["hash"].as_str()), (Some(true), current.header("etag")));
    let line = |id: &str, latest, bytes| ("o".to_owned(), id.to_owned(), latest, bytes);
    let all = [line(&two, true, 4), line(&one, false, 3), line(&before_id, false, 6)];
    assert_eq!(versions(&raw, &container, "").await, all);
    k5_tests::eventually("the container counts all versions", async || {
        let shown = raw.send("HEAD", &container, &[], "").await;
        let counted = (shown.header("x-container-object-count"), shown.header("x-container-bytes-used"));
        (counted == (Some("1"), Some("13"))).then_some(())
    })
    .await;

    let at = |id: &str| format!("{o}?version-id={id}");
    let old = raw.send("GET", &at(&one), &[], "").await;
    assert_eq!((old.text().as_str(), old.header("x-object-meta-a")), ("one", Some("1")));
    assert_eq!((old.header("x-object-version-id"), old.header("content-location")), (Some(one.as_str()), None));
    assert_eq!(raw.send("GET", &at(&before_id), &[], "").await.text(), "before");
    for (id, status) in [("null", 404), ("123.0", 404), ("abc", 400)] {
        assert_eq!(raw.status("GET", &at(id), &[]).await, status, "{id}");
    }
    let posted = raw.send("POST", &at(&one), &[("X-Object-Meta-B", "2")], "").await;
    assert_eq!((posted.status, posted.text().as_str()), (400, "POST to a specific version is not allowed"));
    assert_eq!(raw.status("POST", &o, &[("X-Object-Meta-B", "2")]).await, 202);
    for path in [o.clone(), at(&two)] {
        assert_eq!(raw.send("HEAD", &path, &[], "").await.header("x-object-meta-b"), Some("2"), "{path}");
    }

    // A deletion leaves a marker, and all that was there.
    let gone = raw.send("DELETE", &o, &[], "").await;
    let marker = gone.header("x-object-version-id").expect("a version").to_owned();
    assert_eq!(gone.status, 204);
    let missing = raw.send("GET", &o, &[], "").await;
    assert_eq!((missing.status, missing.header("x-object-version-id")), (404, Some("null")));
    let missing = raw.send("GET", &at(&marker), &[], "").await;
    assert_eq!((missing.status, missing.header("content-type")), (404, Some(DELETED)));
    let never = raw.send("DELETE", &format!("{container}/none"), &[], "").await;
    assert!(never.status == 404 && never.header("x-object-version-id").is_some());
    let never = never.header("x-object-version-id").expect("a version").to_owned();
    let listed = versions(&raw, &container, "prefix=o").await;
    assert_eq!(listed[..2], [line(&marker, true, 0), line(&two, false, 4)]);

    // One that was restored is the current one; one that is deleted by its id is gone.
    let restored = raw.send("PUT", &at(&one), &[], "").await;
    assert_eq!((restored.status, restored.header("x-object-version-id")), (201, Some(one.as_str())));
    assert_eq!(raw.send("GET", &o, &[], "").await.text(), "one");
    assert_eq!(raw.send("PUT", &at(&one), &[], "x").await.status, 400);
    assert_eq!(raw.send("PUT", &at("123.0"), &[], "").await.text(), "The specified version does not exist");
    let gone = raw.send("DELETE", &at(&one), &[], "").await;
    assert_eq!((gone.status, gone.header("x-object-current-version-id")), (204, Some("null")));
    assert_eq!(raw.status("GET", &o, &[]).await, 404);
    assert_eq!(raw.status("DELETE", &at(&one), &[]).await, 404);

    // Switched off, new content is not a version, and the old ones are still there.
    assert_eq!(raw.status("POST", &container, &[("X-Versions-Enabled", "false")]).await, 204);
    assert_eq!(raw.send("HEAD", &container, &[], "").await.header("x-versions-enabled"), Some("False"));
    assert_eq!(raw.send("PUT", &o, &[], "plain").await.header("x-object-version-id"), None);
    assert_eq!(versions(&raw, &container, "prefix=o").await[..2], [line("null", true, 5), line(&marker, false, 0)]);
    assert_eq!(raw.status("DELETE", &o, &[]).await, 204);
    let kept = raw.send("DELETE", &container, &[], "").await;
    assert_eq!((kept.status, kept.text().as_str()), (409, "Delete all versions before deleting container."));
    for id in [&two, &before_id, &marker] {
        assert_eq!(raw.status("DELETE", &at(id), &[]).await, 204, "{id}");
    }
    assert_eq!(raw.status("DELETE", &format!("{container}/none?version-id={never}"), &[]).await, 204);
    assert!(versions(&raw, &container, "").await.is_empty());
    k5_tests::eventually("the container can be deleted", async || {
        (raw.status("DELETE", &container, &[]).await == 204).then_some(())
    })
    .await;
}

/// Listings of versions in pieces, and what they refuse.
pub(crate) async fn listed(cloud: Cloud, scope: Scope) {
    let (container, raw) = (scope.name("versions"), Raw::of(&cloud).await);
    assert_eq!(raw.status("PUT", &container, &[("X-Versions-Enabled", "true")]).await, 201);
    for name in ["a", "b", "b", "dir/x", "dir/x", "e"] {
        assert_eq!(raw.send("PUT", &format!("{container}/{name}"), &[], name).await.status, 201);
    }
    let all = versions(&raw, &container, "").await;
    let names = |lines: &[(String, String, bool, u64)]| lines.iter().map(|line| line.0.clone()).collect::<Vec<_>>();
    assert_eq!(names(&all), ["a", "b", "b", "dir/x", "dir/x", "e"]);
    assert_eq!(versions(&raw, &container, "limit=2").await, all[..2]);
    assert_eq!(versions(&raw, &container, "marker=b").await, all[3..]);
    assert_eq!(versions(&raw, &container, &format!("marker=b&version_marker={}", all[1].1)).await, all[2..]);
    assert_eq!(versions(&raw, &container, "prefix=dir/").await, all[3..5]);
    assert_eq!(names(&versions(&raw, &container, "reverse=true&limit=2").await), ["e", "dir/x"]);
    let folders = raw.send("GET", &format!("{container}?versions&delimiter=/"), &[], "").await.json();
    assert_eq!(folders[3], serde_json::json!({"subdir": "dir/"}), "{folders}");
    for (query, status) in
        [("version_marker=1", 400), ("marker=b&version_marker=x", 400), ("delimiter=0", 400), ("format=xml", 406)]
    {
        assert_eq!(raw.status("GET", &format!("{container}?versions&{query}"), &[]).await, status, "{query}");
    }
    let plain = scope.container(&cloud, "plain").await;
    assert!(versions(&raw, &plain, "").await.is_empty());
    assert_eq!(raw.status("GET", &format!("{plain}/o?version-id=1.0"), &[]).await, 400);
    let both = [("X-Versions-Location", plain.as_str())];
    let legacy = scope.name("legacy");
    assert_eq!(raw.status("PUT", &legacy, &both).await, 201);
    assert_eq!(raw.status("POST", &legacy, &[("X-Versions-Enabled", "true")]).await, 400);
}

/// Large objects as versions: the manifest is kept with its version, and a deletion with segments may name it.
pub(crate) async fn of_large_objects(cloud: Cloud, scope: Scope) {
    let (container, parts) = (scope.name("versions"), scope.container(&cloud, "parts").await);
    let raw = Raw::of(&cloud).await;
    assert_eq!(raw.status("PUT", &container, &[("X-Versions-Enabled", "true")]).await, 201);
    let big = format!("{container}/big");
    let put = async |n: &str| {
        assert_eq!(raw.send("PUT", &format!("{parts}/{n}"), &[], format!("part {n}")).await.status, 201);
        let manifest = serde_json::json!([{"path": format!("{parts}/{n}")}, {"data": "ISEh"}]).to_string();
        let stored = raw.send("PUT", &format!("{big}?multipart-manifest=put"), &[], manifest).await;
        assert_eq!(stored.status, 201, "{}", stored.text());
        assert!(stored.header("etag").is_some_and(|etag| etag.starts_with('"')));
        stored.header("x-object-version-id").expect("a version").to_owned()
    };
    let (one, two) = (put("1").await, put("2").await);
    assert_eq!(raw.send("GET", &big, &[], "").await.text(), "part 2!!!");
    let old = raw.send("GET", &format!("{big}?version-id={one}"), &[], "").await;
    assert_eq!((old.text().as_str(), old.header("x-static-large-object")), ("part 1!!!", Some("True")));
    let manifest = raw.send("GET", &format!("{big}?version-id={one}&multipart-manifest=get"), &[], "").await.json();
    assert_eq!(manifest[0]["name"].as_str(), Some(format!("/{parts}/1").as_str()));
    let listed = versions(&raw, &container, "").await;
    assert_eq!(listed, [("big".to_owned(), two, true, 9), ("big".to_owned(), one.clone(), false, 9)]);

    let copy = [("Destination", format!("{parts}/copy"))];
    let copied = raw.send("COPY", &format!("{big}?version-id={one}"), &[("Destination", &copy[0].1)], "").await;
    assert_eq!((copied.status, copied.header("x-copied-from-version-id")), (201, Some(one.as_str())));
    assert_eq!(raw.send("GET", &format!("{parts}/copy"), &[], "").await.text(), "part 1!!!");

    assert_eq!(raw.status("DELETE", &big, &[]).await, 204);
    assert_eq!(raw.send("GET", &format!("{big}?version-id={one}"), &[], "").await.text(), "part 1!!!");
    let accept = [("Accept", "application/json")];
    let report = raw.send("DELETE", &format!("{big}?multipart-manifest=delete&version-id={one}"), &accept, "").await.json();
    assert_eq!(report["Number Deleted"], 2, "{report}");
    assert_eq!(raw.status("HEAD", &format!("{parts}/1"), &[]).await, 404);
    assert_eq!(raw.status("HEAD", &format!("{big}?version-id={one}"), &[]).await, 404);
    assert_eq!(raw.status("HEAD", &format!("{parts}/2"), &[]).await, 200);
}

/// The older way with a history: a deletion is kept, too, and brings nothing back.
pub(crate) async fn with_a_history(cloud: Cloud, scope: Scope) {
    let (container, old) = (scope.name("new"), scope.container(&cloud, "old").await);
    let raw = Raw::of(&cloud).await;
    assert_eq!(raw.status("PUT", &container, &[("X-History-Location", &old)]).await, 201);
    assert_eq!(raw.send("HEAD", &container, &[], "").await.header("x-history-location"), Some(old.as_str()));
    let o = format!("{container}/o");
    for body in ["one", "two"] {
        assert_eq!(raw.send("PUT", &o, &[], body).await.status, 201);
    }
    assert_eq!(raw.status("DELETE", &o, &[]).await, 204);
    assert_eq!(raw.status("HEAD", &o, &[]).await, 404);
    let types = k5_tests::eventually("the old versions are listed", async || {
        let listed = raw.send("GET", &format!("{old}?format=json&prefix=001o/"), &[], "").await.json();
        let types: Vec<_> = listed.as_array()?.iter().map(|line| line["content_type"].as_str().map(str::to_owned)).collect();
        (types.len() == 3).then_some(types)
    })
    .await;
    assert_eq!(types[2].as_deref(), Some(DELETED));
}

k5_tests::cases! {
    kept_and_brought_back [object_storage.create_container, object_storage.update_container, object_storage.delete_object]
    kept_by_the_container [
        object_storage.update_container, object_storage.list_objects, object_storage.download_object, object_storage.delete_object,
        object_storage.show_container,
    ]
    listed [object_storage.list_objects, object_storage.create_container]
    of_large_objects [
        object_storage.upload_object, object_storage.download_object, object_storage.copy_object, object_storage.delete_object,
    ]
    with_a_history [object_storage.create_container, object_storage.delete_object]
}
