//! What a table of commands may say, and what is said of its faults.

use super::{Column, Fill, Goes, Prints, Reads};
use crate::spec::{Problem, Spec, from_files};

const SERVICE: &str = r#"[service]
name = "things"
title = "Things"
crate = "k5-things"
handle = "Things"
handle_doc = "Things."
catalogue = { k5 = "things", types = ["thing"] }
root = "/v1"
errors = "nova"
beyond = "for the test"

[param.thing_id]
doc = "The thing."

[[operation]]
id = "list_things"
does = "Lists the things."
title = "List things"
method = "GET"
path = "/things"
query = { size = { type = "u32?", doc = "Only things of this size." } }
answer = { status = [200], key = "things", list = "Thing" }

[[operation]]
id = "show_thing"
does = "Shows a thing."
title = "Show a thing"
method = "GET"
path = "/things/{thing_id}"
answer = { status = [200], key = "thing", json = "Thing" }

[[operation]]
id = "create_thing"
does = "Creates a thing."
title = "Create a thing"
method = "POST"
path = "/things"
body = { key = "thing", json = "NewThing" }
answer = { status = [202], key = "thing", json = "Thing" }

[[operation]]
id = "delete_thing"
does = "Deletes a thing."
title = "Delete a thing"
method = "DELETE"
path = "/things/{thing_id}"
answer = { status = [204] }

[waiter.thing]
doc = "Waits for a thing."
poll = "show_thing"
state = "status"
failed = ["ERROR"]
every = [1, 2]
until = { active = ["ACTIVE"] }
gone = { deleted = [] }

[find.thing]
list = "list_things"

[type.Thing]
doc = "A thing."
id = { type = "ResourceId", doc = "The id." }
name = { type = "String?", doc = "The name." }
status = { type = "ThingStatus?", doc = "The status." }
size = { type = "u64?", doc = "The size." }

[type.NewThing]
doc = "A thing to create."
name = { type = "String", doc = "The name." }
size = { type = "Loose<u32>?", doc = "The size in GB." }
colours = { type = "list<String>?", doc = "The colours." }
labels = { wire = "l:labels", type = "map<String>?", doc = "Labels." }
open = { type = "bool?", doc = "Whether it is open." }
parts = { type = "list<Part>?", doc = "The parts." }

[type.Part]
doc = "A part."
name = { type = "String", doc = "The name." }

[enum.ThingStatus]
doc = "The status."
values = ["ACTIVE", "ERROR"]
"#;

const COMMANDS: &str = r#"[noun]
name = "thing"
about = "Things"
find = "things.list_things"

[noun.columns]
id = "ID"
name = "Name"
status = "Status"

[[command]]
verb = "list"
about = "List things"
calls = ["things.list_things"]
columns = ["id", "name"]
long = ["status"]
[command.options]
size = { query = "size" }

[[command]]
verb = "create"
about = "Create a thing"
calls = ["things.create_thing"]
wait = { call = "things.show_thing", goal = "active" }
[command.arguments]
name = { field = "name" }
[command.options]
size = { field = "size", short = "s" }
colour = { field = "colours" }
label = { field = "labels" }
open = { field = "open" }
part = { field = "parts", wrap = "name" }

[[command]]
verb = "delete"
about = "Delete things"
calls = ["things.delete_thing"]
wait = { call = "things.show_thing", goal = "deleted" }
destroys = true
[command.arguments]
thing = { path = "thing_id", find = "thing", several = true, doc = "A name or id" }
"#;

fn read(commands: &str) -> Result<Spec, Vec<Problem>> {
    from_files(&[("things.toml", SERVICE), ("commands/thing.toml", commands)], &[])
}

#[test]
fn the_spec_tables_say_what_a_command_leaves_out() {
    let spec = read(COMMANDS).expect("a good table");
    let [list, create, delete] = spec.nouns[0].commands.as_slice() else { panic!("three commands") };

    assert_eq!((list.shown, list.long, &list.prints), (2, 3, &Prints::List));
    let names = |columns: &[Column]| {
        columns.iter().map(|column| format!("{} {} {}", column.name, column.title, column.kind)).collect::<Vec<_>>()
    };
    assert_eq!(names(&list.columns), ["id ID Text", "name Name Text", "status Status State", "size size Number"]);
    let size = &list.arguments[0];
    assert_eq!((&size.reads, size.doc.as_str(), size.required), (&Reads::Number, "Only things of this size", false));

    let argument = |name: &str| create.arguments.iter().find(|argument| argument.name == name).expect(name);
    let path = |name: &str| match &argument(name).goes {
        Goes::Field(0, path) => path.join("/"),
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!((path("name"), path("label")), ("thing/name".to_owned(), "thing/l:labels".to_owned()));
    assert!(argument("name").required && !argument("size").required);
    assert_eq!(argument("size").reads, Reads::Number, "what only may be written in several ways is read as what it is");
    assert!(argument("colour").several && argument("label").several && argument("part").several && !argument("size").several);
    assert_eq!((&argument("label").reads, argument("label").value_name.as_str()), (&Reads::Map, "NAME=VALUE"));
    assert_eq!(argument("open").flag.as_deref(), Some("true"), "a truth value is an option without a value");
    let (follow, goal) = create.wait.as_ref().expect("it waits");
    assert!(matches!(follow.fills.as_slice(), [(param, Fill::Answer(field))] if param == "thing_id" && field == "id"));
    assert_eq!(goal, "active");

    assert_eq!(delete.arguments[0].find.as_deref(), Some("things.list_things"));
    let (follow, _) = delete.wait.as_ref().expect("it waits");
    assert!(matches!(follow.fills.as_slice(), [(param, Fill::Argument(name))] if param == "thing_id" && name == "thing"));
    assert_eq!(delete.prints, Prints::Nothing);
}

/// Text that stands once in the good table, what takes its place, and the problem that this makes on the same line.
const FAULTS: &[(&str, &str, &str)] = &[
    ("find = \"things.list_things\"", "find = \"things.list\"", "there is no operation things.list"),
    ("find = \"things.list_things\"", "find = \"things.show_thing\"", "things.show_thing has no [find.*] in its table"),
    ("calls = [\"things.create_thing\"]", "calls = [\"things.make_thing\"]", "there is no operation things.make_thing"),
    ("query = \"size\"", "query = \"sise\"", "list: --size: no call has the parameter sise"),
    ("size = { field = \"size\"", "size = { field = \"sise\"", "create: --size: no call's document has the field sise"),
    (
        "size = { field = \"size\"",
        "size = { feld = \"size\"",
        "--size: expected one of field, query, path, header and hook: where its value goes",
    ),
    ("{ field = \"parts\", wrap = \"name\" }", "{ field = \"parts\" }", "create: --part: its type needs a `reader`"),
    ("open = { field = \"open\" }", "wait = { field = \"open\" }", "create: every command has --wait"),
    ("open = { field = \"open\" }", "open = { field = \"open\", flag = \"yes\" }", "--open: flag is not JSON"),
    (
        "open = { field = \"open\" }",
        "open = { field = \"open\", conflicts = [\"shut\"] }",
        "create: --open: there is no argument shut",
    ),
    (
        "open = { field = \"open\" }",
        "open = { field = \"open\", onto = \"things.show_thing\" }",
        "create: --open: onto is for items of a map",
    ),
    ("open = { field = \"open\" }", "open = { hook = \"text\", doc = \"x\" }", "create: --open: the command has no hook"),
    ("goal = \"active\"", "goal = \"done\"", "create: done is not a goal of its waiter: active, deleted"),
    ("columns = [\"id\", \"name\"]", "columns = [\"id\", \"nam\"]", "list: the noun has no column nam"),
    ("find = \"thing\", several", "find = \"thong\", several", "there is no noun thong with a `find`"),
    ("thing = { path = \"thing_id\"", "thing = { path = \"thing\"", "delete: thing: no call has the path parameter thing"),
    ("about = \"List things\"", "abut = 1\nabout = \"List things\"", "command list: unknown key `abut`"),
];

#[test]
fn every_fault_names_its_line() {
    for (good, bad, expected) in FAULTS {
        assert_eq!(COMMANDS.matches(good).count(), 1, "{good}");
        let at = COMMANDS.find(good).expect("found");
        let line = COMMANDS[..at].matches('\n').count() + 1;
        let problems = read(&COMMANDS.replace(good, bad)).expect_err(bad);
        let found = problems.iter().find(|problem| problem.message.contains(expected));
        let said: Vec<String> = problems.iter().map(Problem::to_string).collect();
        let found = found.unwrap_or_else(|| panic!("{bad}: {expected}\n{}", said.join("\n")));
        assert_eq!((found.file.as_str(), found.line), ("xtask/spec/commands/thing.toml", line), "{bad}");
    }
}
