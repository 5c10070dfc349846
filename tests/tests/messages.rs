//! What errors say of a call: of what it was, and none of the request's secrets; and what is refused before anything is sent.

use k5::dynamic::Arguments;
use k5::{Body, Cloud, ErrorKind, Reason, Sent};
use k5_tests::operation;
use k5_tests::raw_server::{RawRequest, RawServer};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Options are the command line's: in a program of somebody else there are none, so no message of the libraries may speak of them.
#[test]
fn no_library_names_an_option_of_the_command_line() {
    fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => sources(&path, found),
                false if path.extension().is_some_and(|extension| extension == "rs") => found.push(path),
                false => {}
            }
        }
    }
    let crates = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates"));
    let mut found = Vec::new();
    for library in std::fs::read_dir(crates).expect("the crates") {
        let library = library.expect("an entry").path();
        if library.file_name().is_some_and(|name| name != "k5-cli") {
            sources(&library.join("src"), &mut found);
        }
    }
    assert!(found.len() > 100, "{}", found.len());
    for path in found {
        let text = std::fs::read_to_string(&path).expect("text");
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let mut after = line.match_indices("--").map(|(at, _)| line[at + 2..].chars().next());
            assert!(!after.any(|next| next.is_some_and(|c| c.is_ascii_lowercase())), "{}:{}: {line}", path.display(), at + 1);
        }
    }
}

const PASSWORD: &str = "a-password-for-keystone";

/// A login whose catalogue leads to `endpoint`.
fn token(endpoint: &str) -> Vec<u8> {
    let entry = |kind| format!(r#"{{"type":"{kind}","endpoints":[{{"interface":"public","region":"R","url":"{endpoint}"}}]}}"#);
    let body = format!(
        r#"{{"token":{{"methods":["password"],"expires_at":"2999-01-01T00:00:00Z","user":{{"id":"u"}},"project":{{"id":"p"}},
        "catalog":[{},{}]}}}}"#,
        entry("compute"),
        entry("object-store")
    );
    format!("HTTP/1.1 201 Created\r\nX-Subject-Token: the-token-of-the-login\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn refused(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// A server that logs in, unless `answer` has something else to say, and answers with what `answer` says.
async fn server(answer: impl Fn(&RawRequest) -> Option<Vec<u8>> + Send + Sync + 'static) -> RawServer {
    RawServer::start(move |request| {
        let host = request.head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        answer(request).unwrap_or_else(|| token(&format!("http://{host}/v2")))
    })
    .await
}

fn cloud(url: &str) -> Cloud {
    let set = [
        ("OS_AUTH_URL", format!("{url}/v3")),
        ("OS_USERNAME", "u".to_owned()),
        ("OS_PASSWORD", PASSWORD.to_owned()),
        ("OS_USER_DOMAIN_NAME", "d".to_owned()),
        ("OS_PROJECT_ID", "p".to_owned()),
    ];
    Cloud::builder().variables(set).build().expect("a cloud")
}

fn is_login(request: &RawRequest) -> bool {
    request.line().starts_with("POST /v3/auth/tokens")
}

#[tokio::test]
async fn a_document_that_comes_back_in_an_error_shows_no_secret() {
    let server = server(|request| {
        let echo = String::from_utf8_lossy(&request.body).replace('"', "'");
        let text = format!("Invalid input {echo}, {}", request.head.replace("\r\n", " "));
        (!is_login(request))
            .then(|| refused("400 Bad Request", &serde_json::json!({"badRequest": {"code": 400, "message": text}}).to_string()))
    })
    .await;
    let create = operation("compute.create_server");
    let document = br#"{"server":{"name":"n","imageRef":"i","flavorRef":"f","adminPass":"S3cret!pw"}}"#;
    let document = create.document(document, true).expect("a document");
    let arguments = Arguments::default().body(Body::bytes(document));
    let session = cloud(&server.url()).session();
    let error = create.call(&session, arguments).expect("a call").send().await.expect_err("refused");
    let shown = format!("{error} {error:?} {}", error.excerpt().expect("text"));
    assert!(shown.contains("'adminPass':'***'") && shown.contains("x-auth-token: ***"), "{shown}");
    for secret in ["S3cret!pw", "the-token-of-the-login", PASSWORD] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[tokio::test]
async fn an_error_says_of_what_it_is() {
    let server = server(|request| (!is_login(request)).then(|| refused("404 Not Found", ""))).await;
    let cloud = cloud(&server.url());
    let error = cloud.object_storage().download_object("c", "a b/ü\n").send().await.expect_err("not there");
    let said = error.to_string();
    assert!(said.starts_with(r"object_storage.download_object swift://c/a b/ü\n: 404 Not Found: "), "{said}");
    let error = cloud.compute().show_server("4711").send().await.expect_err("not there");
    assert!(error.to_string().starts_with("compute.show_server /servers/4711: 404 Not Found: "), "{error}");
    let error = cloud.object_storage().list_containers().send().await.expect_err("not there");
    assert!(error.to_string().starts_with("object_storage.list_containers: 404 Not Found: "), "{error}");
}

#[tokio::test]
async fn a_connection_that_is_refused_after_the_login_is_tried_again() {
    let later = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let keystone = server(move |_| Some(token(&format!("http://{later}/v1/AUTH_p")))).await;
    let create = operation("object_storage.update_account");
    let session = cloud(&keystone.url()).session();
    let error = create.call(&session, Arguments::default()).expect("a call").send().await.expect_err("nobody is there");
    assert_eq!((error.kind(), error.sent(), error.attempts()), (ErrorKind::Connect, Sent::No, 5), "{error}");
    assert!(!error.may_have_been_done());
    let serving = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        let listener = TcpListener::bind(later).expect("the same port");
        let (mut stream, _) = listener.accept().expect("a client");
        let mut seen = [0; 4096];
        std::io::Read::read(&mut stream, &mut seen).expect("a request");
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 204 No Content\r\n\r\n").expect("an answer");
    });
    let response = create.call(&session, Arguments::default()).expect("a call").send().await.expect("at last");
    assert!(response.response().attempts > 1);
    serving.join().expect("served");
}

#[tokio::test]
async fn headers_of_the_connection_are_refused_by_name() {
    let server = server(|_| None).await;
    let session = cloud(&server.url()).session();
    for name in ["Content-Length", "X-Auth-Token", "Host", "Transfer-Encoding", "Connection", "Proxy-Authorization", "Expect"] {
        let arguments = Arguments::default().headers(vec![(name.to_owned(), "5".to_owned())]);
        let error =
            operation("object_storage.list_containers").call(&session, arguments).expect("a call").send().await.expect_err(name);
        assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidInput, Sent::No), "{name}");
        assert!(error.message().contains(&name.to_ascii_lowercase()), "{error}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_second_factor_and_a_long_wait_are_named() {
    let login =
        server(|_| Some(b"HTTP/1.1 401 Unauthorized\r\nOpenstack-Auth-Receipt: gAAAA\r\nContent-Length: 0\r\n\r\n".to_vec())).await;
    let error = cloud(&login.url()).object_storage().list_containers().send().await.expect_err("no token");
    assert!(error.kind() == ErrorKind::Login && error.message().contains("second factor"), "{error}");
    assert_eq!(error.reason(), Some(&Reason::SecondFactor));
    assert!(!format!("{error:?}").contains("gAAAA"));
    let busy = server(|request| {
        (!is_login(request))
            .then(|| b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n".to_vec())
    })
    .await;
    let error = cloud(&busy.url()).object_storage().list_containers().send().await.expect_err("busy");
    assert!(error.to_string().contains("the server asks to wait 86400 s"), "{error}");
}
