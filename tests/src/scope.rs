//! What one case of the suite owns of a cloud, and how it is cleaned up.

use futures_util::FutureExt;
use k5::model::Entry;
use k5::{Cloud, Result};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A case's own containers in a cloud that others use, too. Cloning it shares them.
#[derive(Clone, Debug)]
pub struct Scope {
    prefix: String,
    other: Cloud,
    containers: Arc<Mutex<Vec<String>>>,
}

impl Scope {
    fn new(other: Cloud) -> Self {
        Self { prefix: format!("k5-suite-{:012x}-", fastrand::u64(..) >> 16), other, containers: Arc::default() }
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

    /// What all names of this scope begin with.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The same cloud as another user of another project sees it.
    pub fn other(&self) -> &Cloud {
        &self.other
    }

    async fn clean(&self, cloud: &Cloud) -> Result<()> {
        let swift = cloud.object_storage();
        let containers = std::mem::take(&mut *self.containers.lock().unwrap_or_else(PoisonError::into_inner));
        // Containers of old versions come last, or a deletion would fill them again.
        for container in &containers {
            let stopped = swift.update_container(container).remove_versions_location().remove_history_location().send().await;
            if stopped.as_ref().is_err_and(k5::Error::is_not_found) {
                continue;
            }
            stopped?;
            let mut objects = swift.list_objects(container).items();
            while let Some(entry) = objects.try_next().await? {
                if let Entry::Item(object) = entry {
                    swift.delete_object(container, &object.name).send().await.map(drop).or_else(gone)?;
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
