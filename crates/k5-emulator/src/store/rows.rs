//! The documents of the tables, and how names become keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::time::Ticks;

/// Account, container and object: decoded, as the client means them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ObjectName {
    pub(crate) account: String,
    pub(crate) container: String,
    pub(crate) object: String,
}

impl ObjectName {
    pub(crate) fn new(account: &str, container: &str, object: &str) -> Self {
        Self { account: account.into(), container: container.into(), object: object.into() }
    }

    /// NUL separates the parts and cannot occur in a name, so keys sort by account, container, object.
    pub(crate) fn key(&self) -> Vec<u8> {
        let mut key = container_key(&self.account, &self.container);
        key.push(0);
        key.extend_from_slice(self.object.as_bytes());
        key
    }
}

pub(crate) fn container_key(account: &str, container: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(account.len() + container.len() + 40);
    key.extend_from_slice(account.as_bytes());
    key.push(0);
    key.extend_from_slice(container.as_bytes());
    key
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Usage {
    pub(crate) containers: u64,
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
}

/// Headers are kept under their lower-case names; a value's characters are its bytes (Latin-1), so that nothing
/// is lost whatever the client sent.
pub(crate) type Headers = BTreeMap<String, String>;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccountRow {
    pub(crate) created: Ticks,
    /// By storage policy.
    pub(crate) usage: BTreeMap<String, Usage>,
    pub(crate) headers: Headers,
}

impl AccountRow {
    pub(crate) fn new(created: Ticks) -> Self {
        Self { created, usage: BTreeMap::new(), headers: Headers::new() }
    }

    pub(crate) fn total(&self) -> Usage {
        self.usage.values().fold(Usage::default(), |sum, usage| Usage {
            containers: sum.containers + usage.containers,
            objects: sum.objects + usage.objects,
            bytes: sum.bytes + usage.bytes,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ContainerRow {
    pub(crate) created: Ticks,
    /// Of the last PUT or POST.
    pub(crate) changed: Ticks,
    pub(crate) policy: String,
    pub(crate) objects: u64,
    pub(crate) bytes: u64,
    pub(crate) headers: Headers,
    /// Whether new versions are kept; nothing if nobody ever said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) versioning: Option<bool>,
    /// What it keeps of versions, the current ones among them, if it ever kept any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) versions: Option<Versions>,
}

/// How many versions of objects a container keeps, with delete markers, and their bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Versions {
    pub(crate) count: u64,
    pub(crate) bytes: u64,
}

impl ContainerRow {
    /// The bytes of its objects and of their versions.
    pub(crate) fn all_bytes(&self) -> u64 {
        self.bytes + self.versions.as_ref().map_or(0, |versions| versions.bytes)
    }
}

/// Where an object's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BodyRef {
    #[serde(rename = "e")]
    Empty,
    /// In the table of small bodies.
    #[serde(rename = "s")]
    Small(u64),
    #[serde(rename = "f")]
    File(u64),
}

/// What marks an object as a static large object: the size and MD5 of what its manifest describes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LargeObject {
    #[serde(rename = "e")]
    pub(crate) etag: String,
    #[serde(rename = "s")]
    pub(crate) size: u64,
}

/// What marks an object as a symbolic link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// `container/object`, percent-encoded.
    #[serde(rename = "t")]
    pub(crate) target: String,
    /// Percent-encoded; the link's own account without one.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// What a static link holds its target to.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) fixed: Option<Fixed>,
}

/// The target of a static link as it was when the link was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fixed {
    #[serde(rename = "e")]
    pub(crate) etag: String,
    #[serde(rename = "b")]
    pub(crate) bytes: u64,
    /// That of what a static large object reads as.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub(crate) large_etag: Option<String>,
}

/// Field names are short: there may be millions of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ObjectRow {
    /// Of the last PUT or POST.
    #[serde(rename = "t")]
    pub(crate) changed: Ticks,
    /// Of the stored body, so that of the manifest for a large object.
    #[serde(rename = "s")]
    pub(crate) size: u64,
    /// MD5 of the stored body.
    #[serde(rename = "e")]
    pub(crate) etag: String,
    #[serde(rename = "c")]
    pub(crate) content_type: String,
    #[serde(rename = "b")]
    pub(crate) body: BodyRef,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub(crate) delete_at: Option<u64>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub(crate) large: Option<LargeObject>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<Link>,
    /// The version that this is, in the table of objects alone. The body then belongs to the version.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<Ticks>,
    #[serde(rename = "h", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: Headers,
}

/// Whether an object's document may hold a time of expiry. Inside of a text, the key's quotes would have a backslash before them.
pub(crate) fn may_expire(document: &[u8]) -> bool {
    const KEY: &[u8] = b"\"d\":";
    document.windows(KEY.len()).any(|part| part == KEY)
}

impl ObjectRow {
    pub(crate) fn expired(&self, now: u64) -> bool {
        self.delete_at.is_some_and(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_seen_in_the_document() {
        let row = |delete_at| ObjectRow {
            changed: Ticks::now(),
            size: 1,
            etag: "d".to_owned(),
            content_type: "\"d\":1".to_owned(),
            body: BodyRef::Empty,
            delete_at,
            large: None,
            link: None,
            version: None,
            headers: Headers::new(),
        };
        let document = |delete_at| serde_json::to_vec(&row(delete_at)).expect("written");
        assert!(may_expire(&document(Some(5))) && !may_expire(&document(None)));
    }
}
