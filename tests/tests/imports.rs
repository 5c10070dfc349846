//! The files of a crate know one another in one direction, so that each can be read without those that are built on it.

use k5_tests::imports::Imports;
use std::path::Path;

fn of(name: &str) -> Imports {
    Imports::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name).join("src"))
}

/// The rooms of the command line: what stands in a line knows only of the lines above it.
const COMMAND_LINE: [&[&str]; 9] = [
    &["progress"],
    &["failure", "trace"],
    &["ask", "input", "url", "stdio", "tally"],
    &["globals"],
    &["output"],
    &["cloud"],
    &["commands"],
    &["cli"],
    &["run"],
];

/// Two files that are one thing: an error names the operation that failed, and an operation's parameters have checks that fail.
const ONE_THING: [&str; 2] = ["error.rs", "operation.rs"];

#[test]
fn the_contract_has_no_circle() {
    let imports = of("k5-core");
    // The root hands every name on, and holds what macros expand to.
    let is_root = |path: &str| path == "lib.rs";
    let is_one_thing = |from: &str, to: &str| ONE_THING.contains(&from) && ONE_THING.contains(&to);
    let one_way = imports.without(|from, to| is_root(from) || is_root(to) || is_one_thing(from, to));
    assert_eq!(one_way.circle(), None);
    assert!(imports.arrows().count() > 60, "{}", imports.arrows().count());
}

#[test]
fn the_command_line_has_no_circle() {
    let imports = of("k5-cli");
    assert_eq!(imports.circle(), None);
    assert!(imports.arrows().count() > 100, "{}", imports.arrows().count());
}

#[test]
fn arrows_of_the_command_line_run_one_way() {
    let room = |path: &str| path.split(['/', '.']).next().unwrap_or_default().to_owned();
    let rank = |room: &str| {
        let line = COMMAND_LINE.iter().position(|line| line.contains(&room));
        line.unwrap_or_else(|| panic!("{room} has no place in the order"))
    };
    for (from, to) in of("k5-cli").arrows() {
        let (user, used) = (room(from), room(to));
        if user != used && user != "main" {
            assert!(rank(&used) < rank(&user), "{from} knows {to}");
        }
    }
}
