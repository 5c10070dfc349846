//! Which operation a request is. Method and path say so for most; what shares both is told apart by what the tables say of query
//! and body.

use super::{Document, Format, Model, Operation, Param, Problem, RequestBody, Service, Spec, Type};

/// A method and a path, and the operations that it may be.
#[derive(Debug)]
pub(crate) struct Route<'s> {
    pub(crate) method: &'s str,
    /// The whole path: `{}` is a parameter, `{+}` one that takes the rest.
    pub(crate) path: String,
    /// In the order in which they are to be tried.
    pub(crate) choices: Vec<Choice<'s>>,
}

/// One of the operations of a route.
#[derive(Clone, Debug)]
pub(crate) struct Choice<'s> {
    pub(crate) service: &'s Service,
    pub(crate) operation: &'s Operation,
    /// What a request of this operation has, and a request of the others has not. All of it must be there.
    pub(crate) marks: Vec<Mark>,
}

/// What may be seen in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The query has this name, with this value if there is one.
    Query(String, Option<String>),
    /// The body is a JSON object with this key alone.
    JsonKey(String),
    /// The body is a JSON object with this member.
    JsonMember(String),
    /// The body is an XML document with this root element, and what else stands between it and the document's own fields.
    Xml(String),
    /// The body is a form with this field, with this value if there is one.
    Form(String, Option<String>),
}

/// All routes, plain segments before parameters, and what can't be told apart.
pub(crate) fn routes(spec: &Spec) -> (Vec<Route<'_>>, Vec<Problem>) {
    let mut routes: Vec<Route<'_>> = Vec::new();
    for (service, operation) in spec.operations() {
        let path = shape(service, operation);
        let choice = Choice { service, operation, marks: Vec::new() };
        match routes.iter_mut().find(|route| route.method == operation.method && route.path == path) {
            Some(route) => route.choices.push(choice),
            None => routes.push(Route { method: &operation.method, path, choices: vec![choice] }),
        }
    }
    // Stable: what is equally specific stays in the tables' order.
    routes.sort_by_key(|route| specificity(&route.path));
    let mut problems = Vec::new();
    for route in &mut routes {
        match route.choices.as_mut_slice() {
            // An action or an XML document is identified by the body, so even if the table has only one for this route, another body
            // must not match it.
            [only] if route.path.ends_with("/action") || sends_xml(only) => only.marks = marks(only),
            [_] => {}
            _ => route.choices = ordered(std::mem::take(&mut route.choices), &mut problems),
        }
    }
    (routes, problems)
}

fn sends_xml(choice: &Choice<'_>) -> bool {
    matches!(&choice.operation.body, RequestBody::Document(document) if document.format == Format::Xml)
}

/// The full path without the parameters' names.
fn shape(service: &Service, operation: &Operation) -> String {
    let full = service.full_path(operation);
    let segment = |segment: &str| match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
        Some(name) if service.path_param(name).is_some_and(|param| param.rest) => "{+}".to_owned(),
        Some(_) => "{}".to_owned(),
        None => segment.to_owned(),
    };
    full.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// Plain segments before parameters before the rest, from left to right.
fn specificity(path: &str) -> Vec<u8> {
    let class = |segment: &str| match segment {
        "{+}" => 2,
        "{}" => 1,
        _ => 0,
    };
    path.split('/').skip(1).map(class).collect()
}

/// Puts the operations of one route in an order in which each is known by its marks from those behind it.
fn ordered<'s>(mut choices: Vec<Choice<'s>>, problems: &mut Vec<Problem>) -> Vec<Choice<'s>> {
    let all = choices.clone();
    for choice in &mut choices {
        let others = all.iter().filter(|other| !std::ptr::eq(other.operation, choice.operation));
        for other in others {
            if let Some(mark) = mark_against(choice, other)
                && !choice.marks.contains(&mark)
            {
                choice.marks.push(mark);
            }
        }
    }
    for (index, later) in all.iter().enumerate() {
        for earlier in &all[..index] {
            if mark_against(earlier, later).is_none() && mark_against(later, earlier).is_none() {
                problems.push(alike(earlier, later));
            }
        }
    }
    let told_apart = problems.is_empty();
    let mut in_order = Vec::new();
    while !choices.is_empty() {
        let goes_first = |choice: &Choice<'_>| {
            let others = choices.iter().filter(|other| !std::ptr::eq(other.operation, choice.operation));
            others.into_iter().all(|other| mark_against(choice, other).is_some())
        };
        let Some(next) = choices.iter().position(goes_first) else {
            // Each of them is told from another one, but none from all.
            if told_apart && let [earlier, .., later] = choices.as_slice() {
                problems.push(alike(earlier, later));
            }
            break;
        };
        in_order.push(choices.remove(next));
    }
    in_order
}

fn alike(earlier: &Choice<'_>, later: &Choice<'_>) -> Problem {
    let (operation, service) = (later.operation, later.service);
    Problem {
        file: service.file.clone(),
        line: operation.line,
        message: format!(
            "{}: nothing in query or body tells it from {} at {}:{}, which has the same method and path; where the value of a parameter \
             of the path decides, let one operation serve both rows and name the parameter in `decides`",
            service.full_name(operation),
            earlier.service.full_name(earlier.operation),
            earlier.service.file,
            earlier.operation.line
        ),
    }
}

/// What every request of the first has and none of the other.
fn mark_against(choice: &Choice<'_>, other: &Choice<'_>) -> Option<Mark> {
    marks(choice).into_iter().find(|mark| !may_have(other, mark))
}

/// What every request of an operation has.
fn marks(choice: &Choice<'_>) -> Vec<Mark> {
    let operation = choice.operation;
    let always = |param: &&Param| param.required || param.fixed.is_some();
    // That something is there says enough, unless others have it with another value.
    let query = |param: &Param| {
        let value = value_of(param).map(|value| Mark::Query(param.wire.clone(), Some(value.to_owned())));
        [Mark::Query(param.wire.clone(), None)].into_iter().chain(value)
    };
    let mut marks: Vec<Mark> = operation.query.iter().filter(always).flat_map(query).collect();
    let RequestBody::Document(document) = &operation.body else { return marks };
    match (document.format, &document.key) {
        (Format::Json, Some(key)) => marks.push(Mark::JsonKey(first(key).to_owned())),
        (Format::Json, None) => marks.extend(needed(choice, document).map(|wire| Mark::JsonMember(wire.to_owned()))),
        (Format::Xml, key) => marks.extend(key.clone().map(Mark::Xml)),
        (Format::Form, _) => {
            let fixed = document
                .fixed
                .iter()
                .flat_map(|(name, value)| [None, Some(value.clone())].map(|value| Mark::Form(name.clone(), value)));
            marks.extend(fixed.chain(needed(choice, document).map(|wire| Mark::Form(wire.to_owned(), None))));
        }
    }
    marks
}

/// Whether a request of an operation may look like that.
fn may_have(choice: &Choice<'_>, mark: &Mark) -> bool {
    let operation = choice.operation;
    let document = match &operation.body {
        RequestBody::Document(document) => Some(document),
        _ => None,
    };
    let sends = |format: Format| document.filter(|document| document.format == format);
    match mark {
        Mark::Query(name, value) => operation.query.iter().any(|param| {
            let same = match (value, value_of(param)) {
                (Some(value), Some(fixed)) => value == fixed,
                _ => true,
            };
            param.wire == *name && same
        }),
        Mark::JsonKey(key) => sends(Format::Json).is_some_and(|document| match &document.key {
            Some(own) => first(own) == key,
            None => declares(choice, document, key) && needed(choice, document).all(|wire| wire == key),
        }),
        Mark::JsonMember(name) => sends(Format::Json).is_some_and(|document| match &document.key {
            Some(own) => first(own) == name,
            None => declares(choice, document, name),
        }),
        Mark::Xml(path) => sends(Format::Xml).and_then(|document| document.key.as_ref()).is_some_and(|own| {
            let (mut own, mut path) = (own.split('/'), path.split('/'));
            // The shorter of the two says nothing of what lies deeper.
            std::iter::from_fn(|| Some((own.next()?, path.next()?))).all(|(own, path)| own == path)
        }),
        Mark::Form(name, value) => {
            sends(Format::Form).is_some_and(|document| match (document.fixed.iter().find(|(known, _)| known == name), value) {
                (Some((_, fixed)), Some(value)) => fixed == value,
                (Some(_), None) => true,
                (None, _) => declares(choice, document, name),
            })
        }
    }
}

/// The value that a parameter always has.
fn value_of(param: &Param) -> Option<&str> {
    param.fixed.as_deref().filter(|_| !param.setter)
}

fn first(key: &str) -> &str {
    key.split('/').next().unwrap_or_default()
}

fn model<'s>(choice: &Choice<'s>, document: &Document) -> Option<&'s Model> {
    match &document.kind {
        Some(Type::Named(name)) => choice.service.model(name),
        _ => None,
    }
}

/// The fields that a document can't do without, as they are on the wire.
fn needed<'s>(choice: &Choice<'s>, document: &Document) -> impl Iterator<Item = &'s str> + use<'s> {
    let fields = model(choice, document).into_iter().flat_map(|model| &model.fields);
    fields.filter(|field| field.is_argument()).map(|field| first(&field.wire))
}

/// Whether a document may have this field. Of one that no table describes, nothing is known.
fn declares(choice: &Choice<'_>, document: &Document, wire: &str) -> bool {
    model(choice, document).is_none_or(|model| model.fields.iter().any(|field| first(&field.wire) == wire))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows;
    use crate::spec::from_files;

    const HEAD: &str = r#"[service]
name = "sap"
title = "SAP"
crate = "k5-sap"
handle = "Sap"
handle_doc = "The service."
catalogue = { k5 = "compute-w", types = [] }
root = ""
errors = "sap"
beyond = "for the test"

[param.id]
doc = "The id."

[type.Disk]
doc = "A disk."
disk_index = { type = "u32", doc = "The index." }
note = { type = "String?", doc = "A note." }

[type.Nic]
doc = "A network card."
nic_index = { type = "u32", doc = "The index." }

[type.Image]
doc = "An image."
name = { type = "String?", doc = "The name." }
"#;

    fn entry(id: &str, method: &str, path: &str, rest: &str) -> String {
        format!(
            "\n[[operation]]\nid = \"{id}\"\ntitle = \"T\"\nmethod = \"{method}\"\npath = \"{path}\"\n{rest}\nanswer = {{ status = [202] }}\n"
        )
    }

    fn read(entries: &[String], rows: &str) -> Result<Spec, Vec<String>> {
        let table = [HEAD.to_owned(), entries.concat()].concat();
        let rows = rows::parse(rows).expect("the rows are well-formed");
        from_files(&[("sap.toml", &table)], &rows).map_err(|problems| problems.iter().map(Problem::to_string).collect())
    }

    /// The operations of the only route that has several, in their order, with their marks.
    fn told_apart(entries: &[String]) -> Vec<(String, Vec<Mark>)> {
        let spec = read(entries, "").unwrap_or_else(|problems| panic!("{problems:#?}"));
        let (routes, problems) = routes(&spec);
        assert!(problems.is_empty());
        let mut shared: Vec<Route<'_>> = routes.into_iter().filter(|route| route.choices.len() > 1).collect();
        assert_eq!(shared.len(), 1, "{shared:?}");
        shared.remove(0).choices.into_iter().map(|choice| (choice.operation.id.clone(), choice.marks)).collect()
    }

    fn form(name: &str, value: Option<&str>) -> Mark {
        Mark::Form(name.to_owned(), value.map(str::to_owned))
    }

    #[test]
    fn plain_segments_come_first() {
        let mut paths = ["/v1/{}/{}/{+}", "/v2/{}/servers", "/v2/images", "/v1/{}", "/info"];
        paths.sort_by_key(|path| specificity(path));
        assert_eq!(paths, ["/info", "/v2/images", "/v1/{}", "/v2/{}/servers", "/v1/{}/{}/{+}"]);
    }

    #[test]
    fn fields_of_a_form_tell_apart_by_their_presence() {
        let attach = |id, kind| entry(id, "PUT", "/l_servers/{id}/attach", &format!("body = {{ form = \"{kind}\" }}"));
        let seen = told_apart(&[attach("attach_disk", "Disk"), attach("attach_nic", "Nic")]);
        let expected = [("attach_disk", "disk_index"), ("attach_nic", "nic_index")];
        assert_eq!(seen, expected.map(|(id, name)| (id.to_owned(), vec![form(name, None)])));
    }

    #[test]
    fn fields_of_a_form_tell_apart_by_their_value() {
        let make = |id, kind| {
            entry(id, "POST", "/server_images/{id}", &format!("body = {{ form = \"Image\", fixed = {{ type = \"{kind}\" }} }}"))
        };
        let seen = told_apart(&[make("create_clone", "cloning"), make("create_snapshot", "snapshot")]);
        let expected = [("create_clone", "cloning"), ("create_snapshot", "snapshot")];
        assert_eq!(seen, expected.map(|(id, value)| (id.to_owned(), vec![form("type", Some(value))])));
    }

    #[test]
    fn an_xml_document_is_known_by_its_root_even_where_it_is_alone() {
        let body = "body = { xml = \"Disk\", key = \"Resources/LServer\" }";
        let spec = read(&[entry("create", "POST", "/l_servers/{id}", body)], "").unwrap_or_else(|problems| panic!("{problems:#?}"));
        assert_eq!(routes(&spec).0[0].choices[0].marks, [Mark::Xml("Resources/LServer".to_owned())]);
    }

    #[test]
    fn what_is_known_by_a_query_comes_before_what_is_known_by_nothing() {
        let bulk = r#"query = { bulk-delete = { type = "String?", fixed = "true" } }"#;
        let seen = told_apart(&[entry("update", "POST", "/a/{id}", ""), entry("delete_many", "POST", "/a/{id}", bulk)]);
        let mark = Mark::Query("bulk-delete".to_owned(), None);
        assert_eq!(seen, [("delete_many".to_owned(), vec![mark]), ("update".to_owned(), vec![])]);
        // One that may have the query too is not told apart by it.
        let may = r#"query = { bulk-delete = { type = "String?", doc = "D." } }"#;
        assert!(read(&[entry("update", "POST", "/a/{id}", may), entry("delete_many", "POST", "/a/{id}", bulk)], "").is_err());
    }

    #[test]
    fn documents_tell_apart_by_key_root_and_members() {
        let of = |id, body: &str| entry(id, "POST", "/things/{id}", &format!("body = {{ {body} }}"));
        let seen = told_apart(&[
            of("stop", r#"key = "os-stop", null = true"#),
            of("resize", r#"key = "resize", json = "Disk""#),
            of("create_xml", r#"xml = "Disk", key = "Resources/LServer""#),
            of("create_network", r#"xml = "Disk", key = "Resources/Network""#),
            of("create_nic", r#"json = "Nic""#),
        ]);
        let marks = [
            Mark::JsonKey("os-stop".to_owned()),
            Mark::JsonKey("resize".to_owned()),
            Mark::Xml("Resources/LServer".to_owned()),
            Mark::Xml("Resources/Network".to_owned()),
            Mark::JsonMember("nic_index".to_owned()),
        ];
        assert_eq!(seen.into_iter().map(|(_, marks)| marks).collect::<Vec<_>>(), marks.map(|mark| vec![mark]));
    }

    #[test]
    fn an_action_is_known_by_its_key_even_where_it_is_alone() {
        let spec =
            read(&[entry("stop", "POST", "/a/{id}/action", r#"body = { key = "os-stop", null = true }"#)], "").expect("good");
        assert_eq!(routes(&spec).0[0].choices[0].marks, [Mark::JsonKey("os-stop".to_owned())]);
    }

    #[test]
    fn what_nothing_tells_apart_is_a_fault_with_file_and_line() {
        let problems = read(
            &[
                entry("delete_clone", "DELETE", "/server_images/{id}", ""),
                entry("delete_image", "DELETE", "/server_images/{id}", ""),
            ],
            "",
        );
        let problems = problems.expect_err("alike");
        assert_eq!(problems.len(), 1, "{problems:?}");
        let start = "xtask/spec/sap.toml:37: sap.delete_image: nothing in query or body tells it from sap.delete_clone at \
                     xtask/spec/sap.toml:29, which has the same method and path; where the value";
        assert!(problems[0].starts_with(start), "{problems:?}");
    }

    #[test]
    fn one_operation_serves_rows_that_a_value_tells_apart() {
        const ROWS: &str = "C\tSAP\t15\tDelete clone\tDELETE\t/server_images/cloneImageName\t\tinferred\n\
                            C\tSAP\t20\tDelete snapshot\tDELETE\t/server_images/resourceId\t\tinferred";
        let delete = |rest: &str| {
            let rows = format!("rows = [\"SAP 15\", \"SAP 20\"]\n{rest}");
            let problems = read(&[entry("delete_image", "DELETE", "/server_images/{id}", &rows)], ROWS).err().unwrap_or_default();
            problems.into_iter().next()
        };
        assert_eq!(delete("decides = \"id\""), None);
        let silent = delete("").expect("refused");
        assert!(
            silent.starts_with("xtask/spec/sap.toml:29: delete_image: its rows mean different things by {id}: name in"),
            "{silent}"
        );
        let other = delete("decides = \"name\"").expect("refused");
        assert!(other.contains("delete_image: decides: the documented paths of its rows don't differ in {name} alone"), "{other}");
    }
}
