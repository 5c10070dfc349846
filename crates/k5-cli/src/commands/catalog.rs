//! `k5 catalog`.

use crate::cloud::Connection;
use crate::failure::Outcome;
use crate::globals::{Format, Globals};
use crate::output::{Column, List, shown};
use serde_json::Value;
use std::fmt::Write;

const COLUMNS: &[Column] = &[
    Column::new("name", "Name"),
    Column::new("type", "Type"),
    Column::new("endpoints", "Endpoints").cell(endpoints),
    Column::new("id", "ID"),
];

/// Commands on the catalogue.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the services of the cloud and their endpoints
    List,
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let Self::List = self;
        let mut list = List::new(globals, Format::Table, COLUMNS, 3, true)?;
        let token = connection.token("catalog list").await?;
        let services = token.as_ref().and_then(|token| token.details.catalog.as_deref()).unwrap_or_default();
        for service in services {
            list.push(service)?;
        }
        list.finish()
    }
}

/// The endpoints by region, as openstackclient shows them.
fn endpoints(list: &Value) -> String {
    let mut text = String::new();
    let mut region = None;
    for endpoint in list.as_array().into_iter().flatten() {
        let here = endpoint["region_id"].as_str().or(endpoint["region"].as_str());
        if region != Some(here) {
            region = Some(here);
            // Writing to a string can't fail.
            let _ = writeln!(text, "{}", here.unwrap_or("<none>"));
        }
        let _ = writeln!(text, "  {}: {}", shown(&endpoint["interface"]), shown(&endpoint["url"]));
    }
    text.trim_end().to_owned()
}
