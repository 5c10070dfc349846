//! The commands of the command line as static data, a file a noun.

use super::writer::{Writer, imports, literal};
use super::{Rendered, stamp};
use crate::spec::Spec;
use crate::spec::commands::{Argument, Column, Command, Fill, Follow, Goes, Noun, Prints, Reads};

const FOLDER: &str = "crates/k5-cli/src/commands/generated";

pub(super) fn files(spec: &Spec) -> Vec<Rendered> {
    let mut files: Vec<Rendered> = spec.nouns.iter().map(file).collect();
    let mut nouns: Vec<(String, String)> = spec.nouns.iter().map(|noun| (module(noun), constant(noun))).collect();
    nouns.sort();
    let mut out = Writer::default();
    out.line("//! The commands that tables describe.");
    out.line("");
    let mut modules: Vec<String> = nouns.iter().map(|(module, _)| format!("mod {module};")).collect();
    modules.push("pub(crate) mod documents;".to_owned());
    modules.sort_by_key(|line| line.rsplit(' ').next().unwrap_or_default().to_owned());
    modules.iter().for_each(|line| out.line(line));
    out.line("");
    out.line("use crate::commands::table::data::Noun;");
    out.line("");
    out.line("/// Every noun.");
    let items: Vec<String> = nouns.iter().map(|(module, constant)| format!("&{module}::{constant}")).collect();
    out.fill("pub(crate) static NOUNS: &[&Noun] = &[", &items, "];");
    files.push(Rendered { path: format!("{FOLDER}/mod.rs"), text: stamp("xtask/spec/commands") + &out.into_text() });
    files
}

fn module(noun: &Noun) -> String {
    noun.name.replace([' ', '-'], "_")
}

fn constant(noun: &Noun) -> String {
    module(noun).to_uppercase()
}

/// What the data is made of.
const IMPORTS: &[&str] = &[
    "crate::commands::table::data::Argument",
    "crate::commands::table::data::Command",
    "crate::commands::table::data::Fill",
    "crate::commands::table::data::Follow",
    "crate::commands::table::data::Goes",
    "crate::commands::table::data::Noun",
    "crate::commands::table::data::Prints",
    "crate::commands::table::data::Reads",
    "crate::commands::table::data::Wait",
    "crate::commands::table::hooks",
    "crate::commands::table::readers",
    "crate::commands::table::shows",
    "crate::output::Column",
    "crate::output::Kind",
];

fn file(noun: &Noun) -> Rendered {
    let mut out = Writer::default();
    out.block(format!("pub(super) static {}: Noun = Noun {{", constant(noun)), "};", |out| {
        out.line(format!("words: {},", literal(&noun.name)));
        out.line(format!("about: {},", literal(&noun.about)));
        let groups: Vec<String> =
            noun.groups.iter().map(|(word, about)| format!("({}, {})", literal(word), literal(about))).collect();
        out.list("groups: &[", &groups, "],");
        out.block("commands: &[", "],", |out| noun.commands.iter().for_each(|one| command(out, one)));
    });
    let text = out.into_text();
    let head = format!("{}//! `k5 {}`.\n\n", stamp(&noun.file), noun.name);
    let text = format!("{head}{}\n{text}", imports(&text, IMPORTS.to_vec()));
    Rendered { path: format!("{FOLDER}/{}.rs", module(noun)), text }
}

fn command(out: &mut Writer, command: &Command) {
    out.block("Command {", "},", |out| {
        out.line(format!("verb: {},", literal(&command.verb)));
        out.line(format!("about: {},", literal(&command.about)));
        if let Some(note) = &command.note {
            out.line(format!("note: {},", literal(note)));
        }
        let texts = |texts: &[String]| texts.iter().map(|text| literal(text)).collect::<Vec<_>>();
        if !command.examples.is_empty() {
            out.list("examples: &[", &texts(&command.examples), "],");
        }
        out.list("calls: &[", &texts(&command.calls), "],");
        if let Some(then) = &command.then {
            out.line(format!("then: Some({}),", follow(then)));
        }
        if let Some((shows, goal)) = &command.wait {
            out.line(format!("wait: Some(Wait {{ polls: {}, goal: {} }}),", follow(shows), literal(goal)));
        }
        if !command.arguments.is_empty() {
            out.block("arguments: &[", "],", |out| command.arguments.iter().for_each(|one| argument(out, one)));
        }
        if !command.columns.is_empty() {
            let columns: Vec<String> = command.columns.iter().map(column).collect();
            out.list("columns: &[", &columns, "],");
            out.line(format!("shown: {},", command.shown));
            out.line(format!("long: {},", command.long));
        }
        let lookups: Vec<String> = command
            .columns
            .iter()
            .filter_map(|column| Some(format!("({}, {})", literal(&column.name), literal(column.names.as_ref()?))))
            .collect();
        if !lookups.is_empty() {
            out.list("names: &[", &lookups, "],");
        }
        if let Some(item) = &command.item {
            out.line(format!("item: Some({}),", literal(item)));
        }
        if let Some(hook) = &command.hook {
            out.line(format!("hook: Some(hooks::{hook}),"));
        }
        match &command.prints {
            Prints::Nothing => {}
            Prints::List => out.line("prints: Prints::List,"),
            Prints::Record => out.line("prints: Prints::Record,"),
            Prints::Only(field) => out.line(format!("prints: Prints::Only({}),", literal(field))),
        }
        if !command.reveals.is_empty() {
            out.list("reveals: &[", &texts(&command.reveals), "],");
        }
        if command.open {
            out.line("open: true,");
        }
        if command.destroys {
            out.line("destroys: true,");
        }
        out.line("..Command::NEW");
    });
}

fn follow(follow: &Follow) -> String {
    let fills: Vec<String> = follow
        .fills
        .iter()
        .map(|(param, fill)| match fill {
            Fill::Argument(name) => format!("({}, Fill::Argument({}))", literal(param), literal(name)),
            Fill::Answer(path) => format!("({}, Fill::Answer({}))", literal(param), literal(path)),
        })
        .collect();
    format!("Follow {{ call: {}, fills: &[{}] }}", literal(&follow.call), fills.join(", "))
}

fn argument(out: &mut Writer, argument: &Argument) {
    let mut parts = vec![format!("name: {}", literal(&argument.name)), format!("doc: {}", literal(&argument.doc))];
    parts.push(match &argument.goes {
        Goes::Path(name) => format!("goes: Goes::Path({})", literal(name)),
        Goes::Query(call, name) => format!("goes: Goes::Query({call}, {})", literal(name)),
        Goes::Header(call, name) => format!("goes: Goes::Header({call}, {})", literal(name)),
        Goes::Field(call, path) => {
            let path: Vec<String> = path.iter().map(|part| literal(part)).collect();
            format!("goes: Goes::Field({call}, &[{}])", path.join(", "))
        }
        Goes::Hook => "goes: Goes::Hook".to_owned(),
    });
    match &argument.reads {
        Reads::Text => {}
        Reads::Named(name) => parts.push(format!("reads: Reads::By(&readers::{})", name.to_uppercase())),
        other => parts.push(format!("reads: Reads::{other:?}")),
    }
    let mut text = |name: &str, value: &Option<String>| {
        if let Some(value) = value {
            parts.push(format!("{name}: Some({})", literal(value)));
        }
    };
    text("find", &argument.find);
    text("wrap", &argument.wrap);
    text("onto", &argument.onto);
    text("flag", &argument.flag);
    text("default", &argument.default);
    if argument.flag.is_none() {
        parts.push(format!("value: {}", literal(&argument.value_name)));
    }
    for (name, is) in [("is_option", argument.is_option), ("required", argument.required), ("several", argument.several)] {
        if is {
            parts.push(format!("{name}: true"));
        }
    }
    if let Some(short) = argument.short {
        parts.push(format!("short: Some({short:?})"));
    }
    for (name, values) in [("aliases", &argument.aliases), ("conflicts", &argument.conflicts), ("requires", &argument.requires)] {
        if !values.is_empty() {
            let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
            parts.push(format!("{name}: &[{}]", values.join(", ")));
        }
    }
    parts.push("..Argument::NEW".to_owned());
    let flat = format!("Argument {{ {} }},", parts.join(", "));
    match flat.chars().count() <= 116 {
        true => out.line(flat),
        false => out.block("Argument {", "},", |out| {
            let last = parts.len() - 1;
            for (at, part) in parts.iter().enumerate() {
                out.line(if at == last { part.clone() } else { format!("{part},") });
            }
        }),
    }
}

fn column(column: &Column) -> String {
    let mut text = format!("Column::new({}, {})", literal(&column.name), literal(&column.title));
    if column.kind != "Text" {
        text += &format!(".kind(Kind::{})", column.kind);
    }
    if let Some(show) = &column.show {
        text += &format!(".cell(shows::{show})");
    }
    if let Some(value) = &column.value {
        text += &format!(".value(shows::{value})");
    }
    text
}
