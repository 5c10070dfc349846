//! Waiting, over a transport whose sleep returns at once.

use crate::fake::{block_on, session};
use crate::fixtures::compute::FAILED;
use crate::fixtures::sap::TASK_FAILED;
use k5::block_storage::BlockStorage;
use k5::compute::waiter::WaitServer;
use k5::compute::{Compute, Server};
use k5::image::Images;
use k5::sap::Sap;
use k5::vm_import::VmImport;
use k5::{Loose, Waiter};
use k5_core::{Request, Session, SleepFuture, Transport, TransportFuture};
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn all(key: &str, documents: &[&str]) -> Vec<String> {
    documents
        .iter()
        .map(|document| if key.is_empty() { format!("200\n\n{document}") } else { format!("200\n\n{{\"{key}\": {document}}}") })
        .collect()
}

const GONE: &str = "404\n\n{\"itemNotFound\": {\"code\": 404, \"message\": \"Gone.\"}}";

#[test]
fn wait_server() {
    let states = [
        r#"{"id": "s", "status": "BUILD", "OS-EXT-STS:task_state": "spawning"}"#,
        // The state is there, but the service is still at work.
        r#"{"id": "s", "status": "ACTIVE", "OS-EXT-STS:task_state": "powering-off"}"#,
        r#"{"id": "s", "status": "REBOOT", "OS-EXT-STS:task_state": null}"#,
        r#"{"id": "s", "status": "ACTIVE", "OS-EXT-STS:task_state": null, "name": "up"}"#,
    ];
    let (up, seen) = session(&all("server", &states));
    let server = block_on(async { Compute::new(up).wait_server("s").active().await }).expect("up");
    assert_eq!((server.name.as_deref(), seen.naps()), (Some("up"), vec![1, 1, 2]));
    assert_eq!(seen.lines(), ["GET /v2/{tenant_id}/servers/s"; 4]);
    let (failed, _) = session(&all("server", &[states[0], FAILED]));
    let error = block_on(async { Compute::new(failed).wait_server("s").active().await }).expect_err("it failed");
    assert!(
        error.is_failed() && error.message().starts_with("the server went to ERROR: Block Device Mapping is Invalid: Volume 7"),
        "{error}"
    );
    let (stopped, _) = session(&all("server", &[r#"{"id": "s", "status": "SHUTOFF"}"#]));
    block_on(async { Compute::new(stopped).wait_server("s").stopped().await }).expect("stopped");
    let (resized, _) = session(&all("server", &[r#"{"id": "s", "status": "VERIFY_RESIZE"}"#]));
    block_on(async { Compute::new(resized).wait_server("s").resized().await }).expect("resized");
    let mut leaving = all("server", &[states[3]]);
    leaving.push(GONE.to_owned());
    let (gone, seen) = session(&leaving);
    block_on(async { Compute::new(gone).wait_server("s").deleted().await }).expect("gone");
    assert_eq!(seen.naps(), [1]);
    let (slow, seen) = session(&all("server", &[states[0]]));
    let error = block_on(async { Compute::new(slow).wait_server("s").active().timeout(Duration::from_secs(30)).await })
        .expect_err("too slow");
    assert!(error.is_timeout() && error.message().contains("is not ACTIVE after 30 s: it is BUILD"), "{error}");
    assert_eq!(seen.slept(), Duration::from_secs(30), "{:?}", seen.naps());
}

/// Every state that a call can lead to is a goal, and what a server never comes back from ends the waiting for any other.
#[test]
fn wait_server_in_every_state() {
    let of = |status: &str| format!("200\n\n{{\"server\": {{\"id\": \"s\", \"status\": \"{status}\"}}}}");
    let wait = |status: &str| Compute::new(session(&[of("BUILD"), of(status)]).0).wait_server("s");
    type Goal = fn(WaitServer) -> Waiter<Server>;
    let goals: [(Goal, &[&str]); 7] = [
        (WaitServer::active, &["ACTIVE"]),
        (WaitServer::stopped, &["SHUTOFF"]),
        (WaitServer::paused, &["PAUSED"]),
        (WaitServer::suspended, &["SUSPENDED"]),
        (WaitServer::resized, &["VERIFY_RESIZE"]),
        (WaitServer::shelved, &["SHELVED", "SHELVED_OFFLOADED"]),
        (WaitServer::offloaded, &["SHELVED_OFFLOADED"]),
    ];
    for (goal, states) in goals {
        for state in states {
            let server = block_on(async { goal(wait(state)).await }).expect("reached");
            assert_eq!(server.status.expect("a status").as_str(), *state);
        }
        for state in ["ERROR", "DELETED", "SOFT_DELETED"] {
            let error = block_on(async { goal(wait(state)).await }).expect_err("never");
            assert!(error.is_failed() && error.message().contains(&format!("went to {state}")), "{error}");
        }
    }
    for state in ["DELETED", "SOFT_DELETED"] {
        block_on(async { wait(state).deleted().await }).expect("as good as gone");
    }
    let error = block_on(async { wait("ERROR").deleted().await }).expect_err("it failed");
    assert!(error.is_failed(), "{error}");
}

#[test]
fn wait_interface() {
    let of = |state: &str| format!("200\n\n{{\"interfaceAttachment\": {{\"port_id\": \"p\", \"port_state\": \"{state}\"}}}}");
    let (up, seen) = session(&[of("BUILD"), of("DOWN"), of("ACTIVE")]);
    block_on(async { Compute::new(up).wait_interface("s", "p").active().await }).expect("up");
    assert_eq!(seen.lines(), ["GET /v2/{tenant_id}/servers/s/os-interface/p"; 3]);
    let (gone, _) = session(&[of("ACTIVE"), GONE.to_owned()]);
    block_on(async { Compute::new(gone).wait_interface("s", "p").detached().await }).expect("gone");
    let error =
        block_on(async { Compute::new(session(&[of("ERROR")]).0).wait_interface("s", "p").active().await }).expect_err("failed");
    assert!(error.is_failed() && error.message().starts_with("the interface went to ERROR"), "{error}");
}

#[test]
fn wait_volume() {
    let of = |states: &[&str]| session(&all("volume", &states.iter().map(|state| state.to_owned()).collect::<Vec<_>>()));
    let (session, creating, available, extending) = (
        BlockStorage::new,
        r#"{"id": "v", "status": "creating"}"#,
        r#"{"id": "v", "status": "available"}"#,
        r#"{"id": "v", "status": "error_extending"}"#,
    );
    let (ready, seen) = of(&[creating, creating, available]);
    block_on(async { session(ready).wait_volume("v").available().await }).expect("available");
    assert_eq!(seen.naps(), [1, 1]);
    let error =
        block_on(async { session(of(&[creating, extending]).0).wait_volume("v").available().await }).expect_err("it failed");
    assert_eq!(error.message(), "the volume went to error_extending: the server gave no reason");
    for state in ["error_managing", "error_backing-up", "deleted"] {
        let document = format!(r#"{{"id": "v", "status": "{state}"}}"#);
        let error = block_on(async { session(of(&[&document]).0).wait_volume("v").available().await }).expect_err(state);
        assert!(error.is_failed() && error.message().starts_with(&format!("the volume went to {state}: ")), "{error}");
    }
    block_on(async { session(of(&[r#"{"id": "v", "status": "in-use"}"#]).0).wait_volume("v").in_use().await }).expect("in use");
    let (gone, _) = crate::fake::session(&[format!("200\n\n{{\"volume\": {available}}}"), GONE.to_owned()]);
    block_on(async { session(gone).wait_volume("v").deleted().await }).expect("gone");
}

#[test]
fn wait_snapshot() {
    let (ready, seen) =
        session(&all("snapshot", &[r#"{"id": "n", "status": "restoring"}"#, r#"{"id": "n", "status": "available"}"#]));
    block_on(async { BlockStorage::new(ready).wait_snapshot("n").available().await }).expect("available");
    assert_eq!(seen.lines(), ["GET /v2/{tenant_id}/snapshots/n"; 2]);
    let (stuck, _) = session(&all("snapshot", &[r#"{"id": "n", "status": "error_deleting"}"#]));
    let error = block_on(async { BlockStorage::new(stuck).wait_snapshot("n").deleted().await }).expect_err("stuck");
    assert!(error.is_failed() && error.message().contains("error_deleting"), "{error}");
}

#[test]
fn wait_image() {
    let (ready, _) = session(&all(
        "",
        &[r#"{"id": "i", "status": "queued"}"#, r#"{"id": "i", "status": "saving"}"#, r#"{"id": "i", "status": "active"}"#],
    ));
    block_on(async { Images::new(ready).wait_image("i").active().await }).expect("active");
    let (killed, _) = session(&all("", &[r#"{"id": "i", "status": "killed", "sync_status_reason": "ERROR: no copy"}"#]));
    let error = block_on(async { Images::new(killed).wait_image("i").active().await }).expect_err("killed");
    assert_eq!(error.message(), "the image went to killed: ERROR: no copy");
    // One that is active may lack a copy in another zone: that is for the caller to look at.
    let (alone, _) = session(&all("", &[r#"{"id": "i", "status": "active", "sync_status_reason": "ERROR: no copy"}"#]));
    let image = block_on(async { Images::new(alone).wait_image("i").active().await }).expect("active");
    assert_eq!(image.sync_status_reason.as_deref(), Some("ERROR: no copy"));
    let (gone, _) = session(&["404\n\n<html><head><title>404 Not Found</title></head></html>"]);
    block_on(async { Images::new(gone).wait_image("i").deleted().await }).expect("gone");
}

#[test]
fn wait_import() {
    let states = ["queued", "processing", "queued", "succeeded"]
        .map(|state| format!("{{\"import_status\": \"{state}\", \"progress\": \"5\"}}"));
    let (done, seen) = session(&all("", &states.iter().map(String::as_str).collect::<Vec<_>>()));
    let shown = Arc::new(Mutex::new(Vec::new()));
    let each = shown.clone();
    let wait = VmImport::new(done).wait_import("i").succeeded().each(move |status| {
        each.lock()
            .expect("unpoisoned")
            .push((status.import_status.as_str().to_owned(), status.progress.as_ref().and_then(Loose::get)));
    });
    block_on(async { wait.await }).expect("imported");
    assert_eq!(seen.naps(), [10, 15, 22]);
    let expected = ["queued", "processing", "queued", "succeeded"].map(|state| (state.to_owned(), Some(5)));
    assert_eq!(*shown.lock().expect("unpoisoned"), expected, "what each poll shows");

    // Nobody knows how the service calls its details: all that it adds is said, and the password that it echoes is not.
    for (state, details, expected) in [
        ("failed", "", "the server gave no reason"),
        ("canceled", ", \"later\": null, \"message\": \"\"", "the server gave no reason"),
        ("failed", ", \"message\": \"No disk in it.\"", "No disk in it."),
        (
            "failed",
            ", \"error_code\": 50001, \"message\": \"Bad aHVudGVyMg==, or hunter2.\", \"password\": \"aHVudGVyMg==\", \"cause\": {\"step\": \"qcow\"}",
            "cause: {\"step\":\"qcow\"}, error_code: 50001, message: Bad ***, or ***.",
        ),
    ] {
        let (lost, _) = session(&[format!("200\n\n{{\"import_status\": \"{state}\"{details}}}")]);
        let error = block_on(async { VmImport::new(lost).wait_import("i").succeeded().await }).expect_err("lost");
        assert!(error.is_failed(), "{error}");
        assert_eq!(error.message(), format!("the import went to {state}: {expected}"));
    }
}

#[test]
fn wait_task() {
    let task = |state: &str| format!("200\n\n<task><id>t</id><status>{state}</status><progress>50</progress></task>");
    let (done, seen) = session(&[task("waiting"), task("running"), task("completed")]);
    let done = block_on(async { Sap::new(done).wait_task("t").completed().await }).expect("completed");
    assert_eq!((done.status.as_str(), seen.naps()), ("completed", vec![5, 7]));
    // A failure is a success of HTTP.
    let (failed, _) = session(&[task("running"), format!("200\n\n{TASK_FAILED}")]);
    let error = block_on(async { Sap::new(failed).wait_task("t").completed().await }).expect_err("it failed");
    let words = "No room for the disk. [disk-1, 60 & more] (67210); storage: pool is full";
    assert_eq!(error.message(), format!("the task went to error: {words}"));
    for (error, words) in [
        ("<error/>", "the server gave no reason"),
        ("<error><message/><code/><arg/></error>", "the server gave no reason"),
        ("<error><code>67210</code></error>", "(67210)"),
        ("<error><message>disk-1 is full</message><arg>disk-1</arg></error>", "disk-1 is full"),
        ("<error><cause><message>a</message></cause><cause><product>p</product></cause></error>", "a; p"),
    ] {
        let (failed, seen) = session(&[format!("200\n\n<task><id>t</id><status>error</status>{error}</task>")]);
        let failed = block_on(async { Sap::new(failed).wait_task("t").completed().await }).expect_err("it failed");
        assert_eq!((failed.message(), seen.naps().len()), (format!("the task went to error: {words}").as_str(), 0));
    }
    let error =
        block_on(async { Sap::new(session(&[task("cancelled")]).0).wait_task("t").completed().await }).expect_err("cancelled");
    assert!(error.is_failed(), "{error}");
}

/// An image that the service removes later is deleted for its owner.
#[test]
fn an_image_that_is_to_be_deleted_is_gone() {
    let pending = r#"{"id": "i", "status": "pending_delete"}"#;
    let (gone, seen) = session(&all("", &[pending]));
    block_on(async { Images::new(gone).wait_image("i").deleted().await }).expect("gone");
    assert!(seen.naps().is_empty());
    let (lost, _) = session(&all("", &[pending]));
    assert!(block_on(async { Images::new(lost).wait_image("i").active().await }).expect_err("it won't be").is_failed());
}

/// Tasks by their ids: what each is when it is asked for the first time and from then on. A pause lets others go on.
struct Tasks {
    states: fn(&str) -> [&'static str; 2],
    asked: Arc<Mutex<Vec<String>>>,
}

impl Transport for Tasks {
    fn call(&self, request: Request) -> TransportFuture {
        let id = request.path.rsplit('/').next().unwrap_or_default().to_owned();
        let mut asked = self.asked.lock().expect("not poisoned");
        let state = (self.states)(&id)[usize::from(asked.contains(&id))];
        let answer = match state {
            "error" => format!("200\n\n{TASK_FAILED}"),
            state => format!("200\n\n<task><id>{id}</id><status>{state}</status></task>"),
        };
        asked.push(id);
        Box::pin(async move { Ok(crate::fake::response(answer.as_bytes())) })
    }

    fn sleep(&self, _: Duration) -> SleepFuture {
        Box::pin(tokio::task::yield_now())
    }
}

#[test]
fn wait_tasks() {
    let of = |states| {
        let asked = Arc::default();
        (Sap::new(Session::from_transport(Tasks { states, asked: Arc::clone(&asked) })), asked)
    };
    let ids = |asked: Arc<Mutex<Vec<String>>>| asked.lock().expect("not poisoned").concat();
    let (sap, asked) = of(|id| if id == "b" { ["completed"; 2] } else { ["running", "completed"] });
    let done = block_on(async { sap.wait_tasks(["a", "b", "c"]).await }).expect("completed");
    assert_eq!(done.iter().map(|task| task.id.as_str()).collect::<String>(), "abc", "in the order of the question");
    assert_eq!(ids(asked), "abcac", "none after it is completed");
    // One that goes on for ever doesn't hide one that has failed.
    let (sap, asked) = of(|id| if id == "a" { ["running"; 2] } else { ["running", "error"] });
    let error = block_on(async { sap.wait_tasks(["a", "b"]).await }).expect_err("one has failed");
    assert!(error.is_failed() && error.message().contains("No room for the disk."), "{error}");
    assert_eq!(ids(asked), "abab");
    let none: [&str; 0] = [];
    assert!(block_on(async { of(|_| ["waiting"; 2]).0.wait_tasks(none).await }).expect("nothing to wait for").is_empty());
    let wait = of(|_| ["waiting"; 2]).0.wait_tasks(["a"]).every(Duration::from_secs(1), Duration::from_secs(2));
    let error = block_on(async { wait.timeout(Duration::from_secs(4)).await }).expect_err("too slow");
    assert!(error.is_timeout() && error.message().contains("is not completed after 4 s: it is waiting"), "{error}");
}
