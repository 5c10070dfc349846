//! The document of an image.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::data::Data;
use super::members::{Member, MemberStatus};
use crate::cloud::{Caller, Fail, Kept, Outcome, derived_uuid, named, not_found};
use crate::store::{Document, Documents, Rows};
use crate::time::Ticks;

/// Images are stored under one tenant, because some of them are public.
pub(crate) const EVERYONE: &str = "";

/// The size of the image that every fresh cloud has, which is all zeros, and its hashes.
const CIRROS: u64 = 1 << 20;
const CIRROS_MD5: &str = "b6d81b360a5672d80c27430f39153e2c";
const CIRROS_SHA512: &str = "d6292685b380e338e025b3415a90fe8f9d39a46e7bdba8cb78c50a338cefca74\
                             1f69e4e46411c32de1afdedfb268e579a51f81ff85e56f55b0ee7c33fe8c25c9";

named! {
    pub(crate) enum ImageStatus {
        Queued = "queued",
        Saving = "saving",
        Active = "active",
        Killed = "killed",
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Image {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) status: ImageStatus,
    /// The next state, and when it begins.
    pub(crate) becomes: Option<(Ticks, ImageStatus)>,
    pub(crate) visibility: String,
    pub(crate) tags: Vec<String>,
    pub(crate) created: Ticks,
    pub(crate) updated: Ticks,
    pub(crate) size: Option<u64>,
    /// Imported images have no checksum.
    pub(crate) checksum: Option<String>,
    /// The other hash of the data.
    #[serde(default)]
    pub(super) hash: Option<String>,
    /// `None`: it has none, or none that is kept here, as images that were imported or made of a volume.
    #[serde(default)]
    pub(super) data: Option<Data>,
    pub(crate) container_format: Option<String>,
    pub(crate) disk_format: Option<String>,
    /// In GB.
    pub(crate) min_disk: u64,
    /// In MB.
    pub(crate) min_ram: u64,
    pub(crate) protected: bool,
    /// The project that may change it.
    pub(crate) owner: String,
    /// Properties that users and services added, at the top level of the JSON document.
    pub(crate) properties: BTreeMap<String, Value>,
    /// The projects that it is shared with.
    #[serde(default)]
    pub(super) members: Vec<Member>,
}

impl Document for Image {
    const SERVICE: &'static str = "image";
    const KIND: &'static str = "image";

    fn id(&self) -> &str {
        &self.id
    }

    fn settle(&mut self, now: Ticks) {
        if let Some((at, status)) = self.becomes
            && at <= now
        {
            (self.status, self.updated, self.becomes) = (status, at, None);
        }
    }
}

impl Kept for Image {
    fn tenant(_: &Caller) -> &str {
        EVERYONE
    }

    fn is_there_for(&self, caller: &Caller) -> bool {
        self.visible_to(&caller.project.id, caller.is_admin())
    }

    fn unknown(id: &str, _: &Caller) -> Fail {
        not_found(format!("No image found with ID {id}"))
    }
}

impl Image {
    /// A new image without content.
    pub(crate) fn queued(id: String, owner: String, now: Ticks) -> Self {
        Self {
            id,
            name: None,
            status: ImageStatus::Queued,
            becomes: None,
            visibility: "private".to_owned(),
            tags: Vec::new(),
            created: now,
            updated: now,
            size: None,
            checksum: None,
            hash: None,
            data: None,
            container_format: Some("bare".to_owned()),
            disk_format: Some("raw".to_owned()),
            min_disk: 0,
            min_ram: 0,
            protected: false,
            owner,
            properties: BTreeMap::new(),
            members: Vec::new(),
        }
    }

    /// A public image of 1 MiB, as small test clouds have it.
    pub(super) fn cirros() -> Self {
        Self {
            name: Some("cirros".to_owned()),
            status: ImageStatus::Active,
            visibility: "public".to_owned(),
            size: Some(CIRROS),
            checksum: Some(CIRROS_MD5.to_owned()),
            hash: Some(CIRROS_SHA512.to_owned()),
            data: Some(Data::Zeros),
            ..Self::queued(derived_uuid("image:cirros"), derived_uuid("project:Default:admin").replace('-', ""), Ticks::now())
        }
    }

    pub(crate) fn visible_to(&self, project: &str, admin: bool) -> bool {
        self.is_without_sharing(project, admin) || self.member(project).is_some()
    }

    fn is_without_sharing(&self, project: &str, admin: bool) -> bool {
        admin || self.owner == project || matches!(self.visibility.as_str(), "public" | "community")
    }

    /// Whether it is in this caller's lists: a shared image only if the caller's membership has this status. `None` means any
    /// status.
    pub(crate) fn is_listed_for(&self, caller: &Caller, said: Option<MemberStatus>) -> bool {
        let member = self.member(&caller.project.id);
        self.is_without_sharing(&caller.project.id, caller.is_admin())
            || member.is_some_and(|member| said.is_none_or(|said| member.status == said))
    }

    /// Whether this caller may change it.
    pub(crate) fn is_writable_by(&self, caller: &Caller) -> bool {
        caller.is_admin() || self.owner == caller.project.id
    }
}

/// An image that the caller may see.
pub(crate) fn visible_image(documents: &Documents<impl Rows>, project: &str, admin: bool, id: &str) -> Outcome<Image> {
    let image: Option<Image> = documents.get(EVERYONE, id)?;
    image.filter(|image| image.visible_to(project, admin)).ok_or_else(|| not_found(format!("No image found with ID {id}")))
}

/// The id of the document that records the creation of the first image.
pub(super) const SEEDED: &str = "first";

/// Records that the first image was created.
#[derive(Serialize, Deserialize)]
pub(super) struct Seeded(String);

impl Default for Seeded {
    fn default() -> Self {
        Self(SEEDED.to_owned())
    }
}

impl Document for Seeded {
    const SERVICE: &'static str = "image";
    const KIND: &'static str = "seeded";

    fn id(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::bodies::{hex, md5_hex};
    use sha2::{Digest, Sha512};

    #[test]
    fn the_first_images_hashes_are_those_of_its_data() {
        let data = vec![0; usize::try_from(CIRROS).unwrap()];
        assert_eq!(md5_hex(&data), CIRROS_MD5);
        assert_eq!(hex(Sha512::digest(&data).as_slice()), CIRROS_SHA512);
    }
}
