//! `k5 help`, and the examples that the help of a command ends with.

mod examples;

use crate::failure::{Failure, Outcome};
use clap::Command;
use std::io::Write;

/// Show the help of a command
///
/// The same as the command with --help: `k5 help object cp` shows what `k5 object cp --help` shows.
#[derive(Debug, clap::Args)]
pub(crate) struct Help {
    /// The command; without one, the list of commands
    #[arg(value_name = "COMMAND")]
    words: Vec<String>,
    /// Show the help of every command
    #[arg(long, conflicts_with = "words")]
    all: bool,
}

impl Help {
    pub(crate) fn run(&self, program: Command) -> Outcome {
        if self.all {
            return all(&mut explained(program.term_width(0)));
        }
        let mut command = &program;
        for word in &self.words {
            // A word that is no command of a noun gets clap's own error below, which names the nearest.
            match command.find_subcommand(word) {
                Some(found) => command = found,
                None if command.has_subcommands() => break,
                None => return Err(Failure::usage(format!("k5 {} has no subcommand {word:?}", self.path_before(word)))),
            }
        }
        let line = ["k5"].into_iter().chain(self.words.iter().map(String::as_str)).chain(["--help"]);
        match explained(program.clone()).try_get_matches_from(line) {
            Ok(_) => Ok(()),
            Err(error) if error.exit_code() == 0 => Ok(error.print()?),
            Err(error) => {
                // Nobody may be there to read it.
                let _ = error.print();
                Err(Failure::reported(u8::try_from(error.exit_code()).unwrap_or(crate::failure::USAGE)))
            }
        }
    }

    /// The words up to this one.
    fn path_before(&self, word: &str) -> String {
        self.words.iter().take_while(|before| *before != word).cloned().collect::<Vec<_>>().join(" ")
    }
}

/// Writes the help of every command, each after its name.
fn all(program: &mut Command) -> Outcome {
    fn add(command: &mut Command, name: &str, text: &mut String) {
        text.push_str(&format!("=== {name} ===\n\n{}\n", command.render_long_help()));
        for command in command.get_subcommands_mut().filter(|command| !command.is_hide_set()) {
            let name = format!("{name} {}", command.get_name());
            add(command, &name, text);
        }
    }
    program.build();
    let mut text = String::new();
    add(program, "k5", &mut text);
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// The error of arguments that ask for help, with the examples of that command in it. The examples are not part of every run: the
/// program starts faster without them.
pub(crate) fn of(error: clap::Error, program: impl FnOnce() -> Command) -> clap::Error {
    use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand};
    match error.kind() {
        DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand => {
            explained(program()).try_get_matches_from(std::env::args_os()).err().unwrap_or(error)
        }
        _ => error,
    }
}

/// What stands at the end of each command's help in place of the options that every command takes and few need.
const ELSEWHERE: &str = "Options that say where the cloud is and who logs in, such as --os-auth-url, are in k5 --help.";
/// The command whose help and page have the options of every command all the same.
pub(crate) const CONFIGURE: &str = "configure";
const HEADING: &str = "EXAMPLES:\n";

/// The commands as their help shows them: with examples, and without the rarer options of every command, which are in the program's help.
pub(crate) fn explained(mut program: Command) -> Command {
    fn explain(mut command: Command, path: &str) -> Command {
        let names: Vec<_> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
        for name in names {
            let path = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
            command = command.mut_subcommand(name, |command| explain(command, &path));
        }
        let own = command.get_after_help().map(ToString::to_string);
        let examples = examples::of(path).map(|examples| format!("{HEADING}{examples}")).or(own).unwrap_or_default();
        // To enter a cloud is what those options are for.
        if path.is_empty() || path == CONFIGURE {
            return command.after_help(examples);
        }
        let is_rare = |arg: &clap::Arg| arg.is_global_set() && arg.is_hide_short_help_set();
        let command = command.mut_args(|arg| if is_rare(&arg) { arg.hide(true) } else { arg });
        command.after_help(format!("{ELSEWHERE}\n\n{examples}").trim_end().to_owned())
    }
    // Until then, the options of every command are the program's alone.
    program.build();
    explain(program, "")
}

/// The examples of a command that [`explained`] has seen: lines, those that are commands after a `$`.
pub(crate) fn examples(command: &Command) -> Option<String> {
    let text = command.get_after_long_help().or_else(|| command.get_after_help())?.to_string();
    let is_heading = |line: &&str| line.trim_end_matches(':').eq_ignore_ascii_case("examples");
    let heading = text.lines().find(is_heading)?;
    let (_, examples) = text.split_once(heading)?;
    Some(examples.trim_start_matches('\n').trim_end().to_owned())
}
