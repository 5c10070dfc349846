//! What looks at stdout: how large it is, what it can show, and what its reader wants.

use super::time::Zone;
use crate::globals::{Color, Globals};
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::Path;

/// A terminal, or a file or pipe, which has no size.
#[derive(Clone, Debug, Default)]
pub(super) struct Screen {
    /// Columns that a line may take; `None` for any number.
    pub(super) width: Option<u16>,
    /// What shows tables that are longer than so many lines.
    pub(super) pager: Option<Pager>,
    /// Whether states are coloured.
    pub(super) colours: bool,
    /// Whether sizes have units.
    pub(super) human: bool,
    /// Where the reader is.
    pub(super) zone: Zone,
}

/// A program that shows long text page by page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pager {
    /// The command, for the shell.
    pub(super) command: OsString,
    /// How many lines fit without it.
    pub(super) height: usize,
}

/// What is known of this process's terminal.
struct Tty {
    stdin: bool,
    stdout: bool,
    /// Columns and rows.
    size: Option<(u16, u16)>,
}

/// A variable of the environment that is not empty.
type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

impl Screen {
    /// The one that stdout is, as its reader wants it used.
    pub(super) fn of(globals: &Globals) -> Self {
        let (stdin, stdout) = (std::io::stdin(), std::io::stdout());
        let size = rustix::termios::tcgetwinsize(&stdout).ok().map(|size| (size.ws_col, size.ws_row));
        let tty = Tty { stdin: stdin.is_terminal(), stdout: stdout.is_terminal(), size };
        Self::new(globals, &tty, &|name| std::env::var_os(name).filter(|value| !value.is_empty()))
    }

    fn new(globals: &Globals, tty: &Tty, env: Env<'_>) -> Self {
        let number = |name: &str| env(name)?.to_str()?.parse::<u16>().ok().filter(|number| *number > 0);
        let positive = |size: Option<u16>| size.filter(|number| *number > 0);
        let width = number("COLUMNS").or(positive(tty.size.map(|(columns, _)| columns))).filter(|_| tty.stdout);
        let height = number("LINES").or(positive(tty.size.map(|(_, rows)| rows)));
        let is_dumb = env("TERM").is_none_or(|term| term == "dumb");
        let colours = match globals.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if env("NO_COLOR").is_some() => false,
            Color::Auto if env("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            Color::Auto => tty.stdout && !is_dumb && env("CLICOLOR").is_none_or(|value| value != "0"),
        };
        let can_page = tty.stdin && tty.stdout && !is_dumb && !globals.no_pager;
        let pager = height.filter(|_| can_page).and_then(|rows| {
            // The last line is the pager's own.
            Some(Pager { command: pager(env)?, height: usize::from(rows).saturating_sub(1) })
        });
        Self { width, pager, colours, human: globals.human_readable, zone: Zone::default() }
    }
}

/// The command of the user's pager, or of `less`, if it is there.
fn pager(env: Env<'_>) -> Option<OsString> {
    match env("PAGER") {
        Some(pager) => (pager != "cat").then_some(pager),
        None => std::env::split_paths(&env("PATH")?).any(|folder| is_program(&folder.join("less"))).then(|| "less -FRX".into()),
    }
}

fn is_program(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok() && path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::tests::globals;

    fn screen(line: &str, tty: &Tty, variables: &[(&str, &str)]) -> Screen {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
        Screen::new(&globals(line), tty, &find)
    }

    const TERMINAL: Tty = Tty { stdin: true, stdout: true, size: Some((80, 24)) };
    const PIPE: Tty = Tty { stdin: true, stdout: false, size: None };

    #[test]
    fn a_terminal_has_a_width_and_a_pipe_has_none() {
        assert_eq!(screen("", &TERMINAL, &[]).width, Some(80));
        assert_eq!(screen("", &TERMINAL, &[("COLUMNS", "40")]).width, Some(40));
        assert_eq!(screen("", &TERMINAL, &[("COLUMNS", "0")]).width, Some(80));
        assert_eq!(screen("", &Tty { size: Some((0, 0)), ..TERMINAL }, &[]).width, None);
        assert_eq!(screen("", &PIPE, &[("COLUMNS", "40")]).width, None);
    }

    #[test]
    fn colours_are_for_terminals_and_those_who_ask() {
        let xterm = ("TERM", "xterm");
        for (line, tty, variables, colours) in [
            ("", &TERMINAL, &[xterm][..], true),
            ("", &TERMINAL, &[("TERM", "dumb")], false),
            ("", &TERMINAL, &[], false),
            ("", &TERMINAL, &[xterm, ("NO_COLOR", "1")], false),
            ("", &TERMINAL, &[xterm, ("CLICOLOR", "0")], false),
            ("", &PIPE, &[xterm], false),
            ("", &PIPE, &[xterm, ("CLICOLOR_FORCE", "1")], true),
            ("", &PIPE, &[xterm, ("CLICOLOR_FORCE", "0")], false),
            ("", &PIPE, &[xterm, ("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
            ("--color never", &TERMINAL, &[xterm, ("CLICOLOR_FORCE", "1")], false),
            ("--color always", &PIPE, &[xterm, ("NO_COLOR", "1")], true),
        ] {
            assert_eq!(screen(line, tty, variables).colours, colours, "{line} {variables:?}");
        }
    }

    #[test]
    fn a_pager_needs_a_person_at_both_ends() {
        let xterm = ("TERM", "xterm");
        let command = |line: &str, tty: &Tty, variables: &[(&str, &str)]| screen(line, tty, variables).pager;
        let more = Pager { command: "more".into(), height: 23 };
        assert_eq!(command("", &TERMINAL, &[xterm, ("PAGER", "more")]), Some(more.clone()));
        assert_eq!(command("", &TERMINAL, &[xterm, ("PAGER", "more"), ("LINES", "10")]), Some(Pager { height: 9, ..more }));
        assert_eq!(command("", &TERMINAL, &[xterm, ("PAGER", "cat")]), None);
        assert_eq!(command("", &TERMINAL, &[xterm]), None);
        assert_eq!(command("", &TERMINAL, &[xterm, ("PATH", "/nowhere")]), None);
        assert_eq!(command("", &TERMINAL, &[("TERM", "dumb"), ("PAGER", "more")]), None);
        assert_eq!(command("--no-pager", &TERMINAL, &[xterm, ("PAGER", "more")]), None);
        assert_eq!(command("", &PIPE, &[xterm, ("PAGER", "more")]), None);
        assert_eq!(command("", &Tty { stdin: false, ..TERMINAL }, &[xterm, ("PAGER", "more")]), None);
        let folder = tempfile::tempdir().expect("a folder");
        let less = folder.path().join("less");
        std::fs::write(&less, "").expect("written");
        let path = ("PATH", folder.path().to_str().expect("UTF-8"));
        assert_eq!(command("", &TERMINAL, &[xterm, path]), None);
        std::fs::set_permissions(&less, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("changed");
        assert_eq!(command("", &TERMINAL, &[xterm, path]), Some(Pager { command: "less -FRX".into(), height: 23 }));
    }
}
