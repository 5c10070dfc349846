//! Every fault of a table is an error that names file and line.

use super::*;
use crate::rows;

const ROWS: &str = "\
Storage\tThing storage\t1\tList things\tGET\t/v1/{account}/{shelf}{?limit}\t1
Storage\tThing storage\t2\tShow thing\tHEAD\t/v1/{account}/{shelf}/{thing}\t1
Storage\tThing storage\t3\tShow thing again\tHEAD\t/v1/{account}/{shelf}/{thing}\t1
Storage\tThing storage\t4\tStop thing\tPUT\t/l_things/resourceId/stop\t1";

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

[enum.Colour]
doc = "A colour."
values = ["red", "blue"]

[view.Named]
of = "Thing"
doc = "Its name."
rows = ["Thing storage 2"]
fields = ["name"]

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
    assert_eq!((service.operations.len(), service.models.len(), service.header_models.len()), (5, 2, 1));
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

/// Text that stands once in the good table, what takes its place, and the problem that this makes on the same line.
const FAULTS: &[(&str, &str, &str)] = &[
    // Keys that nobody knows, at every level.
    ("name = \"thing_storage\"", "nam = 1\nname = \"thing_storage\"", "things.toml: service: unknown key `nam`"),
    ("[param.shelf]", "[parms]\n[param.shelf]", "things.toml: unknown key `parms`"),
    ("types = [\"thing-store\"]", "types = [\"thing-store\"], kind = 1", "things.toml: service: catalogue: unknown key `kind`"),
    ("doc = \"The shelf.\"", "dok = 1\ndoc = \"The shelf.\"", "param.shelf: unknown key `dok`"),
    ("path = \"/{shelf}\"", "pth = 1\npath = \"/{shelf}\"", "list_things: unknown key `pth`"),
    ("list = \"Entry<Thing>\"", "lst = 1, list = \"Entry<Thing>\"", "list_things: answer: unknown key `lst`"),
    ("size = 100", "size = 100, sise = 1", "list_things: page: unknown key `sise`"),
    ("doc = \"The kind.\"", "doc = \"The kind.\", dok = 1", "header X-Kind: unknown key `dok`"),
    ("name = { type = \"String\", doc", "name = { typ = 1, type = \"String\", doc", "type.Thing.name: unknown key `typ`"),
    ("size = { wire", "size = { wir = 1, wire", "headers.ThingInfo.size: unknown key `wir`"),
    // Wrong types and missing keys.
    ("rest = true", "rest = \"yes\"", "param.thing: rest: expected true or false, found string"),
    ("errors = \"swift\"", "errors = \"html\"", "things.toml: service: errors: \"html\" is none of keystone, swift, nova, glance"),
    ("status = [204]", "status = [404]", "delete_things: answer: 404 is not a status of success"),
    ("list = \"Entry<Thing>\"", "list = \"Entry<\"", "list_things: answer: list: \"Entry<\" is not a type"),
    ("title = \"Delete things\"", "auth = \"none\"", "delete_things: title is missing, and no documented row lends one"),
    // Ids and rows.
    ("id = \"show_thing\"", "id = \"list_things\"", "the id list_things is at xtask/spec/things.toml:21 already"),
    ("id = \"show_thing\"", "id = \"show-thing\"", "\"show-thing\" can't be the name of a method"),
    (
        "rows = [\"Thing storage 1\"]",
        "rows = [\"Thing storage 9\"]",
        "list_things: the documented list has no row \"Thing storage 9\"",
    ),
    (
        "\"Thing storage 3\"",
        "\"Thing storage 1\"",
        "thing_storage.show_thing: the row \"Thing storage 1\" is served by thing_storage.list_things already",
    ),
    (
        "beyond = \"for convenience\"",
        "slow = true",
        "delete_things: neither rows nor `beyond`, which says why it is there without any",
    ),
    ("method = \"HEAD\"", "method = \"GET\"", "show_thing: Thing storage 2 has the method HEAD, not GET"),
    (
        "path = \"/{shelf}\"",
        "path = \"/x/{shelf}\"",
        "list_things: Thing storage 1 has the path /v1/{account}/{shelf}, not /v1/{account}/x/{shelf}",
    ),
    // Paths and parameters.
    ("[param.shelf]", "[param.bax]\ndoc = \"None.\"\n[param.shelf]", "param.bax: no path has it"),
    ("[param.shelf]", "[param.baz]", "param.baz: no path has it"),
    (
        "path = \"/{shelf}/{thing}\"",
        "path = \"/{thing}/{shelf}\"",
        "show_thing: {thing} takes the rest of the path, so it must be last",
    ),
    ("path = \"/{shelf}/{thing}\"", "path = \"/{shelf}/{shelf}\"", "show_thing: the path has {shelf} twice"),
    (
        "path = \"/{shelf}/{thing}\"",
        "path = \"/{shelf}/x{thing}\"",
        "show_thing: \"x{thing}\" is neither plain text nor one parameter",
    ),
    ("limit = \"u32?\"", "limit = \"u23?\"", "list_things: query: limit: \"u23?\" is none of "),
    (
        "{ type = \"map\", doc",
        "{ type = \"String?\", doc",
        "show_thing: headers: X-Thing-Meta-: the name of a family of headers ends in `-`",
    ),
    ("doc = \"The kind.\"", "name = \"kind\"", "show_thing: headers: X-Kind has no doc, here or in vocabulary.toml"),
    (
        "doc = \"The kind.\"",
        "name = \"type\", doc = \"K.\"",
        "show_thing: \"type\" can't be an argument for X-Kind: give it a `name`",
    ),
    (
        "doc = \"The kind.\"",
        "name = \"shelf\", doc = \"K.\"",
        "show_thing: the name \"shelf\" for X-Kind is taken: give it a `name`",
    ),
    ("doc = \"The kind.\"", "setter = true, doc = \"K.\"", "header X-Kind: setter is for a fixed value"),
    // Types.
    ("json = \"Thing?\"", "json = \"Thingy?\"", "delete_things: the type Thingy is not declared"),
    ("headers = \"ThingInfo\"", "headers = \"Info\"", "show_thing: the headers Info are not declared"),
    ("name = { type = \"String\", doc", "name = { type = \"Name\", doc", "Thing.name: the type Name is not declared"),
    ("type = \"u64?\"", "type = \"f64?\"", "ThingInfo.size: a header can't hold Option<f64>"),
    ("[enum.Colour]", "[enum.Start]", "the type Start is there twice, see line"),
    ("[enum.Colour]", "[enum.Things]", "the type Things has the handle's name"),
    ("id = \"delete_things\"", "id = \"things\"", "the builder Things has the handle's name"),
    ("id = \"delete_things\"", "id = \"list__things\"", "the builder ListThings is there twice, see line 21"),
    ("marker = \"name\", size", "marker = \"id\", size", "list_things: Thing has no field id of type String"),
    ("item = \"Thing\"", "item = \"Shelf\"", "list_things: the list holds no Shelf"),
    ("status = [200], list = \"Entry<Thing>\"", "status = [200], json = \"Thing\"", "list_things: only a list has pages"),
    // Documents that are sent and answered.
    (
        "key = \"start\", json = \"Start\"",
        "key = \"start\"",
        "start_thing: body: expected one of json, xml, form, null, stream, text",
    ),
    (
        "key = \"start\", json = \"Start\"",
        "xml = \"Start\"",
        "start_thing: body: key is missing: the action's name, or the root element",
    ),
    (
        "key = \"start\", json = \"Start\"",
        "null = true",
        "start_thing: body: key is missing: the action's name, or the root element",
    ),
    (
        "key = \"start\", json",
        "inline = \"speed\", json",
        "start_thing: inline \"speed\" is not a required field with a document in it",
    ),
    ("key = \"start\", json", "item = \"shelf\", json", "start_thing: item \"shelf\" is a parameter of the path that names"),
    ("key = \"start\", json", "check = \"crate::c\", key = \"start\", json", "start_thing: check is for names and values"),
    ("key = \"start\", json", "fixed = { a = \"b\" }, json", "start_thing: body: fixed is for the fields of a form"),
    ("key = \"start\", json", "fixed = { speed = \"1\" }, form", "start_thing: fixed \"speed\" is a field of the form's type too"),
    ("path = \"/{shelf}\"", "decides = \"shelf\"\npath = \"/{shelf}\"", "list_things: decides: the documented paths"),
    ("status = [202], key = \"thing\", json", "status = [202], xml", "start_thing: answer: key is missing: the root element"),
    ("json = \"Start\"", "json = \"Stop\"", "start_thing: the type Stop is not declared"),
    ("speed = { type", "speed = { arg = 1, type", "type.Start.speed: unknown key `arg`"),
    (
        "type = \"u32?\", doc = \"How",
        "type = \"u32\", argument = true, doc = \"How",
        "Start.speed: argument is for an optional field",
    ),
    (
        "type = \"u32?\", doc = \"How",
        "wire = \"A/B\", type = \"u32?\", doc = \"How",
        "Start.speed: a path on the wire is for a list",
    ),
    (
        "doc = \"How fast.\"",
        "rows = [\"Thing storage 4\"], doc = \"H.\"",
        "Start.speed: no operation of this service serves the row",
    ),
    // Enums, views and waiters.
    ("\"red\", \"blue\"", "\"red\", \"RED\"", "Colour: \"RED\" makes a variant that is there already"),
    ("fields = [\"name\"]", "fields = [\"size\"]", "Named: Thing has no field size"),
    ("of = \"Thing\"", "of = \"Shelf\"", "Named: the type Shelf is not declared"),
    ("poll = \"peek_thing\"", "poll = \"list_things\"", "waiter.thing: list_things is not an operation that shows a document"),
    ("state = \"name\"", "state = \"nam\"", "waiter.thing: state leads to no field nam"),
    (
        "[enum.Colour]",
        "[waiter.twin]\ndoc = \"Waits.\"\nuntil = { ready = [\"there\"] }\npoll = \"peek_thing\"\nstate = \"name\"\nevery = [1, 10]\n\n[enum.Colour]",
        "waiter.twin: peek_thing has the waiter thing already",
    ),
    ("every = [1, 10]", "every = [10, 1]", "waiter.thing: every is a pair"),
    ("until = { ready = [\"there\"] }", "failed = []", "waiter.thing: nothing to wait for"),
    ("until = { ready", "until = { until", "waiter.thing: \"until\" can't be the name of a method"),
    ("until = { ready", "until = { by_name", "waiter.thing: \"by_name\" can't be the name of a method"),
];

#[test]
fn every_fault_names_its_line() {
    for (from, to, message) in FAULTS {
        let problems = problems_after(from, to);
        let found = problems.iter().any(|problem| {
            let rest = problem.strip_prefix("xtask/spec/things.toml:").and_then(|rest| rest.split_once(": "));
            let message = message.strip_prefix("things.toml: ").unwrap_or(message);
            // What was put in front of the text, or replaced it, stands within two lines of the old place.
            rest.is_some_and(|(line, text)| {
                let line: usize = line.parse().expect("a line number");
                text.trim_start_matches("things.toml: ").starts_with(message) && near(line, from)
            })
        });
        assert!(found, "{to}: expected {message:?} near line {}, found {problems:#?}", line_of(from));
    }
}

/// Whether a problem's line is where the good table has `text`, or in the entry that begins there.
fn near(line: usize, text: &str) -> bool {
    line.abs_diff(line_of(text)) <= 3
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
            "delete_things: \"DESTROY\" is none of GET, HEAD, POST, PUT, PATCH, DELETE, COPY",
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
    assert_eq!(twice[0], "xtask/spec/other.toml:18: the id list_things is at xtask/spec/other.toml:11 already");
    // A row is served once over all services, and the operations that want it are told apart by their full names.
    let both = other.replace("title = \"List things\"\nbeyond = \"for the test\"", "rows = [\"Thing storage 1\"]");
    let expected = "thing_storage.list_things: the row \"Thing storage 1\" is served by other.list_things already";
    let found = problems(&both.replace("path = \"/things\"", "path = \"/v1/{account}/{shelf}\"\nroot = \"\""));
    assert!(found.contains(&format!("xtask/spec/things.toml:22: {expected}")), "{found:#?}");

    let named = other.replace("name = \"other\"", "name = \"thing_storage\"");
    assert_eq!(problems(&named), ["xtask/spec/things.toml:1: the service thing_storage is in xtask/spec/other.toml already"]);
}

/// The problems of the good table with another text in a place, whole or not at all.
fn refusals(from: &str, to: &str) -> Vec<String> {
    assert_eq!(GOOD.matches(from).count(), 1, "{from:?} must stand once in the table");
    read(&GOOD.replace(from, to)).err().unwrap_or_default().iter().map(Problem::to_string).collect()
}

#[test]
fn names_that_rendered_code_has_for_itself_are_refused() {
    let at = |text: &str, message: &str| vec![format!("xtask/spec/things.toml:{}: {message}", line_of(text))];
    // Setters of a builder, by a query, a header and a field of the body.
    let (query, header, field) = ("limit = \"u32?\", marker", "doc = \"Metadata.\"", "speed = { type");
    for name in [
        "send",
        "items",
        "pages",
        "call",
        "call_mut",
        "document_mut",
        "into_call",
        "new",
        "session",
        "with_header",
        "with_x",
        "fn",
        "_",
    ] {
        let wanted = format!("list_things: {name:?} can't be a setter for deep: give it a `name`");
        let deep = format!("deep = {{ type = \"bool?\", name = {name:?}, doc = \"D.\" }}, {query}");
        assert_eq!(refusals(query, &deep), at(query, &wanted));
        let wanted = format!("show_thing: {name:?} can't be a setter for X-Thing-Meta-: give it a `name`");
        assert_eq!(refusals(header, &format!("name = {name:?}, {header}")), at(header, &wanted));
        let problems = refusals(field, &format!("{name} = {{ wire = \"speed\", type"));
        let wanted = at(field, &format!("start_thing: {name:?} can't be a setter, as Start.{name} would be"));
        assert!(problems.contains(&wanted[0]), "{name}: {problems:#?}");
    }
    // Arguments, by a header, the path and a field of the body.
    for name in ["call", "session", "self", "fn"] {
        let wanted = format!("show_thing: {name:?} can't be an argument for X-Kind: give it a `name`");
        assert_eq!(refusals("doc = \"The kind.\"", &format!("name = {name:?}, doc = \"K.\"")), at("doc = \"The kind.\"", &wanted));
        let problems = refusals("speed = { type = \"u32?\"", &format!("{name} = {{ wire = \"speed\", type = \"u32\""));
        let wanted = at("speed = { type", &format!("start_thing: {name:?} can't be an argument, as Start.{name} would be"));
        assert!(problems.contains(&wanted[0]), "{name}: {problems:#?}");
    }
    let word = "[param.shelf]";
    let problems = refusals(word, "[param.call]\ndoc = \"The call.\"\n[param.shelf]");
    assert_eq!(problems.len(), 1, "{problems:#?}");
    let path = GOOD.replace("[param.thing]\n", "[param.call]\n").replace("{thing}", "{call}");
    let problems = read(&path).expect_err("refused");
    let wanted =
        at("/{shelf}/{thing}", "show_thing: \"call\" can't be the name of a parameter: the method has it for something else");
    assert_eq!(problems.iter().map(Problem::to_string).collect::<Vec<_>>(), wanted);
    // Operations.
    for id in ["new", "session", "service", "clone", "fn", "Big"] {
        let problems = refusals("id = \"delete_things\"", &format!("id = {id:?}"));
        let wanted = at("id = \"delete_things\"", &format!("{id:?} can't be the name of a method"));
        assert!(problems.contains(&wanted[0]), "{id}: {problems:#?}");
    }
    // Fields of documents and of sets of headers.
    let (document, headers) = ("name = { type = \"String\", doc = \"Its", "size = { wire");
    for (place, wire, kind, name) in [
        (document, "", "Thing", "extra"),
        (document, "", "Thing", "fn"),
        (headers, "", "ThingInfo", "headers"),
        (headers, "", "ThingInfo", "self"),
        (field, "wire = \"speed\", ", "Start", "with_field"),
        (field, "wire = \"speed\", ", "Start", "new"),
    ] {
        let (_, rest) = place.split_once("{ ").expect("a table");
        let problems = refusals(place, &format!("{name} = {{ {wire}{rest}"));
        let wanted = at(place, &format!("{kind}: {name:?} can't be the name of a field"));
        assert!(problems.contains(&wanted[0]), "{name}: {problems:#?}");
    }
    // A document that nobody makes has no setters, so its fields may be called like those.
    assert_eq!(refusals("size = { wire", "send = { wire"), [""; 0]);
    // Types, builders and waiters.
    for name in [
        "Value", "BTreeMap", "Result", "Error", "Session", "Call", "Body", "Option", "String", "Vec", "Some", "Fields", "ServerId",
        "Loose",
    ] {
        let wanted = format!("{name} can't be the name of a type: rendered code has it for something else");
        for declared in ["[enum.Colour]", "[view.Named]", "[headers.ThingInfo]", "[type.Start]"] {
            let (kind, _) = declared.split_once('.').expect("a kind");
            let problems = refusals(declared, &format!("{kind}.{name}]"));
            assert!(problems.contains(&at(declared, &wanted)[0]), "{declared} {name}: {problems:#?}");
        }
    }
    assert_eq!(
        refusals("id = \"delete_things\"", "id = \"call\""),
        at("id = \"delete_things\"", "Call can't be the name of a builder: rendered code has it for something else")
    );
    let entry = "Entry = \"k5_core::model::Entry\"";
    assert_eq!(refusals(entry, "Value = \"crate::Value\"\nEntry = \"k5_core::model::Entry\"").len(), 1);
    assert_eq!(refusals(entry, "Entry = \"crate::Entry\"").len(), 1, "another one than core's");
    assert_eq!(
        refusals(entry, "Entry = \"k5_core::model::Entry\"\nOdd = \"crate::Even\""),
        [format!("xtask/spec/things.toml:{}: types: Odd is not what the path \"crate::Even\" ends in", line_of(entry) + 1)]
    );
    // Variants of enums, goals and names of waiters.
    assert_eq!(refusals("\"red\", \"blue\"", "\"red\", \"self\""), at("[enum.Colour]", "Colour: \"self\" makes no variant"));
    assert_eq!(refusals("\"red\", \"blue\"", "\"red\", \"\""), at("[enum.Colour]", "Colour: \"\" makes no variant"));
    assert_eq!(
        refusals("until = { ready = [\"there\"] }", "until = { ready = [\"there\"] }\ngone = { ready = [] }"),
        at("until = { ready", "waiter.thing: the goal ready is there twice")
    );
    assert_eq!(
        refusals("id = \"delete_things\"", "id = \"wait_thing\""),
        at("[waiter.thing]", &format!("waiter.thing: the method wait_thing is that of line {}", line_of("id = \"delete_things\"")))
    );
    assert!(refusals("[waiter.thing]", "[waiter.Big]")[0].contains("waiter.Big: \"wait_Big\" can't be the name of a method"));
}

#[test]
fn arguments_and_setters_have_names_of_their_own() {
    let at = |text: &str, message: &str| vec![format!("xtask/spec/things.toml:{}: {message}", line_of(text))];
    let body = "body = { key = \"start\", json = \"Start\" }";
    let field = "speed = { type";
    // A field of the body beside a query and beside a header.
    for (params, wire) in [("query", "speed"), ("headers", "X-Speed")] {
        let both = format!("{body}\n{params} = {{ {wire} = {{ type = \"u32?\", doc = \"S.\" }} }}");
        let (line, message) = (line_of(field) + 1, "start_thing: speed is a setter already, as Start.speed would be");
        assert_eq!(refusals(body, &both), [format!("xtask/spec/things.toml:{line}: {message}")]);
    }
    // A required one beside a parameter of the path, and beside a required query.
    let required = |name: &str| format!("{name} = {{ wire = \"speed\", type = \"u32\", doc");
    assert_eq!(
        refusals("speed = { type = \"u32?\", doc", &required("shelf")),
        at(field, "start_thing: shelf is an argument already, as Start.shelf would be")
    );
    let with_query =
        GOOD.replace(body, "query = { speed = { type = \"u32\", doc = \"S.\" } }\nbody = { key = \"start\", json = \"Start\" }");
    let problems = read(&with_query.replace("speed = { type = \"u32?\", doc", &required("speed"))).expect_err("twice");
    assert!(problems[0].message.ends_with("speed is an argument already, as Start.speed would be"), "{problems:#?}");
    // An optional one may be called like a parameter of the path: one is a setter, the other an argument.
    assert_eq!(refusals(field, "shelf = { wire = \"speed\", type"), [""; 0]);
    // What is spread of a document inside beside what stands around it.
    let spread = "body = { json = \"Around\", inline = \"start\" }";
    let around = |field: &str| {
        let types = format!(
            "\n[type.Around]\ndoc = \"A.\"\nstart = {{ type = \"Start\", doc = \"S.\" }}\n{field} = {{ type = \"u32?\", doc = \"F.\" }}\n"
        );
        read(&format!("{}{types}", GOOD.replace(body, spread))).err().unwrap_or_default()
    };
    assert!(around("weight").is_empty());
    let problems = around("speed");
    assert!(problems[0].message == "start_thing: speed is a setter already, as Around.speed would be", "{problems:#?}");
    // The body itself.
    for (sent, name) in [("stream = true", "body"), ("text = true", "text"), ("key = \"items\", json = \"map<String>\"", "items")] {
        let query = format!("query = {{ {name} = {{ type = \"String\", doc = \"Q.\" }} }}");
        let problems = refusals(body, &format!("body = {{ {sent} }}\n{query}"));
        let start = format!("start_thing: {name} is an argument already, as the body would be");
        assert!(problems.iter().any(|problem| problem.contains(&start)), "{sent}: {problems:#?}");
    }
    let odd = refusals(body, "body = { key = \"os-items\", json = \"map<String>\" }");
    assert!(odd[0].contains("start_thing: \"os-items\" can't be an argument, as the body would be"), "{odd:#?}");
    // The method of a variant.
    let answer = "status = [202], key = \"thing\", json = \"Thing\"";
    for name in ["send", "speed", "with_b"] {
        let variant = format!("{answer}, variant = {{ name = {name:?}, when = \"fast\", key = \"b\", doc = \"B.\" }}");
        let problems = refusals(answer, &variant);
        assert!(problems[0].contains("start_thing: ") && problems.len() == 1, "{name}: {problems:#?}");
    }
    // A view of a document that callers make.
    let view = "[view.Speed]\nof = \"Start\"\ndoc = \"S.\"\nrows = [\"Thing storage 2\"]\nfields = [\"speed\"]\n";
    let problems = read(&format!("{GOOD}{view}")).expect_err("a setter has that name");
    assert_eq!(problems[0].message, "Speed: Start has a method speed already, which sets a field or makes one");
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
        (", json = \"Thing?\", key = \"a\"", "an optional document is JSON, and has no headers"),
        (", json = \"Thing?\", headers = \"ThingInfo\"", "an optional document is JSON, and has no headers"),
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
        (page, "query = [\"page\", \"page\"]", vec![(line, "list_things: query: limit is there twice")]),
        (page, "query = [\"page\", { limit = \"u32?\" }]", vec![(line, "list_things: query: limit is there twice")]),
        (page, "query = \"page\"", vec![]),
        ("\n[query.page]\nlimit = \"u23?\"\n", "query = [\"page\"]", vec![(end + 3, "query.page: limit: \"u23?\" is none of")]),
        ("\n[query]\npage = 1\n", own, vec![(end + 3, "query.page: expected a table, found integer")]),
    ] {
        let found: Vec<String> = with(sets, query).err().unwrap_or_default().iter().map(Problem::to_string).collect();
        for (line, message) in &expected {
            let start = format!("xtask/spec/things.toml:{line}: {message}");
            assert!(found.iter().any(|problem| problem.starts_with(&start)), "{query}: {start}: {found:#?}");
        }
        assert_eq!(found.is_empty(), expected.is_empty(), "{query}: {found:#?}");
    }
    let twice = with(&format!("{page}{page}"), "query = [\"page\"]").expect_err("the name is there twice");
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
