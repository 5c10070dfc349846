//! Operations by name, for `k5 api` and other callers that hold documents instead of types.

use crate::answer::Answer;
use crate::call::Call;
use crate::document;
use crate::error::{Error, Reason, Result};
use crate::json::decode_json;
use crate::model::{self, Model};
use crate::operation::{BodyKind, OpMeta, ParamPlace};
use crate::transport::{Response, Session};
use crate::{Body, HeaderModel, WithOptions};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

mod finder;
mod items;
mod page;
mod value;
mod waiter;

use value::to_value;

pub use finder::{ApiFinder, FindFuture, find};
pub use items::ApiItems;
pub use page::{ApiPage, PageFuture, keyed_page, plain_page};
pub use waiter::{ApiWaiter, WaitFuture, WaitOptions, wait};

/// An operation with its types behind functions.
#[derive(Debug)]
#[non_exhaustive]
pub struct ApiOperation {
    /// The operation.
    pub meta: &'static OpMeta,
    /// Parses a request document into the operation's type and writes it back; `None` if the operation takes none.
    pub request: Option<ReadRequest>,
    /// Decodes the answer into the operation's type and returns that type's JSON; `None` if the body is a list or not a document.
    pub answer: Option<fn(Answer) -> DecodeFuture>,
    /// Decodes the answer item by item; `None` if it is not a list.
    pub page: Option<fn(Answer) -> PageFuture>,
    /// Lists over all pages; `None` if the answer is not a list.
    pub items: Option<fn(Call) -> ApiItems>,
    /// The known fields of the record that it answers with, or of each item of the list; empty if they are not known.
    pub fields: &'static [&'static str],
    /// Waits until the resource that the operation shows is in a given state; `None` if it has no states.
    pub waiter: Option<ApiWaiter>,
    /// Finds one of what the operation lists by its id or name; `None` if that is not possible.
    pub finder: Option<ApiFinder>,
}

/// Reads a request document into its type; the text of the error names the field.
pub type ReadRequest = fn(&OpMeta, &[u8]) -> Result<TypedRequest, String>;

/// What [`ApiOperation::answer`] returns.
pub type DecodeFuture = Pin<Box<dyn Future<Output = Result<Value>> + Send>>;

/// A request document that fits its type.
#[derive(Debug)]
#[non_exhaustive]
pub struct TypedRequest {
    /// The document, written from the type; or why the format has no place for the unknown fields.
    pub bytes: Result<Vec<u8>, String>,
    /// Fields that are unknown to the type.
    pub unknown: Vec<String>,
    /// Values over a limit of the API, each with its field.
    pub faults: Vec<String>,
}

impl TypedRequest {
    /// A document without unknown fields or values over a limit.
    pub const fn new(bytes: Result<Vec<u8>, String>) -> Self {
        Self { bytes, unknown: Vec::new(), faults: Vec::new() }
    }
}

/// [`ApiOperation::request`] for a document of type `T`, in JSON or in the operation's own format.
pub fn typed_request<T: DeserializeOwned + Serialize + Model>(meta: &OpMeta, bytes: &[u8]) -> Result<TypedRequest, String> {
    checked_request::<T>(meta, bytes, |_| Ok(()))
}

/// [`ApiOperation::request`] for a document of type `T` that must pass `check` as a whole.
pub fn checked_request<T>(meta: &OpMeta, bytes: &[u8], check: fn(&T) -> Result<()>) -> Result<TypedRequest, String>
where
    T: DeserializeOwned + Serialize + Model,
{
    let (mut unknown, mut faults) = (Vec::new(), Vec::new());
    let bytes = match meta.body_key {
        None => {
            let document = document::read::<T>(bytes, meta.request_body)?;
            document.unknown_fields("", &mut unknown);
            // A field that always has one value may be written out; another value is refused when the form is written.
            unknown.retain(|name| !meta.fixed_fields.iter().any(|(fixed, _)| fixed == name));
            document.faults("", &mut faults);
            model::check(&document, check, "", &mut faults);
            document::encode(meta, &document)
        }
        Some(key) => {
            let document = document::read_keyed::<T>(key, bytes, meta.request_body)?;
            document.unknown_fields("", &mut unknown);
            document.faults("", &mut faults);
            model::check(&document.value, check, key, &mut faults);
            document::encode_beside(meta, &document.value, &document.beside)
        }
    };
    Ok(TypedRequest { bytes, unknown, faults })
}

/// [`ApiOperation::request`] for an action without arguments: `{"key": null}`; `{"key": {}}` means the same.
pub fn null_request(meta: &OpMeta, bytes: &[u8]) -> Result<TypedRequest, String> {
    let key = meta.body_key.unwrap_or_default();
    let document: serde_json::Map<String, Value> = decode_json(document::unmarked(bytes))?;
    let mut unknown: Vec<String> = document.keys().filter(|name| *name != key).cloned().collect();
    match document.get(key) {
        None => return Err(format!("missing field `{key}`")),
        Some(Value::Null) => {}
        Some(Value::Object(fields)) => unknown.extend(fields.keys().map(|name| format!("{key}.{name}"))),
        Some(_) => return Err(format!("field {key}: expected null")),
    }
    // Unknown fields are sent on where the caller insists on them.
    let bytes = if unknown.is_empty() { serde_json::to_vec(&BTreeMap::from([(key, ())])) } else { serde_json::to_vec(&document) };
    Ok(TypedRequest { bytes: bytes.map_err(|error| error.to_string()), unknown, faults: Vec::new() })
}

/// [`ApiOperation::answer`] for a document of type `T`.
pub fn typed_answer<T: DeserializeOwned + Serialize + Send + 'static>(answer: Answer) -> DecodeFuture {
    Box::pin(async move { to_value(&answer.document::<T>().await?) })
}

/// [`ApiOperation::answer`] for a document of type `T` under the operation's key.
pub fn keyed_answer<T: DeserializeOwned + Serialize + Send + 'static>(answer: Answer) -> DecodeFuture {
    Box::pin(async move { to_value(&answer.keyed::<T>().await?) })
}

/// [`ApiOperation::answer`] for a document of type `T` under the operation's key that may be absent; then the headers take its place.
pub fn optional_keyed_answer<T: DeserializeOwned + Serialize + Send + 'static>(answer: Answer) -> DecodeFuture {
    Box::pin(async move {
        let headers = crate::header_model::headers_to_json(answer.raw_headers());
        match answer.optional_keyed::<T>().await? {
            Some(document) => to_value(&document),
            None => Ok(serde_json::json!({ "headers": headers })),
        }
    })
}

/// [`ApiOperation::answer`] for a document of type `T` under the operation's key, or one of type `V` under that of its variant.
pub fn variant_answer<T, V>(answer: Answer) -> DecodeFuture
where
    T: DeserializeOwned + Serialize + Send + 'static,
    V: DeserializeOwned + Serialize + Send + 'static,
{
    Box::pin(async move {
        match answer.keyed_or_variant::<T, V>().await? {
            Ok(document) => to_value(&document),
            Err(variant) => to_value(&variant),
        }
    })
}

/// [`ApiOperation::answer`] for a JSON document of type `T` beside headers of type `H`.
pub fn json_answer<T, H>(answer: Answer) -> DecodeFuture
where
    T: DeserializeOwned + Serialize + 'static,
    H: HeaderModel + Serialize + 'static,
{
    Box::pin(async move {
        let (document, _) = answer.json::<T, H>().await?;
        to_value(&document)
    })
}

/// [`ApiOperation::answer`] for a JSON document that may be absent; then the headers take its place.
pub fn optional_json_answer<T>(answer: Answer) -> DecodeFuture
where
    T: DeserializeOwned + Serialize + 'static,
{
    Box::pin(async move {
        let headers = crate::header_model::headers_to_json(answer.raw_headers());
        match answer.optional_json::<T>().await? {
            Some(document) => to_value(&document),
            None => Ok(serde_json::json!({ "headers": headers })),
        }
    })
}

/// [`ApiOperation::answer`] for an answer that is only a status.
pub fn empty_answer(answer: Answer) -> DecodeFuture {
    let headers = crate::header_model::headers_to_json(answer.raw_headers());
    Box::pin(async move { Ok(serde_json::json!({ "headers": headers })) })
}

/// [`ApiOperation::answer`] for an answer that consists of headers only.
pub fn header_answer<H: HeaderModel + Serialize + 'static>(answer: Answer) -> DecodeFuture {
    Box::pin(async move { to_value(&answer.headers::<H>()?) })
}

/// The arguments of a call by name.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Arguments {
    /// Path, query and header parameters by their names on the wire.
    pub params: Vec<(String, String)>,
    /// Additional headers.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, if the operation takes a document or a stream.
    pub body: Option<Body>,
    /// Leave unknown fields in a request document.
    pub allow_unknown: bool,
}

impl Arguments {
    /// Path, query and header parameters by their names on the wire.
    pub fn params(self, params: Vec<(String, String)>) -> Self {
        Self { params, ..self }
    }

    /// Additional headers.
    pub fn headers(self, headers: Vec<(String, String)>) -> Self {
        Self { headers, ..self }
    }

    /// The body's bytes.
    pub fn body(self, body: impl Into<Option<Body>>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// Leaves unknown fields in a request document.
    pub fn allow_unknown(self, allow: bool) -> Self {
        Self { allow_unknown: allow, ..self }
    }
}

impl ApiOperation {
    /// An operation that neither takes nor returns a document.
    pub const fn new(meta: &'static OpMeta) -> Self {
        Self { meta, request: None, answer: None, page: None, items: None, fields: &[], waiter: None, finder: None }
    }

    /// With a document to send.
    pub const fn request(mut self, request: ReadRequest) -> Self {
        self.request = Some(request);
        self
    }

    /// With a document in the answer.
    pub const fn answer(mut self, answer: fn(Answer) -> DecodeFuture) -> Self {
        self.answer = Some(answer);
        self
    }

    /// With a list in the answer, decoded item by item.
    pub const fn page(mut self, page: fn(Answer) -> PageFuture) -> Self {
        self.page = Some(page);
        self
    }

    /// With a listing over all pages.
    pub const fn lists(mut self, items: fn(Call) -> ApiItems) -> Self {
        self.items = Some(items);
        self
    }

    /// With the names of the fields of the answer's record, or of each item of its list.
    pub const fn fields(mut self, fields: &'static [&'static str]) -> Self {
        self.fields = fields;
        self
    }

    /// With something to wait for in the answer.
    pub const fn waits(mut self, waiter: ApiWaiter) -> Self {
        self.waiter = Some(waiter);
        self
    }

    /// With a search in what it lists.
    pub const fn finds(mut self, finder: ApiFinder) -> Self {
        self.finder = Some(finder);
        self
    }

    /// Lists the items over all pages, fetching each page on demand.
    ///
    /// # Errors
    /// If the operation is not a listing; otherwise as [`ApiOperation::call`].
    pub fn items(&self, session: &Session, arguments: Arguments) -> Result<ApiItems> {
        let Some(items) = self.items else {
            return Err(Error::invalid_input("it does not list anything").with_operation(self.meta));
        };
        self.call(session, arguments).map(items)
    }

    /// Waits until the resource that the operation shows reaches the goal of this name, such as `active`. The `options` may be only
    /// a time limit, which is half an hour by default.
    /// Returns the resource in its final state, or `None` if it is gone.
    ///
    /// # Errors
    /// If the operation shows nothing to wait for, or has no such goal; otherwise as [`ApiOperation::call`] and
    /// [`Waiter`](crate::Waiter).
    pub async fn wait(
        &self,
        session: &Session,
        arguments: Arguments,
        goal: &str,
        options: impl Into<WaitOptions>,
    ) -> Result<Option<Value>> {
        let Some(waiter) = self.waiter else {
            return Err(Error::invalid_input("what it shows has no state to wait for").with_operation(self.meta));
        };
        waiter.wait(self.call(session, arguments)?, goal, options).await
    }

    /// Finds the one resource of those that the operation lists whose id or name is `wanted`.
    ///
    /// # Errors
    /// If the operation lists nothing that can be found in this way; otherwise as [`crate::find`].
    pub async fn find(&self, session: &Session, wanted: &str) -> Result<Value> {
        let Some(finder) = self.finder else {
            return Err(Error::invalid_input("it lists nothing that has an id and a name").with_operation(self.meta));
        };
        finder.find(session, wanted).await
    }

    /// Builds the call: names are checked, a document is passed through the operation's type by [`ApiOperation::document`]
    /// before it gets here.
    ///
    /// # Errors
    /// If a parameter is unknown or missing, or if the operation doesn't take such a body.
    pub fn call(&self, session: &Session, arguments: Arguments) -> Result<Call> {
        let meta = self.meta;
        let refuse = |message: String| Error::invalid_input(message).with_operation(meta);
        let value_of = |name: &str| arguments.params.iter().rev().find(|(n, _)| same_name(n, name)).map(|(_, v)| v.as_str());
        let mut path_values = Vec::new();
        for param in meta.params {
            match (param.place, value_of(param.name)) {
                (ParamPlace::Path | ParamPlace::PathRest, Some(value)) => path_values.push(value),
                (_, None) if param.required && param.fixed.is_none() => {
                    let message = format!("the {} parameter {} is missing", param.place.name(), param.name);
                    return Err(refuse(message).with_reason(Reason::MissingParameter { name: param.name }));
                }
                _ => {}
            }
        }
        let mut call = DynamicCall(Call::new(session, meta, &path_values));
        for (name, value) in &arguments.params {
            let known = meta.params.iter().find(|p| same_name(p.name, name) || p.name.ends_with('-') && begins_with(name, p.name));
            match known.map(|param| (param.place, param.name)) {
                Some((ParamPlace::Path | ParamPlace::PathRest, _)) => {}
                // Servers tell upper from lower case here, but not in a header's name.
                Some((ParamPlace::Query, known)) => call.0.set_query(known, value),
                Some((ParamPlace::Header, _)) => call = call.with_header(name, value),
                None => {
                    let names: Vec<_> = meta.params.iter().map(|p| p.name).collect();
                    return Err(refuse(format!("there is no parameter {name:?}; it takes {}", names.join(", "))));
                }
            }
        }
        for (name, value) in &arguments.headers {
            call = call.with_header(name, value);
        }
        match (arguments.body, meta.request_body) {
            (Some(_), BodyKind::None) => return Err(refuse("it takes no body".to_owned())),
            (Some(body), _) => {
                if let (Some(request), crate::BodyContent::Bytes(bytes)) = (self.request, body.content()) {
                    // For its secrets alone: it is the document that passed through the type before.
                    let _ = call.0.noting(|| request(meta, bytes));
                }
                call.0.body(body);
                let headers = call.0.headers();
                if let (Some(media), false) = (meta.media_type(), headers.contains_key(http::header::CONTENT_TYPE)) {
                    call = call.with_header("content-type", media);
                }
            }
            (None, BodyKind::Json | BodyKind::Xml | BodyKind::Form) if self.default_document().is_some() => {
                let document = self.default_document().unwrap_or_default();
                call.0.body(Body::bytes(document));
                call = call.with_header("content-type", meta.media_type().unwrap_or("application/json"));
            }
            (None, BodyKind::Json | BodyKind::Xml | BodyKind::Form) => {
                let message = format!("it needs a body, in {}", meta.request_body.name());
                return Err(refuse(message).with_reason(Reason::MissingBody));
            }
            (None, _) => {}
        }
        Ok(call.0)
    }

    /// Passes a request document through the operation's type.
    ///
    /// # Errors
    /// If a value has the wrong type, or a field is unknown to the type (unless `allow_unknown`); the error names the field.
    pub fn document(&self, bytes: &[u8], allow_unknown: bool) -> Result<Vec<u8>> {
        let Some(request) = self.request else { return Ok(bytes.to_vec()) };
        let refuse = |message: String| Error::invalid_input(message).with_operation(self.meta);
        let typed = request(self.meta, bytes).map_err(refuse)?;
        if let Some(fault) = typed.faults.first() {
            return Err(refuse(fault.clone()));
        }
        match typed.unknown.is_empty() || allow_unknown {
            true => typed.bytes.map_err(refuse),
            false => Err(refuse(format!("unknown field {}", typed.unknown.join(", "))).with_reason(Reason::UnknownField)),
        }
    }

    /// The document of an operation that needs no arguments in it, such as an action without any.
    fn default_document(&self) -> Option<Vec<u8>> {
        if !self.meta.null_body && !self.meta.optional_body {
            return None;
        }
        let request = self.request?;
        let empty = match (self.meta.body_key, self.meta.null_body) {
            (Some(key), true) => format!("{{{key:?}:null}}"),
            (Some(key), false) if !key.contains('/') => format!("{{{key:?}:{{}}}}"),
            _ => "{}".to_owned(),
        };
        request(self.meta, empty.as_bytes()).ok()?.bytes.ok()
    }

    /// Decodes a successful answer that is a list, item by item, which takes far less memory than [`ApiOperation::decode`]; `Err`
    /// with the response if the operation does not answer with a list.
    ///
    /// # Errors
    /// If the answer is not a list under the operation's key. An item's own errors are reported by the page.
    pub async fn decode_page(&self, response: Response) -> Result<Result<ApiPage, Response>> {
        match self.page {
            Some(page) => page(Answer::new(self.meta, response)).await.map(Ok),
            None => Ok(Err(response)),
        }
    }

    /// Decodes a successful answer into the operation's JSON; `None` if the body is bytes to pass on.
    ///
    /// # Errors
    /// If the answer does not match the operation's type.
    pub async fn decode(&self, response: Response) -> Result<Result<Value, Response>> {
        match (self.answer, self.page) {
            (Some(answer), _) => answer(Answer::new(self.meta, response)).await.map(Ok),
            (None, Some(page)) => page(Answer::new(self.meta, response)).await?.into_value().map(Ok),
            (None, None) => Ok(Err(response)),
        }
    }
}

struct DynamicCall(Call);

impl WithOptions for DynamicCall {
    fn call_mut(&mut self) -> &mut Call {
        &mut self.0
    }
}

fn same_name(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

fn begins_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
