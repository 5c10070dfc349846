//! One function for each thing that is read of a server or a user. Whatever the bytes, it ends, panics nowhere, and what it says of them
//! fits on one line and steers no terminal. The fuzz targets call these, and so does a test of the workspace.

use http::{HeaderName, HeaderValue, StatusCode};
use k5::config::{CloudConfig, Overrides, Sources};
use k5::dynamic::{ApiOperation, Arguments};
use k5::object_storage::ObjectStorage;
use k5::{ByteStream, Error, Session};
use k5_core::{Answer, Param, ParamPlace, Request, Response, Secret, SleepFuture, Transport, TransportFuture};
use std::fmt::Display;
use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// An entry point.
pub type Entry = fn(&[u8]);

/// All of them by the names of their targets.
pub const ENTRIES: &[(&str, Entry)] = &[
    ("answer", answer),
    ("certificate", certificate),
    ("clouds_yaml", clouds_yaml),
    ("error_document", error_document),
    ("fault_script", fault_script),
    ("headers", headers),
    ("listing", listing),
    ("manifest", manifest),
    ("private_key", private_key),
    ("xml", xml),
];

/// The secret that each request of [`error_document`] has carried.
const SECRET: &str = "the-secret-of-this-request";

/// An answer of any operation. The first line names the operation, the rest is the body.
pub fn answer(bytes: &[u8]) {
    let (operation, _, body) = chosen(bytes);
    let mut response = Response::new(success(operation)).with_body(chunks(body));
    // What headers an answer must have is not the point here.
    response.headers.insert("content-type", HeaderValue::from_static("application/json"));
    decode(operation, response);
}

/// A server's certificate.
pub fn certificate(bytes: &[u8]) {
    let Some(read) = k5::client::Certificate::read(bytes) else { return };
    fits(&read.not_before);
    fits(&read.not_after);
    if let Some(issuer) = &read.issuer {
        fits(issuer);
    }
}

/// The headers of an answer, one `name: value` a line after the one that names the operation.
pub fn headers(bytes: &[u8]) {
    let (operation, _, text) = chosen(bytes);
    let mut response = Response::new(success(operation));
    for line in text.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let value = line[colon + 1..].trim_ascii();
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(&line[..colon]), HeaderValue::from_bytes(value)) {
            response.headers.append(name, value);
        }
    }
    let mut refused = Response::new(StatusCode::SERVICE_UNAVAILABLE);
    refused.headers = response.headers.clone();
    decode(operation, response);
    if let Err(error) = call(operation, refused) {
        fits(&error);
    }
}

/// An error's document, after a line that names operation and status.
pub fn error_document(bytes: &[u8]) {
    let (operation, status, body) = chosen(bytes);
    let status = StatusCode::from_u16(status).ok().filter(|status| !status.is_success());
    let mut response = Response::new(status.unwrap_or(StatusCode::BAD_REQUEST));
    response.secrets.add(Secret::new(SECRET));
    response.body = chunks(body);
    let error = call(operation, response).expect_err("no success");
    fits(&error);
    let shown = format!("{error} {error:?} {}", error.excerpt().unwrap_or_default());
    assert!(!shown.contains(SECRET), "{shown}");
}

/// A listing of objects, item by item.
pub fn listing(bytes: &[u8]) {
    let swift = ObjectStorage::new(session(Response::new(StatusCode::OK).with_body(chunks(bytes))));
    let mut items = swift.list_objects("c").limit(100_000).items();
    now(async {
        loop {
            match items.try_next().await {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    fits(&error);
                    break;
                }
            }
        }
    });
}

/// The manifest of a static large object.
pub fn manifest(bytes: &[u8]) {
    let mut response = Response::new(StatusCode::OK).with_body(chunks(bytes));
    response.headers.insert("x-static-large-object", HeaderValue::from_static("True"));
    let swift = ObjectStorage::new(session(response));
    match now(swift.get_manifest("c", "o")) {
        Ok(segments) => {
            segments.iter().for_each(|segment| drop((segment.place(), segment.inline(), segment.part(), segment.length())))
        }
        Err(error) => fits(&error),
    }
}

/// An XML document.
pub fn xml(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = k5_core::xml::Element::parse(&text);
    for operation in k5::operations().filter(|operation| operation.meta.response_body == k5::BodyKind::Xml) {
        decode(operation, Response::new(success(operation)).with_body(chunks(bytes)));
    }
}

/// A `clouds.yaml`, each of whose first clouds is resolved.
pub fn clouds_yaml(bytes: &[u8]) {
    static FOLDER: OnceLock<Mutex<tempfile::TempDir>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| Mutex::new(tempfile::tempdir().expect("a folder")));
    let folder = folder.lock().unwrap_or_else(PoisonError::into_inner);
    std::fs::write(folder.path().join("clouds.yaml"), bytes).expect("a file");
    let sources = Sources::empty().with_config_dir(folder.path());
    let names = k5::config::list_clouds(&sources).unwrap_or_default();
    for name in names.into_iter().take(8).map(Some).chain([None]) {
        let mut overrides = Overrides::default();
        overrides.cloud = name;
        if let Err(error) = CloudConfig::resolve(&sources, &overrides) {
            let _ = error.to_string();
        }
    }
}

/// A script of the emulator's faults.
pub fn fault_script(bytes: &[u8]) {
    if let Err(error) = String::from_utf8_lossy(bytes).parse::<k5_emulator::Faults>() {
        let _ = error.to_string();
    }
}

/// The operation and the status that the first line names, such as `compute.show_server 404`, and the other lines. Any other first line names some
/// operation.
fn chosen(bytes: &[u8]) -> (&'static ApiOperation, u16, &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, rest) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    let text = String::from_utf8_lossy(line);
    let (name, status) = text.split_once(' ').unwrap_or((&text, ""));
    let number = line.iter().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    let named = k5::operations().find(|operation| operation.meta.full_name() == name);
    let any = || k5::operations().nth(number % k5::operations().count()).expect("an operation");
    (named.unwrap_or_else(any), status.parse().unwrap_or(400), rest)
}

fn success(operation: &ApiOperation) -> StatusCode {
    StatusCode::from_u16(operation.meta.success[0]).expect("a status")
}

/// A body that comes in two pieces, as one from a socket may.
fn chunks(bytes: &[u8]) -> ByteStream {
    struct Pieces(std::vec::IntoIter<Vec<u8>>);
    impl http_body::Body for Pieces {
        type Data = bytes::Bytes;
        type Error = Error;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, Error>>> {
            Poll::Ready(self.0.next().map(|piece| Ok(http_body::Frame::data(piece.into()))))
        }
    }
    let (first, second) = bytes.split_at(bytes.len() / 2);
    ByteStream::from_body(Pieces(vec![first.to_vec(), second.to_vec()].into_iter()))
}

/// Gives one answer, and then empty lists.
struct Once(Mutex<Option<Response>>);

impl Transport for Once {
    fn call(&self, _: Request) -> TransportFuture {
        let answer = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        Box::pin(std::future::ready(Ok(answer.unwrap_or_else(|| Response::new(StatusCode::NO_CONTENT)))))
    }

    fn sleep(&self, _: Duration) -> SleepFuture {
        Box::pin(std::future::ready(()))
    }
}

fn session(response: Response) -> Session {
    Session::from_transport(Once(Mutex::new(Some(response))))
}

/// What the operation makes of the answer before its body is decoded. The call itself is made by hand, for a valid request is not the
/// point.
fn call(operation: &'static ApiOperation, response: Response) -> Result<Response, Error> {
    let session = session(response);
    let is_in_path = |param: &&Param| matches!(param.place, ParamPlace::Path | ParamPlace::PathRest);
    let names: Vec<&str> = operation.meta.params.iter().filter(is_in_path).map(|_| "x").collect();
    let made = operation.call(&session, Arguments::default());
    let answer = now(match made {
        Ok(call) => call.send(),
        Err(_) => k5_core::Call::new(&session, operation.meta, &names).send(),
    });
    answer.map(Answer::into_response)
}

fn decode(operation: &'static ApiOperation, response: Response) {
    let decoded = now(operation.decode(response));
    if let Err(error) = decoded {
        fits(&error);
    }
}

/// What is said of bytes is one line, without what steers a terminal.
fn fits(error: &(impl Display + std::fmt::Debug)) {
    let shown = error.to_string();
    assert!(!shown.chars().any(k5_core::text::steers), "{shown:?}");
    let _ = format!("{error:?}");
}

/// The file of a private key. Nobody gives a passphrase, since it takes long to make a key of one.
pub fn private_key(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Err(error) = k5::compute::PrivateKey::read(text, || Ok(None))
    {
        fits(&error);
    }
}

/// The outcome of what waits for nothing.
fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut cx) {
            return outcome;
        }
        std::thread::yield_now();
    }
}
