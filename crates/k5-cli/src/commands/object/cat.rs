//! `k5 object cat`.

use super::jobs::Job;
use super::targets::Targets;
use super::transfer::{Options, Transfers};
use crate::cloud::Connection;
use crate::failure::Outcome;
use crate::progress::Bar;
use crate::tally::Tally;

/// Write objects to stdout
///
/// Each object is compared with its checksum at its end. A difference is reported after the fact, since the bytes are out by then.
#[derive(Debug, clap::Args)]
pub(crate) struct Cat {
    #[command(flatten)]
    targets: Targets,
}

impl Cat {
    pub(crate) async fn run(&self, connection: &Connection) -> Outcome {
        let urls = self.targets.objects()?;
        let options = Options { verify: true, ..Options::default() };
        let transfers = Transfers::new(connection.swift(), options, Bar::new(false));
        let mut tally = Tally::default();
        for url in urls {
            tally.count(transfers.clone().run(Job::DownStdout { from: url }).await.map(drop))?;
        }
        tally.outcome()
    }
}
