//! The document of an import.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::cloud::{Caller, Fail, Kept, not_found};
use crate::store::Document;
use crate::time::Ticks;

#[derive(Serialize, Deserialize)]
pub(super) struct Import {
    pub(super) import_id: String,
    /// The image's id.
    pub(super) image: String,
    pub(super) name: String,
    pub(super) location: String,
    pub(super) os_type: String,
    pub(super) min_ram: u64,
    pub(super) min_disk: u64,
    /// The rest of the request, which is shown again unchanged: K5 shows even the password.
    pub(super) also: Map<String, Value>,
    pub(super) begun: Ticks,
    /// When the conversion starts, and when it ends.
    pub(super) starts: Ticks,
    pub(super) ends: Ticks,
    /// Why it will fail.
    pub(super) fails: Option<String>,
    /// When anybody last looked.
    #[serde(skip, default = "Ticks::now")]
    pub(super) now: Ticks,
}

impl Document for Import {
    const SERVICE: &'static str = "vm_import";
    const KIND: &'static str = "import";

    fn id(&self) -> &str {
        &self.import_id
    }

    fn settle(&mut self, now: Ticks) {
        self.now = now;
    }
}

impl Kept for Import {
    fn unknown(id: &str, _: &Caller) -> Fail {
        not_found(format!("The import {id} could not be found."))
    }
}

impl Import {
    pub(super) fn status(&self) -> &'static str {
        if self.now >= self.ends {
            if self.fails.is_some() { "failed" } else { "succeeded" }
        } else if self.now >= self.starts {
            "processing"
        } else {
            "queued"
        }
    }

    fn progress(&self) -> u64 {
        let percent = self.now.percent_of(self.starts, self.ends);
        // A failed import stopped part of the way.
        if self.fails.is_some() { percent.min(50) } else { percent }
    }

    pub(super) fn status_document(&self) -> Value {
        let mut document = json!({
            "import_status": self.status(), "progress": self.progress(), "name": self.name, "id": self.image,
            "location": self.location, "os_type": self.os_type, "min_ram": self.min_ram, "min_disk": self.min_disk,
            "disk_format": "raw", "container_format": "bare", "is_public": false, "properties": {},
        });
        for (name, value) in &self.also {
            document[name] = value.clone();
        }
        if self.status() == "failed" {
            document["message"] = json!(self.fails);
        }
        document
    }
}
