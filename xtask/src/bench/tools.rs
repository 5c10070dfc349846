//! Where the programs are that take part.

use super::measure::Argv;
use super::options::Options;
use super::work::Work;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Our own programs, and the folder of the peers' clients that come from no package of the system.
pub(crate) struct Tools {
    pub(crate) k5: PathBuf,
    pub(crate) floor: PathBuf,
    pub(crate) small_call: PathBuf,
    /// Our program over the opendal crate, or why there is none.
    pub(crate) opendal: Result<PathBuf, String>,
    clients: Option<PathBuf>,
    built: bool,
}

impl Tools {
    /// Ours: from the folder that is given, or built as they are shipped.
    pub(crate) fn ours(root: &Path, options: &Options) -> Result<Self, String> {
        let folder = match &options.programs {
            Some(folder) => folder.clone(),
            None => build(root)?,
        };
        // Measured commands do not run in our working folder.
        let folder = std::path::absolute(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let program = |name: &str| match folder.join(name) {
            path if path.is_file() => Ok(path),
            path => Err(format!("there is no {}", path.display())),
        };
        Ok(Self {
            k5: program("k5")?,
            floor: program("floor")?,
            small_call: program("small-call")?,
            opendal: opendal(root, &folder, options),
            clients: None,
            built: options.programs.is_none(),
        })
    }

    /// Finds the peers' clients, or installs them.
    pub(crate) fn find_clients(&mut self, root: &Path, options: &Options) -> Result<(), String> {
        if let Some(folder) = &options.clients {
            self.clients = Some(std::path::absolute(folder).map_err(|error| format!("{}: {error}", folder.display()))?);
            return Ok(());
        }
        let script = root.join("tests/openstack/clients.sh");
        let output = Command::new("bash").arg(&script).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| format!("{}: {error}", script.display()))?;
        if !output.status.success() {
            return Err(
                "tests/openstack/clients.sh could not install the peers' clients; --clients names a folder of them".to_owned()
            );
        }
        self.clients = Some(String::from_utf8_lossy(&output.stdout).trim().into());
        Ok(())
    }

    /// A program of the peers or of the system.
    pub(crate) fn find(&self, name: &str) -> Result<PathBuf, String> {
        let system = std::env::var_os("PATH").unwrap_or_default();
        let folders = self.clients.iter().cloned().chain(std::env::split_paths(&system));
        // Where users other than root do not look.
        let mut folders = folders.chain([PathBuf::from("/usr/sbin")]);
        folders
            .find_map(|folder| Some(folder.join(name)).filter(|path| path.is_file()))
            .ok_or_else(|| format!("there is no {name} here"))
    }

    /// The first line of what each says about its version.
    pub(crate) fn versions(&self, root: &Path, work: &Work) -> Vec<(&'static str, String)> {
        let home = work.home();
        let first = |argv: Argv, line: usize| {
            let printed = argv.output(&home).unwrap_or_default();
            printed.lines().nth(line).map(|line| line.trim().to_owned()).filter(|line| !line.is_empty())
        };
        let mut found = Vec::new();
        let mut k5 = first(Argv::new(&self.k5).args(["--version"]), 0).unwrap_or_default();
        // Of programs from elsewhere the commit is not known.
        if let Some(commit) =
            first(Argv::new("git").args(["-C", &*root.to_string_lossy(), "rev-parse", "--short", "HEAD"]), 0).filter(|_| self.built)
        {
            k5.push_str(&format!(", commit {commit}"));
        }
        found.push(("k5", k5));
        if self.opendal.is_ok()
            && let Some(version) = locked(&root.join(OPENDAL).join("Cargo.lock"), "opendal")
        {
            found.push(("opendal", version));
        }
        // nginx writes to stderr.
        let shell = |script: &str| Argv::new("bash").args(["-c", script, "bash"]);
        let program = |name: &str, option: &str| {
            let path = self.find(name).ok()?;
            first(shell("\"$@\" 2>&1").args([&*path.to_string_lossy(), option]), 0)
        };
        for (name, option) in [
            ("curl", "--version"),
            ("rclone", "version"),
            ("swift", "--version"),
            ("openstack", "--version"),
            ("nginx", "-v"),
            ("openssl", "version"),
            ("valgrind", "--version"),
        ] {
            // The peers' clients are looked for when they take part.
            let takes_part = self.clients.is_some() || !matches!(name, "rclone" | "swift" | "openstack");
            if let Some(version) = program(name, option).filter(|_| takes_part) {
                // curl goes on with the versions of all its libraries.
                found.push((name, version.trim_start_matches("nginx version: ").split(" (").next().unwrap_or_default().to_owned()));
            }
        }
        let rustc = Command::new(std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned())).arg("--version").output();
        if let Ok(output) = rustc {
            found.push(("rustc", String::from_utf8_lossy(&output.stdout).trim().to_owned()));
        }
        found
    }
}

/// Gives the folder of the programs.
fn build(root: &Path) -> Result<PathBuf, String> {
    eprintln!("building k5, floor and small-call as they are shipped");
    let mut cargo = Command::new(cargo());
    cargo.args(["build", "--profile", "dist", "--package", "k5-cli", "--package", "k5-tests", "--bins"]).current_dir(root);
    match cargo.status() {
        Ok(status) if status.success() => Ok(dist(root)),
        _ => Err("the programs to measure can't be built".to_owned()),
    }
}

/// Our program over the opendal crate: a package of its own, which the workspace does not know.
const OPENDAL: &str = "tests/bench/opendal";
const OPENDAL_PROGRAM: &str = "opendal-swift";

fn opendal(root: &Path, folder: &Path, options: &Options) -> Result<PathBuf, String> {
    if !options.has_peers() {
        return Err("it takes part in none of these contests".to_owned());
    }
    let given = folder.join(OPENDAL_PROGRAM);
    if given.is_file() {
        return Ok(given);
    }
    eprintln!("building {OPENDAL_PROGRAM} in release mode");
    let target = dist(root).with_file_name("opendal");
    let mut cargo = Command::new(cargo());
    cargo.args(["build", "--release", "--locked", "--manifest-path"]).arg(root.join(OPENDAL).join("Cargo.toml"));
    match cargo.arg("--target-dir").arg(&target).status() {
        Ok(status) if status.success() => Ok(target.join("release").join(OPENDAL_PROGRAM)),
        _ => Err(format!("{OPENDAL_PROGRAM} can't be built")),
    }
}

/// The version of a package in a lock file.
pub(crate) fn locked(lock: &Path, package: &str) -> Option<String> {
    let document: toml::Table = crate::workspace::read(lock).ok()?.parse().ok()?;
    let packages = document.get("package")?.as_array()?;
    let found = packages.iter().find(|found| found.get("name").and_then(toml::Value::as_str) == Some(package))?;
    found.get("version")?.as_str().map(str::to_owned)
}

/// Where cargo puts what it builds with the profile of what is shipped.
pub(crate) fn dist(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder)).join("dist")
}

pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_opendal_is_known() {
        let lock = crate::workspace::root().join(OPENDAL).join("Cargo.lock");
        assert!(locked(&lock, "opendal").is_some_and(|version| version.contains('.')));
        assert_eq!(locked(&lock, "no-such-package"), None);
    }
}
