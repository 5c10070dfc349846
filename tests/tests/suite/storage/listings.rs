//! Listings.

use k5::Cloud;
use k5::model::Entry;
use k5::object_storage::Object;
use k5_tests::Scope;

async fn fill(cloud: &Cloud, scope: &Scope, names: &[&str]) -> String {
    let container = scope.container(cloud, "listing").await;
    for name in names {
        cloud.object_storage().upload(&container, name).from_bytes(name.as_bytes().to_vec()).send().await.expect("stored");
    }
    container
}

/// The names on the page that a listing begins with, as they are; rolled-up ones in brackets.
macro_rules! shown {
    ($listing:expr) => {{
        let items = $listing.send().await.expect("listed").items;
        items.iter().map(Shown::shown).collect::<Vec<_>>().join(" ")
    }};
}

trait Shown {
    fn shown(&self) -> String;
}

impl Shown for Object {
    fn shown(&self) -> String {
        self.name.clone()
    }
}

impl Shown for Entry<Object> {
    fn shown(&self) -> String {
        match self {
            Self::Item(object) => object.shown(),
            Self::Subdir(name) => format!("[{name}]"),
        }
    }
}

/// Prefix, delimiter, path, markers, limit and the reverse order, alone and together.
pub(crate) async fn cut_and_rolled_up(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = fill(&cloud, &scope, &["a", "b/1", "b/2", "b/c/3", "b/c/4", "d", "é"]).await;
    let list = || swift.list_objects(&container);
    assert_eq!(shown!(list()), "a b/1 b/2 b/c/3 b/c/4 d é");
    assert_eq!(shown!(list().prefix("b/")), "b/1 b/2 b/c/3 b/c/4");
    assert_eq!(shown!(list().delimiter("/")), "a [b/] d é");
    assert_eq!(shown!(list().prefix("b/").delimiter("/")), "b/1 b/2 [b/c/]");
    assert_eq!(shown!(list().path("b")), "b/1 b/2");
    assert_eq!(shown!(list().marker("b/2")), "b/c/3 b/c/4 d é");
    assert_eq!(shown!(list().end_marker("b/2")), "a b/1");
    assert_eq!(shown!(list().marker("a").end_marker("b/c/4")), "b/1 b/2 b/c/3");
    assert_eq!(shown!(list().limit(2)), "a b/1");
    assert_eq!(shown!(list().limit(2).marker("d")), "é");
    assert_eq!(shown!(list().limit(2).delimiter("/")), "a [b/]");
    assert_eq!(shown!(list().delimiter("/").marker("b/")), "d é");
    assert_eq!(shown!(list().reverse(true)), "é d b/c/4 b/c/3 b/2 b/1 a");
    assert_eq!(shown!(list().reverse(true).marker("b/c/4").end_marker("a")), "b/c/3 b/2 b/1");
    assert_eq!(shown!(list().prefix("none")), "");
    assert_eq!(shown!(list().entries().limit(2)), "a b/1");
    assert_eq!(shown!(list().entries().delimiter("c").prefix("b/")), "b/1 b/2 [b/c]");
    let error = swift.list_objects(&format!("{container}-missing")).send().await.expect_err("no such container");
    assert!(error.is_not_found(), "{error}");
    let error = list().limit(1_000_000).send().await.expect_err("more than a page may hold");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(412), "{error}");
}

/// Each item once, whatever the size of a page, also with rolled-up names between them and backwards.
pub(crate) async fn pages(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let names: Vec<String> = (0..23).map(|n| format!("{:02}/{n:03}", n / 3)).collect();
    let container = fill(&cloud, &scope, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let names_of = |objects: Vec<Object>| objects.into_iter().map(|object| object.name);
    for limit in [1, 2, 5, 23, 24] {
        let all = swift.list_objects(&container).limit(limit).items().collect().await.expect("listed");
        assert_eq!(names_of(all).collect::<Vec<_>>(), names, "{limit} at a time");
        let all = swift.list_objects(&container).limit(limit).reverse(true).items().collect().await.expect("listed");
        assert_eq!(names_of(all).collect::<Vec<_>>(), names.iter().rev().cloned().collect::<Vec<_>>(), "{limit} at a time");
        let folders = swift.list_objects(&container).delimiter("/").limit(limit).items().collect().await.expect("listed");
        assert_eq!(folders.len(), 8, "{limit} at a time: {folders:?}");
    }
    let all = swift.list_objects(&container).items().collect().await.expect("listed");
    assert_eq!(names_of(all).collect::<Vec<_>>(), names);
    for n in 0..3 {
        scope.container(&cloud, &format!("page-{n}")).await;
    }
    let prefix = format!("{}page-", scope.prefix());
    k5_tests::eventually("three containers, one at a time", async || {
        let all = swift.list_containers().prefix(&prefix).limit(1).items().collect().await.expect("listed");
        (all.len() == 3).then_some(())
    })
    .await;
}

/// Size, checksum, time and media type.
pub(crate) async fn describe_objects(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let container = fill(&cloud, &scope, &["hello.txt"]).await;
    let page = swift.list_objects(&container).newest(true).send().await.expect("listed");
    let [object] = &page.items[..] else { panic!("one object: {:?}", page.items) };
    assert_eq!((object.name.as_str(), object.bytes), ("hello.txt", 9));
    assert_eq!(object.hash.as_deref(), Some("2e54144ba487ae25d03a3caba233da71"));
    assert_eq!(object.content_type.as_deref(), Some("text/plain"));
    let listed = object.last_modified.as_ref().expect("a time");
    assert!(!listed.as_str().contains('Z'), "a listing writes no zone: {listed}");
    let info = swift.show_object(&container, "hello.txt").send().await.expect("shown");
    let difference = info.last_modified.expect("a time").unix_seconds() - listed.unix_seconds();
    assert!((0..=1).contains(&difference), "the header is rounded up to a second: {difference}");
    assert!(page.info.object_count.is_some() && page.info.trans_id.is_some());
}

/// All versions of all names, though one name has more of them than a page has entries.
pub(crate) async fn versions_over_pages(cloud: Cloud, scope: Scope) {
    let swift = cloud.object_storage();
    let known = swift.show_info().send().await.expect("the cluster's limits");
    if known.get("object_versioning").is_none() {
        return;
    }
    let container = scope.name("versions");
    swift.create_container(&container).versions_enabled(true).send().await.expect("created");
    for (name, versions) in [("a", 1), ("b ü", 5), ("c", 2)] {
        for n in 0..versions {
            swift.upload(&container, name).from_bytes(n.to_string()).send().await.expect("stored");
        }
    }
    for limit in [1, 2, 3, 100] {
        let listed = swift.list_objects(&container).versions(true).limit(limit).items().collect().await.expect("listed");
        let versions: Vec<_> = listed.into_iter().map(|it| (it.name, it.version_id)).collect();
        let unique: std::collections::BTreeSet<_> = versions.iter().collect();
        assert_eq!((versions.len(), unique.len()), (8, 8), "{limit}: {versions:?}");
        assert_eq!(versions.iter().filter(|(name, _)| name == "b ü").count(), 5, "{limit}");
    }
    let plain = swift.list_objects(&container).limit(1).items().collect().await.expect("listed");
    assert_eq!(plain.len(), 3);
}

k5_tests::cases! {
    cut_and_rolled_up [object_storage.list_objects]
    pages [object_storage.list_objects, object_storage.list_containers]
    versions_over_pages [object_storage.list_objects]
    describe_objects [object_storage.list_objects]
}
