//! Which of both is missing where an object was not found: the object, or its container.

use crate::failure::Failure;
use crate::url::SwiftUrl;
use k5::Error;
use k5::object_storage::ObjectStorage;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Whether a container is there, as far as it was asked.
static THERE: Mutex<BTreeMap<String, bool>> = Mutex::new(BTreeMap::new());

/// The failure with a hint that fits. The server's answer is the same for both, so the container is asked, once a command.
pub(crate) async fn explained(swift: &ObjectStorage, url: &SwiftUrl, error: &Error, failure: Failure) -> Failure {
    if !error.is_not_found() || url.object.is_empty() {
        return failure;
    }
    let known = || THERE.lock().unwrap_or_else(PoisonError::into_inner);
    let told = known().get(&url.container).copied();
    let is_there = match told {
        Some(is_there) => is_there,
        None => {
            let is_there = match swift.show_container(&url.container).send().await {
                Ok(_) => true,
                Err(error) if error.is_not_found() => false,
                // Who may read an object need not be allowed to see its container.
                Err(_) => return failure,
            };
            known().insert(url.container.clone(), is_there);
            is_there
        }
    };
    failure.not_found(&url.container, is_there.then_some(url.object.as_str()))
}
