//! Which file of a crate knows of which: the graph of what their code names, read from the source.
//!
//! A file is a module: `a/b.rs` is `a::b`, and `a/mod.rs` is `a`. A path that begins with `crate`, `super`, `self` or a module declared in the
//! same file makes an arrow to the file that defines what it names. A name that a module only hands on (`pub use`) is followed to where it
//! comes from. To declare a module is not an arrow, and what is there for tests alone does not count.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

/// The path of a module below the crate's root, which is the empty one.
type Module = Vec<String>;

/// The files of a crate, and which of them each one knows.
#[derive(Debug, Default)]
pub struct Imports {
    arrows: BTreeMap<Module, BTreeSet<Module>>,
    files: BTreeMap<Module, String>,
}

impl Imports {
    /// Reads every file below a crate's `src`; the root is `main.rs` or `lib.rs`. Programs in `src/bin` are left out.
    ///
    /// # Panics
    /// When the folder or a file can't be read.
    pub fn read(src: &Path) -> Self {
        let mut found = Vec::new();
        collect(src, src, &mut found);
        Self::of(found)
    }

    /// The same of files that were read already: their paths below `src`, and their texts.
    ///
    /// # Panics
    /// When a file's delimiters don't match.
    pub fn of(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut files = BTreeMap::new();
        let mut sources = BTreeMap::new();
        for (path, text) in texts {
            let module = module_of(&path);
            sources.insert(module.clone(), Source::read(&path, &text));
            files.insert(module, path);
        }
        for hidden in
            sources.iter().flat_map(|(module, source)| source.for_tests.iter().map(|name| below(module, name))).collect::<Vec<_>>()
        {
            sources.retain(|module, _| !module.starts_with(&hidden));
        }
        let arrows = sources.iter().map(|(module, source)| {
            let known =
                source.paths.iter().filter_map(|path| absolute(&sources, module, path)).flat_map(|path| target(&sources, &path, 0));
            (module.clone(), known.filter(|other| other != module).collect())
        });
        Self { arrows: arrows.collect(), files }
    }

    /// Every arrow, as two paths below `src`: who knows, and what is known.
    pub fn arrows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.arrows.iter().flat_map(|(from, known)| known.iter().map(|to| (&*self.files[from], &*self.files[to])))
    }

    /// The same without the arrows that `skip` says yes to: who knows, and what is known.
    pub fn without(&self, skip: impl Fn(&str, &str) -> bool) -> Self {
        let kept = |from: &Module, known: &BTreeSet<Module>| -> BTreeSet<Module> {
            known.iter().filter(|to| !skip(&self.files[from], &self.files[*to])).cloned().collect()
        };
        let arrows = self.arrows.iter().map(|(from, known)| (from.clone(), kept(from, known)));
        Self { arrows: arrows.collect(), files: self.files.clone() }
    }

    /// A shortest circle of files, its first one at the end again.
    pub fn circle(&self) -> Option<Vec<&str>> {
        let circles = self.arrows.keys().filter_map(|module| self.way_back(module));
        let shortest = circles.min_by_key(Vec::len)?;
        Some(shortest.iter().map(|module| &*self.files[*module]).collect())
    }

    /// A shortest way from a file to itself.
    fn way_back<'a>(&'a self, start: &'a Module) -> Option<Vec<&'a Module>> {
        let mut before: BTreeMap<&Module, &Module> = BTreeMap::new();
        let mut open = VecDeque::from([start]);
        while let Some(module) = open.pop_front() {
            for next in &self.arrows[module] {
                if next == start {
                    let mut way = vec![start, module];
                    while let Some(earlier) = way.last().filter(|last| **last != start).and_then(|last| before.get(last)) {
                        way.push(earlier);
                    }
                    way.reverse();
                    return Some(way);
                }
                if !before.contains_key(next) {
                    before.insert(next, module);
                    open.push_back(next);
                }
            }
        }
        None
    }
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.strip_prefix(root).expect("below").to_str().expect("UTF-8").replace('\\', "/");
        match path.is_dir() {
            true if name == "bin" => {}
            true => collect(root, &path, found),
            false if name.ends_with(".rs") => found.push((name, std::fs::read_to_string(&path).expect("text"))),
            false => {}
        }
    }
}

fn module_of(path: &str) -> Module {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let mut module: Module = path.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod")) || matches!(path, "main" | "lib") {
        module.pop();
    }
    module
}

fn below(module: &[String], name: &str) -> Module {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

/// What a path means, from the crate's root on; `None` for what is of other crates.
fn absolute(sources: &BTreeMap<Module, Source>, module: &[String], path: &[String]) -> Option<Module> {
    let mut base = module.to_vec();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => {
            base.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            while let Some(("super", after)) = rest.split_first().map(|(first, after)| (first.as_str(), after)) {
                base.pop();
                rest = after;
            }
        }
        name if sources.contains_key(&below(module, name)) => {}
        _ => return None,
    }
    base.extend_from_slice(rest);
    Some(base)
}

/// The file that defines what `path` names; the files whose names are all taken by a `*`.
fn target(sources: &BTreeMap<Module, Source>, path: &[String], depth: usize) -> Option<Module> {
    let at = (0..=path.len()).rev().find(|length| sources.contains_key(&path[..*length]))?;
    let (module, rest) = path.split_at(at);
    let Some(name) = rest.first().filter(|name| *name != "*") else { return Some(module.to_vec()) };
    // A circle of names that are handed on does not compile, but may be written.
    if depth > 16 {
        return Some(module.to_vec());
    }
    let source = &sources[module];
    if let Some(origin) = source.handed_on.get(name) {
        let origin = absolute(sources, module, origin)?;
        return target(sources, &[&origin[..], &rest[1..]].concat(), depth + 1);
    }
    if !source.defined.contains(name) {
        for glob in source.globs.iter().filter_map(|glob| absolute(sources, module, glob)) {
            let found = target(sources, &below(&glob, name), depth + 1)?;
            if sources[&found].defined.contains(name) {
                return Some(found);
            }
        }
    }
    Some(module.to_vec())
}

/// What a file says of others.
#[derive(Debug, Default)]
struct Source {
    /// Every path in it.
    paths: BTreeSet<Vec<String>>,
    /// Names that it takes in, and so may hand on, with where they come from.
    handed_on: BTreeMap<String, Vec<String>>,
    /// Where it takes in everything.
    globs: Vec<Vec<String>>,
    /// Names of its own.
    defined: BTreeSet<String>,
    /// Modules for tests alone.
    for_tests: Vec<String>,
}

const ITEMS: [&str; 10] = ["fn", "struct", "enum", "trait", "type", "const", "static", "union", "mod", "macro_rules"];

impl Source {
    fn read(path: &str, text: &str) -> Self {
        let tokens = tokens(text);
        let mut source = Self::default();
        source.items(path, &tokens, 0);
        source
    }

    /// Reads tokens that are `depth` modules within the file.
    fn items(&mut self, path: &str, tokens: &[String], depth: usize) {
        let is = |at: usize, what: &str| tokens.get(at).is_some_and(|token| token == what);
        let mut at = 0;
        while at < tokens.len() {
            if is(at, "#") && is(at + 1, "[") {
                let end = closing(path, tokens, at + 1);
                let attribute = tokens[at + 2..end].concat();
                at = end + 1;
                if attribute == "cfg(test)" {
                    at = self.skip(path, tokens, at);
                }
                continue;
            }
            if is(at, "use") {
                let end = (at..tokens.len()).find(|at| is(*at, ";")).unwrap_or(tokens.len());
                self.tree(path, &tokens[at + 1..end], &[], depth);
                at = end + 1;
                continue;
            }
            if is(at, "mod") && is(at + 2, "{") {
                let end = closing(path, tokens, at + 2);
                self.items(path, &tokens[at + 3..end], depth + 1);
                at = end + 1;
                continue;
            }
            if ITEMS.contains(&tokens[at].as_str()) {
                let name = at + 1 + usize::from(is(at, "macro_rules"));
                self.defined.extend(tokens.get(name).cloned());
            }
            let begins = is_name(&tokens[at]) && is(at + 1, "::") && (at == 0 || !is(at - 1, "::"));
            if !begins {
                at += 1;
                continue;
            }
            let mut named = vec![tokens[at].clone()];
            at += 1;
            while is(at, "::") && tokens.get(at + 1).is_some_and(|token| is_name(token)) {
                named.push(tokens[at + 1].clone());
                at += 2;
            }
            self.path(named, depth);
        }
    }

    /// The end of an item, of which a module's name is noted.
    fn skip(&mut self, path: &str, tokens: &[String], mut at: usize) -> usize {
        while at < tokens.len() {
            match tokens[at].as_str() {
                "mod" if tokens.get(at + 2).is_some_and(|token| token == ";") => {
                    self.for_tests.push(tokens[at + 1].clone());
                    return at + 3;
                }
                "{" => return closing(path, tokens, at) + 1,
                "(" | "[" => at = closing(path, tokens, at) + 1,
                ";" => return at + 1,
                _ => at += 1,
            }
        }
        at
    }

    /// What a `use` takes in.
    fn tree(&mut self, path: &str, tokens: &[String], before: &[String], depth: usize) {
        let mut named = before.to_vec();
        let mut alias = None;
        let mut at = 0;
        while at < tokens.len() {
            match tokens[at].as_str() {
                "::" => at += 1,
                "{" => {
                    let end = closing(path, tokens, at);
                    for part in parts(path, &tokens[at + 1..end]) {
                        self.tree(path, part, &named, depth);
                    }
                    return;
                }
                "as" => {
                    alias = tokens.get(at + 1).cloned();
                    at += 2;
                }
                "self" if !named.is_empty() => at += 1,
                token => {
                    named.push(token.to_owned());
                    at += 1;
                }
            }
        }
        if named.is_empty() {
            return;
        }
        if depth == 0 {
            match named.last().map(String::as_str) {
                Some("*") => self.globs.push(named[..named.len() - 1].to_vec()),
                Some(last) => drop(self.handed_on.insert(alias.unwrap_or_else(|| last.to_owned()), named.clone())),
                None => {}
            }
        }
        self.path(named, depth);
    }

    /// Notes a path that was found so many modules within the file.
    fn path(&mut self, mut path: Vec<String>, depth: usize) {
        let ups = path.iter().take_while(|part| *part == "super").count();
        // What goes up to a module around it in the same file stays in the file.
        path.drain(..ups.min(depth));
        if ups > 0 && ups <= depth {
            path.insert(0, "self".to_owned());
        }
        self.paths.insert(path);
    }
}

/// The parts of a list at its commas.
fn parts<'a>(path: &str, tokens: &'a [String]) -> Vec<&'a [String]> {
    let (mut parts, mut from, mut at) = (Vec::new(), 0, 0);
    while at < tokens.len() {
        match tokens[at].as_str() {
            "{" => at = closing(path, tokens, at) + 1,
            "," => {
                parts.push(&tokens[from..at]);
                at += 1;
                from = at;
            }
            _ => at += 1,
        }
    }
    parts.push(&tokens[from..]);
    parts
}

fn closing(path: &str, tokens: &[String], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return at;
        }
    }
    panic!("{path}: a {} is never closed", tokens[open]);
}

fn is_name(token: &str) -> bool {
    token.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
}

/// Names, `::`, and single characters of everything else; neither comments nor what is within quotation marks.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let name = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(rest.len());
        let length = match first {
            _ if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => comment(rest),
            '"' => quoted(rest),
            'r' | 'b' | 'c' if raw(rest).is_some() => raw(rest).unwrap_or(name),
            'b' | 'c' if rest[1..].starts_with('"') => 1 + quoted(&rest[1..]),
            'b' if rest[1..].starts_with('\'') => 1 + letter(&rest[1..]),
            '\'' => letter(rest),
            _ if name > 0 => {
                tokens.push(rest[..name].to_owned());
                name
            }
            _ if rest.starts_with("::") => {
                tokens.push("::".to_owned());
                2
            }
            _ => {
                if !first.is_whitespace() {
                    tokens.push(first.to_string());
                }
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of a comment, with those within it.
fn comment(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let step = match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                2
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// The length of a text in quotation marks.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a raw text, `r#"..."#`.
fn raw(text: &str) -> Option<usize> {
    let after = text.trim_start_matches(['b', 'c']).strip_prefix('r')?;
    let marks = after.len() - after.trim_start_matches('#').len();
    let body = after[marks..].strip_prefix('"')?;
    let end = format!("\"{}", &after[..marks]);
    Some(text.len() - body.len() + body.find(&end).map_or(body.len(), |at| at + end.len()))
}

/// The length of a character in quotation marks; of a lifetime, that of its mark.
fn letter(text: &str) -> usize {
    let mut letters = text.char_indices().skip(1);
    match (letters.next(), letters.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let after = at + escaped.len_utf8();
            after + text[after..].find('\'').map_or(0, |end| end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(files: &[(&str, &str)]) -> Imports {
        Imports::of(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
    }

    fn arrows(files: &[(&str, &str)]) -> Vec<String> {
        imports(files).arrows().map(|(from, to)| format!("{from} {to}")).collect()
    }

    #[test]
    fn every_way_to_name_a_file() {
        let files = [
            ("main.rs", "mod a; mod b; mod c; mod d; fn main() { a::go() }"),
            ("a.rs", "use crate::{b::{self, X as Y}, c::deep::Z}; use std::fmt;"),
            ("b.rs", "pub struct X; impl X { fn f() -> super::d::D { crate::c::deep::z() } }"),
            ("c/mod.rs", "pub mod deep;"),
            ("c/deep.rs", "use super::super::d; mod inner { use super::Z; use super::super::own; }"),
            (
                "d.rs",
                "// crate::a::go()\n/* crate::a */ const T: &str = \"crate::a\"; const R: &str = r#\"\"crate::a\"#; const C: char = '\"';",
            ),
        ];
        let expected =
            ["a.rs b.rs", "a.rs c/deep.rs", "b.rs c/deep.rs", "b.rs d.rs", "c/deep.rs c/mod.rs", "c/deep.rs d.rs", "main.rs a.rs"];
        let mut found = arrows(&files);
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_handed_on_is_looked_for_where_it_is() {
        let files = [
            ("lib.rs", "mod a; mod b; pub use a::*; pub use b::two as deux;"),
            ("a/mod.rs", "mod one; pub use one::One; pub fn own() {}"),
            ("a/one.rs", "pub struct One; pub use std::fmt::Write;"),
            ("b.rs", "use crate::{One, deux}; use crate::a::{own, one::Write}; pub fn two() {}"),
        ];
        assert_eq!(arrows(&files[1..]), ["a/mod.rs a/one.rs", "b.rs a/mod.rs"]);
        assert!(arrows(&files).contains(&"lib.rs b.rs".to_owned()));
        assert!(!arrows(&files).contains(&"b.rs lib.rs".to_owned()));
    }

    #[test]
    fn what_is_for_tests_does_not_count() {
        let files = [
            ("lib.rs", "mod a; mod b;"),
            (
                "a.rs",
                "#[cfg(test)] mod tests; #[cfg(test)] use crate::b::X; #[cfg(test)] mod more { use crate::b::X; } fn f<'a>(x: &'a u8) {}",
            ),
            ("a/tests.rs", "use crate::b::X;"),
            ("b.rs", "use crate::a::f;"),
        ];
        assert_eq!(arrows(&files), ["b.rs a.rs"]);
    }

    #[test]
    fn a_circle_is_named() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c; mod d; use a::A;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("c.rs", "use crate::a::A; pub struct C;"),
            ("d.rs", "use crate::a::A;"),
        ];
        assert_eq!(imports(&files).circle(), Some(vec!["a.rs", "b.rs", "c.rs", "a.rs"]));
        let files = [("lib.rs", "mod a; mod b;"), ("a.rs", "use crate::b::B; pub struct A;"), ("b.rs", "use super::a::A;")];
        assert_eq!(imports(&files).circle(), Some(vec!["a.rs", "b.rs", "a.rs"]));
        assert_eq!(imports(&files[..2]).circle(), None);
        let folder =
            [("lib.rs", "mod a;"), ("a/mod.rs", "mod b; fn run() { b::run() } pub struct Own;"), ("a/b.rs", "use super::Own;")];
        assert_eq!(imports(&folder).circle(), Some(vec!["a/mod.rs", "a/b.rs", "a/mod.rs"]));
    }
}
