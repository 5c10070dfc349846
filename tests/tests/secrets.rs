//! Passwords, tokens, keys and signatures show in no log, error or `Debug`, at the finest level.

use k5::config::Sources;
use k5::object_storage::{TempUrl, meta::SERVICE};
use k5::{Cloud, Secret, WithOptions};
use k5_emulator::{Fault, Faults, Rule};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::format::FmtSpan;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const PASSWORD: &str = "demopw";
const ACCOUNT_KEY: &str = "key-of-the-account-1234";
const CONTAINER_KEY: &str = "key-of-the-container-5678";
const SYNC_KEY: &str = "key-of-the-synchronization-9";
const BAD_TOKEN: &str = "gAAAA-a-token-that-is-no-good";

#[test]
fn no_secret_is_shown_anywhere() {
    let log = Captured::default();
    let writer = log.clone();
    // The one subscriber of this process, so that what other threads say is caught as well.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let (mut shown, secrets) = runtime.block_on(session());
    shown.push_str(&String::from_utf8_lossy(&log.0.lock().expect("not poisoned")));
    // It was a log of something.
    for expected in ["create_token", "upload_object", "trying again", "head", "k5.attempt", "download_object"] {
        assert!(shown.contains(expected), "{expected} is not in the log");
    }
    for (what, secret) in &secrets {
        assert!(secret.len() >= 6, "{what} is too short to be looked for");
        if let Some(at) = shown.find(secret.as_str()) {
            let start = shown[..at].rfind('\n').unwrap_or(0);
            panic!("{what} is shown: {}", shown[start..at].trim());
        }
    }
}

/// A login, calls of every kind, errors of every kind. Returns what was printed of values, and the secrets.
async fn session() -> (String, Vec<(&'static str, String)>) {
    let emulator = k5_emulator::start().await.expect("an emulator");
    let sources = || emulator.environment().into_iter().fold(Sources::empty(), |all, (name, value)| all.with_variable(name, value));
    let cloud = Cloud::builder().sources(sources()).build().expect("a cloud");
    let mut shown = format!("{:?} {:?} {:?}\n", sources(), Cloud::builder().sources(sources()).token(BAD_TOKEN), cloud);
    let swift = cloud.object_storage();
    let account = Secret::new(ACCOUNT_KEY);
    let update = swift.update_account().temp_url_key(&account).temp_url_key_2(&account);
    shown += &format!("{update:?}\n");
    update.send().await.expect("updated");
    let create = swift.create_container("c").metadata("Temp-URL-Key", CONTAINER_KEY).sync_key(&Secret::new(SYNC_KEY));
    shown += &format!("{create:?}\n");
    create.send().await.expect("created");

    emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/c/*").first(1).then(Fault::status(503))));
    swift.upload("c", "o").from_bytes(vec![7; 200_000]).send().await.expect("stored");
    emulator.faults(Faults::new());
    let token = cloud.token().await.expect("a login").expect("a token");
    shown += &format!("{token:?} {:?}\n", token.secret);
    let mut secrets = vec![("the first token", token.secret.expose().to_owned())];
    emulator.revoke_tokens();
    swift.show_object("c", "o").send().await.expect("shown with a new token");
    let token = cloud.token().await.expect("a login").expect("a token");
    secrets.push(("the second token", token.secret.expose().to_owned()));

    // What the owner gets to see of keys.
    shown += &format!("{:?} {:?}\n", swift.show_account().send().await, swift.show_container("c").send().await);
    let base = cloud.endpoint(&SERVICE).await.expect("a URL");
    let link = TempUrl::new("GET", &base, "c", "o").sign(&Secret::new(CONTAINER_KEY), 4_000_000_000).expect("signed");
    shown += &format!("{link:?}\n");
    let query = link.expose().split_once('?').expect("a query").1;
    let signature = query.split('&').find_map(|pair| pair.strip_prefix("temp_url_sig=")).expect("a signature").to_owned();
    secrets.push(("a signature", signature.clone()));
    for (object, good) in [("o", true), ("other", false)] {
        let get = swift
            .download_object("c", object)
            .with_no_token()
            .temp_url_sig(&Secret::new(&signature))
            .temp_url_expires("4000000000");
        let outcome = get.send().await;
        assert_eq!(outcome.is_ok(), good);
        shown += &format!("{:?}\n", outcome.map(drop));
    }
    let identity = cloud.identity();
    let (details, headers) = identity.show_token(&token.secret).send().await.expect("shown");
    shown += &format!("{details:?} {headers:?}\n");
    shown += &format!("{:?}\n", identity.revoke_token(&token.secret).send().await);

    // Errors: a wrong password, a token that is no good, a server that repeats what it was sent.
    let wrong = Cloud::builder().sources(sources()).password("demo", "Default", "wrong-password-77").build().expect("a cloud");
    let error = wrong.object_storage().show_account().send().await.expect_err("no login");
    shown += &format!("{error} {error:?} {wrong:?}\n");
    let stale = Cloud::builder().sources(Sources::empty()).auth_url(emulator.auth_url()).token(BAD_TOKEN).build().expect("a cloud");
    let error = stale.object_storage().show_account().send().await.expect_err("no such token");
    shown += &format!("{error} {error:?} {stale:?}\n");
    let error = Cloud::builder()
        .sources(sources())
        .project("missing", "Default")
        .build()
        .expect("a cloud")
        .token()
        .await
        .expect_err("none");
    shown += &format!("{error} {error:?}\n");
    let error = swift.update_account().temp_url_key(&Secret::new(format!("{ACCOUNT_KEY}\n"))).send().await.expect_err("a line end");
    shown += &format!("{error} {error:?}\n");
    emulator.stop().await;
    let error = swift.show_account().with_max_attempts(2).send().await.expect_err("nobody is there");
    shown += &format!("{error} {error:?}\n");

    let fixed = [
        ("the password", PASSWORD),
        ("a wrong password", "wrong-password-77"),
        ("the account's key", ACCOUNT_KEY),
        ("the container's key", CONTAINER_KEY),
        ("the key of a synchronization", SYNC_KEY),
        ("a token that is no good", BAD_TOKEN),
    ];
    secrets.extend(fixed.map(|(what, secret)| (what, secret.to_owned())));
    (shown, secrets)
}
