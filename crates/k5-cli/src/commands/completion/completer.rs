//! What an argument names, so that its values can be looked up.

/// What an argument names. An argument is tagged with `#[arg(add = Completer::Container)]`, or `Arg::add` where it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Completer {
    /// A cloud of clouds.yaml.
    Cloud,
    /// An operation of `k5 api`.
    Operation,
    /// A container.
    Container,
    /// A container or an object, as `swift://CONTAINER/OBJECT`.
    ObjectUrl,
    /// The same, or a file of this machine.
    Place,
    /// What the operation of this full name lists (`compute.list_servers`), by name or id.
    Resource(&'static str),
}

impl clap::builder::ArgExt for Completer {}

/// What an argument names: its tag, or what this table says of commands that are derived.
pub(super) fn of(path: &str, arg: &clap::Arg) -> Option<Completer> {
    if let Some(tag) = arg.get::<Completer>() {
        return Some(*tag);
    }
    let id = arg.get_id().as_str();
    TAGS.iter().find(|(of, name, _)| *name == id && (of.is_empty() || *of == path)).map(|(.., tag)| *tag)
}

/// The words of a command, or nothing for all; the argument; what it names.
const TAGS: &[(&str, &str, Completer)] = &[
    ("", "cloud", Completer::Cloud),
    ("", "versions_location", Completer::Container),
    ("api", "id", Completer::Operation),
    ("container show", "container", Completer::Container),
    ("container set", "container", Completer::Container),
    ("container unset", "container", Completer::Container),
    ("container save", "container", Completer::Container),
    ("container delete", "container", Completer::Container),
    ("object cp", "places", Completer::Place),
    ("object mv", "places", Completer::Place),
    ("object sync", "source", Completer::Place),
    ("object sync", "destination", Completer::Place),
    ("object sync", "backup_dir", Completer::Place),
    ("object ls", "place", Completer::ObjectUrl),
    ("object cat", "names", Completer::ObjectUrl),
    ("object stat", "names", Completer::ObjectUrl),
    ("object set", "names", Completer::ObjectUrl),
    ("object unset", "names", Completer::ObjectUrl),
    ("object save", "names", Completer::ObjectUrl),
    ("object create", "container", Completer::Container),
    ("object rm", "names", Completer::ObjectUrl),
    ("object temp-url", "url", Completer::ObjectUrl),
    ("object gc-segments", "url", Completer::ObjectUrl),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory;

    #[test]
    fn what_is_tagged_is_there() {
        let program = Cli::command();
        for (path, id, _) in TAGS.iter().filter(|(path, ..)| !path.is_empty()) {
            let command = path.split(' ').fold(&program, |command, word| command.find_subcommand(word).expect(path));
            assert!(command.get_arguments().any(|arg| arg.get_id() == id), "{path} has no argument {id}");
        }
    }
}
