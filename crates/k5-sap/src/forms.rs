//! Forms with fields of the caller's choice, for operations whose field names are not known for certain.

use crate::{Sap, Task, meta};
use k5_core::{Body, BodyKind, Call, Error, OpMeta, Result, WithOptions};

impl Sap {
    /// Sends an operation that takes a form, with exactly these fields, in this order, instead of its typed ones. `path` has the
    /// values of the path's parameters. It is meant for operations whose fields are unverified, in case the service expects others:
    ///
    /// ```no_run
    /// # async fn run(sap: k5_sap::Sap) -> k5_core::Result<()> {
    /// use k5_sap::meta;
    /// let task = sap.send_form(&meta::ATTACH_DISK, &["ror-svror2_13769"], [("index", "1"), ("size", "40")]).send().await?;
    /// sap.wait_task(&task.id).completed().await?;
    /// # Ok(()) }
    /// ```
    pub fn send_form(
        &self,
        operation: &'static OpMeta,
        path: &[&str],
        fields: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
    ) -> SendForm {
        let mut call = Call::new(&self.session, operation, path);
        let ours = std::ptr::eq(operation.service, &meta::SERVICE);
        if !ours || operation.request_body != BodyKind::Form || operation.answer_key != Some("task") {
            let why = format!("{} does not take a form and answer with a task", operation.full_name());
            call.refuse(Error::invalid_input(why));
        }
        let encode = k5_core::path::segment;
        let fields = fields.into_iter().map(|(name, value)| format!("{}={}", encode(name.as_ref()), encode(value.as_ref())));
        let form = fields.collect::<Vec<_>>().join("&");
        call.header("content-type", "application/x-www-form-urlencoded");
        call.body(Body::bytes(form));
        SendForm(call)
    }
}

/// The call of [`Sap::send_form`].
#[derive(Debug)]
#[must_use = "does nothing until `send` is awaited"]
pub struct SendForm(Call);

impl SendForm {
    /// Sends the request and returns the task.
    ///
    /// # Errors
    /// If the operation takes no form, no answer arrived, or the status is not a success.
    pub async fn send(self) -> Result<Task> {
        Ok(self.0.send().await?.keyed().await?.value)
    }
}

impl WithOptions for SendForm {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.0
    }
}
