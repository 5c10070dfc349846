//! Names by patterns as in .gitignore. There a comment, a blank line or a blank at an end says nothing. Here each pattern was given on
//! purpose, so what would say nothing is taken as the letters that it is made of, or refused: what was meant to be left alone must not
//! be deleted.

use crate::failure::{Failure, Outcome};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use k5::object_storage::sync::Select;

/// What is included and not excluded.
pub(crate) struct Patterns {
    include: Option<Gitignore>,
    exclude: Gitignore,
}

impl Patterns {
    /// # Errors
    /// When a pattern can't be read, or can't match anything.
    pub(crate) fn new(include: &[String], exclude: &[String]) -> Outcome<Self> {
        Ok(Self { include: if include.is_empty() { None } else { Some(matcher(include)?) }, exclude: matcher(exclude)? })
    }
}

impl Select for Patterns {
    fn takes(&self, name: &str) -> bool {
        !matches(&self.exclude, name) && self.include.as_ref().is_none_or(|include| matches(include, name))
    }

    fn enters(&self, folder: &str) -> bool {
        !matches(&self.exclude, folder)
    }
}

fn matcher(patterns: &[String]) -> Outcome<Gitignore> {
    let mut builder = GitignoreBuilder::new("");
    // Whether there is anything yet that an exception can be from.
    let mut some = false;
    for pattern in patterns {
        let refuse = |why: &str| Failure::usage(format!("the pattern {pattern:?} {why}"));
        let line = line(pattern, some).map_err(|why| refuse(&why))?;
        some |= !line.starts_with('!');
        builder.add_line(None, &line).map_err(|error| refuse(&format!("can't be read: {error}")))?;
    }
    builder.build().map_err(|error| Failure::usage(format!("the patterns can't be read together: {error}")))
}

/// The line of a .gitignore file that means what the pattern says.
fn line(pattern: &str, excepts: bool) -> Result<String, String> {
    let refuse = |why: &str| Err(why.to_owned());
    if pattern.contains(['\n', '\r']) {
        return refuse("contains a line break: give each pattern in an option of its own; in a name, ? stands for a line break");
    }
    let (mark, rest) = match pattern.strip_prefix('!') {
        Some(rest) if excepts => ("!", rest),
        Some(_) => {
            return refuse("is an exception, and there is no pattern before it; for a name that begins with '!', write \\!");
        }
        None => ("", pattern),
    };
    let below = rest.strip_prefix('/').unwrap_or(rest);
    let below = below.strip_suffix('/').unwrap_or(below);
    if below.is_empty() {
        return refuse("matches no name");
    }
    if below.starts_with('/') || below.ends_with('/') {
        return refuse("has an empty part at one end, so no name matches it");
    }
    if below.split('/').any(|part| part == "." || part == "..") {
        return refuse("has a part . or .., which no name has: names begin below the two roots, as in /build/");
    }
    // Blanks belong to the name, and so does a '#'.
    let blanks = letters(below)?;
    let body = if below.ends_with(' ') && !rest.ends_with('/') { &rest[..rest.len() - blanks] } else { rest };
    let blanks = rest.len() - body.len();
    let number_sign = if mark.is_empty() && rest.starts_with('#') { "\\" } else { "" };
    Ok(format!("{mark}{number_sign}{body}{}", "[ ]".repeat(blanks)))
}

/// Looks at each letter, and says how many blanks there are at the end that no backslash protects.
fn letters(pattern: &str) -> Result<usize, String> {
    let mut chars = pattern.chars();
    let mut blanks = 0;
    while let Some(letter) = chars.next() {
        blanks = if letter == ' ' { blanks + 1 } else { 0 };
        match letter {
            '\\' if chars.next().is_none() => {
                return Err("ends in a backslash, which must stand before a character: for a backslash, write \\\\".to_owned());
            }
            '[' => {
                if let Some(class) = class(chars.as_str()) {
                    if class.contains('\\') {
                        return Err("has a backslash in brackets, where it stands for itself here and not in .gitignore".to_owned());
                    }
                    chars = chars.as_str()[class.len()..].chars();
                }
            }
            '{' | '}' => {
                return Err("has a brace, which stands for itself in .gitignore and marks alternatives elsewhere: write \\{ and \\}, or a pattern for each alternative".to_owned());
            }
            _ => {}
        }
    }
    Ok(blanks)
}

/// What is between `[` and its `]`, with that.
fn class(rest: &str) -> Option<&str> {
    let begin = rest.strip_prefix(['!', '^']).unwrap_or(rest);
    let mut at = rest.len() - begin.len();
    // The first may be a `]` itself.
    at += usize::from(begin.starts_with(']'));
    loop {
        let next = rest[at..].find([']', '['])?;
        let from = at + next;
        if rest[from..].starts_with(']') {
            return Some(&rest[..=from]);
        }
        at = match rest[from..].strip_prefix("[:").and_then(|named| named.find(":]")) {
            Some(end) => from + 2 + end + 2,
            None => from + 1,
        };
    }
}

/// Whether a name matches, or a folder on its way does: nearest first, as in git, where an exception for a file holds unless its folder is
/// left out as a whole.
fn matches(matcher: &Gitignore, name: &str) -> bool {
    let mut end = name.len();
    let mut is_folder = name.ends_with('/');
    loop {
        let part = name[..end].trim_end_matches('/');
        let found = matcher.matched(part, is_folder);
        if found.is_ignore() {
            return true;
        }
        match part.rfind('/') {
            Some(at) if at > 0 => end = at,
            _ => return false,
        }
        is_folder = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(include: &[&str], exclude: &[&str]) -> Outcome<Patterns> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Patterns::new(&owned(include), &owned(exclude))
    }

    fn patterns(include: &[&str], exclude: &[&str]) -> Patterns {
        read(include, exclude).expect("read")
    }

    #[test]
    fn patterns_are_those_of_gitignore() {
        let all = patterns(&[], &[]);
        assert!(all.takes("a/b") && all.enters("a/"));
        let some = patterns(&[], &["*.log", "!keep.log", "/build/", "a/**/z"]);
        for name in ["x.log", "d/x.log", "build/x", "build/d/x", "a/z", "a/b/c/z"] {
            assert!(!some.takes(name), "{name}");
        }
        for name in ["keep.log", "d/keep.log", "x/build/y", "build", "z", "x.log2"] {
            assert!(some.takes(name), "{name}");
        }
        assert!(!some.enters("build/") && some.enters("x/build/"));
        let only = patterns(&["*.rs", "docs/"], &["target/"]);
        assert!(only.takes("src/a.rs") && only.takes("docs/d/x") && only.enters("src/"));
        assert!(!only.takes("src/a.c") && !only.takes("target/a.rs") && !only.takes("docs"));
        // Names that are odd are names all the same.
        for name in ["/x", "a//b", "../x", "é🦀/\n", "x/"] {
            assert!(all.takes(name) && !only.takes(name), "{name:?}");
        }
    }

    #[test]
    fn what_a_file_would_ignore_is_literal() {
        for (pattern, name) in [
            ("#recycle", "#recycle"),
            ("#*", "#x"),
            ("\\#x", "#x"),
            ("/#x", "#x"),
            ("trail ", "trail "),
            ("trail  ", "trail  "),
            (" ", " "),
            ("trail\\ ", "trail "),
            ("trail\\  ", "trail  "),
            ("trail /", "trail /f"),
            (" lead", " lead"),
            ("tab\t", "tab\t"),
            ("\\!bang", "!bang"),
            ("\\{a,b\\}", "{a,b}"),
            ("[{]a[}]", "{a}"),
            ("a\\\\", "a\\"),
            ("a\\*", "a*"),
            ("[[:digit:]]x", "7x"),
            ("[]]x", "]x"),
            ("[#]x", "#x"),
            ("**", "d/any"),
            ("d/**", "d/any"),
            ("**/", "d/any"),
            ("a**z", "abz"),
        ] {
            assert!(!patterns(&[], &[pattern]).takes(name), "{pattern:?}");
            assert!(patterns(&[pattern], &[]).takes(name), "{pattern:?}");
            if !pattern.contains('*') {
                assert!(patterns(&[], &[pattern]).takes("other") && !patterns(&[pattern], &[]).takes("other"), "{pattern:?}");
            }
        }
        assert!(patterns(&[], &["trail "]).takes("trail") && patterns(&[], &["trail\\ "]).takes("trail"));
        assert!(patterns(&[], &["a\\*"]).takes("ab"));
        let excepted = patterns(&[], &["*", "!!bang", "!#x", "!trail "]);
        assert!(excepted.takes("!bang") && excepted.takes("#x") && excepted.takes("trail "));
        assert!(!excepted.takes("bang") && !excepted.takes("x") && !excepted.takes("trail"));
    }

    #[test]
    fn what_can_mean_nothing_is_refused() {
        for pattern in [
            "", "/", "//", "!", "!bang", "!/", "a\\", "\\", "a\nb", "a\r", "\n", "//x", "x//", "./x", "x/../y", "..", "{a,b}",
            "a}", "[\\]]", "[z-a]",
        ] {
            assert_eq!(read(&[], &[pattern]).err().expect(pattern).status(), 2, "{pattern:?}");
            assert_eq!(read(&[pattern], &[]).err().expect(pattern).status(), 2, "{pattern:?}");
        }
        for second in ["!", "!/", "!a\\", "!./x"] {
            assert!(read(&[], &["*", second]).is_err(), "{second:?}");
        }
        // An exception from an exception alone is none.
        assert!(read(&["x"], &["!x", "*"]).is_err());
    }
}
