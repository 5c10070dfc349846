//! `SHA256SUMS`, as `sha256sum --check` reads it.

use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::Path;

/// Writes the sums of all files of a folder into one more file there.
pub(super) fn write(folder: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        lines.push((name, line(&bytes)));
    }
    lines.sort();
    let text: String = lines.into_iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    super::write(&folder.join("SHA256SUMS"), &text)
}

/// The sum in hexadecimal digits.
fn line(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_file_has_a_line() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("b"), "").expect("written");
        std::fs::write(folder.path().join("a"), "abc").expect("written");
        super::write(folder.path()).expect("written");
        let text = std::fs::read_to_string(folder.path().join("SHA256SUMS")).expect("text");
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a\n\
                        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b\n";
        assert_eq!(text, expected);
    }
}
