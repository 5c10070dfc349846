//! Tables in OpenStack Swift for [Apache DataFusion](https://datafusion.apache.org) and Ballista: `swift://CONTAINER/PATH` in SQL and in
//! listing tables, read and written through [`SwiftStore`].
//!
//! ```
//! use datafusion_execution::runtime_env::RuntimeEnv;
//! use k5_object_store::SwiftStore;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let emulator = k5_emulator::start().await?; // for a real cloud: let cloud = k5::Cloud::from_env().await?;
//! let cloud = k5::Cloud::builder().variables(emulator.environment()).build()?;
//!
//! let env = RuntimeEnv::default(); // that of a session is `ctx.runtime_env()`
//! let url = k5_datafusion::register(&env, SwiftStore::new(cloud.object_storage(), "lake")?)?;
//! assert_eq!(url.as_str(), "swift://lake/");
//! assert!(env.object_store(&k5_datafusion::container_url("lake")?).is_ok());
//! # Ok(()) }
//! ```
//!
//! [`register`] is for a program that knows its containers. [`Containers`] is for one that doesn't, such as the scheduler and the
//! executors of Ballista, which learn from a query which ones it reads.
//!
//! `docs/tables.md` in the repository has whole programs.

use datafusion_common::{DataFusionError, Result};
use datafusion_execution::object_store::{DefaultObjectStoreRegistry, ObjectStoreRegistry, ObjectStoreUrl};
use datafusion_execution::runtime_env::RuntimeEnv;
use k5_object_store::k5_object_storage::ObjectStorage;
use k5_object_store::v0_13::SwiftRegistry;
use k5_object_store::{SCHEME, SwiftStore};
use object_store::ObjectStore;
use object_store::registry::ObjectStoreRegistry as _;
use std::sync::Arc;
use url::Url;

/// The crate that stores come from.
pub use k5_object_store;

/// Lets an environment read and write `swift://CONTAINER/...` through this store, whose container it is; returns the container's URL. A
/// store that was registered for the container before is replaced.
///
/// Nothing is sent: whether the container exists shows with the first query.
///
/// # Errors
/// Fails with `Configuration` if the store is one of a folder ([`prefix`](k5_object_store::SwiftStoreBuilder::prefix)): DataFusion finds a
/// store by its container, and would take paths within the folder for paths within the container.
pub fn register(env: &RuntimeEnv, store: SwiftStore) -> Result<Url> {
    let url = Url::parse(&store.url()).map_err(|error| DataFusionError::External(Box::new(error)))?;
    if url.path() != "/" {
        return Err(DataFusionError::Configuration(format!(
            "{url} is a folder, and only a whole container can be registered: register {}, and name the folder in the tables' locations",
            container_url(store.container())?
        )));
    }
    env.register_object_store(&url, Arc::new(store));
    Ok(url)
}

/// The URL of a container, as DataFusion looks for its store: `swift://CONTAINER/`, encoded where the name needs it.
///
/// # Errors
/// None that is known of: every name can be encoded.
pub fn container_url(container: &str) -> Result<ObjectStoreUrl> {
    ObjectStoreUrl::parse(k5_object_store::container_url(container))
}

/// A registry with a store for each container of an account, made when a query first names it. What is not `swift://` is found as in
/// DataFusion's own registry, if it was registered.
///
/// ```
/// use datafusion_execution::runtime_env::RuntimeEnvBuilder;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = k5_emulator::start().await?;
/// let cloud = k5::Cloud::builder().variables(emulator.environment()).build()?;
/// let containers = k5_datafusion::Containers::new(cloud.object_storage());
/// let env = RuntimeEnvBuilder::new().with_object_store_registry(Arc::new(containers)).build()?;
/// assert!(env.object_store(&k5_datafusion::container_url("any")?).is_ok());
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Containers {
    swift: SwiftRegistry,
    others: DefaultObjectStoreRegistry,
}

impl Containers {
    /// The containers of this account. Nothing is sent.
    pub fn new(storage: ObjectStorage) -> Self {
        Self { swift: SwiftRegistry::new(storage), others: DefaultObjectStoreRegistry::new() }
    }
}

impl ObjectStoreRegistry for Containers {
    fn register_store(&self, url: &Url, store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        match root(url) {
            Some(root) => self.swift.register(root, store),
            None => self.others.register_store(url, store),
        }
    }

    fn deregister_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        match root(url) {
            Some(root) => Err(DataFusionError::NotImplemented(format!(
                "{root} can't be deregistered: its store is made when it is asked for"
            ))),
            None => self.others.deregister_store(url),
        }
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        match root(url) {
            Some(root) => Ok(self.swift.resolve(&root)?.0),
            None => self.others.get_store(url),
        }
    }
}

/// The container's URL, if it is one of Swift. Whether there is an object of the rest's name is not for a registry to say.
fn root(url: &Url) -> Option<Url> {
    let mut root = Some(url.clone()).filter(|url| url.scheme() == SCHEME)?;
    root.set_path("/");
    root.set_query(None);
    root.set_fragment(None);
    Some(root)
}
