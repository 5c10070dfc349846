//! `cargo xtask package`: whether what would be published is complete and works without this workspace.
//!
//! Each crate is packed as for crates.io and unpacked elsewhere. There the crates form a workspace of their own, in which every
//! dependency among them leads to an unpacked one, so that nothing is found that a package lacks. `cargo package` alone compiles
//! libraries and programs, but neither tests nor examples nor doc tests.

mod contents;
mod members;

use crate::workspace;
use members::Member;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

const USAGE: &str = "cargo xtask package [--check]";

/// Packs, unpacks and tests all crates. With `--check` they are compiled, tests and examples included, but nothing is run.
pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let runs_tests = match arguments {
        [] => true,
        ["--check"] => false,
        other => return Err(format!("{USAGE}; what is {other:?}?")),
    };
    let root = workspace::root();
    let (members, target) = members::read(&root)?;
    let unpacked = unpack(&root, &target, &members)?;
    let mut problems = Vec::new();
    println!("{:<20} {:>6} {:>9}", "crate", "files", "KiB");
    for member in &members {
        let seen = contents::look(&root, &unpacked, member)?;
        println!("{:<20} {:>6} {:>9.1}", member.name, seen.files, seen.bytes as f64 / 1024.0);
        problems.extend(seen.problems.into_iter().map(|problem| format!("{}: {problem}", member.name)));
    }
    for problem in &problems {
        eprintln!("{problem}");
    }
    // A file that is missing would only come back as an error of the compiler that says less.
    if !problems.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    let cargo = Cargo { folder: unpacked, target };
    let mut passed = cargo.run(&["check", "--workspace", "--all-targets", "--all-features"]);
    if runs_tests {
        passed &= cargo.run(&["test", "--workspace", "--all-features", "--no-fail-fast"]);
        // Alone, a crate has the features that it asks for itself, and none that another one brings.
        for member in &members {
            passed &= cargo.run(&["check", "--package", &member.name]);
            passed &= !member.has_features || cargo.run(&["check", "--package", &member.name, "--no-default-features"]);
        }
    }
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Packs the members, and unpacks them into a workspace; returns its folder.
fn unpack(root: &Path, target: &Path, members: &[Member]) -> Result<PathBuf, String> {
    let mut pack = Command::new(cargo());
    // Before the first release none is on crates.io: cargo then takes a dependency from those that it packs in the same run.
    pack.args(["package", "--quiet", "--locked", "--no-verify", "--allow-dirty"]).current_dir(root);
    for member in members {
        pack.args(["--package", &member.name]);
    }
    done(pack)?;
    let folder = target.join("unpacked");
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(failed)?;
    }
    std::fs::create_dir_all(&folder).map_err(failed)?;
    for member in members {
        // All files in a package have the same time. With that, cargo would take what has changed for what it compiled before.
        let mut tar = Command::new("tar");
        tar.arg("-xzmf").arg(target.join("package").join(format!("{}.crate", member.folder()))).arg("-C").arg(&folder);
        done(tar)?;
    }
    let profiles = profiles(&workspace::read(&root.join("Cargo.toml"))?);
    std::fs::write(folder.join("Cargo.toml"), manifest(members, &profiles)).map_err(failed)?;
    // The versions that the workspace is tested with; cargo leaves out those that only its own packages need.
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).map_err(failed)?;
    Ok(folder)
}

/// The manifest of the workspace of unpacked crates. Without `[patch]`, they would be looked for on crates.io.
fn manifest(members: &[Member], profiles: &str) -> String {
    let folders: Vec<String> = members.iter().map(|member| format!("{:?}", member.folder())).collect();
    let mut text = format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[patch.crates-io]\n", folders.join(", "));
    for member in members {
        text += &format!("{} = {{ path = \"{}\" }}\n", member.name, member.folder());
    }
    text + "\n" + profiles
}

/// The profiles of the root's manifest, so that other projects' crates need not be compiled again.
fn profiles(manifest: &str) -> String {
    manifest.find("\n[profile.").map_or_else(String::new, |start| manifest[start + 1..].to_owned())
}

/// Cargo in the workspace of unpacked crates, with the target folder of this one.
struct Cargo {
    folder: PathBuf,
    target: PathBuf,
}

impl Cargo {
    fn run(&self, arguments: &[&str]) -> bool {
        println!("\n=== unpacked: cargo {}", arguments.join(" "));
        let started = Instant::now();
        let mut command = Command::new(cargo());
        command.args(arguments).current_dir(&self.folder).env("CARGO_TARGET_DIR", &self.target);
        let passed = command.status().is_ok_and(|status| status.success());
        println!("{} after {:.0} s", if passed { "passed" } else { "FAILED" }, started.elapsed().as_secs_f64());
        passed
    }
}

fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

fn done(mut command: Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_leads_to_the_unpacked_crates() {
        let member =
            |name: &str| Member { name: name.to_owned(), version: "1.2.3".to_owned(), has_features: false, is_library: true };
        let root = "[workspace]\nmembers = []\n\n[profile.dev]\ndebug = false\n";
        let text = manifest(&[member("k5"), member("k5-core")], &profiles(root));
        assert!(text.contains("k5 = { path = \"k5-1.2.3\" }\nk5-core = { path = \"k5-core-1.2.3\" }\n"), "{text}");
        assert!(text.ends_with("\n[profile.dev]\ndebug = false\n"), "{text}");
        assert_eq!(profiles("[workspace]\n"), "");
    }
}
