//! The facade hands on everything that the contract exports, so that a program can depend on `k5` alone.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn the_facade_has_all_of_the_contract() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let read = |path: &str| std::fs::read_to_string(crates.join(path)).expect(path);
    let code = |text: &str| text.lines().filter(|line| !line.trim().starts_with("//")).collect::<Vec<_>>().join(" ");
    let words =
        |text: &str| -> BTreeSet<String> { text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect() };
    let facade = ["k5/src/lib.rs", "k5/src/transport.rs", "k5/src/operation.rs"]
        .map(|path| code(&read(path)).split(';').filter(|part| part.contains("pub use")).collect::<Vec<_>>().join(" "));
    let facade = words(&facade.join(" "));
    let core = code(&read("k5-core/src/lib.rs"));
    let public = core.split(';').filter(|part| !part.contains("mod private")).filter_map(|part| {
        let part = part.split("#[doc(hidden)]").next().unwrap_or_default().trim();
        part.split_once("pub use ").or_else(|| part.split_once("pub mod ")).map(|(_, names)| names)
    });
    let names: BTreeSet<String> =
        public.flat_map(|names| words(names.split_once("::").map_or(names, |(_, below)| below))).collect();
    assert!(names.len() > 40, "{names:?}");
    let missing: Vec<_> = names.iter().filter(|name| !name.is_empty() && !facade.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
