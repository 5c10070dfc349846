//! What a copy is to do, checked before anything is sent.

use crate::failure::{Failure, Outcome};
use crate::url::{Place, SwiftUrl};
use std::ffi::OsString;
use std::path::PathBuf;

/// The sides of a copy.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) sources: Vec<Place>,
    pub(crate) to: Target,
    pub(crate) recursive: bool,
    /// Whether symbolic links are stored as such.
    pub(crate) links: bool,
}

/// Where to.
#[derive(Debug)]
pub(crate) enum Target {
    /// An object, or a pseudo folder.
    Swift(SwiftUrl),
    /// A file; or a folder in which the sources keep their names.
    Local { path: PathBuf, is_folder: bool },
    /// stdout.
    Std,
}

impl Plan {
    /// Reads `SOURCE... DESTINATION`.
    pub(crate) fn new(places: &[OsString], recursive: bool) -> Outcome<Self> {
        let mut sources = places.iter().map(|text| Place::parse(text)).collect::<Outcome<Vec<_>>>()?;
        let Some(to) = sources.pop().filter(|_| !sources.is_empty()) else {
            return Err(Failure::usage("expected a source and a destination"));
        };
        let several = sources.len() > 1;
        for source in &sources {
            check_pair(source, &to, several, recursive)?;
        }
        let to = match to {
            Place::Swift(url) => {
                url.check()?;
                if several && !url.is_folder() && !recursive {
                    return Err(Failure::usage(format!("several sources need a folder to go to: {url}/")));
                }
                Target::Swift(url)
            }
            Place::Local(path) => {
                let is_folder = path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/");
                if several && !is_folder && !recursive {
                    return Err(Failure::usage(format!(
                        "several sources need a folder to go to, and {} is not a folder",
                        path.display()
                    )));
                }
                Target::Local { path, is_folder }
            }
            Place::Std => Target::Std,
        };
        Ok(Self { sources, to, recursive, links: false })
    }

    /// Whether there is more than one source, so that each keeps its name.
    pub(crate) fn several(&self) -> bool {
        self.sources.len() > 1
    }
}

fn check_pair(source: &Place, to: &Place, several: bool, recursive: bool) -> Outcome {
    match (source, to) {
        (Place::Local(_) | Place::Std, Place::Local(_) | Place::Std) => {
            Err(Failure::usage(format!("{source} -> {to}: one side must be swift://CONTAINER/OBJECT; cp copies files to files")))
        }
        (Place::Std, Place::Swift(url)) if several || url.object.is_empty() => {
            Err(Failure::usage(format!("stdin has no name: give one, such as swift://{}/NAME, and no other source", url.container)))
        }
        (Place::Swift(_), Place::Std) if several || recursive => {
            Err(Failure::usage("only one object can go to stdout; k5 object cat takes several"))
        }
        (Place::Swift(from), Place::Std) => from.object().map(drop),
        (Place::Swift(from), _) if !recursive && from.object.is_empty() => {
            Err(Failure::usage(format!("{from} is a container: add -r to copy everything in it")))
        }
        (Place::Swift(from), Place::Swift(to)) => {
            from.check()?;
            let one_in_the_other = to.folder_prefix().starts_with(&from.folder_prefix());
            match recursive && from.container == to.container && one_in_the_other {
                true => Err(Failure::usage(format!("{from} -> {to}: one is within the other"))),
                false => Ok(()),
            }
        }
        (Place::Swift(from), _) => from.check(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str, recursive: bool) -> Outcome<Plan> {
        Plan::new(&line.split(' ').map(OsString::from).collect::<Vec<_>>(), recursive)
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in [
            "a b",
            "- -",
            "a -",
            "- swift://c",
            "a - swift://c/",
            "a b swift://c/x",
            "swift://c/a swift://c/b -",
            "swift://c/ d",
            "swift://c/a swift://c/b /nonexistent",
            "s3://b/o d",
            "a swift://",
        ] {
            assert_eq!(plan(line, false).expect_err(line).status(), 2, "{line}");
        }
        for line in ["swift://c/a swift://c/a/b", "swift://c swift://c/b", "swift://c/a/ swift://c/a", "swift://c/a -"] {
            assert_eq!(plan(line, true).expect_err(line).status(), 2, "{line}");
        }
    }

    #[test]
    fn what_makes_sense_is_not() {
        for line in
            ["a swift://c", "- swift://c/x", "swift://c/x -", "swift://c/x .", "a b swift://c/d/", "swift://c/a swift://c/ab"]
        {
            assert!(plan(line, false).is_ok(), "{line}");
        }
        for line in ["a swift://c/d", "swift://c d", "swift://c/a swift://c/ab", "swift://c/a swift://d/a"] {
            assert!(plan(line, true).is_ok(), "{line}");
        }
    }
}
