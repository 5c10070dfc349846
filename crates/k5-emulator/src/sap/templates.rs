//! The templates that servers are made from, which never change.

use super::errors::unknown_in_body;
use super::xml::{Element, reply};
use super::{Sap, form};
use crate::cloud::{Call, Outcome};

/// Name, GHz, processors, GB of memory.
const TEMPLATES: &[[&str; 4]] = &[
    ["WS-1", "2.6", "1", "4.0"],
    ["WS-2", "2.6", "2", "8.0"],
    ["WS-4", "2.6", "4", "16.0"],
    ["WS-8", "2.6", "8", "32.0"],
    ["WS-16", "2.6", "16", "64.0"],
];

/// The template's name, if there is such a template.
pub(super) fn known(name: &str) -> Outcome<String> {
    let known = TEMPLATES.iter().any(|[known, ..]| *known == name);
    if known { Ok(name.to_owned()) } else { Err(unknown_in_body("L-Server template", name)) }
}

impl Sap {
    pub(crate) async fn list_server_templates(&self, call: &mut Call<'_>) -> Outcome {
        let verbose = form::flag(call.query("verbose"), "verbose")?;
        let templates = TEMPLATES.iter().map(|[name, clock, processors, memory]| {
            let template = Element::new("LServerTemplate").with("name", name);
            if !verbose {
                return template;
            }
            let cpu = Element::new("CPU").leaf("CPUPerf", clock).leaf("NumOfCPU", processors);
            template.child(cpu).child(Element::new("Memory").leaf("MemorySize", memory))
        });
        Ok(reply(200, &Element::new("LServerTemplates").children(templates)))
    }
}
