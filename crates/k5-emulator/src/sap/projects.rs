//! Projects: enabling them, disabling them, and in which zones they are enabled.

use super::errors::{in_use, unknown, wrong_state};
use super::folder::{Folder, Zone};
use super::server::LServer;
use super::task::Task;
use super::xml::{self, Element};
use super::{Sap, form, images, networks, view};
use crate::cloud::{Call, Outcome, bad_request, forbidden};
use crate::store::{Documents, OpenDocuments, Order, Rows};
use crate::time::Ticks;

/// Refuses to enable and disable a project at the same time.
fn check_free(folder: &Folder, affected: &[String], enabled: bool) -> Outcome<()> {
    let busy = |zone: &&Zone| affected.contains(&zone.name) && zone.step.is_some_and(|(_, becomes)| becomes != enabled);
    match folder.zones.iter().find(busy) {
        None => Ok(()),
        Some(zone) => Err(wrong_state(format!("{}: the project is being enabled or disabled in {}", folder.project, zone.name))),
    }
}

/// A task for each zone.
fn begin(
    documents: &mut OpenDocuments<'_>,
    folder: &mut Folder,
    due: Ticks,
    affected: &[String],
    enabled: bool,
) -> Outcome<Vec<Task>> {
    let mut tasks = Vec::new();
    for name in affected {
        let step = Some((due, enabled));
        match folder.zones.iter_mut().find(|zone| zone.name == *name) {
            Some(zone) if zone.enabled == enabled && zone.step.is_none() => {}
            Some(zone) => zone.step = step,
            None => folder.zones.push(Zone { name: name.clone(), enabled: false, step }),
        }
        let task = Task::in_zone(name, due);
        documents.put(&folder.project, &task)?;
        tasks.push(task);
    }
    documents.put(&folder.project, folder)?;
    Ok(tasks)
}

fn has_resources(documents: &mut OpenDocuments<'_>, project: &str, affected: &[String]) -> Outcome<bool> {
    let in_zones = |zone: &str| affected.iter().any(|name| name == zone);
    let servers: Vec<LServer> = documents.all(project, Order::OldestFirst)?;
    let servers = servers.iter().any(|server| in_zones(&server.zone));
    Ok(servers || networks::any(documents, project, in_zones)? || images::any(documents, project, in_zones)?)
}

impl Sap {
    pub(crate) async fn enable_project(&self, call: &mut Call<'_>) -> Outcome {
        let form = form::read(call).await?;
        let id = form::needed(&form, "project_id")?;
        if id.contains('-') {
            return Err(bad_request(format!("project_id must be without hyphens: {id}")));
        }
        if !id.eq_ignore_ascii_case(&call.caller.project.id) {
            return Err(forbidden(format!("The token is not for the project {id}.")));
        }
        let zone = form.get("availability_zone").filter(|zone| !zone.is_empty());
        let affected = zone.map_or_else(|| self.zones(), |zone| vec![zone.to_owned()]);
        let (project, due) = (call.tenant(), self.cloud.due());
        let tasks = self.cloud.change(move |documents| {
            let folder: Option<Folder> = documents.get(&project, &project)?;
            let mut folder = folder.unwrap_or_else(|| Folder { project, zones: Vec::new() });
            check_free(&folder, &affected, true)?;
            begin(documents, &mut folder, due, &affected, true)
        });
        Ok(xml::reply(202, &view::tasks(&tasks.await?)))
    }

    pub(crate) async fn disable_project(&self, call: &mut Call<'_>) -> Outcome {
        let id = own(call)?;
        let zone = call.query("availability_zone").map(str::to_owned);
        let due = self.cloud.due();
        let tasks = self.cloud.change(move |documents| {
            let mut folder = found(documents, &id)?;
            let there = folder.zones.iter().filter(|known| known.enabled || known.step.is_some());
            let affected = there.filter(|known| zone.as_ref().is_none_or(|zone| *zone == known.name));
            let affected: Vec<String> = affected.map(|known| known.name.clone()).collect();
            if affected.is_empty() {
                return Err(unknown("project", &id));
            }
            check_free(&folder, &affected, false)?;
            if has_resources(documents, &id, &affected)? {
                return Err(in_use(format!("{id}: the project has resources")));
            }
            begin(documents, &mut folder, due, &affected, false)
        });
        Ok(xml::reply(202, &view::tasks(&tasks.await?)))
    }

    pub(crate) async fn show_project(&self, call: &mut Call<'_>) -> Outcome {
        let id = own(call)?;
        let documents = &self.cloud.reader().documents;
        let folder = found(documents, &id)?;
        let servers: Vec<LServer> = documents.all(&id, Order::OldestFirst)?;
        let list = |name: &str, item: &str, zones: Vec<&str>| {
            zones.into_iter().fold(Element::new(name), |list, zone| list.leaf(item, zone))
        };
        let enabled = folder.zones.iter().filter(|zone| zone.enabled).map(|zone| zone.name.as_str()).collect();
        let mut dedicated: Vec<&str> =
            servers.iter().filter(|server| server.dedicated == "true").map(|server| server.zone.as_str()).collect();
        dedicated.sort_unstable();
        dedicated.dedup();
        let mut project = Element::new("Project").with("name", &id).leaf("Domain", &call.caller.project.domain.name);
        project = project.child(list("AvailabilityZones", "AvailabilityZone", enabled));
        if !dedicated.is_empty() {
            project = project.child(list("Dedicated", "DedicatedAZ", dedicated));
        }
        Ok(xml::reply(200, &project))
    }
}

/// The id of the caller's project, if it is the one in the path.
fn own(call: &Call<'_>) -> Outcome<String> {
    let (asked, own) = (call.parameter("project_id"), call.tenant());
    if asked.eq_ignore_ascii_case(&own) { Ok(own) } else { Err(unknown("project", &asked)) }
}

fn found(documents: &Documents<impl Rows>, id: &str) -> Outcome<Folder> {
    let folder: Option<Folder> = documents.get(id, id)?;
    folder.filter(Folder::exists).ok_or_else(|| unknown("project", id))
}
