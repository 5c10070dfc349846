//! `k5 object rm`.

use super::removal::Removal;
use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use crate::url::SwiftUrl;

/// Remove objects
///
/// A large object is removed with its segments, wherever they are, unless --keep-segments is given. Segments that old versions of the
/// container or another object still consist of are kept, and reported; of a dynamic large object, so are objects whose names merely begin
/// as those of its segments do. Of a symbolic link, only the link is removed. With -r, each object is looked at, and those without segments
/// are removed many per request if the cluster can do that.
#[derive(Debug, clap::Args)]
pub(crate) struct Rm {
    /// The objects: swift://CONTAINER/OBJECT, or folders with -r
    #[arg(required = true)]
    url: Vec<SwiftUrl>,
    /// Remove folders with everything in them; a container itself stays
    #[arg(short, long)]
    recursive: bool,
    /// Remove only the manifest of a large object
    #[arg(long)]
    keep_segments: bool,
    /// The default; accepted for scripts written for earlier versions
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
