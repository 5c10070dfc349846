//! `k5 object cp`.

use super::copy::copy;
use super::options::Common;
use super::plan::{Plan, Target};
use super::transfer::Options;
use super::usage;
use crate::cloud::Connection;
use crate::failure::Outcome;
use crate::globals::Globals;
use std::ffi::OsString;

/// Copy files and objects: upload, download, or copy within the cloud
///
/// Objects are swift://CONTAINER/OBJECT, with the name taken as it is: nothing is decoded, and there are no wildcards. A destination that
/// ends in / is a folder, in which a file keeps its name. `-` is stdin or stdout.
///
/// With -r, the contents of a folder go below the destination; of several folders, each keeps its name there. A container that does not
/// exist is created.
///
/// What is larger than 128 MiB, or than --segment-size, is uploaded in segments, several at a time, and downloaded in parts. After an
/// interruption of any kind, the same command continues from what is there and correct: segments in CONTAINER_segments, or
/// NAME.k5-*.part beside the file. stdin is held in memory segment by segment, 64 MiB at most; after an interruption it starts over.
///
/// Before anything is sent, the whole plan is checked: if two sources have the same target, or there is a file where a folder must be,
/// nothing is done. The time of change goes along with files, as X-Object-Meta-Mtime. Below a folder, symbolic links to files are followed
/// unless --links is given; pipes, sockets and devices are errors of their own, and unfinished downloads (NAME.k5-*.part) are left out. In
/// a destination, nothing is written through a symbolic link.
///
/// A download appears under its name once it is whole and checked. With -r, an object whose name can't be a file below the destination
/// (an empty part, `.`, `..`, a part over 255 bytes, or a path through a link or a file) is named as an error, and the others go on.
#[derive(Debug, clap::Args)]
pub(crate) struct Cp {
    /// Files, folders, swift:// URLs or -; the last one is the destination
    #[arg(required = true, num_args = 2.., value_names = ["SOURCE", "DESTINATION"])]
    places: Vec<OsString>,
    #[command(flatten)]
    common: Common,
    /// Do not verify what is copied by its hash
    #[arg(long)]
    no_verify: bool,
}

impl Cp {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let plan = Plan { links: self.common.links, ..Plan::new(&self.places, self.common.recursive)? };
        usage::check(globals, &plan, &self.common, self.no_verify)?;
        let options = Options { verify: !self.no_verify, ..self.common.options()? };
        let stored = match &plan.to {
            Target::Swift(url) if !self.common.dry_run => Some(url.container.clone()),
            _ => None,
        };
        copy(globals, connection, plan, options, &self.common).await?;
        if let Some(container) = stored {
            connection.next_in_emulator(globals, &["object", "ls", &format!("swift://{container}")]);
        }
        Ok(())
    }
}
