//! Symbolic links: objects that stand for another one.

use k5::Cloud;
use k5_tests::Scope;
use k5_tests::raw::Raw;

const EMPTY_MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";
const HELLO_MD5: &str = "5d41402abc4b2a76b9719d911017c592";

/// Two containers, of links and of targets; the second has `o` with the content `hello`.
async fn prepare(cloud: &Cloud, scope: &Scope) -> (Raw, String, String) {
    let (links, targets) = (scope.container(cloud, "links").await, scope.container(cloud, "targets").await);
    let raw = Raw::of(cloud).await;
    let headers = [("Content-Type", "text/x-own"), ("X-Object-Meta-A", "target")];
    assert_eq!(raw.send("PUT", &format!("{targets}/o"), &headers, "hello").await.status, 201);
    (raw, links, targets)
}

/// Read they are their target; asked for themselves they are empty objects that name it.
pub(crate) async fn followed(cloud: Cloud, scope: Scope) {
    let (raw, links, targets) = prepare(&cloud, &scope).await;
    let target = format!("{targets}/o");
    let put = [("X-Symlink-Target", target.as_str()), ("X-Object-Meta-Own", "1")];
    let stored = raw.send("PUT", &format!("{links}/l"), &put, "").await;
    assert_eq!((stored.status, stored.header("etag")), (201, Some(EMPTY_MD5)));

    let place = format!("{}/{target}", raw.account());
    for method in ["GET", "HEAD"] {
        let found = raw.send(method, &format!("{links}/l"), &[], "").await;
        assert_eq!((found.status, found.text().as_str()), (200, if method == "GET" { "hello" } else { "" }));
        assert_eq!((found.header("etag"), found.header("content-length")), (Some(HELLO_MD5), Some("5")));
        assert_eq!((found.header("content-type"), found.header("x-object-meta-a")), (Some("text/x-own"), Some("target")));
        assert_eq!((found.header("content-location"), found.header("x-symlink-target")), (Some(place.as_str()), None));
        let own = raw.send(method, &format!("{links}/l?symlink=get"), &[], "").await;
        assert_eq!((own.status, own.header("etag"), own.header("content-length")), (200, Some(EMPTY_MD5), Some("0")));
        assert_eq!((own.header("content-type"), own.header("x-object-meta-own")), (Some("application/symlink"), Some("1")));
        assert_eq!((own.header("content-location"), own.header("x-symlink-target")), (None, Some(target.as_str())));
    }
    let range = raw.send("GET", &format!("{links}/l"), &[("Range", "bytes=1-2")], "").await;
    assert_eq!((range.status, range.text().as_str(), range.header("content-location")), (206, "el", Some(place.as_str())));
    let same = raw.send("GET", &format!("{links}/l"), &[("If-None-Match", HELLO_MD5)], "").await;
    assert_eq!((same.status, same.header("content-location")), (304, Some(place.as_str())));
    assert_eq!(raw.status("GET", &format!("{links}/l"), &[("If-Match", EMPTY_MD5)]).await, 412);
    let plain = raw.send("GET", &format!("{target}?symlink=get"), &[], "").await;
    assert_eq!((plain.text().as_str(), plain.header("x-symlink-target")), ("hello", None));

    let listed = raw.send("GET", &format!("{links}?format=json"), &[], "").await.json();
    assert_eq!((listed[0]["bytes"].as_u64(), listed[0]["hash"].as_str()), (Some(0), Some(EMPTY_MD5)));
    assert_eq!(listed[0]["symlink_path"].as_str(), Some(place.as_str()));
    assert_eq!(listed[0]["content_type"].as_str(), Some("application/symlink"));

    let posted = raw.send("POST", &format!("{links}/l"), &[("X-Object-Meta-X", "y")], "").await;
    assert_eq!((posted.status, posted.header("location")), (307, Some(place.as_str())));
    let own = raw.send("HEAD", &format!("{links}/l?symlink=get"), &[], "").await;
    assert_eq!((own.header("x-object-meta-x"), own.header("x-object-meta-own")), (Some("y"), None));
    assert_eq!(own.header("x-symlink-target"), Some(target.as_str()));
    assert_eq!(raw.send("HEAD", &target, &[], "").await.header("x-object-meta-x"), None);

    assert_eq!(raw.status("DELETE", &format!("{links}/l"), &[]).await, 204);
    assert_eq!(raw.status("HEAD", &target, &[]).await, 200);
    assert_eq!(raw.status("HEAD", &format!("{links}/l?symlink=get"), &[]).await, 404);
}

/// Copied they are their target, unless the link itself is asked for.
pub(crate) async fn copied(cloud: Cloud, scope: Scope) {
    let (raw, links, targets) = prepare(&cloud, &scope).await;
    let (target, link) = (format!("{targets}/o"), format!("{links}/l"));
    assert_eq!(raw.status("PUT", &link, &[("X-Symlink-Target", &target), ("X-Object-Meta-Own", "1")]).await, 201);
    let own_target = async |name: &str| {
        let own = raw.send("HEAD", &format!("{links}/{name}?symlink=get"), &[], "").await;
        assert_eq!(own.status, 200, "{name}");
        (own.header("x-symlink-target").map(str::to_owned), own.header("x-object-meta-own").map(str::to_owned))
    };
    let to = |name: &str| format!("{links}/{name}");
    let linked = (Some(target.clone()), Some("1".to_owned()));

    let done = raw.send("COPY", &link, &[("Destination", &to("content"))], "").await;
    assert_eq!((done.status, done.header("etag"), done.header("x-copied-from")), (201, Some(HELLO_MD5), Some(link.as_str())));
    assert_eq!(own_target("content").await, (None, None));
    let done = raw.send("COPY", &format!("{link}?symlink=get"), &[("Destination", &to("link"))], "").await;
    assert_eq!((done.status, done.header("etag")), (201, Some(EMPTY_MD5)));
    assert_eq!(own_target("link").await, linked);
    assert_eq!(raw.send("GET", &to("link"), &[], "").await.text(), "hello");
    assert_eq!(raw.status("PUT", &to("by%20put"), &[("X-Copy-From", &link)]).await, 201);
    assert_eq!(own_target("by%20put").await, (None, None));
    assert_eq!(raw.status("PUT", &format!("{}?symlink=get", to("link%20by%20put")), &[("X-Copy-From", &link)]).await, 201);
    assert_eq!(own_target("link%20by%20put").await, linked);
    let fresh = [("Destination", to("fresh")), ("X-Fresh-Metadata", "true".to_owned())];
    let fresh: Vec<_> = fresh.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(raw.status("COPY", &format!("{link}?symlink=get"), &fresh).await, 201);
    assert_eq!(own_target("fresh").await, (None, None));
    // What is stored under a link's name takes the link's place, and the target stays.
    assert_eq!(raw.send("PUT", &to("link"), &[], "other").await.status, 201);
    assert_eq!(own_target("link").await, (None, None));
    assert_eq!(raw.send("GET", &target, &[], "").await.text(), "hello");
}

/// Targets that are not there, circles, chains that are too long, and links that are none.
pub(crate) async fn astray(cloud: Cloud, scope: Scope) {
    let (raw, links, targets) = prepare(&cloud, &scope).await;
    let target = format!("{targets}/o");
    let link = async |name: &str, target: &str| {
        let stored = raw.send("PUT", &format!("{links}/{name}"), &[("X-Symlink-Target", target)], "").await;
        (stored.status, stored.text())
    };
    let get = async |name: &str| raw.send("GET", &format!("{links}/{name}"), &[], "").await;
    assert_eq!(link("dangling", &format!("{targets}/none")).await.0, 201);
    let found = get("dangling").await;
    let place = format!("{}/{targets}/none", raw.account());
    assert_eq!((found.status, found.header("content-location")), (404, Some(place.as_str())));
    assert_eq!(raw.status("HEAD", &format!("{links}/dangling"), &[]).await, 404);
    assert_eq!(raw.status("HEAD", &format!("{links}/dangling?symlink=get"), &[]).await, 200);
    assert_eq!(raw.status("COPY", &format!("{links}/dangling"), &[("Destination", &format!("{links}/x"))]).await, 404);

    for (name, target) in [("a", "b"), ("b", "a"), ("1", "../o"), ("2", "1"), ("3", "2")] {
        let place = if target == "../o" { format!("{targets}/o") } else { format!("{links}/{target}") };
        assert_eq!(link(name, &place).await.0, 201);
    }
    let found = get("a").await;
    assert_eq!((found.status, found.text().as_str()), (409, "Too many levels of symbolic links, maximum allowed is 2"));
    assert_eq!((get("2").await.status, get("3").await.status), (200, 409));

    let form = "X-Symlink-Target header must be of the form <container name>/<object name>";
    for wrong in [format!("/{target}"), targets.clone(), format!("{targets}/")] {
        assert_eq!(link("wrong", &wrong).await, (412, form.to_owned()), "{wrong}");
    }
    assert_eq!(link("wrong", &format!("{links}/wrong")).await, (400, "Symlink cannot target itself".to_owned()));
    let body = raw.send("PUT", &format!("{links}/wrong"), &[("X-Symlink-Target", &target)], "x").await;
    assert_eq!((body.status, body.text().as_str()), (400, "Symlink requests require a zero byte body"));
    let posted = raw.send("POST", &format!("{links}/1"), &[("X-Symlink-Target", &target)], "").await;
    assert_eq!((posted.status, posted.text().as_str()), (400, "A PUT request is required to set a symlink target"));
    assert_eq!(raw.status("PUT", &format!("{links}/1"), &[("X-Symlink-Target", &target), ("If-None-Match", "*")]).await, 412);
    assert_eq!(raw.status("HEAD", &format!("{links}/wrong?symlink=get"), &[]).await, 404);
}

/// A static link holds its target to its ETag.
pub(crate) async fn fixed(cloud: Cloud, scope: Scope) {
    let (raw, links, targets) = prepare(&cloud, &scope).await;
    let target = format!("{targets}/o");
    let put = async |name: &str, target: &str, etag: &str| {
        let headers = [("X-Symlink-Target", target), ("X-Symlink-Target-Etag", etag)];
        raw.send("PUT", &format!("{links}/{name}"), &headers, "").await
    };
    assert_eq!(put("s", &target, HELLO_MD5).await.status, 201);
    let own = raw.send("HEAD", &format!("{links}/s?symlink=get"), &[], "").await;
    assert_eq!((own.header("x-symlink-target-etag"), own.header("x-symlink-target-bytes")), (Some(HELLO_MD5), Some("5")));
    assert_eq!(own.header("content-type"), Some("text/x-own"), "that of the target");
    let listed = raw.send("GET", &format!("{links}?format=json"), &[], "").await.json();
    assert_eq!((listed[0]["symlink_etag"].as_str(), listed[0]["symlink_bytes"].as_u64()), (Some(HELLO_MD5), Some(5)));
    let wrong = put("w", &target, "ffff").await;
    let said = format!("Object Etag '{HELLO_MD5}' does not match X-Symlink-Target-Etag header 'ffff'");
    assert_eq!((wrong.status, wrong.text()), (409, said));
    let missing = put("w", &format!("{targets}/none"), "ffff").await;
    assert_eq!((missing.status, missing.text().as_str()), (409, "X-Symlink-Target does not exist"));
    assert_eq!(put("w", &target, "a;b").await.status, 400);
    assert_eq!(raw.send("PUT", &target, &[], "other").await.status, 201);
    let place = format!("{}/{target}", raw.account());
    let changed = raw.send("GET", &format!("{links}/s"), &[], "").await;
    assert_eq!((changed.status, changed.header("content-location")), (409, Some(place.as_str())));
}

/// Links to large objects, links as segments; a deletion with segments takes the link and the segments.
pub(crate) async fn of_large_objects(cloud: Cloud, scope: Scope) {
    let (raw, links, targets) = prepare(&cloud, &scope).await;
    let segments = || async {
        for (name, body) in [("seg1", "11111"), ("seg2", "2222")] {
            assert_eq!(raw.send("PUT", &format!("{targets}/{name}"), &[], body).await.status, 201);
        }
    };
    segments().await;
    let manifest = serde_json::json!([{"path": format!("{targets}/seg1")}, {"path": format!("{targets}/seg2")}]).to_string();
    let put = raw.send("PUT", &format!("{targets}/slo?multipart-manifest=put"), &[], manifest.clone()).await;
    assert_eq!(put.status, 201);
    assert_eq!(raw.status("PUT", &format!("{links}/l"), &[("X-Symlink-Target", &format!("{targets}/slo"))]).await, 201);
    let found = raw.send("GET", &format!("{links}/l"), &[], "").await;
    assert_eq!((found.text().as_str(), found.header("etag")), ("111112222", put.header("etag")));
    assert_eq!(found.header("x-static-large-object"), Some("True"));
    let lines = raw.send("GET", &format!("{links}/l?multipart-manifest=get"), &[], "").await.json();
    assert_eq!(lines.as_array().map(Vec::len), Some(2));
    let own = raw.send("HEAD", &format!("{links}/l?symlink=get"), &[], "").await;
    assert_eq!((own.header("x-static-large-object"), own.header("content-length")), (None, Some("0")));

    let dynamic = format!("{targets}/seg");
    assert_eq!(raw.status("PUT", &format!("{targets}/dlo"), &[("X-Object-Manifest", &dynamic)]).await, 201);
    assert_eq!(raw.status("PUT", &format!("{links}/d"), &[("X-Symlink-Target", &format!("{targets}/dlo"))]).await, 201);
    k5_tests::eventually("the segments are listed", async || {
        (raw.send("GET", &format!("{links}/d"), &[], "").await.text() == "111112222").then_some(())
    })
    .await;

    // A large object of links to its segments.
    assert_eq!(raw.status("PUT", &format!("{links}/seg1"), &[("X-Symlink-Target", &format!("{targets}/seg1"))]).await, 201);
    let of_links = manifest.replace(&format!("{targets}/seg1"), &format!("{links}/seg1"));
    assert_eq!(raw.send("PUT", &format!("{links}/big?multipart-manifest=put"), &[], of_links).await.status, 201);
    assert_eq!(raw.send("GET", &format!("{links}/big"), &[], "").await.text(), "111112222");

    let accept = [("Accept", "application/json")];
    let report = raw.send("DELETE", &format!("{links}/l?multipart-manifest=delete"), &accept, "").await.json();
    assert_eq!(report["Number Deleted"], 3, "the link and two segments: {report}");
    for (path, status) in [("l?symlink=get", 404), ("seg1?symlink=get", 200), ("big", 409)] {
        assert_eq!(raw.status("GET", &format!("{links}/{path}"), &[]).await, status, "{path}");
    }
    for (path, status) in [("slo", 200), ("seg1", 404), ("seg2", 404)] {
        assert_eq!(raw.status("HEAD", &format!("{targets}/{path}"), &[]).await, status, "{path}");
    }
}

/// A link moves as itself, also out of a container that keeps versions, where each name is a link to its newest version.
pub(crate) async fn moved(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let (raw, links, targets) = prepare(&cloud, &scope).await;
    for keeps in [false, true] {
        if keeps {
            swift.update_container(&links).versions_enabled(true).send().await.expect("changed");
        }
        for target in ["o", "not-there"] {
            let target = format!("{targets}/{target}");
            assert_eq!(raw.status("PUT", &format!("{links}/l"), &[("X-Symlink-Target", target.as_str())]).await, 201);
            let moved = swift.move_object((&links, "l"), (&targets, "l")).await;
            moved.unwrap_or_else(|error| panic!("{target}, versions {keeps}: {error}"));
            let own = raw.send("HEAD", &format!("{targets}/l?symlink=get"), &[], "").await;
            assert_eq!((own.status, own.header("x-symlink-target")), (200, Some(target.as_str())));
            assert_eq!(raw.status("HEAD", &format!("{links}/l"), &[]).await, 404);
            assert_eq!(raw.status("DELETE", &format!("{targets}/l"), &[]).await, 204);
        }
    }
    assert_eq!(raw.status("HEAD", &format!("{targets}/o"), &[]).await, 200);
}

k5_tests::cases! {
    followed [
        object_storage.upload_object, object_storage.download_object, object_storage.show_object, object_storage.update_object,
        object_storage.delete_object, object_storage.list_objects,
    ]
    copied [object_storage.copy_object, object_storage.upload_object]
    astray [object_storage.upload_object, object_storage.download_object]
    fixed [object_storage.upload_object, object_storage.download_object]
    of_large_objects [object_storage.upload_object, object_storage.download_object, object_storage.delete_object]
    moved [object_storage.copy_object, object_storage.delete_object]
}
