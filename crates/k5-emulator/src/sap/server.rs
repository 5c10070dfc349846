//! The document of a virtual server for SAP.

use serde::{Deserialize, Serialize};

use super::errors::{unknown, wrong_state};
use crate::cloud::{Caller, Fail, Kept, Outcome};
use crate::store::Document;
use crate::time::Ticks;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    /// Not created yet; only while it is being created.
    New,
    Stopped,
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

impl Nic {
    /// An interface that requests an address, a particular one or any.
    pub(super) fn new(index: u32, network: String, address: Option<String>) -> Self {
        let bits = fastrand::u32(..).to_be_bytes();
        let mac = format!("02:00:00:{:02x}:{:02x}:{:02x}", bits[0], bits[1], bits[2]);
        Self { index, mac, network, auto: address.is_none(), address: address.unwrap_or_default() }
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Snapshot {
    pub(super) id: String,
    /// The generation, from 1.
    pub(super) version: u32,
    pub(super) taken: Ticks,
}

/// What is being done with a server.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Act {
    /// Making it, and the outcome.
    Create(State),
    Start,
    Stop,
    Restart,
    Delete,
    Change {
        name: String,
        template: String,
    },
    AttachDisk(Disk),
    DetachDisk(u32),
    AttachNic(Nic),
    DetachNic(u32),
    Clone,
    TakeSnapshot(Snapshot),
    Restore,
    DeleteSnapshot(String),
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
    /// What is being done with it, and when that will be finished.
    pub(super) step: Option<(Ticks, Act)>,
    /// Whether it has been started, so that clones of it work.
    pub(super) has_run: bool,
    pub(super) snapshots: Vec<Snapshot>,
    /// The generation of its newest snapshot.
    pub(super) last_version: u32,
}

impl Document for LServer {
    const SERVICE: &'static str = "sap";
    const KIND: &'static str = "l_server";

    fn id(&self) -> &str {
        &self.id
    }

    fn settle(&mut self, now: Ticks) {
        if let Some((_, act)) = self.step.take_if(|(at, act)| *at <= now && !matches!(act, Act::Delete)) {
            self.apply(act);
        }
    }

    fn gone_at(&self) -> Option<Ticks> {
        match &self.step {
            Some((at, Act::Delete)) => Some(*at),
            _ => None,
        }
    }
}

impl Kept for LServer {
    fn unknown(id: &str, _: &Caller) -> Fail {
        unknown("L-Server", id)
    }
}

impl LServer {
    fn apply(&mut self, act: Act) {
        match act {
            Act::Create(state) => self.state = state,
            Act::Start => (self.state, self.has_run) = (State::Running, true),
            Act::Stop => self.state = State::Stopped,
            Act::Change { name, template } => (self.name, self.template) = (name, template),
            Act::AttachDisk(disk) => self.disks.push(disk),
            Act::DetachDisk(index) => self.disks.retain(|disk| disk.index != index),
            Act::AttachNic(nic) => self.nics.push(nic),
            Act::DetachNic(index) => self.nics.retain(|nic| nic.index != index),
            Act::TakeSnapshot(snapshot) => self.snapshots.push(snapshot),
            Act::DeleteSnapshot(id) => self.snapshots.retain(|snapshot| snapshot.id != id),
            Act::Restart | Act::Clone | Act::Restore | Act::Delete => {}
        }
    }

    /// Begins to do something, which is possible in one of these states and while nothing else is being done.
    pub(super) fn begin(&mut self, due: Ticks, allowed: &[State], act: Act) -> Outcome<()> {
        if self.step.is_some() || !allowed.contains(&self.state) {
            return Err(wrong_state(format!("{}: the L-Server is {}", self.id, self.describe())));
        }
        self.step = Some((due, act));
        Ok(())
    }

    pub(super) fn describe(&self) -> &'static str {
        match (&self.step, self.state) {
            (Some((_, act)), _) => match act {
                Act::Create(_) => "being created",
                Act::Start => "being started",
                Act::Stop => "being stopped",
                Act::Restart => "being restarted",
                Act::Delete => "being deleted",
                Act::Clone => "being cloned",
                Act::Restore => "being restored",
                Act::TakeSnapshot(_) | Act::DeleteSnapshot(_) => "busy with a snapshot",
                Act::Change { .. } | Act::AttachDisk(_) | Act::DetachDisk(_) | Act::AttachNic(_) | Act::DetachNic(_) => {
                    "being changed"
                }
            },
            (None, State::New) => "new",
            (None, State::Stopped) => "stopped",
            (None, State::Running) => "running",
            (None, State::Failed) => "in error",
        }
    }

    /// The interfaces that it has, and the one that it is getting.
    pub(super) fn all_nics(&self) -> impl Iterator<Item = &Nic> {
        let coming = match &self.step {
            Some((_, Act::AttachNic(nic))) => Some(nic),
            _ => None,
        };
        self.nics.iter().chain(coming)
    }

    pub(super) fn resource_status(&self) -> &'static str {
        match self.state {
            State::New => "unknown",
            State::Stopped => "stop",
            State::Running => "normal",
            State::Failed => "error",
        }
    }

    pub(super) fn power_status(&self) -> &'static str {
        if self.state == State::Running { "on" } else { "off" }
    }
}
