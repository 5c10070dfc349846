//! Tokens that die, and where they go.

use crate::support::{LARGE, Stage, builder};
use k5::{ErrorKind, Sent, WithOptions};
use k5_emulator::Fault;
use k5_tests::bytes::noise;
use k5_tests::raw_server::RawServer;

#[tokio::test]
async fn a_401_before_the_body_costs_one_login_and_no_byte() {
    let stage = Stage::new().await;
    let body = noise(8 * LARGE, 1);
    let source = stage.file(&body);
    stage.emulator.revoke_tokens();
    stage.cloud.object_storage().upload("c", "o").from_path(source).send().await.expect("stored with the new token");
    let puts = stage.seen("PUT");
    assert_eq!(
        puts.iter().map(|put| (put.status, put.body_bytes)).collect::<Vec<_>>(),
        [(Some(401), 0), (Some(201), body.len() as u64)]
    );
    assert!(puts.iter().all(|put| put.header("expect") == Some("100-continue")));
    assert_eq!(stage.logins(), 1);
    assert!(stage.stored("o").await.expect("there") == body);
}

#[tokio::test]
async fn a_reader_survives_a_401_before_its_first_byte() {
    let stage = Stage::new().await;
    let body = noise(LARGE, 2);
    stage.emulator.revoke_tokens();
    let upload = stage.cloud.object_storage().upload("c", "o").from_reader(std::io::Cursor::new(body.clone()), None);
    upload.send().await.expect("the reader was not touched by the refusal");
    assert!(stage.stored("o").await.expect("there") == body);
}

#[tokio::test]
async fn a_revoked_token_costs_one_login_for_many_calls() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    swift.upload("c", "o").from_bytes("shared").send().await.expect("stored");
    stage.emulator.revoke_tokens();
    stage.emulator.clear_requests();
    let calls = (0..40).map(|n| {
        let swift = swift.clone();
        tokio::spawn(async move {
            match n % 2 {
                0 => drop(swift.show_object("c", "o").send().await.expect("shown")),
                _ => drop(swift.upload("c", &format!("o{n}")).from_bytes("x").send().await.expect("stored")),
            }
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("no panic");
    }
    assert_eq!(stage.logins(), 1);
    assert_eq!(swift.list_objects("c").send().await.expect("listed").items.len(), 21);
}

#[tokio::test]
async fn the_first_calls_share_their_login() {
    let stage = Stage::new().await;
    let cloud = builder(&stage.emulator).build().expect("a cloud");
    let calls = (0..20).map(|_| {
        let swift = cloud.object_storage();
        tokio::spawn(async move { swift.show_container("c").send().await.map(drop) })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("no panic").expect("shown");
    }
    assert_eq!(stage.logins(), 1);
}

#[tokio::test]
async fn a_401_inside_the_body_is_repeated_from_a_file_and_not_from_a_reader() {
    let stage = Stage::new().await;
    let swift = stage.cloud.object_storage();
    let body = noise(4 * LARGE, 3);
    let source = stage.file(&body);
    stage.fault("PUT", 1, Fault::reject(300_000, 401));
    swift.upload("c", "file").from_path(&source).send().await.expect("a file can be read again");
    assert_eq!(stage.seen("PUT").len(), 2);
    assert!(stage.stored("file").await.expect("there") == body);

    stage.emulator.clear_requests();
    stage.fault("PUT", 1, Fault::reject(300_000, 401));
    let upload = swift.upload("c", "reader").from_reader(std::io::Cursor::new(body.clone()), Some(body.len() as u64));
    let error = upload.send().await.expect_err("a reader can't be read again");
    assert_ne!(error.sent(), Sent::No, "{error:?}");
    assert_eq!(stage.seen("PUT").len(), 1, "it is never sent again, cut short");
    assert_eq!(stage.stored("reader").await, None);
}

#[tokio::test]
async fn a_wrong_password_is_tried_once() {
    let stage = Stage::new().await;
    let cloud = builder(&stage.emulator).password("demo", "Default", "wrong").build().expect("a cloud");
    for _ in 0..3 {
        let error = cloud.object_storage().show_account().send().await.expect_err("no login");
        assert_eq!(error.kind(), ErrorKind::Login, "{error:?}");
        assert!(!format!("{error} {error:?}").contains("wrong"));
    }
    assert_eq!(stage.logins(), 1, "five of them lock a K5 account");
}

#[tokio::test]
async fn a_redirect_is_never_followed_with_a_token() {
    let elsewhere = RawServer::start(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    for status in [301, 302, 303, 307, 308] {
        let stage = Stage::new().await;
        let place = format!("{}/v1/AUTH_x/c/o", elsewhere.url());
        let swift = stage.cloud.object_storage();
        let source = stage.file(&noise(LARGE, 4));
        for method in ["GET", "HEAD", "PUT"] {
            stage.fault(method, 1, Fault::status(status).header("Location", &place));
            let error = match method {
                "GET" => swift.download_object("c", "o").send().await.map(drop),
                "HEAD" => swift.show_object("c", "o").send().await.map(drop),
                _ => swift.upload("c", "o").from_path(&source).send().await.map(drop),
            }
            .expect_err("not followed");
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status), "{method}: {error}");
        }
        assert_eq!(stage.stored("o").await, None);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_token_goes_to_the_catalogue_and_to_overrides_alone() {
    let elsewhere = RawServer::start(|_| b"HTTP/1.1 204 No Content\r\nX-Trans-Id: tx1\r\n\r\n".to_vec()).await;
    let stage = Stage::new().await;
    let account = format!("{}/v1/AUTH_other", elsewhere.url());
    let cloud = builder(&stage.emulator).endpoint("object-store", account).build().expect("a cloud");
    cloud.object_storage().show_account().send().await.expect("answered by the override");
    let seen = elsewhere.requests();
    assert_eq!(seen[0].line(), "HEAD /v1/AUTH_other");
    assert!(seen[0].has("x-auth-token"));
    assert_eq!(stage.emulator.requests().iter().filter(|request| request.path.starts_with("/v1/")).count(), 0);

    cloud.object_storage().list_objects("c").with_no_token().send().await.expect("an empty list");
    cloud.object_storage().show_info().send().await.expect_err("204 is not a document");
    let seen = elsewhere.requests();
    assert!(seen.len() == 3 && seen[1..].iter().all(|request| !request.has("x-auth-token")));
}
