//! The document of a virtual server for SAP.

use serde::{Deserialize, Serialize};

use super::errors::{unknown, wrong_state};
use crate::cloud::{Caller, Fail, Kept, Outcome};
use crate::store::Document;
use crate::time::Ticks;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    Creating,
    Stopped,
    Starting,
    Running,
    Failed,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Disk {
    pub(super) index: u32,
    /// In GB; a decimal number.
    pub(super) size: String,
    pub(super) id: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Nic {
    pub(super) index: u32,
    pub(super) mac: String,
    /// The id of a network resource of this service.
    pub(super) network: String,
    pub(super) auto: bool,
    pub(super) address: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LServer {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) template: String,
    pub(super) image: String,
    pub(super) disks: Vec<Disk>,
    pub(super) nics: Vec<Nic>,
    pub(super) zone: String,
    pub(super) dedicated: String,
    pub(super) computer_name: Option<String>,
    pub(super) state: State,
    /// When the present state is over, and what comes then.
    pub(super) step: Option<(Ticks, State)>,
    /// The number in its id.
    pub(super) number: u64,
}

impl Document for LServer {
    const SERVICE: &'static str = "sap";
    const KIND: &'static str = "l_server";

    fn id(&self) -> &str {
        &self.id
    }

    fn settle(&mut self, now: Ticks) {
        if let Some((_, state)) = self.step.take_if(|(at, _)| *at <= now) {
            self.state = state;
        }
    }
}

impl Kept for LServer {
    fn unknown(id: &str, _: &Caller) -> Fail {
        unknown("L-Server", id)
    }
}

impl LServer {
    pub(super) fn start(&mut self, due: Ticks) -> Outcome<()> {
        if self.state != State::Stopped {
            return Err(wrong_state(format!("{}: the L-Server is {}, not stopped", self.id, self.describe())));
        }
        (self.state, self.step) = (State::Starting, Some((due, State::Running)));
        Ok(())
    }

    fn describe(&self) -> &'static str {
        match self.state {
            State::Creating => "being created",
            State::Stopped => "stopped",
            State::Starting => "being started",
            State::Running => "running",
            State::Failed => "in error",
        }
    }

    pub(super) fn resource_status(&self) -> &'static str {
        match self.state {
            State::Creating => "unknown",
            State::Stopped | State::Starting => "stop",
            State::Running => "normal",
            State::Failed => "error",
        }
    }

    pub(super) fn power_status(&self) -> &'static str {
        if self.state == State::Running { "on" } else { "off" }
    }
}
