//! `k5 import create`: a disk is uploaded, registered and becomes an image.

use super::hand::{HandWritten, PAUSE, Unprinted, json};
use super::table::columns::columns as columns_of;
use crate::cloud::Connection;
use crate::failure::{Failure, Outcome, say};
use crate::globals::Globals;
use crate::input;
use crate::output::{Column, RecordShape};
use crate::progress::{Bar, Waiting};
use crate::url::SwiftUrl;
use k5::import::{CONTAINER, ImportProgress, ImportedDisk, PATIENCE};
use k5::vm_import::builder::RegisterImage;
use k5::{Secret, ids::ImportId};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The longest pause between two looks at an import.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Make an image from a disk of another cloud's server
///
/// The disk, a file or an object whose name ends in .vmdk, goes to object storage and is registered. Without --wait, the import's id is
/// printed: k5 import show tells how far it is.
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// The file with the disk, or swift://CONTAINER/OBJECT for one that is stored already
    #[arg(value_name = "FILE")]
    disk: String,
    #[command(flatten)]
    upload: Upload,
    /// The image's name; that of the disk without .vmdk otherwise
    #[arg(long)]
    name: Option<String>,
    /// The operating system on the disk, such as rhel7, centos, ubuntu or win2016SE_en
    #[arg(long, value_name = "TYPE")]
    os_type: String,
    #[command(flatten)]
    registration: Registration,
    /// Wait until the image is there
    #[arg(long)]
    wait: bool,
    /// How long to wait at most: 90, 15m, 2h [default: 12h]
    #[arg(long, value_name = "TIME", value_parser = input::duration, requires = "wait")]
    wait_timeout: Option<Duration>,
}

/// How the disk is stored.
#[derive(Debug, clap::Args)]
struct Upload {
    /// The container for the disk [default: vm-imports]
    #[arg(long)]
    container: Option<String>,
    /// The disk's name in the container; the file's otherwise
    #[arg(long, value_name = "NAME")]
    object: Option<String>,
    /// Replace an object of the same name
    #[arg(long)]
    overwrite: bool,
    /// Remove the disk from object storage once the image is there
    #[arg(long, requires = "wait")]
    remove_object: bool,
}

/// What else the import service is told.
#[derive(Clone, Debug, clap::Args)]
struct Registration {
    /// The disk that a server needs, in GB
    #[arg(long, value_name = "GB")]
    min_disk: Option<u64>,
    /// The memory that a server needs, in MB
    #[arg(long, value_name = "MB")]
    min_ram: Option<u64>,
    /// The SHA-1 of the disk, in hexadecimal digits
    #[arg(long, value_name = "SHA1")]
    checksum: Option<String>,
    /// The id for the image
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Let other projects see the image
    #[arg(long)]
    public: bool,
    /// Set a property of the image; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = input::pair)]
    property: Vec<(String, String)>,
    /// The path of an OVF file in object storage
    #[arg(long, value_name = "PATH")]
    ovf_location: Option<String>,
    /// Have the disk converted, as some regions require, with the login of this user
    #[arg(long, value_name = "USER", requires_all = ["convert_password_file", "convert_domain"])]
    convert_user: Option<String>,
    /// That user's password, in a file; - for stdin
    #[arg(long, value_name = "FILE", requires = "convert_user")]
    convert_password_file: Option<PathBuf>,
    /// That user's domain: the contract's name
    #[arg(long, value_name = "DOMAIN", requires = "convert_user")]
    convert_domain: Option<String>,
    #[arg(skip)]
    password: Option<Secret>,
}

impl HandWritten for Create {
    const WORDS: &'static str = "import create";
    const EXAMPLES: &'static [&'static str] = &[
        "import create --os-type centos --min-disk 30 --wait vm.vmdk",
        "import create --os-type centos swift://vm-imports/vm.vmdk",
    ];

    async fn run(mut self, globals: &Globals, connection: &Connection) -> Outcome {
        input::once("--property", self.registration.property.iter().map(|(name, _)| name.as_str()))?;
        let shape = self.shape(globals)?;
        if let Some(path) = &self.registration.convert_password_file {
            self.registration.password = Some(input::secret(path)?);
        }
        match self.disk.starts_with("swift://") {
            true => self.import_object(shape, globals, connection).await,
            false => self.import_file(shape, globals, connection).await,
        }
    }
}

impl Create {
    fn what(&self) -> String {
        format!("import create {}", self.disk)
    }

    /// The import's id alone, or with --wait how it ended as well.
    fn shape(&self, globals: &Globals) -> Outcome<RecordShape> {
        let mut columns = vec![Column::field("import_id")];
        if self.wait {
            columns.extend_from_slice(columns_of("import show"));
        }
        RecordShape::complete(globals, &columns)
    }

    async fn import_file(self, shape: RecordShape, globals: &Globals, connection: &Connection) -> Outcome {
        let path = Path::new(&self.disk);
        let failed = |error: &k5::Error| Failure::cloud(self.what(), error);
        let bytes = std::fs::metadata(path).map_err(|error| Failure::file(path.display(), &error))?.len();
        let told = Arc::new(Told::new(self.what(), !globals.no_progress, shape));
        let bar = Bar::new(!globals.no_progress);
        bar.expect(1, bytes);
        bar.expected_all();
        let counter = bar.track();
        let registration = self.registration.clone();
        let mut import = connection.cloud.import_server(path, &self.os_type).register(move |image| registration.on(image));
        import = import.container(self.upload.container.as_deref().unwrap_or(CONTAINER));
        import = import.overwrite(self.upload.overwrite).remove_object(self.upload.remove_object);
        import = import.upload(move |upload| upload.progress(counter));
        if let Some(name) = &self.name {
            import = import.name(name);
        }
        if let Some(object) = &self.upload.object {
            import = import.object(object);
        }
        import = import.every(PAUSE, LONGEST_PAUSE).timeout(self.wait_timeout.unwrap_or(PATIENCE));
        let (teller, shown) = (Arc::downgrade(&told), bar.clone());
        import = import.on_progress(move |now| {
            let Some(told) = teller.upgrade() else { return };
            match now {
                ImportProgress::Registered { import_id } => {
                    shown.finish();
                    told.registered(&import_id);
                }
                ImportProgress::Importing { state, percent, .. } => told.importing(state.as_str(), percent),
                _ => {}
            }
        });
        if !self.wait {
            let submitted = import.submit().await;
            bar.finish();
            submitted.map_err(|error| failed(&error))?;
            return told.print(None);
        }
        let sent = import.send().await;
        bar.finish();
        told.waited();
        let imported = sent.map_err(|error| failed(&error))?;
        if let ImportedDisk::Left(error) = &imported.disk {
            say(format!("warning: swift://{}/{} is left: {error}", imported.container, imported.object));
        }
        told.print(Some(json(&imported.status)?))
    }

    async fn import_object(self, shape: RecordShape, globals: &Globals, connection: &Connection) -> Outcome {
        let upload = &self.upload;
        if upload.container.is_some() || upload.object.is_some() || upload.overwrite || upload.remove_object {
            return Err(Failure::usage(
                "--container, --object, --overwrite and --remove-object are about a file that is uploaded, and have no effect with swift://",
            ));
        }
        let url: SwiftUrl = self.disk.parse().map_err(Failure::usage)?;
        let (container, object) = url.object()?;
        let failed = |error: &k5::Error| Failure::cloud(self.what(), error);
        let vm_import = connection.cloud.vm_import();
        let last = url.last_part();
        let name = self.name.as_deref().unwrap_or_else(|| last.strip_suffix(".vmdk").unwrap_or(last));
        if !last.ends_with(".vmdk") {
            return Err(Failure::usage(format!("{url}: the name of a disk ends in .vmdk")));
        }
        connection.swift().show_object_itself(container, object).await.map_err(|error| failed(&error))?;
        let location = connection.cloud.import_location(container, object).await.map_err(|error| failed(&error))?;
        let register = self.registration.clone().on(vm_import.register_image(name, location, &self.os_type));
        let import_id = register.send().await.map_err(|error| failed(&error))?;
        let told = Arc::new(Told::new(self.what(), !globals.no_progress, shape));
        told.registered(&import_id);
        if !self.wait {
            return told.print(None);
        }
        let teller = Arc::downgrade(&told);
        let wait = vm_import.wait_import(&import_id).succeeded().timeout(self.wait_timeout.unwrap_or(PATIENCE));
        let waited = wait.every(PAUSE, LONGEST_PAUSE).each(move |status| {
            let percent = status.progress.as_ref().and_then(k5::Loose::get).and_then(|percent| u8::try_from(percent).ok());
            if let Some(told) = teller.upgrade() {
                told.importing(status.import_status.as_str(), percent);
            }
        });
        let waited = waited.await;
        told.waited();
        told.print(Some(json(&waited.map_err(|error| failed(&error))?)?))
    }
}

impl Registration {
    fn on(self, mut image: RegisterImage) -> RegisterImage {
        if let (Some(user), Some(password), Some(domain)) = (self.convert_user, self.password, self.convert_domain) {
            image = image.convert(user, password, domain);
        }
        image = self.min_disk.into_iter().fold(image, RegisterImage::min_disk);
        image = self.min_ram.into_iter().fold(image, RegisterImage::min_ram);
        image = self.checksum.into_iter().fold(image, RegisterImage::checksum);
        image = self.id.into_iter().fold(image, RegisterImage::id);
        image = self.ovf_location.into_iter().fold(image, RegisterImage::ovf_location);
        if self.public {
            image = image.is_public(true);
        }
        if self.property.is_empty() { image } else { image.properties(self.property) }
    }
}

/// What the user is told while the import runs, and in the end: its id, whatever happens once there is one.
struct Told {
    what: String,
    progress: bool,
    state: Mutex<State>,
}

/// Takes each state that is seen.
type Teller = Box<dyn FnMut(&str) + Send>;

struct State {
    shape: Option<RecordShape>,
    unprinted: Option<(ImportId, Unprinted)>,
    waiting: Option<(Waiting, Teller)>,
}

impl Told {
    fn new(what: String, progress: bool, shape: RecordShape) -> Self {
        Self { what, progress, state: Mutex::new(State { shape: Some(shape), unprinted: None, waiting: None }) }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn registered(&self, import_id: &ImportId) {
        let mut state = self.state();
        if let Some(shape) = state.shape.take() {
            let record = serde_json::json!({ "import_id": import_id });
            state.unprinted = Some((import_id.clone(), Unprinted::new(shape, record)));
        }
    }

    fn importing(&self, seen: &str, percent: Option<u8>) {
        let mut state = self.state();
        let (_, tell) = state.waiting.get_or_insert_with(|| {
            let line = Waiting::new(self.progress, &format!("{}: waiting until succeeded", self.what));
            let teller = Box::new(line.teller());
            (line, teller)
        });
        tell(&percent.map_or_else(|| seen.to_owned(), |percent| format!("{seen}, {percent} %")));
    }

    /// Nothing is waited for any more.
    fn waited(&self) {
        self.state().waiting = None;
    }

    /// Prints the import's id, and its status where that is known.
    fn print(&self, status: Option<serde_json::Value>) -> Outcome {
        let Some((import_id, mut unprinted)) = self.state().unprinted.take() else { return Ok(()) };
        if let Some(mut record) = status {
            record["import_id"] = import_id.to_string().into();
            unprinted.set(record);
        }
        unprinted.print()
    }
}
