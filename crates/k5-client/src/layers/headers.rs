//! Layer 5: what every request carries.

use super::{Answering, Attempt, always_ready};
use http::header::{ACCEPT, USER_AGENT};
use http::{HeaderName, HeaderValue};
use k5_core::{BodyKind, Error};
use tower_layer::{Layer, layer_fn};
use tower_service::Service;

static AGENT: HeaderValue = HeaderValue::from_static(concat!("k5/", env!("CARGO_PKG_VERSION")));
static REQUEST_ID: HeaderName = HeaderName::from_static("x-openstack-request-id");

/// Adds `User-Agent`, an id that OpenStack services write to their logs, and `Accept` if a document is expected, unless the caller
/// set these.
#[derive(Clone)]
pub(crate) struct Headers<S>(S);

impl Headers<()> {
    pub(crate) fn layer<S>() -> impl Layer<S, Service = Headers<S>> + Clone {
        layer_fn(Headers)
    }
}

impl<S, R> Service<Attempt> for Headers<S>
where
    S: Service<Attempt, Response = http::Response<R>, Error = Error, Future = Answering<http::Response<R>>>,
{
    type Response = http::Response<R>;
    type Error = Error;
    type Future = Answering<Self::Response>;

    always_ready!();

    fn call(&mut self, mut attempt: Attempt) -> Self::Future {
        let document = match attempt.meta.response_body {
            BodyKind::Json => Some("application/json"),
            BodyKind::Xml => Some("application/xml"),
            _ => None,
        };
        let headers = attempt.http.headers_mut();
        headers.entry(USER_AGENT).or_insert_with(|| AGENT.clone());
        headers.entry(REQUEST_ID.clone()).or_insert_with(request_id);
        if let Some(document) = document {
            headers.entry(ACCEPT).or_insert(HeaderValue::from_static(document));
        }
        self.0.call(attempt)
    }
}

/// `req-` and a random UUID, the form that OpenStack accepts from clients.
fn request_id() -> HeaderValue {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut high = fastrand::u64(..) & !(0xf << 12) | 4 << 12;
    let mut low = fastrand::u64(..) & !(0b11 << 62) | 0b10 << 62;
    // By hand, for the formatting of a UUID would take as long as all else that this layer does.
    let mut text = *b"req-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    let (first, second) = text.split_at_mut(23);
    for (half, number) in [(first, &mut high), (second, &mut low)] {
        for slot in half.iter_mut().rev().filter(|slot| **slot == b'x') {
            *slot = DIGITS[(*number & 15) as usize];
            *number >>= 4;
        }
    }
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("req-0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_a_random_uuid() {
        let id = request_id();
        let text = id.to_str().expect("ASCII");
        let parts: Vec<_> = text.split('-').collect();
        assert_eq!(parts.iter().map(|p| p.len()).collect::<Vec<_>>(), [3, 8, 4, 4, 4, 12], "{text}");
        assert!(parts[3].starts_with('4') && ['8', '9', 'a', 'b'].contains(&parts[4].chars().next().expect("four")), "{text}");
        assert_ne!(id, request_id());
    }
}
