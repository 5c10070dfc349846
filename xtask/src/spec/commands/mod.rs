//! The commands of the command line: `read` parses `commands/*.toml`, `resolve` finds what their names stand for in the spec tables.

mod read;
mod resolve;
#[cfg(test)]
mod tests;

pub(super) use read::read;
pub(super) use resolve::resolve;

/// A noun with its commands.
#[derive(Debug)]
pub(crate) struct Noun {
    pub(crate) file: String,
    /// `server`, `volume snapshot`.
    pub(crate) name: String,
    pub(crate) about: String,
    /// What the first words of longer verbs have in common.
    pub(crate) groups: Vec<(String, String)>,
    pub(crate) commands: Vec<Command>,
}

/// A verb, with everything that its entry leaves to the spec tables.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) verb: String,
    pub(crate) about: String,
    pub(crate) note: Option<String>,
    pub(crate) examples: Vec<String>,
    /// Full names of operations.
    pub(crate) calls: Vec<String>,
    pub(crate) then: Option<Follow>,
    /// What `--wait` watches, and until which goal.
    pub(crate) wait: Option<(Follow, String)>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) columns: Vec<Column>,
    /// How many of the columns are shown; the others must be asked for.
    pub(crate) shown: usize,
    /// How many are shown with `--long`.
    pub(crate) long: usize,
    pub(crate) item: Option<String>,
    pub(crate) hook: Option<String>,
    pub(crate) prints: Prints,
    pub(crate) reveals: Vec<String>,
    pub(crate) open: bool,
    pub(crate) destroys: bool,
}

/// What a command prints.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Prints {
    Nothing,
    List,
    Record,
    /// One field of the answer, or a text that is the whole answer.
    Only(String),
}

/// An operation on the result of the command's own calls.
#[derive(Debug)]
pub(crate) struct Follow {
    pub(crate) call: String,
    /// Its path parameters, and what fills each.
    pub(crate) fills: Vec<(String, Fill)>,
}

#[derive(Debug)]
pub(crate) enum Fill {
    /// The same parameter of the command's own call, or an argument's value.
    Argument(String),
    /// A field of the answer, as a path.
    Answer(String),
}

/// A positional argument or an option.
#[derive(Debug)]
pub(crate) struct Argument {
    pub(crate) name: String,
    pub(crate) is_option: bool,
    pub(crate) goes: Goes,
    pub(crate) reads: Reads,
    /// The full name of the listing in which the value is looked up.
    pub(crate) find: Option<String>,
    pub(crate) wrap: Option<String>,
    /// The operation that shows the present items of a map.
    pub(crate) onto: Option<String>,
    pub(crate) flag: Option<String>,
    pub(crate) default: Option<String>,
    pub(crate) doc: String,
    pub(crate) value_name: String,
    pub(crate) required: bool,
    pub(crate) several: bool,
    pub(crate) short: Option<char>,
    pub(crate) aliases: Vec<String>,
    pub(crate) conflicts: Vec<String>,
    pub(crate) requires: Vec<String>,
}

/// Where a value goes; the number is that of the call.
#[derive(Debug)]
pub(crate) enum Goes {
    /// A parameter of the path, of every call that has one of the name.
    Path(String),
    Query(usize, String),
    Header(usize, String),
    /// A field of the document: names on the wire, from the outside in.
    Field(usize, Vec<String>),
    /// To the command's hook.
    Hook,
}

/// What text becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    Text,
    Secret,
    Number,
    Float,
    Truth,
    Time,
    /// `NAME=VALUE`s of an object.
    Map,
    /// A function of the command line.
    Named(String),
}

/// A column of a table, or a field of a record.
#[derive(Debug)]
pub(crate) struct Column {
    /// The path in the item.
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) kind: String,
    pub(crate) show: Option<String>,
    pub(crate) value: Option<String>,
    /// The listing whose names stand for the ids in it.
    pub(crate) names: Option<String>,
}
