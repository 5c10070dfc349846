//! `k5 doctor`.

mod findings;
mod network;
mod services;
mod settings;

use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use findings::Findings;

/// Check configuration, network, login and every service, and say what to do
///
/// One line per check, in the order in which they depend on each other: the files and settings and where each comes from, the proxy, the
/// name and the port of Keystone, its certificate, its clock, the login, the catalogue, and one small question to each service. Each is ok,
/// a warning, failed, or skipped; what is not in order says what to do first. No secret is shown, and nothing is changed.
///
/// Exit status: 0 if nothing failed, 3 if something did.
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {}

impl Doctor {
    /// Reports a configuration that can't be used.
    pub(crate) fn without_cloud(&self, globals: &Globals, failure: &Failure) -> Outcome {
        let mut findings = Findings::new(globals)?;
        settings::report(&mut findings, globals)?;
        let detail = format!("{} {}", failure.text(), failure.advice());
        findings.broken("configuration", detail.trim_end(), "set what is named there, or let k5 configure ask for it")?;
        findings.finish()
    }

    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        if globals.anonymous() {
            return Err(Failure::usage("doctor checks the login, and --anonymous does not log in"));
        }
        let mut findings = Findings::new(globals)?;
        settings::report(&mut findings, globals)?;
        let config = connection.client.config();
        settings::usable(&mut findings, config)?;
        let is_reached = match &config.auth_url {
            Some(url) => network::keystone(&mut findings, connection, url).await?,
            None => true,
        };
        if is_reached && services::login(&mut findings, connection).await? {
            services::all(&mut findings, connection).await?;
        }
        findings.finish()
    }
}
