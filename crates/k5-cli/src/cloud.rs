//! The cloud that the options, the environment and the files describe, or the emulator.

use crate::args::Globals;
use crate::exit::{Failure, NO_CLOUD, Outcome};
use k5::Cloud;
use k5::config::{Overrides, Sources, list_clouds};
use k5::object_storage::ObjectStorage;
use k5_emulator::Emulator;
use std::path::PathBuf;
use std::time::Duration;

/// The name of the cloud that needs no server. An entry of this name in clouds.yaml wins.
const EMULATOR: &str = "emulator";
/// How long to wait for another command that uses the emulator's folder.
const BUSY: Duration = Duration::from_secs(10);

/// A cloud to talk to; it keeps the emulator running, where there is one.
pub(crate) struct Connection {
    pub(crate) cloud: Cloud,
    emulator: Option<Emulator>,
}

impl Connection {
    /// Puts the configuration together. Nothing is sent.
    pub(crate) async fn open(globals: &Globals) -> Outcome<Self> {
        let mut overrides = globals.overrides();
        let mut sources = Sources::from_process();
        let emulator = match wants_emulator(&overrides, &sources) {
            true => Some(start_emulator(&sources).await?),
            false => None,
        };
        if let Some(emulator) = &emulator {
            overrides.cloud = None;
            sources = Sources::empty();
            for (name, value) in emulator.environment() {
                sources = sources.with_variable(name, value);
            }
        }
        let built = Cloud::builder().overrides(overrides).sources(sources).build();
        let cloud = built.map_err(|error| Failure::new(NO_CLOUD, format!("configuration: {error}")))?;
        for warning in &cloud.config().warnings {
            eprintln!("k5: warning: {warning}");
        }
        if !cloud.config().verify {
            eprintln!(
                "k5: warning: server certificates are not checked (insecure): whoever stands between can read passwords and data"
            );
        }
        Ok(Self { cloud, emulator })
    }

    /// Object storage.
    pub(crate) fn swift(&self) -> ObjectStorage {
        self.cloud.object_storage()
    }

    /// The account's URL, up to and with the account.
    pub(crate) async fn account_url(&self) -> Outcome<String> {
        let found = self.cloud.endpoint(&k5::object_storage::SERVICE).await;
        found.map_err(|error| Failure::cloud("object storage", &error))
    }

    /// The account's name.
    pub(crate) async fn account(&self) -> Outcome<String> {
        let url = self.account_url().await?;
        Ok(url.rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// Ends the emulator, where there is one, after its last write.
    pub(crate) async fn close(self) {
        let Self { cloud, emulator } = self;
        drop(cloud);
        if let Some(emulator) = emulator {
            emulator.stop().await;
        }
    }
}

fn wants_emulator(overrides: &Overrides, sources: &Sources) -> bool {
    let named = overrides.cloud.as_deref().filter(|name| !name.is_empty());
    let from_environment = || sources.environment.get("OS_CLOUD").and_then(|name| name.to_str());
    if named.or_else(from_environment) != Some(EMULATOR) {
        return false;
    }
    // Files that can't be read are the emulator's affair no more than an absent one.
    !list_clouds(sources).is_ok_and(|names| names.iter().any(|name| name == EMULATOR))
}

async fn start_emulator(sources: &Sources) -> Outcome<Emulator> {
    let directory = emulator_directory(sources)?;
    let begun = std::time::Instant::now();
    loop {
        match Emulator::builder().directory(&directory).start().await {
            Ok(emulator) => return Ok(emulator),
            Err(k5_emulator::Error::Busy { .. }) if begun.elapsed() < BUSY => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => return Err(Failure::new(NO_CLOUD, format!("the emulator can't start: {error}"))),
        }
    }
}

/// The folder of `--cloud emulator`.
fn emulator_directory(sources: &Sources) -> Outcome<PathBuf> {
    let variable = |name: &str| sources.environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(own) = variable("K5_EMULATOR_DIR") {
        return Ok(own);
    }
    let data = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let data = data.or_else(|| sources.home.as_ref().map(|home| home.join(".local").join("share")));
    match data {
        Some(data) => Ok(data.join("k5").join("emulator")),
        None => Err(Failure::new(NO_CLOUD, "there is no home folder for the emulator: set K5_EMULATOR_DIR")),
    }
}
