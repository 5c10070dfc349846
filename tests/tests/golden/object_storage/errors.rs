//! What is not a success, and what is never sent.

use super::{exchange, json};
use k5_core::{Body, ErrorKind, Sent, WithOptions};
use serde_json::json;

const NOT_FOUND: &str = "404\nContent-Type: text/html; charset=UTF-8\nX-Trans-Id: tx7\n\n\
                         <html><h1>Not Found</h1><p>The resource could not be found.</p></html>";

#[test]
fn an_html_page_becomes_one_line() {
    let (_, outcome) = exchange(NOT_FOUND, async |swift| json(swift.delete_container("c").send().await?));
    let error = outcome.expect_err("404");
    assert!(error.is_not_found());
    assert_eq!(error.request_id(), Some("tx7"));
    assert_eq!(
        error.to_string(),
        "object_storage.delete_container swift://c: 404 Not Found: The resource could not be found. (request tx7, 1 attempt)"
    );
}

#[test]
fn a_head_without_a_body_says_something_too() {
    let (_, outcome) = exchange("404\nX-Trans-Id: tx8", async |swift| json(swift.show_object("c", "o").send().await?));
    let text = outcome.expect_err("404").to_string();
    assert!(text.starts_with("object_storage.show_object swift://c/o: 404 Not Found: ") && text.contains("tx8"), "{text}");
}

#[test]
fn statuses_have_their_predicates() {
    for (status, check) in [
        ("401", k5_core::Error::is_auth as fn(&k5_core::Error) -> bool),
        ("403", k5_core::Error::is_auth),
        ("408", k5_core::Error::is_timeout),
        ("409", k5_core::Error::is_conflict),
        ("412", k5_core::Error::is_conflict),
        ("413", k5_core::Error::is_quota),
        ("429", k5_core::Error::is_throttled),
        ("498", k5_core::Error::is_throttled),
        ("503", k5_core::Error::is_retryable),
        ("507", k5_core::Error::is_quota),
    ] {
        let answer: &'static str = format!("{status}\n\ntext").leak();
        let (_, outcome) = exchange(answer, async |swift| json(swift.upload_object("c", "o", Body::bytes("x")).send().await?));
        let error = outcome.expect_err("no success");
        assert!(check(&error), "{error}");
        assert_eq!((error.kind(), error.sent(), error.excerpt()), (ErrorKind::Status, Sent::Yes, Some("text")), "{error}");
    }
}

#[test]
fn a_header_that_nobody_can_read_fails_nothing() {
    let (_, outcome) = exchange("204\nX-Account-Object-Count: many", async |swift| json(swift.show_account().send().await?));
    let shown = outcome.expect("shown");
    assert_eq!((&shown["object_count"], &shown["headers"]["x-account-object-count"]), (&json!(null), &json!("many")));
    // What was stored is stored, whatever the answer says of when.
    let answer = "201\nLast-Modified: some day\nEtag: 9dd4e461268c8034f5c8564e155c67a6";
    let (_, outcome) = exchange(answer, async |swift| {
        let stored = swift.upload("c", "o").from_bytes("x").send().await?;
        assert_eq!(stored.answer.last_modified, None);
        json(stored.etag)
    });
    assert_eq!(outcome.expect("stored"), json!("9dd4e461268c8034f5c8564e155c67a6"));
    let answer = "200\nLast-Modified: Sunday, 06-Nov-94 08:49:37 GMT\nX-Timestamp: now\nX-Delete-At: soon\nEtag: \"x\"\n\nx";
    let (_, outcome) = exchange(answer, async |swift| {
        let download = swift.download_object("c", "o").send().await?;
        json(download.info().last_modified.as_ref().map(|at| at.unix_seconds()))
    });
    assert_eq!(outcome.expect("there"), json!(784_111_777));
    let answer = "200\n\n[{\"name\": \"a\", \"bytes\": 1, \"last_modified\": \"some day\"}]";
    let (_, outcome) = exchange(answer, async |swift| json(swift.list_objects("c").send().await?.items));
    assert_eq!(outcome.expect("listed"), json!([{"name": "a", "bytes": 1, "last_modified": "some day"}]));
}

#[test]
fn nothing_is_sent_for_what_breaks_a_rule() {
    let long = "x".repeat(1025);
    type Check = fn(k5_object_storage::ObjectStorage, String) -> std::pin::Pin<Box<dyn Future<Output = k5_core::Result<()>>>>;
    let checks: [(&str, Check); 9] = [
        ("'/'", |swift, _| Box::pin(async move { swift.delete_container("a/b").send().await })),
        ("empty", |swift, _| Box::pin(async move { swift.delete_container("").send().await })),
        ("empty", |swift, _| Box::pin(async move { swift.delete_object("c", "").send().await.map(drop) })),
        ("1025 bytes", |swift, long| Box::pin(async move { swift.show_object("c", &long).send().await.map(drop) })),
        ("1025 bytes", |swift, long| Box::pin(async move { swift.copy(("c", "o"), ("d", &long)).send().await.map(drop) })),
        ("control character", |swift, _| {
            Box::pin(async move { swift.update_container("c").metadata("a", "b\r\nx: y").send().await })
        }),
        ("header's name", |swift, _| Box::pin(async move { swift.update_container("c").metadata("a b", "c").send().await })),
        ("header's name", |swift, _| Box::pin(async move { swift.update_container("c").metadata("", "c").send().await })),
        ("needs a token", |swift, _| Box::pin(async move { swift.show_account().with_no_token().send().await.map(drop) })),
    ];
    for (expected, check) in checks {
        let (sent, outcome) = exchange("204", async |swift| json(check(swift, long.clone()).await?));
        let error = outcome.expect_err("refused");
        assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidInput, Sent::No), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(sent, [""; 0], "{expected}");
    }
}
