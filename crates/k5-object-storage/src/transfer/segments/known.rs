//! In which containers an object that is replaced may be a large one: this knowledge saves a request for each small object.

use super::look::{Seen, head_of, is_forbidden, look_if_allowed};
use crate::ObjectStorage;
use k5_core::Result;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// Whether a container may have large objects; perhaps nobody has asked yet.
#[derive(Default)]
struct MayHaveLarge(Mutex<HashMap<String, Arc<OnceCell<bool>>>>);

fn known(storage: &ObjectStorage, container: &str) -> Arc<OnceCell<bool>> {
    let known = storage.session.remembered::<MayHaveLarge>();
    known.0.lock().unwrap_or_else(PoisonError::into_inner).entry(container.to_owned()).or_default().clone()
}

/// Remembers that a container has large objects from now on.
pub(crate) fn has_large(storage: &ObjectStorage, container: &str) {
    let known = storage.session.remembered::<MayHaveLarge>();
    let cell = Arc::new(OnceCell::new_with(Some(true)));
    known.0.lock().unwrap_or_else(PoisonError::into_inner).insert(container.to_owned(), cell);
}

/// The large object that is about to be replaced, if there is one. A container that was empty when it was first examined has none,
/// except for those that this session stores.
pub(crate) async fn large_object(storage: &ObjectStorage, container: &str, object: &str) -> Result<Option<Seen>> {
    let cell = known(storage, container);
    let ask = async || match storage.show_container(container).send().await {
        Ok(info) => Ok(info.object_count != Some(0)),
        Err(error) if error.is_not_found() => Ok(false),
        // Whoever may write there need not be allowed to read.
        Err(error) if is_forbidden(&error) => Ok(true),
        Err(error) => Err(error),
    };
    match cell.get_or_try_init(ask).await {
        Ok(false) | Err(_) => Ok(None),
        // What matters is checked again before anything is deleted, so any replica will do.
        Ok(true) => match head_of(storage, container, object, false).await {
            Ok(Some(seen)) if seen.is_large() => Ok(look_if_allowed(storage, container, object).await?.filter(Seen::is_large)),
            Ok(_) => Ok(None),
            Err(error) if is_forbidden(&error) => Ok(None),
            Err(error) => Err(error),
        },
    }
}
