//! Parses TOML with the line of every key, and rejects unknown keys.

use super::problem::{Problem, display_path};
use std::cell::RefCell;
use std::collections::HashMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A file being read, and its problems so far.
pub(super) struct Source<'t> {
    pub(super) file: String,
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> Source<'t> {
    pub(super) fn new(name: &str, text: &'t str) -> Self {
        Self { file: display_path(name), text, problems: RefCell::new(Vec::new()) }
    }

    /// The document, unless it is not TOML.
    pub(super) fn document(&self) -> Option<Spanned<DeTable<'t>>> {
        match DeTable::parse(self.text) {
            Ok(document) => Some(document),
            Err(error) => {
                let line = error.span().map_or(1, |span| self.line(span.start));
                self.problem(line, error.message().to_owned());
                None
            }
        }
    }

    pub(super) fn line(&self, offset: usize) -> usize {
        self.text.as_bytes()[..offset.min(self.text.len())].iter().filter(|&&byte| byte == b'\n').count() + 1
    }

    pub(super) fn problem(&self, line: usize, message: impl Into<String>) {
        self.problems.borrow_mut().push(Problem { file: self.file.clone(), line, message: message.into() });
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }
}

/// A value with its place.
#[derive(Clone, Copy)]
pub(super) struct Value<'s, 't> {
    source: &'s Source<'t>,
    node: &'s DeValue<'t>,
    /// The line of the key, or of the array's element.
    pub(super) line: usize,
}

impl<'s, 't> Value<'s, 't> {
    fn wrong(&self, what: &str, expected: &str) {
        self.source.problem(self.line, format!("{what}: expected {expected}, found {}", self.node.type_str()));
    }

    pub(super) fn as_text(&self) -> Option<&'s str> {
        self.node.as_str()
    }

    pub(super) fn text(&self, what: &str) -> Option<&'s str> {
        let text = self.node.as_str();
        if text.is_none() {
            self.wrong(what, "a string");
        }
        text
    }

    pub(super) fn flag(&self, what: &str) -> Option<bool> {
        let flag = self.node.as_bool();
        if flag.is_none() {
            self.wrong(what, "true or false");
        }
        flag
    }

    pub(super) fn number(&self, what: &str) -> Option<u32> {
        let number = self.node.as_integer().and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok());
        if number.is_none() {
            self.wrong(what, "a whole number");
        }
        number
    }

    pub(super) fn is_list(&self) -> bool {
        self.node.as_array().is_some()
    }

    pub(super) fn list(&self, what: &str) -> Vec<Value<'s, 't>> {
        let Some(array) = self.node.as_array() else {
            self.wrong(what, "an array");
            return Vec::new();
        };
        let place = |item: &'s Spanned<DeValue<'t>>| Value {
            source: self.source,
            node: item.get_ref(),
            line: self.source.line(item.span().start),
        };
        array.iter().map(place).collect()
    }

    /// Its keys. `what` names it in messages.
    pub(super) fn table(&self, what: impl Into<String>) -> Option<Table<'s, 't>> {
        let what = what.into();
        match self.node.as_table() {
            Some(table) => Some(Table::new(self.source, what, table, self.line)),
            None => {
                self.wrong(&what, "a table");
                None
            }
        }
    }
}

/// A table whose keys are taken one by one; [`Table::finish`] rejects the rest.
pub(super) struct Table<'s, 't> {
    source: &'s Source<'t>,
    what: String,
    pub(super) line: usize,
    left: HashMap<&'s str, Value<'s, 't>>,
    order: Vec<(usize, &'s str)>,
}

impl<'s, 't> Table<'s, 't> {
    pub(super) fn new(source: &'s Source<'t>, what: String, table: &'s DeTable<'t>, line: usize) -> Self {
        let mut left = HashMap::new();
        let mut order = Vec::new();
        for (key, value) in table.iter() {
            let name: &str = key.get_ref();
            order.push((key.span().start, name));
            left.insert(name, Value { source, node: value.get_ref(), line: source.line(key.span().start) });
        }
        // The parser sorts by name; the order of the file is the order of the rendered code.
        order.sort_unstable();
        Self { source, what, line, left, order }
    }

    /// How messages name it.
    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// Sets a better name for messages, once that is known.
    pub(super) fn rename(&mut self, what: String) {
        self.what = what;
    }

    pub(super) fn problem(&self, line: usize, message: impl std::fmt::Display) {
        self.source.problem(line, format!("{}: {message}", self.what));
    }

    /// The line of a key that is not taken yet, else of the table.
    pub(super) fn line_of(&self, key: &str) -> usize {
        self.left.get(key).map_or(self.line, |value| value.line)
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Value<'s, 't>> {
        self.left.remove(key)
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let what = format!("{}: {key}", self.what);
        self.take(key)?.text(&what).map(str::to_owned)
    }

    pub(super) fn required_text(&mut self, key: &str) -> String {
        if !self.left.contains_key(key) {
            self.problem(self.line, format!("{key} is missing"));
        }
        self.text(key).unwrap_or_default()
    }

    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        let what = format!("{}: {key}", self.what);
        self.take(key)?.flag(&what)
    }

    pub(super) fn list(&mut self, key: &str) -> Vec<Value<'s, 't>> {
        let what = format!("{}: {key}", self.what);
        self.take(key).map(|value| value.list(&what)).unwrap_or_default()
    }

    pub(super) fn table(&mut self, key: &str) -> Option<Table<'s, 't>> {
        let what = format!("{}: {key}", self.what);
        self.take(key)?.table(what)
    }

    /// All remaining keys, in the order of the file.
    pub(super) fn take_rest(&mut self) -> Vec<(&'s str, Value<'s, 't>)> {
        let order = std::mem::take(&mut self.order);
        order.into_iter().filter_map(|(_, key)| Some((key, self.left.remove(key)?))).collect()
    }

    /// Rejects keys that were not taken.
    pub(super) fn finish(mut self) {
        for (key, value) in self.take_rest() {
            self.problem(value.line, format!("unknown key `{key}`"));
        }
    }
}
