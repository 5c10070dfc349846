//! Operations and requests for the tests of the layers.

use crate::attempt_body::AttemptBody;
use crate::layers::Attempt;
use bytes::Bytes;
use k5_core::{AuthNeed, Body, BodyKind, ByteStream, Dialect, Error, OpMeta, Param, Request, ServiceMeta};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

pub(crate) static SERVICE: ServiceMeta =
    ServiceMeta::new("test", "objectstorage", Dialect::Swift).types(&["object-store"]).root("/v1/{account}");

/// A document, safe to repeat.
pub(crate) static CONTROL: OpMeta = OpMeta::new(&SERVICE, "control", "GET", "").response_body(BodyKind::Json);
/// A document, not safe to repeat.
pub(crate) static ACTION: OpMeta = OpMeta::new(&SERVICE, "action", "POST", "/a").response_body(BodyKind::Json);
/// A stream of bytes to the server.
pub(crate) static UPLOAD: OpMeta = OpMeta::new(&SERVICE, "upload", "PUT", "/{container}/{object}")
    .params(&[Param::path("container"), Param::path_rest("object")])
    .request_body(BodyKind::Bytes)
    .success(&[201])
    .auth(AuthNeed::Optional);

pub(crate) fn request(meta: &'static OpMeta) -> Request {
    Request::new(meta)
}

/// One attempt with this body.
pub(crate) fn attempt(meta: &'static OpMeta, body: Body) -> Attempt {
    let body = AttemptBody::new(&body).expect("a fresh body");
    Attempt { meta, http: http::Request::put("http://server/v1/a/c/o").body(body).expect("a request") }
}

/// The next frame's bytes.
pub(crate) async fn first_frame<B>(body: &mut B) -> Option<Result<Bytes, Error>>
where
    B: http_body::Body<Data = Bytes, Error = Error> + Unpin,
{
    let frame = poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
    Some(frame.map(|frame| frame.into_data().expect("data")))
}

/// Takes a request's body as a server does, with a pause before each frame, and returns its bytes.
pub(crate) async fn drain(attempt: Attempt, pause: Duration) -> Result<Vec<u8>, Error> {
    let mut body = attempt.http.into_body();
    let mut all = Vec::new();
    loop {
        tokio::time::sleep(pause).await;
        let Some(frame) = first_frame(&mut body).await else { return Ok(all) };
        all.extend_from_slice(&frame?);
        if http_body::Body::is_end_stream(&body) {
            return Ok(all);
        }
    }
}

/// A body of frames, each after this many seconds.
#[derive(Clone, Default)]
pub(crate) struct Script {
    frames: std::collections::VecDeque<(u64, &'static str)>,
    asleep: Option<Arc<std::sync::Mutex<Pin<Box<tokio::time::Sleep>>>>>,
}

impl Script {
    pub(crate) fn new(frames: &[(u64, &'static str)]) -> Self {
        Self { frames: frames.iter().copied().collect(), asleep: None }
    }

    pub(crate) fn into_stream(self) -> ByteStream {
        ByteStream::from_body(self)
    }
}

impl http_body::Body for Script {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<http_body::Frame<Bytes>, Error>>> {
        let Some((pause, text)) = self.frames.front().copied() else { return Poll::Ready(None) };
        let asleep = self
            .asleep
            .get_or_insert_with(|| Arc::new(std::sync::Mutex::new(Box::pin(tokio::time::sleep(Duration::from_secs(pause))))));
        std::task::ready!(asleep.lock().expect("not poisoned").as_mut().poll(cx));
        self.asleep = None;
        self.frames.pop_front();
        Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(text.as_bytes())))))
    }
}
