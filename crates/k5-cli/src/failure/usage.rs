//! What clap says of a wrong command line, in at most three lines.

use clap::error::{ContextKind, ContextValue};

/// What is wrong with a command line, and what to do about it.
pub(super) fn of(error: &clap::Error) -> (String, Vec<String>) {
    let text = error.render().to_string();
    // That an unknown option may be meant as a value is rarely so.
    let mut tips = text.lines().filter_map(|line| line.trim_start().strip_prefix("tip: "));
    let tip = tips.find(|tip| !tip.starts_with("to pass ")).map(|tip| format!("{}.", sentence(tip)));
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => Some(first_line(&usage.to_string())),
        _ => None,
    };
    (said(&text), tip.into_iter().chain(usage).collect())
}

/// What is wrong: the first paragraph, whose further lines are a list.
fn said(text: &str) -> String {
    let paragraph: Vec<_> = text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
    let (first, list) = paragraph.split_first().map_or(("", &[][..]), |(first, list)| (*first, list));
    let first = first.strip_prefix("error: ").unwrap_or(first);
    match list {
        [] => first.to_owned(),
        list => format!("{first} {}", list.join(", ")),
    }
}

fn first_line(usage: &str) -> String {
    usage.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, Command};

    fn lines(line: &str) -> Vec<String> {
        let command = Command::new("k5").subcommand_required(true).subcommand(
            Command::new("copy")
                .arg(Arg::new("SOURCE").required(true))
                .arg(Arg::new("DESTINATION").required(true))
                .arg(Arg::new("mode").long("mode").value_parser(["fast", "safe"])),
        );
        let (text, more) = of(&command.try_get_matches_from(line.split(' ')).expect_err(line));
        std::iter::once(text).chain(more).collect()
    }

    #[test]
    fn three_lines_are_enough() {
        assert_eq!(
            lines("k5 copy"),
            [
                "the following required arguments were not provided: <SOURCE>, <DESTINATION>",
                "Usage: k5 copy <SOURCE> <DESTINATION>"
            ]
        );
        assert_eq!(
            lines("k5 copy a b --mode fats"),
            ["invalid value 'fats' for '--mode <mode>' [possible values: fast, safe]", "A similar value exists: 'fast'."]
        );
        let unknown = lines("k5 cpoy");
        assert_eq!(unknown[..2], ["unrecognized subcommand 'cpoy'", "A similar subcommand exists: 'copy'."]);
        assert!(lines("k5 copy a b --moed fast").len() == 3 && lines("k5 copy a b c").len() == 2);
    }
}
