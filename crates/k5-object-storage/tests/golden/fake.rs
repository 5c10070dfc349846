//! A transport that keeps the request and gives the answer that it was told.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use k5_core::{Body, BodyContent, ByteStream, Request, Response, Result, Session, Transport, TransportFuture};
use k5_object_storage::ObjectStorage;
use serde_json::Value;
use std::sync::{Arc, Mutex};

struct Fake {
    answer: &'static str,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Transport for Fake {
    fn call(&self, request: Request) -> TransportFuture {
        let (answer, seen) = (parse(self.answer), self.seen.clone());
        Box::pin(async move {
            let text = render(&request).await;
            seen.lock().expect("not poisoned").push(text);
            Ok(answer)
        })
    }
}

/// `METHOD root path?query`, the headers by name, an empty line and the body, if there are any.
async fn render(request: &Request) -> String {
    let root = request.meta.root.unwrap_or(request.meta.service.root);
    let query = if request.query.is_empty() { String::new() } else { format!("?{}", request.query) };
    let mut lines = vec![format!("{} {root}{}{query}", request.meta.method, request.path)];
    let mut headers: Vec<_> = request.headers.iter().map(|(name, value)| (name.as_str(), text(value.as_bytes()))).collect();
    headers.sort();
    lines.extend(headers.into_iter().map(|(name, value)| format!("{name}: {value}")));
    let body = bytes_of(&request.body).await;
    if !body.is_empty() {
        lines.extend([String::new(), body]);
    }
    lines.join("\n")
}

async fn bytes_of(body: &Body) -> String {
    match body.content() {
        BodyContent::Bytes(bytes) => text(bytes),
        BodyContent::OneShot(cell) => {
            let stream = cell.lock().expect("not poisoned").take().expect("not read yet");
            text(&stream.collect(1 << 20).await.expect("whole"))
        }
        BodyContent::ReadAt(source, offset) => {
            let mut bytes = vec![0; usize::try_from(body.length().expect("a length")).expect("small")];
            let read = source.read_at(*offset, &mut bytes).expect("read");
            text(&bytes[..read])
        }
        _ => String::new(),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// `STATUS`, headers, an empty line and the body.
fn parse(answer: &str) -> Response {
    let (head, body) = answer.split_once("\n\n").unwrap_or((answer, ""));
    let mut lines = head.lines();
    let status = StatusCode::from_bytes(lines.next().expect("a status").as_bytes()).expect("a status");
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a header");
        headers.append(name.parse::<HeaderName>().expect("a name"), HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
    }
    Response::new(status).with_headers(headers).with_body(ByteStream::from_bytes(body.to_owned()))
}

/// Makes the calls over a transport that gives `answer` to each. Returns what was sent and what came of it.
pub(crate) fn exchange(
    answer: &'static str,
    call: impl AsyncFnOnce(ObjectStorage) -> Result<Value>,
) -> (Vec<String>, Result<Value>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let swift = ObjectStorage::new(Session::from_transport(Fake { answer, seen: seen.clone() }));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let outcome = runtime.block_on(call(swift));
    let sent = seen.lock().expect("not poisoned").clone();
    (sent, outcome)
}

/// One call: what must be sent, what is answered, and what must come of it, where only the named fields count.
pub(crate) fn golden(sent: &str, answer: &'static str, expected: Value, call: impl AsyncFnOnce(ObjectStorage) -> Result<Value>) {
    let (requests, outcome) = exchange(answer, call);
    assert_eq!(requests, [sent]);
    let outcome = outcome.expect("a success");
    assert_holds(&outcome, &expected, "");
}

fn assert_holds(seen: &Value, expected: &Value, path: &str) {
    match (seen, expected) {
        (Value::Object(seen), Value::Object(expected)) => {
            for (key, expected) in expected {
                assert_holds(
                    seen.get(key).unwrap_or_else(|| panic!("no {path}.{key} in {seen:?}")),
                    expected,
                    &format!("{path}.{key}"),
                );
            }
        }
        (Value::Array(seen), Value::Array(expected)) => {
            assert_eq!(seen.len(), expected.len(), "{path}: {seen:?}");
            for (n, (seen, expected)) in seen.iter().zip(expected).enumerate() {
                assert_holds(seen, expected, &format!("{path}[{n}]"));
            }
        }
        _ => assert_eq!(seen, expected, "{path}"),
    }
}

/// A value as the command line prints it.
pub(crate) fn json(value: impl serde::Serialize) -> Result<Value> {
    Ok(serde_json::to_value(value).expect("JSON"))
}
