//! The document of a server, and the states it goes through.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cloud::{Caller, Fail, Kept, named, not_found};
use crate::store::Document;
use crate::time::Ticks;

/// How long lists that ask for changes still show a deleted server.
const REMEMBERED: Duration = Duration::from_secs(60 * 60);

named! {
    pub(super) enum VmState {
        Building = "building",
        Active = "active",
        Stopped = "stopped",
        Resized = "resized",
        Error = "error",
        Deleted = "deleted",
    }
}

named! {
    /// What is being done to a server.
    pub(super) enum Task {
        Spawning = "spawning",
        Rebooting = "rebooting",
        #[serde(alias = "rebooting-hard")]
        RebootingHard = "rebooting_hard",
        #[serde(alias = "resizing")]
        Resizing = "resize_prep",
        #[serde(alias = "resize-reverting")]
        ResizeReverting = "resize_reverting",
        PoweringOff = "powering-off",
        PoweringOn = "powering-on",
        Deleting = "deleting",
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) at: Ticks,
}

/// A network card.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Interface {
    /// The network's name, under which the address is shown.
    pub(super) network: String,
    pub(super) address: String,
    pub(super) mac: String,
    pub(super) port: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Device {
    pub(super) volume: String,
    pub(super) path: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Server {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) tenant: String,
    pub(super) user: String,
    pub(super) created: Ticks,
    pub(super) updated: Ticks,
    pub(super) launched: Option<Ticks>,
    pub(super) terminated: Option<Ticks>,
    pub(super) state: VmState,
    /// What is being done, and until when.
    pub(super) task: Option<(Ticks, Task)>,
    /// How the creation is to end, if badly.
    pub(super) fails: Option<String>,
    pub(super) fault: Option<Fault>,
    /// `None`: it boots from a volume.
    pub(super) image: Option<String>,
    pub(super) flavor: String,
    /// While a resize is not confirmed: the other flavor, and the state before.
    pub(super) resize: Option<(String, VmState)>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) key_name: Option<String>,
    pub(super) zone: String,
    pub(super) hints: BTreeMap<String, String>,
    pub(super) security_groups: Vec<String>,
    pub(super) interfaces: Vec<Interface>,
    pub(super) devices: Vec<Device>,
    pub(super) access: (String, String),
    pub(super) config_drive: bool,
    pub(super) disk_config: String,
    pub(super) reservation: String,
    /// Its place among all servers of the project, from one.
    pub(super) number: u64,
    /// When it was switched on, and how often.
    pub(super) boots: Vec<Ticks>,
}

impl Document for Server {
    const SERVICE: &'static str = "compute";
    const KIND: &'static str = "server";

    fn id(&self) -> &str {
        &self.id
    }

    fn settle(&mut self, now: Ticks) {
        let Some((at, task)) = self.task.take_if(|(at, _)| *at <= now) else { return };
        self.updated = at;
        match task {
            Task::Spawning => match self.fails.take() {
                Some(message) => {
                    self.state = VmState::Error;
                    self.fault = Some(Fault { message, at });
                }
                None => {
                    self.launched = Some(at);
                    self.switch_on(at);
                }
            },
            Task::Rebooting | Task::RebootingHard | Task::PoweringOn => self.switch_on(at),
            Task::PoweringOff => self.state = VmState::Stopped,
            Task::Resizing => {
                if let Some((other, _)) = &mut self.resize {
                    std::mem::swap(&mut self.flavor, other);
                }
                self.state = VmState::Resized;
            }
            Task::ResizeReverting => {
                if let Some((old, before)) = self.resize.take() {
                    (self.flavor, self.state) = (old, before);
                }
            }
            Task::Deleting => {
                self.state = VmState::Deleted;
                self.terminated = Some(at);
            }
        }
    }

    fn gone_at(&self) -> Option<Ticks> {
        self.terminated.map(|at| at.after(REMEMBERED))
    }
}

impl Kept for Server {
    fn is_there_for(&self, _: &Caller) -> bool {
        !self.is_deleted()
    }

    fn unknown(id: &str, _: &Caller) -> Fail {
        not_found(format!("Instance {id} could not be found."))
    }
}

impl Server {
    pub(super) fn is_deleted(&self) -> bool {
        self.state == VmState::Deleted
    }

    pub(super) fn begin(&mut self, task: Task, due: Ticks) {
        (self.task, self.updated) = (Some((due, task)), Ticks::now());
    }

    fn switch_on(&mut self, at: Ticks) {
        (self.state, self.fault) = (VmState::Active, None);
        self.boots.push(at);
    }

    /// As `status` says it.
    pub(super) fn status(&self) -> &'static str {
        match (self.state, self.task.map(|(_, task)| task)) {
            (_, Some(Task::Rebooting)) => "REBOOT",
            (_, Some(Task::RebootingHard)) => "HARD_REBOOT",
            (_, Some(Task::Resizing)) => "RESIZE",
            (_, Some(Task::ResizeReverting)) => "REVERT_RESIZE",
            (VmState::Building, _) => "BUILD",
            (VmState::Active, _) => "ACTIVE",
            (VmState::Stopped, _) => "SHUTOFF",
            (VmState::Resized, _) => "VERIFY_RESIZE",
            (VmState::Error, _) => "ERROR",
            (VmState::Deleted, _) => "DELETED",
        }
    }

    /// 0 none, 1 running, 4 shut down.
    pub(super) fn power_state(&self) -> u8 {
        match self.state {
            VmState::Building | VmState::Error | VmState::Deleted => 0,
            VmState::Stopped => 4,
            VmState::Active | VmState::Resized => 1,
        }
    }
}
