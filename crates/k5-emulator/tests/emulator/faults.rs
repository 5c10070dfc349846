//! Every fault does what it says, and what was stored stays right.

use std::time::{Duration, Instant};

use crate::client::{Client, noise, read_answer, read_head};
use k5_emulator::{Emulator, Fault, Faults, Gate, Rule};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

async fn with_object(body: &[u8]) -> (Emulator, Client) {
    let emulator = k5_emulator::start().await.unwrap();
    let client = Client::of(&emulator, "demo").await;
    assert_eq!(client.status("PUT", "/c").await, 201);
    assert_eq!(client.put("/c/o", body).await.status, 201);
    emulator.clear_requests();
    (emulator, client)
}

fn on(method: &str, fault: Fault) -> Faults {
    Faults::new().rule(Rule::on(method, "/v1/*/c/*").times(1).then(fault))
}

#[tokio::test]
async fn a_status_leaves_the_body_unread() {
    let (emulator, client) = with_object(b"old").await;
    emulator.faults(on("PUT", Fault::status(503).header("Retry-After", "7").body("busy")));
    let refused = client.put("/c/o", &noise(300_000)).await;
    assert_eq!((refused.status, refused.header("retry-after"), refused.text().as_str()), (503, Some("7"), "busy"));
    assert_eq!(emulator.requests()[0].body_bytes, 0);
    assert_eq!(client.get("/c/o").await.body, b"old");
    assert_eq!(client.put("/c/o", b"new").await.status, 201);
}

#[tokio::test]
async fn a_rejection_inside_the_body() {
    let (emulator, client) = with_object(b"old").await;
    emulator.faults(on("PUT", Fault::reject(100_000, 401)));
    let refused = client.put("/c/o", &noise(120_000)).await;
    assert_eq!(refused.status, 401);
    let seen = emulator.requests().remove(0);
    assert!(seen.body_bytes >= 100_000, "{seen:?}");
    assert_eq!(client.get("/c/o").await.body, b"old");
}

#[tokio::test]
async fn closing_without_an_answer() {
    let (emulator, client) = with_object(b"old").await;
    for fault in [Fault::close(), Fault::close_after(50_000)] {
        emulator.faults(on("PUT", fault));
        assert!(client.try_send("PUT", "/c/o", &noise(200_000)).await.is_err());
        assert_eq!(client.get("/c/o").await.body, b"old");
    }
    assert!(emulator.requests()[0].status.is_none());
}

#[tokio::test]
async fn downloads_that_break_off() {
    let body = noise(600_000);
    let (emulator, client) = with_object(&body).await;
    for (fault, length) in [(Fault::truncate(0), 0), (Fault::truncate(300_001), 300_001), (Fault::truncate(10), 10)] {
        emulator.faults(on("GET", fault));
        let cut = client.get("/c/o").await;
        assert_eq!((cut.status, cut.whole), (200, false));
        assert_eq!(cut.header("content-length"), Some("600000"));
        assert_eq!(cut.body, body[..length]);
    }
    emulator.faults(on("GET", Fault::reset(300_000)));
    let mut stream = TcpStream::connect(client.address).await.unwrap();
    let request = format!("GET {}/c/o HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {}\r\n\r\n", client.account, client.token);
    stream.write_all(request.as_bytes()).await.unwrap();
    let (status, _, mut seen) = read_head(&mut stream, Vec::new()).await.unwrap();
    assert_eq!(status, 200);
    let error = loop {
        let mut buffer = [0; 4096];
        match tokio::io::AsyncReadExt::read(&mut stream, &mut buffer).await {
            Ok(0) => panic!("closed, not reset"),
            Ok(read) => seen.extend_from_slice(&buffer[..read]),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert!(seen.len() <= 300_000 && body.starts_with(&seen));
    assert_eq!(client.get("/c/o").await.body, body);
}

#[tokio::test]
async fn lies_about_the_content() {
    let body = noise(100_000);
    let (emulator, client) = with_object(&body).await;
    let truth = client.get("/c/o").await.header("etag").unwrap().to_owned();
    emulator.faults(on("GET", Fault::wrong_etag()));
    assert_ne!(client.get("/c/o").await.header("etag"), Some(truth.as_str()));
    emulator.faults(on("GET", Fault::corrupt(70_000)));
    let corrupt = client.get("/c/o").await.body;
    let wrong: Vec<usize> = (0..body.len()).filter(|index| corrupt[*index] != body[*index]).collect();
    assert_eq!(wrong, [70_000]);
    let again = client.get("/c/o").await;
    assert_eq!((again.header("etag"), again.body.as_slice()), (Some(truth.as_str()), body.as_slice()));
}

#[tokio::test]
async fn pauses() {
    let body = noise(400_000);
    let (emulator, client) = with_object(&body).await;
    let pause = Duration::from_millis(300);
    for (method, fault) in
        [("GET", Fault::delay(pause)), ("GET", Fault::stall_write(200_000, pause)), ("PUT", Fault::stall_read(100_000, pause))]
    {
        emulator.faults(on(method, fault));
        let begin = Instant::now();
        let answer = client.send(method, "/c/o", &[], if method == "PUT" { &body } else { b"" }).await;
        assert!(begin.elapsed() >= pause, "{method}");
        assert!(answer.whole && answer.status < 300, "{method}");
    }
    assert_eq!(client.get("/c/o").await.body, body);
}

#[tokio::test]
async fn expect_is_honoured_or_held_back() {
    let (emulator, client) = with_object(b"old").await;
    let expect = async |path: &str| {
        let mut stream = TcpStream::connect(client.address).await.unwrap();
        let head = format!(
            "PUT {}{path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {}\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n",
            client.account, client.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let begin = Instant::now();
        let (status, _, _) = read_head(&mut stream, Vec::new()).await.unwrap();
        (status, begin.elapsed(), stream)
    };
    let (status, _, mut stream) = expect("/c/o").await;
    assert_eq!(status, 100);
    stream.write_all(b"new").await.unwrap();
    assert_eq!(read_answer(&mut stream, false).await.unwrap().status, 201);

    // What can be refused from the head is refused before the body is asked for.
    assert_eq!(expect("/missing/o").await.0, 404);

    emulator.faults(on("PUT", Fault::no_100(Duration::from_millis(300))));
    let (status, waited, _) = expect("/c/o").await;
    assert_eq!(status, 100);
    assert!(waited >= Duration::from_millis(300));
}

#[tokio::test]
async fn rules_pick_their_requests() {
    let (emulator, client) = with_object(b"x").await;
    emulator.faults(
        "[[rule]]\nmethod = \"GET\"\npath = \"/v1/*/c/o\"\nheader = \"X-Bad\"\nevery = 2\nfault = \"status\"\nstatus = 500"
            .parse()
            .unwrap(),
    );
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(client.send("GET", "/c/o", &[("X-Bad", "1")], b"").await.status);
        assert_eq!(client.get("/c/o").await.status, 200);
    }
    assert_eq!(statuses, [200, 500, 200, 500]);
    emulator.faults(Faults::new());
    assert_eq!(client.send("GET", "/c/o", &[("X-Bad", "1")], b"").await.status, 200);
}

#[tokio::test]
async fn an_answer_is_lost_and_the_work_is_done() {
    let (emulator, client) = with_object(b"old").await;
    emulator.faults("[[rule]]\nmethod = \"PUT\"\ntimes = 1\nfault = \"lose_answer\"".parse().unwrap());
    let body = noise(300_000);
    assert!(client.try_send("PUT", "/c/o", &body).await.is_err());
    assert_eq!(client.get("/c/o").await.body, body);
    assert_eq!(emulator.requests()[0].status, None, "nobody was told");
    emulator.faults(on("DELETE", Fault::lose_answer()));
    assert!(client.try_send("DELETE", "/c/o", b"").await.is_err());
    assert_eq!(client.get("/c/o").await.status, 404);
}

#[tokio::test]
async fn a_request_is_held_before_it_is_carried_out() {
    let (emulator, client) = with_object(b"old").await;
    let gate = Gate::new();
    emulator.faults(Faults::new().rule(Rule::on("PUT", "/v1/*/c/o").nth(2).then(Fault::hold_before(&gate))));
    assert_eq!(client.put("/c/o", b"one").await.status, 201);
    let test = async {
        gate.reached().await;
        assert_eq!(client.get("/c/o").await.body, b"one", "it has not begun");
        assert_eq!(client.put("/c/o", b"three").await.status, 201);
        gate.release();
    };
    let (held, ()) = tokio::join!(client.put("/c/o", b"two"), test);
    assert_eq!(held.status, 201);
    assert_eq!(client.get("/c/o").await.body, b"two");
}

#[tokio::test]
async fn an_answer_is_held_after_the_work() {
    let (emulator, client) = with_object(b"old").await;
    let gate = Gate::new();
    emulator.faults(Faults::new().rule(Rule::on("DELETE", "/").then(Fault::hold_after(&gate))));
    let test = async {
        gate.reached().await;
        assert_eq!(client.get("/c/o").await.status, 404, "it is done");
        gate.open();
    };
    let (held, ()) = tokio::join!(client.status("DELETE", "/c/o"), test);
    assert_eq!(held, 204);
    assert_eq!(client.status("DELETE", "/c/o").await, 404, "an open gate holds nobody");
}

#[tokio::test]
async fn pages_are_shorter_than_asked_for() {
    let (emulator, client) = with_object(b"x").await;
    for n in 0..39 {
        client.put(&format!("/c/p{n:02}"), b"").await;
    }
    emulator.faults("[[rule]]\nmethod = \"GET\"\nfault = \"page_limit\"\nlimit = 15".parse().unwrap());
    let count = async |query: &str| client.get(&format!("/c?{query}")).await.text().lines().count();
    assert_eq!(count("").await, 15);
    assert_eq!(count("limit=1000").await, 15);
    assert_eq!(count("limit=7").await, 7);
    assert_eq!(count("marker=p28").await, 10);
    assert_eq!(client.get("/c?limit=10001").await.status, 412, "what is too much stays too much");
}

#[tokio::test]
async fn headers_of_answers_are_changed() {
    let (emulator, client) = with_object(b"x").await;
    let odd =
        Fault::set_header("Last-Modified", "yesterday").header("ETag", "W/\"x\"").header("Date", "Thu, 01 Jan 1970 00:00:00 GMT");
    emulator.faults(on("GET", odd).rule(Rule::on("HEAD", "/").then(Fault::remove_header("etag"))));
    let found = client.get("/c/o").await;
    assert_eq!((found.header("last-modified"), found.header("etag")), (Some("yesterday"), Some("W/\"x\"")));
    assert_eq!((found.header("date"), found.body.as_slice()), (Some("Thu, 01 Jan 1970 00:00:00 GMT"), b"x".as_slice()));
    let shown = client.send("HEAD", "/c/o", &[], b"").await;
    assert_eq!((shown.status, shown.header("etag")), (200, None));
}
