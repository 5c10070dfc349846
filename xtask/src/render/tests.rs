//! Things that the real tables don't use yet are rendered too. What they do use, their crates compile.

use super::*;
use crate::{rows, spec};
use proc_macro2::TokenStream;
use std::str::FromStr;

const ROWS: &str = "G\tThing storage\t1\tList things\tGET\t/v2/{tenant_id}/things\t\tsampled\nG\tThing storage\t2\tCreate server\tPOST\t/v9/servers\t\tinferred";

const TABLE: &str = r#"[service]
name = "thing_storage"
title = "Thing storage"
crate = "k5-things"
handle = "Things"
handle_doc = "The things of a cloud."
catalogue = { k5 = "things", types = ["thing-store", "things"] }
root = "/v2/{tenant_id}"
plain_root = "/one"
emulator = "things::deep::Shelf"
errors = "nova"
beyond = "only for this test"

[param.thing_id]
doc = "The thing's id."

[[operation]]
id = "list_things"
rows = ["Thing storage 1"]
method = "GET"
path = "/things"
query = { limit = { type = "u32?", doc = "At most." }, marker = { type = "String?", doc = "After." }, changes-since = { type = "Timestamp?", doc = "Since." }, format = { type = "String?", fixed = "json", setter = true, doc = "The form." } }
answer = { status = [200, 203], list = "Thing" }
page = { item = "Thing", marker = "id", size = 50 }

[[operation]]
id = "create_thing"
title = "Create a thing"
method = "POST"
path = "/things"
query = { key = { type = "Secret", doc = "The key." }, count = { type = "u32", doc = "How many." } }
headers = { X-When = { type = "Timestamp", doc = "When." }, X-Pass = { type = "Secret?", doc = "A password." } }
body = { json = "Thing" }
answer = { status = [201], json = "map<list<Thing>>", headers = "ThingInfo" }

[[operation]]
id = "replace_things"
title = "Replace all things"
method = "PUT"
path = "/things"
body = { json = "list<json>" }
answer = { status = [200], json = "list<Thing>" }

[[operation]]
id = "describe_thing"
title = "Describe a thing"
method = "PATCH"
path = "/things/{thing_id}/text"
root = "/v3"
auth = "none"
idempotent = false
slow = true
body = { text = true }
answer = { status = [204] }

[type.Thing]
doc = "A thing."
id = { type = "String", doc = "Its id." }
parts = { type = "map<list<Thing>>?", doc = "Its parts." }
any = { wire = "OS-EXT:any", type = "json?", doc = "Whatever." }
password = { wire = "adminPass", type = "Secret?", doc = "Its password." }

[headers.ThingInfo]
doc = "A thing's headers."
at = { wire = "X-At", type = "Timestamp?", doc = "When." }
"#;

/// A service with actions, XML, forms and waiters, in a module of its crate.
const SERVERS: &str = r#"[service]
name = "servers"
title = "Servers"
crate = "k5-servers"
module = "v9"
handle = "Servers"
handle_doc = "The servers of a cloud."
catalogue = { k5 = "servers", also = ["cellars"], host = "cellar", types = [] }
root = "/v9"
plain_root = "/one"
errors = "sap"
any_success = true
beyond = "only for this test"

[param.server_id]
type = "ServerId"
doc = "The server."

[param.key]
doc = "The key."

[[operation]]
id = "stop_thing"
title = "Stop"
method = "POST"
path = "/servers/{server_id}/action"
body = { key = "os-stop", null = true }
answer = { status = [202] }

[[operation]]
id = "resize_thing"
title = "Resize"
method = "POST"
path = "/servers/{server_id}/action"
body = { key = "resize", json = "Resize" }
answer = { status = [202] }

[[operation]]
id = "create_server_x"
rows = ["Thing storage 2"]
method = "POST"
path = "/servers"
body = { json = "CreateX", inline = "server" }

[operation.answer]
status = [202]
key = "server"
json = "ServerX"
variant = { name = "send_reserved", when = "reserve", key = "reservation", json = "String", doc = "Reserved." }

[[operation]]
id = "show_server_x"
title = "Show"
method = "GET"
path = "/servers/{server_id}"
answer = { status = [200], key = "server", json = "ServerX" }

[[operation]]
id = "list_servers_x"
title = "List"
method = "GET"
path = "/servers"
query = { limit = { type = "u32?", doc = "L." }, marker = { type = "String?", doc = "M." } }
answer = { status = [200], key = "servers", list = "ServerX" }
page = { item = "ServerX", marker = "id", links = "links" }

[[operation]]
id = "list_more"
title = "List more"
method = "GET"
path = "/more"
query = { limit = { type = "u32?", doc = "L." }, start = { type = "u32?", doc = "S." } }
answer = { status = [200], key = "servers", list = "ServerX" }
page = { item = "ServerX", marker = "id", offset = "start", size = 100 }

[[operation]]
id = "set_item"
title = "Set an item"
method = "PUT"
path = "/items/{key}"
body = { key = "item", json = "map<String>", item = "key" }
answer = { status = [200], key = "item", json = "map<String?>" }

[[operation]]
id = "set_items"
title = "Set items"
method = "POST"
path = "/items"
body = { key = "items", json = "map<String>", check = "crate::limits::items" }
answer = { status = [200] }

[[operation]]
id = "patch_items"
title = "Patch"
method = "PATCH"
path = "/items"
body = { json = "list<Resize>", media = "application/x-patch" }
answer = { status = [200] }

[[operation]]
id = "create_xml"
title = "Create"
method = "POST"
path = "/xml"
body = { xml = "Xml", key = "Root/X" }
answer = { status = [202], key = "task", xml = "Xml" }

[[operation]]
id = "start_form"
title = "Start"
method = "PUT"
path = "/form"
body = { form = "Resize", fixed = { type = "cloning" } }
answer = { status = [202], key = "a/b", xml_list = "Xml" }

[[operation]]
id = "drop_xml"
title = "Drop"
method = "DELETE"
path = "/xml"
answer = { status = [202], key = "task", xml = "Xml?" }

[[operation]]
id = "drop_form"
title = "Drop"
method = "DELETE"
path = "/form"
answer = { status = [202], key = "a/b", xml_list = "Xml" }

[waiter.server_x]
doc = "Waits."
poll = "show_server_x"
state = "state"
reason = "fault.message"
busy = "task"
failed = ["ERROR"]
every = [1, 10]
until = { ready = ["in-use"] }
gone = { deleted = [] }

[enum.StateX]
doc = "A state."
values = ["in-use", "VERIFY_RESIZE", "9"]

[view.StatusView]
of = "ServerX"
doc = "Its state."
rows = ["Thing storage 2"]
fields = ["state"]

[type.Resize]
doc = "A resize."
size = { type = "u32", doc = "The size." }
why = { type = "String?", doc = "Why." }

[type.CreateX]
doc = "A request."
server = { type = "NewX", doc = "The server." }
hints = { type = "map<json>?", doc = "Hints." }

[type.NewX]
doc = "A new server."
check = "crate::limits::new_x"
name = { type = "String", doc = "The name.", check = "crate::limits::name" }
image = { type = "ImageId?", argument = true, doc = "The image." }
reserve = { type = "bool?", null = true, doc = "Reserve." }
tags = { type = "list<String>?", doc = "Tags.", rows = ["Thing storage 2"] }

[type.ServerX]
doc = "A server."
id = { type = "ServerId", doc = "The id." }
state = { type = "StateX?", doc = "The state." }
task = { type = "String?", doc = "The task." }
fault = { type = "FaultX?", doc = "The fault." }

[type.FaultX]
doc = "A fault."
message = { type = "String?", doc = "The message." }

[type.Xml]
doc = "An element."
name = { wire = "@name", type = "String?", doc = "The name." }
disks = { wire = "Disks/Disk", type = "list<String>?", doc = "Disks." }
"#;

/// The rendered files by their paths.
fn rendered() -> Vec<Rendered> {
    let rows = rows::parse(ROWS).expect("the rows are well-formed");
    let spec = spec::from_files(&[("things.toml", TABLE), ("servers.toml", SERVERS)], &rows).expect("a table without faults");
    render(&spec, &rows, &[])
}

fn text_of(path: &str) -> String {
    let all = rendered();
    all.into_iter().find(|file| file.path.ends_with(path)).expect("rendered").text
}

fn assert_has(path: &str, expected: &[&str]) {
    let text = text_of(path);
    for piece in expected {
        assert!(text.contains(piece), "{path} lacks {piece:?}:\n{text}");
    }
}

#[test]
fn every_file_is_stamped_and_lexes() {
    let files = rendered();
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths.len(), 19, "{paths:?}");
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        assert!(file.text.starts_with("// @generated by cargo xtask regen from xtask/spec"), "{}", file.path);
        assert!(file.text.lines().all(|line| line.chars().count() <= 132), "{}", file.path);
        TokenStream::from_str(&file.text).expect(&file.path);
    }
}

#[test]
fn required_parameters_are_arguments_and_optional_ones_setters() {
    assert_has(
        "k5-things/src/generated/builder.rs",
        &[
            "pub fn create_thing(&self, when: &Timestamp, key: &Secret, count: u32, id: impl Into<String>) -> CreateThing {",
            "        call.header(\"x-when\", when);\n        call.set_query(\"key\", key.expose());\n        call.set_query(\"count\", count);\n        CreateThing(call, Thing::new(id))\n",
            "secret_header pass = \"x-pass\",",
            "query changes_since: &Timestamp = \"changes-since\",",
            "query format: &str = \"format\",",
            "pub fn describe_thing(&self, thing_id: &str, text: impl Into<String>) -> DescribeThing {",
            "pub fn replace_things(&self, body: &[Value]) -> ReplaceThings {",
            "/// Beyond the documented list. Success: 201.",
            "/// Documented as: Thing storage 1 (List things). Success: 200 or 203.",
        ],
    );
}

#[test]
fn answers_have_their_types() {
    assert_has(
        "k5-things/src/generated/builder.rs",
        &[
            "ListThings of Things::list_things => list(Thing, ()) paged(Marker(50)) {",
            "impl Paged for Thing {\n    fn marker(&self) -> &str {\n        &self.id\n",
            "CreateThing of Things::create_thing: Thing => json(Pairs<Vec<Thing>>, ThingInfo)\n    fields {\n        /// Its parts.\n        map parts: Vec<Thing>,",
            "ReplaceThings of Things::replace_things => document(Vec<Thing>) {}",
        ],
    );
    assert_has(
        "k5-things/src/generated/api.rs",
        &[
            ".answer(json_answer::<Pairs<Vec<Thing>>, ThingInfo>)",
            ".request(typed_request::<Vec<Value>>).answer(typed_answer::<Vec<Thing>>)",
            "ApiOperation::new(&meta::DESCRIBE_THING).answer(empty_answer)",
        ],
    );
    assert_has(
        "k5-things/src/generated/models.rs",
        &[
            "pub parts: Option<Pairs<Vec<Thing>>> = \"parts\",",
            "pub any: Option<Value> = \"OS-EXT:any\",",
            "pub password: Option<Secret> = \"adminPass\",",
            "pub at: Option<Timestamp> = \"x-at\",",
            "k5_core::request! {\n    Thing(id: impl Into<String>) {\n        /// Its parts.\n        map parts: Vec<Thing>,",
        ],
    );
}

#[test]
fn a_delimiter_makes_entries_of_items() {
    let table = TABLE.replace("list = \"Thing\" }\npage", "list = \"Thing\", entries = \"sep\" }\npage");
    let table = table.replace(
        "doc = \"After.\" }",
        "doc = \"After.\" }, sep = { type = \"String?\", name = \"by\", doc = \"What separates.\" }",
    );
    let rows = rows::parse(ROWS).expect("rows");
    let spec = spec::from_files(&[("things.toml", &table), ("servers.toml", SERVERS)], &rows).expect("a table without faults");
    let files = render(&spec, &rows, &[]);
    for (file, piece) in [
        ("builder.rs", "ListThings(Call::new(&self.session, &meta::LIST_THINGS, &[]), PhantomData)"),
        (
            "builder.rs",
            "ListThings of Things::list_things => list(Thing, ()) paged(Marker(50))\n    entries {\n        \
             /// What separates.\n        by = \"sep\"\n    }\n    {\n        /// At most.\n        query limit: u32 = \"limit\",",
        ),
        ("builder.rs", "use std::marker::PhantomData;\n"),
        ("api.rs", ".page(plain_page::<Entry<Thing>, ()>)"),
        ("api.rs", ".lists(|call| ApiItems::paged(builder::ListThings::<Entry<Thing>>(call, PhantomData).items()))"),
        ("api.rs", "use k5_core::model::Entry;\n"),
    ] {
        let rendered =
            files.iter().find(|rendered| rendered.path == format!("crates/k5-things/src/generated/{file}")).expect("rendered");
        assert!(rendered.text.contains(piece), "{file} lacks {piece:?}:\n{}", rendered.text);
    }
}

#[test]
fn actions_have_one_path_and_a_key_each() {
    assert_has(
        "k5-servers/src/v9/generated/builder.rs",
        &[
            "pub fn stop_thing(&self, server_id: impl Into<ServerId>) -> StopThing {",
            "&[ServerId::as_str(&server_id.into())]);\n        call.null_document();\n        StopThing(call)\n",
            "pub fn resize_thing(&self, server_id: impl Into<ServerId>, size: u32) -> ResizeThing {",
            "ResizeThing of Servers::resize_thing: Resize => nothing()\n    fields {\n        /// Why.\n        text why: String,\n    }\n    {}",
        ],
    );
    assert_has(
        "k5-servers/src/v9/generated/meta.rs",
        &[".request_body(BodyKind::Json)\n    .body_key(\"os-stop\")\n    .null_body()", ".k5_host(\"cellar\")"],
    );
    assert_has("k5-servers/src/v9/generated/api.rs", &[".request(null_request)", ".request(typed_request::<Resize>)"]);
    assert_has(
        "k5-emulator/src/generated/routes.rs",
        &[
            "    Route::new(\"POST\", \"/v9/servers/{}/action\", &[\n        Choice::new(\n            \
             Operation::Servers(servers::Operation::StopThing), &[\"server_id\"], &[Mark::Json { key: \"os-stop\", alone: true }],\n",
            "&[Mark::Json { key: \"resize\", alone: true }],\n        ),\n    ]),\n",
            "&[Mark::Xml(\"Root/X\")]",
        ],
    );
}

#[test]
fn documents_spread_their_fields_and_have_variants() {
    assert_has(
        "k5-servers/src/v9/generated/builder.rs",
        &[
            "pub fn create_server_x(&self, name: impl Into<String>, image: impl Into<ImageId>) -> CreateServerX {",
            "CreateServerX(call, CreateX::new(NewX::new(name, image)))",
            "    fields in server {\n        /// Reserve.\n        plain reserve: bool,",
            "    fields {\n        /// Hints.\n        map hints: Value,\n    }\n    {}",
            "pub async fn send_reserved(mut self) -> Result<String> {\n        self.1.server.reserve = Some(true);",
            ".send().await?.keyed_as(\"reservation\")",
        ],
    );
    assert_has("k5-servers/src/v9/generated/api.rs", &[".answer(variant_answer::<ServerX, String>)"]);
    assert_has(
        "k5-servers/src/v9/generated/models.rs",
        &[
            "pub struct NewX => crate::limits::new_x {",
            "NewX(name: impl Into<String>; image: impl Into<ImageId>) null [\"reserve\"] {\n        /// Reserve.\n        plain reserve: bool,",
            "pub name: String = \"name\" => crate::limits::name,",
            "/// Tags. Thing storage 2 (Create server).",
            "pub enum StateX { InUse = \"in-use\", VerifyResize = \"VERIFY_RESIZE\", V9 = \"9\" }",
            "pub struct StatusView of ServerX as status_view { state: Option<StateX> }",
        ],
    );
}

#[test]
fn xml_forms_pages_and_waiters() {
    assert_has(
        "k5-servers/src/v9/generated/builder.rs",
        &[
            "=> page(ServerX) by(\"links\") paged(Links) {",
            "=> page(ServerX) by(\"\") paged(Offset(\"start\", 100)) {",
            "impl Paged for ServerX {\n    fn marker(&self) -> &str {\n        self.id.as_str()\n",
            "call.document(&k5_core::model::pairs::<String>([(key, value)]));",
            "call.checked_document(&k5_core::model::pairs::<String>(items), crate::limits::items);",
            "pub fn set_items(&self, items: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> SetItems {",
        ],
    );
    assert_has(
        "k5-servers/src/v9/generated/api.rs",
        &[
            ".request(|meta, bytes| checked_request::<Pairs<String>>(meta, bytes, crate::limits::items))",
            ".lists(|call| ApiItems::paged(builder::ListMore(call).items()))",
            "ApiOperation::new(&meta::DROP_XML).answer(optional_keyed_answer::<Xml>),",
            // A list that comes of a change is no listing.
            "ApiOperation::new(&meta::DROP_FORM).page(keyed_page::<Xml>).fields(Xml::FIELDS),",
            "ApiWaiter::new(\"server_x\", waiter::WaitServerX::GOALS, |call, goal, options| {\n            wait(waiter::WaitServerX::by_name(call, goal), goal, options)\n        })",
        ],
    );
    assert_has(
        "k5-servers/src/v9/generated/meta.rs",
        &[
            ".request_body(BodyKind::Xml)\n    .body_key(\"Root/X\")\n    .optional_body()\n    .response_body(BodyKind::Xml)\n    .answer_key(\"task\")",
            ".request_body(BodyKind::Form)\n    .fixed_fields(&[(\"type\", \"cloning\")])",
            ".content_type(\"application/x-patch\")",
        ],
    );
    assert_has(
        "k5-servers/src/v9/generated/models.rs",
        &["pub disks: Option<Vec<String>> = \"Disks\" / \"Disk\",", "pub name: Option<String> = \"@name\","],
    );
    assert_has(
        "k5-servers/src/v9/generated/waiter.rs",
        &[
            "WaitServerX of Servers::wait_server_x (ShowServerX => ServerX) \"server x\", pauses 1..10 s, fails at [\"ERROR\"] {\n        ready: [\"in-use\"],\n        gone deleted: [],\n    }",
            "self.state.as_ref().map(|value| value.as_str()).unwrap_or_default()",
            "self.fault.as_ref().and_then(|value| value.message.as_ref()).map(|value| value.to_string())",
            "self.task.is_some()",
        ],
    );
}

/// Documents with the same names as builders and waiters.
const ALIKE: &str = r#"[service]
name = "alike"
title = "Alike"
crate = "k5-alike"
handle = "Alike"
handle_doc = "Things that are alike."
catalogue = { k5 = "alike", types = [] }
root = "/a"
errors = "nova"
beyond = "only for this test"

[param.thing_id]
type = "Mode"
doc = "The thing."

[[operation]]
id = "resize"
title = "Resize"
method = "POST"
path = "/things/{thing_id}"
body = { json = "Resize", key = "resize" }
answer = { status = [202], json = "map<Resize>" }

[[operation]]
id = "show_thing"
title = "Show"
method = "GET"
path = "/things/{thing_id}"
answer = { status = [200], json = "ShowThing", headers = "Info" }

[[operation]]
id = "watch_thing"
title = "Watch"
method = "GET"
path = "/watched/{thing_id}"
answer = { status = [200], key = "thing", json = "WaitThing" }

[[operation]]
id = "list_things"
title = "List"
method = "GET"
path = "/things"
query = { limit = { type = "u32?", doc = "L." }, marker = { type = "String?", doc = "M." } }
answer = { status = [200], list = "ShowThing", headers = "ListThings" }
page = { item = "ShowThing", marker = "id", size = 10 }

[[operation]]
id = "mode"
title = "Mode"
method = "GET"
path = "/mode"
answer = { status = [204] }

[waiter.thing]
doc = "Waits."
poll = "watch_thing"
state = "state"
reason = "crate::failure::words"
every = [1, 10]
until = { ready = ["READY"] }

[enum.Mode]
doc = "A mode."
values = ["a"]

[type.Resize]
doc = "A resize."
thing = { type = "ShowThing", doc = "The thing." }
modes = { type = "list<Mode>?", doc = "The modes." }

[type.ShowThing]
doc = "A thing."
id = { type = "String", doc = "The id." }

[type.WaitThing]
doc = "A thing to wait for."
state = { type = "String", doc = "The state." }

[headers.Info]
doc = "Headers."
at = { wire = "X-At", type = "Timestamp?", doc = "When." }

[headers.ListThings]
doc = "Headers of the list."
at = { wire = "X-At", type = "Timestamp?", doc = "When." }
"#;

#[test]
fn documents_that_are_called_like_builders_have_their_module_in_front() {
    let spec = spec::from_files(&[("alike.toml", ALIKE)], &[]).expect("a table without faults");
    let files = render(&spec, &[], &[]);
    let text = |name: &str| -> &str {
        &files.iter().find(|file| file.path == format!("crates/k5-alike/src/generated/{name}")).expect("rendered").text
    };
    for (file, pieces) in [
        (
            "builder.rs",
            &[
                "use super::handle::Alike;\nuse super::models::{Info, WaitThing};\nuse super::{meta, models};\nuse k5_core::{Call, Paged, Pairs};\n",
                "pub fn resize(&self, thing_id: impl Into<models::Mode>, thing: impl Into<models::ShowThing>) -> Resize {",
                "&[models::Mode::as_str(&thing_id.into())]);\n        Resize(call, models::Resize::new(thing))\n",
                "Resize of Alike::resize: models::Resize => document(Pairs<models::Resize>)\n    fields {\n        /// The modes.\n        \
                 list modes: models::Mode,",
                "ShowThing of Alike::show_thing => json(models::ShowThing, Info) {}",
                "ListThings of Alike::list_things => list(models::ShowThing, models::ListThings) paged(Marker(10)) {",
                "impl Paged for models::ShowThing {",
                "WatchThing of Alike::watch_thing => keyed(WaitThing) {}",
            ][..],
        ),
        (
            "waiter.rs",
            &[
                "use super::builder::WatchThing;\nuse super::handle::Alike;\nuse super::models;\nuse super::models::Mode;\n",
                "WaitThing of Alike::wait_thing (WatchThing => models::WaitThing) \"thing\"",
                "impl Watched for models::WaitThing {",
                "fn reason(&self) -> Option<String> {\n        crate::failure::words(self)\n    }",
            ][..],
        ),
        ("api.rs", &["(typed_request::<Resize>)", "use super::models::{Info, ListThings, Resize, ShowThing, WaitThing};"][..]),
        ("models.rs", &["pub struct Resize {", "Resize(thing: impl Into<ShowThing>) {"][..]),
    ] {
        for piece in pieces {
            assert!(text(file).contains(piece), "{file} lacks {piece:?}:\n{}", text(file));
        }
    }
}

#[test]
fn only_what_is_unusual_is_in_the_meta() {
    assert_has(
        "k5-things/src/generated/meta.rs",
        &[
            ".types(&[\"thing-store\", \"things\"])",
            "Param::query(\"format\").fixed(\"json\")",
            "Param::query(\"key\").required(), Param::query(\"count\").required(), Param::header(\"x-when\").required()",
            ".root(\"/v3\")",
            "OpMeta::new(&SERVICE, \"describe_thing\", \"PATCH\", \"/things/{thing_id}/text\")",
            ".idempotent(false)\n    .slow()\n    .auth(AuthNeed::None);",
        ],
    );
    assert!(!text_of("meta.rs").contains("AuthNeed::Required"));
}

#[test]
fn routes_and_coverage_have_every_operation() {
    assert_has(
        "k5-emulator/src/generated/routes.rs",
        &[
            "    ThingStorage(thing_storage::Operation),\n",
            "    Route::new(\"PATCH\", \"/v3/things/{}/text\", &[\n        Choice::new(Operation::ThingStorage(thing_storage::Operation::DescribeThing), \
             &[\"thing_id\"], &[]),\n    ]),\n",
            "    (\"/v2\", Service::ThingStorage),\n    (\"/v3\", Service::ThingStorage),\n    (\"/v9\", Service::Servers),\n",
            "Prefix { prefix: \"/one\", service: Service::Servers, root: \"/v9\", below: &[\"form\", \"items\", \"more\", \"servers\", \"xml\"] },\n    \
             Prefix { prefix: \"/one\", service: Service::ThingStorage, root: \"/v2/{tenant_id}\", below: &[] },\n",
        ],
    );
    assert_has(
        "k5-emulator/src/generated/thing_storage.rs",
        &[
            "use crate::things::deep::{Call, Outcome, Shelf};\n",
            "            Self::DescribeThing => \"thing_storage.describe_thing\",\n",
            "    pub(crate) async fn serve(self, by: &Shelf, call: &mut Call<'_>) -> Outcome {\n",
            "            Self::DescribeThing => by.describe_thing(call).await,\n",
        ],
    );
    assert_has("k5-emulator/src/generated/servers.rs", &["use crate::servers::{Call, Outcome, Servers};\n"]);
    assert_has(
        "docs/coverage.md",
        &[
            "| 1 | List things | `GET /v2/{tenant_id}/things` | sampled | `thing_storage.list_things` | `Things::list_things` | nothing |  |",
            "| `thing_storage.create_thing` | only for this test | `POST /v2/{tenant_id}/things` | `Things::create_thing` | nothing |  |",
        ],
    );
}

#[test]
fn what_is_imported_is_no_documents_name() {
    let imported = [api::IMPORTS, meta::IMPORTS, models::IMPORTS, operations::IMPORTS, waiters::IMPORTS];
    for path in imported.into_iter().flatten().chain(spec::CORE_TYPES) {
        let name = path.rsplit("::").next().expect("a name");
        let is_type = name.starts_with(|c: char| c.is_ascii_uppercase());
        assert!(!is_type || spec::is_taken_type(name), "{path}");
    }
}

#[test]
fn every_operation_says_what_it_does_in_a_sentence() {
    let root = crate::workspace::root();
    let spec = spec::load(&root, &rows::load(&root).expect("rows")).expect("tables");
    for (service, operation) in spec.operations() {
        let does = operation.does.as_deref().unwrap_or_default();
        let is_sentence = does.starts_with(|c: char| c.is_ascii_uppercase()) && does.ends_with('.');
        assert!(is_sentence, "{}.{}: does = {does:?}", service.name, operation.id);
    }
}
