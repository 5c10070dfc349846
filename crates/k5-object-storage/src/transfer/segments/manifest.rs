//! The end of a segmented upload: its manifest, and what the object had before.

use super::Layout;
use super::segment::Done;
use super::sizes::levels;
use super::store::Store;
use crate::ObjectStorage;
use crate::generated::{Uploaded, builder::UploadObject};
use crate::large::Segment;
use crate::transfer::cluster::Bounds;
use k5_core::{Body, Error, ErrorKind, Result, Sent, WithOptions, path};
use std::collections::BTreeMap;
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

/// The request for the manifest over all segments, the last one of an upload: before it, nothing of the new object is visible.
/// Manifests of the lower level are stored for it.
pub(crate) async fn request(
    store: &Store,
    template: &UploadObject,
    layout: Layout,
    done: &BTreeMap<u64, Done>,
    bounds: Bounds,
) -> Result<UploadObject> {
    match layout {
        Layout::Static => {
            let entries =
                done.values().map(|done| Segment::new(&store.container, &done.name, done.etag.clone(), done.bytes)).collect();
            over(&store.storage, (&store.container, &store.prefix), template, entries, bounds).await
        }
        Layout::Dynamic => {
            let prefix = format!("{}/{}", path::segment(&store.container), path::name(&store.prefix));
            Ok(again(template)?.object_manifest(&prefix))
        }
    }
}

/// The request of a static manifest over these segments.
pub(crate) async fn over(
    storage: &ObjectStorage,
    (container, prefix): (&str, &str),
    template: &UploadObject,
    mut entries: Vec<Segment>,
    bounds: Bounds,
) -> Result<UploadObject> {
    if let Some(each) = levels(entries.len() as u64, bounds) {
        let mut upper = Vec::new();
        for (n, part) in entries.chunks(usize::try_from(each).unwrap_or(usize::MAX)).enumerate() {
            let name = format!("{prefix}manifest-{n:08}");
            let put = storage.put_manifest(container, &name, part);
            let put = match template.0.headers().get("x-delete-at").and_then(|at| at.to_str().ok()?.parse().ok()) {
                Some(at) => put.delete_at(at),
                None => put,
            };
            put.send().await?;
            let bytes = part.iter().filter_map(|segment| segment.size_bytes).sum();
            upper.push(Segment::new(container, &name, etag_of(part), bytes));
        }
        entries = upper;
    }
    let text = serde_json::to_vec(&entries)
        .map_err(|error| Error::new(ErrorKind::InvalidInput, "the manifest can't be written").with_source(error))?;
    let mut put = again(template)?.multipart_manifest("put").etag(&etag_of(&entries));
    put.0.body(Body::bytes(text));
    Ok(put)
}

/// Sends the request for a manifest once. Whether it may be sent again is decided by whoever checks what is there.
pub(crate) async fn send_once(put: &UploadObject) -> Result<Uploaded> {
    again(put)?.with_max_attempts(1).send().await
}

/// The ETag that a manifest over these segments gives the object.
fn etag_of(segments: &[Segment]) -> String {
    let texts: Vec<_> = segments.iter().filter_map(Segment::etag_text).collect();
    etag_of_etags(texts.iter().map(String::as_str))
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

/// Requests every segment by name, and returns those that are not as they should be, to be sent again.
pub(crate) async fn missing(store: &Store, done: &BTreeMap<u64, Done>) -> Result<Vec<u64>> {
    let mut missing = Vec::new();
    for done in done.values() {
        if !store.has(&done.name, &done.etag, done.bytes).await? {
            missing.push(done.index);
        }
    }
    Ok(missing)
}
