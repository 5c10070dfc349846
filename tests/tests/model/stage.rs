//! Where a sequence plays: an account or containers of its own, folders here, and files to upload.

use super::sequence::{Container, SIZES};
use k5::config::Sources;
use k5::object_storage::ObjectStorage;
use k5::retry::RetryPolicy;
use k5::{Cloud, Timeouts};
use k5_emulator::{Accounts, Emulator};
use k5_tests::bytes::noise;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

/// Sequences that an emulator serves, each with an account of its own.
const ACCOUNTS: usize = 250;

/// What many sequences share: the files, and servers.
pub(crate) struct Grounds {
    runtime: Runtime,
    pub(crate) files: Files,
    /// Of usual limits, and of tight ones.
    emulators: [Shared; 2],
    /// The variables of a real cloud, in the place of these.
    real: Option<Vec<(String, String)>>,
    pub(crate) program: Option<PathBuf>,
}

struct Shared {
    emulator: std::cell::RefCell<Option<Rc<Emulator>>>,
    used: Cell<usize>,
}

/// The files that uploads are made of.
pub(crate) struct Files {
    folder: tempfile::TempDir,
    pub(crate) bodies: Vec<Vec<u8>>,
    known: HashMap<Vec<u8>, usize>,
}

/// Where one sequence plays.
pub(crate) struct Stage {
    pub(crate) emulator: Option<Rc<Emulator>>,
    /// Two at work, and one that only looks.
    pub(crate) clouds: [Cloud; 3],
    /// What the command line is told.
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) prefix: String,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) tight: bool,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bodies: Vec<_> = (0..).zip(SIZES).map(|(seed, size)| noise(size, seed)).collect();
        // Two that have a segment in common.
        let shared = bodies[4][500..1000].to_vec();
        bodies[5][500..1000].copy_from_slice(&shared);
        for (n, body) in bodies.iter().enumerate() {
            let path = folder.path().join(n.to_string());
            std::fs::write(&path, body).expect("written");
            // Those of one size are of one time.
            let time = UNIX_EPOCH + Duration::from_secs(1_700_000_000 + body.len() as u64);
            std::fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(time)).expect("set");
        }
        let known = bodies.iter().cloned().zip(0..).collect();
        Self { folder, bodies, known }
    }

    pub(crate) fn path(&self, body: usize) -> PathBuf {
        self.folder.path().join(body.to_string())
    }

    /// Which of them these bytes are.
    pub(crate) fn body_of(&self, bytes: &[u8]) -> Option<usize> {
        self.known.get(bytes).copied()
    }
}

impl Grounds {
    pub(crate) fn new(real: Option<Vec<(String, String)>>, program: Option<PathBuf>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let shared = || Shared { emulator: Default::default(), used: Cell::new(0) };
        Self { runtime, files: Files::new(), emulators: [shared(), shared()], real, program }
    }

    /// Runs something to its end, and whatever it begins beside it.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        LocalSet::new().block_on(&self.runtime, work)
    }

    pub(crate) async fn stage(&self, tight: bool) -> Stage {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["local", "kept"] {
            std::fs::create_dir(folder.path().join(name)).expect("made");
        }
        let (emulator, environment, prefix) = match &self.real {
            Some(real) => (None, real.clone(), format!("k5-model-{:08x}-", fastrand::u32(..))),
            None => {
                let (emulator, user) = self.account(tight).await;
                let environment = emulator.environment_of(&user).expect("a user");
                let environment = environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                (Some(emulator), environment, String::new())
            }
        };
        let clouds = [(); 3].map(|()| cloud(&environment));
        let tight = tight && self.real.is_none();
        let stage = Stage { emulator, clouds, environment, prefix, folder, tight };
        for container in [Container::A, Container::B, Container::Kept, Container::Archive] {
            let create = stage.swift(2).create_container(&stage.name(container));
            create.send().await.expect("a container");
        }
        stage
    }

    /// An emulator, and a user of whom it knows nothing yet.
    async fn account(&self, tight: bool) -> (Rc<Emulator>, String) {
        let shared = &self.emulators[usize::from(tight)];
        if shared.used.get().is_multiple_of(ACCOUNTS) {
            let builder = Emulator::builder().accounts(accounts());
            // A segment of 250 bytes is one of ten, which two levels of manifests hold.
            let builder = if tight { builder.max_manifest_segments(4).max_object_size(2000) } else { builder };
            let started = Rc::new(builder.start().await.expect("an emulator"));
            drop(shared.emulator.replace(Some(started)));
        }
        let user = format!("user-{}", shared.used.get() % ACCOUNTS);
        shared.used.set(shared.used.get() + 1);
        let emulator = shared.emulator.borrow().clone().expect("it was started");
        emulator.faults(k5_emulator::Faults::new());
        (emulator, user)
    }
}

fn accounts() -> Accounts {
    let mut text = String::new();
    for n in 0..ACCOUNTS {
        let user = format!("name = \"user-{n}\"\npassword = \"pw\"\ndefault_project = \"project-{n}\"\n");
        let roles = format!("roles = {{ project-{n} = [\"member\", \"SwiftOperator\"] }}\n");
        writeln!(text, "[[project]]\nname = \"project-{n}\"\n[[user]]\n{user}{roles}").expect("text");
    }
    text.parse().expect("accounts")
}

fn cloud(environment: &[(String, String)]) -> Cloud {
    let sources = environment.iter().fold(Sources::empty(), |sources, (name, value)| sources.with_variable(name, value));
    Cloud::builder().sources(sources).retry(retry()).timeouts(Timeouts::default()).build().expect("a cloud")
}

/// Pauses between attempts are not part of this.
pub(crate) fn retry() -> RetryPolicy {
    RetryPolicy::default().base_delay(Duration::from_millis(2))
}

impl Stage {
    pub(crate) fn swift(&self, client: usize) -> ObjectStorage {
        self.clouds[client].object_storage()
    }

    pub(crate) fn name(&self, container: Container) -> String {
        format!("{}{}", self.prefix, container.letter())
    }

    /// The folder that is synchronized.
    pub(crate) fn local(&self) -> PathBuf {
        self.folder.path().join("local")
    }

    /// Where a sync keeps files.
    pub(crate) fn kept(&self) -> PathBuf {
        self.folder.path().join("kept")
    }

    /// Writes a file anew, or deletes it, with the folders that are empty then.
    pub(crate) fn edit(&self, name: &str, body: Option<&[u8]>) {
        let path = self.local().join(name);
        let parent = path.parent().unwrap_or(Path::new(""));
        match body {
            Some(body) => {
                std::fs::create_dir_all(parent).expect("made");
                std::fs::write(&path, body).expect("written");
            }
            None => {
                // It need not be there.
                let _ = std::fs::remove_file(&path);
            }
        }
    }

    /// Removes what a sequence has left on a real cloud.
    pub(crate) async fn clean(&self) {
        if self.emulator.is_some() {
            return;
        }
        let swift = self.swift(2);
        let own = [Container::A, Container::B, Container::Kept, Container::Archive].map(|container| self.name(container));
        let segments = own.iter().map(|name| format!("{name}_segments"));
        for name in own.iter().cloned().chain(segments) {
            // What is not there needs no removal, and what stays is looked at by nobody.
            let _ = swift.update_container(&name).remove_versions_location().send().await;
            let _ = swift.update_container(&name).versions_enabled(false).send().await;
            for versions in [false, true] {
                let listed = swift.list_objects(&name);
                let listed = if versions { listed.versions(true) } else { listed };
                let listed = listed.items().collect().await.unwrap_or_default();
                for object in listed.into_iter() {
                    let delete = swift.delete_object(&name, &object.name);
                    let delete = match &object.version_id {
                        Some(version) if versions => delete.version_id(version),
                        _ => delete,
                    };
                    let _ = delete.send().await;
                }
            }
            let _ = swift.delete_container(&name).send().await;
        }
    }
}
