//! The document of a volume, and the states it goes through.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::no_volume;
use crate::cloud::{Caller, Fail, Kept, named};
use crate::store::Document;
use crate::time::Ticks;

named! {
    pub(crate) enum VolumeStatus {
        Creating = "creating",
        Available = "available",
        Attaching = "attaching",
        Detaching = "detaching",
        InUse = "in-use",
        Extending = "extending",
        Uploading = "uploading",
        Reverting = "reverting",
        Deleting = "deleting",
        Error = "error",
        #[serde(alias = "error-extending")]
        ErrorExtending = "error_extending",
    }
}

/// The next state of a volume when its current state ends.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) enum Then {
    Available,
    InUse,
    Error,
    /// Extended to this many GB.
    Extended(u64),
    /// Restored to the time of a snapshot.
    Restored {
        size: u64,
        metadata: BTreeMap<String, String>,
        content: u64,
    },
    /// The image of it is finished.
    Uploaded,
    /// Detached from this server.
    Detached(String),
    Gone,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Attachment {
    pub(crate) id: String,
    pub(crate) server: String,
    pub(crate) device: String,
    pub(crate) since: Ticks,
    /// Whether the volume is deleted with the server.
    pub(crate) delete_on_termination: bool,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Volume {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    /// In GB.
    pub(crate) size: u64,
    pub(crate) status: VolumeStatus,
    pub(crate) step: Option<(Ticks, Then)>,
    pub(crate) created: Ticks,
    pub(crate) updated: Ticks,
    pub(crate) zone: String,
    pub(crate) volume_type: Option<String>,
    pub(crate) image: Option<BootImage>,
    pub(crate) bootable: bool,
    pub(crate) snapshot: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) user: String,
    pub(crate) tenant: String,
    /// Counts what was written: a server's use of the volume and an extension change it, a restored snapshot brings an
    /// earlier one back.
    pub(crate) content: u64,
}

/// The image a volume was made from.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct BootImage {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

impl Document for Volume {
    const SERVICE: &'static str = "block_storage";
    const KIND: &'static str = "volume";

    fn id(&self) -> &str {
        &self.id
    }

    fn settle(&mut self, now: Ticks) {
        let Some((at, then)) = self.step.take_if(|(at, _)| *at <= now) else { return };
        self.updated = at;
        self.status = match then {
            Then::Available => VolumeStatus::Available,
            Then::InUse => {
                self.content += 1;
                VolumeStatus::InUse
            }
            Then::Error => VolumeStatus::Error,
            Then::Extended(size) => {
                (self.size, self.content) = (size, self.content + 1);
                VolumeStatus::Available
            }
            Then::Restored { size, metadata, content } => {
                (self.size, self.metadata, self.content) = (size, metadata, content);
                VolumeStatus::Available
            }
            Then::Detached(server) => {
                self.attachments.retain(|attachment| attachment.server != server);
                self.at_rest()
            }
            Then::Uploaded => self.at_rest(),
            Then::Gone => {
                self.step = Some((at, Then::Gone));
                VolumeStatus::Deleting
            }
        };
    }

    fn gone_at(&self) -> Option<Ticks> {
        match &self.step {
            Some((at, Then::Gone)) => Some(*at),
            _ => None,
        }
    }
}

impl Kept for Volume {
    fn unknown(id: &str, _: &Caller) -> Fail {
        no_volume(id)
    }
}

impl Volume {
    /// The status while nothing happens to it.
    fn at_rest(&self) -> VolumeStatus {
        if self.attachments.is_empty() { VolumeStatus::Available } else { VolumeStatus::InUse }
    }

    /// Enters a state that lasts until `due`.
    pub(crate) fn begin(&mut self, status: VolumeStatus, due: Ticks, then: Then) {
        (self.status, self.step, self.updated) = (status, Some((due, then)), Ticks::now());
    }

    /// Attaches it to a server.
    pub(crate) fn attach(&mut self, server: &str, device: &str, delete_on_termination: bool, due: Ticks) {
        self.attachments.push(Attachment {
            id: crate::cloud::uuid(),
            server: server.to_owned(),
            device: device.to_owned(),
            since: Ticks::now(),
            delete_on_termination,
        });
        self.begin(VolumeStatus::Attaching, due, Then::InUse);
    }

    /// The server is being deleted; so is the volume, if that was requested.
    pub(crate) fn release(&mut self, server: &str, due: Ticks) {
        let goes = self.attachments.iter().any(|attachment| attachment.server == server && attachment.delete_on_termination);
        if goes {
            self.begin(VolumeStatus::Deleting, due, Then::Gone);
        } else {
            self.begin(VolumeStatus::Detaching, due, Then::Detached(server.to_owned()));
        }
    }
}
