//! Which containers of segments there are: what is known spares a request for each small object.

use super::manifest::segments_of;
use super::piece::is_forbidden;
use super::plan;
use crate::ObjectStorage;
use k5_core::Result;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// What is known of a container of segments; it may be that nobody asked yet.
fn known_container(storage: &ObjectStorage, name: &str) -> Arc<OnceCell<bool>> {
    let known = storage.session.remembered::<SegmentContainers>();
    known.0.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default().clone()
}

/// Remembers that there is a container of segments.
pub(crate) fn has_container(storage: &ObjectStorage, name: &str) {
    let known = storage.session.remembered::<SegmentContainers>();
    let cell = Arc::new(OnceCell::new_with(Some(true)));
    known.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), cell);
}

/// Which containers of segments there are.
#[derive(Default)]
struct SegmentContainers(Mutex<HashMap<String, Arc<OnceCell<bool>>>>);

/// The segments of a large object that is there. Where there is no container of segments, no request is made for each object:
/// that is asked for once.
pub(crate) async fn old_segments(storage: &ObjectStorage, container: &str, object: &str) -> Result<BTreeSet<(String, String)>> {
    let name = plan::segments_container(container);
    let cell = known_container(storage, &name);
    let ask = async || match storage.show_container(&name).send().await {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    };
    match cell.get_or_try_init(ask).await {
        Ok(false) | Err(_) => Ok(BTreeSet::new()),
        Ok(true) => match segments_of(storage, container, object).await {
            // Who may write there need not be allowed to look, nor to remove.
            Err(error) if is_forbidden(&error) => Ok(BTreeSet::new()),
            found => found,
        },
    }
}
