//! Servers that mean no good, or are broken beyond that. Each call at one ends within twice its limit in time and 64 MiB of memory, shows
//! no secret, and says what it was. Each runs in a process of its own, so that its memory can be told.

#[path = "hostile/tls.rs"]
mod tls;

use k5::config::Sources;
use k5::dynamic::Arguments;
use k5::{Cloud, Error, Timeouts};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The limit of each call.
const LIMIT: Duration = Duration::from_secs(3);
/// The most memory that a call's process may take, in KiB, the process itself included.
const MEMORY: u64 = 64 * 1024;
const PASSWORD: &str = "hunter2-is-no-good-password";
const TOKEN: &str = "gAAAAAB-the-token-of-this-test";
/// Tells the child what to do: operation and URL.
const CHILD: &str = "K5_HOSTILE_CHILD";
/// Tells it whom to trust.
const TRUSTED: &str = "K5_HOSTILE_TRUSTED";

/// A request as the hostile server sees it, and where to answer it.
struct Asked {
    stream: TcpStream,
    head: String,
}

type Answered = std::io::Result<()>;

impl Asked {
    fn say(&mut self, text: impl AsRef<[u8]>) -> Answered {
        self.stream.write_all(text.as_ref())
    }

    /// Says `text` again and again, until the client has had enough.
    fn repeat(&mut self, text: &str) -> Answered {
        let block = text.repeat(16 * 1024 / text.len() + 1);
        loop {
            self.say(&block)?;
        }
    }

    /// Says `text` a byte at a time.
    fn trickle(&mut self, text: &str) -> Answered {
        for byte in text.as_bytes().iter().cycle() {
            self.say([*byte])?;
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Says nothing more, and holds the connection.
    fn stop(&mut self) -> Answered {
        // Until the client hangs up.
        self.stream.read(&mut [0]).map(drop)
    }

    fn document(&mut self, status: &str, more: &str, body: &str) -> Answered {
        self.say(format!(
            "HTTP/1.1 {status}\r\n{more}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    fn token(&mut self, endpoint: &str) -> Answered {
        let kinds = ["object-store", "compute", "sap", "image"];
        let entries = kinds.map(|kind| {
            format!(r#"{{"type":"{kind}","name":"{kind}","endpoints":[{{"interface":"public","region":"R","region_id":"R","url":"{endpoint}"}}]}}"#)
        });
        let token = format!(
            r#"{{"token":{{"methods":["password"],"expires_at":"2999-01-01T00:00:00.000000Z","user":{{"id":"u","name":"u"}},
            "project":{{"id":"p","name":"p"}},"catalog":[{}]}}}}"#,
            entries.join(",")
        );
        self.document("201 Created", &format!("X-Subject-Token: {TOKEN}\r\n"), &token)
    }
}

/// Reads a request; `None` where the client has gone.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut seen = Vec::new();
    let mut byte = [0; 4096];
    let end = loop {
        if let Some(at) = seen.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        match stream.read(&mut byte) {
            Ok(count) if count > 0 => seen.extend_from_slice(&byte[..count]),
            _ => return None,
        }
    };
    let head = String::from_utf8_lossy(&seen[..end]).into_owned();
    let length =
        head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
    while seen.len() < end + length {
        match stream.read(&mut byte) {
            Ok(count) if count > 0 => seen.extend_from_slice(&byte[..count]),
            _ => return None,
        }
    }
    Some(head)
}

/// A server that logs in, unless `login` answers in its place, and then does its worst.
fn serve(login: bool, worst: fn(&mut Asked) -> Answered) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let here = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || {
                let mut stream = stream;
                while let Some(head) = read_request(&mut stream) {
                    let Ok(copy) = stream.try_clone() else { return };
                    let mut asked = Asked { stream: copy, head };
                    let is_login = asked.head.starts_with("POST /v3/auth/tokens");
                    let done = match is_login && !login {
                        true => asked.token(&format!("http://{here}/v1/AUTH_p")),
                        // A client that goes away is what is wanted here.
                        false => worst(&mut asked).and(Err(std::io::ErrorKind::Other.into())),
                    };
                    if done.is_err() {
                        return;
                    }
                }
            });
        }
    });
    here
}

/// What a call in a process of its own came to.
#[derive(Debug)]
struct Ended {
    said: String,
    took: Duration,
    peak: u64,
}

fn run(operation: &str, url: &str) -> Ended {
    run_trusting(operation, url, None)
}

fn run_trusting(operation: &str, url: &str, ca_file: Option<&Path>) -> Ended {
    let me = std::env::current_exe().expect("this program");
    let output = Command::new(me)
        .args(["--exact", "a_call_in_a_process_of_its_own", "--nocapture", "--test-threads=1"])
        .env(CHILD, format!("{operation} {url}"))
        .envs(ca_file.map(|file| (TRUSTED, file)))
        .env("NO_PROXY", "*")
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
    let number = |name: &str| field(name).parse().unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
    Ended { said: field("SAID "), took: Duration::from_millis(number("TOOK ")), peak: number("PEAK ") }
}

/// The child's side; as a test of its own it does nothing.
#[test]
fn a_call_in_a_process_of_its_own() {
    let Ok(task) = std::env::var(CHILD) else { return };
    let (operation, url) = task.split_once(' ').expect("a task");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let start = Instant::now();
    let outcome = runtime.block_on(call(operation, url));
    let took = start.elapsed().as_millis();
    let said = match outcome {
        Ok(bytes) => format!("done, {bytes}"),
        Err(error) => format!("{error} | {error:?} | {}", error.excerpt().unwrap_or_default().escape_debug()),
    };
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")).unwrap_or("0");
    println!("\nSAID {said}\nTOOK {took}\nPEAK {}", peak.trim());
}

async fn call(operation: &str, url: &str) -> Result<u64, Error> {
    // A connection has less, so that it is always its error that is told.
    let timeouts = Timeouts::default().call(LIMIT).head(LIMIT).idle(LIMIT).connect(LIMIT * 2 / 3);
    let set = [
        ("OS_AUTH_URL", format!("{url}/v3")),
        ("OS_USERNAME", "u".to_owned()),
        ("OS_PASSWORD", PASSWORD.to_owned()),
        ("OS_USER_DOMAIN_NAME", "d".to_owned()),
        ("OS_PROJECT_ID", "p".to_owned()),
        ("OS_CACERT", std::env::var(TRUSTED).unwrap_or_default()),
    ];
    let sources = set.into_iter().fold(Sources::empty(), |sources, (name, value)| sources.with_variable(name, value));
    let cloud = Cloud::builder().sources(sources).endpoint("compute-w", format!("{url}/sap")).timeouts(timeouts).build()?;
    if operation == "items" {
        let mut items = cloud.object_storage().list_objects("c").items();
        let mut count = 0;
        while items.try_next().await?.is_some() {
            count += 1;
        }
        return Ok(count);
    }
    let found = k5_tests::operation(operation);
    let names = ["container", "object", "server_id"].map(|name| (name.to_owned(), "x".to_owned()));
    let params = names.into_iter().filter(|(name, _)| found.meta.params.iter().any(|param| param.name == name)).collect();
    let response = found.call(&cloud.session(), Arguments::default().params(params))?.send().await?;
    match found.decode(response.into_response()).await? {
        Ok(document) => Ok(document.to_string().len() as u64),
        Err(mut response) => {
            let mut count = 0;
            while let Some(chunk) = response.body.next_chunk().await {
                count += chunk?.len() as u64;
            }
            Ok(count)
        }
    }
}

/// A server's worst, and what a call at it says. More than one text is right where the time decides which of two ends it first.
struct Case {
    name: &'static str,
    operation: &'static str,
    /// Whether the login is what goes wrong.
    login: bool,
    worst: fn(&mut Asked) -> Answered,
    says: &'static [&'static str],
}

const fn case(
    name: &'static str,
    operation: &'static str,
    worst: fn(&mut Asked) -> Answered,
    says: &'static [&'static str],
) -> Case {
    Case { name, operation, login: false, worst, says }
}

const fn login(name: &'static str, worst: fn(&mut Asked) -> Answered, says: &'static [&'static str]) -> Case {
    Case { name, operation: "object_storage.list_containers", login: true, worst, says }
}

const JSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
const OPEN: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
/// What nginx says.
const HTTPS_PORT: &str = "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n\
    <center><h1>400 Bad Request</h1></center>\r\n<center>The plain HTTP request was sent to HTTPS port</center>\r\n\
    <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
/// What the server saw of a client that it sent elsewhere.
static STRAYED: AtomicUsize = AtomicUsize::new(0);

#[rustfmt::skip]
const CASES: &[Case] = &[
    case("an endless head", "object_storage.list_containers", |asked| { asked.say("HTTP/1.1 200 OK\r\n")?; asked.repeat("A: b\r\n") },
        &["longer than 128 KiB, has more than 256 headers"]),
    case("an endless line", "object_storage.list_containers", |asked| { asked.say("HTTP/1.1 200 ")?; asked.repeat("x") },
        &["longer than 128 KiB, has more than 256 headers"]),
    case("an endless header", "compute.show_server", |asked| { asked.say("HTTP/1.1 200 OK\r\nA: ")?; asked.repeat("x") },
        &["longer than 128 KiB, has more than 256 headers"]),
    case("a head that trickles", "object_storage.list_containers", |asked| asked.trickle("HTTP/1.1 200 OK\r\nA: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n"),
        &["no answer within 3 s"]),
    case("no head", "object_storage.list_containers", |asked| asked.stop(), &["no answer within 3 s"]),
    case("no head of a download", "object_storage.download_object", |asked| asked.stop(), &["no answer within 3 s"]),
    case("a flood of early hints", "object_storage.list_containers", |asked| asked.repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
        &["more than 100 interim answers"]),
    case("a flood of continues", "object_storage.list_containers", |asked| asked.repeat("HTTP/1.1 100 Continue\r\n\r\n"), &["more than 100 interim answers"]),
    case("switched protocols", "object_storage.list_containers", |asked| asked.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        &["101 Switching Protocols", "not HTTP/1.1"]),
    case("HTTP/0.9", "object_storage.list_containers", |asked| asked.say("<html>hello</html>"), &["not HTTP/1.1"]),
    case("HTTP/2", "object_storage.list_containers", |asked| asked.say("\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0d"), &["not HTTP/1.1"]),
    case("no status", "object_storage.list_containers", |asked| asked.say("HTTP/1.1 99999 what\r\n\r\n"), &["not HTTP/1.1"]),
    case("a length that is too long", "object_storage.list_containers", |asked| asked.say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[]"),
        &["closed the connection before its end", "end of file before message length"]),
    case("a length beyond all memory", "object_storage.list_containers", |asked| asked.say("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551614\r\n\r\n[]"),
        &["longer than 16777216 bytes", "promises more bytes than can be"]),
    case("a length that is too short", "object_storage.list_containers", |asked| asked.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[{\"name\":\"c\"}]"),
        &["not a complete JSON document"]),
    case("two lengths", "object_storage.list_containers", |asked| asked.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n[]"),
        &["not HTTP/1.1 (invalid content-length parsed)"]),
    case("a length that is not a number", "object_storage.list_containers", |asked| asked.say("HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n[]"),
        &["not HTTP/1.1 (invalid content-length parsed)"]),
    case("a bad chunk", "object_storage.list_containers", |asked| { asked.say(JSON)?; asked.say("2\r\n[{\r\nxyz\r\n") }, &["Invalid chunk size", "Invalid character in chunk size"]),
    case("a chunk beyond all memory", "object_storage.list_containers", |asked| { asked.say(JSON)?; asked.say("FFFFFFFFFFFFFFFFF\r\n") },
        &["chunk size"]),
    case("an endless extension of a chunk", "object_storage.list_containers", |asked| { asked.say(JSON)?; asked.say("2;")?; asked.repeat("x") },
        &["chunk extensions over limit"]),
    case("endless trailers", "object_storage.list_containers", |asked| { asked.say(JSON)?; asked.say("2\r\n[]\r\n0\r\n")?; asked.repeat("A: b\r\n") },
        &["trailer", "chunk trailers"]),
    case("204 with a body", "object_storage.list_containers", |asked| asked.say("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"), &["done"]),
    case("a body that stops", "object_storage.list_containers", |asked| { asked.say(JSON)?; asked.say("2\r\n[{")?; asked.stop() },
        &["did not end it within 3 s in all (2 bytes", "sent no byte of the body for 3 s"]),
    case("a body that trickles", "object_storage.list_containers", |asked| { asked.say(OPEN)?; asked.trickle(" ") }, &["did not end it within 3 s in all"]),
    case("a page that trickles", "items", |asked| { asked.say(OPEN)?; asked.trickle(" ") }, &["did not end it within 3 s in all"]),
    case("an error that trickles", "object_storage.list_containers", |asked| { asked.say("HTTP/1.1 400 Bad Request\r\n\r\n")?; asked.trickle("no ") },
        &["400 Bad Request: no no"]),
    case("an error of a download that trickles", "object_storage.download_object", |asked| { asked.say("HTTP/1.1 404 Not Found\r\n\r\n")?; asked.trickle("no ") },
        &["download_object swift://x/x: 404 Not Found: no no"]),
    case("an endless error", "object_storage.list_containers", |asked| { asked.say("HTTP/1.1 400 Bad Request\r\n\r\n")?; asked.repeat("no ") },
        &["400 Bad Request: no no"]),
    case("a bomb", "object_storage.list_containers", |asked| {
        asked.say("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x10\x08")?;
        asked.repeat("\0\0\0\0\0\0\0\0")
    }, &["Content-Encoding: gzip"]),
    case("deep JSON", "object_storage.list_containers", |asked| { asked.say(OPEN)?; asked.say("[".repeat(1_000_000)) },
        &["recursion limit", "not a complete JSON document", "invalid type: sequence"]),
    case("deep JSON in what is unknown", "compute.list_servers", |asked| { asked.say(OPEN)?; asked.say(format!("{{\"servers\":[],\"x\":{}", "[".repeat(1_000_000))) },
        &["recursion limit", "not a complete JSON document"]),
    case("a deep error", "object_storage.list_containers", |asked| { asked.say("HTTP/1.1 400 Bad Request\r\n\r\n")?; asked.say("{\"a\":".repeat(10_000)) },
        &["400 Bad Request"]),
    case("objects without number", "compute.list_servers", |asked| { asked.say(OPEN)?; asked.say("{\"servers\":[")?; asked.repeat("{\"\":0},") },
        &["longer than 41943040 bytes"]),
    case("many objects", "compute.list_servers", |asked| { asked.say(OPEN)?; asked.say(format!("{{\"x\":[{}0]}}", "{\"\":0},".repeat(1_000_000))) },
        &["more parts than any document"]),
    case("an endless list", "items", |asked| {
        asked.say(OPEN)?;
        asked.say("[")?;
        asked.repeat("{\"name\":\"n\",\"hash\":\"0\",\"bytes\":1,\"last_modified\":\"2026-01-01T00:00:00.000000\",\"content_type\":\"x\"},")
    }, &["longer than 41943040 bytes"]),
    case("a listing without end", "items", |asked| {
        let page = "[{\"name\":\"n\",\"hash\":\"0\",\"bytes\":1,\"last_modified\":\"2026-01-01T00:00:00.000000\",\"content_type\":\"x\"}]";
        asked.document("200 OK", "", page)
    }, &["list_objects swift://c: 200 OK: the listing repeats itself", "list_objects swift://c: the listing repeats itself"]),
    case("XML that is deep", "sap.list_servers", |asked| {
        asked.say(OPEN)?;
        asked.say("<a>".repeat(1_000))
    }, &["elements lie too deep"]),
    case("XML that is too deep", "sap.list_servers", |asked| { asked.say(OPEN)?; asked.say("<a>".repeat(1_000)) }, &["elements lie too deep"]),
    case("deep XML", "sap.list_servers", |asked| { asked.say(OPEN)?; asked.say("<a>".repeat(1_000_000)) }, &["more parts than any document"]),
    case("entities", "sap.list_servers", |asked| {
        asked.say(OPEN)?;
        asked.say("<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><a>&c;</a>")
    }, &["an entity that is not XML's own"]),
    case("attributes without number", "sap.list_servers", |asked| {
        let many: String = (0..200_000).map(|n| format!(" a{n}=\"\"")).collect();
        asked.say(OPEN)?;
        asked.say(format!("<a{many}/>"))
    }, &["too many attributes"]),
    case("a redirection", "object_storage.list_containers", |asked| {
        let target = stray();
        asked.document("307 Temporary Redirect", &format!("Location: http://{target}/v1/AUTH_p?x={TOKEN}\r\n"), "")
    }, &["307 Temporary Redirect: the server redirects to http://127.0.0.1:"]),
    login("a redirection of the login", |asked| {
        let target = stray();
        asked.document("308 Permanent Redirect", &format!("Location: http://{target}/v3/auth/tokens\r\n"), "")
    }, &["create_token: 308 Permanent Redirect: the server redirects to http://127.0.0.1:"]),
    case("the request in an error", "object_storage.list_containers", |asked| {
        let echo = asked.head.replace('"', "'").replace('\r', "").replace('\n', "<br>");
        asked.document("400 Bad Request", "", &format!("<html><pre>{echo}</pre></html>"))
    }, &["x-auth-token: ***"]),
    login("the request in the login's error", |asked| {
        asked.document("400 Bad Request", "", &format!("{{\"error\":{{\"message\":\"password {PASSWORD} is too good\",\"code\":400}}}}"))
    }, &["password *** is too good"]),
    case("plain HTTP at a port of TLS", "object_storage.list_containers", |asked| asked.document("400 Bad Request", "", HTTPS_PORT),
        &["400 Bad Request: The plain HTTP request was sent to HTTPS port nginx; the port speaks TLS: its URL begins with https://"]),
    login("plain HTTP at Keystone's port of TLS", |asked| asked.document("400 Bad Request", "", HTTPS_PORT),
        &["create_token: 400 Bad Request: The plain HTTP request was sent to HTTPS port nginx; the port speaks TLS: its URL begins with https://"]),
    case("marks in an error", "object_storage.list_containers", |asked| {
        asked.document("400 Bad Request", "X-Trans-Id: a\u{9b}b\r\n", "{\"message\":\"a\\nk5: fine\\u001b[2J\\u009b2J\\u202e\"}")
    }, &[r"a\nk5: fine\u{1b}[2J\u{9b}2J\u{202e}"]),
    login("a login that stops", |asked| asked.stop(), &["the login did not end within 3 s"]),
    login("a token that trickles", |asked| {
        asked.say(format!("HTTP/1.1 201 Created\r\nX-Subject-Token: {TOKEN}\r\n\r\n"))?;
        asked.trickle(" ")
    }, &["login did not end within 3 s", "did not end it within 3 s"]),
    login("a refused login that trickles", |asked| { asked.say("HTTP/1.1 401 Unauthorized\r\n\r\n")?; asked.trickle("no ") },
        &["login did not end within 3 s", "401 Unauthorized: no no"]),
    login("a token without end", |asked| {
        asked.say(format!("HTTP/1.1 201 Created\r\nX-Subject-Token: {TOKEN}\r\n\r\n{{\"token\":{{\"catalog\":["))?;
        asked.repeat("{\"type\":\"x\",\"endpoints\":[]},")
    }, &["longer than 16777216 bytes"]),
    login("a token with a line end", |asked| asked.document("201 Created", "X-Subject-Token: a\x01b\r\n", "{}"), &["not HTTP/1.1", "identity.create_token"]),
    login("a catalogue that leads to nobody", |asked| match asked.head.starts_with("POST") {
        true => asked.token("http://127.0.0.1:9/v1/AUTH_p"),
        false => asked.stop(),
    }, &["no connection to 127.0.0.1:9"]),
    login("a catalogue that leads to no host", |asked| asked.token("http://nowhere.invalid/v1/AUTH_p"), &["no connection to nowhere.invalid"]),
    case("an end before the head", "object_storage.list_containers", |_| Ok(()), &["the connection broke", "connection closed"]),
    case("an end in the head", "object_storage.list_containers", |asked| asked.say("HTTP/1.1 200 OK\r\nConte"), &["the connection broke"]),
    case("an end in a chunk", "object_storage.list_containers", |asked| { asked.say(JSON)?; asked.say("200\r\n[{") },
        &["closed the connection before its end", "end of file before message length reached", "unexpected EOF"]),
];

/// A listener that nobody may come to.
fn stray() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        listener.incoming().for_each(|_| {
            STRAYED.fetch_add(1, Ordering::SeqCst);
        })
    });
    address
}

fn check(case: &Case) -> Result<(), String> {
    let here = serve(case.login, case.worst);
    let ended = run(case.operation, &format!("http://{here}"));
    let wrong = |why: &str| Err(format!("{}: {why}: {ended:?}", case.name));
    let shown = ended.said.split(" | ").next().unwrap_or_default();
    if !case.says.iter().any(|text| ended.said.contains(text)) {
        return wrong(&format!("it does not say {:?}", case.says));
    }
    if ended.said.contains(PASSWORD) || ended.said.contains(TOKEN) {
        return wrong("it shows a secret");
    }
    if shown.chars().any(k5_core::text::steers) {
        return wrong("it steers a terminal");
    }
    if ended.took > 2 * LIMIT {
        return wrong("it took too long");
    }
    if ended.peak > MEMORY {
        return wrong("it took too much memory");
    }
    Ok(())
}

#[test]
fn each_ends_in_time_within_its_memory_and_is_named() {
    let next = Arc::new(AtomicUsize::new(0));
    let workers: Vec<_> = (0..6)
        .map(|_| {
            let next = next.clone();
            thread::spawn(move || {
                let mut wrong = Vec::new();
                while let Some(case) = CASES.get(next.fetch_add(1, Ordering::SeqCst)) {
                    wrong.extend(check(case).err());
                }
                wrong
            })
        })
        .collect();
    let wrong: Vec<String> = workers.into_iter().flat_map(|worker| worker.join().expect("joined")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert_eq!(STRAYED.load(Ordering::SeqCst), 0, "a redirection was followed");
}

#[test]
fn a_name_that_nobody_has_is_named() {
    let ended = run("object_storage.list_containers", "http://nowhere.invalid");
    assert!(ended.said.contains("no connection to nowhere.invalid"), "{ended:?}");
    assert!(ended.took <= 2 * LIMIT && ended.peak <= MEMORY, "{ended:?}");
}

/// The time of a call is for documents: an object that comes slowly but steadily comes whole.
#[test]
fn a_slow_object_comes_whole() {
    let here = serve(false, |asked| {
        asked.say("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n")?;
        (0..40).try_for_each(|_| {
            thread::sleep(Duration::from_millis(100));
            asked.say("x")
        })
    });
    let ended = run("object_storage.download_object", &format!("http://{here}"));
    assert_eq!(ended.said, "done, 40");
    assert!(ended.took > LIMIT, "{ended:?}");
}
