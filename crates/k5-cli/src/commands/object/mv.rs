//! `k5 object mv`.

use super::copy::copy;
use super::options::Common;
use super::plan::Plan;
use super::transfer::Options;
use super::usage;
use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::url::Place;
use std::ffi::OsString;

/// Move files and objects: the source is removed once the copy is verified
///
/// Like `k5 object cp`, but each source is removed once its copy is verified. Within the cloud, only the manifest of a large object moves.
#[derive(Debug, clap::Args)]
pub(crate) struct Mv {
    /// Files, folders or swift:// URLs; the last one is the destination
    #[arg(required = true, num_args = 2.., value_names = ["SOURCE", "DESTINATION"])]
    places: Vec<OsString>,
    #[command(flatten)]
    common: Common,
}

impl Mv {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        if self.places.iter().any(|place| place == "-") {
            return Err(Failure::usage("stdin and stdout can't be moved: k5 object cp copies them"));
        }
        let plan = Plan { links: self.common.links, ..Plan::new(&self.places, self.common.recursive)? };
        usage::check(globals, &plan, &self.common, false)?;
        let folders: Vec<_> = plan.sources.iter().filter_map(local_folder).collect();
        let options = Options { move_source: true, ..self.common.options()? };
        copy(globals, connection, plan, options, &self.common).await?;
        if self.common.dry_run {
            return Ok(());
        }
        folders.iter().for_each(|folder| remove_empty(folder));
        Ok(())
    }
}

fn local_folder(place: &Place) -> Option<std::path::PathBuf> {
    match place {
        Place::Local(path) if path.is_dir() => Some(path.clone()),
        _ => None,
    }
}

/// Removes a folder and those in it that are empty now. One that is not stays, and that is not a failure.
fn remove_empty(folder: &std::path::Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_empty(&entry.path());
        }
    }
    let _ = std::fs::remove_dir(folder);
}
