//! Finds the tests in the sources, and the words in their bodies.

use crate::workspace;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use std::path::Path;
use std::str::FromStr;

/// A test: a function with an attribute whose last word is `test`, also inside a macro such as `proptest!`.
#[derive(Debug)]
pub(crate) struct TestFunction {
    /// Below the workspace's root.
    pub(crate) file: String,
    pub(crate) function: String,
    pub(crate) line: usize,
    /// The identifiers and the contents of string literals of its body.
    words: BTreeSet<String>,
}

impl TestFunction {
    /// Whether it calls the operation's method or names its id.
    pub(crate) fn names(&self, id: &str) -> bool {
        self.words.contains(id)
    }

    /// `file::function`.
    pub(crate) fn label(&self) -> String {
        format!("{}::{}", self.file, self.function)
    }
}

/// All tests below `crates/` and `tests/` of the workspace at `root`, sorted by file and line.
pub(crate) fn tests(root: &Path) -> Result<Vec<TestFunction>, String> {
    let mut found = Vec::new();
    for folder in ["crates", "tests"] {
        for path in workspace::rust_files(&root.join(folder)) {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            found.extend(in_source(&name, &workspace::read(&path)?)?);
        }
    }
    Ok(found)
}

/// The tests of one source text.
pub(crate) fn in_source(file: &str, text: &str) -> Result<Vec<TestFunction>, String> {
    if !text.contains("test") {
        return Ok(Vec::new());
    }
    let tokens = TokenStream::from_str(text).map_err(|error| format!("{file}:{}: {error}", error.span().start().line))?;
    let mut found = Vec::new();
    walk(file, tokens, &mut found);
    Ok(found)
}

fn walk(file: &str, tokens: TokenStream, found: &mut Vec<TestFunction>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut is_test = false;
    let mut function: Option<(String, usize)> = None;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket && follows_hash(&tokens, index) => {
                is_test |= is_test_attribute(group.stream());
            }
            TokenTree::Ident(word) if *word == "fn" => {
                if let (true, Some(TokenTree::Ident(name))) = (is_test, tokens.get(index + 1)) {
                    function = Some((name.to_string(), name.span().start().line));
                }
                is_test = false;
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => match function.take() {
                Some((name, line)) => {
                    let mut words = BTreeSet::new();
                    collect(group.stream(), &mut words);
                    found.push(TestFunction { file: file.to_owned(), function: name, line, words });
                }
                None => walk(file, group.stream(), found),
            },
            _ => {}
        }
    }
}

fn follows_hash(tokens: &[TokenTree], index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|before| tokens.get(before));
    matches!(before, Some(TokenTree::Punct(hash)) if hash.as_char() == '#')
}

/// `test`, `tokio::test`, `tokio::test(flavor = "...")`.
fn is_test_attribute(attribute: TokenStream) -> bool {
    let mut last = String::new();
    for token in attribute {
        match token {
            TokenTree::Ident(word) => last = word.to_string(),
            TokenTree::Punct(colon) if colon.as_char() == ':' => {}
            _ => break,
        }
    }
    last == "test"
}

fn collect(tokens: TokenStream, words: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                words.insert(word.to_string());
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                if let Some(text) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                    words.insert(text.to_owned());
                }
            }
            TokenTree::Group(group) => collect(group.stream(), words),
            TokenTree::Punct(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_found_wherever_they_stand() {
        let text = r#"
            fn helper() { show_object(); }
            mod inner {
                #[test]
                fn plain() { session.list_objects("c"); }
                #[tokio::test(flavor = "current_thread")]
                async fn on_tokio() -> Result<(), Box<dyn Error>> { run("copy_object") }
                #[derive(Debug)] struct Test;
                fn no_test() { delete_object() }
            }
            proptest! {
                #[test]
                fn in_a_macro(name in ".{0,9}") { upload_object(name) }
            }
        "#;
        let found = in_source("a.rs", text).expect("lexes");
        let names: Vec<(String, usize)> = found.iter().map(|test| (test.label(), test.line)).collect();
        let expected = [("a.rs::plain", 5), ("a.rs::on_tokio", 7), ("a.rs::in_a_macro", 13)];
        assert_eq!(names, expected.map(|(label, line)| (label.to_owned(), line)));
        assert!(found[0].names("list_objects") && !found[0].names("show_object"));
        assert!(found[1].names("copy_object") && found[2].names("upload_object"));
    }

    #[test]
    fn what_is_no_rust_is_named() {
        assert!(in_source("b.rs", "fn test( {").expect_err("unbalanced").starts_with("b.rs:1: "));
    }
}
