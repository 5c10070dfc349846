//! What one case of the suite owns in a cloud, and how it is cleaned up.

use futures_util::FutureExt;
use k5::block_storage::{Snapshot, Volume, builder::CreateSnapshot, builder::CreateVolume};
use k5::compute::{CreatedServer, builder::CreateServer};
use k5::ids::{ImageId, ServerGroupId, ServerId, SnapshotId, VolumeId};
use k5::object_storage::Object;
use k5::{Body, Cloud, Result};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long what was made may take to go away.
const PATIENCE: Duration = Duration::from_secs(120);
const STEP: Duration = Duration::from_millis(200);

/// A case's own containers in a cloud that others use, too. Cloning it shares them.
#[derive(Clone, Debug)]
pub struct Scope {
    prefix: String,
    other: Cloud,
    containers: Arc<Mutex<Vec<String>>>,
    things: Arc<Mutex<Things>>,
}

/// What else a case has made.
#[derive(Debug, Default)]
struct Things {
    servers: Vec<ServerId>,
    groups: Vec<ServerGroupId>,
    volumes: Vec<VolumeId>,
    snapshots: Vec<SnapshotId>,
    images: Vec<ImageId>,
    keypairs: Vec<String>,
}

impl Scope {
    fn new(other: Cloud) -> Self {
        Self {
            prefix: format!("k5-suite-{:012x}-", fastrand::u64(..) >> 16),
            other,
            containers: Arc::default(),
            things: Arc::default(),
        }
    }

    /// The name of a container that nobody else uses; it is removed at the end, with all that is in it.
    pub fn name(&self, name: &str) -> String {
        let full = format!("{}{name}", self.prefix);
        self.containers.lock().unwrap_or_else(PoisonError::into_inner).push(full.clone());
        full
    }

    /// A container that is there already.
    pub async fn container(&self, cloud: &Cloud, name: &str) -> String {
        let full = self.name(name);
        cloud.object_storage().create_container(&full).send().await.expect("a container");
        full
    }

    /// A name that nobody else uses.
    pub fn plain_name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Creates a server; it is removed at the end.
    pub async fn server(&self, create: CreateServer) -> CreatedServer {
        let server = create.send().await.expect("a server");
        self.owns_server(&server.id);
        server
    }

    /// Removes this server at the end.
    pub fn owns_server(&self, id: &ServerId) {
        self.things().servers.push(id.clone());
    }

    /// Removes this server group at the end.
    pub fn owns_server_group(&self, id: &ServerGroupId) {
        self.things().groups.push(id.clone());
    }

    /// Creates a volume; it is removed at the end.
    pub async fn volume(&self, create: CreateVolume) -> Volume {
        let volume = create.send().await.expect("a volume");
        self.owns_volume(&volume.id);
        volume
    }

    /// Removes this volume at the end.
    pub fn owns_volume(&self, id: &VolumeId) {
        self.things().volumes.push(id.clone());
    }

    /// Makes a snapshot; it is removed at the end.
    pub async fn snapshot(&self, create: CreateSnapshot) -> Snapshot {
        let snapshot = create.send().await.expect("a snapshot");
        self.owns_snapshot(&snapshot.id);
        snapshot
    }

    /// Removes this snapshot at the end.
    pub fn owns_snapshot(&self, id: &SnapshotId) {
        self.things().snapshots.push(id.clone());
    }

    /// Creates an image with some data; it is removed at the end.
    pub async fn image(&self, cloud: &Cloud) -> ImageId {
        let images = cloud.image();
        let create = images.create_image(self.plain_name("image")).container_format("bare").disk_format("raw");
        let image = create.visibility("private").send().await.expect("an image");
        self.owns_image(&image.id);
        images.upload_image(&image.id, Body::bytes(vec![0; 1024])).send().await.expect("its data");
        images.wait_image(&image.id).active().await.expect("active").id
    }

    /// Removes this image at the end.
    pub fn owns_image(&self, id: &ImageId) {
        self.things().images.push(id.clone());
    }

    /// The name of a key pair; it is removed at the end.
    pub fn keypair(&self, name: &str) -> String {
        let full = self.plain_name(name);
        self.things().keypairs.push(full.clone());
        full
    }

    fn things(&self) -> MutexGuard<'_, Things> {
        self.things.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What all names of this scope begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The same cloud as another user of another project sees it.
    pub fn other(&self) -> &Cloud {
        &self.other
    }

    async fn clean(&self, cloud: &Cloud) -> Result<()> {
        let Things { servers, groups, volumes, snapshots, images, keypairs } = std::mem::take(&mut *self.things());
        let (compute, storage) = (cloud.compute(), cloud.block_storage());
        for id in &servers {
            compute.delete_server(id).send().await.or_else(gone)?;
        }
        for id in &servers {
            compute.wait_server(id).deleted().timeout(PATIENCE).every(STEP, STEP).await?;
        }
        for id in &groups {
            compute.delete_server_group(id).send().await.or_else(gone)?;
        }
        for id in &snapshots {
            storage.delete_snapshot(id).send().await.or_else(gone)?;
            storage.wait_snapshot(id).deleted().timeout(PATIENCE).every(STEP, STEP).await?;
        }
        for id in &volumes {
            // One that is still being made or detached can't be deleted yet.
            let start = Instant::now();
            while let Err(error) = storage.delete_volume(id).send().await.or_else(gone) {
                if error.status().is_none_or(|status| status != 400) || start.elapsed() > PATIENCE {
                    return Err(error);
                }
                tokio::time::sleep(STEP).await;
            }
            storage.wait_volume(id).deleted().timeout(PATIENCE).every(STEP, STEP).await?;
        }
        for id in &images {
            cloud.image().delete_image(id).send().await.or_else(gone)?;
        }
        for name in &keypairs {
            compute.delete_keypair(name).send().await.or_else(gone)?;
        }
        let swift = cloud.object_storage();
        let containers = std::mem::take(&mut *self.containers.lock().unwrap_or_else(PoisonError::into_inner));
        // Containers of old versions come last, or a deletion would fill them again.
        for container in &containers {
            let stopped = swift.update_container(container).remove_versions_location().remove_history_location().send().await;
            if stopped.as_ref().is_err_and(k5::Error::is_not_found) {
                continue;
            }
            stopped?;
            if swift.show_container(container).send().await?.versions_enabled == Some(true) {
                swift.update_container(container).versions_enabled(false).send().await?;
            }
            let mut objects = swift.list_objects(container).items();
            while let Some(object) = objects.try_next().await? {
                swift.delete_object(container, &object.name).send().await.map(drop).or_else(gone)?;
            }
            let mut versions = swift.list_objects(container).versions(true).items();
            while let Some(version) = versions.try_next().await? {
                if let Object { name, version_id: Some(id), .. } = version {
                    swift.delete_object(container, &name).version_id(&id).send().await.map(drop).or_else(gone)?;
                }
            }
            swift.delete_container(container).send().await.or_else(gone)?;
        }
        Ok(())
    }
}

fn gone(error: k5::Error) -> Result<()> {
    if error.is_not_found() { Ok(()) } else { Err(error) }
}

/// Runs a case and cleans up after it, also when it fails. `other` is the cloud of another user.
pub async fn run<F: Future<Output = ()>>(cloud: Cloud, other: Cloud, case: impl FnOnce(Cloud, Scope) -> F) {
    let scope = Scope::new(other);
    let outcome = AssertUnwindSafe(case(cloud.clone(), scope.clone())).catch_unwind().await;
    let cleaned = scope.clean(&cloud).await;
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
    cleaned.expect("what the case made can be removed");
}

/// Asks until there is an answer: counts and listings of a real server lag behind.
///
/// # Panics
/// After 20 seconds without one.
pub async fn eventually<T>(what: &str, probe: impl AsyncFn() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(seen) = probe().await {
            return seen;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "not even after 20 s: {what}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
