//! `cargo xtask regen`: writes what the tables render to, or checks that it is already there, or counts it.

use crate::render::{self, Rendered};
use crate::{rows, scan, spec, workspace};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let root = workspace::root();
    let differences = differences(&root, &expected(&root)?)?;
    match arguments {
        [] => {
            for difference in &differences {
                difference.apply(&root)?;
                println!("{difference}");
            }
            Ok(ExitCode::SUCCESS)
        }
        ["--check"] => {
            for difference in &differences {
                println!("{difference}");
            }
            if differences.is_empty() {
                return Ok(ExitCode::SUCCESS);
            }
            eprintln!("{} files are not as the tables render them: run `cargo xtask regen`", differences.len());
            Ok(ExitCode::FAILURE)
        }
        ["--stats"] => {
            print!("{}\n{}", stats(&expected(&root)?), command_stats(&root, &expected(&root)?)?);
            Ok(ExitCode::SUCCESS)
        }
        _ => Err("usage: cargo xtask regen [--check | --stats]".to_owned()),
    }
}

/// Every file as the tables of the workspace at `root` render it.
fn expected(root: &Path) -> Result<Vec<Rendered>, String> {
    let rows = rows::load(root)?;
    let spec = spec::load(root, &rows)?;
    Ok(render::render(&spec, &rows, &scan::tests(root)?))
}

/// The number of lines rendered for the services, with and without docs, and the number per operation.
fn stats(files: &[Rendered]) -> String {
    let mut rows: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for file in files
        .iter()
        .filter(|file| file.path.ends_with(".rs") && !["k5-emulator", "k5-cli"].iter().any(|other| file.path.contains(other)))
    {
        let service = file.path.split_once("/src/").map_or("", |(folder, _)| folder);
        let row = rows.entry(service.trim_start_matches("crates/")).or_default();
        row[0] += file.text.lines().count();
        row[1] += file.text.lines().filter(|line| !line.trim_start().starts_with("//")).count();
        let builders = file.path.ends_with("builder.rs");
        row[2] += if builders { file.text.matches("k5_core::builder! {").count() } else { 0 };
    }
    let sum = |index: usize| rows.values().map(|row| row[index]).sum::<usize>();
    let total = [sum(0), sum(1), sum(2)];
    let line = |name: &str, [all, code, operations]: [usize; 3]| {
        let each = code as f64 / operations.max(1) as f64;
        format!("{name:<20} {operations:>10} {all:>10} {code:>12} {each:>14.1}\n")
    };
    let head = format!("{:<20} {:>10} {:>10} {:>12} {:>14}\n", "crate", "operations", "lines", "without docs", "an operation");
    rows.iter().fold(head, |text, (name, row)| text + &line(name, *row)) + &line("total", total)
}

/// The number of lines for the commands of the command line: of table, rendered, and of the Rust that carries them out.
fn command_stats(root: &Path, files: &[Rendered]) -> Result<String, String> {
    let lines = |folder: &str| -> Result<usize, String> {
        let entries = fs::read_dir(root.join(folder)).map_err(|error| format!("{folder}: {error}"))?;
        let texts = entries.flatten().map(|entry| fs::read_to_string(entry.path()).unwrap_or_default());
        Ok(texts.map(|text| text.lines().count()).sum())
    };
    let generated: Vec<&Rendered> =
        files.iter().filter(|file| file.path.starts_with("crates/k5-cli/") && !file.path.ends_with("/documents.rs")).collect();
    let rendered: usize = generated.iter().map(|file| file.text.lines().count()).sum();
    let commands: usize = generated.iter().map(|file| file.text.matches("Command {\n").count()).sum();
    let (table, rust) = (lines("xtask/spec/commands")?, lines("crates/k5-cli/src/commands/table")?);
    let each = |lines: usize| lines as f64 / commands.max(1) as f64;
    Ok(format!(
        "{commands} commands: {table} lines of table ({:.1} a command), {rendered} rendered ({:.1}), {rust} of Rust that carries them \
         out ({:.1})\n",
        each(table),
        each(rendered),
        each(rust)
    ))
}

/// A file that differs from what is expected.
#[derive(Debug, PartialEq, Eq)]
enum Difference {
    Missing { path: String, text: String },
    Changed { path: String, text: String },
    Extra { path: String },
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing { path, .. } => write!(f, "missing  {path}"),
            Self::Changed { path, .. } => write!(f, "changed  {path}"),
            Self::Extra { path } => write!(f, "extra    {path}"),
        }
    }
}

impl Difference {
    fn apply(&self, root: &Path) -> Result<(), String> {
        let (path, done) = match self {
            Self::Missing { path, text } | Self::Changed { path, text } => {
                let full = root.join(path);
                let folder = full.parent().map_or(Ok(()), fs::create_dir_all);
                (path, folder.and_then(|()| fs::write(&full, text)))
            }
            Self::Extra { path } => (path, fs::remove_file(root.join(path))),
        };
        done.map_err(|error| format!("{path}: {error}"))
    }
}

/// What differs on the disk from `expected`, sorted by path. Everything in a folder `generated` is expected to be rendered.
fn differences(root: &Path, expected: &[Rendered]) -> Result<Vec<Difference>, String> {
    let mut found = Vec::new();
    for file in expected {
        let (path, text) = (file.path.clone(), file.text.clone());
        match fs::read(root.join(&path)) {
            Ok(bytes) if bytes == text.as_bytes() => {}
            Ok(_) => found.push(Difference::Changed { path, text }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => found.push(Difference::Missing { path, text }),
            Err(error) => return Err(format!("{path}: {error}")),
        }
    }
    let known: BTreeSet<&str> = expected.iter().map(|file| file.path.as_str()).collect();
    let extra = generated_files(root).into_iter().filter(|path| !known.contains(path.as_str()));
    found.extend(extra.map(|path| Difference::Extra { path }));
    found.sort_by(|a, b| a.path().cmp(b.path()));
    Ok(found)
}

impl Difference {
    fn path(&self) -> &str {
        match self {
            Self::Missing { path, .. } | Self::Changed { path, .. } | Self::Extra { path } => path,
        }
    }
}

/// Every file in a folder `generated` below `crates/*/src`, below the root.
fn generated_files(root: &Path) -> Vec<String> {
    let Ok(crates) = fs::read_dir(root.join("crates")) else { return Vec::new() };
    let mut folders: Vec<(PathBuf, bool)> = crates.flatten().map(|entry| (entry.path().join("src"), false)).collect();
    let mut files = Vec::new();
    while let Some((folder, generated)) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => folders.push((path, generated || entry.file_name() == "generated")),
                false if generated => files.push(path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/")),
                false => {}
            }
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gate: what is in the tree is what the tables render to.
    #[test]
    fn the_tree_is_as_the_tables_render_it() {
        let root = workspace::root();
        let found = differences(&root, &expected(&root).expect("the tables are right")).expect("reads");
        let lines: Vec<String> = found.iter().map(Difference::to_string).collect();
        assert!(lines.is_empty(), "run `cargo xtask regen`:\n{}", lines.join("\n"));
    }

    #[test]
    fn rendering_twice_gives_the_same_bytes() {
        let root = workspace::root();
        let texts =
            || expected(&root).expect("the tables are right").into_iter().map(|file| (file.path, file.text)).collect::<Vec<_>>();
        assert_eq!(texts(), texts());
    }

    #[test]
    fn every_kind_of_drift_is_seen_and_undone() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let file = |path: &str, text: &str| Rendered { path: path.to_owned(), text: text.to_owned() };
        let wanted = [
            file("crates/a/src/generated/mod.rs", "mod meta;\n"),
            file("crates/a/src/generated/meta.rs", "// meta\n"),
            file("docs/coverage.md", "# Coverage\n"),
        ];
        let seen = || -> Vec<String> { differences(root, &wanted).expect("reads").iter().map(Difference::to_string).collect() };
        let repair = || differences(root, &wanted).expect("reads").iter().for_each(|found| found.apply(root).expect("writes"));
        assert_eq!(
            seen(),
            ["missing  crates/a/src/generated/meta.rs", "missing  crates/a/src/generated/mod.rs", "missing  docs/coverage.md"]
        );
        repair();
        assert_eq!(seen(), [""; 0]);

        fs::write(root.join("crates/a/src/generated/meta.rs"), "// meta, by hand\n").expect("writes");
        fs::create_dir_all(root.join("crates/b/src/generated/deep")).expect("makes a folder");
        fs::write(root.join("crates/b/src/generated/deep/old.rs"), "// left over\n").expect("writes");
        fs::write(root.join("crates/b/src/lib.rs"), "// hand-written\n").expect("writes");
        fs::remove_file(root.join("docs/coverage.md")).expect("removes");
        assert_eq!(
            seen(),
            ["changed  crates/a/src/generated/meta.rs", "extra    crates/b/src/generated/deep/old.rs", "missing  docs/coverage.md"]
        );
        repair();
        assert_eq!(seen(), [""; 0]);
        assert!(root.join("crates/b/src/lib.rs").exists() && !root.join("crates/b/src/generated/deep/old.rs").exists());
    }
}
