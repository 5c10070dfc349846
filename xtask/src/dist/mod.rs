//! `cargo xtask dist`: what a release consists of, made on this machine as the release workflow makes it.
//!
//! In `target/dist/release` appear an archive (the program, completions, manual, licences), on Debian a package for it, a bill of
//! materials in CycloneDX's form, and `SHA256SUMS`. The program is linked statically on Linux, so that it needs nothing of the
//! machine it runs on.

mod archive;
mod debian;
mod licenses;
mod materials;
mod sums;
mod trial;

use crate::workspace;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const USAGE: &str = "cargo xtask dist [--target TRIPLE] [--try]";

/// Builds everything; with `--try`, uses it as somebody would who has just downloaded it.
pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let (mut triple, mut tries) = (None, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match *argument {
            "--target" => triple = Some((*rest.next().ok_or_else(|| format!("--target wants a triple: {USAGE}"))?).to_owned()),
            "--try" => tries = true,
            other => return Err(format!("{USAGE}; what is {other:?}?")),
        }
    }
    let root = workspace::root();
    let triple = match triple {
        Some(triple) => triple,
        None => usual_target()?,
    };
    let program = build(&root, &triple)?;
    let version = version(&program)?;
    let work = root.join("target/dist");
    let release = work.join("release");
    for folder in [work.join("stage"), release.clone()] {
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let parts = materials::parts(&root, &triple)?;
    let name = format!("k5-{version}-{triple}");
    let stage = archive::stage(&root, &program, &work.join("stage").join(&name))?;
    write(&stage.join("THIRD-PARTY.txt"), &licenses::text(&root, &parts)?)?;
    let time = time_of_change(&root)?;
    archive::pack(&stage, &release, &time)?;
    let package = match debian::architecture(&triple) {
        Some(architecture) if is_there("dpkg-deb") => {
            Some(debian::package(&stage, &work.join("stage/debian"), &release, &version, architecture, &time)?)
        }
        _ => None,
    };
    write(&release.join(format!("{name}.cdx.json")), &materials::document(&parts)?)?;
    sums::write(&release)?;
    println!("{}", release.display());
    if tries {
        trial::run(&work, &stage.join("k5"), package.as_deref())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What is built unless a target is named: for this machine, on Linux with musl, if the toolchain has it.
fn usual_target() -> Result<String, String> {
    let about = output(Command::new("rustc").arg("-vV"))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc -vV names no host")?;
    let Some(processor) = host.strip_suffix("-unknown-linux-gnu") else { return Ok(host.to_owned()) };
    let musl = format!("{processor}-unknown-linux-musl");
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(&musl).join("lib").is_dir() {
        return Ok(musl);
    }
    eprintln!(
        "The toolchain lacks {musl} (rustup target add {musl}), so glibc is linked statically: names are looked up in /etc/hosts and \
         DNS, and other sources of /etc/nsswitch.conf only with the same glibc on the machine."
    );
    Ok(host.to_owned())
}

/// Builds the program for a target, and returns its path.
fn build(root: &Path, triple: &str) -> Result<PathBuf, String> {
    let mut flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    if triple.contains("-linux-") {
        flags += " -C target-feature=+crt-static";
    }
    // Messages of a panic name source files: the same ones wherever this was built.
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    for (from, to) in home.iter().map(PathBuf::as_path).zip(["/cargo"]).chain([(root, "/k5")]) {
        flags += &format!(" --remap-path-prefix={}={to}", from.display());
    }
    let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
    cargo.args(["build", "--locked", "--profile", "dist", "--package", "k5-cli", "--target", triple]).current_dir(root);
    cargo.env("RUSTFLAGS", flags.trim_start()).env("CARGO_TARGET_DIR", root.join("target"));
    done(&mut cargo)?;
    Ok(root.join("target").join(triple).join("dist").join("k5"))
}

/// The version that the program says.
fn version(program: &Path) -> Result<String, String> {
    let said = output(Command::new(program).arg("--version"))?;
    said.split_whitespace().nth(1).map(str::to_owned).ok_or_else(|| format!("{} --version says {said:?}", program.display()))
}

/// The time of the last change in seconds, as files in archives get it, so that the same source makes the same archive.
fn time_of_change(root: &Path) -> Result<String, String> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(time) => Ok(time),
        Err(_) => {
            output(Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(root)).map(|time| time.trim().to_owned())
        }
    }
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn done(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

/// What a command prints.
fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim()));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{command:?}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cargo forgets the profile's `strip` for a package that has a section of its own in the profile.
    #[test]
    fn the_program_is_stripped() {
        let manifest: toml::Table = workspace::read(&workspace::root().join("Cargo.toml")).expect("there").parse().expect("TOML");
        let dist = &manifest["profile"]["dist"];
        assert_eq!(dist["strip"].as_str(), Some("symbols"));
        assert!(dist["package"].get("k5-cli").is_none());
    }
}
