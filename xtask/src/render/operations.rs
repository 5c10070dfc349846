//! `builder.rs`: a builder per operation, and the methods that begin one.

use super::requests::{self, Argument};
use super::scope::Scope;
use super::writer::{Writer, imports, literal};
use crate::spec::{
    Answer, Auth, Document, Operation, Page, PageWay, Param, ParamKind, RequestBody, Service, Type, Variant, pascal_case,
    screaming_case,
};

pub(super) const IMPORTS: &[&str] = &[
    "k5_core::Body",
    "k5_core::Call",
    "k5_core::Items",
    "k5_core::Page",
    "k5_core::Paged",
    "k5_core::Paging",
    "k5_core::Pairs",
    "k5_core::Result",
    "k5_core::Secret",
    "k5_core::Session",
    "k5_core::Timestamp",
    "serde_json::Value",
    "std::marker::PhantomData",
];

pub(super) fn render(service: &Service) -> String {
    let builders: Vec<String> = service.operations.iter().map(operation_type).collect();
    let scope = &Scope::new(service, &builders);
    let mut out = Writer::default();
    out.block(format!("impl {} {{", service.handle), "}", |out| {
        for (index, operation) in service.operations.iter().enumerate() {
            if index > 0 {
                out.line("");
            }
            method(out, service, scope, operation);
        }
    });
    for operation in &service.operations {
        out.line("");
        out.block("k5_core::builder! {", "}", |out| builder(out, service, scope, operation));
    }
    for operation in &service.operations {
        if let Some(variant) = operation.answer.variant() {
            out.line("");
            send_variant(&mut out, scope, operation, variant);
        }
        if let Some(page) = first_use_of_item(service, operation) {
            out.line("");
            paged(&mut out, service, scope, page);
        }
    }
    let text = out.into_text();
    let handle = format!("super::handle::{}", service.handle);
    let mut candidates: Vec<&str> = scope.imports().chain(IMPORTS.iter().copied()).collect();
    candidates.extend([handle.as_str(), "super::meta"]);
    format!(
        "//! The calls of the operations: each begins with a method of [`{}`], takes optional arguments by setters, and is sent.\n\n{}\n{text}",
        service.handle,
        imports(&text, candidates)
    )
}

/// The builder's name.
pub(super) fn operation_type(operation: &Operation) -> String {
    pascal_case(&operation.id)
}

/// Several listings may hold the same items; the first declares how they are paged.
fn first_use_of_item<'a>(service: &Service, operation: &'a Operation) -> Option<&'a Page> {
    let page = operation.page.as_ref()?;
    let first = service.operations.iter().find(|other| other.page.as_ref().is_some_and(|p| p.item == page.item))?;
    (first.id == operation.id).then_some(page)
}

/// Arguments after those of the path: what the server requires and the path doesn't contain.
fn required(operation: &Operation) -> impl Iterator<Item = (&'static str, &Param)> {
    let headers = operation.headers.iter().map(|param| ("header", param));
    let query = operation.query.iter().map(|param| ("query", param));
    headers.chain(query).filter(|(_, param)| param.required && param.fixed.is_none())
}

fn method(out: &mut Writer, service: &Service, scope: &Scope, operation: &Operation) {
    let body = requests::body_arguments(service, scope, operation);
    method_doc(out, service, operation);
    let path = path_arguments(service, scope, operation);
    let mut arguments = vec!["&self".to_owned()];
    arguments.extend(path.iter().map(|(name, kind)| path_argument(name, kind.as_deref())));
    arguments.extend(required(operation).map(|(_, param)| format!("{}: {}", param.name, value_type(&param.kind))));
    arguments.extend(body.iter().map(|argument| format!("{}: {}", argument.name, argument.kind)));
    let given: Vec<String> = path
        .iter()
        .map(|(name, kind)| match kind {
            Some(kind) => format!("{kind}::as_str(&{name}.into())"),
            None => (*name).to_owned(),
        })
        .collect();
    let mut statements: Vec<String> = required(operation).map(|(place, param)| set(place, param)).collect();
    let name = operation_type(operation);
    let rest = if operation.answer.entries().is_some() { ", PhantomData" } else { "" };
    let plain = format!("{name}(call{rest})");
    let mut made = plain.clone();
    match &operation.body {
        RequestBody::None => {}
        RequestBody::Document(document) => match requests::made(service, scope, document) {
            Some(expression) => made = format!("{name}(call, {expression})"),
            None => statements.push(requests::given(scope, document)),
        },
        RequestBody::Stream => statements.push("call.body(body);".to_owned()),
        RequestBody::Text => statements.push("call.body(Body::bytes(text.into()));".to_owned()),
    }
    let call = format!("Call::new(&self.session, &meta::{}, &[{}])", screaming_case(&operation.id), given.join(", "));
    out.signature(&format!("pub fn {}(", operation.id), &arguments, &format!(") -> {name} {{"), |out| {
        let keeps = made == plain;
        match statements.as_slice() {
            [] if keeps => out.line(format!("{name}({call}{rest})")),
            [] => {
                out.line(format!("let call = {call};"));
                out.line(made);
            }
            statements => {
                out.line(format!("let mut call = {call};"));
                for statement in statements {
                    out.line(statement);
                }
                out.line(made);
            }
        }
    });
}

/// The path's parameters, each with the type of its argument where that is not plain text.
pub(super) fn path_arguments<'a>(service: &Service, scope: &Scope, operation: &'a Operation) -> Vec<(&'a str, Option<String>)> {
    let kind = |name: &str| service.path_param(name).and_then(|param| param.kind.as_deref()).map(|kind| scope.name(kind));
    operation.path_names().into_iter().map(|name| (name, kind(name))).collect()
}

pub(super) fn path_argument(name: &str, kind: Option<&str>) -> String {
    match kind {
        Some(kind) => format!("{name}: impl Into<{kind}>"),
        None => format!("{name}: &str"),
    }
}

fn method_doc(out: &mut Writer, service: &Service, operation: &Operation) {
    let body = &requests::body_arguments(service, &Scope::default(), operation);
    let does = operation.does.clone().unwrap_or_else(|| sentence(&operation.title));
    out.doc(&format!("{does} `{} {}`", operation.method, service.full_path(operation)));
    let auth = match operation.auth {
        Auth::Required => None,
        Auth::Optional => {
            Some("Works without a token where the server allows it ([`with_no_token`](k5_core::WithOptions::with_no_token)).")
        }
        Auth::None => Some("Needs no token."),
    };
    let path =
        operation.path_names().into_iter().map(|name| (name, service.path_param(name).and_then(|param| param.doc.as_deref())));
    let described = path.chain(required(operation).map(|(_, param)| (param.name.as_str(), Some(param.doc.as_str()))));
    let described = described.chain(body.iter().map(|argument| (argument.name.as_str(), argument.doc.as_deref())));
    let described: Vec<String> = described.filter_map(|(name, doc)| Some(format!("- `{name}`: {}", doc?))).collect();
    for part in [described, auth.into_iter().map(str::to_owned).collect(), example(service, operation, body)] {
        if !part.is_empty() {
            out.doc("");
            part.iter().for_each(|line| out.doc(line));
        }
    }
    out.doc("");
    let documented = match operation.rows.as_slice() {
        [] => operation.beyond.as_deref().map_or_else(|| "Beyond the documented list.".to_owned(), sentence),
        rows => {
            let rows: Vec<String> = rows.iter().map(|row| format!("{} ({})", row.name, row.title)).collect();
            let decides = operation.decides.as_ref().map(|name| format!("; the value of `{name}` decides which one applies"));
            format!("Documented as: {}{}.", rows.join(", "), decides.unwrap_or_default())
        }
    };
    out.doc(&format!("{documented} Success: {}.", statuses(operation, "or")));
}

/// A call with the required arguments, unless one of them can't be written in one line.
fn example(service: &Service, operation: &Operation, body: &[Argument]) -> Vec<String> {
    let path = operation.path_names().into_iter().map(|name| Some(literal(sample(name))));
    let required = required(operation).map(|(_, param)| value(service, &param.name, &value_type(&param.kind)));
    let body = body.iter().map(|argument| value(service, &argument.name, &argument.kind));
    let Some(arguments) = path.chain(required).chain(body).collect::<Option<Vec<String>>>() else { return Vec::new() };
    let root = service.example_root();
    let handle = crate::spec::snake_case(&service.handle);
    let gives = match &operation.answer {
        Answer::Empty => "",
        _ => "let answer = ",
    };
    [
        "```no_run".to_owned(),
        "# async fn example(session: k5_core::Session) -> k5_core::Result<()> {".to_owned(),
        format!("let {handle} = {root}::{}::new(session);", service.handle),
        format!("{gives}{handle}.{}({}).send().await?;", operation.id, arguments.join(", ")),
        "# Ok(()) }".to_owned(),
        "```".to_owned(),
    ]
    .to_vec()
}

/// What an argument might be.
fn value(service: &Service, name: &str, kind: &str) -> Option<String> {
    let taken = kind.strip_prefix("impl Into<").and_then(|kind| kind.strip_suffix('>')).unwrap_or(kind);
    let declared = service.enums.iter().find(|declared| declared.name == taken);
    match taken {
        "&str" | "String" => Some(literal(sample(name))),
        "u16" | "u32" | "u64" | "i32" | "i64" => Some("1".to_owned()),
        "f64" => Some("1.0".to_owned()),
        "bool" => Some("true".to_owned()),
        "Body" => Some("k5_core::Body::bytes(\"hello\")".to_owned()),
        id if id.ends_with("Id") || id == "KeyPairName" => Some(literal(sample(name))),
        _ => declared.and_then(|declared| declared.values.first()).map(|value| literal(value)),
    }
}

/// What a text of this name might be.
pub(super) fn sample(name: &str) -> &str {
    match name {
        "container" => "photos",
        "object" => "2016/cat.jpg",
        "destination" => "archive/cat.jpg",
        "name" => "web-1",
        "server_id" => "9168b536-cd40-4630-b43f-b259807c6e87",
        "flavor_ref" => "1101",
        "image_id" | "image_ref" => "ffa17298-537d-40b2-a848-0a4d22d49df5",
        "volume_id" => "5aa119a8-d25b-45a7-8d1b-88e127885635",
        "snapshot_id" => "2bb856e1-b3d8-4432-a858-09e4ce939389",
        "key" => "purpose",
        "value" => "web",
        "keypair_name" => "ops",
        "region_id" => "uk-1",
        "resource_id" => "ror-svror2_13761",
        other => other,
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).chain(['.']).collect()
}

fn statuses(operation: &Operation, word: &str) -> String {
    let statuses: Vec<String> = operation.success.iter().map(u16::to_string).collect();
    match statuses.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn value_type(kind: &ParamKind) -> String {
    match kind {
        ParamKind::Value(scalar) => match scalar.as_str() {
            "String" => "&str".to_owned(),
            "Secret" | "Timestamp" => format!("&{scalar}"),
            other => other.to_owned(),
        },
        ParamKind::Family | ParamKind::Remove | ParamKind::Flag => String::new(),
    }
}

/// Sets a required parameter.
fn set(place: &str, param: &Param) -> String {
    let secret = param.kind == ParamKind::Value("Secret".to_owned());
    let name = &param.name;
    match (place, secret) {
        ("header", true) => format!("call.secret_header({}, {name});", literal(&param.wire.to_ascii_lowercase())),
        ("header", false) => format!("call.header({}, {name});", literal(&param.wire.to_ascii_lowercase())),
        (_, true) => format!("call.set_query({}, {name}.expose());", literal(&param.wire)),
        (_, false) => format!("call.set_query({}, {name});", literal(&param.wire)),
    }
}

fn builder(out: &mut Writer, service: &Service, scope: &Scope, operation: &Operation) {
    let document = match &operation.body {
        RequestBody::Document(document) => Some(document),
        _ => None,
    };
    let body = document.and_then(|document| requests::made_type(service, scope, document));
    let head = format!(
        "{} of {}{} => {}",
        operation_type(operation),
        service.method_name(operation),
        body.map(|name| format!(": {name}")).unwrap_or_default(),
        answer(scope, operation)
    );
    let query = operation.query.iter().map(|param| ("query", param));
    let headers = operation.headers.iter().map(|param| ("header", param));
    let optional = |(_, param): &(&str, &Param)| !param.required && param.fixed.is_none() || param.setter;
    let setters = query.chain(headers).filter(optional);
    let is_delimiter = |place: &str, param: &Param| place == "query" && operation.answer.entries() == Some(param.wire.as_str());
    let (delimiter, setters): (Vec<_>, Vec<_>) = setters.partition(|(place, param)| is_delimiter(place, param));
    let fields = document.map(|document| requests::fields(service, scope, document)).unwrap_or_default();
    // The answer goes to a line of its own where both don't fit on one.
    let (first, rest) = match (head.chars().count() > 122, head.split_once(" => ")) {
        (true, Some((first, answer))) => (Some(first.to_owned()), format!("=> {answer}")),
        _ => (None, head),
    };
    if let Some(first) = first {
        out.line(first);
    }
    let open = match fields.is_empty() && delimiter.is_empty() {
        true => format!("{rest} {{"),
        false => {
            out.line(rest);
            for (open, setters) in &fields {
                out.block(open, "}", |out| setters.iter().for_each(|setter| setter.write(out)));
            }
            for (_, param) in delimiter {
                out.block("entries {", "}", |out| {
                    out.doc(&param.doc);
                    out.line(format!("{} = {}", param.name, literal(&param.wire)));
                });
            }
            "{".to_owned()
        }
    };
    match setters.is_empty() {
        true => out.line(format!("{open}}}")),
        false => out.block(open, "}", |out| {
            for (place, param) in setters {
                out.doc(&param.doc);
                out.line(setter(place, param));
            }
        }),
    }
}

/// What `send` returns, as `builder!` expects it.
fn answer(scope: &Scope, operation: &Operation) -> String {
    let answer = match &operation.answer {
        Answer::Empty => "nothing()".to_owned(),
        Answer::Headers(headers) => format!("headers({})", scope.name(headers)),
        Answer::Document(kind) => format!("document({})", scope.rust(kind)),
        Answer::Optional(kind) => format!("optional({})", scope.rust(kind)),
        Answer::WithHeaders { kind, headers } => format!("json({}, {})", scope.rust(kind), scope.name(headers)),
        Answer::Keyed { kind, .. } | Answer::Variant { kind, .. } => format!("keyed({})", scope.rust(kind)),
        Answer::OptionalKeyed { kind, .. } => format!("optional_keyed({})", scope.rust(kind)),
        Answer::List { kind, headers, .. } => {
            let headers = headers.as_ref().map_or_else(|| "()".to_owned(), |headers| scope.name(headers));
            format!("list({}, {headers})", scope.rust(kind))
        }
        Answer::KeyedList { kind, .. } => {
            let links = match &operation.page {
                Some(Page { way: PageWay::Links(links), .. }) => links.as_str(),
                _ => "",
            };
            format!("page({}) by({})", scope.rust(kind), literal(links))
        }
        Answer::Stream { kind, .. } => format!("stream({})", scope.name(kind)),
    };
    match operation.page.as_ref().map(|page| &page.way) {
        None => answer,
        Some(PageWay::Marker(size)) => format!("{answer} paged(Marker({size}))"),
        Some(PageWay::Links(_)) => format!("{answer} paged(Links)"),
        Some(PageWay::Offset(query, size)) => format!("{answer} paged(Offset({}, {size}))", literal(query)),
    }
}

fn paged(out: &mut Writer, service: &Service, scope: &Scope, page: &Page) {
    let text = Type::Named("String".to_owned());
    let field = service.model(&page.item).and_then(|model| model.fields.iter().find(|field| field.name == page.marker));
    let is_text = field.is_none_or(|field| field.kind == text);
    let marker = if is_text { format!("&self.{}", page.marker) } else { format!("self.{}.as_str()", page.marker) };
    out.block(format!("impl Paged for {} {{", scope.name(&page.item)), "}", |out| {
        out.block("fn marker(&self) -> &str {", "}", |out| out.line(marker));
        let optional = Type::Optional(Box::new(text));
        let model = service.model(&page.item);
        if model.is_some_and(|model| model.fields.iter().any(|field| field.name == "version_id" && field.kind == optional)) {
            out.line("");
            out.block("fn version(&self) -> Option<&str> {", "}", |out| out.line("self.version_id.as_deref()"));
        }
    });
}

fn send_variant(out: &mut Writer, scope: &Scope, operation: &Operation, variant: &Variant) {
    out.block(format!("impl {} {{", operation_type(operation)), "}", |out| {
        out.doc(&variant.doc);
        out.doc("");
        out.doc("# Errors");
        out.doc("As `send`.");
        let kind = scope.rust(&variant.kind);
        out.block(format!("pub async fn {}(mut self) -> Result<{kind}> {{", variant.name), "}", |out| {
            let inner = match &operation.body {
                RequestBody::Document(Document { inline: Some(inline), .. }) => format!("self.1.{inline}"),
                _ => "self.1".to_owned(),
            };
            out.line(format!("{inner}.{} = Some(true);", variant.when));
            out.line(format!("Ok(self.into_call().send().await?.keyed_as({}).await?.value)", literal(&variant.key)));
        });
    });
}

fn setter(place: &str, param: &Param) -> String {
    let wire = if place == "header" { param.wire.to_ascii_lowercase() } else { param.wire.clone() };
    let (name, wire) = (&param.name, literal(&wire));
    match &param.kind {
        ParamKind::Value(scalar) if scalar == "Secret" => format!("secret_{place} {name} = {wire},"),
        ParamKind::Value(_) => format!("{place} {name}: {} = {wire},", value_type(&param.kind)),
        ParamKind::Family => format!("family {name} = {wire},"),
        ParamKind::Remove => format!("remove {name} = {wire},"),
        ParamKind::Flag => format!("flag {name} = {wire},"),
    }
}
