//! Who may read or write a container: the elements of `X-Container-Read` and `X-Container-Write`.

use std::fmt;

/// A list of grants, as the headers hold it.
///
/// ```
/// use k5_object_storage::acl::Acl;
/// let acl = Acl::new().anyone().listings().user("project", "user");
/// assert_eq!(acl.to_string(), ".r:*,.rlistings,project:user");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acl(Vec<String>);

impl Acl {
    /// No grants: only the owner's project has access.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, element: String) -> Self {
        self.0.push(element);
        self
    }

    /// Anyone may read objects without a token. Only for reading.
    pub fn anyone(self) -> Self {
        self.with(".r:*".to_owned())
    }

    /// Requests that were referred by a page on this host may read; a leading `-` forbids the host.
    pub fn referrer(self, host: &str) -> Self {
        self.with(format!(".r:{host}"))
    }

    /// Whoever may read by referrer may list, too.
    pub fn listings(self) -> Self {
        self.with(".rlistings".to_owned())
    }

    /// A user of a project, both by id; `*` stands for any.
    pub fn user(self, project: &str, user: &str) -> Self {
        self.with(format!("{project}:{user}"))
    }

    /// Parses a header's value.
    pub fn parse(text: &str) -> Self {
        Self(text.split(',').map(str::trim).filter(|element| !element.is_empty()).map(str::to_owned).collect())
    }

    /// The elements as they are written.
    pub fn elements(&self) -> &[String] {
        &self.0
    }

    /// Whether anyone may read without a token.
    pub fn is_public(&self) -> bool {
        self.0.iter().any(|element| element == ".r:*")
    }
}

impl fmt::Display for Acl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_survives_the_header() {
        let acl = Acl::new().referrer("-bad.example").user("*", "u1");
        assert_eq!(Acl::parse(&acl.to_string()), acl);
        assert!(!acl.is_public());
        assert_eq!(Acl::parse(" .r:*, ,.rlistings ").elements(), [".r:*", ".rlistings"]);
    }
}
