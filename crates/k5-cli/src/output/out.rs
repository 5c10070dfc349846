//! stdout.

use super::pager::Paged;
use super::screen::Screen;
use super::text::{printable, printable_cell};
use crate::failure::Outcome;
use std::io::{BufWriter, IsTerminal, Stdout, Write};

/// stdout behind a buffer; nobody else writes there.
pub(crate) struct Out {
    sink: Sink,
    /// Whether a person looks at it.
    pub(crate) is_terminal: bool,
}

enum Sink {
    Stdout(BufWriter<Stdout>),
    Paged(Paged),
    #[cfg(test)]
    Memory(Vec<u8>),
}

impl Out {
    /// Takes stdout.
    pub(crate) fn new() -> Self {
        let stdout = std::io::stdout();
        let is_terminal = stdout.is_terminal();
        Self { sink: Sink::Stdout(BufWriter::with_capacity(32 * 1024, stdout)), is_terminal }
    }

    /// Takes stdout for a table, which goes through the screen's pager if it is too long.
    pub(super) fn for_table(screen: &Screen) -> Self {
        match &screen.pager {
            Some(pager) => Self { sink: Sink::Paged(Paged::new(pager.clone())), is_terminal: true },
            None => Self::new(),
        }
    }

    /// Writes a line. On a terminal, what would steer it is shown as an escape.
    pub(crate) fn line(&mut self, text: &str) -> Outcome {
        match self.is_terminal {
            true => self.raw(&printable(text))?,
            false => self.raw(text)?,
        }
        self.raw("\n")
    }

    /// Writes a text that may have several lines; otherwise as [`Out::line`].
    pub(super) fn lines(&mut self, text: &str) -> Outcome {
        match self.is_terminal {
            true => self.raw(&printable_cell(text))?,
            false => self.raw(text)?,
        }
        self.raw("\n")
    }

    /// Writes text as it is.
    pub(crate) fn raw(&mut self, text: &str) -> Outcome {
        self.bytes(text.as_bytes())
    }

    /// Writes what is held so far.
    pub(crate) fn flush(&mut self) -> Outcome {
        Ok(self.writer().flush()?)
    }

    /// The same for text that is in bytes.
    pub(super) fn bytes(&mut self, text: &[u8]) -> Outcome {
        Ok(self.writer().write_all(text)?)
    }

    /// Writes what is still held, and waits for a pager's reader.
    pub(crate) fn finish(mut self) -> Outcome {
        self.writer().flush()?;
        match self.sink {
            Sink::Paged(paged) => Ok(paged.finish()?),
            _ => Ok(()),
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match &mut self.sink {
            Sink::Stdout(writer) => writer,
            Sink::Paged(paged) => paged,
            #[cfg(test)]
            Sink::Memory(bytes) => bytes,
        }
    }
}

#[cfg(test)]
impl Out {
    /// Keeps what is written, for [`Out::text`].
    pub(super) fn memory(is_terminal: bool) -> Self {
        Self { sink: Sink::Memory(Vec::new()), is_terminal }
    }

    /// What was written.
    pub(super) fn text(&self) -> &str {
        match &self.sink {
            Sink::Memory(bytes) => std::str::from_utf8(bytes).expect("UTF-8"),
            _ => "",
        }
    }
}
