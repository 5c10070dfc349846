//! `k5 server ssh`.

use crate::cloud::Connection;
use crate::commands::hand::HandWritten;
use crate::failure::{Failure, Outcome, REFUSED};
use crate::globals::Globals;
use k5::compute::{Address, AddressType, Server};
use std::ffi::OsString;
use std::net::IpAddr;
use std::os::unix::process::CommandExt;

/// Log in to a server with ssh
///
/// ssh is run with the server's floating address, or with its fixed one if it has no other.
#[derive(Debug, clap::Args)]
pub(crate) struct Ssh {
    /// The server's name or id
    server: String,
    /// The user to log in as
    #[arg(long, short, value_name = "USER")]
    login: Option<String>,
    /// Which of the server's addresses to use
    #[arg(long, value_name = "TYPE")]
    address_type: Option<Kind>,
    /// Use an address of IPv6
    #[arg(long, short = '6')]
    ipv6: bool,
    /// What else to hand to ssh: options, or a command to run there
    #[arg(last = true, value_name = "ARGS")]
    args: Vec<OsString>,
}

/// Where an address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// An address in one of the server's networks
    #[value(alias = "private")]
    Fixed,
    /// An address outside that leads to the server
    #[value(alias = "public")]
    Floating,
}

impl HandWritten for Ssh {
    const WORDS: &'static str = "server ssh";
    const EXAMPLES: &'static [&'static str] = &["server ssh --login root db-1", "server ssh db-1 -- -v uptime"];

    async fn run(self, globals: &Globals, connection: &Connection) -> Outcome {
        globals.no_output("ssh prints what it prints")?;
        let what = format!("server ssh {}", self.server);
        let found = connection.cloud.compute().find_server(&self.server).await;
        let server = found.map_err(|error| Failure::cloud(&what, &error))?;
        let Some(address) = self.address(&server) else {
            let all: Vec<String> =
                addresses(&server).map(|(address, kind)| format!("{address} ({kind:?})").to_lowercase()).collect();
            let known = if all.is_empty() { "it has none".to_owned() } else { format!("its addresses are {}", all.join(", ")) };
            return Err(Failure::new(REFUSED, format!("{what}: the server has no such address; {known}")));
        };
        let mut ssh = std::process::Command::new("ssh");
        if let Some(login) = &self.login {
            ssh.arg("-l").arg(login);
        }
        // It comes back only if there is no ssh.
        let error = ssh.arg(address.to_string()).args(&self.args).exec();
        Err(Failure::usage(format!("ssh can't be run: {error}")))
    }
}

impl Ssh {
    fn address(&self, server: &Server) -> Option<IpAddr> {
        let fits = |address: &IpAddr| address.is_ipv6() == self.ipv6;
        let of =
            |wanted: Kind| addresses(server).find(|(address, kind)| fits(address) && *kind == wanted).map(|(address, _)| address);
        match self.address_type {
            Some(wanted) => of(wanted),
            None => of(Kind::Floating).or_else(|| of(Kind::Fixed)),
        }
    }
}

/// The server's addresses. What is no address is left out, so that nothing but an address goes to ssh.
fn addresses(server: &Server) -> impl Iterator<Item = (IpAddr, Kind)> {
    let all = server.addresses.iter().flat_map(|networks| networks.values().flatten());
    all.filter_map(|Address { addr, address_type, .. }| {
        let kind = if *address_type == Some(AddressType::Floating) { Kind::Floating } else { Kind::Fixed };
        Some((addr.as_ref()?.parse().ok()?, kind))
    })
}
