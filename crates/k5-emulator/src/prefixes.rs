//! Paths as a plain OpenStack cloud has them, where every service has a prefix of its own on one host.

use http::StatusCode;
use serde_json::{Value, json};

use crate::generated::routes::{PREFIXES, Service};
use crate::reply::Reply;
use crate::routes::Prefix;

/// The parameter of a root that is the project's id.
const TENANT: &str = "{tenant_id}";

/// The documented path of one with a prefix, and what the client had in the place of its root.
///
/// `project` is that of the token, which Nova's newer paths leave out.
pub(crate) fn documented(path: &str, project: Option<&str>) -> Option<(String, String)> {
    PREFIXES.iter().find_map(|prefix| prefix.documented(path, project))
}

impl Prefix {
    fn documented(&self, path: &str, project: Option<&str>) -> Option<(String, String)> {
        // Without a valid token any name will do: the answer is 401.
        let mut project = project.unwrap_or("-");
        let (plain, rest) = match self.prefix.strip_suffix(TENANT) {
            // The path names it.
            Some(plain) => {
                let rest = path.strip_prefix(plain)?;
                project = rest.split('/').next().unwrap_or_default();
                (format!("{plain}{project}"), &rest[project.len()..])
            }
            None => {
                let rest = path.strip_prefix(self.prefix).filter(|rest| rest.starts_with('/') && rest.len() > 1)?;
                // The path may name it all the same.
                let named = rest[1..].strip_prefix(project).filter(|rest| rest.starts_with('/'));
                (self.prefix.to_owned(), named.filter(|_| self.root.contains(TENANT)).unwrap_or(rest))
            }
        };
        let first = rest.split('/').nth(1).unwrap_or_default();
        let fits = self.below.is_empty() || self.below.contains(&first);
        fits.then(|| (format!("{}{rest}", self.root.replace(TENANT, project)), plain))
    }
}

/// What a service has in the place of its documented root; nothing where that is the same.
pub(crate) fn plain_root(service: Service, project: &str) -> String {
    let prefix = PREFIXES.iter().find(|prefix| prefix.service == service);
    prefix.map(|prefix| prefix.prefix.replace(TENANT, project)).unwrap_or_default()
}

/// What clients ask a service for to learn which versions it has.
pub(crate) fn versions(path: &str, base: &str) -> Option<Reply> {
    let (status, document) = match path.trim_end_matches('/') {
        "/compute" => (StatusCode::OK, json!({"versions": [nova(base)]})),
        "/compute/v2.1" => (StatusCode::OK, json!({"version": nova(base)})),
        "/volume" => (StatusCode::MULTIPLE_CHOICES, json!({"versions": [cinder(base)]})),
        "/volume/v3" => (StatusCode::OK, json!({"versions": [cinder(base)]})),
        "/networking" => (StatusCode::OK, json!({"versions": [neutron(base)]})),
        "/networking/v2.0" => (StatusCode::OK, json!({"resources": NEUTRON_RESOURCES.map(|name| neutron_resource(base, name))})),
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

fn neutron(base: &str) -> Value {
    json!({"id": "v2.0", "status": "CURRENT", "links": [{"rel": "self", "href": format!("{base}/networking/v2.0/")}]})
}

const NEUTRON_RESOURCES: [&str; 3] = ["network", "subnet", "port"];

fn neutron_resource(base: &str, name: &str) -> Value {
    let href = format!("{base}/networking/v2.0/{name}s");
    json!({"name": name, "collection": format!("{name}s"), "links": [{"rel": "self", "href": href}]})
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
            ("/networking/v2.0/networks", Some("/v2.0/networks")),
            ("/compute-w/l_servers", Some("/l_servers")),
            ("/images", None),
            ("/image/", None),
            ("/v1/AUTH_p/c", None),
        ] {
            assert_eq!(documented(path, Some("p")).map(|(path, _)| path).as_deref(), wanted, "{path}");
        }
    }
}
