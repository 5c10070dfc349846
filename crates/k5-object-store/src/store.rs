//! The store: a container, or what is below a prefix in it.

use crate::failure::{Failure, Result};
use crate::location;
use crate::sign::Signing;
use k5_object_storage::k5_core::retry::RetryPolicy;
use k5_object_storage::k5_core::{self, Secret};
use k5_object_storage::{ObjectStorage, TempUrlDigest, limits};
use std::fmt;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What a store may do at a time, and how much in one request.
///
/// ```
/// let limits = k5_object_store::Limits::default().parts(16).coalesce(64 * 1024);
/// assert_eq!((limits.parts, limits.ranges), (16, 10));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many parts of all multipart uploads of this store are sent at a time: 8 by default.
    pub parts: usize,
    /// How many requests one `get_ranges` makes at a time: 10 by default.
    pub ranges: usize,
    /// Ranges of one `get_ranges` that are at most this many bytes apart come with one request: 1 MiB by default.
    pub coalesce: u64,
    /// How many names one request of a listing asks for: 10,000 by default, or what the server allows.
    pub page: Option<u32>,
    /// How many names of a `delete_stream` are deleted together: 1,000 by default.
    pub deletions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { parts: 8, ranges: 10, coalesce: 1 << 20, page: None, deletions: 1000 }
    }
}

impl Limits {
    /// Sets how many parts are sent at a time.
    pub const fn parts(self, parts: usize) -> Self {
        Self { parts, ..self }
    }

    /// Sets how many requests one `get_ranges` makes at a time.
    pub const fn ranges(self, ranges: usize) -> Self {
        Self { ranges, ..self }
    }

    /// Sets how far apart ranges may be that come with one request.
    pub const fn coalesce(self, bytes: u64) -> Self {
        Self { coalesce: bytes, ..self }
    }

    /// Sets how many names one request of a listing asks for.
    pub const fn page(self, names: u32) -> Self {
        Self { page: Some(names), ..self }
    }

    /// Sets how many names are deleted together.
    pub const fn deletions(self, names: usize) -> Self {
        Self { deletions: names, ..self }
    }
}

/// A container of Swift, or what is below a prefix in it, as an `ObjectStore`. Cloning it is cheap.
///
/// See the [crate's documentation](crate) for what it does with each operation.
#[derive(Clone)]
pub struct SwiftStore(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) storage: ObjectStorage,
    pub(crate) container: String,
    /// What the names of all objects begin with: empty, or with a `/` at its end.
    pub(crate) root: String,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    pub(crate) segments: Option<String>,
    pub(crate) signing: Signing,
    pub(crate) parts: Arc<Semaphore>,
}

impl SwiftStore {
    /// The store of a container. Nothing is sent: whether the container exists shows with the first operation.
    ///
    /// # Errors
    /// Fails if it can't be the name of a container.
    pub fn new(storage: ObjectStorage, container: &str) -> k5_core::Result<Self> {
        Self::builder(storage, container).build()
    }

    /// The same with settings.
    pub fn builder(storage: ObjectStorage, container: &str) -> SwiftStoreBuilder {
        SwiftStoreBuilder {
            storage,
            container: container.to_owned(),
            prefix: String::new(),
            limits: Limits::default(),
            retry: RetryPolicy::default().max_attempts(8),
            segments: None,
            signing: Signing::default(),
        }
    }

    /// A store of a cloud's container that can sign temporary URLs without further settings, as long as the account or the container
    /// has a key for them.
    ///
    /// # Errors
    /// Fails if it can't be the name of a container, or if the login fails.
    #[cfg(feature = "cloud")]
    pub async fn from_cloud(cloud: &k5::Cloud, container: &str) -> k5_core::Result<Self> {
        let url = cloud.endpoint(&k5_object_storage::meta::SERVICE).await?;
        Self::builder(cloud.object_storage(), container).account_url(&url).build()
    }

    /// The container.
    pub fn container(&self) -> &str {
        &self.0.container
    }

    /// What the `swift://` URLs of all its objects begin with: `swift://CONTAINER/`, with the folder if it is the store of one.
    pub fn url(&self) -> String {
        location::folder_url(&self.0.container, &self.0.root)
    }

    /// The object storage underneath.
    pub fn storage(&self) -> &ObjectStorage {
        &self.0.storage
    }

    /// The object's name in the container.
    pub(crate) fn name(&self, path: &str) -> String {
        format!("{}{path}", self.0.root)
    }

    /// What the names below a path begin with; an empty path is the root.
    pub(crate) fn below(&self, path: &str) -> String {
        match path {
            "" => self.0.root.clone(),
            path => format!("{}{path}/", self.0.root),
        }
    }

    /// The path of a listed name; `None` for the mark of a folder, whose name ends with `/`.
    pub(crate) fn path(&self, name: &str) -> Result<Option<String>> {
        let path = name.strip_prefix(&self.0.root).ok_or_else(|| Failure::Unnameable { name: name.to_owned() })?;
        Ok((!path.is_empty() && !path.ends_with('/')).then(|| path.to_owned()))
    }
}

impl fmt::Display for SwiftStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "swift://{}/{}", self.0.container, self.0.root)
    }
}

impl fmt::Debug for SwiftStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { container, root, limits, .. } = &*self.0;
        f.debug_struct("SwiftStore")
            .field("container", container)
            .field("root", root)
            .field("limits", limits)
            .finish_non_exhaustive()
    }
}

/// Describes a [`SwiftStore`].
#[derive(Clone)]
#[must_use = "describes a store, which `build` makes"]
pub struct SwiftStoreBuilder {
    storage: ObjectStorage,
    container: String,
    prefix: String,
    limits: Limits,
    retry: RetryPolicy,
    segments: Option<String>,
    signing: Signing,
}

impl fmt::Debug for SwiftStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { container, prefix, limits, .. } = self;
        f.debug_struct("SwiftStoreBuilder")
            .field("container", container)
            .field("prefix", prefix)
            .field("limits", limits)
            .finish_non_exhaustive()
    }
}

impl SwiftStoreBuilder {
    /// Only what is below this folder of the container, such as `tables/2026`; paths are relative to it.
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.trim_matches('/').to_owned();
        self
    }

    /// What may be done at a time, and how much in one request.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How often to try the rest of a download that broke off, a part of an upload and a manifest, and how long to pause in
    /// between. Whole requests follow the rules of the client that `storage` belongs to.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// The container for the parts of multipart uploads, `{container}_segments` by default.
    pub fn segments_container(mut self, container: &str) -> Self {
        self.segments = Some(container.to_owned());
        self
    }

    /// The account's URL, up to and including the account, such as `https://swift.example/v1/AUTH_a`: temporary URLs begin with it.
    pub fn account_url(mut self, url: &str) -> Self {
        self.signing.account = Some(url.to_owned());
        self
    }

    /// The key that signs temporary URLs; otherwise it is read from the account's or the container's metadata.
    pub fn temp_url_key(mut self, key: impl Into<Secret>) -> Self {
        self.signing.key = Some(key.into());
        self
    }

    /// The digest of temporary URLs' signatures, SHA-256 by default; old clusters take SHA-1 alone.
    pub fn temp_url_digest(mut self, digest: TempUrlDigest) -> Self {
        self.signing.digest = digest;
        self
    }

    /// The store. Nothing is sent.
    ///
    /// # Errors
    /// Fails if a name can't be that of a container, or if a limit is zero.
    pub fn build(self) -> k5_core::Result<SwiftStore> {
        limits::container_name(&self.container)?;
        self.segments.as_deref().map_or(Ok(()), limits::container_name)?;
        let Limits { parts, ranges, deletions, page, .. } = self.limits;
        if parts == 0 || ranges == 0 || deletions == 0 || page == Some(0) {
            return Err(k5_core::Error::invalid_input("parts, ranges, deletions and page of a store's limits must be at least 1"));
        }
        let root = if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        Ok(SwiftStore(Arc::new(Inner {
            storage: self.storage,
            container: self.container,
            root,
            limits: self.limits,
            retry: self.retry,
            segments: self.segments,
            signing: self.signing,
            parts: Arc::new(Semaphore::new(parts.min(Semaphore::MAX_PERMITS))),
        })))
    }
}
