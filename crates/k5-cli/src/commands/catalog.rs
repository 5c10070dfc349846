//! `k5 catalog`.

use crate::cloud::Connection;
use crate::failure::Outcome;
use crate::globals::{Format, Globals};
use crate::output::{Column, List};
use k5::catalogue::CatalogueService;
use std::fmt::Write;

const COLUMNS: &[Column] = &[Column("name", "Name"), Column("type", "Type"), Column("endpoints", "Endpoints"), Column("id", "ID")];

/// Commands on the catalogue.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the services of the cloud and their endpoints
    List,
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let Self::List = self;
        let token = connection.token("catalog list").await?;
        let services = token.as_ref().and_then(|token| token.details.catalog.as_deref()).unwrap_or_default();
        let mut list = List::new(globals, Format::Table, COLUMNS, 3, true)?;
        let structured = matches!(globals.output, Some(Format::Json | Format::Jsonl | Format::Yaml));
        for service in services {
            match structured {
                true => list.push(service)?,
                false => list.push(&for_people(service))?,
            }
        }
        list.finish()
    }
}

/// The endpoints by region, as openstackclient shows them.
fn for_people(service: &CatalogueService) -> serde_json::Value {
    let mut text = String::new();
    let mut region = None;
    for endpoint in &service.endpoints {
        if region != Some(endpoint.region()) {
            region = Some(endpoint.region());
            // Writing to a string can't fail.
            let _ = writeln!(text, "{}", endpoint.region().unwrap_or("<none>"));
        }
        let _ = writeln!(text, "  {}: {}", endpoint.interface, endpoint.url);
    }
    serde_json::json!({ "name": service.name, "type": service.service_type, "endpoints": text.trim_end(), "id": service.id })
}
