//! The catalogue: where a service is, by K5's naming and by OpenStack's.

use crate::error::{Error, ErrorKind, Reason, Result};
use crate::operation::ServiceMeta;
use crate::tolerant::Tolerant;

crate::model! {
    /// A service in the catalogue.
    pub struct CatalogueService {
        /// The service's type, such as `object-store`; on K5, the same as the endpoint's name.
        pub service_type: String = "type",
        /// The service's name, such as `swift`.
        pub name: Option<String> = "name",
        /// The service's id.
        pub id: Option<String> = "id",
        /// Where it answers; may be empty. Entries without a URL or an interface can't be endpoints and are in [`Tolerant::odd`].
        pub endpoints: Tolerant<CatalogueEndpoint> = "endpoints",
    }
}

crate::model! {
    /// An endpoint of a service.
    pub struct CatalogueEndpoint {
        /// Its id.
        pub id: Option<String> = "id",
        /// `public`, `internal` or `admin`; K5 has `public` only.
        pub interface: String = "interface",
        /// The region's id.
        pub region_id: Option<String> = "region_id",
        /// The region's id in older catalogues.
        pub region: Option<String> = "region",
        /// The URL, with or without version and project.
        pub url: String = "url",
        /// K5's own name for the endpoint.
        pub name: Option<String> = "name",
    }
}

impl CatalogueEndpoint {
    /// The region that it serves.
    pub fn region(&self) -> Option<&str> {
        self.region_id.as_deref().or(self.region.as_deref())
    }
}

/// Which audience's endpoint to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interface {
    /// For users.
    #[default]
    Public,
    /// Inside the cloud.
    Internal,
    /// For administrators.
    Admin,
}

impl Interface {
    /// As the catalogue writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Admin => "admin",
        }
    }
}

impl std::str::FromStr for Interface {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.trim_end_matches("URL") {
            "public" => Ok(Self::Public),
            "internal" => Ok(Self::Internal),
            "admin" => Ok(Self::Admin),
            _ => Err(Error::invalid_input(format!("{text:?} is not an interface; there are public, internal and admin"))),
        }
    }
}

/// What is needed to find a service.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Place<'a> {
    /// The token's catalogue.
    pub catalogue: &'a [CatalogueService],
    /// The requested region.
    pub region: Option<&'a str>,
    /// The requested interface.
    pub interface: Interface,
    /// The token's project.
    pub project_id: Option<&'a str>,
    /// The account requested instead of the token's own.
    pub account: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// The public endpoints of this catalogue, of any region, with neither project nor account.
    pub const fn new(catalogue: &'a [CatalogueService]) -> Self {
        Self { catalogue, region: None, interface: Interface::Public, project_id: None, account: None }
    }

    /// The requested region.
    pub const fn region(self, region: Option<&'a str>) -> Self {
        Self { region, ..self }
    }

    /// The requested interface.
    pub const fn interface(self, interface: Interface) -> Self {
        Self { interface, ..self }
    }

    /// The token's project.
    pub const fn project_id(self, id: Option<&'a str>) -> Self {
        Self { project_id: id, ..self }
    }

    /// The account requested instead of the token's own.
    pub const fn account(self, account: Option<&'a str>) -> Self {
        Self { account, ..self }
    }
}

/// The URL in front of an operation's path: `scheme://host[:port]/root`, without a slash at the end.
///
/// `override_url` is set by the user. In K5's catalogue only scheme and host count and the root comes from the table, because
/// some of its URLs end in a resource's path and some lack the version. The user's URL and a plain OpenStack catalogue's are used
/// complete, as their prefixes (`/compute/v2.1`) are their own; if part of the service's root is missing (the version or all of
/// it), it is added, so that the version appears once. Without either, the URL follows from K5's host names and the region.
///
/// # Errors
/// If the catalogue lacks the service, the region or the interface; the error names what it has.
pub fn base_url(service: &ServiceMeta, override_url: Option<&str>, place: Place<'_>) -> Result<String> {
    if let Some(url) = override_url {
        return Ok(with_account(whole(url, service, place)?, place));
    }
    let fits = |endpoint: &&CatalogueEndpoint| {
        endpoint.interface == place.interface.name()
            && place.region.is_none_or(|region| endpoint.region().is_none_or(|r| r == region))
    };
    let all = || place.catalogue.iter().flat_map(|entry| entry.endpoints.iter().map(move |endpoint| (entry, endpoint)));
    let named = |name: &str, entry: &CatalogueService, endpoint: &CatalogueEndpoint| {
        endpoint.name.as_deref() == Some(name)
            || entry.service_type == name && (!service.types.contains(&name) || endpoint.url.contains(K5_DOMAIN))
    };
    // Its own name first, wherever in the catalogue that is.
    let names = || std::iter::once(&service.k5_name).chain(service.k5_aliases);
    for name in names() {
        if let Some((_, endpoint)) = all().find(|(entry, endpoint)| fits(endpoint) && named(name, entry, endpoint)) {
            return with_root(split_origin(&endpoint.url).0, service, place);
        }
    }
    let k5_named = |entry: &CatalogueService, endpoint: &CatalogueEndpoint| names().any(|name| named(name, entry, endpoint));
    for kind in service.types {
        if let Some((_, endpoint)) = all().filter(|(entry, _)| entry.service_type == *kind).find(|(_, endpoint)| fits(endpoint)) {
            return Ok(with_account(whole(&endpoint.url, service, place)?, place));
        }
    }
    let candidates: Vec<_> = all()
        .filter(|(entry, endpoint)| service.types.contains(&entry.service_type.as_str()) || k5_named(entry, endpoint))
        .collect();
    let is_k5 = || all().any(|(_, endpoint)| endpoint.url.contains(K5_DOMAIN));
    if let Some(region) = place.region
        && candidates.is_empty()
        && is_k5()
    {
        return with_root(&format!("https://{}.{region}{K5_DOMAIN}", service.k5_host), service, place);
    }
    Err(absent(service, place, &candidates))
}

/// The suffix of every K5 host name.
const K5_DOMAIN: &str = ".cloud.global.fujitsu.com";

/// A URL with a prefix of its own, and the version once: it is removed if the paths in the table contain it, and added if
/// the URL lacks it. An account's URL without a version is a proxy's own, and stays.
fn whole(url: &str, service: &ServiceMeta, place: Place<'_>) -> Result<String> {
    let url = url.trim_end_matches('/');
    let (origin, path) = split_origin(url);
    if path.is_empty() {
        return with_root(origin, service, place);
    }
    let unversioned =
        path.rsplit_once('/').filter(|(_, last)| is_version(last)).map(|(before, _)| &url[..origin.len() + before.len()]);
    match service.root.contains('{') {
        // No more than a version, if that, which is the table's.
        false => Ok(format!("{}{}", unversioned.unwrap_or(url), service.root)),
        true if service.root.contains("{account}") || path.split('/').any(is_version) => Ok(url.to_owned()),
        true => with_root(url, service, place),
    }
}

/// `v2`, `v2.1`.
fn is_version(segment: &str) -> bool {
    let number = segment.strip_prefix('v').unwrap_or_default();
    number.starts_with(|c: char| c.is_ascii_digit()) && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

fn absent(service: &ServiceMeta, place: Place<'_>, candidates: &[(&CatalogueService, &CatalogueEndpoint)]) -> Error {
    let kind = service.types.first().unwrap_or(&service.k5_name);
    let message = if place.catalogue.is_empty() {
        match place.project_id {
            Some(project) => {
                let message = format!("the token's catalogue is empty, though it is for project {project}");
                return Error::new(ErrorKind::NoEndpoint, message).with_reason(Reason::EmptyCatalogue);
            }
            None => "the token has no catalogue: it is not scoped to a project; set OS_PROJECT_NAME or OS_PROJECT_ID".to_owned(),
        }
    } else if candidates.is_empty() {
        let mut known: Vec<_> = place.catalogue.iter().map(|entry| entry.service_type.as_str()).collect();
        known.sort_unstable();
        known.dedup();
        format!(
            "no service {kind} in the catalogue (it has {}); if the cloud has one, set OS_{}_ENDPOINT_OVERRIDE",
            known.join(", "),
            kind.replace('-', "_").to_uppercase()
        )
    } else {
        let mut known: Vec<_> =
            candidates.iter().map(|(_, e)| format!("{} in region {}", e.interface, e.region().unwrap_or("(none)"))).collect();
        known.sort_unstable();
        known.dedup();
        let region = place.region.unwrap_or("(any)");
        format!("no {} endpoint of {kind} in region {region}; the catalogue has {}", place.interface.name(), known.join(", "))
    };
    Error::new(ErrorKind::NoEndpoint, message)
}

/// Scheme with host, and the path after it.
fn split_origin(url: &str) -> (&str, &str) {
    let start = url.find("://").map_or(0, |at| at + 3);
    match url[start..].find('/') {
        Some(slash) => url.split_at(start + slash),
        None => (url, ""),
    }
}

fn with_root(origin: &str, service: &ServiceMeta, place: Place<'_>) -> Result<String> {
    let mut root = service.root.to_owned();
    for name in ["{account}", "{tenant_id}"] {
        if !root.contains(name) {
            continue;
        }
        let value = match (name, place.account, place.project_id) {
            ("{account}", Some(account), _) => crate::path::segment(account),
            ("{account}", None, Some(project)) => format!("AUTH_{project}"),
            ("{tenant_id}", _, Some(project)) => project.to_owned(),
            _ => {
                let message = "the token is not scoped to a project; set OS_PROJECT_NAME or OS_PROJECT_ID";
                return Err(Error::new(ErrorKind::NoEndpoint, message));
            }
        };
        root = root.replace(name, &value);
    }
    Ok(format!("{origin}{root}"))
}

/// Replaces the last segment with another account.
fn with_account(base: String, place: Place<'_>) -> String {
    match (place.account, base.rfind('/')) {
        (Some(account), Some(slash)) => format!("{}/{}", &base[..slash], crate::path::segment(account)),
        _ => base,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Dialect;

    static SWIFT: ServiceMeta =
        ServiceMeta::new("object_storage", "objectstorage", Dialect::Swift).types(&["object-store"]).root("/v1/{account}");

    fn catalogue(json: &str) -> Vec<CatalogueService> {
        serde_json::from_str(json).expect("a catalogue")
    }

    fn place<'a>(catalogue: &'a [CatalogueService], region: Option<&'a str>) -> Place<'a> {
        Place { catalogue, region, interface: Interface::Public, project_id: Some("p1"), account: None }
    }

    #[test]
    fn openstack_by_type_takes_the_whole_url() {
        let plain = catalogue(
            r#"[{"type":"object-store","name":"swift","endpoints":[
                {"interface":"admin","region_id":"R","url":"http://a"},
                {"interface":"public","region_id":"R","region":"R","url":"http://s:8080/swift/v1/AUTH_p1/"}]}]"#,
        );
        assert_eq!(base_url(&SWIFT, None, place(&plain, Some("R"))).expect("found"), "http://s:8080/swift/v1/AUTH_p1");
        let other = Place { account: Some("AUTH_x"), ..place(&plain, None) };
        assert_eq!(base_url(&SWIFT, None, other).expect("found"), "http://s:8080/swift/v1/AUTH_x");
        let error = base_url(&SWIFT, None, place(&plain, Some("Q"))).expect_err("no such region").to_string();
        assert!(error.contains("region Q") && error.contains("public in region R"), "{error}");
    }

    #[test]
    fn k5_by_endpoint_name_takes_the_tables_path() {
        let k5 = catalogue(
            r#"[{"type":"objectstorage","endpoints":[
                {"interface":"public","region":"uk-1","name":"objectstorage","url":"https://objectstorage.uk-1.cloud.global.fujitsu.com/v9/x"}]}]"#,
        );
        let url = base_url(&SWIFT, None, place(&k5, Some("uk-1"))).expect("found");
        assert_eq!(url, "https://objectstorage.uk-1.cloud.global.fujitsu.com/v1/AUTH_p1");
    }

    #[test]
    fn k5_without_the_entry_falls_back_to_the_naming_scheme() {
        let k5 = catalogue(
            r#"[{"type":"compute","endpoints":[{"interface":"public","region":"uk-1","url":"https://compute.uk-1.cloud.global.fujitsu.com/v2/p"}]}]"#,
        );
        let url = base_url(&SWIFT, None, place(&k5, Some("uk-1"))).expect("made up");
        assert_eq!(url, "https://objectstorage.uk-1.cloud.global.fujitsu.com/v1/AUTH_p1");
    }

    #[test]
    fn a_service_with_its_version_in_the_paths() {
        static GLANCE: ServiceMeta = ServiceMeta { k5_name: "image", types: &["image"], root: "", ..SWIFT };
        let base = |json: &str| base_url(&GLANCE, None, place(&catalogue(json), Some("R"))).expect("found");
        for (url, expected) in [
            ("http://h:9292", "http://h:9292"),
            ("http://h/image/", "http://h/image"),
            ("http://h:9292/v2", "http://h:9292"),
            ("http://h/image/v2.0/", "http://h/image"),
            ("http://h/video", "http://h/video"),
        ] {
            let plain = format!(r#"[{{"type":"image","endpoints":[{{"interface":"public","region_id":"R","url":"{url}"}}]}}]"#);
            assert_eq!(base(&plain), expected);
        }
        let k5 = r#"[{"type":"image","endpoints":[{"interface":"public","url":"https://image.uk-1.cloud.global.fujitsu.com/x"}]}]"#;
        assert_eq!(base(k5), "https://image.uk-1.cloud.global.fujitsu.com");
    }

    #[test]
    fn services_of_k5_in_its_own_catalogue() {
        let service = |k5_name, types, root| ServiceMeta::new("test", k5_name, Dialect::Nova).types(types).root(root);
        let end = ".uk-1.cloud.global.fujitsu.com";
        let entry = |name: &str, url: String| {
            format!(
                r#"{{"type":"{name}","endpoints":[{{"interface":"public","region_id":"uk-1","name":"{name}","url":"{url}"}}]}}"#
            )
        };
        let k5 = [
            entry("compute", format!("https://compute{end}/v2/p1")),
            entry("blockstoragev2", format!("https://blockstorage{end}/v2/p1")),
            entry("autoscale", format!("https://autoscale{end}/autoscale_schedulers")),
        ];
        let k5 = catalogue(&format!("[{}]", k5.join(",")));
        let base = |service: &ServiceMeta| base_url(service, None, place(&k5, Some("uk-1"))).expect("found");
        assert_eq!(base(&service("compute", &["compute"], "/v2/{tenant_id}")), format!("https://compute{end}/v2/p1"));
        // The proxy for volumes has no entry of its own: it is on compute's host under another version.
        assert_eq!(base(&service("compute", &["compute"], "/v1.1/{tenant_id}")), format!("https://compute{end}/v1.1/p1"));
        assert_eq!(base(&service("blockstoragev2", &["volumev3"], "/v2/{tenant_id}")), format!("https://blockstorage{end}/v2/p1"));
        // An older catalogue has only the first version's entry, and none at all leaves the naming scheme.
        let volumes = |k5_name| {
            ServiceMeta::new("test", k5_name, Dialect::Nova)
                .k5_aliases(&["blockstoragev2"])
                .k5_host("blockstorage")
                .root("/v2/{tenant_id}")
        };
        assert_eq!(base(&volumes("blockstoragev9")), format!("https://blockstorage{end}/v2/p1"));
        let none = ServiceMeta { k5_aliases: &[], ..volumes("blockstoragev9") };
        assert_eq!(base(&none), format!("https://blockstorage{end}/v2/p1"));
        assert_eq!(base(&service("autoscale", &[], "")), format!("https://autoscale{end}"));
        assert_eq!(base(&service("compute-w", &[], "")), format!("https://compute-w{end}"));
    }

    #[test]
    fn the_version_is_there_once() {
        let service = |types, root| ServiceMeta::new("test", "k5", Dialect::Nova).types(types).root(root);
        let image = service(&["image"], "");
        let identity = service(&["identity"], "/v3");
        let compute = service(&["compute"], "/v2/{tenant_id}");
        let volumes = service(&["block-storage"], "/v2/{tenant_id}");
        let swift = service(&["object-store"], "/v1/{account}");
        for (service, url, expected) in [
            (&image, "http://h", "http://h"),
            (&image, "http://h/", "http://h"),
            (&image, "http://h/v2", "http://h"),
            (&image, "http://h/v2/", "http://h"),
            (&image, "http://h/image", "http://h/image"),
            (&image, "http://h/image/v2.9", "http://h/image"),
            (&image, "http://h/v2/proxy", "http://h/v2/proxy"),
            (&identity, "http://h:5000", "http://h:5000/v3"),
            (&identity, "http://h:5000/v3/", "http://h:5000/v3"),
            (&identity, "http://h:5000/v2.0", "http://h:5000/v3"),
            (&identity, "http://h/identity", "http://h/identity/v3"),
            (&identity, "http://h/identity/v3", "http://h/identity/v3"),
            (&compute, "http://h:8774", "http://h:8774/v2/p1"),
            (&compute, "http://h:8774/v2.1", "http://h:8774/v2.1"),
            (&compute, "http://h:8774/v2/p1", "http://h:8774/v2/p1"),
            (&compute, "http://h/compute", "http://h/compute/v2/p1"),
            (&compute, "http://h/compute/v2.1", "http://h/compute/v2.1"),
            (&volumes, "http://h/volume/v3/p1", "http://h/volume/v3/p1"),
            (&volumes, "http://h/volume", "http://h/volume/v2/p1"),
            (&swift, "http://h:8080", "http://h:8080/v1/AUTH_p1"),
            (&swift, "http://h:8080/v1/AUTH_p1", "http://h:8080/v1/AUTH_p1"),
            (&swift, "http://h/swift/v1", "http://h/swift/v1"),
            (&swift, "http://h/mirror", "http://h/mirror"),
        ] {
            assert_eq!(base_url(service, Some(url), place(&[], None)).expect(url), expected, "the override {url}");
            let entry = format!(r#"[{{"type":"{}","endpoints":[{{"interface":"public","url":"{url}"}}]}}]"#, service.types[0]);
            assert_eq!(base_url(service, None, place(&catalogue(&entry), None)).expect(url), expected, "{url} of the catalogue");
        }
    }

    #[test]
    fn k5s_own_name_comes_first() {
        let import = ServiceMeta::new("vm_import", "vmimport", Dialect::Import).k5_aliases(&["import-export"]);
        let entry = |name: &str, host: &str| {
            format!(r#"{{"type":"{name}","endpoints":[{{"interface":"public","name":"{name}","url":"https://{host}"}}]}}"#)
        };
        let (own, other) = (entry("vmimport", "own"), entry("import-export", "other"));
        for (json, expected) in [
            (format!("[{other},{own}]"), "https://own"),
            (format!("[{own},{other}]"), "https://own"),
            (format!("[{other}]"), "https://other"),
        ] {
            assert_eq!(base_url(&import, None, place(&catalogue(&json), None)).expect("found"), expected, "{json}");
        }
    }

    #[test]
    fn an_override_wins_and_says_what_is_missing_otherwise() {
        let none = catalogue(r#"[{"type":"compute","endpoints":[]}]"#);
        let here = place(&none, None);
        assert_eq!(base_url(&SWIFT, Some("http://h:1/x/"), here).expect("as it is"), "http://h:1/x");
        assert_eq!(base_url(&SWIFT, Some("http://h:1"), here).expect("with root"), "http://h:1/v1/AUTH_p1");
        let error = base_url(&SWIFT, None, here).expect_err("absent").to_string();
        assert!(error.contains("no service object-store") && error.contains("OS_OBJECT_STORE_ENDPOINT_OVERRIDE"), "{error}");
        let error = base_url(&SWIFT, None, place(&[], None)).expect_err("empty");
        assert_eq!(error.reason(), Some(&Reason::EmptyCatalogue));
        let error = error.to_string();
        assert!(error.contains("catalogue is empty") && error.contains("project p1"), "{error}");
        let unscoped = Place { project_id: None, ..place(&[], None) };
        let error = base_url(&SWIFT, None, unscoped).expect_err("no scope").to_string();
        assert!(error.contains("not scoped to a project"), "{error}");
    }
}
