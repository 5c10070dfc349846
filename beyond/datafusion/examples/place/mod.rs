//! Where the examples run.

use k5::Cloud;
use k5_emulator::Emulator;

/// Whatever an example may fail with.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The cloud that `OS_*` variables and clouds.yaml describe; without any, an emulator that lives as long as this value.
pub struct Place {
    pub cloud: Cloud,
    /// What another process needs to know to find the emulator.
    pub variables: Vec<(&'static str, String)>,
    _emulator: Option<Emulator>,
}

impl Place {
    pub async fn find() -> Outcome<Self> {
        if ["OS_AUTH_URL", "OS_CLOUD"].iter().any(|name| std::env::var_os(name).is_some()) {
            return Ok(Self { cloud: Cloud::from_env().await?, variables: Vec::new(), _emulator: None });
        }
        let emulator = k5_emulator::start().await?;
        let variables = emulator.environment();
        let cloud = Cloud::builder().variables(variables.clone()).build()?;
        Ok(Self { cloud, variables, _emulator: Some(emulator) })
    }
}

/// Removes a container with all that is in it.
pub async fn remove(store: &k5_object_store::SwiftStore) -> Outcome {
    use futures_util::{StreamExt, TryStreamExt};
    use object_store::ObjectStore;
    let names = store.list(None).map_ok(|object| object.location).boxed();
    store.delete_stream(names).try_for_each(|_| async { Ok(()) }).await?;
    store.storage().delete_container(store.container()).send().await?;
    Ok(())
}
