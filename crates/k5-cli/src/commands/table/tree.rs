//! The commands as clap knows them.

use super::data::{Argument, Command, Noun, Prints, Reads};
use super::plan::Plan;
use crate::commands::completion::Completer;
use crate::commands::generated::NOUNS;
use crate::commands::hand::Hand;
use crate::commands::hands::HAND_WRITTEN;
use crate::failure::Outcome;
use crate::globals::Globals;
use crate::input;
use clap::{Arg, ArgAction, ArgMatches, value_parser};
use std::ffi::OsString;

/// Verbs that other tools call otherwise.
const ALIASES: &[(&str, &str)] = &[("list", "ls"), ("delete", "rm"), ("show", "stat")];

/// Adds the commands of the tables to the command line's own.
pub(crate) fn add_to(root: clap::Command) -> clap::Command {
    add(root, &|_| true)
}

/// Adds those that a command line of these words can mean, and of all others no more than what the list of commands shows: to make all
/// of them would take a third of a small command's memory.
pub(crate) fn add_needed(root: clap::Command, words: &[OsString]) -> clap::Command {
    add(root, &|first| words.iter().any(|word| word == first))
}

fn add(mut root: clap::Command, wanted: &dyn Fn(&str) -> bool) -> clap::Command {
    for noun in NOUNS {
        let words: Vec<&'static str> = noun.words.split(' ').collect();
        let about = |word: &str| group(noun, word).unwrap_or(noun.about);
        if !wanted(words[0]) {
            let whole = words.len() == 1;
            root = below(root, &words[..1], &about, |command| if whole { command.about(noun.about) } else { command });
            continue;
        }
        root = below(root, &words, &about, |command| {
            let mut command = command.about(noun.about);
            for verb in noun.commands {
                let words: Vec<&'static str> = verb.verb.split(' ').collect();
                let (last, groups) = words.split_last().expect("a verb has a word");
                command = below(command, groups, &about, |command| command.subcommand(leaf(last, verb)));
            }
            command
        });
    }
    for hand in HAND_WRITTEN {
        let words: Vec<&'static str> = hand.words.split(' ').collect();
        let Some((last, above)) = words.split_last() else { continue };
        let noun = NOUNS.iter().find(|noun| hand.words.strip_prefix(noun.words).is_some_and(|rest| rest.starts_with(' ')));
        let about = |word: &str| noun.and_then(|noun| group(noun, word)).unwrap_or(hand.group);
        if let Some(first) = above.first().filter(|first| !wanted(first)) {
            root = below(root, &[*first], &about, |command| command);
            continue;
        }
        root =
            below(root, above, &about, |command| command.subcommand(with_examples((hand.arguments)(named(last)), hand.examples)));
    }
    root
}

/// What a noun's longer verbs that begin with this word have in common.
fn group(noun: &Noun, word: &str) -> Option<&'static str> {
    noun.groups.iter().find(|(known, _)| *known == word).map(|(_, about)| *about)
}

/// Changes the command that `words` lead to, which is added where it is missing, with what `about` says of each word.
fn below(
    command: clap::Command,
    words: &[&'static str],
    about: &dyn Fn(&str) -> &'static str,
    change: impl FnOnce(clap::Command) -> clap::Command,
) -> clap::Command {
    let Some((first, rest)) = words.split_first() else { return change(command) };
    let mut command = command;
    // `mut_subcommand` would put it after all others.
    if let Some(place) = command.find_subcommand_mut(first) {
        let known = std::mem::replace(place, clap::Command::new(*first));
        // A verb may be the beginning of a longer one: `resize` and `resize confirm`.
        let has_own = known.get_positionals().next().is_some();
        let known = match has_own {
            true => known.subcommand_negates_reqs(true).args_conflicts_with_subcommands(true),
            false => known,
        };
        *place = below(known, rest, about, change);
        return command;
    }
    let group = clap::Command::new(*first).about(about(first)).subcommand_required(true).arg_required_else_help(true);
    command.subcommand(below(group, rest, about, change))
}

fn leaf(name: &'static str, verb: &'static Command) -> clap::Command {
    let mut command = named(name).about(verb.about);
    if !verb.note.is_empty() {
        command = command.long_about(format!("{}\n\n{}", verb.about, verb.note));
    }
    command = with_examples(command, verb.examples);
    for argument in verb.arguments {
        command = command.arg(arg(argument));
    }
    if verb.prints == Prints::List {
        command = list_options(command, verb);
    }
    if verb.wait.is_some() {
        let wait = Arg::new("wait").long("wait").action(ArgAction::SetTrue).help("Wait until it is done");
        let limit = Arg::new("wait-timeout").long("wait-timeout").value_name("TIME").value_parser(input::duration);
        let limit = limit.requires("wait").help("How long to wait at most: 90, 15m, 2h [default: 30m]");
        command = command.arg(wait).arg(limit);
    }
    if verb.destroys {
        let dry = Arg::new("dry-run").long("dry-run").action(ArgAction::SetTrue).help("Say what would be done, and do nothing");
        let yes = Arg::new("yes").long("yes").short('y').action(ArgAction::SetTrue).help("Do not ask before several are destroyed");
        command = command.arg(dry).arg(yes);
    }
    command
}

fn named(name: &'static str) -> clap::Command {
    let command = clap::Command::new(name);
    match ALIASES.iter().find(|(known, _)| *known == name) {
        Some((_, alias)) => command.visible_alias(*alias),
        None => command,
    }
}

fn with_examples(command: clap::Command, examples: &[&str]) -> clap::Command {
    if examples.is_empty() {
        return command;
    }
    let lines: Vec<String> = examples.iter().map(|line| format!("  $ k5 {line}")).collect();
    command.after_help(format!("EXAMPLES:\n{}", lines.join("\n")))
}

/// What every list takes.
fn list_options(mut command: clap::Command, verb: &'static Command) -> clap::Command {
    let free = |name: &str| verb.argument(name).is_none();
    if verb.long > verb.shown {
        command = command.arg(Arg::new("long").long("long").action(ArgAction::SetTrue).help("Show more columns"));
    }
    if !verb.names.is_empty() {
        let ids = Arg::new("no-name-lookup").long("no-name-lookup").short('n').action(ArgAction::SetTrue);
        command = command.arg(ids.help("Show ids where names would have to be looked up"));
    }
    if free("limit") {
        let limit = Arg::new("limit").long("limit").value_name("NUMBER").value_parser(value_parser!(i64).range(-1..));
        command = command.arg(limit.allow_negative_numbers(true).help("At most so many; 0 or -1 for all"));
    }
    let sort = Arg::new("sort-column").long("sort-column").value_name("COLUMN").action(ArgAction::Append);
    let descending = Arg::new("sort-descending").long("sort-descending").action(ArgAction::SetTrue).requires("sort-column");
    let ascending = Arg::new("sort-ascending").long("sort-ascending").action(ArgAction::SetTrue).conflicts_with("sort-descending");
    command
        .arg(sort.help("Sort by this column; may be repeated"))
        .arg(ascending.requires("sort-column").help("Sort from the smallest, which is the default"))
        .arg(descending.help("Sort from the largest"))
}

fn arg(argument: &'static Argument) -> Arg {
    let mut arg = Arg::new(argument.name).help(argument.doc);
    if argument.is_option {
        arg = arg.long(argument.name).visible_aliases(argument.aliases.iter().copied());
        if let Some(short) = argument.short {
            arg = arg.short(short);
        }
    } else {
        arg = arg.value_name(argument.value);
    }
    arg = arg.required(argument.required).conflicts_with_all(argument.conflicts).requires_all(argument.requires.iter().copied());
    if let Some(listing) = argument.find {
        arg = arg.add(Completer::Resource(listing));
    }
    if argument.flag.is_some() {
        return arg.action(ArgAction::SetTrue);
    }
    arg = arg.value_name(argument.value).action(if argument.several { ArgAction::Append } else { ArgAction::Set });
    if argument.several && !argument.is_option {
        arg = arg.num_args(1..);
    }
    match argument.reads {
        // A number below zero is not an option.
        Reads::Number | Reads::Float => arg.allow_negative_numbers(true),
        _ => arg,
    }
}

/// A command that the arguments name, beside the program's own.
pub(crate) enum Chosen {
    /// One of a table, ready to be carried out.
    Table(Box<Plan>),
    /// One that is written by hand, with its arguments.
    Hand(&'static Hand, ArgMatches),
}

/// The command of a table, or beside them, that the arguments name; `None` for any other command.
pub(crate) fn chosen(globals: &Globals, matches: &ArgMatches) -> Option<Outcome<Chosen>> {
    let mut words = Vec::new();
    let mut at = matches;
    while let Some((name, inner)) = at.subcommand() {
        words.push(name);
        at = inner;
    }
    let line = words.join(" ");
    if let Some(hand) = HAND_WRITTEN.iter().find(|hand| hand.words == line) {
        return Some(Ok(Chosen::Hand(hand, at.clone())));
    }
    NOUNS.iter().find_map(|noun| {
        let verb = line.strip_prefix(noun.words)?.strip_prefix(' ')?;
        let command = noun.commands.iter().find(|command| command.verb == verb)?;
        Some(Plan::new(globals, line.clone(), command, at).map(|plan| Chosen::Table(Box::new(plan))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory;

    #[test]
    fn the_commands_hold_together() {
        add_to(Cli::command()).debug_assert();
        add_needed(Cli::command(), &[]).debug_assert();
    }

    #[test]
    fn what_is_not_needed_is_listed_all_the_same() {
        let listed = |command: &clap::Command| -> Vec<(String, String)> {
            let about = |command: &clap::Command| command.get_about().map(ToString::to_string).unwrap_or_default();
            command.get_subcommands().map(|command| (command.get_name().to_owned(), about(command))).collect()
        };
        let (whole, bare) = (add_to(Cli::command()), add_needed(Cli::command(), &[]));
        assert_eq!(listed(&bare), listed(&whole));
        let one = add_needed(Cli::command(), &["k5".into(), "volume".into()]);
        let volume = |command: &clap::Command| command.find_subcommand("volume").map(listed).unwrap_or_default();
        assert_eq!(volume(&one), volume(&whole));
        assert!(volume(&bare).is_empty() && listed(&one) == listed(&whole));
    }
}
