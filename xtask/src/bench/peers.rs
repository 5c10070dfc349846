//! The tools of the contests over large objects, many files and listings, and the servers that they speak to.

use super::Setting;
use super::cloud::Container;
use super::contest::Runner;
use super::emulator::Emulator;
use super::measure::Argv;
use super::report::Section;
use super::tools::Tools;
use super::work::Content;

pub(crate) const CURL: &str = "curl";
pub(crate) const RCLONE: &str = "rclone";
pub(crate) const SWIFTCLIENT: &str = "swiftclient";
pub(crate) const OPENDAL: &str = "opendal";

/// Where a contest takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Swift,
    /// So that the server is not the limit.
    Emulator,
}

impl Server {
    pub(crate) const ALL: [(&'static str, Self); 2] = [("swift", Self::Swift), ("emulator", Self::Emulator)];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Swift => "real Swift",
            Self::Emulator => "emulator",
        }
    }
}

/// A server with a container of ours.
pub(crate) struct Place<'a> {
    pub(crate) server: Server,
    // Before the emulator, so that it is removed while there is one.
    pub(crate) container: Container<'a>,
    _emulator: Option<Emulator>,
}

impl<'a> Place<'a> {
    /// `variables` are the real cloud's.
    pub(crate) fn open(setting: &Setting<'a>, server: Server, variables: &[(String, String)]) -> Result<Self, String> {
        let emulator = match server {
            Server::Swift => None,
            Server::Emulator => Some(Emulator::start(setting.work, setting.tools)?),
        };
        let variables = emulator.as_ref().map_or(variables, |emulator| &emulator.variables);
        let container = Container::make(setting.work, setting.tools, variables)?;
        Ok(Self { server, container, _emulator: emulator })
    }
}

/// The commands of the tools, as far as they are the same for all work in one container.
pub(crate) struct Peers<'a> {
    pub(crate) tools: &'a Tools,
    pub(crate) container: &'a Container<'a>,
}

impl Peers<'_> {
    pub(crate) fn curl(&self) -> Argv {
        Argv::new("curl").args(["-sSf", "-H", &format!("X-Auth-Token: {}", self.container.token)])
    }

    pub(crate) fn rclone(&self) -> Result<Argv, String> {
        Ok(Argv::new(self.tools.find("rclone")?)
            .env("RCLONE_CONFIG_BENCH_TYPE", "swift")
            .env("RCLONE_CONFIG_BENCH_STORAGE_URL", &self.container.storage_url)
            .env("RCLONE_CONFIG_BENCH_AUTH_TOKEN", &self.container.token))
    }

    pub(crate) fn swiftclient(&self) -> Result<Argv, String> {
        Ok(Argv::new(self.tools.find("swift")?).envs(&self.container.preauthenticated()))
    }

    pub(crate) fn opendal(&self) -> Result<Argv, String> {
        Ok(Argv::new(self.tools.opendal.clone()?).envs(&self.container.preauthenticated()))
    }

    pub(crate) fn k5(&self) -> Argv {
        Argv::new(&self.tools.k5).envs(&self.container.preauthenticated())
    }

    /// rclone's way to name it.
    pub(crate) fn remote(&self, object: &str) -> String {
        format!("bench:{}/{object}", self.container.name)
    }

    pub(crate) fn swift_url(&self, object: &str) -> String {
        format!("swift://{}/{object}", self.container.name)
    }
}

/// The tools of a contest that are here; the others are named.
pub(crate) struct Lineup<'s> {
    section: &'s mut Section,
    pub(crate) runners: Vec<Runner>,
}

impl<'s> Lineup<'s> {
    pub(crate) fn new(section: &'s mut Section) -> Self {
        Self { section, runners: Vec::new() }
    }

    pub(crate) fn take(&mut self, name: &'static str, content: &Content, command: Result<Argv, String>) {
        match command {
            Ok(command) => self.runners.push(Runner::moving(name, content, command)),
            Err(why) => self.section.skip(format!("{name}: {why}")),
        }
    }
}
