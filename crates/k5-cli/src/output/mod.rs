//! What goes to stdout: lists and single records, in the form that was asked for.

mod list;
mod record;
mod text;
mod yaml;

pub(crate) use list::{Column, List};
pub(crate) use record::{Record, document};
pub(crate) use text::{printable, shown};

use crate::exit::Outcome;
use serde_json::Value;
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

/// Replaces the values of what is secret wherever it stands: keys of temporary URLs and of synchronization.
pub(crate) fn hide_secrets(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, item) in map.iter_mut() {
                match is_secret(name) {
                    true => *item = "***".into(),
                    false => hide_secrets(item),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_secrets),
        _ => {}
    }
}

/// Whether a header or an item of metadata of this name is a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["temp-url-key", "temp-url-key-2", "sync-key", "x-auth-token", "x-subject-token"].iter().any(|secret| name.ends_with(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_at_any_depth() {
        let mut value = serde_json::json!({"metadata": {"temp-url-key": "k", "colour": "red"}, "headers": [{"X-Account-Meta-Temp-URL-Key-2": "k"}]});
        hide_secrets(&mut value);
        assert_eq!(
            value,
            serde_json::json!({"metadata": {"temp-url-key": "***", "colour": "red"}, "headers": [{"X-Account-Meta-Temp-URL-Key-2": "***"}]})
        );
    }
}
