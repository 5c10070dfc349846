//! Finds the tests in the sources, and the words in their bodies; and the cases of the behaviour suite, with the operations they
//! name.

use crate::workspace;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::str::FromStr;

/// A test: a function with an attribute whose last word is `test`, also inside a macro such as `proptest!`, or one that `cases!` names.
#[derive(Debug)]
pub(crate) struct TestFunction {
    /// Below the workspace's root.
    pub(crate) file: String,
    pub(crate) function: String,
    pub(crate) line: usize,
    /// The identifiers and the contents of string literals of its body; the full names that a case claims.
    words: BTreeSet<String>,
}

/// What tests run on, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum On {
    /// Requests and answers as they are on the wire, without a server.
    Fixtures,
    /// The emulator alone.
    Emulator,
    /// The emulator and a real server, with the same case.
    RealServer,
}

/// An operation that tests may name.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) service: &'a str,
    /// The type with the service's methods.
    pub(crate) handle: &'a str,
    pub(crate) id: &'a str,
    /// Whether another service also has an operation with this id.
    pub(crate) is_shared: bool,
}

impl TestFunction {
    /// Whether it calls the operation's method or names it.
    ///
    /// If several services have an operation with this id, the id alone is ambiguous: the test must also name the service, by its
    /// handle (`Sap::new(session)`) or by the method that returns it (`cloud.sap()`). A test that names several of them counts for
    /// each.
    pub(crate) fn names(&self, wanted: &Wanted<'_>) -> bool {
        let has = |word: &str| self.words.contains(word);
        let is_meant = || !wanted.is_shared || has(wanted.handle) || has(wanted.service);
        has(&format!("{}.{}", wanted.service, wanted.id)) || has(wanted.id) && is_meant()
    }

    /// What it runs on.
    pub(crate) fn runs_on(&self) -> On {
        match self.file.strip_prefix("tests/tests/suite/") {
            // Cases of K5's own operations, which no available server has.
            Some("fujitsu.rs") => On::Emulator,
            Some(_) => On::RealServer,
            None if self.file.starts_with("tests/tests/golden/") => On::Fixtures,
            None if self.file.starts_with("crates/k5-core/") => On::Fixtures,
            None => On::Emulator,
        }
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
    if !text.contains("test") && !text.contains("cases!") {
        return Ok(Vec::new());
    }
    let tokens = TokenStream::from_str(text).map_err(|error| format!("{file}:{}: {error}", error.span().start().line))?;
    let mut found = Vec::new();
    walk(file, tokens.clone(), &mut found);
    cases(file, tokens, &mut found);
    found.sort_by_key(|test| test.line);
    Ok(found)
}

/// `cases! { come_and_go [compute.create_server, compute.show_server] }`: each stands where its function does.
fn cases(file: &str, tokens: TokenStream, found: &mut Vec<TestFunction>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let functions = tokens.windows(2).filter_map(|pair| match pair {
        [TokenTree::Ident(word), TokenTree::Ident(name)] if *word == "fn" => Some((name.to_string(), name.span().start().line)),
        _ => None,
    });
    let lines: BTreeMap<String, usize> = functions.collect();
    for parts in tokens.windows(3) {
        let [TokenTree::Ident(word), TokenTree::Punct(mark), TokenTree::Group(declared)] = parts else { continue };
        if *word != "cases" || mark.as_char() != '!' {
            continue;
        }
        let declared: Vec<TokenTree> = declared.stream().into_iter().collect();
        for pair in declared.windows(2) {
            let [TokenTree::Ident(case), TokenTree::Group(operations)] = pair else { continue };
            let function = case.to_string();
            let line = lines.get(&function).copied().unwrap_or_else(|| case.span().start().line);
            let claimed = operations.stream().to_string().replace(char::is_whitespace, "");
            let words = claimed.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            found.push(TestFunction { file: file.to_owned(), function, line, words });
        }
    }
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
        let names = |at: usize, id: &str| found[at].names(&Wanted { service: "swift", handle: "Swift", id, is_shared: false });
        assert!(names(0, "list_objects") && !names(0, "show_object"));
        assert!(names(1, "copy_object") && names(2, "upload_object"));
    }

    #[test]
    fn cases_stand_where_their_functions_do() {
        let text = "\
use k5::Cloud;
pub(crate) async fn come_and_go(cloud: Cloud) { cloud.compute().list_servers() }
pub(crate) async fn helper() {}
pub(crate) async fn are_listed(cloud: Cloud) {}

k5_tests::cases! {
    come_and_go [compute.create_server, compute.delete_server]
    are_listed [
        compute.list_servers,
    ]
}
";
        let found = in_source("servers.rs", text).expect("lexes");
        let names: Vec<(String, usize)> = found.iter().map(|test| (test.label(), test.line)).collect();
        let expected = [("servers.rs::come_and_go", 2), ("servers.rs::are_listed", 4)];
        assert_eq!(names, expected.map(|(label, line)| (label.to_owned(), line)));
        let names = |at: usize, service: &str, id: &str| found[at].names(&Wanted { service, handle: "None", id, is_shared: true });
        assert!(names(0, "compute", "delete_server") && !names(0, "volume_proxy", "delete_server"));
        // What it claims counts, because that is checked; the rest of its body doesn't.
        assert!(names(1, "compute", "list_servers") && !names(0, "compute", "list_servers"));
    }

    #[test]
    fn an_id_of_several_services_counts_for_the_one_that_the_test_names() {
        let text = r#"
            #[test]
            fn by_handle() { Sap::new(session).create_server("a"); }
            #[test]
            fn by_method() { cloud.compute().create_server("a"); }
            #[test]
            fn by_full_name() { find("sap.create_server"); }
            #[test]
            fn by_neither() { servers.create_server("a"); }
            #[test]
            fn by_both() { compute.create_server("a"); sap.create_server("a"); }
        "#;
        let found = in_source("a.rs", text).expect("lexes");
        let counting = |service: &str, handle: &str, is_shared: bool| -> Vec<&str> {
            let wanted = Wanted { service, handle, id: "create_server", is_shared };
            found.iter().filter(|test| test.names(&wanted)).map(|test| test.function.as_str()).collect()
        };
        assert_eq!(counting("sap", "Sap", true), ["by_handle", "by_full_name", "by_both"]);
        assert_eq!(counting("compute", "Compute", true), ["by_method", "by_both"]);
        // If only one service has it, the id is enough.
        assert_eq!(counting("compute", "Compute", false), ["by_handle", "by_method", "by_neither", "by_both"]);
    }

    #[test]
    fn a_case_of_the_suite_runs_on_a_real_server_unless_none_is_to_be_had() {
        let test = |file: &str| TestFunction { file: file.to_owned(), function: "f".to_owned(), line: 1, words: BTreeSet::new() };
        for (file, on) in [
            ("tests/tests/suite/compute/servers.rs", On::RealServer),
            ("tests/tests/suite/fujitsu.rs", On::Emulator),
            ("crates/k5-cli/tests/cli/api.rs", On::Emulator),
            ("tests/tests/golden/sap.rs", On::Fixtures),
        ] {
            assert_eq!(test(file).runs_on(), on, "{file}");
        }
        assert!(On::RealServer > On::Emulator && On::Emulator > On::Fixtures);
    }

    #[test]
    fn what_is_no_rust_is_named() {
        assert!(in_source("b.rs", "fn test( {").expect_err("unbalanced").starts_with("b.rs:1: "));
    }
}
