//! The end of a segmented upload: its manifest, and what the object had before.

use super::Layout;
use super::piece::{Done, MOVED, Piece, Place, is_forbidden};
use super::plan::{Bounds, levels, object_prefix, segments_container};
use crate::generated::{UploadObject, Uploaded};
use crate::large::Segment;
use crate::{ObjectStorage, generated};
use k5_core::{Body, Error, ErrorKind, Result, Sent, path};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long to wait for a listing that has all segments of a dynamic large object.
const LISTED_WITHIN: Duration = Duration::from_secs(30);

/// A copy of an upload under construction; its body can be sent again.
fn again(put: &UploadObject) -> Result<UploadObject> {
    put.0.try_clone().map(UploadObject).ok_or_else(|| Error::invalid_input("the manifest can't be sent again"))
}

/// The ETag of a large object: the MD5 of its segments' ETags.
pub(crate) fn etag_of_etags<'a>(etags: impl IntoIterator<Item = &'a str>) -> String {
    let mut md5 = k5_md5::Md5::new();
    etags.into_iter().for_each(|etag| md5.update(etag.as_bytes()));
    k5_md5::hex(&md5.finish())
}

/// Stores the manifest over all segments, the last request of an upload: before it, nothing of the new object shows.
pub(crate) async fn put(
    place: &Place,
    template: &UploadObject,
    layout: Layout,
    done: &BTreeMap<u64, Done>,
    bounds: Bounds,
) -> Result<Uploaded> {
    match layout {
        Layout::Static => put_static(place, template, done, bounds).await,
        Layout::Dynamic => {
            let prefix = format!("{}/{}", path::segment(&place.container), path::name(&place.prefix));
            again(template)?.object_manifest(&prefix).send().await
        }
    }
}

async fn put_static(place: &Place, template: &UploadObject, done: &BTreeMap<u64, Done>, bounds: Bounds) -> Result<Uploaded> {
    let mut entries: Vec<_> =
        done.values().map(|done| Segment::new(&place.container, &done.name, done.etag.clone(), done.bytes)).collect();
    if let Some(each) = levels(entries.len() as u64, bounds) {
        let mut upper = Vec::new();
        for (n, part) in entries.chunks(usize::try_from(each).unwrap_or(usize::MAX)).enumerate() {
            let name = format!("{}manifest-{n:08}", place.prefix);
            let put = place.storage.put_manifest(&place.container, &name, part);
            let put = match template.0.headers().get("x-delete-at").and_then(|at| at.to_str().ok()?.parse().ok()) {
                Some(at) => put.delete_at(at),
                None => put,
            };
            put.send().await?;
            let etag = etag_of(part);
            let bytes = part.iter().filter_map(|segment| segment.size_bytes).sum();
            upper.push(Segment::new(&place.container, &name, etag, bytes));
        }
        entries = upper;
    }
    let text = serde_json::to_vec(&entries)
        .map_err(|error| Error::new(ErrorKind::InvalidInput, "the manifest can't be written").with_source(error))?;
    let mut put = again(template)?.multipart_manifest("put").etag(&etag_of(&entries));
    put.0.body(Body::bytes(text));
    put.send().await
}

fn etag_of(segments: &[Segment]) -> String {
    etag_of_etags(segments.iter().filter_map(|segment| segment.etag.as_deref()))
}

/// Waits until a dynamic large object shows all its bytes: the server reads a listing that may lag behind.
pub(crate) async fn await_listing(storage: &ObjectStorage, container: &str, object: &str, bytes: u64) -> Result<()> {
    let start = tokio::time::Instant::now();
    loop {
        let info = storage.show_object(container, object).send().await?;
        if info.content_length == Some(bytes) {
            return Ok(());
        }
        if start.elapsed() > LISTED_WITHIN {
            let shown = info.content_length.unwrap_or(0);
            let message = format!(
                "all segments and the manifest of {container}/{object} are stored, but it shows {shown} of {bytes} bytes: the listing of its segments lags behind, or other objects begin with the same name"
            );
            return Err(Error::new(ErrorKind::Integrity, message).with_sent(Sent::Yes));
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

/// Asks for every segment by name, and gives back those that are not there as they should be, to be sent again.
pub(crate) async fn missing(place: &Place, done: &BTreeMap<u64, Done>) -> Result<Vec<u64>> {
    let mut missing = Vec::new();
    for done in done.values() {
        match place.storage.show_object(&place.container, &done.name).send().await {
            Ok(info)
                if info.content_length == Some(done.bytes)
                    && info.etag.as_ref().is_some_and(|etag| etag.eq_ignore_ascii_case(&done.etag)) => {}
            Ok(_) => missing.push(done.index),
            Err(error) if error.is_not_found() => missing.push(done.index),
            Err(error) => return Err(error),
        }
    }
    Ok(missing)
}

/// The segments that an object consists of, `(container, name)`, with its manifests of manifests; none for a plain object.
pub(crate) async fn segments_of(storage: &ObjectStorage, container: &str, object: &str) -> Result<BTreeSet<(String, String)>> {
    let mut all = BTreeSet::new();
    let info = match storage.show_object(container, object).send().await {
        Ok(info) => info,
        Err(error) if error.is_not_found() => return Ok(all),
        Err(error) => return Err(error),
    };
    if let Some(manifest) = &info.object_manifest {
        let decoded = path::decode(manifest);
        let Some((container, prefix)) = decoded.split_once('/').filter(|(_, prefix)| !prefix.is_empty()) else { return Ok(all) };
        let mut items = storage.list_objects(container).prefix(prefix).items();
        loop {
            match items.try_next().await {
                Ok(Some(k5_core::model::Entry::Item(object))) => drop(all.insert((container.to_owned(), object.name))),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(all),
                Err(error) if error.is_not_found() => return Ok(all),
                Err(error) => return Err(error),
            }
        }
    }
    if info.static_large_object == Some(true) {
        let mut open = vec![(container.to_owned(), object.to_owned())];
        while let Some((container, object)) = open.pop() {
            let manifest = match storage.get_manifest(&container, &object).await {
                Ok(manifest) => manifest,
                // A part of it was deleted by hand.
                Err(error) if error.is_not_found() => continue,
                Err(error) => return Err(error),
            };
            for segment in manifest {
                let Some((container, name)) = segment.place() else { continue };
                let place = (container.to_owned(), name.to_owned());
                if segment.sub_slo == Some(true) && !all.contains(&place) {
                    open.push(place.clone());
                }
                all.insert(place);
            }
        }
    }
    Ok(all)
}

/// Of segments that an object had, those that nobody else may have: stored by an upload of the same object, and not moved away
/// with a manifest of another name.
pub(crate) async fn own_segments(
    storage: &ObjectStorage,
    (container, object): (&str, &str),
    segments: BTreeSet<(String, String)>,
) -> Result<Vec<(String, String)>> {
    let segments_container = segments_container(container);
    let prefixes = ["slo", "dlo"].map(|kind| object_prefix(object, kind));
    let mut moved: BTreeMap<String, bool> = BTreeMap::new();
    let mut own = Vec::new();
    for (container, name) in segments {
        if container != segments_container || !prefixes.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let is_moved = match moved.get(&folder) {
            Some(known) => *known,
            None => {
                let shown = storage.show_object(&container, &format!("{folder}{MOVED}")).send().await;
                let is_moved = match shown {
                    Ok(_) => true,
                    Err(error) if error.is_not_found() => false,
                    Err(error) => return Err(error),
                };
                moved.insert(folder, is_moved);
                is_moved
            }
        };
        if !is_moved {
            own.push((container, name));
        }
    }
    Ok(own)
}

/// Creates the container of segments unless it is there, with the storage policy of the container that it belongs to.
pub(crate) async fn make_container(storage: &ObjectStorage, container: &str, segments: &str) -> Result<()> {
    match storage.show_container(segments).send().await {
        Ok(_) => return Ok(()),
        Err(error) if error.is_not_found() => {}
        // Who may write objects need not be allowed to look at the container.
        Err(error) if is_forbidden(&error) => return Ok(()),
        Err(error) => return Err(error),
    }
    let beside = storage.show_container(container).send().await;
    let policy = match beside {
        Ok(generated::ContainerInfo { storage_policy, .. }) => storage_policy,
        Err(error) if error.is_not_found() => {
            return Err(error.with_note(&format!("there is no container {container}: create it first")));
        }
        Err(_) => None,
    };
    let create = storage.create_container(segments);
    let create = match &policy {
        Some(policy) => create.storage_policy(policy),
        None => create,
    };
    let why = || {
        format!(
            "{segments} is for the segments of large objects in {container}: it must be there, or the user be allowed to create it"
        )
    };
    create.send().await.map(drop).map_err(|error| error.with_note(&why()))
}

/// The piece of a file that has this index.
pub(crate) fn piece_of(source: &std::sync::Arc<super::file::FileSource>, plan: super::plan::Plan, index: u64) -> Piece {
    Piece::part(source, index, plan.range(index))
}
