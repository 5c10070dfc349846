//! One call: the caller, the path parameters, and the request.

use std::sync::Arc;

use serde_json::Value;

use super::{Outcome, bad_request, refused};
use crate::accounts::Project;
use crate::keystone::tokens::Session;
use crate::request::Request;
use crate::routes::Parameters;

/// The longest body other than an object's: the limit of the real servers' middleware.
const MAX_BODY: usize = 114_688;

#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) session: Arc<Session>,
    pub(crate) project: Project,
}

impl Caller {
    /// Whether the caller has a role other than the read-only one.
    pub(super) fn may_write(&self) -> bool {
        self.session.roles.iter().any(|role| role != "reader")
    }

    pub(crate) fn is_admin(&self) -> bool {
        self.session.roles.iter().any(|role| role == "admin")
    }
}

pub(crate) struct Call<'r> {
    pub(crate) caller: Caller,
    pub(super) parameters: Parameters<'r>,
    pub(crate) request: &'r mut Request,
}

impl Call<'_> {
    /// A parameter of the path by the name that the table gives it.
    pub(crate) fn parameter(&self, name: &str) -> String {
        let value = self.parameters.get(name);
        debug_assert!(value.is_some(), "the operation's path has no {{{name}}}");
        String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
    }

    /// The id of the project that everything here belongs to.
    pub(crate) fn tenant(&self) -> String {
        self.caller.project.id.clone()
    }

    pub(crate) fn user(&self) -> String {
        self.caller.session.user_id.clone()
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.request.query.get(name)
    }

    pub(crate) async fn body(&mut self) -> Outcome<&[u8]> {
        collect(self.request).await
    }

    pub(crate) async fn json(&mut self) -> Outcome<Value> {
        let body = self.body().await?;
        serde_json::from_slice(body).map_err(|_| bad_request("Malformed request body"))
    }

    /// The object under the only key that a body of this service has.
    pub(crate) async fn json_in(&mut self, key: &str) -> Outcome<Value> {
        let mut document = self.json().await?;
        match document.get_mut(key).map(Value::take) {
            Some(inner @ Value::Object(_)) => Ok(inner),
            Some(other) => Err(super::fields::wrong_type(key, &other, "object")),
            None => Err(bad_request(format!("'{key}' is a required property"))),
        }
    }
}

/// The body of the request, which is read only once.
pub(crate) async fn collect(request: &mut Request) -> Outcome<&[u8]> {
    if request.body.is_none() {
        let body = request.upload.collect(MAX_BODY).await?;
        let Some(body) = body else { return Err(refused(413, "Request is too large.")) };
        request.body = Some(body);
    }
    Ok(request.body.as_deref().unwrap_or_default())
}
