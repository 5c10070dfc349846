//! MD5, which is what object storage calls an ETag.

use md5::{Digest, Md5};

/// A running MD5.
#[derive(Clone, Default)]
pub(crate) struct Hasher(Md5);

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The sum in lower-case hexadecimal.
    pub(crate) fn finish(self) -> String {
        self.0.finalize().iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
    }
}

/// The sum of bytes in memory.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_sums() {
        assert_eq!(hex(b""), "d41d8cd98f00b204e9800998ecf8427e");
        let mut hasher = Hasher::default();
        hasher.update(b"a");
        hasher.update(b"bc");
        assert_eq!(hasher.finish(), "900150983cd24fb0d6963f7d28e17f72");
    }
}
