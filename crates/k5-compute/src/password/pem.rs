//! PEM: text around Base64.

use super::refusal::{damaged, too_long, unsuitable};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k5_core::{Error, Result};
use zeroize::Zeroizing;

/// No key takes more, in characters; one of 16,384 bits takes 13,000.
const LONGEST: usize = 64 * 1024;

/// A block of a file.
pub(super) struct Pem<'t> {
    pub(super) label: &'t str,
    headers: Vec<(&'t str, &'t str)>,
    pub(super) body: Zeroizing<Vec<u8>>,
}

impl<'t> Pem<'t> {
    /// The first private key, or else the first block: parameters and certificates may stand before a key.
    pub(super) fn find(text: &'t str) -> Result<Self> {
        // Some editors begin a file with this mark.
        let text = text.trim_start_matches('\u{feff}');
        let begin = |line: &'t str| line.strip_prefix("-----BEGIN ")?.strip_suffix("-----");
        let labels = || text.lines().map(str::trim).filter_map(begin);
        let found = labels().find(|label| label.ends_with("PRIVATE KEY")).or_else(|| labels().next());
        let Some(label) = found else { return Err(no_pem(text)) };
        let lines = text.lines().map(str::trim).skip_while(|line| begin(line) != Some(label)).skip(1);
        let end = format!("-----END {label}-----");
        let (mut headers, mut body) = (Vec::new(), Zeroizing::new(String::with_capacity(text.len().min(LONGEST * 2))));
        for line in lines {
            if line == end {
                let body = STANDARD.decode(body.as_bytes()).map_err(|_| damaged())?;
                return Ok(Self { label, headers, body: Zeroizing::new(body) });
            }
            match line.split_once(':') {
                Some((name, value)) => headers.push((name, value.trim())),
                None => body.push_str(line),
            }
            if body.len() > LONGEST {
                return Err(too_long());
            }
        }
        // The end is missing.
        Err(damaged())
    }

    pub(super) fn header(&self, name: &str) -> Option<&'t str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// What else the file may be.
fn no_pem(text: &str) -> Error {
    let text = text.trim_start();
    if text.starts_with("PuTTY-User-Key-File") {
        return Error::invalid_input(
            "this is a private key in PuTTY's format: convert it with `puttygen FILE -O private-openssh -o NEW` or the menu \
             Conversions",
        );
    }
    if ["ssh-", "ecdsa-"].iter().any(|start| text.starts_with(start)) {
        return unsuitable("PUBLIC KEY");
    }
    Error::invalid_input("this is not a private key in PEM format: it has no line `-----BEGIN ... PRIVATE KEY-----`")
}
