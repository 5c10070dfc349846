//! Text that is longer than the screen, shown page by page.

use super::screen::Pager;
use std::io::{self, BufWriter, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

/// Writes to the terminal as long as everything fits on it, and else to a pager. It holds one screen at most.
pub(super) struct Paged {
    pager: Pager,
    state: State,
}

enum State {
    /// Not yet more than one screen.
    Held(Vec<u8>),
    /// There is no pager.
    Plain,
    Running(Child, BufWriter<ChildStdin>),
}

impl Paged {
    /// Nothing written yet.
    pub(super) fn new(pager: Pager) -> Self {
        Self { pager, state: State::Held(Vec::new()) }
    }

    /// Writes what is held, and waits until the reader has seen enough.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.end()
    }

    fn end(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.state, State::Plain) {
            State::Held(text) => to_terminal(&text),
            State::Plain => Ok(()),
            State::Running(mut child, stdin) => {
                let written = stdin.into_inner().map(drop).map_err(io::IntoInnerError::into_error);
                child.wait()?;
                written
            }
        }
    }

    /// Starts the pager for a text that no longer fits on the screen.
    fn start(&mut self, text: &[u8]) -> io::Result<()> {
        let mut command = Command::new("sh");
        command.arg("-c").arg(&self.pager.command).stdin(Stdio::piped());
        if std::env::var_os("LESS").is_none() {
            command.env("LESS", "FRX");
        }
        let Ok(mut child) = command.spawn() else { return to_terminal(text) };
        let Some(stdin) = child.stdin.take() else { return to_terminal(text) };
        self.state = State::Running(child, BufWriter::new(stdin));
        self.write_all(text)
    }
}

impl Write for Paged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.state {
            State::Held(text) => {
                text.extend_from_slice(bytes);
                if text.iter().filter(|byte| **byte == b'\n').count() > self.pager.height {
                    let text = std::mem::take(text);
                    self.state = State::Plain;
                    self.start(&text)?;
                }
                Ok(bytes.len())
            }
            State::Plain => io::stdout().write(bytes),
            State::Running(_, stdin) => stdin.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.state {
            State::Held(_) => Ok(()),
            State::Plain => io::stdout().flush(),
            State::Running(_, stdin) => stdin.flush(),
        }
    }
}

/// Whatever ends a command, the pager has the terminal until its reader lets go of it.
impl Drop for Paged {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

fn to_terminal(text: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout();
    stdout.write_all(text)?;
    stdout.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a pager that copies its input to a file was given.
    fn paged(height: usize, command: &str, write: impl FnOnce(&mut Paged) -> io::Result<()>) -> (Option<String>, io::Result<()>) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("paged");
        let command = command.replace("FILE", file.to_str().expect("UTF-8")).into();
        let mut paged = Paged::new(Pager { command, height });
        let written = write(&mut paged).and_then(|()| paged.finish());
        (std::fs::read_to_string(file).ok(), written)
    }

    #[test]
    fn what_fits_on_the_screen_needs_no_pager() {
        let (seen, written) = paged(2, "cat >FILE", |paged| paged.write_all(b"1\n2\n"));
        assert_eq!((seen, written.is_ok()), (None, true));
    }

    #[test]
    fn longer_text_goes_through_it_from_the_start() {
        let (seen, written) = paged(2, "cat >FILE; echo $LESS >>FILE", |paged| {
            (1..=5).try_for_each(|line| paged.write_all(format!("{line}\n").as_bytes()))
        });
        let less = std::env::var("LESS").unwrap_or("FRX".to_owned());
        assert_eq!((seen, written.is_ok()), (Some(format!("1\n2\n3\n4\n5\n{less}\n")), true));
    }

    #[test]
    fn a_reader_who_has_seen_enough_ends_it() {
        let (seen, written) = paged(1, "head -n 1 >FILE", |paged| {
            let line = [b"x".repeat(99), b"\n".to_vec()].concat();
            (0..100_000).try_for_each(|_| paged.write_all(&line))
        });
        assert_eq!(seen.expect("paged").len(), 100);
        assert_eq!(written.expect_err("a broken pipe").kind(), io::ErrorKind::BrokenPipe);
    }
}
