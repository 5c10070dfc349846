//! Questions on a terminal.

use crate::failure::{Failure, Outcome};
use k5::Secret;
use k5_core::text::visible;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, BufRead, IsTerminal, Write};

/// The terminal that the program runs on. Questions go to stderr, since stdout is for data.
pub(crate) struct Terminal(());

impl Terminal {
    /// The terminal, if somebody is there to answer.
    pub(crate) fn open() -> Option<Self> {
        (io::stdin().is_terminal() && io::stderr().is_terminal()).then_some(Self(()))
    }

    /// Asks for a line of text; an empty one means `usual`, and without a usual answer the question is asked again.
    pub(super) async fn line(&self, question: &str, usual: Option<&str>) -> Outcome<String> {
        let hint = usual.map(|usual| format!(" [{}]", visible(usual))).unwrap_or_default();
        loop {
            show(&format!("{question}{hint}: "));
            let answer = read().await?;
            match (answer.trim(), usual) {
                ("", Some(usual)) => return Ok(usual.to_owned()),
                ("", None) => {}
                (answer, _) => return Ok(answer.to_owned()),
            }
        }
    }

    /// Asks for a secret, which does not show while it is typed.
    pub(crate) async fn secret(&self, question: &str) -> Outcome<Secret> {
        loop {
            show(&format!("{question}: "));
            let hidden = Hidden::begin()?;
            let answer = read().await;
            drop(hidden);
            show("\n");
            match answer?.as_str() {
                "" => {}
                answer => return Ok(Secret::new(answer)),
            }
        }
    }

    /// Lets one of several be chosen, by its number or name; an empty answer means the one at `usual`.
    pub(super) async fn choose<'a, T>(
        &self,
        what: &str,
        choices: &'a [T],
        usual: usize,
        name: impl Fn(&T) -> &str,
    ) -> Outcome<&'a T> {
        show(&format!("There are several {what}s:\n"));
        for (at, choice) in choices.iter().enumerate() {
            show(&format!("{:>4}  {}\n", at + 1, visible(name(choice))));
        }
        loop {
            let answer = self.line(&format!("Which {what}"), Some(&(usual + 1).to_string())).await?;
            let by_number = answer.parse::<usize>().ok().and_then(|number| choices.get(number.checked_sub(1)?));
            match by_number.or_else(|| choices.iter().find(|choice| name(choice) == answer)) {
                Some(choice) => return Ok(choice),
                None => show(&format!("There is no such {what}.\n")),
            }
        }
    }
}

/// A terminal that does not show what is typed, until this is dropped: at the answer, or when the program is interrupted.
struct Hidden(Termios);

impl Hidden {
    fn begin() -> Outcome<Self> {
        let failed = |error: rustix::io::Errno| Failure::file("the terminal", &error.into());
        let before = tcgetattr(io::stdin()).map_err(failed)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &silent).map_err(failed)?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

fn show(text: &str) {
    let mut stderr = io::stderr();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// A line of stdin without its end. A thread of its own reads it, so that a signal is noticed meanwhile.
pub(super) async fn read() -> Outcome<String> {
    let reading = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|length| (length, line))
    });
    match reading.await.unwrap_or_else(|error| Err(io::Error::other(error))) {
        Ok((0, _)) => Err(Failure::usage("stdin ended before everything was answered; nothing was written")),
        Ok((_, line)) => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
        Err(error) => Err(Failure::file("stdin", &error)),
    }
}
