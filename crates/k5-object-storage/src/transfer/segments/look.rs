//! What stands at a name right now, for whoever is about to replace or to delete it: the newest of all replicas, and of a symbolic link
//! the link itself.

use crate::ObjectStorage;
use crate::generated::{ObjectInfo, Uploaded};
use crate::large::StoredSegment;
use k5_core::{Error, ErrorKind, HeaderModel, Result, Sent, path};
use std::collections::BTreeSet;

/// How often a manifest is asked for that is replaced each time between two requests.
const LOOKS: u32 = 5;
/// How deep manifests of manifests may be nested: as deep as Swift follows them.
const DEPTH: u32 = 10;

/// Objects, by container and name.
pub(crate) type Names = BTreeSet<(String, String)>;

/// What an object consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    /// A symbolic link: what it leads to is not its own.
    Link,
    Static,
    /// All objects of this container whose names begin with this prefix.
    Dynamic(String, String),
}

/// An object as it was seen.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) info: ObjectInfo,
    pub(crate) kind: Kind,
    /// Of a large object, what it consists of, in order, with manifests of the lower level before what they name.
    pub(crate) parts: Vec<Part>,
}

/// A segment, a manifest of the lower level, or bytes that stand in the manifest itself.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Container and name; none where the manifest has the bytes.
    pub(crate) place: Option<(String, String)>,
    pub(crate) etag: Option<String>,
    pub(crate) bytes: Option<u64>,
    /// Whether all of the segment belongs to the object.
    pub(crate) is_whole: bool,
    pub(crate) is_manifest: bool,
}

impl Seen {
    /// The objects that it consists of.
    pub(crate) fn names(&self) -> Names {
        self.parts.iter().filter_map(|part| part.place.clone()).collect()
    }

    pub(crate) fn is_large(&self) -> bool {
        matches!(self.kind, Kind::Static | Kind::Dynamic(..))
    }

    /// Whether it consists of segments of this folder.
    pub(crate) fn refers_to(&self, container: &str, folder: &str) -> bool {
        let below = |name: &str| name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        match &self.kind {
            Kind::Plain | Kind::Link => false,
            Kind::Dynamic(place, prefix) => place == container && (below(prefix) || format!("{folder}/").starts_with(prefix)),
            Kind::Static => {
                self.parts.iter().filter_map(|part| part.place.as_ref()).any(|(place, name)| place == container && below(name))
            }
        }
    }

    /// What the server would have said when it was stored.
    pub(crate) fn answer(&self) -> Option<Uploaded> {
        Uploaded::from_headers(self.info.headers.clone()).ok()
    }

    /// Whether nobody has stored anything there in between.
    pub(crate) fn is_still(&self, other: &Seen) -> bool {
        self.kind == other.kind && self.is_of(&other.info)
    }

    /// The same by the headers of another look alone.
    pub(crate) fn is_of(&self, info: &ObjectInfo) -> bool {
        self.info.timestamp == info.timestamp && self.info.etag == info.etag
    }
}

/// Whether the user may not do it (403); a login that failed is another matter.
pub(crate) fn is_forbidden(error: &Error) -> bool {
    error.kind() == ErrorKind::Status && error.status().is_some_and(|status| status == 403)
}

/// Whether two looks at a name saw the same.
pub(crate) fn is_unchanged(before: Option<&Seen>, now: Option<&Seen>) -> bool {
    match (before, now) {
        (None, None) => true,
        (Some(before), Some(now)) => before.is_still(now),
        _ => false,
    }
}

/// Examines an object; `None` if there is none.
pub(crate) async fn look(storage: &ObjectStorage, container: &str, object: &str) -> Result<Option<Seen>> {
    for _ in 0..LOOKS {
        let Some(mut seen) = head_of(storage, container, object, true).await? else { return Ok(None) };
        match &seen.kind {
            Kind::Plain | Kind::Link => return Ok(Some(seen)),
            Kind::Dynamic(place, prefix) => {
                seen.parts = listed(storage, place, prefix).await?;
                return Ok(Some(seen));
            }
            Kind::Static => {}
        }
        let (info, manifest) = match read_manifest(storage, container, object).await {
            Ok(Some(read)) => read,
            // It is no longer a large object.
            Ok(None) => continue,
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(error),
        };
        // The manifest of another object would be taken for this one's, were it replaced in between.
        if info.timestamp == seen.info.timestamp {
            flatten(storage, manifest, &mut seen.parts, DEPTH).await?;
            return Ok(Some(seen));
        }
    }
    let message = format!("{container}/{object} is replaced again and again: it can't be told what it consists of");
    Err(Error::new(ErrorKind::Status, message).with_sent(Sent::Yes))
}

/// What is stored under a name, as far as the user may know: whoever may write there need not be allowed to read it.
pub(crate) async fn look_if_allowed(storage: &ObjectStorage, container: &str, object: &str) -> Result<Option<Seen>> {
    match look(storage, container, object).await {
        Err(error) if is_forbidden(&error) => Ok(None),
        outcome => outcome,
    }
}

/// What the headers say of an object, without its parts.
pub(crate) async fn head_of(storage: &ObjectStorage, container: &str, object: &str, newest: bool) -> Result<Option<Seen>> {
    let info = match storage.object_itself(container, object, newest).await {
        Ok(info) => info,
        Err(error) if error.is_not_found() => return Ok(None),
        Err(error) => return Err(error),
    };
    let kind = kind_of(&info);
    Ok(Some(Seen { info, kind, parts: Vec::new() }))
}

fn kind_of(info: &ObjectInfo) -> Kind {
    if info.symlink_target.is_some() {
        return Kind::Link;
    }
    if info.static_large_object == Some(true) {
        return Kind::Static;
    }
    let place = info.object_manifest.as_deref().map(path::decode);
    match place.as_deref().and_then(|place| place.split_once('/')) {
        Some((container, prefix)) => Kind::Dynamic(container.to_owned(), prefix.to_owned()),
        None => Kind::Plain,
    }
}

/// The manifest of a static large object; `None` if it is not one.
async fn read_manifest(storage: &ObjectStorage, container: &str, object: &str) -> Result<Option<(ObjectInfo, Vec<StoredSegment>)>> {
    let download = storage.download_object(container, object).multipart_manifest("get").newest(true).send().await?;
    let info = download.info().clone();
    if info.static_large_object != Some(true) {
        return Ok(None);
    }
    crate::large::manifest_of(download).await.map(|manifest| Some((info, manifest)))
}

/// What an old version of an object consists of.
pub(crate) async fn of_version(storage: &ObjectStorage, container: &str, object: &str, version: &str) -> Result<Names> {
    let mut parts = Vec::new();
    let info = match storage.show_object(container, object).version_id(version).send().await {
        Ok(info) => info,
        Err(error) if error.is_not_found() => return Ok(Names::new()),
        Err(error) => return Err(error),
    };
    match kind_of(&info) {
        Kind::Plain | Kind::Link => {}
        Kind::Dynamic(place, prefix) => parts = listed(storage, &place, &prefix).await?,
        Kind::Static => {
            let download = storage.download_object(container, object).version_id(version).multipart_manifest("get").send().await?;
            flatten(storage, crate::large::manifest_of(download).await?, &mut parts, DEPTH).await?;
        }
    }
    Ok(parts.into_iter().filter_map(|part| part.place).collect())
}

async fn listed(storage: &ObjectStorage, container: &str, prefix: &str) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut items = storage.list_objects(container).prefix(prefix).items();
    loop {
        match items.try_next().await {
            Ok(Some(object)) => parts.push(Part {
                place: Some((container.to_owned(), object.name)),
                etag: object.hash,
                bytes: Some(object.bytes),
                is_whole: true,
                is_manifest: false,
            }),
            Ok(None) => return Ok(parts),
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            Err(error) => return Err(error),
        }
    }
}

fn flatten<'a>(
    storage: &'a ObjectStorage,
    manifest: Vec<StoredSegment>,
    parts: &'a mut Vec<Part>,
    depth: u32,
) -> std::pin::Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>> {
    Box::pin(async move {
        for segment in manifest {
            let is_manifest = segment.sub_slo == Some(true);
            let place = segment.place().map(|(container, name)| (container.to_owned(), name.to_owned()));
            parts.push(Part {
                place: place.clone(),
                etag: segment.hash.clone(),
                bytes: segment.bytes,
                is_whole: segment.range.is_none() && segment.data.is_none(),
                is_manifest,
            });
            let Some((container, name)) = place.filter(|_| is_manifest && depth > 0) else { continue };
            match read_manifest(storage, &container, &name).await {
                Ok(Some((_, lower))) => flatten(storage, lower, parts, depth - 1).await?,
                // A part of it was deleted or replaced by hand.
                Ok(None) => {}
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    })
}
