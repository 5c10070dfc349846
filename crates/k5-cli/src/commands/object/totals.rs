//! How much there is to do, for the progress bar, found while it is already being done.

use super::plan::Plan;
use super::walk::Walk;
use crate::progress::Bar;
use crate::url::Place;
use k5::object_storage::ObjectStorage;
use std::path::Path;

/// Finds the files and bytes of all sources and tells the bar, where there is one. What can't be read shows when its turn comes.
pub(crate) fn find(bar: &Bar, plan: &Plan, swift: &ObjectStorage) {
    if !bar.is_shown() {
        return;
    }
    let (bar, sources, recursive, swift) = (bar.clone(), plan.sources.clone(), plan.recursive, swift.clone());
    tokio::spawn(async move {
        for source in sources {
            match source {
                Place::Local(path) => {
                    let bar = bar.clone();
                    // Nothing is told of a source that breaks off.
                    let _ = tokio::task::spawn_blocking(move || local(&bar, &path)).await;
                }
                Place::Swift(from) if recursive => {
                    let prefix = from.folder_prefix();
                    let mut found = 0;
                    let mut items = swift.list_objects(&from.container).prefix(&prefix).items();
                    while let Ok(Some(object)) = items.try_next().await {
                        found += 1;
                        bar.expect(1, object.bytes);
                    }
                    // Without a folder of this name, it is an object.
                    if found == 0 && !from.is_folder() {
                        bar.expect(1, 0);
                    }
                }
                // Its bytes are known once it is opened.
                Place::Swift(_) | Place::Std => bar.expect(1, 0),
            }
        }
        bar.expected_all();
    });
}

fn local(bar: &Bar, path: &Path) {
    let Ok(about) = std::fs::metadata(path) else { return };
    if !about.is_dir() {
        return bar.expect(1, about.len());
    }
    let Ok(mut walk) = Walk::new(path, false) else { return };
    while let Some(found) = walk.next() {
        bar.expect(1, found.map_or(0, |file| file.bytes));
    }
}
