//! The login, the catalogue, and one small question to each service.

use super::findings::{Findings, LIMIT};
use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use k5::Error;
use k5::config::Credentials;
use k5::token::Token;
use k5_core::ServiceMeta;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::error::Elapsed;

/// Whether the login works, and what it is good for.
pub(super) async fn login(findings: &mut Findings, connection: &Connection) -> Outcome<bool> {
    let token = match connection.cloud.token().await {
        Ok(Some(token)) => token,
        Ok(None) => {
            let detail = match connection.client.config().credentials {
                Credentials::Token { .. } | Credentials::Preauthenticated { .. } => "the given token is used as it is",
                _ => "none is needed",
            };
            findings.skipped("login", detail)?;
            return Ok(true);
        }
        Err(error) => {
            findings.failed(
                "login",
                &Failure::cloud("login", &error),
                "check user, domain, project and password, each as it is shown above",
            )?;
            return Ok(false);
        }
    };
    let details = &token.details;
    let user = details.user.name.as_deref().unwrap_or(details.user.id.as_str());
    let project = details.project.as_ref().map(|project| project.name.as_deref().unwrap_or(project.id.as_str()));
    let scope = project.map_or_else(|| "without a project".to_owned(), |project| format!("in project {project}"));
    findings.fine("login", &format!("{user} {scope}"))?;
    catalogue(findings, connection, &token)?;
    Ok(true)
}

fn catalogue(findings: &mut Findings, connection: &Connection, token: &Token) -> Outcome {
    let services = token.details.catalog.as_deref().unwrap_or_default();
    if services.is_empty() {
        let advice = "scope the login to a project: OS_PROJECT_NAME, or OS_PROJECT_ID";
        return findings.warning("catalogue", "the token has no catalogue", advice);
    }
    let regions: BTreeSet<_> =
        services.iter().flat_map(|service| service.endpoints.iter()).filter_map(|endpoint| endpoint.region()).collect();
    let regions: Vec<_> = regions.into_iter().collect();
    match &connection.client.config().region {
        Some(region) if !regions.is_empty() && !regions.contains(&region.as_str()) => {
            let detail = format!("the catalogue has no region {region:?}; it has {}", regions.join(", "));
            findings.broken("catalogue", &detail, "set OS_REGION_NAME, or region_name in clouds.yaml, to one of these")
        }
        None if regions.len() > 1 => {
            let detail = format!("{} services in the regions {}, and none is chosen", services.len(), regions.join(", "));
            findings.warning("catalogue", &detail, "set OS_REGION_NAME, or region_name in clouds.yaml")
        }
        _ => findings.fine("catalogue", &format!("{} services", services.len())),
    }
}

/// One small question to each service that the catalogue has.
pub(super) async fn all(findings: &mut Findings, connection: &Connection) -> Outcome {
    let cloud = &connection.cloud;
    macro_rules! ask {
        ($($service:path => $call:expr;)*) => {
            $(if let Some(url) = found(findings, connection, &$service).await? {
                let asked = tokio::time::timeout(LIMIT, async { $call.send().await.map(drop) }).await;
                answered(findings, &$service, &url, asked)?;
            })*
        };
    }
    ask! {
        k5::object_storage::meta::SERVICE => cloud.object_storage().show_account();
        k5::compute::meta::SERVICE => cloud.compute().list_flavors();
        k5::image::meta::SERVICE => cloud.image().list_images().limit(1);
        k5::block_storage::meta::SERVICE => cloud.block_storage().list_volumes_detail().limit(1);
        k5::network::meta::SERVICE => cloud.network().list_networks().limit(1);
        k5::autoscale::meta::SERVICE => cloud.autoscale().list_schedules();
        k5::vm_import::meta::SERVICE => cloud.vm_import().list_imports();
        k5::sap::meta::SERVICE => cloud.sap().list_servers();
    }
    Ok(())
}

/// Where a service is.
async fn found(findings: &mut Findings, connection: &Connection, service: &'static ServiceMeta) -> Outcome<Option<String>> {
    match connection.cloud.endpoint(service).await {
        Ok(url) => Ok(Some(url)),
        Err(_) => {
            findings.skipped(service.name, "the catalogue has no such service")?;
            Ok(None)
        }
    }
}

fn answered(
    findings: &mut Findings,
    service: &'static ServiceMeta,
    url: &str,
    outcome: Result<Result<(), Error>, Elapsed>,
) -> Outcome {
    let elsewhere = "check the service's address in the catalogue (k5 catalog list), or ask who runs the cloud";
    match outcome {
        Ok(Ok(())) => findings.fine(service.name, url),
        Ok(Err(error)) if error.status().is_some_and(|status| status == 403) => {
            let detail = format!("{url}: this user is not allowed to use it (403)");
            findings.warning(service.name, &detail, "ask for a role in the project")
        }
        Ok(Err(error)) => findings.failed(service.name, &Failure::cloud(service.name, &error), elsewhere),
        Err(_) => {
            let detail = format!("{url} does not answer within {} s", Duration::as_secs(&LIMIT));
            findings.broken(service.name, &detail, elsewhere)
        }
    }
}
