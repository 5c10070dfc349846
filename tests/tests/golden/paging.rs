//! Lists over all their pages.

use crate::fake::{block_on, session};
use k5::ErrorKind;
use k5::block_storage::BlockStorage;
use k5::block_storage::v1::VolumeProxy;
use k5::compute::Compute;
use k5::image::Images;
use k5::vm_import::VmImport;
use serde_json::json;

fn page(key: &str, id: &str, ids: &[&str], beside: serde_json::Value) -> String {
    let items: Vec<_> = ids.iter().map(|value| json!({ id: value })).collect();
    let mut document = json!({ key: items });
    for (name, value) in beside.as_object().expect("fields") {
        document[name] = value.clone();
    }
    format!("200\n\n{document}")
}

#[test]
fn servers_by_their_links_whose_hosts_are_never_asked() {
    let next = json!({"servers_links": [{"rel": "next", "href": "http://10.19.0.9/v2/p/servers?marker=wrong"}]});
    let answers = [page("servers", "id", &["s/1", "s2"], next), page("servers", "id", &["s3"], json!({"servers_links": []}))];
    let (session, seen) = session(&answers);
    let all = block_on(Compute::new(session).list_servers().status("ACTIVE").limit(2).items().collect()).expect("listed");
    assert_eq!(all.iter().map(|server| server.id.as_str()).collect::<Vec<_>>(), ["s/1", "s2", "s3"]);
    let root = "GET /v2/{tenant_id}/servers?status=ACTIVE&limit=2";
    assert_eq!(seen.lines(), [root.to_owned(), format!("{root}&marker=s2")]);
}

#[test]
fn servers_in_detail_without_links_come_once() {
    let (one, seen) = session(&[page("servers", "id", &["s1", "s2"], json!({}))]);
    let all = block_on(Compute::new(one).list_servers_detail().items().collect()).expect("listed");
    assert_eq!((all.len(), seen.lines().len()), (2, 1));
    // With a limit, a full page may not be the last.
    let (two, seen) = session(&[page("servers", "id", &["s1", "s2"], json!({})), page("servers", "id", &[], json!({}))]);
    let all = block_on(Compute::new(two).list_servers_detail().limit(2).items().collect()).expect("listed");
    assert_eq!((all.len(), seen.lines().len()), (2, 2));
}

#[test]
fn a_server_that_ignores_the_marker_ends_with_an_error() {
    let next = json!({"volumes_links": [{"rel": "next", "href": ""}]});
    let (session, seen) = session(&[page("volumes", "id", &["v1", "v2"], next)]);
    let error = block_on(BlockStorage::new(session).list_volumes_detail().items().collect()).expect_err("for ever the same");
    assert_eq!(
        (error.kind(), error.operation().map(k5_core::OpMeta::full_name)),
        (ErrorKind::Decode, Some("block_storage.list_volumes_detail".to_owned()))
    );
    assert!(error.message().contains("repeats itself after \"v2\""), "{error}");
    // A list that changes may show a page twice, so it is asked once more.
    let again = "GET /v2/{tenant_id}/volumes/detail?marker=v2";
    assert_eq!(seen.lines(), ["GET /v2/{tenant_id}/volumes/detail", again, again]);
}

#[test]
fn volumes_by_their_links() {
    let next = json!({"volumes_links": [{"rel": "next", "href": "http://localhost:8776/v2/p/ volumes"}]});
    let answers = [page("volumes", "id", &["v1"], next), page("volumes", "id", &["v2"], json!({}))];
    let (session, seen) = session(&answers);
    let all = block_on(BlockStorage::new(session).list_volumes_detail().limit(5).items().collect()).expect("listed");
    assert_eq!((all.len(), seen.lines().len()), (2, 2));
}

#[test]
fn volume_types_and_snapshots_by_their_links() {
    // Cinder writes these links without the `s` that all others have.
    let next = json!({"volume_type_links": [{"rel": "next", "href": "x"}]});
    let (types, seen) = session(&[page("volume_types", "id", &["t1"], next), page("volume_types", "id", &["t2"], json!({}))]);
    let all = block_on(BlockStorage::new(types).list_volume_types().sort_key("name").items().collect()).expect("listed");
    let root = "GET /v2/{tenant_id}/types?sort_key=name";
    assert_eq!((all.len(), seen.lines()), (2, vec![root.to_owned(), format!("{root}&marker=t1")]));
    let next = json!({"snapshots_links": [{"rel": "next", "href": "x"}]});
    let (snapshots, seen) = session(&[page("snapshots", "id", &["s1"], next), page("snapshots", "id", &["s2"], json!({}))]);
    let all = block_on(BlockStorage::new(snapshots).list_snapshots().volume_id("v").items().collect()).expect("listed");
    let root = "GET /v2/{tenant_id}/snapshots?volume_id=v";
    assert_eq!((all.len(), seen.lines()), (2, vec![root.to_owned(), format!("{root}&marker=s1")]));
}

#[test]
fn the_proxys_snapshots_are_counted() {
    let pages = [&["s1", "s2"][..], &["s2", "s3"], &[]].map(|ids| page("snapshots", "id", ids, json!({})));
    let (snapshots, seen) = session(&pages);
    let all = block_on(VolumeProxy::new(snapshots).list_snapshots().limit(2).items().collect()).expect("listed");
    // One came twice, since a newer one had moved it.
    assert_eq!(all.iter().map(|snapshot| snapshot.id.as_str()).collect::<Vec<_>>(), ["s1", "s2", "s3"]);
    let root = "GET /v1.1/{tenant_id}/os-snapshots?limit=2";
    assert_eq!(seen.lines(), [root.to_owned(), format!("{root}&offset=2"), format!("{root}&offset=4")]);
}

#[test]
fn flavors_and_images_by_what_says_that_there_is_more() {
    let next = json!({"flavors_links": [{"rel": "next", "href": "x"}]});
    let (flavors, seen) = session(&[page("flavors", "id", &["1101"], next), page("flavors", "id", &["1102"], json!({}))]);
    let all = block_on(Compute::new(flavors).list_flavors().items().collect()).expect("listed");
    assert_eq!((all.len(), seen.lines()[1].as_str()), (2, "GET /v2/{tenant_id}/flavors?marker=1101"));
    let next = json!({"next": "/v2/images?limit=1&marker=other", "first": "/v2/images"});
    let (images, seen) =
        session(&[page("images", "id", &["i 1"], next), page("images", "id", &["i2"], json!({"first": "/v2/images"}))]);
    let all = block_on(Images::new(images).list_images().name("a&b").items().collect()).expect("listed");
    assert_eq!(
        (all.len(), seen.lines()),
        (2, vec!["GET /v2/images?name=a%26b".to_owned(), "GET /v2/images?name=a%26b&marker=i%201".to_owned()])
    );
}

#[test]
fn imports_by_their_number_while_new_ones_come() {
    let answers = [
        page("imports", "import_id", &["i4", "i3"], json!({})),
        page("imports", "import_id", &["i3", "i2"], json!({})),
        page("imports", "import_id", &["i1"], json!({})),
        page("imports", "import_id", &[], json!({})),
    ];
    let (session, seen) = session(&answers);
    let all = block_on(VmImport::new(session).list_imports().limit(2).items().collect()).expect("listed");
    assert_eq!(all.iter().map(|import| import.import_id.as_str()).collect::<Vec<_>>(), ["i4", "i3", "i2", "i1"]);
    // A short page is not the end: an empty one is.
    let root = "GET /v1/imageimport?limit=2";
    assert_eq!(seen.lines(), [root.to_owned(), format!("{root}&start=2"), format!("{root}&start=4"), format!("{root}&start=5")]);
}

#[test]
fn imports_and_the_proxys_volumes_ask_for_pages_of_their_own_size() {
    let (imports, seen) =
        session(&[page("imports", "import_id", &["i1"], json!({})), page("imports", "import_id", &[], json!({}))]);
    block_on(VmImport::new(imports).list_imports().start(7).items().collect()).expect("listed");
    assert_eq!(seen.lines(), ["GET /v1/imageimport?start=7&limit=100", "GET /v1/imageimport?limit=100&start=8"]);
    let pages = [&["v1", "v2"][..], &["v3"], &[]].map(|ids| page("volumes", "id", ids, json!({})));
    let (volumes, seen) = session(&pages);
    let all = block_on(VolumeProxy::new(volumes).list_volumes_detail().limit(2).offset(4).items().collect()).expect("listed");
    let root = "GET /v1.1/{tenant_id}/os-volumes/detail?limit=2";
    assert_eq!((all.len(), seen.lines()), (3, [4, 6, 7].map(|offset| format!("{root}&offset={offset}")).to_vec()));
}

#[test]
fn a_page_that_fails_ends_the_list() {
    let next = json!({"servers_links": [{"rel": "next", "href": ""}]});
    let answers = [
        page("servers", "id", &["s1"], next),
        "503\n\n{\"serviceUnavailable\": {\"code\": 503, \"message\": \"Later.\"}}".to_owned(),
    ];
    let (session, _) = session(&answers);
    block_on(async {
        let mut all = Compute::new(session).list_servers().items();
        assert_eq!(all.try_next().await.expect("a page").expect("a server").id.as_str(), "s1");
        assert_eq!(all.try_next().await.expect_err("later").code(), Some("serviceUnavailable"));
        assert!(all.try_next().await.expect("over").is_none());
    });
}
