//! The login before anything is written, and what it shows: projects and regions.

use super::ask::Terminal;
use super::draft::Draft;
use crate::failure::{Failure, NO_CLOUD, Outcome, say};
use k5::client::Client;
use k5::config::{Credentials, Scope};
use k5::identity::Project;
use k5::token::Token;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Logs in as the entry says, and completes it by a project and a region.
///
/// # Errors
/// If the login fails, or if there are several projects or regions and nobody is there to choose.
pub(super) async fn try_it(draft: &mut Draft, terminal: Option<&Terminal>) -> Outcome {
    let client = client(draft)?;
    let Some(mut token) = login(&client).await? else { return Ok(()) };
    if wants_project(&client)
        && let Some(project) = project(&client, &token, terminal).await?
    {
        draft.given.project_id = Some(project);
        token = login(&self::client(draft)?).await?.unwrap_or(token);
    }
    region(draft, &token, terminal).await
}

fn client(draft: &Draft) -> Outcome<Client> {
    let built = Client::builder().overrides(draft.given.clone()).sources(draft.variables.clone()).build();
    built.map_err(|error| Failure::config(&error))
}

async fn login(client: &Client) -> Outcome<Option<Arc<Token>>> {
    client.token().await.map_err(|error| {
        Failure::cloud("the login", &error).with_hint("Nothing was written. --no-verify writes the entry without trying the login.")
    })
}

/// Whether the entry names no project yet and could.
fn wants_project(client: &Client) -> bool {
    let config = client.config();
    let brings_its_own = matches!(config.credentials, Credentials::ApplicationCredential { .. } | Credentials::OAuth2 { .. });
    matches!(config.scope, Scope::Unscoped) && !brings_its_own
}

/// The id of the project to use: the only one, or the one that is chosen; `None` if there is none.
async fn project(client: &Client, token: &Token, terminal: Option<&Terminal>) -> Outcome<Option<String>> {
    let own = token.details.project.as_ref();
    let projects = match projects(client, token).await {
        Ok(projects) => projects,
        // The login itself shows one, and that the list can't be read is no reason to refuse it.
        Err(_) if own.is_some() => Vec::new(),
        Err(failure) => return Err(failure),
    };
    let named = |id: &str, name: Option<&str>| match name {
        Some(name) => format!("project {name} ({id})"),
        None => format!("project {id}"),
    };
    match (projects.as_slice(), own, terminal) {
        ([], None, _) => {
            say("the user has no project, so the entry names none");
            Ok(None)
        }
        ([], Some(own), _) | ([_, _, ..], Some(own), None) => {
            say(format!(
                "the entry uses the user's own {}; --os-project-name chooses another",
                named(&own.id, own.name.as_deref())
            ));
            Ok(Some(own.id.clone()))
        }
        ([only], _, _) => {
            say(format!("the entry uses the user's only {}", named(&only.id, Some(&only.name))));
            Ok(Some(only.id.clone()))
        }
        (several, own, Some(terminal)) => {
            let usual = own.and_then(|own| several.iter().position(|project| project.id == own.id)).unwrap_or(0);
            let chosen = terminal.choose("project", several, usual, |project| &project.name).await?;
            Ok(Some(chosen.id.clone()))
        }
        (several, None, None) => {
            let names: Vec<_> = several.iter().map(|project| format!("{} ({})", project.name, project.id)).collect();
            Err(Failure::usage(format!(
                "the user has several projects, so choose one with --os-project-id: {}; nothing was written",
                names.join(", ")
            )))
        }
    }
}

/// The projects that the user may use, by name.
async fn projects(client: &Client, token: &Token) -> Outcome<Vec<Project>> {
    let identity = client.identity();
    let mut found = match identity.list_auth_projects().send().await {
        Ok(page) => page.items,
        // K5 has the older call alone.
        Err(error) if error.status().is_some() => {
            let older = identity.list_user_projects(&token.details.user.id).send().await;
            older.map_err(|error| Failure::cloud("the user's projects", &error))?.items
        }
        Err(error) => return Err(Failure::cloud("the user's projects", &error)),
    };
    found.retain(|project| project.enabled != Some(false));
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// The region to use, of those in the catalogue.
async fn region(draft: &mut Draft, token: &Token, terminal: Option<&Terminal>) -> Outcome {
    let services = token.details.catalog.as_deref().unwrap_or_default();
    let endpoints = services.iter().flat_map(|service| service.endpoints.iter());
    let regions: BTreeSet<&str> = endpoints.filter_map(|endpoint| endpoint.region()).collect();
    let regions: Vec<&str> = regions.into_iter().collect();
    if let Some(wanted) = draft.text("region_name")? {
        if regions.is_empty() || regions.contains(&wanted.as_str()) {
            return Ok(());
        }
        let advice = format!("the cloud has no region {wanted:?}; it has {}; nothing was written", regions.join(", "));
        return Err(Failure::new(NO_CLOUD, advice));
    }
    let chosen = match (regions.as_slice(), terminal) {
        ([], _) => return Ok(()),
        ([only], _) => *only,
        (several, Some(terminal)) => *terminal.choose("region", several, 0, |region| region).await?,
        (several, None) => {
            let advice = format!(
                "the cloud has several regions, so choose one with --os-region-name: {}; nothing was written",
                several.join(", ")
            );
            return Err(Failure::usage(advice));
        }
    };
    draft.given.region_name = Some(chosen.to_owned());
    Ok(())
}
