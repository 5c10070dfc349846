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
        Shelved = "shelved",
        ShelvedOffloaded = "shelved_offloaded",
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
        Rebuilding = "rebuilding",
        Shelving = "shelving",
        ShelvingOffloading = "shelving_offloading",
        Unshelving = "unshelving",
        Deleting = "deleting",
    }
}

/// What is being done to a network interface.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum Plugging {
    In,
    Out,
}

/// The device that a server boots from.
pub(super) const SYSTEM_DISK: &str = "/dev/vda";

/// How many hosts there are.
pub(super) const HOSTS: u64 = 8;

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) at: Ticks,
}

/// A network interface.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Interface {
    /// The network's name, under which the address is shown.
    pub(super) network: String,
    /// `None`: it was stored by a version that didn't record this.
    #[serde(default)]
    pub(super) network_id: Option<String>,
    pub(super) address: String,
    pub(super) mac: String,
    pub(super) port: String,
    /// What is being done to it, and until when.
    #[serde(default)]
    pub(super) step: Option<(Ticks, Plugging)>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Device {
    pub(super) volume: String,
    pub(super) path: String,
    /// When it will be detached, if it is being detached.
    #[serde(default)]
    pub(super) gone_at: Option<Ticks>,
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
    /// The error that the creation or a rebuild will end in, if any.
    pub(super) fails: Option<String>,
    pub(super) fault: Option<Fault>,
    /// `None`: it boots from a volume.
    pub(super) image: Option<String>,
    pub(super) flavor: String,
    /// Until a resize is confirmed: the other flavor, and the previous state.
    pub(super) resize: Option<(String, VmState)>,
    /// When a server that is being shelved leaves its host.
    #[serde(default)]
    pub(super) offload: Option<Ticks>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) key_name: Option<String>,
    /// The administrator's password, encrypted for the key pair.
    #[serde(default)]
    pub(super) password: Option<String>,
    pub(super) zone: String,
    /// The host that a server group decided on, counted from zero.
    #[serde(default)]
    pub(super) host: Option<u64>,
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
        self.devices.retain(|device| device.gone_at.is_none_or(|at| at > now));
        self.interfaces.retain(|card| !matches!(card.step, Some((at, Plugging::Out)) if at <= now));
        for card in &mut self.interfaces {
            card.step.take_if(|(at, _)| *at <= now);
        }
        while let Some((at, task)) = self.task.take_if(|(at, _)| *at <= now) {
            self.done(task, at);
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
    /// The result of a finished task.
    fn done(&mut self, task: Task, at: Ticks) {
        self.updated = at;
        match task {
            Task::Spawning | Task::Rebuilding if self.fails.is_some() => {
                self.state = VmState::Error;
                self.fault = self.fails.take().map(|message| Fault { message, at });
            }
            Task::Spawning => {
                self.launched = Some(at);
                self.switch_on(at);
            }
            // A stopped server is rebuilt and stopped again.
            Task::Rebuilding if self.state == VmState::Stopped => {}
            Task::Rebuilding => {
                self.launched = Some(at);
                self.switch_on(at);
            }
            Task::Shelving => {
                self.state = VmState::Shelved;
                self.task = self.offload.take().map(|due| (due, Task::ShelvingOffloading));
            }
            Task::ShelvingOffloading => self.state = VmState::ShelvedOffloaded,
            Task::Rebooting | Task::RebootingHard | Task::PoweringOn | Task::Unshelving => self.switch_on(at),
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

    pub(super) fn is_deleted(&self) -> bool {
        self.state == VmState::Deleted
    }

    /// The host it is on, counted from zero.
    pub(super) fn host(&self) -> u64 {
        self.host.unwrap_or(self.number % HOSTS)
    }

    /// Whether it boots from a volume.
    pub(super) fn boots_from_volume(&self) -> bool {
        self.devices.iter().any(|device| device.path == SYSTEM_DISK)
    }

    /// The server group that it was created in.
    pub(super) fn group(&self) -> Option<&str> {
        self.hints.get("group").map(String::as_str)
    }

    pub(super) fn begin(&mut self, task: Task, due: Ticks) {
        (self.task, self.updated) = (Some((due, task)), Ticks::now());
    }

    fn switch_on(&mut self, at: Ticks) {
        (self.state, self.fault) = (VmState::Active, None);
        self.boots.push(at);
    }

    /// In the terms of `status`.
    pub(super) fn status(&self) -> &'static str {
        match (self.state, self.task.map(|(_, task)| task)) {
            (_, Some(Task::Rebooting)) => "REBOOT",
            (_, Some(Task::RebootingHard)) => "HARD_REBOOT",
            (_, Some(Task::Resizing)) => "RESIZE",
            (_, Some(Task::ResizeReverting)) => "REVERT_RESIZE",
            (_, Some(Task::Rebuilding)) => "REBUILD",
            (VmState::Building, _) => "BUILD",
            (VmState::Active, _) => "ACTIVE",
            (VmState::Stopped, _) => "SHUTOFF",
            (VmState::Resized, _) => "VERIFY_RESIZE",
            (VmState::Shelved, _) => "SHELVED",
            (VmState::ShelvedOffloaded, _) => "SHELVED_OFFLOADED",
            (VmState::Error, _) => "ERROR",
            (VmState::Deleted, _) => "DELETED",
        }
    }

    /// 0 none, 1 running, 4 shut down.
    pub(super) fn power_state(&self) -> u8 {
        match self.state {
            VmState::Building | VmState::Error | VmState::Deleted => 0,
            VmState::Stopped | VmState::Shelved | VmState::ShelvedOffloaded => 4,
            VmState::Active | VmState::Resized => 1,
        }
    }
}
