//! Every fault of a table is an error that names file and line.

mod faults;
mod names;

use super::*;
use crate::rows;

const ROWS: &str = "\
Storage\tThing storage\t1\tList things\tGET\t/v1/{account}/{shelf}{?limit}\t1\tsampled
Storage\tThing storage\t2\tShow thing\tHEAD\t/v1/{account}/{shelf}/{thing}\t1\tsampled
Storage\tThing storage\t3\tShow thing again\tHEAD\t/v1/{account}/{shelf}/{thing}\t1\tsampled
Storage\tThing storage\t4\tStop thing\tPUT\t/l_things/resourceId/stop\t1\tinferred";

const VOCABULARY: &str = r#"[query]
limit = "At most so many."
marker = "After this one."
"#;

/// A table without faults; each test spoils a piece of it.
const GOOD: &str = r#"[service]
name = "thing_storage"
title = "Thing storage"
crate = "k5-things"
handle = "Things"
handle_doc = "Things."
catalogue = { k5 = "things", types = ["thing-store"] }
root = "/v1/{account}"
errors = "swift"
[types]
Entry = "k5_core::model::Entry"

[param.shelf]
doc = "The shelf."

[param.thing]
doc = "The thing."
rest = true

[[operation]]
id = "list_things"
rows = ["Thing storage 1"]
method = "GET"
path = "/{shelf}"
query = { limit = "u32?", marker = "String?" }
answer = { status = [200], list = "Entry<Thing>" }
page = { item = "Thing", marker = "name", size = 100 }

[[operation]]
id = "show_thing"
rows = ["Thing storage 2", "Thing storage 3"]
method = "HEAD"
path = "/{shelf}/{thing}"
headers = { X-Thing-Meta- = { type = "map", doc = "Metadata." }, X-Kind = { type = "String", doc = "The kind." } }
answer = { status = [200], headers = "ThingInfo" }

[[operation]]
id = "delete_things"
title = "Delete things"
beyond = "for convenience"
method = "DELETE"
path = ""
answer = { status = [204], json = "Thing?" }

[[operation]]
id = "start_thing"
title = "Start a thing"
beyond = "to be started"
method = "POST"
path = "/up/{shelf}"
body = { key = "start", json = "Start" }
answer = { status = [202], key = "thing", json = "Thing" }

[waiter.thing]
doc = "Waits."
until = { ready = ["there"] }
poll = "peek_thing"
state = "name"
every = [1, 10]

[[operation]]
id = "peek_thing"
title = "Peek"
beyond = "to be seen"
method = "GET"
path = "/up/{shelf}"
answer = { status = [200], key = "thing", json = "Thing" }

[find.label]
list = "list_labels"
show = "show_label"
filter = "label"

[[operation]]
id = "list_labels"
title = "List labels"
beyond = "to be found"
method = "GET"
path = "/labels"
query = { label = { type = "String?", doc = "Only this label." } }
answer = { status = [200], key = "labels", list = "Label" }

[[operation]]
id = "show_label"
title = "Show label"
beyond = "to be found"
method = "GET"
path = "/label/{shelf}"
answer = { status = [200], key = "label", json = "Label" }

[enum.Colour]
doc = "A colour."
values = ["red", "blue"]

[view.Named]
of = "Thing"
doc = "Its name."
rows = ["Thing storage 2"]
fields = ["name"]

[type.Label]
doc = "A label."
id = { type = "ImageId", doc = "The id." }
name = { type = "String?", doc = "The label's name." }

[type.Start]
doc = "A start."
speed = { type = "u32?", doc = "How fast." }
way = { type = "Colour?", doc = "Which way." }

[type.Thing]
doc = "A thing."
name = { type = "String", doc = "Its name." }

[headers.ThingInfo]
doc = "A thing's headers."
size = { wire = "Content-Length", type = "u64?", doc = "Its size." }
"#;

fn read(table: &str) -> Result<Spec, Vec<Problem>> {
    let rows = rows::parse(ROWS).expect("the rows are well-formed");
    from_files(&[("things.toml", table), ("vocabulary.toml", VOCABULARY)], &rows)
}

/// `xtask/spec/things.toml:LINE: message` of every problem after `from` became `to`.
fn problems_after(from: &str, to: &str) -> Vec<String> {
    assert_eq!(GOOD.matches(from).count(), 1, "{from:?} must stand once in the table");
    let problems = read(&GOOD.replace(from, to)).expect_err(to);
    problems.iter().map(Problem::to_string).collect()
}

/// The line of the good table that holds `text`.
fn line_of(text: &str) -> usize {
    GOOD.lines().position(|line| line.contains(text)).expect("in the table") + 1
}

#[test]
fn a_good_table_has_no_problems() {
    let spec = read(GOOD).expect("no problems");
    let service = &spec.services[0];
    assert_eq!((service.operations.len(), service.models.len(), service.header_models.len()), (7, 3, 1));
    assert_eq!((service.enums.len(), service.views.len(), service.waiters.len()), (1, 1, 1));
    let show = &service.operations[1];
    assert_eq!((show.title.as_str(), show.path_names()), ("Show thing", vec!["shelf", "thing"]));
    assert_eq!(service.full_path(show), "/v1/{account}/{shelf}/{thing}");
    assert_eq!(show.headers[0].kind, ParamKind::Family);
    assert!(show.headers[1].required && !service.operations[0].query[0].required);
    assert_eq!(service.operations[0].query[0].doc, "At most so many.");
}

#[test]
fn a_document_may_be_called_like_a_builder_or_a_waiter() {
    for name in ["ShowThing", "WaitThing"] {
        read(&GOOD.replace("Start\"", &format!("{name}\"")).replace("[type.Start]", &format!("[type.{name}]"))).expect(name);
    }
}

#[test]
fn the_order_of_the_file_is_kept() {
    let swapped = GOOD.replace("limit = \"u32?\", marker = \"String?\"", "marker = \"String?\", limit = \"u32?\"");
    let names = |table: &str| -> Vec<String> {
        read(table).expect("no problems").services[0].operations[0].query.iter().map(|param| param.wire.clone()).collect()
    };
    assert_eq!(names(GOOD), ["limit", "marker"]);
    assert_eq!(names(&swapped), ["marker", "limit"]);
}

#[test]
fn lines_are_exact() {
    for (from, to, line, message) in [
        ("rest = true", "rest = true\nwrong = 1", 19, "param.thing: unknown key `wrong`"),
        ("errors = \"swift\"", "errors = \"swift\"\n\nwrong = 1", 11, "things.toml: service: unknown key `wrong`"),
        (
            "method = \"DELETE\"",
            "method = \"DESTROY\"",
            38,
            "delete_things: \"DESTROY\" is not one of GET, HEAD, POST, PUT, PATCH, DELETE, COPY",
        ),
    ] {
        assert_eq!(problems_after(from, to), [format!("xtask/spec/things.toml:{line}: {message}")]);
    }
}

#[test]
fn ids_are_unique_within_a_service() {
    let rows = rows::parse(ROWS).expect("the rows are well-formed");
    let other = r#"[service]
name = "other"
title = "Other"
crate = "k5-other"
handle = "Other"
handle_doc = "Others."
catalogue = { k5 = "other", types = [] }
root = ""
errors = "nova"
[[operation]]
id = "list_things"
title = "List things"
beyond = "for the test"
method = "GET"
path = "/things"
answer = { status = [200] }
"#;
    let read = |other: &str| from_files(&[("other.toml", other), ("things.toml", GOOD), ("vocabulary.toml", VOCABULARY)], &rows);
    let problems = |other: &str| -> Vec<String> { read(other).expect_err("refused").iter().map(Problem::to_string).collect() };
    let spec = read(other).expect("each service may have the id");
    let names: Vec<String> = spec
        .operations()
        .filter(|(_, operation)| operation.id == "list_things")
        .map(|(service, operation)| {
            assert!(spec.wanted(service, operation).is_shared);
            service.full_name(operation)
        })
        .collect();
    assert_eq!(names, ["other.list_things", "thing_storage.list_things"]);

    let (head, operation) = other.split_once("[[operation]]").expect("an operation");
    let twice = problems(&format!("{head}[[operation]]{operation}[[operation]]{}", operation.replace("/things", "/other")));
    assert_eq!(twice[0], "xtask/spec/other.toml:18: the id list_things is already at xtask/spec/other.toml:11");
    // A row is served once over all services, and the operations that want it are told apart by their full names.
    let both = other.replace("title = \"List things\"\nbeyond = \"for the test\"", "rows = [\"Thing storage 1\"]");
    let expected = "thing_storage.list_things: the row \"Thing storage 1\" is already served by other.list_things";
    let found = problems(&both.replace("path = \"/things\"", "path = \"/v1/{account}/{shelf}\"\nroot = \"\""));
    assert!(found.contains(&format!("xtask/spec/things.toml:22: {expected}")), "{found:#?}");

    let named = other.replace("name = \"other\"", "name = \"thing_storage\"");
    assert_eq!(problems(&named), ["xtask/spec/things.toml:1: the service thing_storage is already in xtask/spec/other.toml"]);
}

#[test]
fn an_answer_is_classified_once() {
    let shown = "answer = { status = [200], headers = \"ThingInfo\" }";
    let read = |answer: &str| {
        assert_eq!(GOOD.matches(shown).count(), 1);
        read(&GOOD.replace(shown, &format!("answer = {{ status = [200]{answer} }}")))
    };
    // What the table says, the kind, the format, the key and the headers.
    let json = Some(Format::Json);
    for (answer, kind, format, key, headers) in [
        ("", "Empty", None, None, None),
        (", headers = \"ThingInfo\"", "Headers", None, None, Some("ThingInfo")),
        (", json = \"Thing\"", "Document", json, None, None),
        (", json = \"Thing?\"", "Optional", json, None, None),
        (", json = \"Thing\", headers = \"ThingInfo\"", "WithHeaders", json, None, Some("ThingInfo")),
        (", json = \"Thing\", key = \"a\"", "Keyed", json, Some("a"), None),
        (", xml = \"Thing\", key = \"a/b\"", "Keyed", Some(Format::Xml), Some("a/b"), None),
        (", xml = \"Thing?\", key = \"a/b\"", "OptionalKeyed", Some(Format::Xml), Some("a/b"), None),
        (
            ", json = \"Thing\", key = \"a\", variant = { name = \"send_b\", when = \"b\", key = \"b\", json = \"String\", doc = \"B.\" }",
            "Variant",
            json,
            Some("a"),
            None,
        ),
        (", list = \"Thing\"", "List", json, None, None),
        (", list = \"Thing\", headers = \"ThingInfo\"", "List", json, None, Some("ThingInfo")),
        (", list = \"Thing\", key = \"a\"", "KeyedList", json, Some("a"), None),
        (", xml_list = \"Thing\", key = \"a\"", "KeyedList", Some(Format::Xml), Some("a"), None),
        (", stream = \"Entry\", headers = \"ThingInfo\"", "Stream", None, None, Some("ThingInfo")),
    ] {
        let spec = read(answer).unwrap_or_else(|problems| panic!("{answer}: {problems:#?}"));
        let read = &spec.services[0].operations[1].answer;
        assert!(format!("{read:?}").starts_with(kind), "{answer}: {read:?}");
        assert_eq!((read.format(), read.key(), read.headers()), (format, key, headers), "{answer}");
        assert_eq!(read.variant().is_some(), kind == "Variant", "{answer}");
        assert_eq!(read.items().is_some(), kind.ends_with("List"), "{answer}");
        assert_eq!(read.document().is_some(), ["Document", "Keyed", "Variant"].contains(&kind), "{answer}");
    }
    let variant = ", variant = { name = \"send_b\", when = \"b\", key = \"b\", doc = \"B.\" }";
    for (answer, message) in [
        (", json = \"Thing\", list = \"Thing\"", "json, xml, list, xml_list and stream exclude each other"),
        (", key = \"a\"", "key is for a document or list"),
        (", json = \"Thing\", key = \"a\", headers = \"ThingInfo\"", "key is for a document or list, without headers"),
        (", list = \"Thing\", key = \"a\", headers = \"ThingInfo\"", "key is for a document or list, without headers"),
        (", stream = \"Entry\", key = \"a\", headers = \"ThingInfo\"", "key is for a document or list"),
        (", stream = \"Entry\"", "a stream needs headers"),
        (", json = \"Thing?\", key = \"a\"", "an optional document is JSON without a key or XML with one"),
        (", json = \"Thing?\", headers = \"ThingInfo\"", "an optional document is JSON without a key or XML with one"),
        (", xml = \"Thing?\"", "an optional document is JSON without a key or XML with one"),
        (", xml = \"Thing\"", "key is missing: the root element"),
        (", xml_list = \"Thing\"", "key is missing: the root element"),
        (&format!(", json = \"Thing\"{variant}"), "a variant is for a document with a key"),
        (&format!(", list = \"Thing\", key = \"a\"{variant}"), "a variant is for a document with a key"),
        (variant, "a variant is for a document with a key"),
    ] {
        let problems = read(answer).expect_err(answer);
        let start = format!("xtask/spec/things.toml:{}: show_thing: answer: {message}", line_of(shown));
        assert!(problems.len() == 1 && problems[0].to_string().starts_with(&start), "{answer}: {problems:#?}");
    }
}

#[test]
fn sets_of_parameters_stand_once() {
    let own = "query = { limit = \"u32?\", marker = \"String?\" }";
    let with = |sets: &str, query: &str| {
        assert_eq!(GOOD.matches(own).count(), 1);
        // At the end, so that the lines above stay where they are.
        read(&format!("{}{sets}", GOOD.replace(own, query)))
    };
    let page = "\n[query.page]\nlimit = \"u32?\"\nmarker = \"String?\"\n";
    let order = |query: &str| -> Vec<String> {
        let spec = with(page, query).unwrap_or_else(|problems| panic!("{query}: {problems:#?}"));
        spec.services[0].operations[0].query.iter().map(|param| param.wire.clone()).collect()
    };
    assert_eq!(order("query = [\"page\"]"), ["limit", "marker"]);
    let deep = "{ deep = { type = \"bool?\", doc = \"D.\" } }";
    assert_eq!(order(&format!("query = [\"page\", {deep}]")), ["limit", "marker", "deep"]);
    assert_eq!(order(&format!("query = [{deep}, \"page\"]")), ["deep", "limit", "marker"]);

    let line = line_of(own);
    let end = GOOD.lines().count();
    for (sets, query, expected) in [
        (page, "query = [\"pages\"]", vec![(line, "list_things: query: there is no [query.pages]")]),
        (page, own, vec![(end + 2, "things.toml: query.page: no operation has it")]),
        (page, "query = [\"page\", \"page\"]", vec![(line, "list_things: query: limit appears twice")]),
        (page, "query = [\"page\", { limit = \"u32?\" }]", vec![(line, "list_things: query: limit appears twice")]),
        (page, "query = \"page\"", vec![]),
        ("\n[query.page]\nlimit = \"u23?\"\n", "query = [\"page\"]", vec![(end + 3, "query.page: limit: \"u23?\" is not one of")]),
        ("\n[query]\npage = 1\n", own, vec![(end + 3, "query.page: expected a table, found integer")]),
    ] {
        let found: Vec<String> = with(sets, query).err().unwrap_or_default().iter().map(Problem::to_string).collect();
        for (line, message) in &expected {
            let start = format!("xtask/spec/things.toml:{line}: {message}");
            assert!(found.iter().any(|problem| problem.starts_with(&start)), "{query}: {start}: {found:#?}");
        }
        assert_eq!(found.is_empty(), expected.is_empty(), "{query}: {found:#?}");
    }
    let twice = with(&format!("{page}{page}"), "query = [\"page\"]").expect_err("the name appears twice");
    assert_eq!(twice[0].line, end + 6, "{twice:#?}");
}

#[test]
fn a_word_that_nothing_uses_is_an_error() {
    let rows = rows::parse(ROWS).expect("the rows are well-formed");
    let words = format!("{VOCABULARY}colour = \"None.\"\n");
    let problems = from_files(&[("things.toml", GOOD), ("vocabulary.toml", &words)], &rows).expect_err("unused");
    assert!(
        problems[0].to_string().starts_with("xtask/spec/vocabulary.toml:4: no operation has the query parameter colour"),
        "{problems:?}"
    );
    let words = format!("[queri]\n{VOCABULARY}");
    let problems = from_files(&[("things.toml", GOOD), ("vocabulary.toml", &words)], &rows).expect_err("unknown");
    assert_eq!(problems[0].to_string(), "xtask/spec/vocabulary.toml:1: vocabulary: unknown key `queri`");
}

#[test]
fn parameters_that_the_list_writes_without_braces_fit() {
    let rows = rows::parse(ROWS).expect("the rows are well-formed");
    let table = r#"[service]
name = "sap"
title = "SAP"
crate = "k5-sap"
handle = "Sap"
handle_doc = "SAP."
catalogue = { k5 = "compute-w", types = [] }
root = ""
errors = "nova"
[param.resource_id]
doc = "The id."

[[operation]]
id = "stop_thing"
rows = ["Thing storage 4"]
method = "PUT"
path = "/l_things/{resource_id}/stop"
answer = { status = [202] }
"#;
    assert!(from_files(&[("sap.toml", table)], &rows).is_ok());
    let problems = from_files(&[("sap.toml", &table.replace("/stop", "/start"))], &rows).expect_err("another path");
    assert_eq!(
        problems[0].to_string(),
        "xtask/spec/sap.toml:15: stop_thing: Thing storage 4 has the path /l_things/resourceId/stop, not /l_things/{resource_id}/start"
    );
}

#[test]
fn what_is_no_toml_names_its_line() {
    let problems = problems_after("errors = \"swift\"", "errors = swift");
    assert!(problems[0].starts_with("xtask/spec/things.toml:9: "), "{problems:?}");
}
