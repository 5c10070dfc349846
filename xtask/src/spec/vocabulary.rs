//! `vocabulary.toml`: docs of parameters that several operations share.

use super::problem::Problem;
use super::reader::{Source, Table};
use std::collections::BTreeMap;

/// Docs, and where they differ from the rule names, of parameters that several operations share.
#[derive(Default)]
pub(super) struct Vocabulary {
    file: String,
    /// By place (`path`, `query`, `header`) and the lower-case name on the wire.
    words: BTreeMap<(String, String), Word>,
}

#[derive(Clone)]
pub(super) struct Word {
    pub(super) doc: String,
    pub(super) name: Option<String>,
    pub(super) line: usize,
    used: bool,
}

impl Vocabulary {
    pub(super) fn look_up(&mut self, place: &str, wire: &str) -> Option<Word> {
        let word = self.words.get_mut(&(place.to_owned(), wire.to_ascii_lowercase()))?;
        word.used = true;
        Some(word.clone())
    }

    pub(super) fn report_unused(&self, problems: &mut Vec<Problem>) {
        for ((place, wire), word) in self.words.iter().filter(|(_, word)| !word.used) {
            let message = format!("no operation has the {place} parameter {wire}, or all say more of it themselves");
            problems.push(Problem { file: self.file.clone(), line: word.line, message });
        }
    }
}

/// Reads `vocabulary.toml`.
pub(super) fn read(name: &str, text: &str, problems: &mut Vec<Problem>) -> Vocabulary {
    let source = Source::new(name, text);
    let mut words = BTreeMap::new();
    if let Some(document) = source.document() {
        let mut head = Table::new(&source, "vocabulary".to_owned(), document.get_ref(), 1);
        for place in ["path", "query", "header"] {
            let Some(mut table) = head.table(place) else { continue };
            for (wire, value) in table.take_rest() {
                let word = match value.as_text() {
                    Some(doc) => Some(Word { doc: doc.to_owned(), name: None, line: value.line, used: false }),
                    None => value.table(format!("{place} {wire}")).map(|mut word| {
                        let read = Word { doc: word.required_text("doc"), name: word.text("name"), line: value.line, used: false };
                        word.finish();
                        read
                    }),
                };
                if let Some(word) = word {
                    words.insert((place.to_owned(), wire.to_ascii_lowercase()), word);
                }
            }
        }
        head.finish();
    }
    let file = source.file.clone();
    problems.extend(source.into_problems());
    Vocabulary { file, words }
}
