//! `k5 container create`.

use super::settings::{Settings, apply};
use crate::cloud::Connection;
use crate::commands::properties::Properties;
use crate::failure::{Failure, Outcome};
use crate::globals::{Format, Globals};
use crate::output::{Column, List};
use crate::tally::Tally;
use crate::url;
use serde_json::json;

const CREATED: &[Column] =
    &[Column::new("account", "account"), Column::new("container", "container"), Column::new("x-trans-id", "x-trans-id")];

/// Create containers; of one that exists, only what the options name is changed
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// The containers
    #[arg(required = true, value_parser = url::container)]
    container: Vec<String>,
    #[command(flatten)]
    properties: Properties,
    #[command(flatten)]
    settings: Settings,
    /// How objects are stored: a policy that `k5 api show_info` lists
    #[arg(long, value_name = "POLICY")]
    storage_policy: Option<String>,
}

impl Create {
    pub(super) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        self.properties.check()?;
        let mut list = List::new(globals, Format::Table, CREATED, CREATED.len(), false)?;
        let mut tally = Tally::default();
        for name in &self.container {
            let mut call = apply!(&self.settings, &self.properties.property, connection.swift().create_container(name));
            if let Some(policy) = &self.storage_policy {
                call = call.storage_policy(policy);
            }
            let created = call.send().await.map_err(|error| Failure::cloud(format_args!("container create {name}"), &error));
            match created {
                Ok(created) => {
                    list.push(
                        &json!({ "account": connection.account().await?, "container": name, "x-trans-id": created.trans_id }),
                    )?;
                    tally.count(Ok(()))?;
                }
                Err(failure) => tally.count(Err(failure))?,
            }
        }
        list.finish()?;
        tally.outcome()
    }
}
