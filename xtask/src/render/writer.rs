//! Formats Rust text: indentation, lines of at most 132 columns, imports of what is used.

use std::collections::{BTreeMap, BTreeSet};

/// As `rustfmt.toml` has it.
const WIDTH: usize = 132;

/// Text being written.
#[derive(Debug, Default)]
pub(super) struct Writer {
    text: String,
    depth: usize,
}

impl Writer {
    /// Text that starts indented.
    pub(super) fn at_depth(depth: usize) -> Self {
        Self { text: String::new(), depth }
    }

    /// One line at the current depth. An empty line has no blanks.
    pub(super) fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if !line.is_empty() {
            self.text.push_str(&" ".repeat(4 * self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    /// `open`, what `inside` writes one level deeper, `close`.
    pub(super) fn block(&mut self, open: impl AsRef<str>, close: &str, inside: impl FnOnce(&mut Self)) {
        self.line(open);
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        self.line(close);
    }

    /// A doc comment, broken into lines between words; code in it stays as it is.
    pub(super) fn doc(&mut self, text: &str) {
        let width = WIDTH - 4 * self.depth - "/// ".len();
        let mut is_code = false;
        for paragraph in text.split('\n') {
            if paragraph.is_empty() {
                self.line("///");
                continue;
            }
            let is_fence = paragraph.starts_with("```");
            is_code ^= is_fence;
            if is_code || is_fence {
                self.line(format!("/// {paragraph}"));
                continue;
            }
            let mut line = String::new();
            for word in paragraph.split(' ') {
                if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                    self.line(format!("/// {line}"));
                    line.clear();
                }
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
            self.line(format!("/// {line}"));
        }
    }

    /// `open`, the items with commas, `close`: on one line if they fit, otherwise each on its own.
    pub(super) fn list(&mut self, open: &str, items: &[String], close: &str) {
        let line = format!("{open}{}{close}", items.join(", "));
        if 4 * self.depth + line.chars().count() <= WIDTH {
            return self.line(line);
        }
        self.block(open, close, |w| {
            for item in items {
                w.line(format!("{item},"));
            }
        });
    }

    /// Like [`Writer::list`], but with as many items on a line as fit: for long lists of short items.
    pub(super) fn fill(&mut self, open: &str, items: &[String], close: &str) {
        if 4 * self.depth + open.len() + items.join(", ").chars().count() + close.len() <= WIDTH {
            return self.list(open, items, close);
        }
        self.block(open.trim_end(), close.trim_start(), |w| {
            let mut line = String::new();
            for item in items {
                if !line.is_empty() && 4 * w.depth + line.chars().count() + item.chars().count() + 2 > WIDTH {
                    w.line(std::mem::take(&mut line));
                }
                if !line.is_empty() {
                    line.push(' ');
                }
                line += item;
                line.push(',');
            }
            w.line(line);
        });
    }

    /// A function: `open` with its arguments, on one line if they fit, otherwise each on its own; then what `inside` writes.
    pub(super) fn signature(&mut self, open: &str, arguments: &[String], close: &str, inside: impl FnOnce(&mut Self)) {
        let line = format!("{open}{}{close}", arguments.join(", "));
        if 4 * self.depth + line.chars().count() <= WIDTH {
            return self.block(line, "}", inside);
        }
        self.line(open);
        self.depth += 1;
        for argument in arguments {
            self.line(format!("{argument},"));
        }
        self.depth -= 1;
        self.block(close, "}", inside);
    }

    /// A static for a value that is created and then set: on one or two lines if it fits, otherwise one setter per line.
    pub(super) fn chain(&mut self, open: &str, made: &str, setters: &[Vec<String>]) {
        let single = setters.iter().all(|lines| lines.len() == 1);
        let flat = format!("{made}{};", setters.iter().flatten().map(String::as_str).collect::<String>());
        let fits = |before: usize, text: &str| 4 * self.depth + before + text.chars().count() <= WIDTH;
        if single && fits(open.len() + 1, &flat) {
            return self.line(format!("{open} {flat}"));
        }
        if fits(open.len() + 1, made) {
            self.line(format!("{open} {made}"));
            self.depth += 1;
        } else {
            let on_one = single && fits(4, &flat);
            self.line(open);
            self.depth += 1;
            if on_one {
                self.line(flat);
                self.depth -= 1;
                return;
            }
            self.line(made);
        }
        let count = setters.iter().map(Vec::len).sum::<usize>();
        for (index, line) in setters.iter().flatten().enumerate() {
            self.line(if index + 1 == count { format!("{line};") } else { line.clone() });
        }
        self.depth -= 1;
    }

    /// The text so far.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

/// `use` lines for those of `candidates` (full paths) whose last part the text uses, in rustfmt's order.
pub(super) fn imports(text: &str, candidates: Vec<&str>) -> String {
    let mut parents: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (parent, name) in candidates.iter().filter_map(|path| path.rsplit_once("::")).filter(|(_, name)| uses(text, name)) {
        parents.entry(parent).or_default().insert(name);
    }
    // A path in the place of the name that several share sorts behind every longer path.
    let mut lines: Vec<((u8, String), String, Vec<String>)> = Vec::new();
    for (parent, names) in parents {
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let origin = ["super", "crate"].iter().position(|start| parent.starts_with(start)).unwrap_or(2) as u8;
        let key = if let [one] = names.as_slice() { format!("{parent}::{one}") } else { format!("{parent}::~") };
        lines.push(((origin, key), parent.to_owned(), names));
    }
    lines.sort();
    let mut out = Writer::default();
    for (_, parent, names) in lines {
        match names.as_slice() {
            [one] => out.line(format!("use {parent}::{one};")),
            several => out.fill(&format!("use {parent}::{{"), several, "};"),
        }
    }
    out.into_text()
}

/// Whether the code of `text` contains `name` as a whole word that is not part of a path. Comments don't count.
fn uses(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
        line.match_indices(name).any(|(at, _)| {
            let before = &line[..at];
            let after = &line[at + name.len()..];
            !before.ends_with(word) && !before.ends_with("::") && !before.ends_with('"') && !after.starts_with(word)
        })
    })
}

/// A string as a Rust literal.
pub(super) fn literal(text: &str) -> String {
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_used_names_are_imported() {
        let text = "/// A [`Body`].\nfn a(b: Vec<Call>) -> x::Page { Answer::new() }";
        let candidates = ["a::Secret", "k5_core::Answer", "k5_core::Body", "k5_core::Call", "k5_core::Page"];
        assert_eq!(imports(text, candidates.to_vec()), "use k5_core::{Answer, Call};\n");
        assert_eq!(imports(text, vec!["x::Answer"]), "use x::Answer;\n");
        assert_eq!(imports("let all = AllCall;", vec!["x::Call", "x::All"]), "");
    }

    #[test]
    fn long_lists_and_docs_are_broken() {
        let mut writer = Writer::default();
        writer.list("f(", &["a".repeat(70), "b".repeat(70)], ");");
        writer.doc(&"word ".repeat(40).trim_end().replace("word word word", "one\n\ntwo"));
        let text = writer.into_text();
        assert!(text.starts_with("f(\n    aaa") && text.contains(",\n);\n"), "{text}");
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.contains("\n///\n"), "{text}");
    }
}
