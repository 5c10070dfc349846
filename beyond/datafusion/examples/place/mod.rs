//! Where the examples run.

use futures_util::{StreamExt, TryStreamExt};
use k5::Cloud;
use k5_emulator::Emulator;
use k5_object_store::SwiftStore;
use object_store::ObjectStore;

/// Whatever an example may fail with.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The cloud that `OS_*` variables and clouds.yaml describe; without any, that of an emulator, which lives as long as the value.
pub(crate) async fn find() -> Outcome<(Cloud, Option<Emulator>)> {
    if ["OS_AUTH_URL", "OS_CLOUD"].iter().any(|name| std::env::var_os(name).is_some()) {
        return Ok((Cloud::from_env().await?, None));
    }
    let emulator = k5_emulator::start().await?;
    Ok((Cloud::builder().variables(emulator.environment()).build()?, Some(emulator)))
}

/// Removes a container with all that is in it.
pub(crate) async fn remove(store: &SwiftStore) -> Outcome {
    let names = store.list(None).map_ok(|object| object.location).boxed();
    store.delete_stream(names).try_for_each(|_| async { Ok(()) }).await?;
    store.storage().delete_container(store.container()).send().await?;
    Ok(())
}
