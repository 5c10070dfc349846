//! The Debian package: the program, its completions where each shell looks for them, and its manual.

use super::archive::COMPLETIONS;
use super::{done, output, write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's name for the processor of a target, if it is a Linux.
pub(super) fn architecture(triple: &str) -> Option<&'static str> {
    match triple.split_once("-unknown-linux-")?.0 {
        "x86_64" => Some("amd64"),
        "aarch64" => Some("arm64"),
        _ => None,
    }
}

/// Makes the package of what `stage` has, by way of the folder `tree`, and returns its path.
pub(super) fn package(
    stage: &Path,
    tree: &Path,
    release: &Path,
    version: &str,
    architecture: &str,
    time: &str,
) -> Result<PathBuf, String> {
    let install =
        |mode: &str, from: &Path, to: &str| done(Command::new("install").args(["-D", "-m", mode]).arg(from).arg(tree.join(to)));
    install("755", &stage.join("k5"), "usr/bin/k5")?;
    for (shell, file) in COMPLETIONS {
        let place = match shell {
            "bash" => "usr/share/bash-completion/completions/k5",
            "zsh" => "usr/share/zsh/vendor-completions/_k5",
            _ => "usr/share/fish/vendor_completions.d/k5.fish",
        };
        install("644", &stage.join("completions").join(file), place)?;
    }
    let pages = stage.join("man/man1");
    for entry in std::fs::read_dir(&pages).map_err(|error| format!("{}: {error}", pages.display()))? {
        let page = entry.map_err(|error| format!("{}: {error}", pages.display()))?.path();
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        install("644", &page, &format!("usr/share/man/man1/{name}"))?;
    }
    let documents = "usr/share/doc/k5";
    install("644", &stage.join("README.md"), &format!("{documents}/README.md"))?;
    install("644", &stage.join("CHANGELOG.md"), &format!("{documents}/changelog"))?;
    install("644", &stage.join("THIRD-PARTY.txt"), &format!("{documents}/THIRD-PARTY.txt"))?;
    let mit = std::fs::read_to_string(stage.join("LICENSE-MIT")).map_err(|error| format!("LICENSE-MIT: {error}"))?;
    write(&tree.join(documents).join("copyright"), &copyright(&mit))?;
    // As Debian's policy wants it: without a name and a time in the compressed file.
    for compressed in
        [tree.join("usr/share/man"), tree.join(documents).join("changelog"), tree.join(documents).join("THIRD-PARTY.txt")]
    {
        done(Command::new("gzip").args(["-9", "-n", "-r"]).arg(compressed))?;
    }
    let size = output(Command::new("du").args(["-sk", "--apparent-size"]).arg(tree.join("usr")))?;
    let size = size.split_whitespace().next().unwrap_or("0");
    let control = tree.join("DEBIAN");
    std::fs::create_dir_all(&control).map_err(|error| format!("{}: {error}", control.display()))?;
    write(&control.join("control"), &fields(version, architecture, size))?;
    // Whatever the umask is: everybody may read all of it.
    done(Command::new("chmod").args(["-R", "go=rX,u+rw"]).arg(tree))?;
    let package = release.join(format!("k5_{version}_{architecture}.deb"));
    let mut build = Command::new("dpkg-deb");
    build.args(["--root-owner-group", "-Zxz", "--build"]).arg(tree).arg(&package).env("SOURCE_DATE_EPOCH", time);
    done(&mut build)?;
    Ok(package)
}

/// The control file. The program is static, so it depends on nothing; certificates are what it trusts a server by.
fn fields(version: &str, architecture: &str, size: &str) -> String {
    // A version such as 0.2.0-rc.1 comes before 0.2.0 in Debian's order if it is written with a tilde.
    let version = version.replace('-', "~");
    format!(
        "Package: k5\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: The k5 authors\nInstalled-Size: {size}\n\
         Recommends: ca-certificates\nSuggests: bash-completion, less\nSection: net\nPriority: optional\n\
         Description: command line for Fujitsu K5 and OpenStack clouds\n \
         Commands with openstackclient's nouns, verbs and configuration for servers,\n \
         volumes, images, networks and object storage; copies and syncs of objects\n \
         that are checked both ways and resume; and a cloud of its own for trials.\n"
    )
}

/// The copyright file, in the form that Debian's tools read.
fn copyright(mit: &str) -> String {
    let mit: String =
        mit.trim_end().lines().map(|line| if line.is_empty() { " .\n".to_owned() } else { format!(" {line}\n") }).collect();
    format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: The k5 authors\n\
         License: MIT or Apache-2.0\nComment: Licences of the libraries in the program are in THIRD-PARTY.txt.gz.\n\n\
         License: MIT\n{mit}\nLicense: Apache-2.0\n On Debian systems its text is in /usr/share/common-licenses/Apache-2.0.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_have_debians_names() {
        assert_eq!(architecture("x86_64-unknown-linux-musl"), Some("amd64"));
        assert_eq!(architecture("aarch64-unknown-linux-gnu"), Some("arm64"));
        assert_eq!(architecture("aarch64-apple-darwin"), None);
        assert_eq!(architecture("riscv64gc-unknown-linux-gnu"), None);
    }

    #[test]
    fn control_files_have_one_line_per_field() {
        let text = fields("0.2.0-rc.1", "amd64", "123");
        assert!(text.starts_with("Package: k5\nVersion: 0.2.0~rc.1\nArchitecture: amd64\n"), "{text}");
        for line in text.lines() {
            assert!(line.starts_with(' ') || line.split_once(": ").is_some_and(|(_, value)| !value.is_empty()), "{line}");
        }
        assert!(text.lines().all(|line| line.len() < 80), "{text}");
        assert!(
            copyright("MIT License\n\nPermission\n").contains("License: MIT\n MIT License\n .\n Permission\n\nLicense: Apache")
        );
    }
}
