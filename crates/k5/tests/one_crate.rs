//! A program that depends on `k5` alone can name every type that stands in a public signature.

use k5::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use k5::operation::{Answer, ArrayReader, AuthNeed, Call, Dialect, FetchPage, Fetched, HeaderModel, Keyed, Look, Paging, WaitRule};
use k5::transport::{BodyContent, CallOptions, Request, Response, Secrets, SleepFuture, Transport, TransportFuture};
use k5::{Body, ByteStream, Cloud, ErrorKind, Session};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

/// Plays a cloud, and keeps what it was asked.
#[derive(Clone, Default)]
struct Fake {
    asked: Arc<Mutex<Vec<(&'static str, String)>>>,
    slept: Arc<Mutex<Duration>>,
}

impl Transport for Fake {
    fn call(&self, request: Request) -> TransportFuture {
        let Request { meta, path, body, options, .. } = request;
        assert!(matches!(body.content(), BodyContent::Empty | BodyContent::Bytes(_)), "{body:?}");
        assert_eq!(CallOptions::default().timeout, options.timeout);
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let document = match (meta.id, asked.len()) {
            ("list_images", _) => r#"{"images": [{"id": "a"}, {"id": "b"}]}"#,
            ("show_server", 0) => r#"{"server": {"id": "s", "status": "BUILD"}}"#,
            ("show_server", _) => r#"{"server": {"id": "s", "status": "ACTIVE"}}"#,
            _ => "",
        };
        asked.push((meta.id, path));
        let headers = HeaderMap::from_iter([(HeaderName::from_static("x-played"), HeaderValue::from_static("yes"))]);
        let status = if document.is_empty() { StatusCode::NO_CONTENT } else { StatusCode::OK };
        let answer = Response::new(status).with_headers(headers).with_body(ByteStream::from_bytes(document));
        Box::pin(async move { Ok(answer) })
    }

    fn sleep(&self, duration: Duration) -> SleepFuture {
        *self.slept.lock().unwrap_or_else(PoisonError::into_inner) += duration;
        Box::pin(async {})
    }
}

async fn count(cloud: &Cloud) -> k5::Result<usize> {
    Ok(cloud.image().list_images().items().collect().await?.len())
}

#[tokio::test]
async fn a_function_that_takes_a_cloud_needs_no_server() {
    let fake = Fake::default();
    let cloud = Cloud::from_transport(fake.clone());
    assert_eq!(count(&cloud).await.expect("listed"), 2);
    assert_eq!(fake.asked.lock().expect("unpoisoned").as_slice(), [("list_images", "/v2/images".to_owned())]);
}

#[tokio::test]
async fn waiters_go_by_the_clock_of_the_transport() {
    let fake = Fake::default();
    let server = Cloud::from_transport(fake.clone()).compute().wait_server("s").active().await.expect("active");
    assert_eq!(server.id.as_str(), "s");
    assert!(*fake.slept.lock().expect("unpoisoned") >= Duration::from_secs(1));
}

#[tokio::test]
async fn what_needs_a_client_says_that_there_is_none() {
    let cloud = Cloud::from_session(Session::from_transport(Fake::default()));
    assert!(cloud.client().is_none() && cloud.config().is_none());
    assert!(cloud.token().await.expect("no login").is_none());
    let error = cloud.endpoint(&k5::compute::meta::SERVICE).await.expect_err("nowhere");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("the endpoint of compute is not known"), "{error}");
}

/// A body of one's own, by the traits that the signatures name.
struct Nothing;

impl k5::http_body::Body for Nothing {
    type Data = k5::bytes::Bytes;
    type Error = k5::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<k5::http_body::Frame<k5::bytes::Bytes>, k5::Error>>> {
        Poll::Ready(None)
    }
}

/// Compiled, and that is the test: what the signatures of the calls take and give.
#[expect(clippy::type_complexity, reason = "the types are spelled out")]
fn named(cloud: &Cloud) {
    let _: fn(Body) -> Option<u64> = |body| body.length();
    let _: fn(Answer) -> &'static k5::OpMeta = |answer| answer.meta();
    let _: fn(&Call) -> &HeaderMap = Call::headers;
    let _: fn(Keyed<k5::serde_json::Value>) -> k5::serde_json::Value = |keyed| keyed.value;
    let _: Option<(ArrayReader<String>, FetchPage<String>, Fetched<String>, Look<String>, Paging)> = None;
    let _: Option<(AuthNeed, Dialect, WaitRule, Secrets, k5::dynamic::ReadRequest, k5::dynamic::DecodeFuture)> = None;
    let _: Option<(k5::Tolerant<String>, k5::Loose<u64>, k5::Quoted<u64>, k5::client::Client, k5::client::CloudBuilder)> = None;
    let _: Option<k5::config::Interface> = cloud.config().map(|config| config.interface);
    let _ = ByteStream::from_body(Nothing);
    fn chunks(_: impl k5::futures_core::Stream<Item = k5::Result<k5::bytes::Bytes>>) {}
    chunks(ByteStream::empty());
    fn read<T: k5::serde::de::DeserializeOwned, H: HeaderModel>(answer: Answer) -> impl Future<Output = k5::Result<(T, H)>> {
        answer.json()
    }
    let _ = read::<k5::serde_json::Value, ()>;
    fn blocks(_: impl k5::object_storage::AsyncRead) {}
    let _ = |download: k5::object_storage::Download| blocks(download.into_async_read());
}
const _: fn(&Cloud) = named;
