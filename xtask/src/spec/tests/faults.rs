//! Tables with one thing wrong: what is said of it, and at which line.

use super::*;

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
    (
        "errors = \"swift\"",
        "errors = \"html\"",
        "things.toml: service: errors: \"html\" is not one of keystone, swift, nova, glance",
    ),
    ("status = [204]", "status = [404]", "delete_things: answer: 404 is not a status of success"),
    ("list = \"Entry<Thing>\"", "list = \"Entry<\"", "list_things: answer: list: \"Entry<\" is not a type"),
    ("title = \"Delete things\"", "auth = \"none\"", "delete_things: title is missing, and no documented row lends one"),
    // Ids and rows.
    ("id = \"show_thing\"", "id = \"list_things\"", "the id list_things is already at xtask/spec/things.toml:21"),
    ("id = \"show_thing\"", "id = \"show-thing\"", "\"show-thing\" can't be the name of a method"),
    (
        "rows = [\"Thing storage 1\"]",
        "rows = [\"Thing storage 9\"]",
        "list_things: the documented list has no row \"Thing storage 9\"",
    ),
    (
        "\"Thing storage 3\"",
        "\"Thing storage 1\"",
        "thing_storage.show_thing: the row \"Thing storage 1\" is already served by thing_storage.list_things",
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
    ("limit = \"u32?\"", "limit = \"u23?\"", "list_things: query: limit: \"u23?\" is not one of "),
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
    ("[enum.Colour]", "[enum.Start]", "the type Start appears twice, see line"),
    ("[enum.Colour]", "[enum.Things]", "the type Things has the handle's name"),
    ("id = \"delete_things\"", "id = \"things\"", "the builder Things has the handle's name"),
    ("id = \"delete_things\"", "id = \"list__things\"", "the builder ListThings appears twice, see line 21"),
    ("marker = \"name\", size", "marker = \"id\", size", "list_things: Thing has no field id of type String"),
    ("item = \"Thing\"", "item = \"Shelf\"", "list_things: the list holds no Shelf"),
    ("status = [200], list = \"Entry<Thing>\"", "status = [200], json = \"Thing\"", "list_things: only a list has pages"),
    (
        "list = \"Entry<Thing>\"",
        "list = \"Thing\", entries = \"delimiter\"",
        "list_things: entries: there is no query delimiter of type String?",
    ),
    (
        "list = \"Entry<Thing>\"",
        "list = \"list<Thing>\", entries = \"marker\"",
        "list_things: entries: the list holds the type that they are of",
    ),
    (
        "status = [204], json = \"Thing?\"",
        "status = [204], json = \"Thing?\", entries = \"a\"",
        "delete_things: answer: entries is for a list without a key",
    ),
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
    ("type = \"u32?\", doc = \"How", "type = \"u32\", null = true, doc = \"How", "Start.speed: null is for a setter"),
    (
        "type = \"u32?\", doc = \"How",
        "type = \"u32?\", argument = true, null = true, doc = \"How",
        "Start.speed: null is for a setter",
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
    ("\"red\", \"blue\"", "\"red\", \"RED\"", "Colour: \"RED\" makes a variant that already exists"),
    ("fields = [\"name\"]", "fields = [\"size\"]", "Named: Thing has no field size"),
    ("of = \"Thing\"", "of = \"Shelf\"", "Named: the type Shelf is not declared"),
    ("poll = \"peek_thing\"", "poll = \"list_things\"", "waiter.thing: list_things is not an operation that shows a document"),
    ("state = \"name\"", "state = \"nam\"", "waiter.thing: state leads to no field nam"),
    (
        "[enum.Colour]",
        "[waiter.twin]\ndoc = \"Waits.\"\nuntil = { ready = [\"there\"] }\npoll = \"peek_thing\"\nstate = \"name\"\nevery = [1, 10]\n\n[enum.Colour]",
        "waiter.twin: peek_thing has the waiter thing already",
    ),
    ("list = \"list_labels\"", "list = \"peek_thing\"", "find.label: peek_thing is not an operation that lists documents"),
    ("list = \"list_labels\"", "list = \"list_things\"", "find.label: list_things is not an operation that lists documents"),
    ("path = \"/labels\"", "path = \"/labels/{shelf}\"", "find.label: list_labels lists what belongs to something else"),
    ("filter = \"label\"", "filter = \"lable\"", "find.label: list_labels has no query lable"),
    ("show = \"show_label\"", "show = \"peek_thing\"", "find.label: peek_thing is not an operation that shows a Label"),
    ("type = \"ImageId\"", "type = \"Colour\"", "find.label: the id of a Label is a Colour, which is not an id type"),
    (
        "type = \"String?\", doc = \"The label's",
        "type = \"u32?\", doc = \"The label's",
        "find.label: a Label has no name that is a String",
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
