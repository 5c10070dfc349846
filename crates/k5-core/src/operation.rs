//! What is known about an operation before it is called. The spec tables in `xtask/spec` are rendered into these.

/// A cloud service: how the catalogue names it and what its answers look like.
///
/// ```
/// use k5_core::{BodyKind, Dialect, OpMeta, Param, ServiceMeta};
/// static SERVICE: ServiceMeta = ServiceMeta::new("things", "things", Dialect::Nova).types(&["thing"]).root("/v1/{tenant_id}");
/// static SHOW_THING: OpMeta = OpMeta::new(&SERVICE, "show_thing", "GET", "/things/{thing_id}")
///     .params(&[Param::path("thing_id")])
///     .response_body(BodyKind::Json)
///     .answer_key("thing");
/// assert!(SHOW_THING.idempotent);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct ServiceMeta {
    /// The service's name in this SDK, such as `object_storage`; the first half of an operation's full name.
    pub name: &'static str,
    /// The endpoint's name in K5's catalogue.
    pub k5_name: &'static str,
    /// Other names under which K5's catalogue may have it.
    pub k5_aliases: &'static [&'static str],
    /// The first label of its host name on K5.
    pub k5_host: &'static str,
    /// The service types under which a plain OpenStack cloud lists it, the preferred one first.
    pub types: &'static [&'static str],
    /// The path in front of every operation's own path, such as `/v1/{account}`. `{tenant_id}` and `{account}` come from
    /// the token.
    pub root: &'static str,
    /// The shape of its error documents.
    pub dialect: Dialect,
    /// Whether every 2xx is a success: for services whose documentation and servers disagree about the status.
    pub any_success: bool,
}

/// The shape of a service's error documents. Every dialect falls back to the others and then to the raw text, so this
/// only decides which is tried first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// `{"error": {"message", "code", "title"}}`.
    Keystone,
    /// HTML or plain text; only the status matters.
    Swift,
    /// `{"<fault>": {"code", "message"}}`.
    Nova,
    /// HTML, plain text or `{"message", "code", "title"}`.
    Glance,
    /// `{"error_code", "message"}`.
    Import,
    /// `<error>` or `<errors>`.
    Sap,
}

/// A row in the API's documented list of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// The section, such as `Object storage`.
    pub section: &'static str,
    /// The number within the section.
    pub number: u16,
    /// The documented title.
    pub title: &'static str,
}

/// Whether a call carries a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthNeed {
    /// Always.
    Required,
    /// Unless the caller asks for an anonymous call (public containers, temporary URLs).
    Optional,
    /// Never: login itself and public documents.
    None,
}

impl AuthNeed {
    /// Whether a token is sent, depending on whether the caller asked for an anonymous call.
    pub fn sends_token(self, anonymous: bool) -> bool {
        match self {
            Self::Required => true,
            Self::Optional => !anonymous,
            Self::None => false,
        }
    }
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamPlace {
    /// One segment of the path; a `/` in it is encoded.
    Path,
    /// The rest of the path; a `/` in it stays (names of objects).
    PathRest,
    /// The query.
    Query,
    /// A request header. A name that ends in `-` is a family of headers, such as `X-Object-Meta-`.
    Header,
}

impl ParamPlace {
    /// `path`, `query` or `header`, as `k5 api --list --json` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Path | Self::PathRest => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

/// A parameter of an operation.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Param {
    /// The name on the wire; headers in lower case.
    pub name: &'static str,
    /// Where it goes.
    pub place: ParamPlace,
    /// Whether the server needs it.
    pub required: bool,
    /// Its default value, such as `json` for `format`.
    pub fixed: Option<&'static str>,
    /// A check that a value must pass before anything is sent.
    pub check: Option<fn(&str) -> crate::Result<()>>,
}

impl Param {
    const fn new(name: &'static str, place: ParamPlace, required: bool) -> Self {
        Self { name, place, required, fixed: None, check: None }
    }

    /// A segment of the path.
    pub const fn path(name: &'static str) -> Self {
        Self::new(name, ParamPlace::Path, true)
    }

    /// The rest of the path.
    pub const fn path_rest(name: &'static str) -> Self {
        Self::new(name, ParamPlace::PathRest, true)
    }

    /// An optional query parameter.
    pub const fn query(name: &'static str) -> Self {
        Self::new(name, ParamPlace::Query, false)
    }

    /// An optional header; `name` in lower case.
    pub const fn header(name: &'static str) -> Self {
        Self::new(name, ParamPlace::Header, false)
    }

    /// Makes it required.
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Sets its default value.
    pub const fn fixed(self, value: &'static str) -> Self {
        Self { fixed: Some(value), ..self }
    }

    /// Requires its values to pass `check`.
    pub const fn checked(self, check: fn(&str) -> crate::Result<()>) -> Self {
        Self { check: Some(check), ..self }
    }
}

/// What a request or a response carries as its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyKind {
    /// Nothing.
    None,
    /// A JSON document.
    Json,
    /// An XML document.
    Xml,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// Bytes of any length, streamed.
    Bytes,
    /// Plain text.
    Text,
}

impl BodyKind {
    /// The lower-case name, as `k5 api --list --json` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Json => "json",
            Self::Xml => "xml",
            Self::Form => "form",
            Self::Bytes => "bytes",
            Self::Text => "text",
        }
    }
}

/// An HTTP operation, rendered from one entry of the spec table.
#[derive(Debug)]
#[non_exhaustive]
pub struct OpMeta {
    /// The operation's id, unique within its service, such as `list_objects`; [`full_name`](Self::full_name) is unique across
    /// all services.
    pub id: &'static str,
    /// The service it belongs to.
    pub service: &'static ServiceMeta,
    /// The documented rows that it serves; empty if it is not in the list.
    pub rows: &'static [Row],
    /// The HTTP method.
    pub method: &'static str,
    /// Replaces the service's root for this operation; empty for a path from the host's own root, such as `/info`.
    pub root: Option<&'static str>,
    /// The path below the root; `{name}` is a path parameter.
    pub path: &'static str,
    /// Path, query and header parameters.
    pub params: &'static [Param],
    /// What the request carries.
    pub request_body: BodyKind,
    /// The key that the request's document is wrapped in: `server` for `{"server": {...}}`, `a/b` for one more level, and in XML
    /// the root element.
    pub body_key: Option<&'static str>,
    /// Whether the request is `{"key": null}` and nothing else: an action without arguments.
    pub null_body: bool,
    /// Whether the request's document has no required fields, so that it may be left out.
    pub optional_body: bool,
    /// Fields of a form that always have this value, such as `type` of `type=cloning`: they say which operation is meant.
    pub fixed_fields: &'static [(&'static str, &'static str)],
    /// The request's media type, if it is not the usual one for its kind.
    pub content_type: Option<&'static str>,
    /// What a successful answer carries.
    pub response_body: BodyKind,
    /// The key that the answer's document is wrapped in.
    pub answer_key: Option<&'static str>,
    /// The key of an alternative document, which a flag in the request asks for.
    pub answer_variant: Option<&'static str>,
    /// The statuses that mean success.
    pub success: &'static [u16],
    /// Whether sending it twice has the effect of sending it once, so that a lost answer may be retried.
    pub idempotent: bool,
    /// Whether the server may work for minutes before the answer begins (a server-side copy, a manifest).
    pub slow: bool,
    /// Whether it carries a token.
    pub auth: AuthNeed,
}

impl ServiceMeta {
    /// A service with the default for everything that a table may leave out.
    pub const fn new(name: &'static str, k5_name: &'static str, dialect: Dialect) -> Self {
        Self { name, k5_name, k5_aliases: &[], k5_host: k5_name, types: &[], root: "", dialect, any_success: false }
    }

    /// Other names under which K5's catalogue may have it.
    pub const fn k5_aliases(self, names: &'static [&'static str]) -> Self {
        Self { k5_aliases: names, ..self }
    }

    /// The first label of its host name on K5, if that differs from its name there.
    pub const fn k5_host(self, label: &'static str) -> Self {
        Self { k5_host: label, ..self }
    }

    /// The service types under which a plain OpenStack cloud lists it, the preferred one first.
    pub const fn types(self, types: &'static [&'static str]) -> Self {
        Self { types, ..self }
    }

    /// The path in front of every operation's own path.
    pub const fn root(self, root: &'static str) -> Self {
        Self { root, ..self }
    }

    /// Every 2xx is a success.
    pub const fn any_success(self) -> Self {
        Self { any_success: true, ..self }
    }
}

impl Row {
    /// A row of the documented list.
    pub const fn new(section: &'static str, number: u16, title: &'static str) -> Self {
        Self { section, number, title }
    }
}

impl OpMeta {
    /// An operation with the default for everything that an entry in the table may leave out.
    pub const fn new(service: &'static ServiceMeta, id: &'static str, method: &'static str, path: &'static str) -> Self {
        Self {
            id,
            service,
            rows: &[],
            method,
            root: None,
            path,
            params: &[],
            request_body: BodyKind::None,
            body_key: None,
            null_body: false,
            optional_body: false,
            fixed_fields: &[],
            content_type: None,
            response_body: BodyKind::None,
            answer_key: None,
            answer_variant: None,
            success: &[200],
            idempotent: matches!(method.as_bytes(), b"GET" | b"HEAD" | b"PUT" | b"DELETE"),
            slow: false,
            auth: AuthNeed::Required,
        }
    }

    /// The documented rows that it serves.
    pub const fn rows(self, rows: &'static [Row]) -> Self {
        Self { rows, ..self }
    }

    /// The path that replaces the service's root for this operation.
    pub const fn root(self, root: &'static str) -> Self {
        Self { root: Some(root), ..self }
    }

    /// Path, query and header parameters; path parameters in the order of the path.
    pub const fn params(self, params: &'static [Param]) -> Self {
        Self { params, ..self }
    }

    /// What the request carries; nothing by default.
    pub const fn request_body(self, kind: BodyKind) -> Self {
        Self { request_body: kind, ..self }
    }

    /// The key that the request's document is wrapped in.
    pub const fn body_key(self, key: &'static str) -> Self {
        Self { body_key: Some(key), ..self }
    }

    /// The request is `{"key": null}` and nothing else.
    pub const fn null_body(self) -> Self {
        Self { null_body: true, ..self }
    }

    /// The request's document may be left out.
    pub const fn optional_body(self) -> Self {
        Self { optional_body: true, ..self }
    }

    /// Fields of a form that always have these values.
    pub const fn fixed_fields(self, fields: &'static [(&'static str, &'static str)]) -> Self {
        Self { fixed_fields: fields, ..self }
    }

    /// The request's media type, if it is not the usual one for its kind.
    pub const fn content_type(self, media_type: &'static str) -> Self {
        Self { content_type: Some(media_type), ..self }
    }

    /// What a successful answer carries; nothing by default.
    pub const fn response_body(self, kind: BodyKind) -> Self {
        Self { response_body: kind, ..self }
    }

    /// The key that the answer's document is wrapped in.
    pub const fn answer_key(self, key: &'static str) -> Self {
        Self { answer_key: Some(key), ..self }
    }

    /// The key of an alternative document, which a flag in the request asks for.
    pub const fn answer_variant(self, key: &'static str) -> Self {
        Self { answer_variant: Some(key), ..self }
    }

    /// The statuses that mean success; 200 by default.
    pub const fn success(self, statuses: &'static [u16]) -> Self {
        Self { success: statuses, ..self }
    }

    /// Whether sending it twice has the same effect as sending it once. By default the method decides: GET, HEAD, PUT and DELETE
    /// are idempotent.
    pub const fn idempotent(self, idempotent: bool) -> Self {
        Self { idempotent, ..self }
    }

    /// The server may work for minutes before the answer begins.
    pub const fn slow(self) -> Self {
        Self { slow: true, ..self }
    }

    /// Whether it carries a token; it does by default.
    pub const fn auth(self, need: AuthNeed) -> Self {
        Self { auth: need, ..self }
    }

    /// The media type of the request's document; `None` if it is not a document.
    pub fn media_type(&self) -> Option<&'static str> {
        let usual = match self.request_body {
            BodyKind::Json => Some("application/json"),
            BodyKind::Xml => Some("application/xml"),
            BodyKind::Form => Some("application/x-www-form-urlencoded"),
            BodyKind::None | BodyKind::Bytes | BodyKind::Text => None,
        };
        self.content_type.or(usual)
    }

    /// Whether a status means success.
    pub fn is_success(&self, status: http::StatusCode) -> bool {
        self.success.contains(&status.as_u16()) || self.service.any_success && status.is_success()
    }

    /// Whether a body of unknown length streams in or out, so that no total time limit applies.
    pub fn streams(&self) -> bool {
        self.request_body == BodyKind::Bytes || self.response_body == BodyKind::Bytes
    }

    /// `service.operation`, as errors and logs name it.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.service.name, self.id)
    }
}
