//! Requests to object storage by hand: for what a test has to see as it is, whatever its status.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use k5::Cloud;
use k5::object_storage::meta::SERVICE;

/// The account of a cloud's user, over plain HTTP.
#[derive(Debug)]
pub struct Raw {
    base: String,
    token: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// An answer.
#[derive(Debug)]
pub struct RawAnswer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Raw {
    /// # Panics
    /// Without a token or an account.
    pub async fn of(cloud: &Cloud) -> Self {
        let base = cloud.endpoint(&SERVICE).await.expect("the account's URL");
        let token = cloud.token().await.expect("logged in").expect("a token");
        Self { base, token: token.secret.expose().to_owned(), client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// The account's path: `/v1/AUTH_...`.
    pub fn account(&self) -> &str {
        self.base.splitn(4, '/').nth(3).map_or("", |rest| &self.base[self.base.len() - rest.len() - 1..])
    }

    /// `path` follows the account, percent-encoded, with its query.
    ///
    /// # Panics
    /// Without an answer.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> RawAnswer {
        let mut request = http::Request::builder().method(method).uri(format!("{}/{path}", self.base));
        request = request.header("X-Auth-Token", &self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.into();
        if matches!(method, "PUT" | "POST") {
            // hyper leaves it away for an empty body, and a server would wait for one.
            request = request.header("Content-Length", body.len());
        }
        let request = request.body(Full::new(body)).expect("a request");
        let (head, body) = self.client.request(request).await.expect("an answer").into_parts();
        let body = body.collect().await.expect("the whole answer").to_bytes();
        RawAnswer { status: head.status.as_u16(), headers: head.headers, body }
    }

    /// A request without a body that only its status is wanted of.
    ///
    /// # Panics
    /// Without an answer.
    pub async fn status(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> u16 {
        self.send(method, path, headers, "").await.status
    }
}

impl RawAnswer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}
