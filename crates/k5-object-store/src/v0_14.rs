//! The traits of `object_store` 0.14, and what takes `swift://` URLs for it.

// The releases have the same items, but not the same types.
#[allow(clippy::duplicate_mod, reason = "one source for the traits of each release")]
#[path = "binding.rs"]
mod binding;

use crate::list::Listed;
use crate::put::Put;
use crate::store::SwiftStore;
pub use binding::SwiftRegistry;
pub use binding::parse_url_with;
use binding::{chunks, meta, path, stored};
#[cfg(feature = "cloud")]
pub use binding::{parse_url, parse_url_opts};
use object_store_0_14::multipart::{MultipartStore, PartId};
use object_store_0_14::path::Path;
use object_store_0_14::{GetResult, GetResultPayload, ListResult, MultipartId, PutMultipartOptions, PutPayload, PutResult, Result};

/// The release that this module is for.
pub use object_store_0_14 as object_store;

fn put_result(put: Put) -> PutResult {
    PutResult { e_tag: put.e_tag, version: put.version, extensions: Default::default() }
}

fn list_result(listed: Listed) -> Result<ListResult> {
    Ok(ListResult {
        common_prefixes: listed.folders.iter().map(|folder| path(folder)).collect::<Result<_>>()?,
        objects: listed.objects.into_iter().map(meta).collect::<Result<_>>()?,
        extensions: Default::default(),
    })
}

fn get_result(
    payload: GetResultPayload,
    meta: object_store::ObjectMeta,
    range: std::ops::Range<u64>,
    attributes: object_store::Attributes,
) -> GetResult {
    GetResult { payload, meta, range, attributes, extensions: Default::default() }
}

#[async_trait::async_trait]
impl MultipartStore for SwiftStore {
    async fn create_multipart(&self, path: &Path) -> Result<MultipartId> {
        Ok(SwiftStore::create_multipart(self, path.as_ref(), &Default::default()).await?)
    }

    async fn create_multipart_opts(&self, path: &Path, opts: PutMultipartOptions) -> Result<MultipartId> {
        let stored = stored(opts.attributes, opts.tags.encoded())?;
        Ok(SwiftStore::create_multipart(self, path.as_ref(), &stored).await?)
    }

    async fn put_part(&self, path: &Path, id: &MultipartId, part_idx: usize, data: PutPayload) -> Result<PartId> {
        let content_id = SwiftStore::put_part(self, path.as_ref(), id, part_idx, chunks(data)).await?;
        Ok(PartId { content_id })
    }

    async fn complete_multipart(&self, path: &Path, id: &MultipartId, parts: Vec<PartId>) -> Result<PutResult> {
        let parts: Vec<_> = parts.into_iter().map(|part| part.content_id).collect();
        Ok(put_result(SwiftStore::complete_multipart(self, path.as_ref(), id, &parts).await?))
    }

    async fn abort_multipart(&self, path: &Path, id: &MultipartId) -> Result<()> {
        Ok(SwiftStore::abort_multipart(self, path.as_ref(), id).await?)
    }
}
