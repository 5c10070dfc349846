//! `k5 doctor`.

use crate::cloud::Connection;
use crate::failure::{Failure, NO_CLOUD, Outcome, REFUSED, by_options};
use crate::globals::{Format, Globals};
use crate::output::{Column, Kind, List};
use k5::config::{CloudConfig, Credentials};
use k5::{Error, Timestamp};
use k5_core::{Call, ServiceMeta};
use serde_json::json;
use std::time::SystemTime;

const COLUMNS: &[Column] = &[
    Column::new("check", "Check"),
    Column::new("state", "State").kind(Kind::State),
    Column::new("detail", "Detail"),
    Column::new("advice", "What to do"),
];

/// Clocks that differ by more make temporary URLs and expiry times wrong.
const SKEW: u64 = 60;

/// Check the configuration, the login and every service, and say what to do
///
/// One line per check: ok, warning, failed or skipped. No secret is shown, and nothing is changed. Exit status: 0 if nothing failed; 3 if
/// the configuration, the connection or the login did; 1 if a service did.
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {}

/// What the checks have found so far.
struct Findings {
    list: List,
    status: u8,
}

impl Findings {
    fn say(&mut self, check: &str, state: &str, detail: &str, advice: &str) -> Outcome {
        self.list.push(&json!({ "check": check, "state": state, "detail": detail, "advice": advice }))
    }

    fn fine(&mut self, check: &str, detail: &str) -> Outcome {
        self.say(check, "ok", detail, "")
    }

    fn failed(&mut self, check: &str, failure: &Failure, status: u8) -> Outcome {
        self.status = self.status.max(status);
        self.say(check, "failed", failure.text(), &failure.advice())
    }
}

impl Doctor {
    /// Reports a configuration that can't be used.
    pub(crate) fn without_cloud(&self, globals: &Globals, failure: &Failure) -> Outcome {
        let mut findings = Findings { list: List::new(globals, Format::Table, COLUMNS, COLUMNS.len(), false)?, status: 0 };
        findings.failed("configuration", failure, NO_CLOUD)?;
        findings.list.finish()?;
        Err(Failure::reported(NO_CLOUD))
    }

    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        if globals.anonymous() {
            return Err(Failure::usage("doctor checks the login, and --anonymous does not log in"));
        }
        let mut findings = Findings { list: List::new(globals, Format::Table, COLUMNS, COLUMNS.len(), false)?, status: 0 };
        let config = connection.client.config();
        configuration(&mut findings, config)?;
        let is_reached = config.auth_url.is_none() || keystone(&mut findings, connection).await?;
        if is_reached && login(&mut findings, connection).await? {
            services(&mut findings, connection).await?;
        }
        findings.list.finish()?;
        match findings.status {
            0 => Ok(()),
            status => Err(Failure::reported(status)),
        }
    }
}

/// Where the cloud is and who logs in, and what is odd about that.
fn configuration(findings: &mut Findings, config: &CloudConfig) -> Outcome {
    let place = match (&config.name, &config.auth_url) {
        (Some(name), Some(url)) => format!("cloud {name}, Keystone at {url}"),
        (None, Some(url)) => format!("Keystone at {url}"),
        (_, None) => "no login".to_owned(),
    };
    let region = config.region.as_deref().map(|region| format!(", region {region}")).unwrap_or_default();
    findings.fine("configuration", &format!("{place}{region}, {} endpoints", config.interface.name()))?;
    for warning in &config.warnings {
        findings.say("configuration", "warning", &by_options(warning), "")?;
    }
    let clear = [("Keystone", &config.auth_url), ("every service", &config.endpoint)];
    for (what, url) in clear {
        if url.as_ref().is_some_and(|url| url.starts_with("http://") && !is_local(url)) {
            let advice = "use https:// if the cloud offers it";
            findings.say(
                "encryption",
                "warning",
                &format!("requests to {what} go in clear text, with the password and the token"),
                advice,
            )?;
        }
    }
    if !config.verify {
        let advice = "trust the cloud's certificate authority with OS_CACERT instead of using --insecure";
        findings.say("certificates", "warning", "server certificates are not checked", advice)?;
    }
    Ok(())
}

fn is_local(url: &str) -> bool {
    let host = url.trim_start_matches("http://").split(['/', ':']).next().unwrap_or_default();
    matches!(host, "localhost" | "127.0.0.1") || url.starts_with("http://[::1]")
}

/// Whether Keystone answers; and whether its clock is ours.
async fn keystone(findings: &mut Findings, connection: &Connection) -> Outcome<bool> {
    let call = Call::new(&connection.session(), &k5::identity::meta::SHOW_VERSION, &[]);
    let answer = match call.send().await {
        Ok(answer) => answer,
        Err(error) => {
            findings.failed("connection", &Failure::cloud("Keystone", &error), NO_CLOUD)?;
            return Ok(false);
        }
    };
    findings.fine("connection", "Keystone answers")?;
    let date = answer.response().headers.get("date").and_then(|date| date.to_str().ok()?.parse::<Timestamp>().ok());
    let Some(theirs) = date.map(|date| date.to_system_time()) else { return Ok(true) };
    let ours = SystemTime::now();
    let apart = ours.duration_since(theirs).or_else(|_| theirs.duration_since(ours)).unwrap_or_default().as_secs();
    match apart > SKEW {
        true => {
            let detail = format!("this machine's clock and the server's are {apart} s apart");
            findings.say("clock", "warning", &detail, "synchronize the clock (NTP): expiry times depend on it")?;
        }
        false => findings.fine("clock", "agrees with the server's")?,
    }
    Ok(true)
}

/// Whether the login works, and what it is good for.
async fn login(findings: &mut Findings, connection: &Connection) -> Outcome<bool> {
    let token = match connection.cloud.token().await {
        Ok(Some(token)) => token,
        Ok(None) => {
            let detail = match connection.client.config().credentials {
                Credentials::Token { .. } | Credentials::Preauthenticated { .. } => "the given token is used as it is",
                _ => "none is needed",
            };
            findings.say("login", "skipped", detail, "")?;
            return Ok(true);
        }
        Err(error) => {
            findings.failed("login", &Failure::cloud("login", &error), NO_CLOUD)?;
            return Ok(false);
        }
    };
    let details = &token.details;
    let user = details.user.name.as_deref().unwrap_or(details.user.id.as_str());
    let project = details.project.as_ref().map(|project| project.name.as_deref().unwrap_or(project.id.as_str()));
    let scope = project.map_or_else(|| "without a project".to_owned(), |project| format!("in project {project}"));
    findings.fine("login", &format!("{user} {scope}"))?;
    match details.catalog.as_deref().unwrap_or_default().len() {
        0 => {
            let advice = "scope the login to a project: OS_PROJECT_NAME, or OS_PROJECT_ID";
            findings.say("catalogue", "warning", "the token has no catalogue", advice)?;
        }
        count => findings.fine("catalogue", &format!("{count} services"))?,
    }
    Ok(true)
}

/// One small question to each service that the catalogue has.
async fn services(findings: &mut Findings, connection: &Connection) -> Outcome {
    let cloud = &connection.cloud;
    macro_rules! ask {
        ($($service:path => $call:expr;)*) => {
            $(if let Some(url) = found(findings, connection, &$service).await? {
                asked(findings, &$service, &url, $call.send().await.map(drop))?;
            })*
        };
    }
    ask! {
        k5::object_storage::meta::SERVICE => cloud.object_storage().show_account();
        k5::compute::meta::SERVICE => cloud.compute().list_flavors();
        k5::image::meta::SERVICE => cloud.image().list_images().limit(1);
        k5::block_storage::meta::SERVICE => cloud.block_storage().list_volumes_detail().limit(1);
        k5::network::meta::SERVICE => cloud.network().list_networks().limit(1);
        k5::autoscale::meta::SERVICE => cloud.autoscale().list_schedules();
        k5::vm_import::meta::SERVICE => cloud.vm_import().list_imports();
        k5::sap::meta::SERVICE => cloud.sap().list_servers();
    }
    Ok(())
}

/// Where a service is.
async fn found(findings: &mut Findings, connection: &Connection, service: &'static ServiceMeta) -> Outcome<Option<String>> {
    match connection.cloud.endpoint(service).await {
        Ok(url) => Ok(Some(url)),
        Err(_) => {
            findings.say(service.name, "skipped", "the catalogue has no such service", "")?;
            Ok(None)
        }
    }
}

fn asked(findings: &mut Findings, service: &'static ServiceMeta, url: &str, outcome: Result<(), Error>) -> Outcome {
    match outcome {
        Ok(()) => findings.fine(service.name, url),
        Err(error) if error.status().is_some_and(|status| status == 403) => findings.say(
            service.name,
            "warning",
            &format!("{url}: this user is not allowed to use it (403)"),
            "ask for a role in the project",
        ),
        Err(error) => findings.failed(service.name, &Failure::cloud(service.name, &error), REFUSED),
    }
}
