//! Objects as arguments: `swift://CONTAINER/OBJECT...`, or `CONTAINER OBJECT...` as openstackclient takes them.

use crate::failure::{Failure, Outcome};
use crate::url::{self, SCHEME, SwiftUrl};

/// Objects of one command.
#[derive(Debug, clap::Args)]
pub(crate) struct Targets {
    /// The objects: swift://CONTAINER/OBJECT..., or CONTAINER OBJECT...
    #[arg(required = true, value_names = ["URL|CONTAINER", "URL|OBJECT"], num_args = 1..)]
    names: Vec<String>,
}

impl Targets {
    /// The URLs, of which a container's own is one as well.
    pub(crate) fn urls(&self) -> Outcome<Vec<SwiftUrl>> {
        parse(&self.names)
    }

    /// The URLs, each of an object.
    pub(crate) fn objects(&self) -> Outcome<Vec<SwiftUrl>> {
        let urls = self.urls()?;
        urls.iter().try_for_each(|url| url.object().map(drop))?;
        Ok(urls)
    }
}

/// Reads the two forms. They don't mix: in `CONTAINER swift://c/o`, one of the two was not meant as what it would be taken for.
pub(super) fn parse(names: &[String]) -> Outcome<Vec<SwiftUrl>> {
    let is_url = |name: &String| name.starts_with(SCHEME);
    let Some((first, rest)) = names.split_first() else {
        return Err(Failure::usage("expected swift://CONTAINER/OBJECT, or CONTAINER OBJECT"));
    };
    let urls: Vec<SwiftUrl> = match is_url(first) {
        true => names
            .iter()
            .map(|name| name.parse().map_err(|why| Failure::usage(format!("{why}, as the first one is, or CONTAINER OBJECT..."))))
            .collect::<Outcome<_>>()?,
        false if rest.is_empty() => {
            let wrong = format!("{first:?} alone names no object: write swift://CONTAINER/OBJECT, or CONTAINER OBJECT");
            return Err(Failure::usage(wrong));
        }
        false => {
            let container = url::container(first).map_err(Failure::usage)?;
            if let Some(odd) = rest.iter().find(|name| is_url(name)) {
                return Err(Failure::usage(format!(
                    "{odd} is a URL, and {first:?} is a container: write only URLs, or one container and the names of objects"
                )));
            }
            if rest.iter().any(String::is_empty) {
                return Err(Failure::usage("an object's name can't be empty"));
            }
            rest.iter().map(|name| SwiftUrl::new(&container, name.as_str())).collect()
        }
    };
    urls.iter().try_for_each(SwiftUrl::check)?;
    Ok(urls)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Outcome<Vec<String>> {
        let names: Vec<_> = line.split(' ').map(str::to_owned).collect();
        Ok(parse(&names)?.iter().map(SwiftUrl::full).collect())
    }

    #[test]
    fn two_forms_say_the_same() {
        assert_eq!(read("c a/b x").expect("read"), ["swift://c/a/b", "swift://c/x"]);
        assert_eq!(read("swift://c/a/b swift://d/x").expect("read"), ["swift://c/a/b", "swift://d/x"]);
        assert_eq!(read("swift://c").expect("read"), ["swift://c/"]);
        assert_eq!(read("c ../x").expect("read"), ["swift://c/../x"]);
    }

    #[test]
    fn what_is_not_clear_is_refused() {
        for line in ["c", "", "c ", "a/b x", "swift://c/o x", "c swift://c/o", "swift:// x", "swift://c/o s3://c/o"] {
            assert_eq!(read(line).expect_err(line).status(), 2, "{line}");
        }
    }
}
