//! `commands/*.toml`: the commands of the command line, each a call of operations or several of them.

use crate::spec::parse::texts;
use crate::spec::problem::Problem;
use crate::spec::reader::{Source, Table, Value};

/// A file: a noun with its commands.
#[derive(Debug)]
pub(crate) struct Noun {
    /// `xtask/spec/commands/x.toml`.
    pub(crate) file: String,
    pub(crate) line: usize,
    /// `server`, `volume snapshot`.
    pub(crate) name: String,
    pub(crate) about: String,
    /// The full name of the listing in which a name or an id is looked up.
    pub(crate) find: Option<String>,
    /// What the first words of longer verbs have in common: `add` of `add volume`.
    pub(crate) groups: Vec<(String, String)>,
    pub(crate) columns: Vec<Column>,
    /// What openstackclient calls fields of a record, where it is not the API's name.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) commands: Vec<Command>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// The field of the item, by its name in the spec table; dots lead into documents.
    pub(crate) field: String,
    pub(crate) title: String,
    /// How it is laid out, if its type does not say.
    pub(crate) kind: Option<String>,
    /// The function of the command line that makes text of it.
    pub(crate) show: Option<String>,
    /// The function that makes the text for `-o value`.
    pub(crate) value: Option<String>,
    /// The noun whose names stand for the ids in it.
    pub(crate) names: Option<String>,
    pub(crate) line: usize,
}

/// A verb.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) line: usize,
    /// `create`, `add volume`.
    pub(crate) verb: String,
    /// What it does, as the help says it.
    pub(crate) about: String,
    /// What else there is to say.
    pub(crate) note: Option<String>,
    pub(crate) examples: Vec<String>,
    /// Full names of operations.
    pub(crate) calls: Vec<(String, usize)>,
    /// The operation that shows the result.
    pub(crate) then: Option<Follow>,
    pub(crate) wait: Option<Wait>,
    pub(crate) arguments: Vec<Argument>,
    /// Names of the noun's columns, or columns of its own.
    pub(crate) columns: Option<Columns>,
    /// Names of further columns that `--long` adds.
    pub(crate) long: Vec<(String, usize)>,
    /// The field of each item that is the item proper.
    pub(crate) item: Option<String>,
    /// The field of the answer that is printed alone.
    pub(crate) only: Option<String>,
    /// The function of the command line that finishes the document of the command's only call.
    pub(crate) hook: Option<String>,
    /// Whether an answer is not printed.
    pub(crate) quiet: bool,
    /// Secret fields that it shows, because they are shown only once.
    pub(crate) reveals: Vec<String>,
    /// Whether the record has fields besides the columns, whose names only the cloud knows.
    pub(crate) open: bool,
    /// Whether it destroys something, and so has `--dry-run` and `--yes`.
    pub(crate) destroys: bool,
}

#[derive(Debug)]
pub(crate) enum Columns {
    Named(Vec<(String, usize)>),
    Own(Vec<Column>),
}

/// An operation on the result of the command's own calls.
#[derive(Debug)]
pub(crate) struct Follow {
    /// Its full name.
    pub(crate) call: String,
    /// The field of the answer that has the id, if no argument has it.
    pub(crate) from: Option<String>,
    /// The argument that has the id.
    pub(crate) argument: Option<String>,
    pub(crate) line: usize,
}

/// What `--wait` waits for.
#[derive(Debug)]
pub(crate) struct Wait {
    pub(crate) follow: Follow,
    pub(crate) goal: String,
}

/// A positional argument or an option.
#[derive(Debug)]
pub(crate) struct Argument {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) is_option: bool,
    pub(crate) place: Place,
    /// The full name of the call that it belongs to.
    pub(crate) call: Option<String>,
    /// The noun that it is a name or an id of.
    pub(crate) find: Option<String>,
    /// The function of the command line that reads it.
    pub(crate) reader: Option<String>,
    /// The field that each of several values is put into.
    pub(crate) wrap: Option<String>,
    /// The operation that shows the present value of a map, which the given items are added to.
    pub(crate) onto: Option<String>,
    /// The value, as JSON, of an option that takes none.
    pub(crate) flag: Option<String>,
    /// The value, as JSON, if it is not given.
    pub(crate) default: Option<String>,
    pub(crate) doc: Option<String>,
    pub(crate) value_name: Option<String>,
    pub(crate) required: Option<bool>,
    pub(crate) several: bool,
    pub(crate) short: Option<String>,
    pub(crate) aliases: Vec<String>,
    pub(crate) conflicts: Vec<String>,
    pub(crate) requires: Vec<String>,
}

/// Where a value goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A field of the document, by its name in the spec table; dots lead into documents, `*` is the document itself.
    Field(String),
    Query(String),
    Path(String),
    Header(String),
    /// Into the hands of the command's `hook`; what is read is a text, number, truth or list of texts, as the table says.
    Hook(String),
}

/// Reads one file of commands.
pub(in crate::spec) fn read(name: &str, text: &str, problems: &mut Vec<Problem>) -> Option<Noun> {
    let source = Source::new(name, text);
    let noun = source.document().map(|document| {
        let mut top = Table::new(&source, "commands".to_owned(), document.get_ref(), 1);
        let noun = noun(&source, &mut top);
        top.finish();
        noun
    });
    problems.extend(source.into_problems());
    noun.flatten()
}

fn noun(source: &Source<'_>, top: &mut Table<'_, '_>) -> Option<Noun> {
    let line = top.line_of("noun");
    let Some(mut head) = top.table("noun") else {
        top.problem(line, "[noun] is missing");
        return None;
    };
    let (name, about) = (head.required_text("name"), head.required_text("about"));
    // It is what may be wrong with a head.
    let line = head.line_of("find");
    let find = head.text("find");
    let columns = head.table("columns").map(columns).unwrap_or_default();
    let (groups, fields) = (pairs(&mut head, "groups"), pairs(&mut head, "fields"));
    head.finish();
    let commands = top.list("command").into_iter().filter_map(|value| Some(command(value.table("command")?))).collect();
    Some(Noun { file: source.file.clone(), line, name, about, find, groups, columns, fields, commands })
}

/// A table of texts.
fn pairs(head: &mut Table<'_, '_>, key: &str) -> Vec<(String, String)> {
    let entries = head.table(key).map(|mut table| table.take_rest()).unwrap_or_default();
    entries.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.text(name)?.to_owned()))).collect()
}

fn columns(mut table: Table<'_, '_>) -> Vec<Column> {
    let entries = table.take_rest();
    entries.into_iter().filter_map(|(field, value)| column(field, value)).collect()
}

fn column(field: &str, value: Value<'_, '_>) -> Option<Column> {
    let mut column = Column {
        field: field.to_owned(),
        title: String::new(),
        kind: None,
        show: None,
        value: None,
        names: None,
        line: value.line,
    };
    match value.as_text() {
        Some(title) => column.title = title.to_owned(),
        None => {
            let mut entry = value.table(format!("columns.{field}"))?;
            column.title = entry.required_text("title");
            (column.kind, column.show, column.names) = (entry.text("kind"), entry.text("show"), entry.text("names"));
            column.value = entry.text("value");
            entry.finish();
        }
    }
    Some(column)
}

fn command(mut table: Table<'_, '_>) -> Command {
    let line = table.line_of("verb");
    let verb = table.required_text("verb");
    table.rename(format!("command {verb}"));
    let about = table.required_text("about");
    let calls = named(&table.list("calls"), "calls");
    if calls.is_empty() {
        table.problem(line, "calls is missing");
    }
    let own = table.take("columns").map(|value| match value.is_list() {
        true => Columns::Named(named(&value.list("columns"), "columns")),
        false => Columns::Own(value.table("columns").map(columns).unwrap_or_default()),
    });
    let then = table.take("then").and_then(|value| match value.as_text() {
        Some(call) => Some(Follow { call: call.to_owned(), from: None, argument: None, line: value.line }),
        None => value.table("then").map(|mut entry| {
            let follow = follow(&mut entry);
            entry.finish();
            follow
        }),
    });
    let wait = table.table("wait").map(|mut entry| {
        let wait = Wait { goal: entry.required_text("goal"), follow: follow(&mut entry) };
        entry.finish();
        wait
    });
    let mut arguments = arguments(table.table("arguments"), false);
    arguments.extend(self::arguments(table.table("options"), true));
    let read = Command {
        line,
        verb,
        about,
        note: table.text("note"),
        examples: texts(&table.list("examples"), "examples"),
        calls,
        then,
        wait,
        arguments,
        columns: own,
        long: named(&table.list("long"), "long"),
        item: table.text("item"),
        only: table.text("only"),
        hook: table.text("hook"),
        quiet: table.flag("quiet").unwrap_or(false),
        reveals: texts(&table.list("reveals"), "reveals"),
        open: table.flag("open").unwrap_or(false),
        destroys: table.flag("destroys").unwrap_or(false),
    };
    table.finish();
    read
}

fn follow(entry: &mut Table<'_, '_>) -> Follow {
    let line = entry.line;
    Follow { call: entry.required_text("call"), from: entry.text("from"), argument: entry.text("argument"), line }
}

fn named(values: &[Value<'_, '_>], what: &str) -> Vec<(String, usize)> {
    values.iter().filter_map(|value| Some((value.text(what)?.to_owned(), value.line))).collect()
}

fn arguments(table: Option<Table<'_, '_>>, is_option: bool) -> Vec<Argument> {
    let Some(mut table) = table else { return Vec::new() };
    let entries = table.take_rest();
    entries
        .into_iter()
        .filter_map(|(name, value)| Some(argument(name, value.line, value.table(format!("--{name}"))?, is_option)))
        .collect()
}

fn argument(name: &str, line: usize, mut entry: Table<'_, '_>, is_option: bool) -> Argument {
    let places = [
        entry.text("field").map(Place::Field),
        entry.text("query").map(Place::Query),
        entry.text("path").map(Place::Path),
        entry.text("header").map(Place::Header),
        entry.text("hook").map(Place::Hook),
    ];
    let mut places: Vec<Place> = places.into_iter().flatten().collect();
    if places.len() != 1 {
        entry.problem(line, "expected one of field, query, path, header and hook: where its value goes");
    }
    let read = Argument {
        line,
        name: name.to_owned(),
        is_option,
        place: places.pop().unwrap_or(Place::Query(String::new())),
        call: entry.text("call"),
        find: entry.text("find"),
        reader: entry.text("reader"),
        wrap: entry.text("wrap"),
        onto: entry.text("onto"),
        flag: entry.text("flag"),
        default: entry.text("default"),
        doc: entry.text("doc"),
        value_name: entry.text("value"),
        required: entry.flag("required"),
        several: entry.flag("several").unwrap_or(false),
        short: entry.text("short"),
        aliases: texts(&entry.list("aliases"), "aliases"),
        conflicts: texts(&entry.list("conflicts"), "conflicts"),
        requires: texts(&entry.list("requires"), "requires"),
    };
    for (key, text) in [("flag", &read.flag), ("default", &read.default)] {
        if text.as_ref().is_some_and(|text| serde_json::from_str::<serde_json::Value>(text).is_err()) {
            entry.problem(line, format!("{key} is not JSON"));
        }
    }
    entry.finish();
    read
}
