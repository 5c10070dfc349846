//! ETags in quotes, as RFC 9110 requires, for accounts and containers that ask for it.

use http::HeaderMap;
use http::header::{ETAG, HeaderName, HeaderValue};

use super::Swift;
use super::errors::{Fail, Outcome};
use crate::reply::Reply;
use crate::request::{is_true, latin1};
use crate::store::rows::Headers;

pub(super) const OF_CONTAINER: &str = "x-container-rfc-compliant-etags";
pub(super) const OF_ACCOUNT: &str = "x-account-rfc-compliant-etags";

/// Makes what a client says the word that is kept.
pub(super) fn prepare(headers: &mut HeaderMap, name: &'static str) {
    if let Some(given) = headers.get(name).filter(|given| !given.is_empty()) {
        let word = if is_true(&latin1(given.as_bytes())) { "True" } else { "False" };
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(word));
    }
}

impl Swift {
    /// The answer about an object in this container, with its ETag as the container wants it or, without a word of it, the account.
    pub(super) fn quote_etag(&self, answer: Outcome, account: &str, container: &str) -> Outcome {
        let reader = self.store.reader();
        let Some(row) = reader.container(account, container)? else { return answer };
        let says = |headers: &Headers, name: &str| headers.get(name).map(|word| word == "True");
        let wanted = match says(&row.headers, OF_CONTAINER) {
            Some(wanted) => wanted,
            None => reader.account(account)?.and_then(|row| says(&row.headers, OF_ACCOUNT)).unwrap_or(false),
        };
        match answer {
            answer if !wanted => answer,
            Ok(reply) => Ok(quoted(reply)),
            Err(Fail::Reply(reply)) => Err(quoted(*reply).into()),
            store => store,
        }
    }
}

fn quoted(mut reply: Reply) -> Reply {
    if let Some(etag) = reply.headers.get(ETAG) {
        let etag = latin1(etag.as_bytes());
        if !(etag.starts_with('"') || etag.starts_with("W/\"")) || !etag.ends_with('"') {
            reply.header(ETAG.as_str(), &format!("\"{etag}\""));
        }
    }
    reply
}
