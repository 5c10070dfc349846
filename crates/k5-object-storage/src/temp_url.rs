//! Links that work without a token for a limited time.

use hmac::{Hmac, KeyInit, Mac};
use k5_core::{Error, Result, Secret, path};
use std::fmt::Write;

/// The digest of a signature. Servers list the digests they accept in `/info` under `tempurl.allowed_digests`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TempUrlDigest {
    /// HMAC-SHA1: the only one that old servers support.
    Sha1,
    /// HMAC-SHA256.
    #[default]
    Sha256,
    /// HMAC-SHA512.
    Sha512,
}

/// Signs links with the key of `X-Account-Meta-Temp-URL-Key` or `X-Container-Meta-Temp-URL-Key` (or the second of each).
///
/// It is an open question whether K5 itself supports them: its later manuals leave them out. Plain Swift does.
///
/// ```
/// use k5_object_storage::{TempUrl, TempUrlDigest};
/// let link = TempUrl::new("GET", "https://swift.example/v1/AUTH_a", "c", "a b")
///     .digest(TempUrlDigest::Sha1)
///     .sign(&"key".into(), 1_700_000_000)?;
/// assert_eq!(
///     link.expose(),
///     "https://swift.example/v1/AUTH_a/c/a%20b?temp_url_sig=77bee3a47d9fa3b6f75b848bf84ab90f19e07ec8&temp_url_expires=1700000000"
/// );
/// # Ok::<(), k5_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TempUrl {
    method: String,
    base: String,
    container: String,
    object: String,
    /// The prefix shared by the names of all objects that the signature covers.
    prefix: Option<String>,
    digest: TempUrlDigest,
}

impl TempUrl {
    /// A link for `method` (`GET`, `PUT`, `HEAD`, `POST` or `DELETE`) on an object. `base` is the account's URL, up to and
    /// including the account.
    pub fn new(method: &str, base: &str, container: &str, object: &str) -> Self {
        Self {
            method: method.to_ascii_uppercase(),
            base: base.trim_end_matches('/').to_owned(),
            container: container.to_owned(),
            object: object.to_owned(),
            prefix: None,
            digest: TempUrlDigest::default(),
        }
    }

    /// A link for `method` on each object of a container whose name begins with `prefix`; an empty prefix covers all objects. The
    /// signature is the same for each of them. [`TempUrl::object`] sets the object that the link leads to; without it the link's
    /// path ends with the prefix, and the rest of each name has to be appended there, percent-encoded and before the `?`.
    ///
    /// ```
    /// use k5_object_storage::TempUrl;
    /// let folder = TempUrl::prefix("GET", "https://swift.example/v1/AUTH_a", "c", "photos/");
    /// let link = folder.clone().object("photos/a b.jpg").sign(&"key".into(), 1_700_000_000)?;
    /// assert!(link.expose().starts_with("https://swift.example/v1/AUTH_a/c/photos/a%20b.jpg?temp_url_sig="));
    /// assert!(link.expose().ends_with("&temp_url_expires=1700000000&temp_url_prefix=photos%2F"));
    /// assert!(folder.object("other").sign(&"key".into(), 1_700_000_000).is_err());
    /// # Ok::<(), k5_core::Error>(())
    /// ```
    pub fn prefix(method: &str, base: &str, container: &str, prefix: &str) -> Self {
        Self { prefix: Some(prefix.to_owned()), ..Self::new(method, base, container, prefix) }
    }

    /// The object that the link leads to.
    pub fn object(mut self, object: &str) -> Self {
        self.object = object.to_owned();
        self
    }

    /// Uses a digest other than SHA-256.
    pub fn digest(mut self, digest: TempUrlDigest) -> Self {
        self.digest = digest;
        self
    }

    /// Returns the link, which works until `expires`, in seconds since 1970. Whoever has the link has the access, so it is returned
    /// as a secret.
    ///
    /// # Errors
    /// Fails if the method is not one of those, a name exceeds its limits, or the object's name doesn't begin with the prefix.
    pub fn sign(&self, key: &Secret, expires: u64) -> Result<Secret> {
        if !["GET", "PUT", "HEAD", "POST", "DELETE"].contains(&self.method.as_str()) {
            let message = format!("{:?} can't be signed; GET, PUT, HEAD, POST and DELETE can", self.method);
            return Err(Error::invalid_input(message));
        }
        crate::limits::container_name(&self.container)?;
        match &self.prefix {
            Some(prefix) if !self.object.starts_with(prefix.as_str()) => {
                return Err(Error::invalid_input(format!("{:?} does not begin with the prefix {prefix:?}", self.object)));
            }
            // The beginning of all names.
            Some(_) if self.object.is_empty() => {}
            _ => crate::limits::object_name(&self.object)?,
        }
        let Some(root) = self.base.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])) else {
            return Err(Error::invalid_input(format!("{:?} is not an account's URL", self.base)));
        };
        // The server signs the path as it decodes it.
        let (kind, signed) = match &self.prefix {
            Some(prefix) => ("prefix:", prefix),
            None => ("", &self.object),
        };
        let message = format!("{}\n{expires}\n{kind}{}/{}/{signed}", self.method, path::decode(root), self.container);
        let signature = match self.digest {
            TempUrlDigest::Sha1 => hex_hmac::<Hmac<sha1::Sha1>>(key, &message),
            TempUrlDigest::Sha256 => hex_hmac::<Hmac<sha2::Sha256>>(key, &message),
            TempUrlDigest::Sha512 => hex_hmac::<Hmac<sha2::Sha512>>(key, &message),
        }?;
        let mut url = format!("{}/", self.base);
        path::push_segment(&mut url, &self.container);
        url.push('/');
        path::push_name(&mut url, &self.object);
        // Writing to a string can't fail.
        let _ = write!(url, "?temp_url_sig={signature}&temp_url_expires={expires}");
        if let Some(prefix) = &self.prefix {
            url.push_str("&temp_url_prefix=");
            path::push_segment(&mut url, prefix);
        }
        Ok(Secret::new(url))
    }
}

fn hex_hmac<M: Mac + KeyInit>(key: &Secret, message: &str) -> Result<String> {
    let mut mac =
        <M as KeyInit>::new_from_slice(key.expose().as_bytes()).map_err(|_| Error::invalid_input("the key can't be used"))?;
    mac.update(message.as_bytes());
    let mut text = String::new();
    for byte in mac.finalize().into_bytes() {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}
