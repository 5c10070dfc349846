//! Questions before something is destroyed.

use crate::failure::{Failure, Outcome};
use k5_core::text::visible;
use std::io::{self, BufRead, IsTerminal, Write};

/// Asks whether to do `what`, such as `delete 12 objects in swift://photos/`, and says whether it was agreed to.
///
/// `yes` answers in advance. Where nobody can be asked, since stdin or stderr is not a terminal, the command itself counts as the
/// answer: a script never waits for a key and is never refused for want of one.
///
/// It is waited for on a thread of its own, so that Ctrl-C still ends the program.
pub(crate) async fn confirm(what: &str, yes: bool) -> Outcome<bool> {
    if yes || !can_ask() {
        return Ok(true);
    }
    write!(io::stderr(), "{}", question(what)).map_err(|error| Failure::file("stderr", &error))?;
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    match line.await {
        Ok(line) => Ok(agrees(&line.map_err(|error| Failure::file("stdin", &error))?)),
        Err(_) => Err(Failure::usage("the answer could not be read")),
    }
}

/// Whether somebody sees a question and can answer it.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The question, in one line whatever names are in it.
fn question(what: &str) -> String {
    let mut letters = what.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{}? [y/N] ", visible(&(first + letters.as_str())))
}

/// Anything but a clear yes is a no.
fn agrees(line: &str) -> bool {
    ["y", "yes"].contains(&line.trim().to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_yes_agrees() {
        for line in ["y\n", "Y\n", " yes \n", "YES"] {
            assert!(agrees(line), "{line:?}");
        }
        for line in ["", "\n", "n\n", "no\n", "yeah\n", "y n\n"] {
            assert!(!agrees(line), "{line:?}");
        }
    }

    #[test]
    fn a_question_is_one_line() {
        assert_eq!(question("delete swift://c/a\n\u{9b}2J"), "Delete swift://c/a\\n\\u{9b}2J? [y/N] ");
    }
}
