//! Finding the operation of a request in the generated tables.

use serde_json::{Map, Value};

use crate::cloud::{Cloud, Outcome, collect};
use crate::generated::routes::{Operation, PLACES, ROUTES, Service};
use crate::request::{Query, Request};
use crate::sap::xml::{self, Element};

/// The most parameters that a path may have.
const MOST: usize = 6;

/// A method and a path, and what it may be.
#[derive(Debug)]
pub(crate) struct Route {
    method: &'static str,
    /// `{}` takes one segment, `{+}` everything that is left, slashes included.
    path: &'static str,
    choices: &'static [Choice],
}

/// One of the operations of a route.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) operation: Operation,
    /// The names of the path's parameters.
    parameters: &'static [&'static str],
    /// All of them must be there.
    marks: &'static [Mark],
}

/// What tells operations with one method and path apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Query(&'static str, Option<&'static str>),
    /// A key of a JSON object; the only one, if it is `alone`.
    Json {
        key: &'static str,
        alone: bool,
    },
    /// The root element and what lies in it, with `/`.
    Xml(&'static str),
    Form(&'static str, Option<&'static str>),
}

/// What a plain cloud has in the place of a service's root.
#[derive(Debug)]
pub(crate) struct Prefix {
    pub(crate) prefix: &'static str,
    pub(crate) service: Service,
    pub(crate) root: &'static str,
    /// The segments that may follow, where several services have the same prefix; any, if there are none.
    pub(crate) below: &'static [&'static str],
}

impl Route {
    pub(crate) const fn new(method: &'static str, path: &'static str, choices: &'static [Choice]) -> Self {
        Self { method, path, choices }
    }
}

impl Choice {
    pub(crate) const fn new(operation: Operation, parameters: &'static [&'static str], marks: &'static [Mark]) -> Self {
        assert!(parameters.len() <= MOST);
        Self { operation, parameters, marks }
    }
}

/// What stands in a path's variable places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Values<'p> {
    values: [&'p [u8]; MOST],
    count: usize,
}

impl<'p> Values<'p> {
    fn push(&mut self, value: &'p [u8]) -> Option<()> {
        *self.values.get_mut(self.count)? = value;
        self.count += 1;
        Some(())
    }
}

/// A path's parameters, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parameters<'p> {
    names: &'static [&'static str],
    values: [&'p [u8]; MOST],
}

impl<'p> Parameters<'p> {
    /// Its bytes; nothing where the path has no such parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&'p [u8]> {
        let index = self.names.iter().position(|known| *known == name)?;
        self.values.get(index).copied()
    }
}

/// What a method and a path lead to.
#[derive(Debug)]
pub(crate) enum Found<'p> {
    Route(Match<'p>),
    /// The path is known, the method is not.
    WrongMethod,
    Nothing,
}

/// A route, and what its parameters are.
#[derive(Debug)]
pub(crate) struct Match<'p> {
    choices: &'static [Choice],
    values: Values<'p>,
}

/// Looks up a decoded path.
///
/// The path is matched after percent-decoding and never normalised: that is what a WSGI server does, so
/// `%2F` in a container's place separates container and object here as it does there.
pub(crate) fn find<'p>(method: &str, path: &'p [u8]) -> Found<'p> {
    let mut known = false;
    for route in ROUTES {
        if let Some(values) = match_path(route.path, path) {
            if route.method == method {
                return Found::Route(Match { choices: route.choices, values });
            }
            known = true;
        }
    }
    if known { Found::WrongMethod } else { Found::Nothing }
}

/// The service whose paths begin like this one.
pub(crate) fn place(path: &[u8]) -> Option<Service> {
    let below = |place: &str| path.strip_prefix(place.as_bytes()).is_some_and(|rest| rest.is_empty() || rest[0] == b'/');
    PLACES.iter().find(|(place, _)| below(place)).map(|(_, service)| *service)
}

impl<'p> Match<'p> {
    /// The service that all that it may be is of.
    pub(crate) fn service(&self) -> Option<Service> {
        self.choices.first().map(|choice| choice.operation.service())
    }

    /// The operation that is meant, if path and query say so.
    pub(crate) fn by_query(&self, query: &Query) -> Option<(Operation, Parameters<'p>)> {
        let choice = self.choices.iter().find(|choice| {
            let mut marks = choice.marks.iter();
            // One whose mark is in the body may be meant, so nothing behind it is certain.
            marks.all(|mark| !matches!(mark, Mark::Query(..)) || mark.is_in_query(query))
        })?;
        let decided = choice.marks.iter().all(|mark| matches!(mark, Mark::Query(..)));
        decided.then(|| self.take(choice))
    }

    /// The operation that is meant by query and body; an error names what the body has instead.
    pub(crate) async fn by_body(&self, cloud: &Cloud, request: &mut Request) -> Outcome<Result<(Operation, Parameters<'p>), Sent>> {
        // Nobody's body is read before it is known who sends it.
        cloud.caller(request)?;
        let sent = Sent::read(collect(request).await?);
        let fits = |choice: &&Choice| choice.marks.iter().all(|mark| mark.is_in_query(&request.query) || mark.is_in(&sent));
        Ok(match self.choices.iter().find(fits) {
            Some(choice) => Ok(self.take(choice)),
            None => Err(sent),
        })
    }

    fn take(&self, choice: &Choice) -> (Operation, Parameters<'p>) {
        (choice.operation, Parameters { names: choice.parameters, values: self.values.values })
    }
}

/// A body, as whatever it can be read.
pub(crate) enum Sent {
    Json(Map<String, Value>),
    Xml(Element),
    Form(Query),
}

impl Sent {
    fn read(body: &[u8]) -> Self {
        if let Ok(object) = serde_json::from_slice(body) {
            return Self::Json(object);
        }
        match xml::parse(body) {
            Some(element) => Self::Xml(element),
            None => Self::Form(Query::parse(&String::from_utf8_lossy(body))),
        }
    }

    /// The only key of a JSON object.
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            Self::Json(object) if object.len() == 1 => object.keys().next().map(String::as_str),
            _ => None,
        }
    }
}

impl Mark {
    fn is_in_query(&self, query: &Query) -> bool {
        match self {
            Self::Query(name, value) => query.get(name).is_some_and(|seen| value.is_none_or(|value| seen == value)),
            _ => false,
        }
    }

    fn is_in(&self, sent: &Sent) -> bool {
        match (self, sent) {
            (Self::Json { key, alone: true }, sent) => sent.key() == Some(key),
            (Self::Json { key, alone: false }, Sent::Json(object)) => object.contains_key(*key),
            (Self::Xml(path), Sent::Xml(element)) => {
                let mut names = path.split('/');
                let root = names.next().is_some_and(|name| element.name == name);
                root && names.try_fold(element, |element, name| element.get(name)).is_some()
            }
            (Self::Form(name, value), Sent::Form(form)) => {
                form.get(name).is_some_and(|seen| value.is_none_or(|value| seen == value))
            }
            _ => false,
        }
    }
}

fn match_path<'p>(template: &str, path: &'p [u8]) -> Option<Values<'p>> {
    // Most routes end here.
    let fixed = template.split('{').next().unwrap_or_default();
    if !path.starts_with(fixed.as_bytes()) {
        return None;
    }
    let mut values = Values::default();
    let mut rest = path.strip_prefix(b"/")?;
    let mut segments = template.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        if segment == "{+}" {
            if rest.is_empty() {
                return None;
            }
            values.push(rest)?;
            return Some(values);
        }
        let (here, after) = match rest.iter().position(|byte| *byte == b'/') {
            Some(slash) => (&rest[..slash], Some(&rest[slash + 1..])),
            None => (rest, None),
        };
        if segment == "{}" {
            if here.is_empty() {
                return None;
            }
            values.push(here)?;
        } else if segment.as_bytes() != here {
            return None;
        }
        match (segments.peek(), after) {
            (None, None | Some(b"")) => return Some(values),
            (None, Some(_)) | (Some(_), None) => return None,
            (Some(_), Some(after)) => rest = after,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::{compute, identity, object_storage};

    fn operation(method: &str, path: &str, query: &str) -> Option<(Operation, Vec<String>)> {
        let Found::Route(found) = find(method, path.as_bytes()) else { return None };
        let (operation, parameters) = found.by_query(&Query::parse(query))?;
        let value = |name: &&str| String::from_utf8_lossy(parameters.get(name).unwrap_or_default()).into_owned();
        Some((operation, parameters.names.iter().map(value).collect()))
    }

    const fn of_objects(operation: object_storage::Operation) -> Operation {
        Operation::ObjectStorage(operation)
    }

    #[test]
    fn object_names_keep_every_slash() {
        for name in ["o", "/o", "a//b", "../../x", "d/", "/"] {
            assert_eq!(
                operation("GET", &format!("/v1/AUTH_a/c/{name}"), ""),
                Some((of_objects(object_storage::Operation::DownloadObject), vec!["AUTH_a".into(), "c".into(), name.into()]))
            );
        }
    }

    #[test]
    fn a_trailing_slash_is_still_the_container() {
        assert_eq!(
            operation("PUT", "/v1/AUTH_a/c/", ""),
            Some((of_objects(object_storage::Operation::CreateContainer), vec!["AUTH_a".into(), "c".into()]))
        );
        assert_eq!(operation("GET", "/v3/", ""), Some((Operation::Identity(identity::Operation::ShowVersion), vec![])));
    }

    #[test]
    fn empty_segments_and_methods_are_told_apart() {
        assert!(matches!(find("GET", b"/v1//c"), Found::Nothing));
        assert!(matches!(find("GET", b"/v1/a//o"), Found::Nothing));
        assert!(matches!(find("PATCH", b"/v1/a/c"), Found::WrongMethod));
        assert!(matches!(find("GET", b"/v1"), Found::Nothing));
    }

    #[test]
    fn a_query_tells_operations_apart() {
        let account = vec!["AUTH_p".to_owned()];
        for query in ["bulk-delete", "bulk-delete=true", "x=1&bulk-delete=1"] {
            let bulk = of_objects(object_storage::Operation::BulkDelete);
            assert_eq!(operation("POST", "/v1/AUTH_p", query), Some((bulk, account.clone())), "{query}");
        }
        let update = of_objects(object_storage::Operation::UpdateAccount);
        assert_eq!(operation("POST", "/v1/AUTH_p", "bulk=1"), Some((update, account)));
    }

    #[test]
    fn a_body_tells_operations_apart() {
        let Found::Route(found) = find("POST", b"/v2/p/servers/s/action") else { panic!("no route") };
        assert!(found.by_query(&Query::default()).is_none());
        let meant = |body: &str| {
            let sent = Sent::read(body.as_bytes());
            let choice = found.choices.iter().find(|choice| choice.marks.iter().all(|mark| mark.is_in(&sent)));
            choice.map(|choice| choice.operation)
        };
        assert_eq!(meant(r#"{"os-stop": null}"#), Some(Operation::Compute(compute::Operation::StopServer)));
        assert_eq!(meant(r#"{"reboot": {"type": "SOFT"}}"#), Some(Operation::Compute(compute::Operation::RebootServer)));
        for other in [r#"{"os-stop": null, "os-start": null}"#, r#"{"os-fly": null}"#, "[]", "<reboot/>", ""] {
            assert_eq!(meant(other), None, "{other}");
        }
    }

    #[test]
    fn marks_are_seen_in_each_kind_of_body() {
        let form = Sent::read(b"type=cloning&name=a%26b");
        assert!(Mark::Form("type", Some("cloning")).is_in(&form) && Mark::Form("name", None).is_in(&form));
        assert!(!Mark::Form("type", Some("snapshot")).is_in(&form) && !Mark::Form("l_server_rid", None).is_in(&form));
        let xml = Sent::read(b"<Resources><LServer name='a'/></Resources>");
        assert!(Mark::Xml("Resources/LServer").is_in(&xml) && Mark::Xml("Resources").is_in(&xml));
        assert!(!Mark::Xml("LServer").is_in(&xml) && !Mark::Xml("Resources/Network").is_in(&xml));
        let json = Sent::read(br#"{"server": {}, "os:scheduler_hints": {}}"#);
        let key = |key, alone| Mark::Json { key, alone };
        assert!(key("server", false).is_in(&json) && !key("server", true).is_in(&json));
        assert!(!Mark::Form("server", None).is_in(&json) && !key("type", false).is_in(&form));
    }

    #[test]
    fn a_path_belongs_to_the_longest_place_that_it_is_below() {
        for (path, wanted) in [
            ("/v1/imageimport/x", Some(Service::VmImport)),
            ("/v1/imageimports", Some(Service::ObjectStorage)),
            ("/v2/images/x/members", Some(Service::Image)),
            ("/v3/nothing", Some(Service::Identity)),
            ("/v4", None),
        ] {
            assert_eq!(place(path.as_bytes()), wanted, "{path}");
        }
    }
}
