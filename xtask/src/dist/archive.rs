//! The archive: the program and what stands beside it.

use super::{done, output};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the program prints for each shell, and what the file is called.
pub(super) const COMPLETIONS: [(&str, &str); 3] = [("bash", "k5.bash"), ("zsh", "_k5"), ("fish", "k5.fish")];

/// Puts everything into `folder`, and returns it.
pub(super) fn stage(root: &Path, program: &Path, folder: &Path) -> Result<PathBuf, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let completions = folder.join("completions");
    std::fs::create_dir_all(&completions).map_err(failed)?;
    std::fs::copy(program, folder.join("k5")).map_err(failed)?;
    for file in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        std::fs::copy(root.join(file), folder.join(file)).map_err(|error| format!("{file}: {error}"))?;
    }
    for (shell, file) in COMPLETIONS {
        let script = output(Command::new(program).args(["completion", shell]))?;
        super::write(&completions.join(file), &script)?;
    }
    done(Command::new(program).arg("man").arg(folder.join("man/man1")))?;
    Ok(folder.to_owned())
}

/// Packs the folder into `release`. With GNU tar, the same folder and time make the same archive.
pub(super) fn pack(folder: &Path, release: &Path, time: &str) -> Result<(), String> {
    let (Some(name), Some(parent)) = (folder.file_name().and_then(|name| name.to_str()), folder.parent()) else {
        return Err(format!("{} has no name", folder.display()));
    };
    let mut tar = Command::new("tar");
    if output(Command::new("tar").arg("--version"))?.contains("GNU tar") {
        tar.args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=go=rX,u+rw"]).arg(format!("--mtime=@{time}"));
    }
    done(tar.arg("-czf").arg(release.join(format!("{name}.tar.gz"))).arg("-C").arg(parent).arg(name))
}
