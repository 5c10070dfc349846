//! stdout.

use super::text::printable;
use crate::failure::Outcome;
use std::io::{BufWriter, IsTerminal, Stdout, Write};

/// stdout behind a buffer; nobody else writes there.
pub(crate) struct Out {
    writer: BufWriter<Stdout>,
    /// Whether a person looks at it.
    pub(crate) is_terminal: bool,
}

impl Out {
    /// Takes stdout.
    pub(crate) fn new() -> Self {
        let stdout = std::io::stdout();
        let is_terminal = stdout.is_terminal();
        Self { writer: BufWriter::with_capacity(32 * 1024, stdout), is_terminal }
    }

    /// Writes a line. On a terminal, what would steer it is shown as an escape.
    pub(crate) fn line(&mut self, text: &str) -> Outcome {
        match self.is_terminal {
            true => writeln!(self.writer, "{}", printable(text))?,
            false => writeln!(self.writer, "{text}")?,
        }
        Ok(())
    }

    /// Writes text as it is.
    pub(crate) fn raw(&mut self, text: &str) -> Outcome {
        Ok(self.writer.write_all(text.as_bytes())?)
    }

    /// Writes what is still held.
    pub(crate) fn finish(mut self) -> Outcome {
        Ok(self.writer.flush()?)
    }
}
