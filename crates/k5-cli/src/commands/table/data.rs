//! What `cargo xtask regen` renders from `xtask/spec/commands`: nouns, verbs and their arguments, as static data.

use super::hooks::Hook;
use super::readers::Reader;
use crate::output::Column;

/// A noun with its commands.
#[derive(Debug)]
pub(crate) struct Noun {
    /// `server`, `volume snapshot`.
    pub(crate) words: &'static str,
    pub(crate) about: &'static str,
    /// What the first words of longer verbs have in common: `add` of `add volume`.
    pub(crate) groups: &'static [(&'static str, &'static str)],
    pub(crate) commands: &'static [Command],
}

/// A verb.
#[derive(Debug)]
pub(crate) struct Command {
    /// `create`, `add volume`.
    pub(crate) verb: &'static str,
    pub(crate) about: &'static str,
    /// What else the help says.
    pub(crate) note: &'static str,
    pub(crate) examples: &'static [&'static str],
    /// Full names of operations, called in this order. Of several, those are called whose options are given.
    pub(crate) calls: &'static [&'static str],
    /// The operation that shows the result.
    pub(crate) then: Option<Follow>,
    pub(crate) wait: Option<Wait>,
    pub(crate) arguments: &'static [Argument],
    pub(crate) columns: &'static [Column],
    /// How many of the columns are shown.
    pub(crate) shown: usize,
    /// How many are shown with `--long`.
    pub(crate) long: usize,
    /// Columns that hold ids, each with the listing whose names are shown instead.
    pub(crate) names: &'static [(&'static str, &'static str)],
    /// The field of each item that is the item proper.
    pub(crate) item: Option<&'static str>,
    /// Finishes the document of the command's only call.
    pub(crate) hook: Option<Hook>,
    pub(crate) prints: Prints,
    /// Secret fields that are shown, because they are shown only once.
    pub(crate) reveals: &'static [&'static str],
    /// Whether the record has fields besides the columns, whose names only the cloud knows.
    pub(crate) open: bool,
    /// Whether it destroys something.
    pub(crate) destroys: bool,
}

impl Command {
    /// What an entry leaves out.
    pub(crate) const NEW: Self = Self {
        verb: "",
        about: "",
        note: "",
        examples: &[],
        calls: &[],
        then: None,
        wait: None,
        arguments: &[],
        columns: &[],
        shown: 0,
        long: 0,
        names: &[],
        item: None,
        hook: None,
        prints: Prints::Nothing,
        reveals: &[],
        open: false,
        destroys: false,
    };

    /// The argument of this name.
    pub(crate) fn argument(&self, name: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }

    /// The argument of which several may be given, so that the command is carried out for each.
    pub(crate) fn targets(&self) -> Option<&'static Argument> {
        self.arguments.iter().find(|argument| argument.several && !argument.is_option && matches!(argument.goes, Goes::Path(_)))
    }
}

/// What a command prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prints {
    Nothing,
    List,
    Record,
    /// One field of the answer; the whole answer if the name is empty.
    Only(&'static str),
}

/// An operation on the result of the command's own calls.
#[derive(Debug)]
pub(crate) struct Follow {
    pub(crate) call: &'static str,
    /// Its path parameters, and what fills each.
    pub(crate) fills: &'static [(&'static str, Fill)],
}

/// What fills a parameter.
#[derive(Debug)]
pub(crate) enum Fill {
    /// An argument's value, once looked up.
    Argument(&'static str),
    /// A field of the answer; dots lead into documents.
    Answer(&'static str),
}

/// What `--wait` waits for.
#[derive(Debug)]
pub(crate) struct Wait {
    pub(crate) polls: Follow,
    pub(crate) goal: &'static str,
}

/// A positional argument or an option.
#[derive(Debug)]
pub(crate) struct Argument {
    pub(crate) name: &'static str,
    pub(crate) is_option: bool,
    pub(crate) doc: &'static str,
    pub(crate) goes: Goes,
    pub(crate) reads: Reads,
    /// The full name of the listing in which the value is looked up.
    pub(crate) find: Option<&'static str>,
    /// The field that each of several values is put into.
    pub(crate) wrap: Option<&'static str>,
    /// The operation that shows the present items of a map, which the given ones are added to.
    pub(crate) onto: Option<&'static str>,
    /// The value, as JSON, of an option that takes none.
    pub(crate) flag: Option<&'static str>,
    /// The value, as JSON, if none is given.
    pub(crate) default: Option<&'static str>,
    pub(crate) value: &'static str,
    pub(crate) required: bool,
    pub(crate) several: bool,
    pub(crate) short: Option<char>,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) conflicts: &'static [&'static str],
    pub(crate) requires: &'static [&'static str],
}

impl Argument {
    /// What an entry leaves out.
    pub(crate) const NEW: Self = Self {
        name: "",
        is_option: false,
        doc: "",
        goes: Goes::Path(""),
        reads: Reads::Text,
        find: None,
        wrap: None,
        onto: None,
        flag: None,
        default: None,
        value: "",
        required: false,
        several: false,
        short: None,
        aliases: &[],
        conflicts: &[],
        requires: &[],
    };

    /// How messages name it.
    pub(crate) fn shown(&self) -> String {
        match self.is_option {
            true => format!("--{}", self.name),
            false => self.value.to_owned(),
        }
    }
}

/// The default of an argument that stands for the project that is logged in to.
pub(crate) const OWN_PROJECT: &str = "{project}";

/// Where a value goes; the number is that of the call.
#[derive(Debug)]
pub(crate) enum Goes {
    /// A parameter of the path, of every call that has one of the name.
    Path(&'static str),
    Query(usize, &'static str),
    Header(usize, &'static str),
    /// A field of the document: names on the wire, from the outside in.
    Field(usize, &'static [&'static str]),
    /// To the command's hook.
    Hook,
}

impl Goes {
    /// The call that it belongs to, unless it is a part of the path, which all have.
    pub(crate) fn call(&self) -> Option<usize> {
        match self {
            Self::Path(_) => None,
            // A command with a hook has one call.
            Self::Hook => Some(0),
            Self::Query(call, _) | Self::Header(call, _) | Self::Field(call, _) => Some(*call),
        }
    }
}

/// What text becomes.
#[derive(Debug)]
pub(crate) enum Reads {
    Text,
    Secret,
    Number,
    Float,
    Truth,
    Time,
    /// `NAME=VALUE`s of an object.
    Map,
    By(&'static Reader),
}
