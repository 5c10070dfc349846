//! Answers that are not what they should be: a proxy's page, half a document, silence.

use crate::support::{LARGE, Stage, files, timed};
use k5::{ErrorKind, Timeouts, WithOptions};
use k5_emulator::{Fault, Faults, Rule};
use k5_tests::bytes::noise;
use std::time::Duration;

const PAGE: &str = "<!DOCTYPE html><html><body>Please log in to the network.</body></html>";

fn page() -> Fault {
    Fault::status(200).header("Content-Type", "text/html").body(PAGE)
}

#[tokio::test]
async fn a_proxys_page_is_no_answer() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    stage.emulator.faults(Faults::new().rule(Rule::path("/v1/").then(page())));
    let error = swift.list_objects("c").send().await.expect_err("no listing");
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    assert!(error.to_string().contains("HTML") && error.excerpt().is_some_and(|text| text.contains("log in")), "{error}");
    let error = swift.list_containers().items().try_next().await.expect_err("no listing");
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    let error = swift.upload("c", "o").from_bytes("x").send().await.expect_err("200 is not how an upload is answered");
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    let error = swift.create_container("d").send().await.expect_err("nor a container");
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    assert_eq!(stage.stored("o").await, None);
}

#[tokio::test]
async fn a_proxys_page_does_not_become_a_file() {
    let stage = Stage::new().await;
    stage.fault("GET", 1, page());
    let target = stage.folder.path().join("target");
    let outcome = async { stage.cloud.object_storage().download_object("c", "o").send().await?.to_path(&target).await }.await;
    let error = outcome.expect_err("no object");
    assert!(matches!(error.kind(), ErrorKind::Decode | ErrorKind::Integrity), "{error:?}");
    assert_eq!(files(stage.folder.path()), [""; 0]);
}

#[tokio::test]
async fn a_proxys_page_instead_of_a_login() {
    let stage = Stage::new().await;
    let cloud = crate::support::builder(&stage.emulator).build().expect("a cloud");
    for fault in [page(), Fault::status(201).body(PAGE), Fault::status(201).body("{\"token\": {")] {
        stage.emulator.faults(Faults::new().rule(Rule::path("/v3/auth/tokens").then(fault)));
        let error = cloud.object_storage().show_account().send().await.expect_err("no login");
        assert_eq!(error.kind(), ErrorKind::Decode, "{error:?}");
    }
    stage.emulator.faults(Faults::new());
    cloud.object_storage().show_account().send().await.expect("it was not a refusal, so it is tried again");
}

#[tokio::test]
async fn half_a_document_is_an_error() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    for n in 0..20 {
        swift.upload("c", &format!("o{n}")).from_bytes("x").send().await.expect("stored");
    }
    // Cut by the connection, and cut by the sender, which says that it is whole.
    stage.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c").first(1).then(Fault::truncate(500))));
    let outcome = swift.list_objects("c").with_max_attempts(1).send().await;
    assert_eq!(outcome.expect_err("cut").kind(), ErrorKind::Transport);
    stage
        .emulator
        .faults(Faults::new().rule(Rule::on("GET", "/v1/*/c").first(1).then(Fault::status(200).body("[{\"name\": \"o1\", "))));
    let error = swift.list_objects("c").send().await.expect_err("cut");
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    stage.emulator.faults(
        Faults::new().rule(Rule::on("GET", "/v1/*/c").first(1).then(Fault::status(200).body("[{\"name\": 7, \"bytes\": 1}]"))),
    );
    let error = swift.list_objects("c").send().await.expect_err("a number for a name");
    assert!(error.to_string().contains("name") && error.to_string().contains("list_objects"), "{error}");
}

#[tokio::test]
async fn silence_ends() {
    let timeouts = Timeouts::default().head(Duration::from_millis(200)).slow_head(Duration::from_millis(200));
    let stage = Stage::with(|builder| builder.timeouts(timeouts)).await;
    let swift = stage.cloud.object_storage();
    stage.emulator.faults(Faults::new().rule(Rule::path("/v1/").then(Fault::delay(Duration::from_secs(60)))));
    let (outcome, took) = timed(swift.show_container("c").send()).await;
    let error = outcome.expect_err("no answer");
    assert!(error.is_timeout() && took < Duration::from_secs(10), "{error} after {took:?}");
    let (outcome, took) = timed(swift.upload("c", "o").from_path(stage.file(&noise(LARGE, 1))).with_one_attempt().send()).await;
    assert!(outcome.expect_err("no answer").is_timeout() && took < Duration::from_secs(10), "{took:?}");
    let error = swift.show_container("c").with_timeout(Duration::from_millis(50)).send().await.expect_err("no answer");
    assert!(error.is_timeout() && error.to_string().contains("0.05 s in all"), "{error}");
}

trait OneAttempt {
    fn with_one_attempt(self) -> Self;
}

impl OneAttempt for k5::object_storage::Upload {
    fn with_one_attempt(self) -> Self {
        self.configure(|put| put.with_max_attempts(1))
    }
}

/// What was carried out and then not answered is judged by what is there, not by the answer to the second attempt.
#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_done() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    swift.upload("c", "o").from_bytes("x").send().await.expect("stored");
    let lost = |path: &str| Faults::new().rule(Rule::on("DELETE", path).first(1).then(Fault::lose_answer()));
    stage.emulator.faults(lost("/v1/*/c/*"));
    swift.delete_object("c", "o").send().await.expect("it is gone, as it was asked for");
    assert_eq!(stage.seen("DELETE").len(), 2);
    assert_eq!(stage.stored("o").await, None);
    let error = swift.delete_object("c", "o").send().await.expect_err("there was none");
    assert!(error.is_not_found() && !error.may_have_been_done(), "{error}");
    // A server that says 503 may have done it as well, one that says 429 has not.
    for (status, done) in [(503, true), (429, false)] {
        stage.fault("DELETE", 1, Fault::status(status));
        let outcome = swift.delete_object("c", "o").send().await;
        assert_eq!(outcome.is_ok(), done, "{status}: {outcome:?}");
    }
    stage.emulator.faults(lost("/v1/*/c"));
    swift.delete_container("c").send().await.expect("it is gone");
    let error = swift.delete_container("c").send().await.expect_err("there was none");
    assert!(error.is_not_found(), "{error}");
}

#[tokio::test]
async fn an_upload_on_a_condition_tells_that_it_may_have_been_done() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    let put = || swift.upload_object("c", "o", k5::Body::bytes("x")).if_none_match("*");
    stage.fault("PUT", 1, Fault::lose_answer());
    let error = put().send().await.expect_err("the second attempt finds what the first one stored");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(412), "{error}");
    assert!(error.may_have_been_done(), "{error}");
    let error = put().send().await.expect_err("it is there");
    assert!(error.is_conflict() && !error.may_have_been_done(), "{error}");
    stage.fault("PUT", 1, Fault::lose_answer());
    let error = swift.upload_object("c", "p", k5::Body::bytes("x")).with_max_attempts(1).send().await.expect_err("no answer");
    assert!(error.may_have_been_done(), "{error}");
    assert_eq!(stage.stored("p").await.as_deref(), Some(&b"x"[..]));
}

/// Gateways give shorter pages than were asked for.
#[tokio::test]
async fn short_pages_are_no_end() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    let names: Vec<String> = (0..40).map(|n| format!("o{n:02}")).collect();
    for name in &names {
        swift.upload("c", name).from_bytes("x").send().await.expect("stored");
    }
    stage.emulator.faults(Faults::new().rule(Rule::on("GET", "/v1/*/c").then(Fault::page_limit(15))));
    for limit in [None, Some(7), Some(15), Some(40)] {
        let list = swift.list_objects("c");
        let list = limit.into_iter().fold(list, |list, limit| list.limit(limit));
        let listed = list.items().collect().await.expect("listed").into_iter();
        assert_eq!(listed.map(|object| object.name).collect::<Vec<_>>(), names, "{limit:?}");
    }
    let reversed = swift.list_objects("c").reverse(true).items().collect().await.expect("listed");
    assert_eq!(reversed.len(), 40);
}
