//! Copies and moves on the server.

use crate::failure::{Failure, Result};
use crate::store::SwiftStore;
use k5_object_storage::k5_core::{Error, ErrorKind};

impl SwiftStore {
    /// Copies an object, or moves it; if it is to `create` one, only to a name that is free.
    pub(crate) async fn copy(&self, from: &str, to: &str, create: bool, moves: bool) -> Result<()> {
        if from == to {
            return self.copy_onto_itself(from, create).await;
        }
        let (container, source, target) = (self.0.container.as_str(), self.name(from), self.name(to));
        let copy = self.0.storage.copy_whole((container, &source), (container, &target));
        let copy = self.0.segments.iter().fold(copy, |copy, container| copy.segments_container(container));
        let copy = copy.only_if_absent(create).move_source(moves);
        Box::pin(copy.send()).await.map_err(|error| {
            let is_source = error.is_not_found() || error.status().is_some_and(|status| status == 403);
            let path = if is_source { from } else { to };
            if create { Failure::of_creation(path, error) } else { Failure::of(path, error) }
        })
    }

    /// An object is its own copy, and is moved where it is, so there is nothing to do if it exists.
    async fn copy_onto_itself(&self, path: &str, create: bool) -> Result<()> {
        let shown = self.0.storage.show_object(&self.0.container, &self.name(path)).send().await;
        shown.map_err(|error| Failure::of(path, error))?;
        match create {
            true => {
                let source = Box::new(Error::new(ErrorKind::InvalidInput, "source and target are the same object"));
                Err(Failure::AlreadyExists { path: path.to_owned(), source })
            }
            false => Ok(()),
        }
    }
}
