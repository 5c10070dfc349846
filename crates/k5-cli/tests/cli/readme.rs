//! The command lines of the README: each command exists, and takes the options that are shown with it.

use crate::bench::{bare, run};
use std::path::Path;

/// The words of each `k5` in a line of a shell, without what follows in a comment, a pipe or a redirection.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let (mut word, mut quoted, mut is_word) = (String::new(), None, false);
    let line = format!("{line} ");
    for letter in line.chars() {
        match (quoted, letter) {
            (Some(quote), letter) if letter == quote => quoted = None,
            (Some(_), letter) => word.push(letter),
            (None, '\'' | '"') => (quoted, is_word) = (Some(letter), true),
            (None, '#') if !is_word => break,
            (None, ' ' | '|' | ';' | '&' | '(' | ')' | '<' | '>') => {
                if std::mem::take(&mut is_word) {
                    commands.last_mut().expect("one").push(std::mem::take(&mut word));
                }
                if letter != ' ' {
                    commands.push(Vec::new());
                }
            }
            (None, letter) => {
                word.push(letter);
                is_word = true;
            }
        }
    }
    commands.retain(|words| words.first().is_some_and(|word| word == "k5"));
    commands
}

#[test]
fn lines_of_a_shell_are_taken_apart() {
    let words = |line: &str| commands(line).iter().map(|words| words.join(",")).collect::<Vec<_>>();
    assert_eq!(words("tar c src | k5 object cp - swift://a/b.tar   # a pipe"), ["k5,object,cp,-,swift://a/b.tar"]);
    assert_eq!(words("k5 a --acl '.r:* x' c; k5 b >file & ls"), ["k5,a,--acl,.r:* x,c", "k5,b"]);
    assert_eq!(words(". <(k5 completion bash)"), ["k5,completion,bash"]);
    assert!(words("cargo run -p k5-cli").is_empty());
}

/// `--help` at the end is answered only where everything before it is understood.
#[test]
fn every_command_exists() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).expect("the README");
    let blocks = readme.split("\n```").filter_map(|block| block.strip_prefix("sh\n"));
    let found: Vec<Vec<String>> = blocks.flat_map(str::lines).flat_map(commands).collect();
    assert!(found.len() > 10, "{found:?}");
    let folder = tempfile::tempdir().expect("a folder");
    let helped = |words: &[&str]| run(bare(folder.path()).args(words).arg("--help"), b"");
    for words in &found {
        let arguments: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let helped = helped(&arguments);
        assert_eq!(helped.status, 0, "{words:?}: {}", helped.stderr);
    }
    assert_eq!(helped(&["object", "cp", "--no-such-option"]).status, 2);
}
