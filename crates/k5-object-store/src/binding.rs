//! The traits of one release of `object_store`, `super::object_store`, over what the crate does without it. Each release's module
//! includes this file, and has the few things that differ.

use super::object_store::list::{PaginatedListOptions, PaginatedListResult, PaginatedListStore};
use super::object_store::path::{self, Path};
use super::object_store::registry::{DefaultObjectStoreRegistry, ObjectStoreRegistry};
use super::object_store::{
    Attribute, AttributeValue, Attributes, CopyMode, CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload,
    ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    RenameOptions, RenameTargetMode, Result, UploadPart,
};
use super::{get_result, list_result, put_result};
use crate::delete::Undeleted;
use crate::failure::Failure;
use crate::get::{Get, Meta, Wanted};
use crate::list::PageOf;
use crate::location;
use crate::multipart::Multipart;
use crate::put::Mode;
use crate::store::SwiftStore;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryStreamExt};
use k5_object_storage::ObjectStorage;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use url::Url;

/// What `object_store`'s errors call this store.
const STORE: &str = "Swift";

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotFound { path, source } => Self::NotFound { path, source },
            Failure::AlreadyExists { path, source } => Self::AlreadyExists { path, source },
            Failure::Precondition { path, source } => Self::Precondition { path, source },
            Failure::NotModified { path, source } => Self::NotModified { path, source },
            Failure::PermissionDenied { path, source } => Self::PermissionDenied { path, source },
            Failure::Unauthenticated { path, source } => Self::Unauthenticated { path, source },
            Failure::NotSupported { source } => Self::NotSupported { source },
            Failure::NotImplemented { operation } => Self::NotImplemented { operation, implementer: STORE.to_owned() },
            Failure::Unnameable { name } => Self::InvalidPath { source: path::Error::EmptySegment { path: name } },
            Failure::Generic { source } => Self::Generic { store: STORE, source },
        }
    }
}

/// The path of this name. One that reads as another name, since empty segments are dropped, denotes nothing.
pub(super) fn path(name: &str) -> Result<Path> {
    let path = Path::parse(name)?;
    match path.as_ref() == name {
        true => Ok(path),
        false => Err(Failure::Unnameable { name: name.to_owned() }.into()),
    }
}

pub(super) fn meta(meta: Meta) -> Result<ObjectMeta> {
    let location = path(&meta.path)?;
    Ok(ObjectMeta { location, last_modified: meta.modified, size: meta.size, e_tag: meta.e_tag, version: meta.version })
}

pub(super) fn chunks(payload: PutPayload) -> Vec<Bytes> {
    payload.into_iter().collect()
}

/// What is to be stored with an object.
pub(super) fn stored(attributes: Attributes, tags: &str) -> Result<crate::attributes::Attributes> {
    let mut stored = crate::attributes::Attributes { tags: tags.to_owned(), ..Default::default() };
    for (attribute, value) in &attributes {
        let value = value.as_ref().to_owned();
        match attribute {
            Attribute::ContentType => stored.content_type = Some(value),
            Attribute::ContentDisposition => stored.headers.push(("content-disposition", value)),
            Attribute::ContentEncoding => stored.headers.push(("content-encoding", value)),
            Attribute::ContentLanguage => stored.headers.push(("content-language", value)),
            Attribute::CacheControl => stored.headers.push(("cache-control", value)),
            Attribute::Metadata(name) => stored.metadata.push((name.clone().into_owned(), value)),
            other => return Err(Failure::not_implemented(format!("put with the attribute {other:?}")).into()),
        }
    }
    Ok(stored)
}

fn attributes(stored: crate::attributes::Attributes) -> Attributes {
    let mut attributes = Attributes::new();
    let mut set = |attribute, value: String| drop(attributes.insert(attribute, AttributeValue::from(value)));
    stored.content_type.into_iter().for_each(|kind| set(Attribute::ContentType, kind));
    for (name, value) in stored.headers {
        set(
            match name {
                "content-disposition" => Attribute::ContentDisposition,
                "content-encoding" => Attribute::ContentEncoding,
                "content-language" => Attribute::ContentLanguage,
                _ => Attribute::CacheControl,
            },
            value,
        );
    }
    stored.metadata.into_iter().for_each(|(name, value)| set(Attribute::Metadata(name.into()), value));
    attributes
}

fn text(path: Option<&Path>) -> &str {
    path.map_or("", AsRef::as_ref)
}

#[async_trait]
impl ObjectStore for SwiftStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let mode = match opts.mode {
            PutMode::Overwrite => Mode::Overwrite,
            PutMode::Create => Mode::Create,
            PutMode::Update(_) => Mode::Update,
        };
        let stored = stored(opts.attributes, opts.tags.encoded())?;
        Ok(put_result(self.put(location.as_ref(), chunks(payload), mode, &stored).await?))
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let stored = stored(opts.attributes, opts.tags.encoded())?;
        Ok(Box::new(self.multipart(location.as_ref(), &stored).await?))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let get = Get {
            if_match: options.if_match,
            if_none_match: options.if_none_match,
            modified_since: options.if_modified_since,
            unmodified_since: options.if_unmodified_since,
            range: options.range.map(|range| match range {
                GetRange::Bounded(range) => Wanted::Bounded(range),
                GetRange::Offset(start) => Wanted::Offset(start),
                GetRange::Suffix(last) => Wanted::Suffix(last),
            }),
            version: options.version,
            head: options.head,
        };
        let got = self.get(location.as_ref(), get).await?;
        let name = location.to_string();
        let stream = got.body.map_err(move |error| Failure::of(&name, error).into()).boxed();
        let meta = ObjectMeta {
            location: location.clone(),
            last_modified: got.meta.modified,
            size: got.meta.size,
            e_tag: got.meta.e_tag,
            version: got.meta.version,
        };
        Ok(get_result(GetResultPayload::Stream(stream), meta, got.range, attributes(got.attributes)))
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        Ok(self.ranges(location.as_ref(), ranges).await?)
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let deleted = self.delete(locations.map_ok(|path| path.to_string()));
        let outcome = |deleted: std::result::Result<String, Undeleted<Error>>| match deleted {
            Ok(name) => path(&name),
            Err(Undeleted::Input(error)) => Err(error),
            Err(Undeleted::Failed(failure)) => Err(failure.into()),
        };
        deleted.map(outcome).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.list(text(prefix), "").map(|listed| meta(listed?)).boxed()
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.list(text(prefix), offset.as_ref()).map(|listed| meta(listed?)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        list_result(self.list_level(text(prefix)).await?)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let create = match options.mode {
            CopyMode::Overwrite => false,
            CopyMode::Create => true,
        };
        Ok(self.copy(from.as_ref(), to.as_ref(), create, false).await?)
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        let create = match options.target_mode {
            RenameTargetMode::Overwrite => false,
            RenameTargetMode::Create => true,
        };
        Ok(self.copy(from.as_ref(), to.as_ref(), create, true).await?)
    }
}

#[async_trait]
impl MultipartUpload for Multipart {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let part = Multipart::put_part(self, chunks(data));
        async { Ok(part.await?) }.boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        Ok(put_result(Multipart::complete(self).await?))
    }

    async fn abort(&mut self) -> Result<()> {
        Ok(Multipart::abort(self).await?)
    }
}

#[async_trait]
impl PaginatedListStore for SwiftStore {
    async fn list_paginated(&self, prefix: Option<&str>, opts: PaginatedListOptions) -> Result<PaginatedListResult> {
        let page = PageOf {
            prefix: prefix.unwrap_or_default().to_owned(),
            delimiter: opts.delimiter.map(std::borrow::Cow::into_owned),
            after: opts.page_token.or(opts.offset),
            most: opts.max_keys,
        };
        let mut listed = self.list_page(page).await?;
        let page_token = listed.next.take();
        Ok(PaginatedListResult { result: list_result(listed)?, page_token })
    }
}

#[cfg(feature = "signer")]
#[async_trait]
impl super::object_store::signer::Signer for SwiftStore {
    async fn signed_url(
        &self,
        method: k5_object_storage::k5_core::http::Method,
        path: &Path,
        expires_in: std::time::Duration,
    ) -> Result<Url> {
        Ok(self.signed_url(method.as_str(), path.as_ref(), expires_in).await?)
    }
}

/// The store and the path that a `swift://container/path` URL names, over this object storage.
///
/// # Errors
/// Fails if it is no such URL.
pub fn parse_url_with(url: &Url, storage: &ObjectStorage) -> Result<(Box<dyn ObjectStore>, Path)> {
    let store = location::store(url, storage)?;
    Ok((Box::new(store), Path::from_url_path(url.path())?))
}

/// The store and the path that a `swift://container/path` URL names, in the cloud that `OS_*` variables and clouds.yaml describe: the
/// counterpart of `object_store::parse_url`. Nothing is sent.
///
/// Each call makes a client with a login of its own; [`SwiftRegistry`] has one for all.
///
/// # Errors
/// Fails if it is no such URL, or if the configuration is missing or contradictory.
#[cfg(feature = "cloud")]
pub fn parse_url(url: &Url) -> Result<(Box<dyn ObjectStore>, Path)> {
    parse_url_opts(url, std::iter::empty::<(&str, &str)>())
}

/// The same with options that win over the environment: `OS_CLOUD`, `OS_REGION_NAME` and the like, in upper or lower case. Other options
/// are ignored, so that those of several kinds of stores can be handed over together.
///
/// # Errors
/// As [`parse_url`].
#[cfg(feature = "cloud")]
pub fn parse_url_opts<I, K, V>(url: &Url, options: I) -> Result<(Box<dyn ObjectStore>, Path)>
where
    I: IntoIterator<Item = (K, V)>,
    K: AsRef<str>,
    V: Into<String>,
{
    location::container(url)?;
    parse_url_with(url, &location::cloud(options)?.object_storage())
}

/// A registry of stores that resolves `swift://` URLs over one object storage, a store for each container, and all others as
/// `object_store`'s own registry does.
#[derive(Debug)]
pub struct SwiftRegistry {
    storage: ObjectStorage,
    /// By container.
    stores: RwLock<HashMap<String, Arc<dyn ObjectStore>>>,
    others: DefaultObjectStoreRegistry,
}

impl SwiftRegistry {
    /// A registry over this object storage.
    pub fn new(storage: ObjectStorage) -> Self {
        Self { storage, stores: RwLock::default(), others: DefaultObjectStoreRegistry::new() }
    }

    fn stores(&self) -> RwLockReadGuard<'_, HashMap<String, Arc<dyn ObjectStore>>> {
        self.stores.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ObjectStoreRegistry for SwiftRegistry {
    /// A store for a whole container replaces the one that would be made. One for a path within a container is not for this registry:
    /// it is registered with the others, and not found by `swift://` URLs.
    fn register(&self, url: Url, store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        match location::container(&url) {
            Ok(container) if matches!(url.path(), "" | "/") => {
                self.stores.write().unwrap_or_else(PoisonError::into_inner).insert(container, store)
            }
            _ => self.others.register(url, store),
        }
    }

    fn resolve(&self, url: &Url) -> Result<(Arc<dyn ObjectStore>, Path)> {
        if url.scheme() != location::SCHEME {
            return self.others.resolve(url);
        }
        let path = Path::from_url_path(url.path())?;
        let container = location::container(url)?;
        if let Some(store) = self.stores().get(&container) {
            return Ok((store.clone(), path));
        }
        let made: Arc<dyn ObjectStore> = Arc::new(location::store(url, &self.storage)?);
        let mut stores = self.stores.write().unwrap_or_else(PoisonError::into_inner);
        Ok((stores.entry(container).or_insert(made).clone(), path))
    }
}
