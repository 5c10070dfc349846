//! A local K5 in one process over a directory, with scripted faults: Keystone v3, Swift v1, Nova v2, Glance v2, Neutron v2.0 (read
//! only), Cinder v2 and its older proxy, auto scale, virtual server import, and virtual servers for SAP.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), k5_emulator::Error> {
//! let emulator = k5_emulator::start().await?;
//! for (name, value) in emulator.environment() {
//!     println!("export {name}={value}");
//! }
//! emulator.stop().await;
//! # Ok(()) }
//! ```
//!
//! It answers like the real servers (Swift 2.30, Keystone 22, Nova 26, Glance 25, Cinder 21, Neutron 21; where K5's documents
//! differ, it follows those): statuses, headers, errors, listings, ACLs, large objects, symbolic links, versions, quotas, expiry,
//! temporary URLs, bulk delete. Other projects' clients work with it. [`accounts`] describes who may log in, [`faults`] how to make
//! it misbehave on demand.
//!
//! # Servers, volumes, images
//!
//! Whatever takes time takes 300 ms, or as long as [`Builder::transition_time`] says: a new server is `BUILD` and then `ACTIVE`, a
//! resized one `RESIZE` and then `VERIFY_RESIZE`, a new volume `creating` and then `available`, a task `waiting`, `running` and
//! then `completed`. A request that doesn't fit the state is refused the way the real service refuses it. There are the flavors
//! `m1.tiny` to `m1.large` (ids 1 to 4), the public image `cirros`, and the volume types `M1` and `file`. A project has room for
//! 100 servers and 100 volumes with 10,000 GB, and a user for 100 key pairs; beyond that, the answer is 413 `overLimit`.
//!
//! To see how a program deals with failure, request one:
//!
//! | what | fails if | and then |
//! |---|---|---|
//! | a server | its metadata has `k5.emulator.fail` | its status is `ERROR`, and `fault.message` the value |
//! | a volume, a snapshot | its metadata has `k5.emulator.fail` | its status is `error` |
//! | an image of a volume | its name begins with `fail-` | it is `active`, but `sync_status_reason` tells of an error |
//! | an import | the object's name, without folders, begins with `fail-` | its status is `failed`, the image's `killed` |
//! | a server for SAP | its name begins with `fail-` | the task's status is `error`, with a reason |
//!
//! A volume counts what was written to it in `k5.emulator:content`: attaching and extending change it; restoring a snapshot
//! restores the number, the size and the metadata of that time. No guest runs, and schedules don't trigger anything. Networks are
//! accepted with any id, and Neutron lists them beside `private`, with a port for each network interface of a server; templates,
//! images and networks of the servers for SAP are accepted with any name. An image's data is what was uploaded (`cirros` is all
//! zeros); one that was imported or made of a volume has none to download.
//!
//! State lives in a directory, by default a temporary one. Whatever was acknowledged survives the process, even if it is killed; it
//! is not forced to the disk, so a power loss may cost the last seconds.
//!
//! The tasks run on the caller's tokio runtime, which may have a single thread: file and database work goes to other
//! threads.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on is a test that failed"))]

pub mod accounts;
mod autoscale;
mod block_storage;
mod cloud;
mod compute;
mod connection;
pub mod faults;
#[rustfmt::skip]
#[allow(clippy::enum_variant_names, reason = "operations are named by the tables")]
mod generated;
mod image;
mod keystone;
mod network;
mod payload;
mod prefixes;
mod record;
mod reply;
mod request;
mod routes;
mod sap;
mod server;
mod services;
mod store;
mod swift;
mod temporary;
mod time;
mod vm_import;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use accounts::{Accounts, AccountsError};
pub use faults::{Fault, Faults, FaultsError, Gate, Rule};
pub use keystone::catalogue::CatalogueStyle;
pub use record::RecordedRequest;

use cloud::Cloud;
use keystone::Keystone;
use server::Shared;
use services::Services;
use store::{OpenError, Store};
use swift::{Limits, Swift};
use temporary::TemporaryDirectory;

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another emulator, in this process or another, has the directory open.
    #[error("{}: another emulator has this directory open", .directory.display())]
    Busy {
        /// The directory.
        directory: PathBuf,
    },
    /// The directory could not be opened.
    #[error("{}: {reason}", .directory.display())]
    Directory {
        /// The directory.
        directory: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// The emulator could not listen on the address.
    #[error("{address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// The accounts could not be read.
    #[error("accounts: {0}")]
    Accounts(#[from] AccountsError),
}

/// Starts an emulator with a temporary directory on a free port of `127.0.0.1`.
///
/// # Errors
/// Fails if the directory can't be created, or if no port is free.
pub async fn start() -> Result<Emulator, Error> {
    Emulator::builder().start().await
}

/// The configuration of an emulator. From [`Emulator::builder`].
#[derive(Debug)]
#[must_use]
pub struct Builder {
    directory: Option<PathBuf>,
    listen: SocketAddr,
    accounts: AccountsFrom,
    faults: Faults,
    style: CatalogueStyle,
    lifetime: Duration,
    transition: Duration,
    limits: Limits,
    clock_offset: i64,
}

#[derive(Debug)]
enum AccountsFrom {
    Given(Accounts),
    File(PathBuf),
}

impl Builder {
    /// Keeps the state here instead of in a temporary directory. The directory is created if necessary.
    pub fn directory(mut self, path: impl Into<PathBuf>) -> Self {
        self.directory = Some(path.into());
        self
    }

    /// Listens here instead of on a free port of `127.0.0.1`.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Lets these users log in instead of the default ones.
    pub fn accounts(mut self, accounts: Accounts) -> Self {
        self.accounts = AccountsFrom::Given(accounts);
        self
    }

    /// Lets the users in this file log in; [`accounts`] describes it.
    pub fn accounts_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.accounts = AccountsFrom::File(path.into());
        self
    }

    /// Injects these faults.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Shows the catalogue in this style.
    pub fn catalogue_style(mut self, style: CatalogueStyle) -> Self {
        self.style = style;
        self
    }

    /// Lets tokens live this long (whole seconds) instead of four hours.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Lets a server, volume, image, snapshot, import or task take this long to reach its next state, instead of 300 ms.
    ///
    /// With zero, a state is over when it is next requested.
    pub fn transition_time(mut self, time: Duration) -> Self {
        self.transition = time;
        self
    }

    /// Limits objects to this many bytes, instead of 5 GiB and two bytes; larger ones must be large objects.
    pub fn max_object_size(mut self, bytes: u64) -> Self {
        self.limits.object = bytes;
        self
    }

    /// Requires segments of static large objects, except for the last one, to have at least this many bytes, instead of one.
    pub fn min_segment_size(mut self, bytes: u64) -> Self {
        self.limits.segment = bytes;
        self
    }

    /// Limits manifests to this many segments, instead of a thousand.
    pub fn max_manifest_segments(mut self, segments: usize) -> Self {
        self.limits.segments = segments;
        self
    }

    /// Sets the clock of object storage this many seconds ahead of this machine's, or behind it if negative.
    ///
    /// The clock is visible in `Date`, `Last-Modified` and `X-Timestamp`, and determines when objects expire and temporary URLs
    /// end; tokens don't follow it.
    pub fn clock_offset(mut self, seconds: i64) -> Self {
        self.clock_offset = seconds;
        self
    }

    /// Starts the emulator on the current tokio runtime.
    ///
    /// # Errors
    /// Fails if the directory can't be opened, or if it can't listen on the address.
    pub async fn start(self) -> Result<Emulator, Error> {
        let accounts = match self.accounts {
            AccountsFrom::Given(accounts) => accounts,
            AccountsFrom::File(path) => Accounts::from_file(path)?,
        };
        let opened = tokio::task::spawn_blocking(move || open(self.directory)).await;
        let (store, directory, temporary) = match opened {
            Ok(opened) => opened?,
            Err(error) => {
                return Err(Error::Directory { directory: PathBuf::new(), reason: error.to_string() });
            }
        };
        let failed = |source| Error::Listen { address: self.listen, source };
        let listener = TcpListener::bind(self.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let accounts = Arc::new(accounts);
        let keystone = Keystone::new(Arc::clone(&accounts), self.lifetime, self.style);
        let store = Arc::new(store);
        image::seed(&store).await.map_err(|error| Error::Directory { directory: directory.clone(), reason: error.to_string() })?;
        let swift = Swift::new(
            Arc::clone(&store),
            Arc::clone(&keystone.tokens),
            self.limits,
            Arc::new(time::Clock::new(self.clock_offset)),
        );
        let zone = match self.style {
            CatalogueStyle::OpenStack => "nova".to_owned(),
            CatalogueStyle::K5 => format!("{}a", accounts.region),
        };
        let cloud = Cloud::new(Arc::clone(&store), Arc::clone(&keystone.tokens), self.transition, zone);
        let shared = Arc::new(Shared {
            keystone,
            swift,
            services: Services::new(cloud),
            script: faults::Script::default(),
            log: record::Log::default(),
            base: (!address.ip().is_unspecified()).then(|| format!("http://{address}")),
            stopping: server::Stop::default(),
        });
        shared.script.replace(self.faults);
        let server = tokio::spawn(server::run(listener, Arc::clone(&shared)));
        Ok(Emulator { shared, store, server, address, accounts, directory, _temporary: temporary })
    }
}

type Opened = (Store, PathBuf, Option<TemporaryDirectory>);

fn open(directory: Option<PathBuf>) -> Result<Opened, Error> {
    let (directory, temporary) = match directory {
        Some(directory) => (directory, None),
        None => {
            let temporary = TemporaryDirectory::new()
                .map_err(|error| Error::Directory { directory: std::env::temp_dir(), reason: error.to_string() })?;
            (temporary.path().to_owned(), Some(temporary))
        }
    };
    match Store::open(&directory) {
        Ok(store) => Ok((store, directory, temporary)),
        Err(OpenError::Busy) => Err(Error::Busy { directory }),
        Err(OpenError::Other(error)) => Err(Error::Directory { directory, reason: error.to_string() }),
    }
}

/// A running emulator. It ends with [`stop`](Self::stop), or when it is dropped.
pub struct Emulator {
    shared: Arc<Shared>,
    store: Arc<Store>,
    server: JoinHandle<()>,
    address: SocketAddr,
    accounts: Arc<Accounts>,
    directory: PathBuf,
    _temporary: Option<TemporaryDirectory>,
}

impl std::fmt::Debug for Emulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emulator").field("address", &self.address).field("directory", &self.directory).finish_non_exhaustive()
    }
}

impl Emulator {
    /// Starts with the defaults: a temporary directory, a free port of `127.0.0.1`, the default accounts, no faults.
    pub fn builder() -> Builder {
        Builder {
            directory: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            accounts: AccountsFrom::Given(Accounts::default()),
            faults: Faults::new(),
            style: CatalogueStyle::OpenStack,
            lifetime: Duration::from_secs(4 * 60 * 60),
            transition: Duration::from_millis(300),
            limits: Limits::default(),
            clock_offset: 0,
        }
    }

    /// The URL of Keystone: `http://127.0.0.1:PORT/v3`.
    #[must_use]
    pub fn auth_url(&self) -> String {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(Ipv4Addr::LOCALHOST.into());
        }
        format!("http://{address}/v3")
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The directory with the state.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The `OS_*` variables of the default user.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        self.accounts.users.first().map(|user| self.accounts.environment(user, &self.auth_url())).unwrap_or_default()
    }

    /// The `OS_*` variables of a user, if there is one of this name.
    #[must_use]
    pub fn environment_of(&self, user: &str) -> Option<Vec<(&'static str, String)>> {
        let user = self.accounts.user_named(user)?;
        Some(self.accounts.environment(user, &self.auth_url()))
    }

    /// Returns the last requests (about ten thousand), oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.log.all()
    }

    /// Forgets the requests up to now.
    pub fn clear_requests(&self) {
        self.shared.log.clear();
    }

    /// Invalidates every token issued so far.
    pub fn revoke_tokens(&self) {
        self.shared.keystone.tokens.revoke_all();
    }

    /// Replaces the faults; their counters start over.
    pub fn faults(&self, faults: Faults) {
        self.shared.script.replace(faults);
    }

    /// Resets the clock of object storage; see [`Builder::clock_offset`].
    pub fn set_clock_offset(&self, seconds: i64) {
        self.shared.swift.clock.set(seconds);
    }

    /// Stops the emulator: closes the port, cuts the connections, and releases the directory.
    pub async fn stop(mut self) {
        self.shared.stopping.say();
        let _ = (&mut self.server).await;
        // Work on blocking threads may still hold the store for a moment.
        let store = Arc::clone(&self.store);
        drop(self);
        for _ in 0..5_000 {
            if Arc::strong_count(&store) == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let _ = tokio::task::spawn_blocking(move || drop(store)).await;
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.shared.stopping.say();
    }
}

/// The README's program, so that it is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
