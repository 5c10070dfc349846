//! The import of a server as one call: its disk goes to object storage, is registered, and becomes an image.
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! # let folder = std::env::temp_dir().join(format!("k5-import-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("web-1.vmdk");
//! # std::fs::write(&path, "a disk")?;
//! use k5::import::ImportProgress;
//!
//! // `path` is that of `web-1.vmdk`, and the image gets the name `web-1`.
//! let import = k5.import_server(&path, "centos").register(|image| image.min_disk(30)).remove_object(true);
//! # let import = import.every(std::time::Duration::from_millis(50), std::time::Duration::from_millis(200));
//! let import = import.on_progress(|now| match now {
//!     ImportProgress::Uploading(bytes) => println!("{} of {:?} bytes are stored", bytes.committed, bytes.total),
//!     ImportProgress::Importing { percent, state, .. } => println!("{state}, {percent:?} %"),
//!     _ => {}
//! });
//! let imported = import.send().await?;
//! let image = k5.image().show_image(imported.image_id.expect("of an import that succeeded")).send().await?;
//! assert_eq!((image.name.as_deref(), image.min_disk), (Some("web-1"), Some(30)));
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok(()) }
//! ```

mod disk;
mod run;

use crate::Cloud;
use disk::Disk;
use k5_core::ids::{ImageId, ImportId};
use k5_core::{Error, Result};
use k5_object_storage::{Stored, TransferProgress, Upload};
use k5_vm_import::builder::RegisterImage;
use k5_vm_import::{ImportState, ImportStatus};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The container that disks are uploaded to by default.
pub const CONTAINER: &str = "vm-imports";
/// How long the service may take by default: disks are large, and imports wait for one another.
pub const PATIENCE: Duration = Duration::from_secs(12 * 60 * 60);

/// An import under construction; see [`Cloud::import_server`].
#[must_use = "nothing is sent before `send`"]
pub struct ImportServer {
    cloud: Cloud,
    path: PathBuf,
    os_type: String,
    name: Option<String>,
    container: String,
    object: Option<String>,
    account: Option<String>,
    overwrite: bool,
    remove: bool,
    register: Vec<Box<dyn FnOnce(RegisterImage) -> RegisterImage + Send>>,
    upload: Vec<Box<dyn FnOnce(Upload) -> Upload + Send>>,
    timeout: Duration,
    pauses: Option<(Duration, Duration)>,
    tell: Tell,
}

/// Called with the progress.
#[derive(Clone, Default)]
struct Tell(Option<Arc<dyn Fn(ImportProgress) + Send + Sync>>);

impl Tell {
    fn tell(&self, now: ImportProgress) {
        if let Some(tell) = &self.0 {
            tell(now);
        }
    }
}

impl fmt::Debug for ImportServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ImportServer");
        shown.field("path", &self.path).field("container", &self.container).field("object", &self.object).finish_non_exhaustive()
    }
}

/// The progress of an import.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ImportProgress {
    /// The disk is being uploaded to object storage. A disk that is sent in one request shows progress only at its end;
    /// [`Upload::progress`] counts its bytes.
    Uploading(TransferProgress),
    /// The disk is stored, and the service has accepted it.
    Registered {
        /// The import.
        import_id: ImportId,
    },
    /// The service is importing the disk.
    Importing {
        /// The import.
        import_id: ImportId,
        /// The state, which may go back from `processing` to `queued`.
        state: ImportState,
        /// The percentage, if the service reports one.
        percent: Option<u8>,
    },
}

/// A server that was imported.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ImportedServer {
    /// The import.
    pub import_id: ImportId,
    /// The image that it became.
    pub image_id: Option<ImageId>,
    /// The last status that the service reported.
    pub status: ImportStatus,
    /// The uploaded disk.
    pub stored: Stored,
    /// The disk's container.
    pub container: String,
    /// The disk's name there.
    pub object: String,
    /// What became of the disk in object storage.
    pub disk: ImportedDisk,
}

/// What became of the uploaded disk once the import had succeeded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ImportedDisk {
    /// It still exists, because its removal was not requested.
    Kept,
    /// It was removed.
    Removed,
    /// It still exists, although its removal was requested; the error says why.
    Left(Error),
}

impl Cloud {
    /// Imports a server: uploads the file with its disk to object storage, registers it as an image, and waits for the image.
    /// Options are set before [`ImportServer::send`].
    ///
    /// The object gets the file's name, which must end in `.vmdk`, and the image that name without the ending. An existing object
    /// of this name is an error, unless [`ImportServer::overwrite`] allows replacing it. The container is created if it is
    /// missing, and stays.
    ///
    /// - `path`: the file.
    /// - `os_type`: the guest operating system, such as `rhel7`, `centos`, `ubuntu` or `win2016SE_en`.
    ///
    /// Object storage 10 (Upload object), Virtual server imports 1 (Register image) and 2 (Retrieve image registration status).
    pub fn import_server(&self, path: impl AsRef<Path>, os_type: impl Into<String>) -> ImportServer {
        ImportServer {
            cloud: self.clone(),
            path: path.as_ref().to_owned(),
            os_type: os_type.into(),
            name: None,
            container: CONTAINER.to_owned(),
            object: None,
            account: None,
            overwrite: false,
            remove: false,
            register: Vec::new(),
            upload: Vec::new(),
            timeout: PATIENCE,
            pauses: None,
            tell: Tell::default(),
        }
    }
}

impl Cloud {
    /// Returns the path of an object of the login's account, as
    /// [`register_image`](k5_vm_import::VmImport::register_image) takes it: `/v1/AUTH_{project}/{container}/{object}`.
    ///
    /// # Errors
    /// If the login fails, or the account is not known.
    pub async fn import_location(&self, container: &str, object: &str) -> Result<String> {
        Box::pin(run::location_of(self, container, object)).await
    }
}

impl ImportServer {
    /// The image's name; by default the object's without its folders and `.vmdk`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The container for the disk; [`CONTAINER`] by default.
    pub fn container(mut self, container: impl Into<String>) -> Self {
        self.container = container.into();
        self
    }

    /// The disk's name in the container, which must end in `.vmdk`; by default the file's.
    pub fn object(mut self, object: impl Into<String>) -> Self {
        self.object = Some(object.into());
        self
    }

    /// The account that the container is in, `AUTH_` and the project's id; by default that of the login. It must be set only for a
    /// cloud over the program's own transport.
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Whether to replace an existing object; off by default. The same disk is not sent again.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Whether to remove the uploaded disk once the import has succeeded; off by default. After a failure it stays, and the error says
    /// where. Nothing is removed that this call has not stored: neither an object that has replaced the disk meanwhile, nor one
    /// that already held this disk.
    pub fn remove_object(mut self, remove: bool) -> Self {
        self.remove = remove;
        self
    }

    /// Sets anything else that the registration takes: `min_disk`, `checksum`, [`convert`](RegisterImage::convert), ...
    pub fn register(mut self, set: impl FnOnce(RegisterImage) -> RegisterImage + Send + 'static) -> Self {
        self.register.push(Box::new(set));
        self
    }

    /// Sets anything else of the upload: `segment_size`, `concurrency`, `progress`, ...
    pub fn upload(mut self, set: impl FnOnce(Upload) -> Upload + Send + 'static) -> Self {
        self.upload.push(Box::new(set));
        self
    }

    /// Gives up waiting for the service after this time, [`PATIENCE`] by default; the import itself goes on. The upload has no limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Pauses for `first` after the first poll, and half as long again after each further one, up to `longest`; 10 s and
    /// 60 s by default.
    pub fn every(mut self, first: Duration, longest: Duration) -> Self {
        self.pauses = Some((first, longest));
        self
    }

    /// Calls `tell` with each step.
    pub fn on_progress(mut self, tell: impl Fn(ImportProgress) + Send + Sync + 'static) -> Self {
        self.tell = Tell(Some(Arc::new(tell)));
        self
    }

    /// Uploads, registers and waits. If it is dropped, the upload ends, and what is stored of it is found by the next run; a registered
    /// import goes on.
    ///
    /// # Errors
    /// Before anything is sent: if the file can't be read or is empty, a name breaks a rule, or the cloud has no import service. Before
    /// a byte of the disk is: if such an object already exists. Then, if the upload, the registration or the import fails, the last
    /// with the service's own words ([`Error::is_failed`]); the message says where the disk is.
    pub async fn send(self) -> Result<ImportedServer> {
        Box::pin(self.run()).await
    }

    /// Uploads and registers, and does not wait: the import goes on, as [`wait_import`](k5_vm_import::VmImport::wait_import) shows.
    ///
    /// # Errors
    /// Those of [`ImportServer::send`] up to the registration; and before anything is sent if the disk is to be removed after the
    /// import, which nobody waits for.
    pub async fn submit(mut self) -> Result<ImportId> {
        if self.remove {
            return Err(Error::invalid_input("the disk can be removed only once the import has succeeded: wait for it"));
        }
        Box::pin(async move { Ok(self.begin().await?.import_id) }).await
    }

    fn disk(&self) -> Result<Disk> {
        Disk::of(&self.path, &self.container, self.object.as_deref())
    }
}
