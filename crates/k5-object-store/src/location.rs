//! `swift://container/path`.

use crate::failure::{Failure, Result};
use crate::store::SwiftStore;
use k5_object_storage::ObjectStorage;
use k5_object_storage::k5_core::Error;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

/// The scheme of such URLs.
pub const SCHEME: &str = "swift";

/// What stands as it is in a URL.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same in a path.
const PATH: &AsciiSet = &PLAIN.remove(b'/');

/// The URL of a container: `swift://CONTAINER/`, percent-encoded where the name needs it.
///
/// ```
/// assert_eq!(k5_object_store::container_url("my photos"), "swift://my%20photos/");
/// ```
pub fn container_url(container: &str) -> String {
    format!("{SCHEME}://{}/", utf8_percent_encode(container, PLAIN))
}

/// The URL of a folder of a container, whose names begin with `root`.
pub(crate) fn folder_url(container: &str, root: &str) -> String {
    format!("{}{}", container_url(container), utf8_percent_encode(root, PATH))
}

/// The container that a URL names.
pub(crate) fn container(url: &Url) -> Result<String> {
    let wrong = |why: &str| {
        // A URL may have a password.
        let shown = format!("{}://{}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path());
        Failure::Generic { source: Box::new(Error::invalid_input(format!("{shown}: {why}, and swift://CONTAINER/PATH is wanted"))) }
    };
    if url.scheme() != SCHEME {
        return Err(wrong("the scheme is another one"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.port().is_some() {
        return Err(wrong("there is more than a container in front of the path"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("there is a query or a fragment behind the path"));
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("there is no container"))?;
    percent_decode_str(host).decode_utf8().map(|name| name.into_owned()).map_err(|_| wrong("the container is not UTF-8"))
}

/// The store of the container that a URL names.
pub(crate) fn store(url: &Url, storage: &ObjectStorage) -> Result<SwiftStore> {
    SwiftStore::new(storage.clone(), &container(url)?).map_err(|error| Failure::Generic { source: Box::new(error) })
}

/// The object storage of the cloud that the environment describes, and above it `options`: variables such as `OS_CLOUD`, in either case.
/// What is no such variable is for others.
#[cfg(feature = "cloud")]
pub(crate) fn cloud<K: AsRef<str>, V: Into<String>>(options: impl IntoIterator<Item = (K, V)>) -> Result<k5::Cloud> {
    let mut sources = k5::config::Sources::from_process();
    for (name, value) in options {
        let name = name.as_ref().to_ascii_uppercase();
        if name.starts_with("OS_") {
            sources = sources.with_variable(&name, value.into());
        }
    }
    k5::Cloud::builder().sources(sources).build().map_err(|error| Failure::Generic { source: Box::new(error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_container() {
        let container = |text: &str| container(&text.parse().expect(text));
        for (text, name) in [
            ("swift://photos", "photos"),
            ("swift://Photos_2026/a/b%20c", "Photos_2026"),
            ("swift://my%20photos/", "my photos"),
            ("swift://gr%C3%B6%C3%9Fe/x", "größe"),
        ] {
            assert_eq!(container(text).expect(text), name);
        }
        for text in
            ["s3://photos/a", "swift:///a", "swift://u:secret@photos/a", "swift://photos:80/a", "swift://p/a?b", "swift://p/a#b"]
        {
            let failure = format!("{:?}", container(text).expect_err(text));
            assert!(!failure.contains("secret"), "{failure}");
        }
    }

    #[test]
    fn the_url_of_a_container_names_it() {
        for name in ["photos", "Photos_2026", "my photos", "größe", "a%b", "..", "a?b#c@d:e"] {
            let url: Url = container_url(name).parse().expect(name);
            assert_eq!((container(&url).expect(name).as_str(), url.path()), (name, "/"));
        }
        assert_eq!(folder_url("a b", "tables/a?b/"), "swift://a%20b/tables/a%3Fb/");
    }
}
