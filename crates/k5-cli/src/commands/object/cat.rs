//! `k5 object cat`.

use super::jobs::Job;
use super::transfer::{Options, Transfers};
use crate::cloud::Connection;
use crate::failure::Outcome;
use crate::progress::Bar;
use crate::url::SwiftUrl;

/// Write objects to stdout
///
/// Each object is compared with its checksum at its end. A difference is reported after the fact, since the bytes are out by then.
#[derive(Debug, clap::Args)]
pub(crate) struct Cat {
    /// The objects: swift://CONTAINER/OBJECT
    #[arg(required = true)]
    url: Vec<SwiftUrl>,
}

impl Cat {
    pub(crate) async fn run(&self, connection: &Connection) -> Outcome {
        for url in &self.url {
            url.object()?;
        }
        let options = Options { verify: true, ..Options::default() };
        let transfers = Transfers::new(connection.swift(), options, Bar::new(false));
        for url in &self.url {
            transfers.clone().run(Job::DownStdout { from: url.clone() }).await?;
        }
        Ok(())
    }
}
