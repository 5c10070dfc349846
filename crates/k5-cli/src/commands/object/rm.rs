//! `k5 object rm`.

use super::removal::Removal;
use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use crate::url::SwiftUrl;

/// Remove objects
///
/// A large object goes with its segments, wherever they are, unless --keep-segments is given. Segments stay, and that is told, where old
/// versions of the container or another object consist of them; of a dynamic large object, so does what only begins as its segments do. A
/// symbolic link goes alone. With -r, each object is looked at, and those without segments go many by one request where the cluster
/// can do that.
#[derive(Debug, clap::Args)]
pub(crate) struct Rm {
    /// The objects: swift://CONTAINER/OBJECT, or with -r folders
    #[arg(required = true)]
    url: Vec<SwiftUrl>,
    /// Remove folders with all that is in them; a container itself stays
    #[arg(short, long)]
    recursive: bool,
    /// Of a large object, remove only the manifest
    #[arg(long)]
    keep_segments: bool,
    /// What is done without --keep-segments; from earlier versions
    #[arg(long, hide = true, conflicts_with = "keep_segments")]
    with_segments: bool,
}

impl Rm {
    pub(crate) async fn run(&self, connection: &Connection) -> Outcome {
        for url in &self.url {
            url.check()?;
            if !self.recursive && url.object.is_empty() {
                return Err(Failure::usage(format!("{url} is a container: add -r to remove all objects in it")));
            }
        }
        let mut removal = Removal::new(connection.swift(), self.keep_segments);
        for url in &self.url {
            match self.recursive {
                true => removal.folder(url).await?,
                false => removal.start(url.clone()).await?,
            }
        }
        removal.finish().await?.outcome()
    }
}
