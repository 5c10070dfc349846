//! The packages below `beyond`: a workspace of their own, whose dependencies are compiled for nothing but their tests.

use super::{Outcome, Wish, cargo, step};
use std::path::Path;
use std::process::{Command, Stdio};

const MANIFEST: &str = "beyond/Cargo.toml";
const NAME: &str = "tables of DataFusion and Ballista";

/// Runs their tests, in the same target folder as ours.
pub(super) fn beyond(root: &Path, wish: Wish, failed: &mut Vec<String>) -> (String, Outcome) {
    if let Some(why) = obstacle(root) {
        eprintln!("\n!!! SKIPPED: {NAME}: {why} !!!\n");
        let outcome = if wish == Wish::Required { Outcome::Failed } else { Outcome::Skipped };
        return (format!("{NAME}: {why}"), outcome);
    }
    step(NAME, cargo(root, &["test", "--locked", "--manifest-path", MANIFEST, "--target-dir", "target", "--no-fail-fast"]), failed)
}

/// Why they can't be compiled here.
fn obstacle(root: &Path) -> Option<String> {
    let text = std::fs::read_to_string(root.join(MANIFEST)).ok()?;
    let wanted = text.lines().find_map(|line| line.strip_prefix("rust-version = "))?.trim_matches('"').to_owned();
    let printed = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned())).arg("--version").output().ok()?;
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    if minor(printed.split(' ').nth(1)?)? < minor(&wanted)? {
        return Some(format!("they need Rust {wanted}, and this is {}", printed.trim()));
    }
    let mut fetch = cargo(root, &["fetch", "--locked", "--manifest-path", MANIFEST]);
    let fetched = fetch.stdin(Stdio::null()).status().is_ok_and(|status| status.success());
    (!fetched).then(|| "their dependencies can't be fetched".to_owned())
}

/// The second number of `1.94.0`.
fn minor(version: &str) -> Option<u32> {
    version.split('.').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_says_which_rust_it_needs() {
        let text = crate::workspace::read(&crate::workspace::root().join(MANIFEST)).expect("it is there");
        assert!(text.lines().any(|line| line.starts_with("rust-version = ")));
        assert_eq!((minor("1.94"), minor("1.95.0"), minor("nightly")), (Some(94), Some(95), None));
    }
}
