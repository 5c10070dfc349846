//! What editors and shells leave at the end of a value: the CR of a file with Windows line endings, and spaces.

use super::error::Origin;
use super::setting::{Entry, Layer};

/// Where something was found at the end of a value.
#[derive(Default)]
pub(super) struct Trimming {
    line_ends: Vec<Origin>,
    blanks: Vec<Origin>,
    kept: Vec<Origin>,
}

impl Trimming {
    /// Trims every value of a source.
    pub(super) fn layer(&mut self, layer: &mut Layer) {
        for (key, entry) in &mut layer.settings {
            self.entry(entry, key.is_secret());
        }
        layer.settings.retain(|_, entry| !entry.text.is_empty());
        for entries in [&mut layer.endpoints, &mut layer.interfaces, &mut layer.regions] {
            for entry in entries.values_mut() {
                self.entry(entry, false);
            }
            entries.retain(|_, entry| !entry.text.is_empty());
        }
    }

    /// Trims one value. From a secret only a line ending is removed, because a password may end in a space.
    pub(super) fn entry(&mut self, entry: &mut Entry, secret: bool) {
        let without_line_end = entry.text.trim_end_matches(['\r', '\n']);
        if without_line_end.len() < entry.text.len() {
            self.line_ends.push(entry.origin.clone());
        }
        let trimmed = without_line_end.trim_end();
        let blanks = trimmed.len() < without_line_end.len();
        let length = if secret { without_line_end.len() } else { trimmed.len() };
        entry.text.truncate(length);
        if blanks {
            let list = if secret { &mut self.kept } else { &mut self.blanks };
            list.push(entry.origin.clone());
        }
    }

    /// The warning to print.
    pub(super) fn warnings(self) -> impl Iterator<Item = String> {
        let said = |origins: Vec<Origin>, what: &str| {
            let names: Vec<_> = origins.iter().map(ToString::to_string).collect();
            (!names.is_empty()).then(|| format!("{}: {what}", names.join(", ")))
        };
        [
            said(
                self.line_ends,
                "a carriage return at the end of the value was removed; does its source have Windows line endings?",
            ),
            said(self.blanks, "spaces at the end of the value were removed"),
            said(self.kept, "the value ends in a space, which was kept because the value is a secret"),
        ]
        .into_iter()
        .flatten()
    }
}
