//! `k5 container list`.

use crate::cloud::Connection;
use crate::commands::paging::{Paging, page};
use crate::failure::{Failure, Outcome};
use crate::globals::{Format, Globals};
use crate::output::{Column, Kind, List};

const COLUMNS: &[Column] = &[
    Column::new("name", "Name"),
    Column::new("bytes", "Bytes").kind(Kind::Bytes),
    Column::new("count", "Count").kind(Kind::Number),
    Column::new("last_modified", "Last Modified").kind(Kind::Time),
];

/// List the containers
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Show bytes and number of objects as well
    #[arg(short, long)]
    long: bool,
    /// List only names that begin with this
    #[arg(long)]
    prefix: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

impl ListArgs {
    pub(super) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let mut list = List::new(globals, Format::Table, COLUMNS, if self.long { 3 } else { 1 }, false)?;
        let mut call = page!(&self.paging, connection.swift().list_containers());
        if let Some(prefix) = &self.prefix {
            call = call.prefix(prefix);
        }
        let mut items = call.items();
        let mut left = self.paging.limit();
        while left > 0
            && let Some(container) = items.try_next().await.map_err(|error| Failure::cloud("container list", &error))?
        {
            left -= 1;
            list.push(&container)?;
        }
        list.finish()
    }
}
