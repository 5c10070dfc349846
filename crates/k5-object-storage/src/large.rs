//! Large objects by hand: manifests of segments that are already stored. The engine that cuts and sends segments is `transfer`.

pub(crate) use crate::etag::content_md5;
use crate::generated::{DeleteReport, builder::UploadObject, meta::DELETE_OBJECT};
use crate::{ObjectStorage, limits};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k5_core::{Body, Error, ErrorKind, Result, Sent, path};
use std::ops::Range;

/// The maximum length of a manifest's text.
const MANIFEST: usize = 64 * 1024 * 1024;
/// The segments listed by a manifest that was requested as such.
pub(crate) async fn manifest_of(download: crate::Download) -> Result<Vec<StoredSegment>> {
    let strange = download.strange("the manifest is not as expected");
    let text = download.into_stream().collect(MANIFEST).await?;
    serde_json::from_slice(&text).map_err(|error| strange.with_source(error))
}

/// The maximum length of a line of a bulk deletion: container, slash and object at their longest. Swift rejects the entire list if
/// one line is much longer, as a name of 1,024 bytes may be once it is encoded.
const BULK_LINE: usize = limits::CONTAINER_NAME + 1 + limits::OBJECT_NAME;

k5_core::model! {
    /// A segment as a new manifest describes it: an object, or bytes in the manifest itself.
    pub struct Segment {
        /// `/container/object`, not encoded.
        pub path: Option<String> = "path",
        /// The MD5 of its bytes; the server compares it with what it has.
        pub etag: Option<String> = "etag",
        /// Its size; the server compares this too.
        pub size_bytes: Option<u64> = "size_bytes",
        /// A range of the segment, `first-last`.
        pub range: Option<String> = "range",
        /// The bytes themselves in base64, if there is no object; then no other field may be set. At least one segment of a
        /// manifest must be an object.
        pub data: Option<String> = "data",
    }
}

impl Segment {
    /// A segment with the values that the server compares.
    pub fn new(container: &str, object: &str, etag: impl Into<String>, size_bytes: u64) -> Self {
        Self {
            path: Some(format!("/{container}/{object}")),
            etag: Some(etag.into()),
            size_bytes: Some(size_bytes),
            range: None,
            data: None,
            extra: Default::default(),
        }
    }

    /// What it adds to the text whose MD5 is the large object's ETag.
    pub(crate) fn etag_text(&self) -> Option<String> {
        let stored = StoredSegment {
            range: self.range.clone(),
            data: self.data.clone(),
            ..StoredSegment::plain(None, self.etag.clone(), 0)
        };
        stored.etag_text()
    }

    /// Bytes stored in the manifest itself.
    pub fn inline(bytes: &[u8]) -> Self {
        let data = Some(STANDARD.encode(bytes));
        Self { path: None, etag: None, size_bytes: None, range: None, data, extra: Default::default() }
    }
}

k5_core::model! {
    /// A segment as the server lists it in a manifest: an object, or bytes in the manifest itself.
    pub struct StoredSegment {
        /// `/container/object`, not encoded; `None` for bytes in the manifest.
        pub name: Option<String> = "name",
        /// The MD5 of the entire segment; if the segment is itself a manifest, its ETag.
        pub hash: Option<String> = "hash",
        /// The size of the entire segment in bytes; for the number of bytes it adds to the object, see [`StoredSegment::length`].
        pub bytes: Option<u64> = "bytes",
        /// Its media type.
        pub content_type: Option<String> = "content_type",
        /// When it was stored.
        pub last_modified: Option<k5_core::Timestamp> = "last_modified",
        /// A range of the segment, `first-last`.
        pub range: Option<String> = "range",
        /// Whether it is itself a manifest.
        pub sub_slo: Option<bool> = "sub_slo",
        /// The bytes themselves in base64, if there is no object.
        pub data: Option<String> = "data",
    }
}

impl StoredSegment {
    /// An entire object, as a manifest would describe it.
    pub(crate) fn plain(name: Option<String>, hash: Option<String>, bytes: u64) -> Self {
        let (extra, bytes) = (Default::default(), Some(bytes));
        Self { name, hash, bytes, content_type: None, last_modified: None, range: None, sub_slo: None, data: None, extra }
    }

    /// Container and object; `None` for bytes in the manifest.
    pub fn place(&self) -> Option<(&str, &str)> {
        self.name.as_deref()?.trim_start_matches('/').split_once('/')
    }

    /// The bytes stored in the manifest itself; `None` for an object, and for anything that is not base64.
    pub fn inline(&self) -> Option<Vec<u8>> {
        STANDARD.decode(self.data.as_deref()?.trim()).ok()
    }

    /// The range of the segment that belongs to the object; all of it if the manifest gives no range. `None` if the range can't be
    /// parsed, and for bytes in the manifest.
    pub fn part(&self) -> Option<Range<u64>> {
        let Some(range) = &self.range else { return Some(0..self.bytes?) };
        let (first, last) = range.trim().split_once('-')?;
        let part = match (first.trim(), last.trim()) {
            ("", most) => self.bytes?.saturating_sub(most.parse().ok()?)..self.bytes?,
            (first, "") => first.parse().ok()?..self.bytes?,
            (first, last) => first.parse().ok()?..last.parse::<u64>().ok()?.checked_add(1)?,
        };
        (part.start < part.end).then_some(part)
    }

    /// How many bytes it adds to the object; `None` if the manifest doesn't say so in a form that can be parsed.
    pub fn length(&self) -> Option<u64> {
        match self.data {
            Some(_) => self.inline().map(|bytes| bytes.len() as u64),
            None => self.part().map(|part| part.end - part.start),
        }
    }

    /// The MD5 of the bytes that it adds to the object, if the manifest tells: never for a range of a segment, nor for a manifest.
    pub(crate) fn md5(&self) -> Option<String> {
        match self.data {
            Some(_) => self.inline().map(|bytes| crate::transfer::md5_hex(&bytes)),
            None => {
                let partial = self.range.is_some() || self.sub_slo == Some(true);
                content_md5(self.hash.as_deref(), partial).map(str::to_owned)
            }
        }
    }

    /// What it adds to the text whose MD5 is the large object's ETag; `None` if the manifest lacks it.
    pub(crate) fn etag_text(&self) -> Option<String> {
        match (&self.data, &self.range) {
            (Some(_), _) => self.md5(),
            (None, Some(range)) => Some(format!("{}:{range};", crate::etag::bare(self.hash.as_deref()?))),
            (None, None) => Some(crate::etag::bare(self.hash.as_deref()?).to_owned()),
        }
    }

    /// The same segment as a new manifest describes it.
    ///
    /// ```
    /// # fn f(stored: &[k5_object_storage::large::StoredSegment]) {
    /// let manifest: Vec<_> = stored.iter().map(|segment| segment.again()).collect();
    /// # }
    /// ```
    pub fn again(&self) -> Segment {
        Segment {
            path: self.name.clone(),
            etag: self.hash.clone(),
            // Of a manifest the listing may tell the size of its text.
            size_bytes: self.bytes.filter(|_| self.sub_slo != Some(true)),
            range: self.range.clone(),
            data: self.data.clone(),
            extra: Default::default(),
        }
    }
}

impl ObjectStorage {
    /// Stores the manifest of a static large object over segments that are already stored. The server compares sizes and ETags and
    /// rejects a manifest that doesn't match.
    ///
    /// Object storage 10 (Upload object) with `multipart-manifest=put`. The other setters are those of an upload.
    pub fn put_manifest(&self, container: &str, object: &str, segments: &[Segment]) -> UploadObject {
        let mut put = self.upload_object(container, object, Body::empty());
        put.0.json(&segments);
        put.multipart_manifest("put")
    }

    /// Returns the segments of a static large object.
    ///
    /// Object storage 9 (Download object) with `multipart-manifest=get`.
    ///
    /// # Errors
    /// Fails if there is no such object, or if it is not a static large object.
    pub async fn get_manifest(&self, container: &str, object: &str) -> Result<Vec<StoredSegment>> {
        let download = self.download_object(container, object).multipart_manifest("get").send().await?;
        if download.info().static_large_object != Some(true) {
            return Err(Error::new(ErrorKind::InvalidInput, format!("{container}/{object} is not a static large object")));
        }
        manifest_of(download).await
    }

    /// Stores the manifest of a dynamic large object: all objects of `segment_container` whose names begin with `prefix`, in order
    /// of name.
    ///
    /// Object storage 10 (Upload object) with `X-Object-Manifest`.
    pub fn put_dynamic_manifest(&self, container: &str, object: &str, segment_container: &str, prefix: &str) -> UploadObject {
        let place = format!("{}/{}", path::segment(segment_container), path::name(prefix));
        self.upload_object(container, object, Body::empty()).object_manifest(&place)
    }

    /// Deletes a static large object with all its segments.
    ///
    /// Object storage 12 (Delete object) with `multipart-manifest=delete`.
    ///
    /// # Errors
    /// Fails if it can't be deleted, and also if only some of its segments were deleted; the message then names the others.
    pub async fn delete_with_segments(&self, container: &str, object: &str) -> Result<DeleteReport> {
        let report = self.delete_object(container, object).multipart_manifest("delete").send().await?;
        let report = report.ok_or_else(|| {
            let error = Error::new(ErrorKind::Decode, "the server sent no report of the deletion");
            error.with_operation(&DELETE_OBJECT).with_target(Some(format!("swift://{container}/{object}"))).with_sent(Sent::Yes)
        })?;
        report.into_result()
    }

    /// Deletes many objects, up to the cluster's limit (`/info`, usually 10,000), in one request; objects whose encoded names are
    /// too long for the list take one more request each.
    ///
    /// # Errors
    /// Fails if a request fails, and also if only some objects were deleted; the message then names the others.
    pub async fn delete_many<'a>(&self, objects: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<DeleteReport> {
        let (mut list, mut long) = (String::new(), Vec::new());
        for (container, object) in objects {
            let mut line = path::segment(container);
            line.push('/');
            path::push_name(&mut line, object);
            match line.len() > BULK_LINE {
                true => long.push((container, object)),
                false => list.extend([line.as_str(), "\n"]),
            }
        }
        let nothing_yet = || DeleteReport {
            number_deleted: 0,
            number_not_found: 0,
            response_status: "200 OK".to_owned(),
            response_body: None,
            errors: Vec::new(),
            extra: Default::default(),
        };
        let mut report = match list.is_empty() && !long.is_empty() {
            true => nothing_yet(),
            false => self.bulk_delete(list).send().await?.into_result()?,
        };
        for (container, object) in long {
            match self.delete_object(container, object).send().await {
                Ok(_) => report.number_deleted += 1,
                Err(error) if error.is_not_found() => report.number_not_found += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }
}

impl DeleteReport {
    /// Returns the report, unless something was not deleted. Objects that were already gone don't count as failures.
    ///
    /// # Errors
    /// Fails if one of the objects could not be deleted.
    pub fn into_result(self) -> Result<Self> {
        if self.errors.is_empty() && self.response_status.starts_with("200") {
            return Ok(self);
        }
        if self.errors.is_empty() && self.response_status.starts_with("404") && self.number_not_found > 0 {
            // The whole list was gone already.
            return Ok(self);
        }
        let named: Vec<_> = self.errors.iter().take(5).map(|error| error.join(": ")).collect();
        let body = self.response_body.as_deref().unwrap_or_default();
        let message = format!("not all was deleted ({}): {} {body}", self.response_status, named.join(", "));
        Err(Error::new(ErrorKind::Status, message.trim_end().to_owned()).with_sent(k5_core::Sent::Yes))
    }
}
