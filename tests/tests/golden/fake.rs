//! Transports without IO: one that keeps what was sent and plays the answers that it was told, one that must not be called.

use k5::transport::{Body, BodyContent, ByteStream, Request, Response, SleepFuture, Transport, TransportFuture};
use k5::{Cloud, Result, Session};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What went through a fake.
#[derive(Clone, Default)]
pub(crate) struct Seen {
    sent: Arc<Mutex<Vec<String>>>,
    naps: Arc<Mutex<Vec<Duration>>>,
}

impl Seen {
    /// The requests: `METHOD root path?query`, the headers by name, an empty line and the body, if there are any.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The first lines of the requests.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.sent().iter().map(|text| text.lines().next().unwrap_or_default().to_owned()).collect()
    }

    /// The pauses of waiters, in whole seconds. Nobody waited for them.
    pub(crate) fn naps(&self) -> Vec<u64> {
        self.naps.lock().unwrap_or_else(PoisonError::into_inner).iter().map(Duration::as_secs).collect()
    }

    /// All pauses together.
    pub(crate) fn slept(&self) -> Duration {
        self.naps.lock().unwrap_or_else(PoisonError::into_inner).iter().sum()
    }
}

struct Fake {
    answers: Mutex<Vec<Vec<u8>>>,
    seen: Seen,
}

impl Transport for Fake {
    fn call(&self, request: Request) -> TransportFuture {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        let seen = self.seen.clone();
        Box::pin(async move {
            let text = render(&request).await;
            seen.sent.lock().unwrap_or_else(PoisonError::into_inner).push(text);
            Ok(response(&answer))
        })
    }

    fn sleep(&self, duration: Duration) -> SleepFuture {
        self.seen.naps.lock().unwrap_or_else(PoisonError::into_inner).push(duration);
        Box::pin(async {})
    }
}

struct Silent;

impl Transport for Silent {
    fn call(&self, request: Request) -> TransportFuture {
        Box::pin(async move { panic!("{} was sent", render(&request).await) })
    }
}

/// A session that answers the calls with these in turn, and with the last of them for ever.
pub(crate) fn session<T: AsRef<[u8]>>(answers: &[T]) -> (Session, Seen) {
    let seen = Seen::default();
    let answers = Mutex::new(answers.iter().map(|answer| answer.as_ref().to_vec()).collect());
    (Session::from_transport(Fake { answers, seen: seen.clone() }), seen)
}

/// The same as a whole cloud.
pub(crate) fn cloud<T: AsRef<[u8]>>(answers: &[T]) -> (Cloud, Seen) {
    let (session, seen) = session(answers);
    (Cloud::from_session(session), seen)
}

/// A session through which nothing may go.
pub(crate) fn silent() -> Session {
    Session::from_transport(Silent)
}

pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
}

/// One call: what must be sent, what is answered; gives what came of it. A body in JSON is compared as such, all else to the byte.
pub(crate) fn golden<T>(sent: &str, answer: &str, call: impl AsyncFnOnce(Session) -> Result<T>) -> T {
    let (session, seen) = session(&[answer]);
    let outcome = block_on(call(session));
    let requests = seen.sent();
    let value = outcome.unwrap_or_else(|error| panic!("{error}; sent {requests:?}"));
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert_same(&requests[0], sent);
    value
}

/// Compares two requests.
pub(crate) fn assert_same(seen: &str, expected: &str) {
    let ((seen_head, seen_body), (head, body)) = (split(seen), split(expected));
    assert_eq!(seen_head, head);
    match serde_json::from_str::<Value>(body) {
        Ok(document) => assert_eq!(serde_json::from_str::<Value>(seen_body).expect("JSON"), document, "{seen_body}"),
        Err(_) => assert_eq!(seen_body, body),
    }
}

fn split(text: &str) -> (&str, &str) {
    text.split_once("\n\n").unwrap_or((text, ""))
}

async fn render(request: &Request) -> String {
    let root = request.meta.root.unwrap_or(request.meta.service.root);
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let mut lines = vec![format!("{} {root}{}{query}", request.meta.method, request.path)];
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    let mut headers: Vec<_> = request.headers.iter().map(|(name, value)| (name.as_str(), text(value.as_bytes()))).collect();
    headers.sort();
    lines.extend(headers.into_iter().map(|(name, value)| format!("{name}: {value}")));
    let body = text(&bytes_of(&request.body).await);
    if !body.is_empty() {
        lines.extend([String::new(), body]);
    }
    lines.join("\n")
}

async fn bytes_of(body: &Body) -> Vec<u8> {
    match body.content() {
        BodyContent::Empty => Vec::new(),
        BodyContent::Bytes(bytes) => bytes.to_vec(),
        BodyContent::OneShot(cell) => {
            let stream = cell.lock().unwrap_or_else(PoisonError::into_inner).take().expect("not read yet");
            stream.collect(1 << 20).await.expect("whole").to_vec()
        }
        BodyContent::ReadAt(source, offset) => {
            let mut bytes = vec![0; usize::try_from(body.length().expect("a length")).expect("small")];
            let read = source.read_at(*offset, &mut bytes).expect("read");
            bytes.truncate(read);
            bytes
        }
        _ => panic!("a body of a kind that no golden test sends"),
    }
}

/// `STATUS`, headers, an empty line and the body, of which only the head must be text.
pub(crate) fn response(answer: &[u8]) -> Response {
    let at = answer.windows(2).position(|window| window == b"\n\n");
    let (head, body) = at.map_or((answer, &[][..]), |at| (&answer[..at], &answer[at + 2..]));
    let head = std::str::from_utf8(head).expect("a head is text");
    let mut lines = head.lines();
    let status = lines.next().expect("a status").parse::<u16>().expect("a number");
    let mut headers = http::HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a header");
        headers.append(name.parse::<http::HeaderName>().expect("a name"), value.parse().expect("a value"));
    }
    let status = http::StatusCode::from_u16(status).expect("a status");
    Response::new(status).with_headers(headers).with_body(ByteStream::from_bytes(body.to_vec()))
}
