//! `k5 server remove network`.

use crate::cloud::Connection;
use crate::commands::hand::HandWritten;
use crate::failure::{Failure, Outcome, REFUSED};
use crate::globals::Globals;
use crate::tally::Tally;
use k5::compute::Interface;

/// Detach a server from a network
///
/// All of the server's interfaces in the network are detached. A port that was made with the server is deleted.
#[derive(Debug, clap::Args)]
pub(crate) struct RemoveNetwork {
    /// The server's name or id
    server: String,
    /// The network's name or id
    network: String,
}

impl HandWritten for RemoveNetwork {
    const WORDS: &'static str = "server remove network";
    const EXAMPLES: &'static [&'static str] = &["server remove network windows-1 private"];

    async fn run(self, globals: &Globals, connection: &Connection) -> Outcome {
        globals.no_output("the command prints nothing")?;
        let what = format!("server remove network {} {}", self.server, self.network);
        let failed = |error: k5::Error| Failure::cloud(&what, &error);
        let compute = connection.cloud.compute();
        let server = compute.find_server(&self.server).await.map_err(failed)?;
        let interfaces = compute.list_interfaces(&server).send().await.map_err(failed)?.items;
        let of = |network: &str| -> Vec<&Interface> {
            interfaces.iter().filter(|one| one.net_id.as_ref().is_some_and(|id| id.as_str() == network)).collect()
        };
        let mut found = of(&self.network);
        if found.is_empty() {
            let network = connection.cloud.network().find_network(&self.network).await.map_err(failed)?;
            found = of(network.id.as_str());
        }
        if found.is_empty() {
            return Err(Failure::new(REFUSED, format!("{what}: the server has no interface in the network")));
        }
        let mut tally = Tally::default();
        for interface in found {
            tally.count(compute.detach_interface(&server, &interface.port_id).send().await.map_err(failed))?;
        }
        tally.outcome()
    }
}
