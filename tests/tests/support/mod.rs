//! A cloud over an emulator that misbehaves, and what to look at afterwards.

use k5::config::Sources;
use k5::retry::RetryPolicy;
use k5::{Cloud, CloudBuilder, Timeouts};
use k5_emulator::{Emulator, Fault, Faults, RecordedRequest, Rule};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Over 64 KiB: asks before it sends.
pub(crate) const LARGE: usize = 1 << 20;

/// An emulator, a cloud of its user, a container `c`, and a folder.
pub(crate) struct Stage {
    pub(crate) emulator: Emulator,
    pub(crate) cloud: Cloud,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) fn builder(emulator: &Emulator) -> CloudBuilder {
    let sources =
        emulator.environment().into_iter().fold(Sources::empty(), |sources, (name, value)| sources.with_variable(name, value));
    // Pauses between attempts are the unit tests' business.
    let retry = RetryPolicy::default().base_delay(Duration::from_millis(5));
    Cloud::builder().sources(sources).retry(retry)
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(crate) async fn with(change: impl FnOnce(CloudBuilder) -> CloudBuilder) -> Self {
        let emulator = k5_emulator::start().await.expect("an emulator");
        let cloud = change(builder(&emulator)).build().expect("a cloud");
        cloud.object_storage().create_container("c").send().await.expect("a container");
        emulator.clear_requests();
        Self { emulator, cloud, folder: tempfile::tempdir().expect("a folder") }
    }

    /// Idle and head limits that a test can wait for.
    pub(crate) async fn hasty(limit: Duration) -> Self {
        let timeouts = Timeouts::default().idle(limit);
        Self::with(|builder| builder.timeouts(timeouts)).await
    }

    /// The first `times` requests of this method on an object go wrong.
    pub(crate) fn fault(&self, method: &str, times: u64, fault: Fault) {
        self.emulator.faults(Faults::new().rule(Rule::on(method, "/v1/*/c/*").first(times).then(fault)));
    }

    /// A file with these bytes.
    pub(crate) fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("source");
        std::fs::write(&path, bytes).expect("written");
        path
    }

    /// What the object holds, asked for with no fault in the way; `None` when there is none.
    pub(crate) async fn stored(&self, object: &str) -> Option<Vec<u8>> {
        self.emulator.faults(Faults::new());
        let fresh = builder(&self.emulator).build().expect("a cloud");
        match fresh.object_storage().download_object("c", object).send().await {
            Ok(download) => Some(download.collect(1 << 30).await.expect("whole").to_vec()),
            Err(error) if error.is_not_found() => None,
            Err(error) => panic!("{error}"),
        }
    }

    /// The requests of this method on the objects of the container.
    pub(crate) fn seen(&self, method: &str) -> Vec<RecordedRequest> {
        let requests = self.emulator.requests().into_iter();
        requests
            .filter(|request| request.method == method && request.path.starts_with("/v1/") && request.path.contains("/c/"))
            .collect()
    }

    pub(crate) fn logins(&self) -> usize {
        self.emulator.requests().iter().filter(|request| request.path == "/v3/auth/tokens").count()
    }
}

/// Names in a folder.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("listed").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<_> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Runs `work` and gives how long it took, too.
pub(crate) async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let start = std::time::Instant::now();
    let outcome = work.await;
    (outcome, start.elapsed())
}
