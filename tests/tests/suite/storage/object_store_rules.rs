//! What a store over Swift promises beyond the integration tests of `object_store`.

use futures_util::{StreamExt, TryStreamExt};
use k5::object_storage::meta::SERVICE;
use k5::{Cloud, Secret, WithOptions};
use k5_object_store::v0_13::{SwiftRegistry, parse_url_with};
use k5_object_store::{Limits, SwiftStore};
use k5_tests::Scope;
use k5_tests::bytes::noise;
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::registry::ObjectStoreRegistry;
use object_store::signer::Signer;
use object_store::{
    Attribute, Attributes, Error, GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions,
    PutOptions, TagSet,
};
use std::sync::Arc;
use std::time::Duration;

async fn store(cloud: &Cloud, scope: &Scope) -> SwiftStore {
    let container = scope.container(cloud, "store").await;
    scope.name("store_segments");
    SwiftStore::new(cloud.object_storage(), &container).expect("a store")
}

/// The names in the container of segments; none where there is no such container.
async fn segments(store: &SwiftStore) -> Vec<String> {
    let container = format!("{}_segments", store.container());
    match store.storage().list_objects(&container).items().collect().await {
        Ok(listed) => listed.into_iter().map(|object| object.name).collect(),
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

async fn read(store: &SwiftStore, path: &str) -> Vec<u8> {
    store.get(&Path::from(path)).await.expect("there").bytes().await.expect("whole").to_vec()
}

/// Stores an object in parts.
async fn in_parts(store: &SwiftStore, path: &str, parts: &[Vec<u8>]) {
    let mut upload = store.put_multipart(&Path::from(path)).await.expect("begun");
    for part in parts {
        upload.put_part(part.clone().into()).await.expect("stored");
    }
    upload.complete().await.expect("completed");
}

/// Whatever replaces, moves or deletes an object of parts leaves no part behind.
async fn parts_go_with_their_object(cloud: Cloud, scope: Scope) {
    let store = store(&cloud, &scope).await;
    let parts = [noise(300_000, 1), Vec::new(), noise(70_000, 2)];
    in_parts(&store, "a", &parts).await;
    assert!(read(&store, "a").await == parts.concat());
    let meta = store.head(&Path::from("a")).await.expect("there");
    assert_eq!(meta.size, 370_000);
    let listed = store.list(None).try_next().await.expect("listed").expect("one");
    assert_eq!((listed.size, listed.e_tag), (meta.size, meta.e_tag), "a listing and a HEAD agree");

    store.rename(&"a".into(), &"b".into()).await.expect("moved");
    assert!(read(&store, "b").await == parts.concat());
    assert!(segments(&store).await.len() >= 2);
    in_parts(&store, "b", &[noise(100_000, 3)]).await;
    assert!(read(&store, "b").await == noise(100_000, 3));
    store.put(&"b".into(), "small".into()).await.expect("replaced");
    assert_eq!(segments(&store).await, [""; 0]);

    in_parts(&store, "c", &parts).await;
    store.delete(&"c".into()).await.expect("deleted");
    in_parts(&store, "empty", &[]).await;
    assert_eq!(store.head(&"empty".into()).await.expect("there").size, 0);
    assert_eq!(segments(&store).await, [""; 0]);
}

/// An aborted upload leaves nothing, and what was there before.
async fn an_abort_leaves_nothing(cloud: Cloud, scope: Scope) {
    let store = store(&cloud, &scope).await;
    let path = Path::from("a");
    store.put(&path, "before".into()).await.expect("stored");
    let mut upload = store.put_multipart(&path).await.expect("begun");
    let parts: Vec<_> = (0..12).map(|seed| upload.put_part(noise(50_000, seed).into())).collect();
    let mut parts = futures_util::stream::iter(parts).buffer_unordered(12);
    parts.next().await.expect("one").expect("stored");
    // The others are anywhere: sent, in flight, or not begun.
    drop(parts);
    upload.abort().await.expect("aborted");
    assert_eq!(segments(&store).await, [""; 0]);
    assert_eq!(read(&store, "a").await, b"before");
    let error = upload.put_part("late".into()).await.expect_err("it is over");
    assert!(matches!(error, Error::Generic { .. }), "{error}");

    // The same by its id, which a process of its own may have.
    let id = store.create_multipart(&path).await.expect("begun");
    let part = store.put_part(&path, &id, 0, "x".into()).await.expect("stored");
    store.abort_multipart(&path, &id).await.expect("aborted");
    assert_eq!(segments(&store).await, [""; 0]);
    store.complete_multipart(&path, &id, vec![part]).await.expect_err("its part is gone");
    assert_eq!(read(&store, "a").await, b"before");
    for wrong in ["", "../x", "1.5/2"] {
        store.put_part(&path, &wrong.to_owned(), 0, "x".into()).await.expect_err("no such upload");
    }
}

/// A part can be stored again; the answer that is handed over counts. Parts out of place are refused, and completing twice is not.
async fn parts_by_id(cloud: Cloud, scope: Scope) {
    let store = store(&cloud, &scope).await;
    let path = Path::from("a");
    let id = store.create_multipart(&path).await.expect("begun");
    let wrong = store.put_part(&path, &id, 0, "wrong".into()).await.expect("stored");
    let right = store.put_part(&path, &id, 0, "right".into()).await.expect("stored");
    let last = store.put_part(&path, &id, 1, " and last".into()).await.expect("stored");
    let error = store.complete_multipart(&path, &id, vec![last.clone(), right.clone()]).await.expect_err("out of place");
    assert!(error.to_string().contains("in the place of part 0"), "{error}");
    assert_ne!(wrong.content_id, right.content_id);
    let put = store.complete_multipart(&path, &id, vec![right.clone(), last.clone()]).await.expect("completed");
    assert_eq!(read(&store, "a").await, b"right and last");
    let again = store.complete_multipart(&path, &id, vec![right, last]).await.expect("it is what is there");
    assert_eq!(put.e_tag, again.e_tag);
}

/// A copy or a move to a name that must be free, whatever the size: the first one succeeds, the others say that it is taken.
async fn a_name_that_must_be_free(cloud: Cloud, scope: Scope) {
    let store = store(&cloud, &scope).await;
    for (size, to) in [(0, "empty"), (1000, "small"), (2_000_000, "large")] {
        for moves in [false, true] {
            let (from, target) = (Path::from("from"), Path::from(format!("{to} {moves}")));
            let attributes =
                Attributes::from_iter([(Attribute::ContentType, "text/csv"), (Attribute::Metadata("colour".into()), "green")]);
            let opts = PutOptions { attributes: attributes.clone(), ..PutOptions::default() };
            store.put_opts(&from, noise(size, 1).into(), opts).await.expect("stored");
            let copy = async || match moves {
                false => store.copy_if_not_exists(&from, &target).await,
                true => store.rename_if_not_exists(&from, &target).await,
            };
            copy().await.expect("free");
            assert_eq!(store.head(&from).await.is_ok(), !moves);
            store.put(&from, "another".into()).await.expect("stored");
            let error = copy().await.expect_err("taken");
            assert!(matches!(&error, Error::AlreadyExists { path, .. } if path == target.as_ref()), "{error:?}");
            assert_eq!(read(&store, "from").await, b"another");
            let got = store.get(&target).await.expect("there");
            assert_eq!(got.attributes, attributes);
            assert!(got.bytes().await.expect("whole") == noise(size, 1), "{target}");
            store.delete(&target).await.expect("deleted");
        }
    }
    assert_eq!(segments(&store).await, [""; 0]);
}

/// An object that is copied or moved onto itself stays.
async fn onto_itself(cloud: Cloud, scope: Scope) {
    let store = store(&cloud, &scope).await;
    let path = Path::from("a/b");
    assert!(matches!(store.rename(&path, &path).await, Err(Error::NotFound { .. })));
    store.put(&path, "here".into()).await.expect("stored");
    store.copy(&path, &path).await.expect("nothing to do");
    store.rename(&path, &path).await.expect("nothing to do");
    assert!(matches!(store.rename_if_not_exists(&path, &path).await, Err(Error::AlreadyExists { .. })));
    assert_eq!(read(&store, "a/b").await, b"here");
}

/// Times are compared to the microsecond, and ETags as lists; where there is an ETag, the time does not count.
async fn conditions(cloud: Cloud, scope: Scope) {
    let store = store(&cloud, &scope).await;
    let path = Path::from("a");
    store.put(&path, "0123456789".into()).await.expect("stored");
    let meta = store.head(&path).await.expect("there");
    let listed = store.list(None).try_next().await.expect("listed").expect("one");
    assert_eq!((&listed.e_tag, listed.last_modified), (&meta.e_tag, meta.last_modified), "a listing and a HEAD agree");
    let (at, step) = (meta.last_modified, chrono::TimeDelta::microseconds(10));
    for head in [false, true] {
        let get = |options: GetOptions| store.get_opts(&path, options.with_head(head));
        get(GetOptions::new().with_if_unmodified_since(Some(at))).await.expect("not since");
        let error = get(GetOptions::new().with_if_unmodified_since(Some(at - step))).await.expect_err("since");
        assert!(matches!(error, Error::Precondition { .. }), "{error}");
        get(GetOptions::new().with_if_modified_since(Some(at - step))).await.expect("since");
        let error = get(GetOptions::new().with_if_modified_since(Some(at))).await.expect_err("not since");
        assert!(matches!(error, Error::NotModified { .. }), "{error}");
        let tag = meta.e_tag.clone().expect("an ETag");
        get(GetOptions::new().with_if_match(Some(format!("\"x\",{tag}")))).await.expect("one of them");
        let both = GetOptions::new().with_if_match(Some(tag.clone())).with_if_unmodified_since(Some(at - step));
        get(both).await.expect("the ETag decides");
        let error = get(GetOptions::new().with_if_none_match(Some(format!("\"x\", {tag}")))).await.expect_err("one of them");
        assert!(matches!(error, Error::NotModified { .. }), "{error}");
    }
}

/// Ranges at the edges, of objects with and without bytes.
async fn edges_of_ranges(cloud: Cloud, scope: Scope) {
    let store = store(&cloud, &scope).await;
    let (path, empty) = (Path::from("a"), Path::from("empty"));
    store.put(&path, "0123456789".into()).await.expect("stored");
    store.put(&empty, "".into()).await.expect("stored");
    let get = async |path: &Path, range: GetRange| {
        let got = store.get_opts(path, GetOptions::new().with_range(Some(range))).await?;
        let range = got.range.clone();
        Ok::<_, Error>((range, got.bytes().await?))
    };
    assert_eq!(get(&path, GetRange::Suffix(0)).await.expect("none"), (10..10, "".into()));
    assert_eq!(get(&empty, GetRange::Suffix(5)).await.expect("none"), (0..0, "".into()));
    for (path, range) in [
        (&path, GetRange::Bounded(10..11)),
        (&path, GetRange::Offset(10)),
        (&empty, GetRange::Offset(0)),
        (&path, GetRange::Bounded(3..3)),
    ] {
        let error = get(path, range.clone()).await.expect_err("no bytes");
        assert!(matches!(error, Error::Generic { .. }), "{range:?}: {error}");
    }
    let ranges = store.get_ranges(&path, &[8..20, 0..2, 1..3]).await.expect("read");
    assert_eq!(ranges, ["89", "01", "12"]);
    store.get_ranges(&path, &[0..2, 10..12]).await.expect_err("nothing there");
    store.get_ranges(&path, &[0..1, 5..5]).await.expect_err("no bytes");
    assert_eq!(store.get_ranges(&path, &[]).await.expect("none"), [""; 0]);
}

/// Tags are kept, an attribute that Swift does not have is refused, and metadata has any name.
async fn what_is_stored_with_an_object(cloud: Cloud, scope: Scope) {
    let store = store(&cloud, &scope).await;
    let path = Path::from("a");
    let mut tags = TagSet::default();
    tags.push("cost centre", "a&b");
    let attributes = Attributes::from_iter([
        (Attribute::Metadata("a_b".into()), "1"),
        (Attribute::Metadata("a-b".into()), "2"),
        (Attribute::Metadata("größe".into()), "3"),
        (Attribute::CacheControl, "no-store"),
        (Attribute::ContentType, "text/csv"),
    ]);
    let opts = PutOptions { attributes: attributes.clone(), tags: tags.clone(), ..PutOptions::default() };
    store.put_opts(&path, "x".into(), opts).await.expect("stored");
    assert_eq!(store.get(&path).await.expect("there").attributes, attributes);
    let info = store.storage().show_object(store.container(), "a").send().await.expect("shown");
    assert_eq!(info.metadata.get("tags").map(String::as_str), Some("cost+centre=a%26b"));
    let opts = PutMultipartOptions { attributes: attributes.clone(), tags, ..PutMultipartOptions::default() };
    let mut upload = store.put_multipart_opts(&path, opts).await.expect("begun");
    upload.put_part("y".into()).await.expect("stored");
    upload.complete().await.expect("completed");
    assert_eq!(store.get(&path).await.expect("there").attributes, attributes);
    let info = store.storage().show_object(store.container(), "a").send().await.expect("shown");
    assert_eq!(info.metadata.get("tags").map(String::as_str), Some("cost+centre=a%26b"));

    let class = Attributes::from_iter([(Attribute::StorageClass, "gold")]);
    let error = store.put_opts(&path, "z".into(), class.into()).await.expect_err("Swift has none");
    assert!(matches!(error, Error::NotImplemented { .. }), "{error}");
}

/// Names that no path can denote are errors, marks of folders are nothing, and the rest comes in order.
async fn odd_names(cloud: Cloud, scope: Scope) {
    let store = store(&cloud, &scope).await;
    let swift = cloud.object_storage();
    for name in ["a/", "a/1", "a/2", "z"] {
        swift.upload(store.container(), name).from_bytes("x").send().await.expect("stored");
    }
    let names = async |prefix: Option<&str>| {
        let prefix = prefix.map(Path::from);
        store.list(prefix.as_ref()).map_ok(|meta| meta.location.to_string()).try_collect::<Vec<_>>().await
    };
    assert_eq!(names(None).await.expect("listed"), ["a/1", "a/2", "z"]);
    let level = store.list_with_delimiter(Some(&"a".into())).await.expect("listed");
    assert_eq!(level.objects.iter().map(|meta| meta.location.as_ref()).collect::<Vec<_>>(), ["a/1", "a/2"]);
    for odd in ["a//b", "/a"] {
        swift.upload(store.container(), odd).from_bytes("x").send().await.expect("stored");
        let error = names(None).await.expect_err("no path");
        assert!(matches!(error, Error::InvalidPath { .. }) && error.to_string().contains(odd), "{error}");
        swift.delete_object(store.container(), odd).send().await.expect("deleted");
    }
    assert_eq!(names(None).await.expect("listed").len(), 3);
}

/// What changes while it is listed: all that is there all the time is listed once, page by page.
async fn a_listing_that_changes(cloud: Cloud, scope: Scope) {
    let container = scope.container(&cloud, "store").await;
    let limits = Limits::default().page(3);
    let store = SwiftStore::builder(cloud.object_storage(), &container).limits(limits).build().expect("a store");
    for n in 0..20 {
        store.put(&format!("{n:02}").into(), "x".into()).await.expect("stored");
    }
    let mut listed = store.list(None);
    let mut names = Vec::new();
    for n in 0.. {
        // Before, at and behind the place where the listing is.
        match n {
            4 => store.delete(&"00".into()).await.expect("deleted"),
            5 => store.delete(&"05".into()).await.expect("deleted"),
            6 => store.delete(&"19".into()).await.expect("deleted"),
            7 => drop(store.put(&"00a".into(), "x".into()).await.expect("stored")),
            8 => drop(store.put(&"15a".into(), "x".into()).await.expect("stored")),
            _ => {}
        }
        let Some(meta) = listed.try_next().await.expect("listed") else { break };
        names.push(meta.location.to_string());
    }
    let mut expected: Vec<_> = (0..19).map(|n| format!("{n:02}")).collect();
    expected.insert(16, "15a".to_owned());
    assert_eq!(names, expected);

    // Pages are the same whatever their size.
    let mut pages = Vec::new();
    let mut opts = PaginatedListOptions { max_keys: Some(4), offset: Some("02".to_owned()), ..Default::default() };
    loop {
        let page = store.list_paginated(None, opts.clone()).await.expect("listed");
        pages.extend(page.result.objects.into_iter().map(|meta| meta.location.to_string()));
        let Some(token) = page.page_token else { break };
        opts.page_token = Some(token);
    }
    expected.retain(|name| !["00", "01", "02", "05"].contains(&&**name));
    assert_eq!(pages, expected);
}

/// Many at once, in the order in which they came, with the errors in their places.
async fn many_deletions(cloud: Cloud, scope: Scope) {
    let container = scope.container(&cloud, "store").await;
    scope.name("store_segments");
    let limits = Limits::default().deletions(7);
    let store = SwiftStore::builder(cloud.object_storage(), &container).limits(limits).build().expect("a store");
    for n in 0..20 {
        store.put(&format!("{n:02}").into(), "x".into()).await.expect("stored");
    }
    in_parts(&store, "03", &[noise(1000, 1), noise(10, 2)]).await;
    let mut paths: Vec<Result<Path, Error>> = (0..20).rev().map(|n| Ok(format!("{n:02}").into())).collect();
    paths.insert(5, Err(Error::NotImplemented { operation: "a listing".to_owned(), implementer: "a test".to_owned() }));
    paths.insert(9, Ok("there-is-none".into()));
    paths.push(Ok("03".into()));
    let expected: Vec<_> = paths.iter().map(|path| path.as_ref().ok().cloned()).collect();
    let deleted: Vec<_> = store.delete_stream(futures_util::stream::iter(paths).boxed()).collect().await;
    assert_eq!(deleted.iter().map(|path| path.as_ref().ok().cloned()).collect::<Vec<_>>(), expected);
    assert!(matches!(deleted[5], Err(Error::NotImplemented { .. })));
    assert!(store.list(None).try_next().await.expect("listed").is_none());
    assert_eq!(segments(&store).await, [""; 0]);
}

/// A container that is not there is not found, by whatever operation.
async fn no_container(cloud: Cloud, scope: Scope) {
    let name = scope.plain_name("missing");
    let store = SwiftStore::new(cloud.object_storage(), &name).expect("a store");
    let (a, b) = (Path::from("a"), Path::from("b"));
    let outcomes = [
        store.get(&a).await.map(drop),
        store.head(&a).await.map(drop),
        store.put(&a, "x".into()).await.map(drop),
        store.put_opts(&a, "x".into(), PutMode::Create.into()).await.map(drop),
        store.put_multipart(&a).await.map(drop),
        store.list(None).try_next().await.map(drop),
        store.list_with_delimiter(None).await.map(drop),
        store.list_paginated(None, PaginatedListOptions::default()).await.map(drop),
        store.copy(&a, &b).await,
        store.copy_if_not_exists(&a, &b).await,
        store.rename(&a, &b).await,
        store.delete(&a).await,
    ];
    for (n, outcome) in outcomes.into_iter().enumerate() {
        let error = outcome.expect_err("there is no container");
        assert!(matches!(error, Error::NotFound { .. }), "{n}: {error}");
        let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<k5::Error>());
        assert!(source.is_some_and(k5::Error::is_not_found), "{n}: {error:?}");
    }
    let missing = cloud.object_storage().show_container(&format!("{name}_segments")).send().await;
    assert!(missing.expect_err("none was made").is_not_found());
}

/// What an object was before is still there where the container keeps versions.
async fn versions(cloud: Cloud, scope: Scope) {
    let store = store(&cloud, &scope).await;
    cloud.object_storage().update_container(store.container()).versions_enabled(true).send().await.expect("keeps versions");
    let path = Path::from("a");
    let first = store.put(&path, "first".into()).await.expect("stored").version.expect("a version");
    in_parts(&store, "a", &[noise(1000, 1), noise(1000, 2)]).await;
    let second = store.head(&path).await.expect("there").version.expect("a version");
    store.put(&path, "third".into()).await.expect("stored");
    let get = async |version: &str, range: Option<GetRange>| {
        let options = GetOptions { range, ..GetOptions::new().with_version(Some(version)) };
        store.get_opts(&path, options).await.expect("there").bytes().await.expect("whole")
    };
    assert_eq!(get(&first, None).await, "first");
    assert_eq!(get(&first, Some(GetRange::Suffix(2))).await, "st");
    assert!(get(&second, Some(GetRange::Offset(900))).await == [&noise(1000, 1)[900..], &noise(1000, 2)].concat());
    let error = store.get_opts(&path, GetOptions::new().with_version(Some("1.5"))).await.expect_err("no such version");
    assert!(matches!(error, Error::NotFound { .. } | Error::Generic { .. }), "{error}");
}

/// A link works without a token, for one object.
async fn signed_urls(cloud: Cloud, scope: Scope) {
    let container = scope.container(&cloud, "store").await;
    let swift = cloud.object_storage();
    swift.update_container(&container).metadata("temp-url-key", "the key").send().await.expect("updated");
    let base = cloud.endpoint(&SERVICE).await.expect("the account's URL");
    let builder = SwiftStore::builder(swift.clone(), &container).prefix("p").account_url(&base);
    let path = Path::from("a b");
    for store in [builder.clone().build(), builder.temp_url_key("the key").build()].map(|store| store.expect("a store")) {
        store.put(&path, "signed".into()).await.expect("stored");
        let url = store.signed_url(http::Method::GET, &path, Duration::from_secs(60)).await.expect("signed");
        assert!(url.as_str().starts_with(&format!("{base}/{container}/p/a%20b?temp_url_sig=")), "{url}");
        let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).expect("there").1.into_owned();
        let (signature, expires) = (Secret::new(value("temp_url_sig")), value("temp_url_expires"));
        let get = |object: &str| {
            let get = swift.download_object(&container, object).with_no_token();
            get.temp_url_sig(&signature).temp_url_expires(&expires).send()
        };
        assert_eq!(get("p/a b").await.expect("allowed").collect(10).await.expect("whole"), "signed");
        get("p/b").await.expect_err("another object");
        store.signed_url(http::Method::PATCH, &path, Duration::from_secs(60)).await.expect_err("no such method");
    }
    let store = SwiftStore::from_cloud(&cloud, &container).await.expect("a store");
    store.signed_url(http::Method::GET, &path, Duration::from_secs(60)).await.expect("signed");
    let store = SwiftStore::new(swift, &container).expect("a store");
    let error = store.signed_url(http::Method::GET, &path, Duration::from_secs(60)).await.expect_err("the account is not known");
    assert!(error.to_string().contains("account_url"), "{error}");
}

/// `swift://container/path` leads to a store and a path in it, of which a registry has one for each container.
async fn urls(cloud: Cloud, scope: Scope) {
    let container = scope.container(&cloud, "store").await;
    let url = |path: &str| format!("swift://{container}/{path}").parse().expect("a URL");
    let (store, path) = parse_url_with(&url("a%20b/c"), &cloud.object_storage()).expect("a store");
    assert_eq!(path, Path::from("a b/c"));
    store.put(&path, "by URL".into()).await.expect("stored");

    let registry = SwiftRegistry::new(cloud.object_storage());
    let (store, path) = registry.resolve(&url("a%20b/c")).expect("a store");
    assert_eq!(store.get(&path).await.expect("there").bytes().await.expect("whole"), "by URL");
    assert!(Arc::ptr_eq(&store, &registry.resolve(&url("other")).expect("a store").0));
    let memory: Arc<dyn ObjectStore> = Arc::new(object_store::memory::InMemory::new());
    assert!(registry.register(url(""), memory.clone()).is_some());
    assert!(Arc::ptr_eq(&memory, &registry.resolve(&url("other")).expect("a store").0));
    assert!(registry.resolve(&"memory:///a".parse().expect("a URL")).is_ok(), "others are resolved as usual");
    let nothing: url::Url = "swift:///a".parse().expect("a URL");
    registry.resolve(&nothing).expect_err("no container");
    k5_object_store::v0_13::parse_url_opts(&nothing, [("OS_CLOUD", "x")]).expect_err("no container");
}

k5_tests::cases! {
    parts_go_with_their_object [object_storage.upload_object, object_storage.copy_object]
    an_abort_leaves_nothing [object_storage.upload_object]
    parts_by_id [object_storage.upload_object]
    a_name_that_must_be_free [object_storage.upload_object]
    onto_itself [object_storage.show_object]
    conditions [object_storage.download_object, object_storage.show_object]
    edges_of_ranges [object_storage.download_object]
    what_is_stored_with_an_object [object_storage.upload_object]
    odd_names [object_storage.list_objects]
    a_listing_that_changes [object_storage.list_objects]
    many_deletions [object_storage.bulk_delete]
    no_container [object_storage.list_objects]
    versions [object_storage.download_object]
    signed_urls [object_storage.download_object]
    urls [object_storage.upload_object]
}
