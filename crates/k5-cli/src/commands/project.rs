//! `k5 project list`.

use super::hand::HandWritten;
use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use crate::globals::{Format, Globals};
use crate::output::{Column, Kind, List as Rows};

const COLUMNS: &[Column] = &[
    Column::new("id", "ID"),
    Column::new("name", "Name"),
    Column::new("domain_id", "Domain ID"),
    Column::new("description", "Description"),
    Column::new("enabled", "Enabled").kind(Kind::Truth),
];

/// List projects
///
/// Who may not list all projects sees their own.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Show more columns
    #[arg(long)]
    long: bool,
    /// Only your own projects
    #[arg(long, conflicts_with = "domain")]
    my_projects: bool,
    /// Only the projects of this domain, by id
    #[arg(long, value_name = "ID")]
    domain: Option<String>,
}

impl HandWritten for List {
    const WORDS: &'static str = "project list";
    const GROUP: &'static str = "List projects";
    const EXAMPLES: &'static [&'static str] = &["project list --long", "project list --my-projects"];

    async fn run(self, globals: &Globals, connection: &Connection) -> Outcome {
        let shown = if self.long { COLUMNS.len() } else { 2 };
        let mut rows = Rows::new(globals, Format::Table, COLUMNS, shown, true)?;
        let failed = |error: k5::Error| Failure::cloud("project list", &error);
        let mut own = self.my_projects;
        let identity = connection.cloud.identity();
        let mut projects = Vec::new();
        if !own {
            let mut all = identity.list_projects();
            if let Some(domain) = &self.domain {
                all = all.domain_id(domain);
            }
            match all.send().await {
                Ok(page) => projects = page.items,
                Err(error) if is_forbidden(&error) && self.domain.is_none() => own = true,
                Err(error) => return Err(failed(error)),
            }
        }
        if own {
            let token = connection.token("project list").await?;
            let user = token.map(|token| token.details.user.id.clone());
            let user = user.ok_or_else(|| Failure::usage("project list: the token does not say whose projects to list"))?;
            projects = identity.list_user_projects(&user).send().await.map_err(failed)?.items;
        }
        projects.iter().try_for_each(|project| rows.push(project))?;
        rows.finish()
    }
}

fn is_forbidden(error: &k5::Error) -> bool {
    error.status().is_some_and(|status| status.as_u16() == 403)
}
