//! Whatever a program hands to a public function it can make: a struct that may grow (`#[non_exhaustive]`) has a constructor, a `Default`
//! or a conversion. Read from the source of the crates that programs depend on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const CRATES: [&str; 12] = [
    "k5",
    "k5-autoscale",
    "k5-block-storage",
    "k5-client",
    "k5-compute",
    "k5-core",
    "k5-image",
    "k5-network",
    "k5-object-storage",
    "k5-object-store",
    "k5-sap",
    "k5-vm-import",
];

/// What a function takes back that came from another one, and why nobody has to make it.
const HANDED_BACK: [(&str, &str); 4] = [
    ("CatalogueService", "a part of Keystone's document about a token, which is read from JSON"),
    ("TokenDetails", "Keystone's document about a token, which is read from JSON"),
    ("Object", "an item of a listing: what is removed, or looked at, was listed"),
    ("ObjectInfo", "the headers of an object, as a HEAD returned them"),
];

/// The code of every file, without comments and unit tests.
fn sources() -> Vec<String> {
    let mut sources = Vec::new();
    let mut folders: Vec<_> =
        CRATES.iter().map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name).join("src")).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("listed") {
            let path = entry.expect("there").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("read");
                let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                sources.push(code.collect::<Vec<_>>().join("\n"));
            }
        }
    }
    sources
}

/// The word at the beginning.
fn word(text: &str) -> &str {
    &text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())]
}

/// What stands between the bracket at the beginning and the one that closes it.
fn within(text: &str, open: char, close: char) -> &str {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        depth += i32::from(letter == open) - i32::from(letter == close);
        if depth == 0 {
            return text.get(1..at).unwrap_or_default();
        }
    }
    ""
}

/// The public functions in some code: arguments, and what is returned.
fn functions(code: &str) -> impl Iterator<Item = (&str, &str)> {
    let begins = ["pub fn ", "pub const fn ", "pub async fn "];
    begins.into_iter().flat_map(move |begin| code.split(begin).skip(1)).filter_map(|rest| {
        // Bounds in `<...>` may have brackets of their own, but end where the arguments begin.
        let name = word(rest);
        let mut after = &rest[name.len()..];
        if after.starts_with('<') {
            after = &after[within(&after.replace("->", "--"), '<', '>').len() + 2..];
        }
        let arguments = within(after, '(', ')');
        let returned = after.get(arguments.len() + 2..)?.split(['{', ';']).next()?;
        Some((arguments, returned.trim().strip_prefix("->").unwrap_or_default().trim()))
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// The structs that may grow, each with whether it can be made in another way than by a function.
fn growing(sources: &[String]) -> BTreeMap<&str, bool> {
    let mut found = BTreeMap::new();
    for code in sources {
        for (at, _) in code.match_indices("#[non_exhaustive]") {
            let mut rest = code[at..].lines().map(str::trim).skip_while(|line| line.starts_with("#["));
            let Some(name) = rest.next().and_then(|line| line.strip_prefix("pub struct ")).map(word) else { continue };
            let attributes = code[..at].rsplit("\n\n").next().unwrap_or_default();
            found.insert(name, attributes.contains("Default"));
        }
        for model in code.split("model! {").skip(1) {
            if let Some(name) = model.trim_start().strip_prefix("pub struct ").map(word) {
                found.entry(name).or_insert(false);
            }
        }
    }
    for code in sources {
        // The table's documents: `request!` gives them `new` and setters.
        let rendered = code.split("request! {").skip(1).map(|rest| word(rest.trim_start()));
        let headers = code.split("\nimpl").skip(1).filter_map(|rest| rest.split('{').next()?.split_once(" for "));
        let converts = |made: &str| ["From<", "FromStr", "Default"].iter().any(|made_by| made.contains(made_by));
        let converted = headers.filter(|(made, _)| converts(made)).map(|(_, name)| word(name));
        for name in rendered.chain(converted).collect::<Vec<_>>() {
            found.entry(name).and_modify(|is_made| *is_made = true);
        }
    }
    found
}

/// The structs that have a public function, without `self`, that returns one.
fn constructed(sources: &[String]) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for code in sources {
        for rest in code.split("\nimpl").skip(1) {
            let rest = if rest.starts_with('<') { &rest[within(rest, '<', '>').len() + 2..] } else { rest };
            let name = word(rest.trim_start());
            let Some(open) = rest.find('{').filter(|open| !rest[..*open].contains(" for ")) else { continue };
            let makes = |(arguments, returned): (&str, &str)| {
                let is_method = words(arguments).next().is_some_and(|word| word == "self")
                    || arguments.trim_start().starts_with("&") && words(arguments).any(|word| word == "self")
                    || arguments.trim_start().starts_with("mut self");
                let made = returned.strip_prefix("Result<").unwrap_or(returned);
                !is_method && ["Self", name].contains(&word(made))
            };
            if functions(within(&rest[open..], '{', '}')).any(makes) {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn what_is_handed_in_can_be_made() {
    let sources = sources();
    let (growing, constructed) = (growing(&sources), constructed(&sources));
    assert!(growing.len() > 150, "{}", growing.len());
    let mut wanted = BTreeSet::new();
    for code in &sources {
        for (arguments, _) in functions(code) {
            wanted.extend(words(arguments).filter(|word| growing.contains_key(word)));
        }
        // The fields of documents that are sent, and the setters of builders for them.
        for sent in code.split("request! {").skip(1) {
            wanted.extend(words(sent.split("\n}").next().unwrap_or_default()).filter(|word| growing.contains_key(word)));
        }
    }
    assert!(wanted.len() > 60, "{wanted:?}");
    let handed_back: BTreeSet<&str> = HANDED_BACK.iter().map(|(name, _)| *name).collect();
    let missing: Vec<_> = wanted.iter().filter(|name| !growing[**name] && !constructed.contains(*name)).collect();
    let unexpected: Vec<_> = missing.iter().filter(|name| !handed_back.contains(***name)).collect();
    assert!(unexpected.is_empty(), "no program can make these, which functions take: {unexpected:?}");
    for (name, why) in HANDED_BACK {
        assert!(wanted.contains(name), "{name} is taken by no function any more: {why}");
    }
}

#[test]
fn code_is_read_as_it_is_meant() {
    let code = ["#[derive(Debug)]\n#[non_exhaustive]\npub struct One {\n}\n\nimpl<'a> One {\n    pub fn of(a: u8) -> Result<Self> {}\n}\n\
                 #[non_exhaustive]\npub struct Two {\n}\nimpl Two {\n    pub fn set(mut self) -> Self {}\n    pub fn get<F: Fn(u8) -> u8>(&self, one: One) -> u8 {}\n}\n\
                 k5_core::model! {\n    pub struct Three {}\n}\nk5_core::request! {\n    Three(two: Two) {}\n}\n"
        .to_owned()];
    assert_eq!(growing(&code), BTreeMap::from([("One", false), ("Two", false), ("Three", true)]));
    assert_eq!(constructed(&code), BTreeSet::from(["One"]));
    assert!(functions(&code[0]).any(|(arguments, returned)| arguments == "&self, one: One" && returned == "u8"));
}
