//! User data: what cloud-init does in a server when it boots for the first time.
//!
//! ```
//! use k5_compute::user_data::{Part, UserData};
//!
//! # fn main() -> k5_core::Result<()> {
//! let script = UserData::script("#!/bin/sh\napt-get install -y nginx\n")?;
//! let both = UserData::multipart([
//!     Part::cloud_config("package_update: true\n"),
//!     Part::script("#!/bin/sh\nsystemctl enable --now nginx\n").name("10-nginx.sh"),
//! ])?;
//! assert!(both.gzip().encoded_len() < UserData::LIMIT && script.encoded_len() < UserData::LIMIT);
//! # Ok(()) }
//! ```
//!
//! A [`UserData`] is given to [`CreateServer::user_data`](crate::builder::CreateServer::user_data). A request has room for
//! [`UserData::LIMIT`] characters of Base64, that is 49,149 bytes, which is checked before anything is sent; [`UserData::gzip`]
//! makes more fit, and [`Part::include`] has the server fetch the rest. User data is a secret here: neither `Debug` nor an error
//! shows it. Within the server, every user can read it.

mod mime;
mod part;

pub use part::Part;

use crate::limits;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use k5_core::{Error, Result, Secret};
use std::fmt;
use std::io::Write;

/// How cloud-init recognizes a document that says what it is by its first line.
const CLOUD_CONFIG: &str = "#cloud-config";
/// What a compressed document begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The user data of a new server.
#[derive(Clone, PartialEq, Eq)]
pub struct UserData {
    bytes: Vec<u8>,
}

impl fmt::Debug for UserData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserData").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl UserData {
    /// The longest user data, in characters of Base64.
    pub const LIMIT: usize = limits::USER_DATA;

    /// These bytes as they are, such as a script for Windows (`#ps1_sysnative`) or a document that was composed elsewhere.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into() }
    }

    /// A script, which runs once, as root, at the end of the first boot.
    ///
    /// # Errors
    /// If it doesn't begin with `#!` and its interpreter: cloud-init would not run it.
    pub fn script(text: impl Into<String>) -> Result<Self> {
        let part = Part::script(text.into());
        part.check()?;
        Ok(Self::single(part))
    }

    /// A document of cloud-config in YAML; its first line, `#cloud-config`, is added if it is missing.
    pub fn cloud_config(yaml: impl Into<String>) -> Self {
        let mut part = Part::cloud_config(yaml);
        if !part.content.starts_with(CLOUD_CONFIG.as_bytes()) {
            part.content.splice(..0, format!("{CLOUD_CONFIG}\n").into_bytes());
        }
        Self::single(part)
    }

    /// Several documents in one, as MIME multipart. Scripts run in the order of their names, or of the parts where they have none.
    ///
    /// # Errors
    /// If there is no part, or a part is not what cloud-init takes it for; the error names its number.
    pub fn multipart(parts: impl IntoIterator<Item = Part>) -> Result<Self> {
        let parts: Vec<Part> = parts.into_iter().collect();
        if parts.is_empty() {
            return Err(Error::invalid_input("multipart user data needs at least one part"));
        }
        for (index, part) in parts.iter().enumerate() {
            let named = |error: Error| Error::invalid_input(format!("part {} of the user data: {}", index + 1, error.message()));
            part.check().map_err(named)?;
        }
        Ok(Self { bytes: mime::multipart(&parts) })
    }

    /// The part's content alone, since its first line says what it is, unless cloud-init would take it for MIME.
    fn single(part: Part) -> Self {
        match mime::looks_like_mime(&part.content) {
            true => Self { bytes: mime::multipart(&[part]) },
            false => Self { bytes: part.content },
        }
    }

    /// Compresses it, which cloud-init recognizes; data that is already compressed stays as it is.
    pub fn gzip(self) -> Self {
        if self.bytes.starts_with(&GZIP) {
            return self;
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        // Writing to memory can't fail.
        match encoder.write_all(&self.bytes).and_then(|()| encoder.finish()) {
            Ok(bytes) => Self { bytes },
            Err(_) => self,
        }
    }

    /// What cloud-init will read.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its length in the request, in characters of Base64.
    pub fn encoded_len(&self) -> usize {
        self.bytes.len().div_ceil(3) * 4
    }

    /// As the request has it: in Base64.
    pub fn encoded(&self) -> Secret {
        Secret::new(STANDARD.encode(&self.bytes))
    }
}

impl From<UserData> for Secret {
    fn from(data: UserData) -> Self {
        data.encoded()
    }
}

impl From<&UserData> for Secret {
    fn from(data: &UserData) -> Self {
        data.encoded()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn text(data: &UserData) -> &str {
        std::str::from_utf8(data.as_bytes()).expect("text")
    }

    #[test]
    fn one_document_stays_as_it_is() {
        let script = UserData::script("#!/bin/sh\necho é\n").expect("a script");
        assert_eq!(text(&script), "#!/bin/sh\necho é\n");
        assert_eq!(script.encoded().expose(), "IyEvYmluL3NoCmVjaG8gw6kK");
        assert_eq!(script.encoded_len(), script.encoded().expose().len());
        let error = UserData::script("echo secret\n").expect_err("no interpreter").to_string();
        assert!(error.contains("must begin with `#!`") && !error.contains("secret"), "{error}");
        assert_eq!(text(&UserData::cloud_config("users: []\n")), "#cloud-config\nusers: []\n");
        assert_eq!(text(&UserData::cloud_config("#cloud-config\nusers: []\n")), "#cloud-config\nusers: []\n");
        for text in ["\u{feff}users: []\n", "\u{feff}#cloud-config\nusers: []\n"] {
            assert_eq!(self::text(&UserData::cloud_config(text)), "#cloud-config\nusers: []\n", "{text:?}");
        }
        assert_eq!(text(&UserData::script("\u{feff}#!/bin/sh\n").expect("a script")), "#!/bin/sh\n");
        assert_eq!(UserData::raw(*b"#ps1\n\0").as_bytes(), b"#ps1\n\0");
    }

    #[test]
    fn what_cloud_init_would_take_for_mime_is_wrapped() {
        let mail = "#!/bin/sh\nprintf 'Mime-Version: 1.0\\n\\nhello' | sendmail ops\n";
        let script = UserData::script(mail).expect("a script");
        assert!(text(&script).starts_with("Content-Type: multipart/mixed;") && text(&script).contains(mail));
        // It looks at the beginning alone.
        let late = format!("#!/bin/sh\n{}{mail}", "#\n".repeat(2100));
        assert_eq!(text(&UserData::script(late.clone()).expect("a script")), late);
    }

    #[test]
    fn compression_is_undone_by_any_gunzip() {
        let long = format!("#!/bin/sh\n{}", "echo again\n".repeat(10_000));
        let script = UserData::script(long.clone()).expect("a script");
        assert!(script.encoded_len() > UserData::LIMIT);
        let packed = script.gzip();
        assert!(packed.encoded_len() < 2000, "{}", packed.encoded_len());
        let mut back = String::new();
        GzDecoder::new(packed.as_bytes()).read_to_string(&mut back).expect("unpacked");
        assert_eq!(back, long);
        assert_eq!(packed.clone().gzip(), packed, "once is enough");
    }

    #[test]
    fn it_is_a_secret() {
        let data = UserData::multipart([Part::script("#!/bin/sh\npasswd=Wq3d\n").name("a.sh")]).expect("a part");
        assert_eq!(format!("{data:?}"), format!("UserData {{ bytes: {}, .. }}", data.as_bytes().len()));
        assert_eq!(format!("{:?}", Secret::from(&data)), "***");
        assert_eq!(Secret::from(&data), Secret::from(data.clone()));
    }

    #[test]
    fn parts_are_checked() {
        for (parts, expected) in [
            (vec![], "at least one"),
            (vec![Part::cloud_config("a: 1"), Part::script("echo")], "part 2 of the user data: a script must begin with `#!`"),
        ] {
            let error = UserData::multipart(parts).expect_err(expected).to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
