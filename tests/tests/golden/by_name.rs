//! Listing and waiting by an operation's name, for callers that hold JSON instead of types.

use crate::fake::{block_on, session, silent};
use k5::ErrorKind;
use k5::dynamic::Arguments;
use k5_tests::operation;
use serde_json::json;
use std::time::Duration;

fn with(params: &[(&str, &str)]) -> Arguments {
    let mut arguments = Arguments::default();
    arguments.params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    arguments
}

#[test]
fn items_come_over_all_pages_as_json() {
    let pages = [
        r#"200

{"servers": [{"id": "s1", "name": "a", "new_field": 1}], "servers_links": [{"rel": "next", "href": "x"}]}"#,
        r#"200

{"servers": [{"id": "s2"}], "servers_links": []}"#,
    ];
    let (session, seen) = session(&pages);
    let items = operation("compute.list_servers").items(&session, with(&[("status", "ACTIVE")]));
    let mut items = items.expect("a listing");
    let first = block_on(items.try_next()).expect("listed").expect("one");
    // What the type doesn't know stays.
    assert_eq!(first, json!({"id": "s1", "name": "a", "new_field": 1}));
    assert_eq!(seen.lines().len(), 1, "a page is fetched when it is wanted");
    let second = block_on(items.try_next()).expect("listed").expect("another");
    assert_eq!(second["id"], "s2");
    assert_eq!(block_on(items.try_next()).expect("listed"), None);
    let root = "GET /v2/{tenant_id}/servers?status=ACTIVE";
    assert_eq!(seen.lines(), [root.to_owned(), format!("{root}&marker=s1")]);
}

#[test]
fn items_of_a_list_that_comes_whole() {
    let (whole, seen) = session(&[r#"200

{"keypairs": [{"keypair": {"name": "a"}}, {"keypair": {"name": "b"}}]}"#]);
    let mut items = operation("compute.list_keypairs").items(&whole, Arguments::default()).expect("a listing");
    let mut names = Vec::new();
    while let Some(item) = block_on(items.try_next()).expect("listed") {
        names.push(item["keypair"]["name"].clone());
    }
    assert_eq!((names, seen.lines().len()), (vec![json!("a"), json!("b")], 1));
    let (broken, _) = session(&["404\n\n{\"itemNotFound\": {\"code\": 404, \"message\": \"No.\"}}"]);
    let mut items = operation("compute.list_keypairs").items(&broken, Arguments::default()).expect("a listing");
    assert!(block_on(items.try_next()).expect_err("404").is_not_found());
    assert_eq!(block_on(items.try_next()).expect("an error ends it"), None);
}

#[test]
fn what_lists_nothing_says_so() {
    let error = operation("compute.show_server").items(&silent(), with(&[("server_id", "s")])).expect_err("a server");
    assert_eq!(error.to_string(), "compute.show_server: it does not list anything");
    let error = operation("compute.list_servers").items(&silent(), with(&[("stauts", "x")])).expect_err("a slip");
    assert!(error.message().contains("stauts"), "{error}");
}

#[test]
fn goals_are_waited_for_by_name() {
    let show = operation("compute.show_server");
    let wait = |answers: &[&str], goal: &str, limit| {
        let (session, seen) = session(answers);
        let outcome = block_on(show.wait(&session, with(&[("server_id", "s 1")]), goal, limit));
        (outcome, seen)
    };
    let (building, active) = (
        "200\n\n{\"server\": {\"id\": \"s\", \"status\": \"BUILD\"}}",
        "200\n\n{\"server\": {\"id\": \"s\", \"status\": \"ACTIVE\"}}",
    );
    let (up, seen) = wait(&[building, active], "active", None);
    assert_eq!(up.expect("up").expect("there")["status"], "ACTIVE");
    assert_eq!((seen.naps(), seen.lines()[1].as_str()), (vec![1], "GET /v2/{tenant_id}/servers/s%201"));
    let (gone, _) = wait(&[active, "404\n\n{\"itemNotFound\": {\"code\": 404, \"message\": \"Gone.\"}}"], "deleted", None);
    assert_eq!(gone.expect("gone"), None);
    let (late, seen) = wait(&[building], "active", Some(Duration::from_secs(20)));
    assert!(late.expect_err("too slow").is_timeout());
    assert_eq!(seen.slept(), Duration::from_secs(20));
    let (odd, seen) = wait(&[active], "flying", None);
    let odd = odd.expect_err("not a goal");
    assert_eq!((odd.kind(), seen.lines().len()), (ErrorKind::InvalidInput, 0));
    assert!(odd.message().starts_with("there is no goal \"flying\" to wait for on a server; the goals are active, "), "{odd}");
    let still = block_on(operation("compute.list_servers").wait(&silent(), Arguments::default(), "active", None));
    assert_eq!(still.expect_err("a list").message(), "what it shows has no state to wait for");
}

#[test]
fn every_list_lists_and_every_goal_has_a_name() {
    for operation in k5::operations() {
        let (name, id) = (operation.meta.full_name(), operation.meta.id);
        assert!(!id.starts_with("list_") || operation.items.is_some() || operation.answer.is_none(), "{name} does not list");
        if let Some(waiter) = operation.waiter {
            assert!(!waiter.goals.is_empty() && !waiter.name.is_empty(), "{name}");
            assert!(waiter.goals.iter().all(|goal| goal.gone || !goal.states.is_empty()), "{name}");
        }
    }
    assert!(k5::operations().filter(|operation| operation.waiter.is_some()).count() >= 6);
}
