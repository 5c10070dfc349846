//! Tasks: what a 202 answers with, and their progress.

use serde::{Deserialize, Serialize};

use super::errors::unknown;
use crate::cloud::{Caller, Fail, Kept, uuid};
use crate::store::Document;
use crate::time::Ticks;

#[derive(Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) id: String,
    /// The resource that it works on or makes.
    pub(super) resource: Option<String>,
    /// The availability zone, for a project's tasks.
    pub(super) zone: Option<String>,
    pub(super) begun: Ticks,
    pub(super) due: Ticks,
    /// Why it will fail.
    pub(super) fails: Option<String>,
    /// When anybody last looked; initially when it began.
    #[serde(skip, default = "Ticks::now")]
    now: Ticks,
}

impl Document for Task {
    const SERVICE: &'static str = "sap";
    const KIND: &'static str = "task";

    fn id(&self) -> &str {
        &self.id
    }

    fn settle(&mut self, now: Ticks) {
        self.now = now;
    }
}

impl Kept for Task {
    fn unknown(id: &str, _: &Caller) -> Fail {
        unknown("task", id)
    }
}

impl Task {
    pub(super) fn new(resource: Option<String>, due: Ticks, fails: Option<String>) -> Self {
        let now = Ticks::now();
        Self { id: uuid(), resource, zone: None, begun: now, due, fails, now }
    }

    /// One of a project.
    pub(super) fn in_zone(zone: &str, due: Ticks) -> Self {
        Self { zone: Some(zone.to_owned()), ..Self::new(None, due, None) }
    }

    pub(super) fn is_over(&self) -> bool {
        self.now > self.begun && self.now >= self.due
    }

    pub(super) fn status(&self) -> &'static str {
        match (self.is_over(), &self.fails) {
            (true, None) => "completed",
            (true, Some(_)) => "error",
            // For the first quarter it waits.
            (false, _) if self.percent() < 25 => "waiting",
            (false, _) => "running",
        }
    }

    fn percent(&self) -> u64 {
        if self.now <= self.begun { 0 } else { self.now.percent_of(self.begun, self.due) }
    }

    pub(super) fn progress(&self) -> u64 {
        match self.status() {
            "waiting" => 0,
            "error" => 50,
            _ => self.percent(),
        }
    }
}
