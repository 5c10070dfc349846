//! A download in one request whose bytes go on after an interruption, for callers that want a stream.

use super::resume::{Remote, content_range};
use super::version::Version;
use crate::transfer::progress::Meter;
use crate::{Download, ObjectStorage};
use k5_core::ByteStream;
use k5_core::retry::RetryPolicy;
use std::sync::Arc;

impl ObjectStorage {
    /// The bytes of an answer to [`ObjectStorage::download_object`], of the entire object or of one range. If the connection breaks,
    /// the rest is requested from the failed byte on, as long as the object is the same (`If-Match`); otherwise the stream ends with
    /// an error whose reason is [`Reason::Replaced`](k5_core::Reason::Replaced). `version_id` is what the request asked for in a
    /// container that keeps old versions.
    ///
    /// An answer that doesn't tell its length can't be resumed, and ends where it breaks.
    pub fn resumed(
        &self,
        (container, object): (&str, &str),
        version_id: Option<&str>,
        download: Download,
        retry: RetryPolicy,
    ) -> ByteStream {
        let info = download.info();
        let start = if download.is_whole() { Some(0) } else { content_range(info).map(|(start, _)| start) };
        let (Some(start), Some(length)) = (start, info.content_length) else { return download.into_stream() };
        let remote = Remote {
            storage: self.clone(),
            container: container.to_owned(),
            object: object.to_owned(),
            old_version: version_id.map(str::to_owned),
            version: Version::of(info),
            retry,
            meter: Arc::new(Meter::new([])),
            throttled: Arc::default(),
        };
        let range = start..start.saturating_add(length);
        Arc::new(remote).read(range, Some(download.into_stream())).into()
    }
}
