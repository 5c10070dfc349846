//! Uses what was built as somebody would who has just downloaded it: in a folder that has nothing else, and in a new Debian.

use super::{done, output};
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs the trials that this machine allows, and says which it leaves out. Both change the root folder, so they need root.
pub(super) fn run(work: &Path, program: &Path, package: Option<&Path>) -> Result<(), String> {
    if !cfg!(target_os = "linux") || output(Command::new("id").arg("-u"))?.trim() != "0" {
        eprintln!("SKIPPED: the trials need root on Linux");
        return Ok(());
    }
    alone(&work.join("alone"), program)?;
    match package {
        Some(package) if super::is_there("debootstrap") => installed(&work.join("debian"), package),
        Some(_) => {
            eprintln!("SKIPPED: debootstrap is missing, so the package was not installed in a new Debian");
            Ok(())
        }
        None => Ok(()),
    }
}

/// The program with nothing beside it: no library, no shell, no configuration. It stores an object in the built-in cloud and reads
/// it back, which takes sockets, threads, files and random numbers.
fn alone(folder: &Path, program: &Path) -> Result<(), String> {
    new_folder(folder)?;
    std::fs::copy(program, folder.join("k5")).map_err(|error| format!("{}: {error}", folder.display()))?;
    let k5 = |arguments: &[&str]| {
        let mut command = Command::new("chroot");
        command.arg(folder).arg("/k5").args(arguments).env_clear();
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", "/").env("OS_CLOUD", "emulator").stdin(Stdio::null());
        output(&mut command)
    };
    k5(&["--version"])?;
    k5(&["object", "cp", "/k5", "swift://trial/k5"])?;
    k5(&["object", "cp", "swift://trial/k5", "/copy"])?;
    let same = std::fs::read(folder.join("k5")).ok() == std::fs::read(folder.join("copy")).ok();
    if !same {
        return Err(format!("{}: k5 and copy differ", folder.display()));
    }
    println!("in an empty root folder: stored itself in the built-in cloud, and came back unchanged");
    Ok(())
}

/// Installs the package in a new minimal Debian, uses it, and removes it again.
fn installed(folder: &Path, package: &Path) -> Result<(), String> {
    let release = std::fs::read_to_string("/etc/os-release").map_err(|error| format!("/etc/os-release: {error}"))?;
    let suite = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).unwrap_or("stable");
    if !folder.join("usr/bin/dpkg").exists() {
        new_folder(folder)?;
        done(
            Command::new("debootstrap")
                .args(["--variant=minbase", "--include=bash-completion", suite])
                .arg(folder)
                .stdout(Stdio::null()),
        )?;
    }
    let copy = |error: std::io::Error| format!("{}: {error}", package.display());
    std::fs::copy(package, folder.join("k5.deb")).map_err(copy)?;
    let debian = |script: &str| {
        let mut command = Command::new("chroot");
        command
            .arg(folder)
            .args(["/bin/bash", "-euc", script])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", "/root");
        output(&mut command)
    };
    debian("dpkg -i /k5.deb")?;
    // What is in the package is on the disk, unchanged.
    debian("dpkg --verify k5")?;
    debian("k5 --version && OS_CLOUD=emulator k5 server list")?;
    let completed = debian(
        ". /usr/share/bash-completion/bash_completion; _completion_loader k5 || true; complete -p k5; \
         test -s /usr/share/zsh/vendor-completions/_k5; test -s /usr/share/fish/vendor_completions.d/k5.fish",
    )?;
    if !completed.contains("k5") {
        return Err(format!("bash completes k5 by {completed:?}"));
    }
    debian("zcat /usr/share/man/man1/k5.1.gz | grep -q '^.TH k5' && zcat /usr/share/doc/k5/changelog.gz >/dev/null")?;
    debian("dpkg -r k5 && ! test -e /usr/bin/k5")?;
    println!("in a new Debian ({suite}): installed, used, completed by bash, removed");
    Ok(())
}

fn new_folder(folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(failed)?;
    }
    std::fs::create_dir_all(folder).map_err(failed)
}
