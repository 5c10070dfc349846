//! Finding the operation of a request in the generated route table.

use crate::generated::routes::{Operation, ROUTES};

/// One row of the route table.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) operation: Operation,
    pub(crate) method: &'static str,
    /// `{name}` takes one segment, `{name+}` everything that is left, slashes included.
    pub(crate) path: &'static str,
    /// The key of the request's JSON document, where that tells operations of one path apart.
    pub(crate) key: Option<&'static str>,
}

/// What a method and a path lead to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'p> {
    /// One route, or several of which the body's key picks one.
    Routes(Vec<&'static Route>, Vec<&'p [u8]>),
    /// The path is known, the method is not.
    WrongMethod,
    Nothing,
}

/// Looks up a decoded path.
///
/// The path is matched after percent-decoding and never normalised: that is what a WSGI server does, so
/// `%2F` in a container's place separates container and object here as it does there.
pub(crate) fn find<'p>(method: &str, path: &'p [u8]) -> Found<'p> {
    let mut known = false;
    for route in ROUTES {
        if let Some(parameters) = match_path(route.path, path) {
            if route.method == method {
                let same = |other: &&Route| other.method == method && other.path == route.path;
                let routes = match route.key {
                    Some(_) => ROUTES.iter().filter(same).collect(),
                    // The first one is it, whatever follows.
                    None => vec![route],
                };
                return Found::Routes(routes, parameters);
            }
            known = true;
        }
    }
    if known { Found::WrongMethod } else { Found::Nothing }
}

fn match_path<'p>(template: &str, path: &'p [u8]) -> Option<Vec<&'p [u8]>> {
    // Most routes end here.
    let fixed = template.split('{').next().unwrap_or_default();
    if !path.starts_with(fixed.as_bytes()) {
        return None;
    }
    let mut parameters = Vec::new();
    let mut rest = path.strip_prefix(b"/")?;
    let mut segments = template.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        if segment.starts_with('{') && segment.ends_with("+}") {
            if rest.is_empty() {
                return None;
            }
            parameters.push(rest);
            return Some(parameters);
        }
        let (here, after) = match rest.iter().position(|byte| *byte == b'/') {
            Some(slash) => (&rest[..slash], Some(&rest[slash + 1..])),
            None => (rest, None),
        };
        if segment.starts_with('{') {
            if here.is_empty() {
                return None;
            }
            parameters.push(here);
        } else if segment.as_bytes() != here {
            return None;
        }
        match (segments.peek(), after) {
            (None, None | Some(b"")) => return Some(parameters),
            (None, Some(_)) | (Some(_), None) => return None,
            (Some(_), Some(after)) => rest = after,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(method: &str, path: &str) -> Option<(Operation, Vec<String>)> {
        match find(method, path.as_bytes()) {
            Found::Routes(routes, parameters) => {
                Some((routes[0].operation, parameters.iter().map(|p| String::from_utf8_lossy(p).into_owned()).collect()))
            }
            _ => None,
        }
    }

    #[test]
    fn object_names_keep_every_slash() {
        for name in ["o", "/o", "a//b", "../../x", "d/", "/"] {
            assert_eq!(
                operation("GET", &format!("/v1/AUTH_a/c/{name}")),
                Some((Operation::ObjectStorageDownloadObject, vec!["AUTH_a".into(), "c".into(), name.into()]))
            );
        }
    }

    #[test]
    fn a_trailing_slash_is_still_the_container() {
        assert_eq!(
            operation("PUT", "/v1/AUTH_a/c/"),
            Some((Operation::ObjectStorageCreateContainer, vec!["AUTH_a".into(), "c".into()]))
        );
        assert_eq!(operation("GET", "/v3/"), Some((Operation::IdentityShowVersion, vec![])));
    }

    #[test]
    fn empty_segments_and_methods_are_told_apart() {
        assert_eq!(find("GET", b"/v1//c"), Found::Nothing);
        assert_eq!(find("GET", b"/v1/a//o"), Found::Nothing);
        assert_eq!(find("PATCH", b"/v1/a/c"), Found::WrongMethod);
        assert_eq!(find("GET", b"/v1"), Found::Nothing);
    }

    #[test]
    fn actions_are_left_to_the_bodys_key() {
        let Found::Routes(routes, _) = find("POST", b"/v2/p/servers/s/action") else { panic!("no routes") };
        assert!(routes.len() > 1 && routes.iter().all(|route| route.key.is_some()));
        let Found::Routes(routes, _) = find("POST", b"/v1/AUTH_p") else { panic!("no routes") };
        assert_eq!(routes.iter().map(|route| route.operation).collect::<Vec<_>>(), [Operation::ObjectStorageUpdateAccount]);
    }
}
