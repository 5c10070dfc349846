//! ETags in other forms than Swift's own: in quotes, weak, or left out by what stands between.

use crate::support::Stage;
use k5::object_storage::{Fetch, ObjectStorage};
use k5::retry::RetryPolicy;
use k5::{ErrorKind, Reason, Session, Transport};
use k5_core::{Request, TransportFuture};
use k5_emulator::{Fault, Faults, Rule};
use k5_tests::bytes::noise;
use std::time::Duration;

const PART: usize = 100_000;
const SIZE: usize = 9 * PART + 123;

/// What stands between and writes each ETag anew.
struct Between {
    session: Session,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Bare,
    Quoted,
    Weak,
    None,
}

impl Transport for Between {
    fn call(&self, request: Request) -> TransportFuture {
        let (calling, form) = (self.session.call(request), self.form);
        Box::pin(async move {
            let mut answer = calling.await?;
            if let Some(etag) = answer.headers.remove("etag") {
                let bare = etag.to_str().expect("text").trim_matches('"').to_owned();
                let written = match form {
                    Form::Bare => Some(bare),
                    Form::Quoted => Some(format!("\"{bare}\"")),
                    Form::Weak => Some(format!("W/\"{bare}\"")),
                    Form::None => None,
                };
                answer.headers.extend(written.map(|etag| (http::header::ETAG, etag.parse().expect("a value"))));
            }
            Ok(answer)
        })
    }
}

fn through(stage: &Stage, form: Form) -> ObjectStorage {
    ObjectStorage::new(Session::from_transport(Between { session: stage.cloud.session(), form }))
}

fn fetch(swift: &ObjectStorage) -> Fetch {
    let retry = RetryPolicy::default().base_delay(Duration::from_millis(5)).max_attempts(5);
    swift.fetch("c", "o").part_size(PART as u64).retry(retry)
}

const FORMS: [Form; 4] = [Form::Bare, Form::Quoted, Form::Weak, Form::None];

#[tokio::test]
async fn downloads_go_on_and_are_checked_as_far_as_they_can_be() {
    let body = noise(SIZE, 61);
    for (form, segmented) in FORMS.into_iter().flat_map(|form| [(form, false), (form, true)]) {
        let what = format!("{form:?} {segmented}");
        let stage = Stage::new().await;
        let upload = stage.cloud.object_storage().upload("c", "o").from_bytes(body.clone());
        let upload = if segmented { upload.segment_size(PART as u64) } else { upload };
        upload.send().await.expect("stored");
        let swift = through(&stage, form);
        let target = stage.folder.path().join("target");
        let on_gets = |rule: fn(Rule) -> Rule, fault| Faults::new().rule(rule(Rule::on("GET", "/v1/*/c*/o*")).then(fault));

        // Broken on its way, into a file and to a writer.
        stage.emulator.faults(on_gets(|rule| rule.every(2).times(4), Fault::truncate(40_000)));
        fetch(&swift).to_path(&target).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(std::fs::read(&target).expect("there") == body, "{what}");
        stage.emulator.faults(on_gets(|rule| rule.first(1), Fault::truncate(40_000)));
        let (written, _) = fetch(&swift).write_to(Vec::new(), "memory").await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(written == body, "{what}");
        // Whole, by hand.
        stage.emulator.faults(Faults::new());
        let download = swift.download_object("c", "o").send().await.expect("there");
        assert!(download.collect(SIZE).await.expect("whole") == body, "{what}");

        // Stopped, and begun again.
        let running = fetch(&swift).concurrency(1).start(&target);
        running.progress().wait_for(|now| now.segments_done >= 3).await.expect("it goes on");
        drop(running);
        tokio::time::sleep(Duration::from_millis(100)).await;
        let fetched = fetch(&swift).to_path(&target).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(fetched.reused >= 3 * PART as u64, "{what}: {}", fetched.reused);
        assert!(std::fs::read(&target).expect("there") == body, "{what}");

        // Damaged on its way: found where there is a sum.
        let has_sum = segmented || matches!(form, Form::Bare | Form::Quoted);
        stage.emulator.faults(on_gets(|rule| rule.first(1), Fault::corrupt(5)));
        let outcome = fetch(&swift).write_to(Vec::new(), "memory").await.map(drop);
        assert_eq!(outcome.err().map(|error| error.kind()), has_sum.then_some(ErrorKind::Integrity), "{what}");
    }
}

#[tokio::test]
async fn an_object_that_is_replaced_meanwhile_is_never_mixed() {
    let (body, other) = (noise(SIZE, 62), noise(SIZE, 63));
    for form in FORMS {
        let stage = Stage::new().await;
        let swift = through(&stage, form);
        swift.upload("c", "o").from_bytes(body.clone()).send().await.unwrap_or_else(|error| panic!("{form:?}: {error}"));
        let target = stage.folder.path().join("target");
        let running = fetch(&swift).concurrency(1).start(&target);
        running.progress().wait_for(|now| now.segments_done >= 2).await.expect("it goes on");
        swift.upload("c", "o").from_bytes(other.clone()).send().await.expect("stored");
        match running.join().await {
            Ok(_) => assert!(std::fs::read(&target).expect("there") == body, "{form:?}: it was faster"),
            Err(error) => assert!(error.reason() == Some(&Reason::Replaced), "{form:?}: {error}"),
        }
        fetch(&swift).to_path(&target).await.unwrap_or_else(|error| panic!("{form:?}: {error}"));
        assert!(std::fs::read(&target).expect("there") == other, "{form:?}");
    }
}
