//! What the services other than Keystone and Swift share: the caller, the documents, how long things take, refusals.

mod call;
mod dialect;
mod fail;
pub(crate) mod fields;
mod kept;
mod named;
pub(crate) mod nova;
mod page;
mod sort;
pub(crate) mod webob;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use call::{Call, Caller, collect};
pub(crate) use dialect::Dialect;
pub(crate) use fail::{Fail, Outcome, Refusal, bad_request, conflict, forbidden, no_such_path, not_found, over_limit, refused};

pub(crate) use kept::Kept;
pub(crate) use named::named;
pub(crate) use page::{Cut, Page};
pub(crate) use sort::Sort;

use crate::keystone::tokens::Tokens;
use crate::reply::{PLAIN, Reply};
use crate::request::Request;
use crate::routes::Parameters;
use crate::store::{OpenDocuments, Reader, Store, Tables};
use crate::time::Ticks;

/// The metadata that makes a new server or volume end in `ERROR`; for a server the value is the fault's message.
pub(crate) const FAIL: &str = "k5.emulator.fail";
/// The prefix of names that fail, for things without metadata.
pub(crate) const FAIL_PREFIX: &str = "fail-";

/// The state that every service holds.
pub(crate) struct Cloud {
    pub(crate) store: Arc<Store>,
    tokens: Arc<Tokens>,
    /// How long anything takes to reach its next state.
    pub(crate) pace: Duration,
    /// The availability zone of items that don't name one.
    pub(crate) zone: String,
}

impl Cloud {
    pub(crate) fn new(store: Arc<Store>, tokens: Arc<Tokens>, pace: Duration, zone: String) -> Self {
        Self { store, tokens, pace, zone }
    }

    /// When something that begins now will be finished.
    pub(crate) fn due(&self) -> Ticks {
        Ticks::now().after(self.pace)
    }

    pub(crate) fn reader(&self) -> Arc<Reader> {
        self.store.reader()
    }

    /// Changes documents. Whatever `act` refuses, it has to refuse before it stores anything: it shares its transaction with
    /// others, so nothing is rolled back.
    pub(crate) async fn change<T, F>(&self, act: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut OpenDocuments<'_>) -> Outcome<T> + Send + 'static,
    {
        self.change_tables(move |tables| act(&mut tables.documents)).await
    }

    /// The same with the other tables as well, for what has a body.
    pub(crate) async fn change_tables<T, F>(&self, act: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tables<'_>) -> Outcome<T> + Send + 'static,
    {
        let done = self.store.write(move |tables| match act(tables) {
            Err(Fail::Store(error)) => Err(error),
            done => Ok(done),
        });
        done.await?
    }

    /// The caller: the owner of a valid token for a project. A caller that may only read is refused anything else.
    pub(crate) fn caller(&self, request: &Request) -> Outcome<Caller> {
        let session = request.header("x-auth-token").and_then(|token| self.tokens.find(&token));
        let Some(session) = session else { return Err(unauthorized(request).into()) };
        let Some(project) = session.project().cloned() else {
            return Err(forbidden("The token is not for a project."));
        };
        let caller = Caller { session, project };
        let reads = matches!(request.method.as_str(), "GET" | "HEAD");
        if !reads && !caller.may_write() {
            return Err(forbidden("Policy doesn't allow a reader to perform this action."));
        }
        Ok(caller)
    }

    /// The call of an operation by someone who may make it.
    pub(crate) fn call<'r>(&self, parameters: Parameters<'r>, request: &'r mut Request) -> Outcome<Call<'r>> {
        Ok(Call { caller: self.caller(request)?, parameters, request })
    }

    /// The project of a token, for paths that leave it out.
    pub(crate) fn project_of(&self, token: &str) -> Option<String> {
        self.tokens.find(token)?.project().map(|project| project.id.clone())
    }
}

/// The answer of the middleware in front of every service.
fn unauthorized(request: &Request) -> Reply {
    Reply::with_body(http::StatusCode::UNAUTHORIZED, PLAIN, "Authentication required")
        .with("www-authenticate", &format!("Keystone uri='{}/v3'", request.base))
}

/// A random id in the usual spelling, `8-4-4-4-12` hexadecimal digits.
pub(crate) fn uuid() -> String {
    // Version 4, variant 1.
    let bits = fastrand::u128(..) & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    spelled(&format!("{bits:032x}"))
}

/// The same id for the same seed.
pub(crate) fn derived_uuid(seed: &str) -> String {
    spelled(&crate::store::bodies::md5_hex(seed.as_bytes()))
}

fn spelled(hex: &str) -> String {
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

pub(crate) fn is_uuid(text: &str) -> bool {
    let digits: String = text.split('-').collect();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(crate) fn request_id() -> String {
    format!("req-{}", uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_like_ids() {
        let id = uuid();
        assert!(is_uuid(&id) && id.len() == 36 && id.as_bytes()[14] == b'4', "{id}");
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{id}");
        assert_eq!(derived_uuid("image:cirros"), derived_uuid("image:cirros"));
        assert!(!is_uuid("cirros"));
    }
}
