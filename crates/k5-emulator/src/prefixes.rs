//! Paths as a plain OpenStack cloud has them, where every service has a prefix of its own on one host.

use http::StatusCode;
use serde_json::{Value, json};

use crate::reply::Reply;

/// The documented path of one with a prefix, and what the client had in the place of its root.
///
/// `project` is that of the token, which Nova's newer paths leave out.
pub(crate) fn documented(path: &str, project: Option<&str>) -> Option<(String, String)> {
    if let Some(rest) = path.strip_prefix("/compute/v2.1/") {
        // Without a valid token any name will do: the answer is 401.
        let project = project.unwrap_or("-");
        let rest = rest.strip_prefix(project).and_then(|rest| rest.strip_prefix('/')).unwrap_or(rest);
        let version = if rest.starts_with("os-volumes") || rest.starts_with("os-snapshots") { "v1.1" } else { "v2" };
        return Some((format!("/{version}/{project}/{rest}"), "/compute/v2.1".to_owned()));
    }
    if let Some(rest) = path.strip_prefix("/volume/v3/") {
        let project = rest.split('/').next().unwrap_or_default();
        return Some((format!("/v2/{rest}"), format!("/volume/v3/{project}")));
    }
    for prefix in ["/image", "/autoscale", "/vmimport", "/compute-w"] {
        if let Some(rest) = path.strip_prefix(prefix)
            && rest.len() > 1
            && rest.starts_with('/')
        {
            return Some((rest.to_owned(), prefix.to_owned()));
        }
    }
    None
}

/// What clients ask a service for to learn which versions it has.
pub(crate) fn versions(path: &str, base: &str) -> Option<Reply> {
    let (status, document) = match path.trim_end_matches('/') {
        "/compute" => (StatusCode::OK, json!({"versions": [nova(base)]})),
        "/compute/v2.1" => (StatusCode::OK, json!({"version": nova(base)})),
        "/volume" => (StatusCode::MULTIPLE_CHOICES, json!({"versions": [cinder(base)]})),
        "/volume/v3" => (StatusCode::OK, json!({"versions": [cinder(base)]})),
        "/image" => (StatusCode::MULTIPLE_CHOICES, json!({"versions": [glance(base)]})),
        _ => return None,
    };
    Some(Reply::with_body(status, "application/json", document.to_string()))
}

/// Without microversions, for the API that is served has none.
fn nova(base: &str) -> Value {
    json!({
        "id": "v2.1", "status": "CURRENT", "version": "", "min_version": "", "updated": "2013-07-23T11:33:21Z",
        "links": [{"rel": "self", "href": format!("{base}/compute/v2.1/")}],
    })
}

fn cinder(base: &str) -> Value {
    json!({
        "id": "v3.0", "status": "CURRENT", "version": "", "min_version": "", "updated": "2014-06-28T12:20:21Z",
        "links": [{"rel": "self", "href": format!("{base}/volume/v3/")}],
    })
}

fn glance(base: &str) -> Value {
    json!({"id": "v2.1", "status": "CURRENT", "links": [{"rel": "self", "href": format!("{base}/image/v2/")}]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_lead_to_the_documented_paths() {
        for (path, wanted) in [
            ("/compute/v2.1/servers/1", Some("/v2/p/servers/1")),
            ("/compute/v2.1/p/servers", Some("/v2/p/servers")),
            ("/compute/v2.1/os-volumes/detail", Some("/v1.1/p/os-volumes/detail")),
            ("/volume/v3/q/volumes", Some("/v2/q/volumes")),
            ("/image/v2/images", Some("/v2/images")),
            ("/compute-w/l_servers", Some("/l_servers")),
            ("/images", None),
            ("/image/", None),
            ("/v1/AUTH_p/c", None),
        ] {
            assert_eq!(documented(path, Some("p")).map(|(path, _)| path).as_deref(), wanted, "{path}");
        }
    }
}
