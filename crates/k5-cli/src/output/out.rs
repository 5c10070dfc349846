//! stdout.

use super::text::printable;
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

    /// Writes a line. On a terminal, what would steer it is shown as an escape.
    pub(crate) fn line(&mut self, text: &str) -> Outcome {
        let is_terminal = self.is_terminal;
        match is_terminal {
            true => writeln!(self.writer(), "{}", printable(text))?,
            false => writeln!(self.writer(), "{text}")?,
        }
        Ok(())
    }

    /// Writes text as it is.
    pub(crate) fn raw(&mut self, text: &str) -> Outcome {
        Ok(self.writer().write_all(text.as_bytes())?)
    }

    /// Writes what is held so far.
    pub(crate) fn flush(&mut self) -> Outcome {
        Ok(self.writer().flush()?)
    }

    /// Writes what is still held.
    pub(crate) fn finish(mut self) -> Outcome {
        Ok(self.writer().flush()?)
    }

    fn writer(&mut self) -> &mut dyn Write {
        match &mut self.sink {
            Sink::Stdout(writer) => writer,
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
            Sink::Stdout(_) => "",
            Sink::Memory(bytes) => std::str::from_utf8(bytes).expect("UTF-8"),
        }
    }
}
