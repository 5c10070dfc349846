//! A terminal for the binary to run in, and what is left on its screen.

use rustix::fd::OwnedFd;
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

/// A command whose stdin and stderr are a terminal. Its stdout is a pipe.
pub(crate) struct Terminal {
    ours: File,
    child: Child,
}

/// What a command in a terminal gave.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    /// Everything that was sent to the terminal.
    pub(crate) sent: String,
}

impl Terminal {
    /// Starts a command in a terminal with this many columns.
    pub(crate) fn start(command: &mut Command, columns: u16) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let theirs = || open(&*name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let first: OwnedFd = theirs();
        let size = rustix::termios::Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&first, size).unwrap();
        let child = command.env("TERM", "xterm").stdin(first).stderr(theirs()).stdout(Stdio::piped()).spawn().unwrap();
        // The command holds ends of the terminal that would keep it open here.
        command.stdin(Stdio::null()).stderr(Stdio::null());
        Self { ours: File::from(ours), child }
    }

    /// Types something.
    pub(crate) fn types(&mut self, text: &str) {
        self.ours.write_all(text.as_bytes()).unwrap();
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Seen {
        let mut stdout = self.child.stdout.take().unwrap();
        let reading = std::thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).unwrap();
            text
        });
        let mut sent = Vec::new();
        let mut buffer = [0; 4096];
        // Once nobody has the other end open any more, reading fails.
        while let Ok(read @ 1..) = self.ours.read(&mut buffer) {
            sent.extend_from_slice(&buffer[..read]);
        }
        let status = self.child.wait().unwrap().code().unwrap_or(-1);
        Seen { status, stdout: reading.join().unwrap(), sent: String::from_utf8(sent).unwrap() }
    }
}

impl Seen {
    /// The lines that are on the screen in the end: of what this program sends, `\r` and the erasure to the end of the screen alone
    /// move anything.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![Vec::new()];
        let mut column = 0;
        let mut rest = self.sent.as_str();
        while let Some(c) = rest.chars().next() {
            let line = lines.last_mut().unwrap();
            if let Some(after) = rest.strip_prefix("\u{1b}[J") {
                line.truncate(column);
                rest = after;
                continue;
            }
            assert!(!c.is_control() || "\r\n".contains(c), "{c:?} in {:?}", self.sent);
            match c {
                '\r' => column = 0,
                '\n' => {
                    lines.push(Vec::new());
                    column = 0;
                }
                c => {
                    line.truncate(column.max(line.len()));
                    match line.get_mut(column) {
                        Some(there) => *there = c,
                        None => line.push(c),
                    }
                    column += 1;
                }
            }
            rest = &rest[c.len_utf8()..];
        }
        let lines = lines.into_iter().map(String::from_iter).map(|line| line.trim_end().to_owned());
        lines.filter(|line| !line.is_empty()).collect()
    }

    /// Each state of the bar that was drawn.
    pub(crate) fn bars(&self) -> Vec<&str> {
        let drawn = self.sent.split("\u{1b}[J\r").filter_map(|part| part.rsplit(['\r', '\n']).next());
        drawn.filter(|bar| bar.contains(" files")).collect()
    }
}
