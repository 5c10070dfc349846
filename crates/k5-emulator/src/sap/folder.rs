//! In which zones a project may use the service. A zone where the project was neither enabled nor disabled refuses nothing, so that
//! not every test must enable it first; where it was disabled, nothing more can be created.

use serde::{Deserialize, Serialize};

use super::errors::wrong_state;
use crate::cloud::Outcome;
use crate::store::{Document, Documents, Rows};
use crate::time::Ticks;

#[derive(Serialize, Deserialize)]
pub(super) struct Zone {
    pub(super) name: String,
    pub(super) enabled: bool,
    /// When that changes, and to what.
    pub(super) step: Option<(Ticks, bool)>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Folder {
    pub(super) project: String,
    pub(super) zones: Vec<Zone>,
}

impl Document for Folder {
    const SERVICE: &'static str = "sap";
    const KIND: &'static str = "project";

    fn id(&self) -> &str {
        &self.project
    }

    fn settle(&mut self, now: Ticks) {
        for zone in &mut self.zones {
            if let Some((_, enabled)) = zone.step.take_if(|(at, _)| *at <= now) {
                zone.enabled = enabled;
            }
        }
    }
}

impl Folder {
    pub(super) fn exists(&self) -> bool {
        self.zones.iter().any(|zone| zone.enabled || zone.step.is_some())
    }
}

/// Refuses a creation in a zone where the project is disabled.
pub(super) fn check(documents: &Documents<impl Rows>, project: &str, zone: &str) -> Outcome<()> {
    let folder: Option<Folder> = documents.get(project, project)?;
    let zones = folder.map(|folder| folder.zones).unwrap_or_default();
    match zones.iter().find(|known| known.name == zone) {
        Some(known) if !known.enabled || known.step.is_some() => {
            Err(wrong_state(format!("{project}: the project is not enabled in {zone}")))
        }
        _ => Ok(()),
    }
}
