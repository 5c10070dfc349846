//! Uploads that break.

use crate::support::{LARGE, Stage, builder, timed};
use k5::{ByteStream, ErrorKind, Sent};
use k5_emulator::{Fault, Faults, Rule};
use k5_tests::bytes::noise;
use k5_tests::raw_server::RawServer;
use md5::{Digest, Md5};
use std::collections::VecDeque;
use std::io::{Read, Write};
use std::time::Duration;

#[tokio::test]
async fn a_broken_connection_is_tried_again_from_a_file() {
    let stage = Stage::new().await;
    let body = noise(4 * LARGE, 1);
    let source = stage.file(&body);
    for (name, fault) in [
        ("close", Fault::close()),
        ("close-1", Fault::close_after(1)),
        ("close-half", Fault::close_after(2 << 20)),
        ("503", Fault::status(503)),
        ("503-inside", Fault::reject(200_000, 503)),
        ("500", Fault::status(500)),
    ] {
        stage.emulator.clear_requests();
        stage.fault("PUT", 1, fault);
        let uploaded = stage.cloud.object_storage().upload("c", name).from_path(&source).send().await;
        let puts = stage.seen("PUT").len();
        let stored = stage.stored(name).await;
        match uploaded {
            Ok(_) => assert!(stored.is_some_and(|stored| stored == body) && puts == 2, "{name}: {puts} requests"),
            Err(error) => panic!("{name}: {error}: {stored:?}", stored = stored.map(|stored| stored.len())),
        }
    }
}

#[tokio::test]
async fn what_was_consumed_is_never_sent_again() {
    let stage = Stage::new().await;
    let body = noise(2 * LARGE, 2);
    for (name, fault) in
        [("close", Fault::close_after(100_000)), ("503", Fault::reject(100_000, 503)), ("429", Fault::reject(100_000, 429))]
    {
        stage.emulator.clear_requests();
        stage.fault("PUT", 1, fault.clone());
        let stream = in_chunks(&body);
        let length = Some(body.len() as u64);
        let error = stage.cloud.object_storage().upload("c", name).from_stream(stream, length).send().await.expect_err("begun");
        assert_ne!(error.sent(), Sent::No, "{name}: {error:?}");
        assert_eq!(stage.seen("PUT").len(), 1, "{name}");
        assert_eq!(stage.stored(name).await, None, "{name}");
        // Without a length it is held in memory, and so can be sent again.
        stage.emulator.clear_requests();
        stage.fault("PUT", 1, fault.clone());
        stage.cloud.object_storage().upload("c", name).from_stream(in_chunks(&body), None).send().await.expect("sent again");
        assert_eq!(stage.seen("PUT").len(), 2, "{name}");
        assert!(stage.stored(name).await.as_ref() == Some(&body), "{name}");
    }
}

fn in_chunks(body: &[u8]) -> ByteStream {
    let chunks: Vec<_> = body.chunks(50_000).map(|chunk| Ok(chunk.to_vec().into())).collect();
    ByteStream::from_stream(futures_util::stream::iter(chunks))
}

#[tokio::test]
async fn what_was_there_before_stays() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    swift.upload("c", "o").from_bytes("old").send().await.expect("stored");
    stage.fault("PUT", 99, Fault::close_after(500_000));
    let source = stage.file(&noise(LARGE, 3));
    let error = swift.upload("c", "o").from_path(source).send().await.expect_err("it breaks each time");
    assert!(error.is_retryable() && error.attempts() == 5, "{error}");
    assert_eq!(stage.stored("o").await.as_deref(), Some(&b"old"[..]));
}

#[tokio::test]
async fn a_503_says_when_to_come_back() {
    let stage = Stage::new().await;
    stage.fault("PUT", 1, Fault::status(503).header("Retry-After", "1"));
    let (uploaded, took) = timed(stage.cloud.object_storage().upload("c", "o").from_bytes("x").send()).await;
    uploaded.expect("stored");
    assert!(took >= Duration::from_secs(1), "{took:?}");
    stage.fault("PUT", 9, Fault::status(503).header("Retry-After", "3600"));
    let (refused, took) = timed(stage.cloud.object_storage().upload("c", "p").from_bytes("x").send()).await;
    let error = refused.expect_err("nobody waits an hour");
    assert!(took < Duration::from_secs(10) && error.attempts() == 1, "{error} after {took:?}");
    assert_eq!(stage.stored("p").await, None);
}

#[tokio::test]
async fn a_storm_of_refusals_ends() {
    for status in [429, 498] {
        let stage = Stage::new().await;
        stage.fault("PUT", 3, Fault::status(status));
        stage.cloud.object_storage().upload("c", "o").from_bytes("x").send().await.expect("the fourth attempt");
        assert_eq!(stage.seen("PUT").len(), 4);
        stage.emulator.clear_requests();
        stage.fault("PUT", u64::MAX, Fault::status(status));
        let calls = (0..60).map(|n| {
            let swift = stage.cloud.object_storage();
            tokio::spawn(async move { swift.upload("c", &format!("p{n}")).from_bytes("x").send().await.map(drop) })
        });
        for call in calls.collect::<Vec<_>>() {
            let error = call.await.expect("no panic").expect_err("refused each time");
            assert!(error.is_throttled(), "{error}");
        }
        // 60 first attempts, and what the budget of the whole client allows, not 300.
        let requests = stage.seen("PUT").len();
        assert!((60..=170).contains(&requests), "{requests} requests");
        assert_eq!(stage.stored("p0").await, None);
    }
}

#[tokio::test]
async fn a_wrong_etag_in_the_answer_is_looked_into() {
    let stage = Stage::new().await;
    let body = noise(LARGE, 5);
    let source = stage.file(&body);
    stage.fault("PUT", 1, Fault::wrong_etag());
    let stored = stage.cloud.object_storage().upload("c", "o").from_path(source).send().await.expect("the object is right");
    assert_eq!(stored.bytes, body.len() as u64);
    assert_eq!(stage.seen("HEAD").len(), 1);
    assert!(stage.stored("o").await.expect("there") == body);
}

#[tokio::test]
async fn an_object_that_was_stored_wrong_is_deleted() {
    let server = RawServer::start(|request| {
        let status = match request.line().split(' ').next() {
            Some("PUT") => "201 Created",
            Some("HEAD") => "200 OK",
            _ => "204 No Content",
        };
        let etag = "0123456789abcdef0123456789abcdef";
        format!("HTTP/1.1 {status}\r\nEtag: {etag}\r\nX-Trans-Id: tx1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .into_bytes()
    })
    .await;
    let stage = Stage::new().await;
    let cloud = builder(&stage.emulator).endpoint("object-store", format!("{}/v1/AUTH_a", server.url())).build().expect("a cloud");
    let source = stage.file(&noise(LARGE, 6));
    let error = cloud.object_storage().upload("c", "o").from_path(source).send().await.expect_err("other bytes are stored");
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    let lines: Vec<_> = server.requests().iter().map(|request| request.line().to_owned()).collect();
    assert_eq!(lines, ["PUT /v1/AUTH_a/c/o", "HEAD /v1/AUTH_a/c/o?symlink=get", "DELETE /v1/AUTH_a/c/o"]);
}

#[tokio::test]
async fn a_server_that_stops_reading_is_left() {
    let stage = Stage::hasty(Duration::from_millis(500)).await;
    // More than the buffers of both sides hold.
    let body = noise(32 * LARGE, 7);
    let source = stage.file(&body);
    stage.fault("PUT", 99, Fault::stall_read(100_000, Duration::from_secs(60)));
    let (outcome, took) = timed(stage.cloud.object_storage().upload("c", "o").from_path(&source).send()).await;
    let error = outcome.expect_err("it stands still");
    assert!(error.is_timeout(), "{error}");
    assert!(took < Duration::from_secs(40), "{took:?}");
    assert_eq!(stage.stored("o").await, None);

    stage.fault("PUT", 1, Fault::stall_read(100_000, Duration::from_secs(60)));
    stage.cloud.object_storage().upload("c", "o").from_path(&source).send().await.expect("the second attempt");
    assert!(stage.stored("o").await.expect("there") == body);
}

#[tokio::test]
async fn a_slow_source_is_no_reason_to_give_up() {
    let stage = Stage::hasty(Duration::from_millis(200)).await;
    let body = noise(3 * 10_000, 11);
    let slow = SlowReader(body.clone().into());
    stage.cloud.object_storage().upload("c", "o").from_reader(slow, None).send().await.expect("it takes as long as it takes");
    assert_eq!(stage.stored("o").await, Some(body));
}

/// Gives its bytes in pieces, each after more than the idle limit.
struct SlowReader(VecDeque<u8>);

impl Read for SlowReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if !self.0.is_empty() {
            std::thread::sleep(Duration::from_millis(500));
        }
        let length = buffer.len().min(10_000);
        self.0.read(&mut buffer[..length])
    }
}

#[tokio::test]
async fn a_server_without_100_continue_is_asked_once() {
    let server = RawServer::without_continue(|request| {
        let md5: String = Md5::digest(&request.body).iter().map(|byte| format!("{byte:02x}")).collect();
        format!("HTTP/1.1 201 Created\r\nEtag: {md5}\r\nX-Trans-Id: tx1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .into_bytes()
    })
    .await;
    let stage = Stage::new().await;
    let cloud = builder(&stage.emulator).endpoint("object-store", format!("{}/v1/AUTH_a", server.url())).build().expect("a cloud");
    let body = noise(LARGE, 8);
    let source = stage.file(&body);
    let swift = cloud.object_storage();
    cloud.token().await.expect("a login");
    let (first, took) = timed(swift.upload("c", "one").from_path(&source).send()).await;
    first.expect("the body goes without it");
    assert!((Duration::from_secs(1)..Duration::from_secs(30)).contains(&took), "{took:?}");
    swift.upload("c", "two").from_path(&source).send().await.expect("stored");
    let seen = server.requests();
    assert_eq!(seen.iter().map(|request| request.has("expect")).collect::<Vec<_>>(), [true, false]);
    assert!(seen.iter().all(|request| request.body == body));
}

#[tokio::test]
async fn a_late_100_continue_does_no_harm() {
    let stage = Stage::new().await;
    let body = noise(LARGE, 8);
    stage.fault("PUT", 1, Fault::no_100(Duration::from_millis(1500)));
    stage.cloud.object_storage().upload("c", "o").from_path(stage.file(&body)).send().await.expect("stored");
    assert!(stage.stored("o").await.expect("there") == body);
}

#[tokio::test]
async fn a_refused_expectation_is_repeated_without() {
    let stage = Stage::new().await;
    let body = noise(LARGE, 9);
    let source = stage.file(&body);
    let refusing = Rule::on("PUT", "/v1/*/c/*").with_header("Expect").then(Fault::status(417));
    stage.emulator.faults(Faults::new().rule(refusing));
    stage.cloud.object_storage().upload("c", "o").from_path(source).send().await.expect("sent without asking");
    assert_eq!(stage.seen("PUT").len(), 2);
    assert!(stage.stored("o").await.expect("there") == body);
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_not_stored() {
    for (name, grows) in [("shrinks", false), ("grows", true)] {
        let stage = Stage::new().await;
        let source = stage.file(&noise(16 * LARGE, 10));
        // The server stops for a moment in the middle, which is when the file changes.
        stage.fault("PUT", 1, Fault::stall_read(1_000_000, Duration::from_millis(700)));
        let swift = stage.cloud.object_storage();
        let uploading = tokio::spawn(swift.upload("c", name).from_path(&source).send());
        tokio::time::sleep(Duration::from_millis(300)).await;
        let mut file = std::fs::OpenOptions::new().append(true).open(&source).expect("opened");
        match grows {
            true => file.write_all(b"more").expect("written"),
            false => file.set_len(2_000_000).expect("cut"),
        }
        drop(file);
        let error = uploading.await.expect("no panic").expect_err("it changed");
        assert_eq!(error.kind(), ErrorKind::Local, "{name}: {error}");
        assert_eq!(stage.seen("PUT").len(), 1, "{name}: what the caller's side did is not for repetition");
        assert_eq!(stage.stored(name).await, None, "{name}");
    }
}
