//! What belongs to an object and goes with it, and what does not: segments wherever they are, links, old versions, others' objects.

use super::segments::{File, SEGMENT, containers, content, segments};
use k5::Cloud;
use k5::object_storage::large::Segment;
use k5::object_storage::transfer::Left;
use k5::object_storage::{Layout, MetadataChange, ObjectStorage, Upload};
use k5_tests::Scope;
use k5_tests::bytes::noise;
use k5_tests::raw::Raw;

const SIZE: usize = 2 * SEGMENT + 5;

fn large(swift: &ObjectStorage, container: &str, name: &str, file: &File) -> Upload {
    swift.upload(container, name).from_path(&file.0).segment_size(SEGMENT as u64)
}

async fn is_there(swift: &ObjectStorage, container: &str, name: &str) -> bool {
    match swift.show_object(container, name).symlink("get").send().await {
        Ok(_) => true,
        Err(error) if error.is_not_found() => false,
        Err(error) => panic!("{error}"),
    }
}

/// A link goes alone, moves as such, and gives a copy what it leads to; the target stays.
pub(crate) async fn of_links(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "linked").await;
    let body = noise(SIZE, 41);
    large(&swift, &container, "target", &File::new(&body)).send().await.expect("stored");
    let target = format!("{container}/target");
    let link = async |name: &str| {
        swift
            .upload(&container, name)
            .configure({
                let target = target.clone();
                move |put| put.symlink_target(&target)
            })
            .send()
            .await
            .expect("linked");
    };
    for name in ["removed", "replaced", "moved", "listed"] {
        link(name).await;
    }
    assert_eq!(swift.remove_object(&container, "removed").await.expect("removed").objects, 1);
    assert!(!is_there(&swift, &container, "removed").await);
    large(&swift, &container, "replaced", &File::new(&noise(SIZE, 42))).send().await.expect("stored");
    swift.move_object((&container, "moved"), (&container, "moved there")).await.expect("moved");
    let moved = swift.show_object(&container, "moved there").symlink("get").send().await.expect("a link");
    assert_eq!(moved.symlink_target.as_deref(), Some(target.as_str()));
    assert!(!is_there(&swift, &container, "moved").await);
    assert!(content(&swift, &container, "moved there").await == body);
    swift.copy_whole((&container, "moved there"), (&container, "copied")).send().await.expect("copied");
    swift.remove_object(&container, "moved there").await.expect("removed");
    for (_, outcome) in swift.remove_many(&container, vec!["listed".to_owned(), "absent".to_owned()]).await {
        outcome.expect("removed");
    }
    for name in ["target", "copied"] {
        assert!(content(&swift, &container, name).await == body, "{name}");
    }
    segments(&swift, &container, 3 + 3).await;
}

/// What is copied or moved over a large object takes its segments away; what was moved goes with its segments, and leaves no mark.
pub(crate) async fn of_copies(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "from").await;
    let elsewhere = containers(&cloud, &scope, "to").await;
    let body = noise(SIZE, 43);
    let file = File::new(&body);
    swift.upload(&container, "small").from_bytes("small").send().await.expect("stored");
    for name in ["a", "b", "c"] {
        large(&swift, &container, name, &file).send().await.expect("stored");
    }
    swift.copy_whole((&container, "small"), (&container, "a")).send().await.expect("copied");
    assert_eq!(content(&swift, &container, "a").await, b"small");
    swift.move_object((&container, "small"), (&container, "b")).await.expect("moved");
    assert_eq!(content(&swift, &container, "b").await, b"small");
    segments(&swift, &container, 3).await;
    // Twice, and the name is used again meanwhile.
    swift.move_object((&container, "c"), (&elsewhere, "c/1")).await.expect("moved");
    let other = File::new(&noise(SIZE, 44));
    large(&swift, &container, "c", &other).send().await.expect("stored");
    large(&swift, &container, "c", &file).send().await.expect("stored");
    swift.move_object((&elsewhere, "c/1"), (&elsewhere, "c/2")).await.expect("moved");
    assert!(content(&swift, &elsewhere, "c/2").await == body);
    assert!(swift.move_object((&elsewhere, "c/1"), (&elsewhere, "c/3")).await.expect_err("gone").is_not_found());
    segments(&swift, &container, 3 + 3).await;
    assert_eq!(swift.remove_object(&elsewhere, "c/2").await.expect("removed").objects, 4);
    assert!(content(&swift, &container, "c").await == body);
    assert_eq!(swift.remove_object(&container, "c").await.expect("removed").objects, 4);
    segments(&swift, &container, 0).await;
    let error = swift.copy_whole((&container, "a"), (&container, "a")).send().await.expect_err("the same");
    assert_eq!(error.kind(), k5::ErrorKind::InvalidInput, "{error}");
    let error = swift.copy_whole((&container, "a"), (&container, "b")).no_clobber(true).send().await.expect_err("it is there");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(412), "{error}");
}

/// A manifest that somebody copied by hand: its segments stay as long as the object that they were stored for is made of them.
pub(crate) async fn of_copied_manifests(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "shared").await;
    let body = noise(SIZE, 45);
    large(&swift, &container, "o", &File::new(&body)).send().await.expect("stored");
    swift.copy((&container, "o"), (&container, "by hand")).multipart_manifest("get").send().await.expect("copied");
    let removed = swift.remove_object(&container, "by hand").await.expect("removed");
    assert_eq!((removed.objects, removed.left, removed.why), (1, 3, Some(Left::InUse)));
    assert!(content(&swift, &container, "o").await == body);
    assert_eq!(swift.remove_object(&container, "o").await.expect("removed").objects, 4);
    segments(&swift, &container, 0).await;
}

/// Segments of other clients, in containers of other names, go with their objects too, of many as of one.
pub(crate) async fn of_other_clients(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let (container, parts) = (scope.container(&cloud, "swift").await, scope.container(&cloud, "parts").await);
    let mut names = Vec::new();
    for name in ["d/one", "d/two", "e"] {
        let mut manifest = Vec::new();
        for n in 0..2 {
            let part = format!("{name}/slo/1700000000.000000/20/10/0000000{n}");
            let stored = swift.upload(&parts, &part).from_bytes("0123456789").send().await.expect("stored");
            manifest.push(Segment::new(&parts, &part, stored.etag.expect("an ETag"), 10));
        }
        swift.put_manifest(&container, name, &manifest).send().await.expect("stored");
        names.push(name.to_owned());
    }
    swift.upload(&container, "f").from_bytes("plain").send().await.expect("stored");
    names.push("f".to_owned());
    let left = async |count: usize| {
        k5_tests::eventually("they are gone", async || {
            (swift.list_objects(&parts).send().await.expect("listed").items.len() == count).then_some(())
        })
        .await;
    };
    // Replaced, then removed.
    swift.upload(&container, "e").from_bytes("small").remove_old_segments(true).send().await.expect("stored");
    left(4).await;
    let outcomes = swift.remove_many(&container, names).await;
    assert_eq!(outcomes.len(), 4);
    let removed: u64 = outcomes.into_iter().map(|(_, outcome)| outcome.expect("removed").objects).sum();
    assert_eq!(removed, 4 + 4);
    left(0).await;
}

/// Where a container keeps old versions, they stay readable whatever becomes of the object.
pub(crate) async fn of_versions(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.name("versioned");
    scope.container(&cloud, "versioned_segments").await;
    swift.create_container(&container).versions_enabled(true).send().await.expect("created");
    let bodies = [noise(SIZE, 46), noise(SIZE, 47)];
    for body in &bodies {
        large(&swift, &container, "o", &File::new(body)).send().await.expect("stored");
    }
    swift.upload(&container, "o").from_bytes("small").remove_old_segments(true).send().await.expect("stored");
    large(&swift, &container, "p", &File::new(&bodies[0])).send().await.expect("stored");
    let removed = swift.remove_object(&container, "p").await.expect("removed");
    assert_eq!((removed.objects, removed.left, removed.why), (1, 3, Some(Left::Versions)));
    swift.remove_object(&container, "o").await.expect("removed");
    segments(&swift, &container, 9).await;
    // Whatever becomes of what was moved on from there.
    let (other, _) = (scope.container(&cloud, "plain").await, scope.container(&cloud, "plain_segments").await);
    large(&swift, &other, "r", &File::new(&bodies[0])).send().await.expect("stored");
    swift.move_object((&other, "r"), (&container, "r")).await.expect("moved");
    swift.move_object((&container, "r"), (&other, "s")).await.expect("moved");
    swift.upload(&other, "s").from_bytes("small").remove_old_segments(true).send().await.expect("stored");
    segments(&swift, &other, 3).await;
    // Those that it has kept outlast its keeping.
    large(&swift, &container, "q", &File::new(&bodies[1])).send().await.expect("stored");
    swift.update_container(&container).versions_enabled(false).send().await.expect("updated");
    let removed = swift.remove_object(&container, "q").await.expect("removed");
    assert_eq!((removed.objects, removed.left, removed.why), (1, 3, Some(Left::Versions)));
    segments(&swift, &container, 12).await;
    let listed = swift.list_objects(&container).versions(true).send().await.expect("listed").items;
    let mut read = 0;
    for version in listed.into_iter() {
        if version.content_type.as_deref().is_some_and(|kind| kind.starts_with("application/x-deleted")) {
            continue;
        }
        let id = version.version_id.expect("a version");
        let download = swift.download_object(&container, &version.name).version_id(&id).send().await.expect("there");
        let bytes = download.collect(1 << 20).await.expect("whole").to_vec();
        assert!(bodies.contains(&bytes) || bytes == b"small", "{} {id}", version.name);
        read += 1;
    }
    assert_eq!(read, 6);
    // Nor are they orphans.
    let found = swift.orphaned_segments(&container, std::time::Duration::ZERO).await.expect("searched");
    assert!(found.segments.is_empty() && found.unreadable.is_empty(), "{found:?}");
}

/// The older way, by a second container.
pub(crate) async fn of_versions_elsewhere(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let old = scope.container(&cloud, "archive").await;
    let container = scope.name("stacked");
    scope.container(&cloud, "stacked_segments").await;
    swift.create_container(&container).versions_location(&old).send().await.expect("created");
    let bodies = [noise(SIZE, 48), noise(SIZE, 49)];
    for body in &bodies {
        large(&swift, &container, "o", &File::new(body)).send().await.expect("stored");
    }
    let removed = swift.remove_object(&container, "o").await.expect("removed");
    assert_eq!(removed.why, Some(Left::Versions));
    assert!(content(&swift, &container, "o").await == bodies[0], "the deletion brings it back");
}

/// Segments expire with their object, and not before it when its expiry is put off.
pub(crate) async fn of_expiring_objects(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "expiring").await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let (soon, late) = (now + 3_600, now + 7_200);
    for name in ["set", "lifted", "moved"] {
        let stored = large(&swift, &container, name, &File::new(&noise(SIZE, 55))).delete_at(soon).send().await;
        stored.expect("stored");
    }
    let change = MetadataChange::new().delete_at(late);
    swift.change_object_metadata(&container, "set", &change).await.expect("changed");
    let change = MetadataChange::new().keep_for_ever();
    swift.change_object_metadata(&container, "lifted", &change).await.expect("changed");
    let copy = swift.copy_whole((&container, "moved"), (&container, "there")).move_source(true).delete_at(late);
    copy.send().await.expect("moved");
    let of_segments = format!("{container}_segments");
    let mut seen = 0;
    for object in swift.list_objects(&of_segments).items().collect().await.expect("listed") {
        let name = object.name;
        let info = swift.show_object(&of_segments, &name).send().await.expect("there");
        let wanted = (!name.starts_with("lifted/")).then_some(late);
        // The mark of a move is as good as the move.
        assert_eq!(info.delete_at, wanted, "{name}");
        seen += 1;
    }
    assert!(seen >= 3 * 3, "{seen}");
}

/// A container that keeps versions no more has those of before still, and neither an upload nor a deletion takes their segments.
pub(crate) async fn of_versions_of_before(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let bodies = [noise(SIZE, 51), noise(SIZE, 52), noise(SIZE, 53), noise(SIZE, 54)];
    let store = async |container: &str, n: usize| {
        large(&swift, container, "o", &File::new(&bodies[n])).send().await.expect("stored");
    };
    let container = scope.name("suspended");
    scope.container(&cloud, "suspended_segments").await;
    swift.create_container(&container).versions_enabled(true).send().await.expect("created");
    store(&container, 0).await;
    store(&container, 1).await;
    swift.update_container(&container).versions_enabled(false).send().await.expect("suspended");
    store(&container, 2).await;
    swift.upload(&container, "o").from_bytes("small").remove_old_segments(true).send().await.expect("stored");
    swift.remove_object(&container, "o").await.expect("removed");
    let listed = swift.list_objects(&container).versions(true).send().await.expect("listed").items;
    let mut read = 0;
    for version in listed.into_iter().filter(|version| version.bytes == SIZE as u64) {
        let id = version.version_id.expect("a version");
        let download = swift.download_object(&container, "o").version_id(&id).send().await.expect("there");
        assert!(bodies[..2].contains(&download.collect(1 << 20).await.expect("whole").to_vec()), "{id}");
        read += 1;
    }
    assert_eq!(read, 2);

    let old = scope.container(&cloud, "kept").await;
    let container = scope.name("keeping");
    scope.container(&cloud, "keeping_segments").await;
    swift.create_container(&container).versions_location(&old).send().await.expect("created");
    store(&container, 0).await;
    // A deletion brings an old version back, and a move is one: with the other way, both leave a version.
    swift.update_container(&container).remove_versions_location().history_location(&old).send().await.expect("changed");
    store(&container, 1).await;
    store(&container, 2).await;
    swift.move_object((&container, "o"), (&old, "moved")).await.expect("moved");
    swift.update_container(&container).remove_history_location().send().await.expect("changed");
    // Another writer's new object looks for what earlier ones left.
    store(&container, 3).await;
    swift.upload(&container, "o").from_bytes("small").remove_old_segments(true).send().await.expect("stored");
    swift.remove_object(&old, "moved").await.expect("removed");
    let mut versions = swift.list_objects(&old).items();
    let mut read = Vec::new();
    while let Some(version) = versions.try_next().await.expect("listed") {
        let name = version.name;
        let body = content(&swift, &old, &name).await;
        read.extend(bodies.iter().position(|other| *other == body));
    }
    read.sort_unstable();
    assert_eq!(read, [0, 1, 2]);
    // What nothing refers to is an orphan all the same.
    let found = swift.orphaned_segments(&container, std::time::Duration::ZERO).await.expect("searched");
    assert!(found.segments.is_empty() && found.unreadable.is_empty(), "{found:?}");
    swift.remove_many(&old, Vec::from(["moved".to_owned()])).await;
    let mut versions = swift.list_objects(&old).items();
    while let Some(version) = versions.try_next().await.expect("listed") {
        swift.delete_object(&old, &version.name).send().await.expect("deleted");
    }
    let found = swift.orphaned_segments(&container, std::time::Duration::ZERO).await.expect("searched");
    swift.remove_orphaned_segments(&container, &found.segments).await.expect("removed");
    segments(&swift, &container, 0).await;
}

/// Of a dynamic large object only segments go; what merely begins in the same way stays, and is told.
pub(crate) async fn of_prefixes(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = scope.container(&cloud, "wide").await;
    for (name, body) in [("a/1", "one"), ("a/2", "two"), ("a/notes.txt", "mine"), ("a/b/1", "mine"), ("ab", "mine")] {
        swift.upload(&container, name).from_bytes(body).send().await.expect("stored");
    }
    swift.put_dynamic_manifest(&container, "all", &container, "a").send().await.expect("stored");
    let removed = swift.remove_object(&container, "all").await.expect("removed");
    assert_eq!((removed.objects, removed.left, removed.why), (1, 6, Some(Left::OtherNames)));
    swift.put_dynamic_manifest(&container, "some", &container, "a/").send().await.expect("stored");
    let removed = swift.remove_object(&container, "some").await.expect("removed");
    assert_eq!((removed.objects, removed.left, removed.why), (3, 2, Some(Left::OtherNames)));
    for name in ["a/notes.txt", "a/b/1", "ab"] {
        assert!(is_there(&swift, &container, name).await, "{name}");
    }
    // rclone's prefixes end in no `/`; what replaces or removes such an object takes its segments along.
    let prefix = "r/1795909347.949857135/2000000";
    for n in 0..2 {
        swift.upload(&container, &format!("{prefix}/0000000{n}")).from_bytes("part").send().await.expect("stored");
    }
    swift.put_dynamic_manifest(&container, "r", &container, prefix).send().await.expect("stored");
    assert_eq!(swift.remove_object(&container, "r").await.expect("removed").objects, 3);
    scope.container(&cloud, "wide_segments").await;
    let file = File::new(&noise(SIZE, 50));
    large(&swift, &container, "d", &file).layout(Layout::Dynamic).send().await.expect("stored");
    assert_eq!(swift.remove_object(&container, "d").await.expect("removed").objects, 4);
    segments(&swift, &container, 0).await;
}

/// More than one object may hold is copied by its segments, each of them once; its manifest may have bytes of its own.
pub(crate) async fn of_huge_objects(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "huge").await;
    let parts = scope.container(&cloud, "huge parts").await;
    // A small object that is named so often that a single one can't hold it.
    let part = noise(6_000_000, 51);
    let stored = swift.upload(&parts, "part").from_bytes(part.clone()).send().await.expect("stored");
    let mut segment = Segment::new(&parts, "part", stored.etag.expect("an ETag"), part.len() as u64);
    let mut manifest = vec![segment.clone(); 950];
    manifest.push(Segment::inline(b"between"));
    segment.range = Some("10-19".to_owned());
    manifest.push(segment);
    swift.put_manifest(&container, "o", &manifest).content_type("text/x-huge").metadata("a", "1").send().await.expect("stored");
    swift.copy_whole((&container, "o"), (&container, "copy")).metadata("b", "2").send().await.expect("copied");
    let info = swift.show_object(&container, "copy").send().await.expect("shown");
    let size = 950 * part.len() as u64 + 7 + 10;
    assert_eq!((info.content_length, info.content_type.as_deref()), (Some(size), Some("text/x-huge")));
    assert_eq!((info.metadata["a"].as_str(), info.metadata["b"].as_str()), ("1", "2"));
    segments(&swift, &container, 1).await;
    swift.delete_object(&parts, "part").send().await.expect("deleted");
    let end = swift.download_object(&container, "copy").range("bytes=-20").send().await.expect("read");
    let expected: Vec<u8> = [&part[part.len() - 3..], b"between", &part[10..20]].concat();
    assert_eq!(end.collect(100).await.expect("whole").to_vec(), expected);
    assert_eq!(swift.remove_object(&container, "copy").await.expect("removed").objects, 2);
    segments(&swift, &container, 0).await;
    swift.delete_object(&container, "o").send().await.expect("deleted");
}

/// A manifest with bytes of its own is replaced, moved and removed as any other, and keeps no collection of segments from its work.
pub(crate) async fn of_inline_bytes(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "inline").await;
    let file = File::new(&noise(SIZE, 52));
    large(&swift, &container, "kept", &file).send().await.expect("stored");
    let parts = format!("{container}_segments");
    for name in ["a", "b"] {
        let part = format!("{name}/slo/1700000000.000000/20/10/00000000");
        let stored = swift.upload(&parts, &part).from_bytes("0123456789").send().await.expect("stored");
        let manifest = [Segment::new(&parts, &part, stored.etag.expect("an ETag"), 10), Segment::inline(b"inline")];
        swift.put_manifest(&container, name, &manifest).send().await.expect("stored");
    }
    let found = swift.orphaned_segments(&container, std::time::Duration::ZERO).await.expect("searched");
    assert!(found.segments.is_empty() && found.unreadable.is_empty(), "{found:?}");
    swift.move_object((&container, "a"), (&container, "moved")).await.expect("moved");
    assert_eq!(content(&swift, &container, "moved").await, b"0123456789inline");
    large(&swift, &container, "b", &file).send().await.expect("stored");
    segments(&swift, &container, 3 + 1 + 3).await;
    assert_eq!(swift.remove_object(&container, "moved").await.expect("removed").objects, 2);
    segments(&swift, &container, 3 + 3).await;
}

/// ETags in quotes are ETags.
pub(crate) async fn of_quoted_etags(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = containers(&cloud, &scope, "quoted").await;
    let raw = Raw::of(&cloud).await;
    for name in [container.clone(), format!("{container}_segments")] {
        let quoted = raw.send("POST", &name, &[("X-Container-Rfc-Compliant-Etags", "true")], "").await;
        assert_eq!(quoted.status, 204);
    }
    let body = noise(SIZE, 53);
    let file = File::new(&body);
    large(&swift, &container, "o", &file).send().await.expect("stored");
    assert_eq!(large(&swift, &container, "o", &file).send().await.expect("stored").reused, SIZE as u64);
    swift.upload(&container, "small").from_bytes("small").send().await.expect("stored");
    swift.move_object((&container, "small"), (&container, "moved")).await.expect("moved");
    swift.move_object((&container, "o"), (&container, "p")).await.expect("moved");
    assert!(content(&swift, &container, "p").await == body);
    assert_eq!(swift.remove_object(&container, "p").await.expect("removed").objects, 4);
    segments(&swift, &container, 0).await;
}

k5_tests::cases! {
    of_links [object_storage.upload_object, object_storage.copy_object, object_storage.delete_object]
    of_copies [object_storage.copy_object, object_storage.delete_object]
    of_copied_manifests [object_storage.copy_object, object_storage.delete_object]
    of_other_clients [object_storage.upload_object, object_storage.bulk_delete]
    of_versions [object_storage.list_objects, object_storage.delete_object]
    of_versions_elsewhere [object_storage.create_container, object_storage.delete_object]
    of_expiring_objects [object_storage.update_object, object_storage.copy_object]
    of_versions_of_before [object_storage.upload_object, object_storage.delete_object]
    of_prefixes [object_storage.delete_object]
    of_huge_objects [object_storage.copy_object, object_storage.upload_object]
    of_inline_bytes [object_storage.upload_object, object_storage.copy_object]
    of_quoted_etags [object_storage.upload_object]
}
