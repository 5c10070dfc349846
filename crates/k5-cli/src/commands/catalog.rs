//! `k5 catalog`.

use crate::cloud::Connection;
use crate::failure::{Failure, Outcome, REFUSED};
use crate::globals::{Format, Globals};
use crate::input::nearest;
use crate::output::{Column, List, RecordShape, shown};
use k5::token::Token;
use serde_json::Value;
use std::fmt::Write;

const COLUMNS: &[Column] = &[
    Column::new("name", "Name"),
    Column::new("type", "Type"),
    Column::new("endpoints", "Endpoints").cell(endpoints),
    Column::new("id", "ID"),
];

/// The fields of one service.
const FIELDS: &[Column] =
    &[Column::field("endpoints").cell(endpoints), Column::field("id"), Column::field("name"), Column::field("type")];

/// Commands on the catalogue.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the services of the cloud and their endpoints
    List,
    /// Show a service and its endpoints
    Show {
        /// The service's name or type
        service: String,
    },
}

impl Command {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        match self {
            Self::List => {
                let mut list = List::new(globals, Format::Table, COLUMNS, 3, true)?;
                let token = connection.token("catalog list").await?;
                services(token.as_deref()).iter().try_for_each(|service| list.push(service))?;
                list.finish()
            }
            Self::Show { service } => {
                let shape = RecordShape::complete(globals, FIELDS)?;
                let token = connection.token("catalog show").await?;
                let services = services(token.as_deref());
                let found = services.iter().find(|known| [&known["name"], &known["type"]].iter().any(|name| *name == service));
                let Some(found) = found else {
                    let known: Vec<&str> =
                        services.iter().flat_map(|known| [&known["name"], &known["type"]]).filter_map(Value::as_str).collect();
                    let near = nearest(service, known.iter().copied()).map(|near| format!("Did you mean {near}?"));
                    let failure =
                        Failure::new(REFUSED, format!("catalog show {service}: the catalogue has no service of this name or type"));
                    return Err(near.into_iter().fold(failure, Failure::with_hint));
                };
                let mut found = found.clone();
                if let Some(fields) = found.as_object_mut() {
                    fields.remove("links");
                }
                shape.print(found)
            }
        }
    }
}

/// The services of the catalogue, as documents; none where the token has no catalogue.
fn services(token: Option<&Token>) -> Vec<Value> {
    let catalog = token.and_then(|token| token.details.catalog.as_deref()).unwrap_or_default();
    catalog.iter().filter_map(|service| serde_json::to_value(service).ok()).collect()
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
