//! `swift://container/object`, `-` and local paths.

use crate::failure::{Failure, Outcome};
use k5::object_storage::limits;
use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

pub(crate) const SCHEME: &str = "swift://";

/// A container, or what its names begin with, or an object in it. What follows the container's `/` is taken as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SwiftUrl {
    pub(crate) container: String,
    /// The object's name or a prefix; empty for the container itself.
    pub(crate) object: String,
}

impl SwiftUrl {
    /// An object of a container.
    pub(crate) fn new(container: &str, object: impl Into<String>) -> Self {
        Self { container: container.to_owned(), object: object.into() }
    }

    /// All of it, however long; what is displayed to people is shortened.
    pub(crate) fn full(&self) -> String {
        format!("{SCHEME}{}/{}", self.container, self.object)
    }

    /// Whether it means a pseudo folder: the whole container, or a name that ends in `/`.
    pub(crate) fn is_folder(&self) -> bool {
        self.object.is_empty() || self.object.ends_with('/')
    }

    /// The URL of one object, within the limits of names.
    pub(crate) fn object(&self) -> Outcome<(&str, &str)> {
        if self.object.is_empty() {
            return Err(Failure::usage(format!("{self} names a container, not an object: swift://{}/OBJECT", self.container)));
        }
        self.check()?;
        Ok((&self.container, &self.object))
    }

    /// The beginning of the names in this folder: nothing, or text that ends in `/`.
    pub(crate) fn folder_prefix(&self) -> String {
        match self.is_folder() {
            true => self.object.clone(),
            false => format!("{}/", self.object),
        }
    }

    /// The part of the name after its last `/`.
    pub(crate) fn last_part(&self) -> &str {
        self.object.rsplit('/').next().unwrap_or_default()
    }

    /// Compares both names with their limits.
    pub(crate) fn check(&self) -> Outcome {
        let refuse = |error: k5::Error| Failure::usage(error.message().to_owned());
        limits::container_name(&self.container).map_err(refuse)?;
        if self.object.is_empty() { Ok(()) } else { limits::object_name(&self.object).map_err(refuse) }
    }
}

impl fmt::Display for SwiftUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object: String = self.object.chars().take(200).collect();
        let dots = if object.len() < self.object.len() { "..." } else { "" };
        write!(f, "{SCHEME}{}/{object}{dots}", self.container)
    }
}

impl FromStr for SwiftUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix(SCHEME) else {
            return Err(format!("{text:?} is not the URL of an object: write swift://CONTAINER/OBJECT"));
        };
        let (container, object) = rest.split_once('/').unwrap_or((rest, ""));
        if container.is_empty() {
            return Err(format!("{text:?} names no container: write swift://CONTAINER/OBJECT"));
        }
        Ok(Self::new(container, object))
    }
}

/// The name of a container, as `NAME` or `swift://NAME`. A name can't hold a `/`, so the two never collide.
pub(crate) fn container(text: &str) -> Result<String, String> {
    let name = match text.strip_prefix(SCHEME) {
        Some(name) => name.strip_suffix('/').unwrap_or(name),
        None => text,
    };
    limits::container_name(name).map_err(|error| error.message().to_owned())?;
    Ok(name.to_owned())
}

/// One side of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the cloud.
    Swift(SwiftUrl),
    /// A file or folder here.
    Local(PathBuf),
    /// stdin or stdout.
    Std,
}

impl Place {
    /// Reads an argument.
    pub(crate) fn parse(text: &OsStr) -> Outcome<Self> {
        if text == "-" {
            return Ok(Self::Std);
        }
        if text.is_empty() {
            return Err(Failure::usage("an empty name is neither a file nor a URL"));
        }
        let lossy = text.to_string_lossy();
        if !lossy.starts_with(SCHEME) {
            if let Some((scheme, _)) = lossy.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) {
                let advice = format!(
                    "{scheme}:// is not supported: objects are swift://CONTAINER/OBJECT, and a file of that name is ./{lossy}"
                );
                return Err(Failure::usage(advice));
            }
            return Ok(Self::Local(PathBuf::from(text)));
        }
        match text.to_str() {
            Some(text) => text.parse().map(Self::Swift).map_err(Failure::usage),
            None => Err(Failure::usage(format!("{lossy:?}: names in the cloud are UTF-8, and this one is not"))),
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Swift(url) => url.fmt(f),
            Self::Local(path) => path.display().fmt(f),
            Self::Std => f.write_str("-"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_as_they_are() {
        for name in ["a b", "%2F?#", "../x", "//", "é🦀", "a//b/", "swift://x"] {
            let url: SwiftUrl = format!("swift://c/{name}").parse().expect(name);
            assert_eq!((url.container.as_str(), url.object.as_str()), ("c", name));
        }
        assert!("swift:///o".parse::<SwiftUrl>().is_err());
        assert!("c/o".parse::<SwiftUrl>().is_err());
    }

    #[test]
    fn folders() {
        let url = |text: &str| text.parse::<SwiftUrl>().expect(text);
        assert!(url("swift://c").is_folder() && url("swift://c/").is_folder() && url("swift://c/a/").is_folder());
        assert_eq!(url("swift://c/a").folder_prefix(), "a/");
        assert_eq!(url("swift://c").folder_prefix(), "");
        assert_eq!(url("swift://c/a/b").last_part(), "b");
    }

    #[test]
    fn places() {
        assert_eq!(Place::parse(OsStr::new("-")).expect("stdin"), Place::Std);
        assert!(matches!(Place::parse(OsStr::new("a:b")).expect("a file"), Place::Local(_)));
        assert!(matches!(Place::parse(OsStr::new("./s3://b")).expect("a file"), Place::Local(_)));
        assert!(Place::parse(OsStr::new("s3://b/o")).is_err());
        assert!(container("a/b").is_err() && container("swift://a/").is_ok_and(|name| name == "a"));
    }
}
