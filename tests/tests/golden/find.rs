//! Finding a resource by its id or name: the requests, and the results with unusual listings.

use crate::fake::{block_on, session, silent};
use k5::block_storage::BlockStorage;
use k5::compute::Compute;
use k5::image::Image as ImageDocument;
use k5::image::Images;
use k5::{ErrorKind, Reason};
use k5_tests::operation;

const ID: &str = "9168b536-cd40-4630-b43f-b259807c6e87";
const GONE: &str = "404\n\n{\"itemNotFound\": {\"code\": 404, \"message\": \"No.\"}}";

/// Two pages of servers: one that is named like the filter and two that merely contain it, one without a name, and one that comes twice.
fn pages() -> [&'static str; 2] {
    [
        "200\n\n{\"servers\": [{\"id\": \"s1\", \"name\": \"web-10\"}, {\"id\": \"s2\", \"name\": \"web-1\"}, {\"id\": \"s3\"}], \
         \"servers_links\": [{\"rel\": \"next\", \"href\": \"x\"}]}",
        "200\n\n{\"servers\": [{\"id\": \"s2\", \"name\": \"web-1\"}, {\"id\": \"s4\", \"name\": \"my-web-1\"}]}",
    ]
}

#[test]
fn by_name_over_all_pages() {
    let (session, seen) = session(&pages());
    let server = block_on(Compute::new(session).find_server("web-1")).expect("one");
    assert_eq!(server.id, "s2");
    let list = "GET /v2/{tenant_id}/servers/detail?name=web-1";
    assert_eq!(seen.lines(), [list.to_owned(), format!("{list}&marker=s3")]);
}

#[test]
fn by_id_without_a_listing() {
    let (session, seen) = session(&[&format!("200\n\n{{\"server\": {{\"id\": \"{ID}\", \"name\": \"other\"}}}}")]);
    let server = block_on(Compute::new(session).find_server(ID)).expect("shown");
    assert_eq!((server.id.as_str(), server.name.as_deref()), (ID, Some("other")));
    assert_eq!(seen.lines(), [format!("GET /v2/{{tenant_id}}/servers/{ID}")]);
}

#[test]
fn a_name_that_looks_like_an_id() {
    let listed = format!("200\n\n{{\"volumes\": [{{\"id\": \"v1\", \"name\": \"{ID}\"}}]}}");
    let (named, seen) = session(&[GONE, &listed]);
    let volume = block_on(BlockStorage::new(named).find_volume(ID)).expect("named like that");
    assert_eq!(volume.id, "v1");
    assert_eq!(seen.lines().len(), 2);
    // Only "there is none" means that it may be a name.
    let (refusing, seen) = session(&["403\n\n{\"forbidden\": {\"code\": 403, \"message\": \"No.\"}}"]);
    let error = block_on(BlockStorage::new(refusing).find_volume(ID)).expect_err("forbidden");
    assert!(error.is_auth() && seen.lines().len() == 1, "{error}");
}

#[test]
fn ids_that_are_no_uuids_are_looked_for_in_the_list() {
    let flavors = "200\n\n{\"flavors\": [{\"id\": \"1101\", \"name\": \"S-1\"}, {\"id\": \"1102\", \"name\": \"1101\"}]}";
    let (session, seen) = session(&[flavors]);
    let flavor = block_on(Compute::new(session).find_flavor("1101")).expect("the id goes first");
    assert_eq!(flavor.name.as_deref(), Some("S-1"));
    assert_eq!(seen.lines(), ["GET /v2/{tenant_id}/flavors/detail"]);
}

/// Nova takes the filter for a regular expression, and Glance knows operators (`in:a,b`).
#[test]
fn a_name_that_a_filter_would_misread_is_not_sent() {
    for name in ["a*", "in:a,b", "a b", "a+b", "ü"] {
        let (session, seen) = session(&[&format!("200\n\n{{\"images\": [{{\"id\": \"i\", \"name\": \"{name}\"}}]}}")]);
        let image: ImageDocument = block_on(Images::new(session).find_image(name)).expect(name);
        assert_eq!((image.id.as_str(), seen.lines()), ("i", vec!["GET /v2/images".to_owned()]));
    }
}

#[test]
fn none_and_several() {
    let (empty, _) = session(&["200\n\n{\"snapshots\": [{\"id\": \"n1\", \"name\": \"Nightly\"}]}"]);
    let error = block_on(BlockStorage::new(empty).find_snapshot("nightly")).expect_err("another case");
    assert!(error.is_not_found() && error.kind() == ErrorKind::NotFound && !error.is_retryable());
    assert_eq!(error.to_string(), "block_storage.list_snapshots_detail: no snapshot has the id or the name \"nightly\"");

    let two = "200\n\n{\"servers\": [{\"id\": \"b\", \"name\": \"web\"}, {\"id\": \"a\", \"name\": \"web\"}]}";
    let (twins, _) = session(&[two]);
    let error = block_on(Compute::new(twins).find_server("web")).expect_err("two");
    assert_eq!((error.kind(), error.is_not_found()), (ErrorKind::Ambiguous, false));
    assert_eq!(error.reason(), Some(&Reason::Candidates(vec!["a".to_owned(), "b".to_owned()])));
    assert_eq!(error.to_string(), "compute.list_servers_detail: 2 servers have the name \"web\", use an id: a, b");

    let error = block_on(Compute::new(silent()).find_server("")).expect_err("nothing");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn by_the_name_of_the_listing() {
    let (session, seen) = session(&pages());
    let list = operation("compute.list_servers_detail");
    assert_eq!(block_on(list.find(&session, "web-1")).expect("one")["id"], "s2");
    assert_eq!(seen.lines().len(), 2);
    let error = block_on(operation("compute.show_server").find(&silent(), "web-1")).expect_err("it lists nothing");
    assert_eq!(error.message(), "it lists nothing that has an id and a name");
    let found: Vec<_> = k5::operations().filter_map(|operation| operation.finder).map(|finder| finder.name).collect();
    let all = ["server", "server group", "flavor", "image", "network", "port", "volume type", "volume", "snapshot"];
    let of_sap = ["server", "network"];
    assert_eq!(found, [all.as_slice(), &of_sap].concat());
}

/// What was found goes where its id goes.
#[test]
fn what_was_found_is_its_id() {
    let flavors = "200\n\n{\"flavors\": [{\"id\": \"1101\", \"name\": \"S-1\"}]}";
    let images = "200\n\n{\"images\": [{\"id\": \"i\", \"name\": \"ubuntu\"}]}";
    let created = "202\n\n{\"server\": {\"id\": \"s\"}}";
    let (session, seen) = session(&[flavors, images, created]);
    let compute = Compute::new(session.clone());
    let flavor = block_on(compute.find_flavor("S-1")).expect("one");
    let image = block_on(Images::new(session).find_image("ubuntu")).expect("one");
    block_on(compute.create_server("web", &flavor, image).send()).expect("created");
    assert_eq!(seen.lines().len(), 3);
}
