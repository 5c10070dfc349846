//! An entry in the text of a clouds.yaml or secure.yaml. Everything around it stays as it is, byte for byte: only the lines of the
//! entry are added or replaced. The result is parsed again, so that what this can't edit safely is refused and never damaged.

use serde_json::{Map, Value};

/// Why a file can't be edited.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is not YAML, or nothing that holds clouds; where that is known, the line.
    NotYaml(Option<u64>),
    /// It has an entry of this name.
    Exists,
    /// It is written in a form that only its author should change.
    ByHand,
}

/// The text with `entry` as the cloud of this name; without an entry, with none of this name.
///
/// # Errors
/// If the entry exists and is not to be replaced, or the text can't be edited.
pub(super) fn with_entry(old: &str, name: &str, entry: Option<&Map<String, Value>>, replace: bool) -> Result<String, Refusal> {
    let before = parse(old)?;
    let exists = clouds(&before)?.is_some_and(|clouds| clouds.contains_key(name));
    if exists && !replace {
        return Err(Refusal::Exists);
    }
    if !exists && entry.is_none() {
        return Ok(old.to_owned());
    }
    let new = edited(old, name, entry)?;
    // What anchors, flow style or a second document make of the edit shows here.
    let after = parse(&new).map_err(|_| Refusal::ByHand)?;
    match expected(before, name, entry) == normalised(after) {
        true => Ok(new),
        false => Err(Refusal::ByHand),
    }
}

/// Whether the text has a cloud of this name.
pub(super) fn has_entry(text: &str, name: &str) -> Result<bool, Refusal> {
    Ok(clouds(&parse(text)?)?.is_some_and(|clouds| clouds.contains_key(name)))
}

fn parse(text: &str) -> Result<Value, Refusal> {
    if lines(text).all(|line| is_blank(line) || is_comment(line)) {
        return Ok(Value::Null);
    }
    // Snippets would show the lines around a mistake, and those hold passwords.
    let options = serde_saphyr::options! { with_snippet: false };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| Refusal::NotYaml(error.location().map(|location| location.line())))
}

fn clouds(root: &Value) -> Result<Option<&Map<String, Value>>, Refusal> {
    match root {
        Value::Null => Ok(None),
        Value::Object(root) => match root.get("clouds") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(clouds)) => Ok(Some(clouds)),
            Some(_) => Err(Refusal::NotYaml(None)),
        },
        _ => Err(Refusal::NotYaml(None)),
    }
}

/// What must come out of an edit.
fn expected(before: Value, name: &str, entry: Option<&Map<String, Value>>) -> Value {
    let Value::Object(mut root) = normalised(before) else { return Value::Null };
    if let Some(Value::Object(clouds)) = root.get_mut("clouds") {
        match entry {
            Some(entry) => drop(clouds.insert(name.to_owned(), Value::Object(entry.clone()))),
            None => drop(clouds.remove(name)),
        }
    }
    Value::Object(root)
}

/// An absent or empty `clouds` is a mapping without entries.
fn normalised(root: Value) -> Value {
    let mut root = match root {
        Value::Object(root) => root,
        _ => Map::new(),
    };
    if root.get("clouds").is_none_or(Value::is_null) {
        root.insert("clouds".to_owned(), Value::Object(Map::new()));
    }
    Value::Object(root)
}

fn edited(old: &str, name: &str, entry: Option<&Map<String, Value>>) -> Result<String, Refusal> {
    let lines: Vec<&str> = lines(old).collect();
    let line_end = if old.contains("\r\n") { "\r\n" } else { "\n" };
    let Some(section) = lines.iter().position(|line| key_of(line, 0, "clouds").is_some()) else {
        let mut new = ended(old, line_end);
        if let Some(entry) = entry {
            new.push_str(&format!("clouds:{line_end}{}", written(name, entry, 2, line_end)?));
        }
        return Ok(new);
    };
    let mut head = lines[section].to_owned();
    match key_of(&head, 0, "clouds").unwrap_or_default() {
        "" => {}
        // An empty mapping in so many words gives way to a block.
        empty @ ("{}" | "null" | "~") => head = head.replacen(&format!(" {empty}"), "", 1),
        _ => return Err(Refusal::ByHand),
    }
    let is_outside = |line: &str| !is_blank(line) && !is_comment(line) && indent_of(line) == 0;
    let begin = section + 1;
    let end = (begin..lines.len()).find(|at| is_outside(lines[*at])).unwrap_or(lines.len());
    let indent = lines[begin..end].iter().find(|line| !is_blank(line) && !is_comment(line)).map_or(2, |line| indent_of(line));
    let own = (begin..end).find(|at| key_of(lines[*at], indent, name).is_some());
    let (from, to) = match own {
        Some(from) => {
            let next =
                (from + 1..end).find(|at| !is_blank(lines[*at]) && !is_comment(lines[*at]) && indent_of(lines[*at]) <= indent);
            (from, content_end(&lines, from, next.unwrap_or(end), indent))
        }
        None => {
            let at = content_end(&lines, begin, end, indent);
            (at, at)
        }
    };
    let mut new: String = lines[..section].concat();
    new.push_str(&head);
    new.push_str(&lines[begin..from].concat());
    if let Some(entry) = entry {
        new = ended(&new, line_end) + &written(name, entry, indent, line_end)?;
    }
    new.push_str(&lines[to..].concat());
    Ok(new)
}

/// The end of what stands in these lines: blank lines and comments behind it belong to what follows. A deeper `#` may be part of a text.
fn content_end(lines: &[&str], from: usize, to: usize, indent: usize) -> usize {
    let is_content = |line: &str| !is_blank(line) && (!is_comment(line) || indent_of(line) > indent);
    (from..to).rev().find(|at| is_content(lines[*at])).map_or(from, |at| at + 1)
}

/// The entry as lines.
fn written(name: &str, entry: &Map<String, Value>, indent: usize, line_end: &str) -> Result<String, Refusal> {
    // Long texts stay on their line.
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let map = std::collections::BTreeMap::from([(name, entry)]);
    let text = serde_saphyr::to_string_with_options(&map, options).map_err(|_| Refusal::ByHand)?;
    Ok(text.lines().map(|line| format!("{:indent$}{line}{line_end}", "")).collect())
}

fn ended(text: &str, line_end: &str) -> String {
    match text.is_empty() || text.ends_with('\n') {
        true => text.to_owned(),
        false => format!("{text}{line_end}"),
    }
}

/// The value behind a key at this indent, without a comment, if the line begins with that key.
fn key_of<'a>(line: &'a str, indent: usize, key: &str) -> Option<&'a str> {
    let line = line.trim_start_matches('\u{feff}');
    if indent_of(line) != indent {
        return None;
    }
    let rest = line.trim_start();
    let after =
        [key.to_owned(), format!("\"{key}\""), format!("'{key}'")].iter().find_map(|key| rest.strip_prefix(key.as_str()))?;
    let value = after.trim_start_matches([' ', '\t']).strip_prefix(':')?;
    if !value.is_empty() && !value.starts_with([' ', '\t', '\r', '\n']) {
        return None;
    }
    let value = value.trim();
    Some(if value.starts_with('#') { "" } else { value.split(" #").next().unwrap_or_default().trim() })
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n')
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn entry(password: &str) -> Map<String, Value> {
        match json!({ "auth": { "auth_url": "https://k.example/v3", "password": password }, "region_name": "uk-1" }) {
            Value::Object(entry) => entry,
            _ => Map::new(),
        }
    }

    fn add(old: &str) -> Result<String, Refusal> {
        with_entry(old, "prod", Some(&entry("pw")), false)
    }

    const NEW: &str = "  prod:\n    auth:\n      auth_url: https://k.example/v3\n      password: pw\n    region_name: uk-1\n";

    #[test]
    fn a_first_entry() {
        assert_eq!(add("").expect("added"), format!("clouds:\n{NEW}"));
        assert_eq!(add("# mine\n").expect("added"), format!("# mine\nclouds:\n{NEW}"));
        assert_eq!(add("cache: {auth: true}").expect("added"), format!("cache: {{auth: true}}\nclouds:\n{NEW}"));
        for empty in ["clouds:\n", "clouds: {}\n", "clouds: null\n", "clouds: ~"] {
            assert_eq!(add(empty).expect("added"), format!("clouds:\n{NEW}"), "{empty}");
        }
    }

    #[test]
    fn the_rest_stays_as_it_is() {
        let old = "# top\nclient:\n  x: 1\nclouds: # all of them\n    # first\n    a: {auth: {auth_url: 'https://a'}, odd-key: [1, 2]}\n\n    b:\n      note: |\n        text\n        # not a comment\n\n    # the end\n\n# below\nafter: yes\n";
        let new = add(old).expect("added");
        let indented: String = NEW.lines().map(|line| format!("  {line}\n")).collect();
        let (before, after) = new.split_once(&indented).expect("the entry");
        assert_eq!(format!("{before}{after}"), old);
        assert!(before.ends_with("# not a comment\n") && after.starts_with("\n    # the end\n"), "{new}");
        // Windows's line ends stay what they are.
        let new = add("clouds:\r\n  a: {}\r\n").expect("added");
        assert_eq!(new, format!("clouds:\r\n  a: {{}}\r\n{}", NEW.replace('\n', "\r\n")));
    }

    #[test]
    fn an_entry_is_replaced_only_on_demand() {
        let old = "clouds:\n  'prod': # old\n    auth: {password: x}\n    # inside\n    more:\n      - 1\n\n  # of b\n  b: {}\n";
        assert_eq!(add(old), Err(Refusal::Exists));
        let new = with_entry(old, "prod", Some(&entry("pw")), true).expect("replaced");
        assert_eq!(new, format!("clouds:\n{NEW}\n  # of b\n  b: {{}}\n"));
        assert_eq!(with_entry(&new, "prod", None, true).expect("removed"), "clouds:\n\n  # of b\n  b: {}\n");
        assert_eq!(with_entry("clouds:\n  b: {}\n", "prod", None, true).expect("nothing to do"), "clouds:\n  b: {}\n");
    }

    #[test]
    fn what_is_not_safe_is_refused() {
        for old in [
            "clouds: {a: {}}\n",
            "{clouds: {a: {}}}\n",
            "{}\n",
            "clouds: &all\n  a: {}\nx: *all\n",
            "clouds:\n  a: {}\n...\n# end\n",
        ] {
            let added = add(old);
            assert!(
                added == Err(Refusal::ByHand) || added.as_ref().is_ok_and(|new| has_entry(new, "prod") == Ok(true)),
                "{old}: {added:?}"
            );
        }
        assert_eq!(add("clouds: {a: {}}\n"), Err(Refusal::ByHand));
        assert!(matches!(add("clouds: [1]\n"), Err(Refusal::NotYaml(_))));
        assert!(matches!(add("clouds:\n  a: 'canary\n"), Err(Refusal::NotYaml(_))));
        assert_eq!(with_entry("clouds: {prod: {}}\n", "prod", Some(&entry("pw")), true), Err(Refusal::ByHand));
    }

    proptest! {
        // Each case writes and reads files.
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn any_secret_survives(password in "\\PC{1,60}", spaces in 1usize..6, number in any::<u64>()) {
            let old = format!("clouds:\n{:spaces$}a: {{b: {number}}}\n", "");
            for password in [password.as_str(), &number.to_string(), "0012", "1e5", "yes", "~", "null", " x ", "a: b", "#", "-", "'", "\"\\"] {
                let new = with_entry(&old, "prod", Some(&entry(password)), false).expect("added");
                prop_assert!(new.starts_with(&old), "{}", new);
                // As the SDK reads it.
                let folder = tempfile::tempdir().expect("a folder");
                std::fs::write(folder.path().join("clouds.yaml"), &new).expect("written");
                let sources = k5::config::Sources::empty().with_config_dir(folder.path());
                let overrides = k5::config::Overrides::default().cloud("prod");
                let read = k5::config::Settings::gather(&sources, &overrides).expect("readable");
                let found = read.settings.iter().find_map(|setting| match &setting.value {
                    k5::config::SettingValue::Secret(secret) => Some(secret.expose().to_owned()),
                    k5::config::SettingValue::Text(_) => None,
                });
                prop_assert_eq!(found.as_deref(), Some(password));
            }
        }

    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(clouds|  a|:|\\{|\\}| |\\n|#|'|\"|prod|&|\\*|-|\\[|[a-z]){0,40}") {
            if let Ok(new) = add(&text) {
                prop_assert_eq!(has_entry(&new, "prod"), Ok(true));
            }
        }
    }
}
