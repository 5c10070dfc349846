//! What may come next on a command line that is not complete.
//!
//! clap_complete has an engine for this behind a feature that is not stable. It is not used, because it splits `swift://` URLs in bash,
//! offers the sixty options of every command at each step, and does not tell a completer which cloud the line has named before.

use super::completer::{self, Completer};
use clap::{Arg, ArgAction, Command, ValueHint};

/// Something to offer, with a line about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) value: String,
    pub(super) about: String,
}

/// Which files of this machine to offer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Files {
    #[default]
    None,
    All,
    Folders,
}

/// What may come next.
#[derive(Debug, Default)]
pub(super) struct Next {
    /// Commands and fixed values.
    pub(super) first: Vec<Candidate>,
    /// Names to look up.
    pub(super) lookup: Option<Lookup>,
    pub(super) files: Files,
    /// Options.
    pub(super) last: Vec<Candidate>,
    /// The options of every command that the line has so far, which say where to look names up.
    pub(super) globals: Vec<String>,
}

/// A word whose beginning is there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lookup {
    pub(super) completer: Completer,
    /// What is there of it.
    pub(super) word: String,
    /// What stands before it in the same argument: `--cloud=`.
    pub(super) before: String,
}

/// A line as it has been read so far.
struct Line<'a> {
    root: &'a Command,
    command: &'a Command,
    path: String,
    /// How many positional arguments there are.
    positionals: usize,
    /// The command that `k5 help` is asked about.
    explained: Option<&'a Command>,
    /// The option whose value comes next.
    open: Option<&'a Arg>,
    only_positionals: bool,
    given: Vec<&'a str>,
    globals: Vec<String>,
}

/// What may come at the end of `words`, the last of which is not complete (and may be empty). The program's name is not among them.
pub(super) fn next(root: &Command, words: &[String]) -> Next {
    let Some((current, before)) = words.split_last() else { return Next::default() };
    let mut line = Line {
        root,
        command: root,
        path: String::new(),
        positionals: 0,
        explained: None,
        open: None,
        only_positionals: false,
        given: Vec::new(),
        globals: Vec::new(),
    };
    before.iter().for_each(|word| line.read(word));
    line.complete(current)
}

impl<'a> Line<'a> {
    /// The options that may stand here: the command's own, then those of every command.
    fn options(&self) -> Vec<&'a Arg> {
        let is_root = std::ptr::eq(self.root, self.command);
        let everywhere = self.root.get_arguments().filter(move |arg| !is_root && arg.is_global_set());
        self.command.get_arguments().chain(everywhere).filter(|arg| !arg.is_positional()).collect()
    }

    fn long(&self, name: &str) -> Option<&'a Arg> {
        self.options()
            .into_iter()
            .find(|arg| arg.get_long() == Some(name) || arg.get_all_aliases().is_some_and(|others| others.contains(&name)))
    }

    fn short(&self, letter: char) -> Option<&'a Arg> {
        self.options().into_iter().find(|arg| {
            arg.get_short() == Some(letter) || arg.get_all_short_aliases().is_some_and(|others| others.contains(&letter))
        })
    }

    /// Takes in a complete word.
    fn read(&mut self, word: &str) {
        if let Some(arg) = self.open.take() {
            return self.note(arg, Some(word));
        }
        if self.only_positionals {
            self.positionals += 1;
        } else if word == "--" {
            self.only_positionals = true;
        } else if let Some(option) = word.strip_prefix("--") {
            let (name, value) = option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
            match self.long(name) {
                Some(arg) if takes_value(arg) && value.is_none() => self.open = Some(arg),
                Some(arg) => self.note(arg, value),
                None => {}
            }
        } else if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            for (at, letter) in letters.char_indices() {
                let Some(arg) = self.short(letter) else { return };
                let rest = &letters[at + letter.len_utf8()..];
                match (takes_value(arg), rest) {
                    (false, _) => self.note(arg, None),
                    (true, "") => return self.open = Some(arg),
                    (true, value) => return self.note(arg, Some(value.strip_prefix('=').unwrap_or(value))),
                }
            }
        } else if let Some(command) = self.command.find_subcommand(word).filter(|_| self.positionals == 0) {
            self.command = command;
            self.path = format!("{} {}", self.path, command.get_name()).trim_start().to_owned();
            self.explained = (self.path == "help").then_some(self.root);
        } else {
            self.positionals += 1;
            self.explained = self.explained.and_then(|command| command.find_subcommand(word));
        }
    }

    fn note(&mut self, arg: &'a Arg, value: Option<&str>) {
        self.given.push(arg.get_id().as_str());
        if let (true, Some(long)) = (arg.is_global_set(), arg.get_long()) {
            self.globals.push(value.map_or_else(|| format!("--{long}"), |value| format!("--{long}={value}")));
        }
    }

    fn complete(mut self, word: &str) -> Next {
        let mut next = Next::default();
        match (self.open.take(), word.strip_prefix("--").and_then(|option| option.split_once('='))) {
            (Some(arg), _) => self.values(arg, word, "", &mut next),
            (None, Some((name, value))) if !self.only_positionals => {
                if let Some(arg) = self.long(name).filter(|arg| takes_value(arg)) {
                    self.values(arg, value, &format!("--{name}="), &mut next);
                }
            }
            (None, _) if word.starts_with('-') && !self.only_positionals => self.add_options(word, &mut next),
            (None, _) => {
                let offering = self.explained.or(Some(self.command).filter(|_| self.positionals == 0));
                if let Some(command) = offering.filter(|_| !self.only_positionals) {
                    let commands = command.get_subcommands().filter(|command| !command.is_hide_set());
                    next.first = commands.flat_map(names_of).filter(|candidate| candidate.value.starts_with(word)).collect();
                }
                if let Some(arg) = self.positional() {
                    self.values(arg, word, "", &mut next);
                }
                if word.is_empty() && !self.only_positionals {
                    self.add_options("", &mut next);
                }
            }
        }
        next.globals = self.globals;
        next
    }

    /// The positional argument that comes next; one that takes several values goes on.
    fn positional(&self) -> Option<&'a Arg> {
        let all: Vec<_> = self.command.get_arguments().filter(|arg| arg.is_positional()).collect();
        let is_list = |arg: &&&Arg| {
            matches!(arg.get_action(), ArgAction::Append) || arg.get_num_args().is_some_and(|range| range.max_values() > 1)
        };
        all.get(self.positionals).or_else(|| all.last().filter(is_list)).copied()
    }

    fn values(&self, arg: &Arg, word: &str, before: &str, next: &mut Next) {
        if let Some(completer) = completer::of(&self.path, arg) {
            next.lookup = Some(Lookup { completer, word: word.to_owned(), before: before.to_owned() });
            return;
        }
        let possible = arg.get_value_parser().possible_values().into_iter().flatten().filter(|value| !value.is_hide_set());
        next.first.extend(possible.filter(|value| value.get_name().starts_with(word)).map(|value| Candidate {
            value: format!("{before}{}", value.get_name()),
            about: value.get_help().map(ToString::to_string).unwrap_or_default(),
        }));
        next.files = match arg.get_value_hint() {
            ValueHint::DirPath => Files::Folders,
            ValueHint::AnyPath | ValueHint::FilePath => Files::All,
            _ => Files::None,
        };
    }

    /// Adds the options that begin like this: first the command's own, and those of every command last and only after `--`.
    fn add_options(&self, word: &str, next: &mut Next) {
        let may_repeat = |arg: &Arg| matches!(arg.get_action(), ArgAction::Append | ArgAction::Count);
        let wanted = |arg: &&Arg| {
            let is_here = !arg.is_hide_set() && (may_repeat(arg) || !self.given.contains(&arg.get_id().as_str()));
            // Those that are not even in the short help are for who begins to type one.
            let is_common = !arg.is_hide_short_help_set() || word.len() > "--".len();
            is_here && (!arg.is_global_set() || word.starts_with("--") && is_common)
        };
        for arg in self.options().into_iter().filter(wanted) {
            let Some(long) = arg.get_long() else { continue };
            next.last.push(Candidate { value: format!("--{long}"), about: first_line(arg.get_help().map(ToString::to_string)) });
        }
        if word.starts_with("--h") {
            next.last.push(Candidate { value: "--help".to_owned(), about: "Show the help of this command".to_owned() });
        }
        next.last.retain(|candidate| candidate.value.starts_with(word));
    }
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

/// A command by its name and the others that are shown.
fn names_of(command: &Command) -> Vec<Candidate> {
    let about = first_line(command.get_about().map(ToString::to_string));
    let names = command.get_name_and_visible_aliases().into_iter();
    names.map(|name| Candidate { value: name.to_owned(), about: about.clone() }).collect()
}

fn first_line(text: Option<String>) -> String {
    text.unwrap_or_default().lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory;

    fn offered(line: &str) -> Next {
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        next(&Cli::command(), &words)
    }

    fn values(candidates: &[Candidate]) -> Vec<&str> {
        candidates.iter().map(|candidate| candidate.value.as_str()).collect()
    }

    #[test]
    fn commands_and_their_own_options_come_first() {
        let root = offered("");
        assert!(values(&root.first).starts_with(&["object", "container"]), "{root:?}");
        assert!(!values(&root.last).contains(&"--os-auth-url"), "{root:?}");
        assert_eq!(values(&offered("obj").first), ["object"]);
        assert!(values(&offered("object c").first).starts_with(&["cp", "cat"]));
        assert!(values(&offered("object ").first).contains(&"show"), "an alias that is shown");
        let ls = offered("object ls -");
        assert!(values(&ls.last).contains(&"--recursive") && !values(&ls.last).contains(&"--cloud"), "{ls:?}");
        // The options of every command come after `--`, and last.
        let ls = offered("object ls --");
        let at = |name: &str| values(&ls.last).iter().position(|value| *value == name).expect("offered");
        assert!(at("--recursive") < at("--cloud"), "{ls:?}");
        assert!(!values(&ls.last).contains(&"--os-auth-url") && values(&offered("object ls --o").last).contains(&"--os-auth-url"));
        assert_eq!(values(&offered("object ls --recursive --rec").last), [""; 0], "once is enough");
        assert_eq!(values(&offered("object cp --header a=b --hea").last), ["--header"], "unless it may be repeated");
        assert_eq!(values(&offered("object ls --hel").last), ["--help"]);
        assert_eq!(values(&offered("help object gc").first), ["gc-segments"]);
        assert_eq!(values(&offered("help obj").first), ["object"]);
        assert!(offered("help token issue ").first.is_empty());
    }

    #[test]
    fn values_are_those_of_the_argument() {
        assert_eq!(values(&offered("-o j").first), ["json", "jsonl"]);
        assert_eq!(values(&offered("object ls --output=ya").first), ["--output=yaml"]);
        assert_eq!(values(&offered("completion z").first), ["zsh"]);
        assert_eq!(offered("man ").files, Files::Folders);
        assert_eq!(offered("api x --body ").files, Files::All);
        let lookup = |line: &str| offered(line).lookup.map(|found| (found.completer, found.word, found.before));
        let found = |completer, word: &str, before: &str| Some((completer, word.to_owned(), before.to_owned()));
        assert_eq!(lookup("--cloud pr"), found(Completer::Cloud, "pr", ""));
        assert_eq!(lookup("object ls --os-cloud=pr"), found(Completer::Cloud, "pr", "--os-cloud="));
        assert_eq!(lookup("api compute.li"), found(Completer::Operation, "compute.li", ""));
        assert_eq!(lookup("container delete a b"), found(Completer::Container, "b", ""), "one of several");
        assert_eq!(lookup("object cp a swift://"), found(Completer::Place, "swift://", ""));
        assert_eq!(lookup("object cat -- swift://c/-x"), found(Completer::ObjectUrl, "swift://c/-x", ""));
        assert_eq!(lookup("container save c "), None, "it takes one");
    }

    #[test]
    fn a_tagged_argument_is_looked_up() {
        let tagged = Arg::new("server").add(Completer::Resource("compute.list_servers"));
        let program = Command::new("k5").subcommand(Command::new("server").subcommand(Command::new("show").arg(tagged)));
        let words: Vec<_> = ["server", "show", "we"].map(str::to_owned).into();
        let lookup = next(&program, &words).lookup.expect("a lookup");
        assert_eq!((lookup.completer, lookup.word.as_str()), (Completer::Resource("compute.list_servers"), "we"));
    }

    #[test]
    fn the_options_that_say_where_to_look_are_kept() {
        let next = offered("--cloud prod object -v --os-region-name=R ls --recursive swift://");
        assert_eq!(next.globals, ["--cloud=prod", "--verbose", "--os-region-name=R"]);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn no_line_panics(words in proptest::collection::vec("(-|--|=|object|ls|cp|api|--cloud|-o|é|x|-vé|--output=|swift://){0,3}", 0..6)) {
            let _ = next(&Cli::command(), &words);
        }
    }
}
