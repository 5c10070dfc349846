//! A server with the tables in a container of ours.

use super::relay::Relay;
use super::{OPENDAL, S3, SWIFT_STORE, Setting};
use crate::bench::emulator::Emulator;
use crate::bench::measure::Argv;
use crate::bench::peers::Server;
use crate::bench::work::text;
use crate::exports::exports;
use std::process::{Command, Stdio};

pub(crate) type Variables = Vec<(String, String)>;

pub(crate) struct Place<'a> {
    pub(crate) server: Server,
    pub(crate) container: String,
    setting: &'a Setting<'a>,
    /// Storage URL and token.
    swift: Variables,
    /// Endpoint and keys, or why there are none.
    s3: Result<Variables, String>,
    /// What leads to the server with a login, as the processes of a cluster make it.
    pub(crate) cloud: Variables,
    _emulator: Option<Emulator>,
}

impl<'a> Place<'a> {
    pub(crate) fn swift(setting: &'a Setting<'a>, cloud: Variables) -> Result<Self, String> {
        Self::open(setting, Server::Swift, cloud, s3(setting), None)
    }

    pub(crate) fn emulator(setting: &'a Setting<'a>) -> Result<Self, String> {
        let emulator = Emulator::of(setting.work, &setting.program, &["emulator"])?;
        let cloud = emulator.variables.clone();
        Self::open(setting, Server::Emulator, cloud, Err("the emulator has no S3 API".to_owned()), Some(emulator))
    }

    fn open(
        setting: &'a Setting<'a>,
        server: Server,
        cloud: Variables,
        s3: Result<Variables, String>,
        emulator: Option<Emulator>,
    ) -> Result<Self, String> {
        let home = setting.work.home();
        let printed = setting.program().args(["login"]).envs(&cloud).output(&home)?;
        let swift: Variables = exports(&printed).into_iter().collect();
        let container = format!("k5-tables-{}", std::process::id());
        let place = Self { server, container, setting, swift, s3, cloud, _emulator: emulator };
        place.program(["create", &*place.container]).output(&home)?;
        if setting.options.wants_tables() {
            eprintln!("{}: storing the tables", server.name());
            place.program(["load", &*place.container, &*text(&setting.data)]).output(&home)?;
        }
        Ok(place)
    }

    /// The program with storage URL and token.
    pub(crate) fn program<'b>(&self, arguments: impl IntoIterator<Item = &'b str>) -> Argv {
        self.setting.program().args(arguments).envs(&self.swift)
    }

    /// The stores that can take part here, and why others can't.
    pub(crate) fn stores(&self) -> [(&'static str, Result<Store, String>); 3] {
        let store = |kind, variables: &Variables| Store { kind, variables: variables.clone() };
        [
            (SWIFT_STORE, Ok(store("swift", &self.swift))),
            (S3, self.s3.as_ref().map(|variables| store("s3", variables)).map_err(Clone::clone)),
            (OPENDAL, Ok(store("opendal", &self.swift))),
        ]
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Err(why) = self.program(["remove", &*self.container]).output(&self.setting.work.home()) {
            eprintln!("!!! {} is left behind: {why} !!!", self.container);
        }
        // Those of uploads in parts; where there were none, so is no container.
        for segments in [format!("{}_segments", self.container), format!("{}+segments", self.container)] {
            let _ = self.program(["remove", &*segments]).output(&self.setting.work.home());
        }
    }
}

/// A store as the program takes it.
pub(crate) struct Store {
    pub(crate) kind: &'static str,
    variables: Variables,
}

impl Store {
    pub(crate) fn command<'b>(&self, setting: &Setting<'_>, arguments: impl IntoIterator<Item = &'b str>) -> Argv {
        setting.program().args(arguments).envs(&self.variables)
    }

    /// The same store behind a relay that counts.
    pub(crate) fn behind_relay(&self) -> Result<(Self, Relay), String> {
        let mut variables = self.variables.clone();
        let url = variables.iter_mut().find(|(name, _)| matches!(name.as_str(), "OS_STORAGE_URL" | "AWS_ENDPOINT_URL"));
        let (_, url) = url.ok_or("no variable has a URL")?;
        let (before, port, after) = split(url).ok_or_else(|| format!("{url} is not on a port of loopback"))?;
        let relay = Relay::start(port)?;
        *url = format!("{before}{}{after}", relay.port);
        Ok((Self { kind: self.kind, variables }, relay))
    }
}

/// What is before, at and behind the port of a URL on loopback.
fn split(url: &str) -> Option<(&str, u16, &str)> {
    const START: &str = "http://127.0.0.1:";
    let rest = url.strip_prefix(START)?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some((START, rest[..end].parse().ok()?, &rest[end..]))
}

/// Endpoint and keys from the environment, or of the proxy that our script starts.
fn s3(setting: &Setting<'_>) -> Result<Variables, String> {
    let given: Variables = std::env::vars().filter(|(name, _)| name.starts_with("AWS_")).collect();
    if given.iter().any(|(name, _)| name == "AWS_ENDPOINT_URL") {
        return Ok(given);
    }
    let script = setting.root.join("tests/openstack/s3.sh");
    let output = Command::new("bash").arg(&script).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{}: {error}", script.display()))?;
    match output.status.success() {
        true => Ok(exports(&String::from_utf8_lossy(&output.stdout)).into_iter().collect()),
        false => Err("tests/openstack/s3.sh could not start a proxy with the S3 API".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_takes_the_place_of_the_port_alone() {
        assert_eq!(split("http://127.0.0.1:18080/v1/AUTH_a"), Some(("http://127.0.0.1:", 18080, "/v1/AUTH_a")));
        assert_eq!(split("http://127.0.0.1:18081"), Some(("http://127.0.0.1:", 18081, "")));
        assert_eq!(split("https://swift.example/v1"), None);
    }
}
