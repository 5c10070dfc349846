//! Clone images: the provider's, and those made from servers.

use serde::{Deserialize, Serialize};

use super::errors::{exists, unknown, unknown_in_body, wrong_state};
use super::numbers::EVERYONE;
use super::server::{Act, Disk, State};
use super::task::Task;
use super::xml::{self, Element};
use super::{Sap, folder, form, snapshots, view};
use crate::accounts::Project;
use crate::cloud::{Call, Outcome, bad_request, derived_uuid, named};
use crate::store::{Document, Documents, OpenDocuments, Order, Rows};
use crate::time::Ticks;

/// The size in GB of a system disk without a size.
pub(super) const SYSTEM_DISK: &str = "80.0";
/// The provider's images, in every zone.
const PROVIDED: [&str; 2] = ["WindowsServer2012R2SE_64_en", "WindowsServer2012R2SE_64_jp"];
/// When they were made.
const PROVIDED_SINCE: &str = "2016-05-04 03:02:01+09:00";
/// The prefix of names that fail.
const FAIL_PREFIX: &str = "fail_";

named! {
    /// Who may use it. The values are not documented.
    enum Scope {
        Project = "project",
        Domain = "domain",
    }
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Step {
    Made,
    Failed,
    Moved(Scope),
    Gone,
}

/// An image that was made from a server.
#[derive(Serialize, Deserialize)]
pub(super) struct CloneImage {
    /// Project and name.
    key: String,
    name: String,
    project: String,
    domain: String,
    pub(super) zone: String,
    scope: Scope,
    comment: String,
    created: Ticks,
    disks: Vec<Disk>,
    /// Whether servers made from it work.
    works: bool,
    /// When the current state ends, and which one follows.
    step: Option<(Ticks, Step)>,
}

impl Document for CloneImage {
    const SERVICE: &'static str = "sap";
    const KIND: &'static str = "clone_image";

    fn id(&self) -> &str {
        &self.key
    }

    fn settle(&mut self, now: Ticks) {
        let over = self.step.take_if(|(at, step)| *at <= now && !matches!(step, Step::Failed | Step::Gone));
        if let Some((_, Step::Moved(scope))) = over {
            self.scope = scope;
        }
    }

    fn gone_at(&self) -> Option<Ticks> {
        match self.step {
            Some((at, Step::Failed | Step::Gone)) => Some(at),
            _ => None,
        }
    }
}

impl CloneImage {
    fn is_visible_to(&self, project: &Project) -> bool {
        self.project == project.id || (self.scope == Scope::Domain && self.domain == project.domain.id)
    }

    /// Begins to change it, unless another change is under way.
    fn begin(&mut self, due: Ticks, step: Step) -> Outcome<()> {
        if self.step.is_some() {
            return Err(wrong_state(format!("{}: the image is being changed", self.name)));
        }
        self.step = Some((due, step));
        Ok(())
    }
}

/// The image that a server is made from.
pub(super) struct Source {
    pub(super) disks: Vec<Disk>,
    pub(super) works: bool,
}

fn key(project: &str, name: &str) -> String {
    format!("{project}/{name}")
}

fn provider() -> String {
    derived_uuid("sap:provider").replace('-', "")
}

/// The images that a project may use, oldest first.
fn visible(documents: &Documents<impl Rows>, project: &Project) -> Outcome<Vec<CloneImage>> {
    let all: Vec<CloneImage> = documents.all(EVERYONE, Order::OldestFirst)?;
    Ok(all.into_iter().filter(|image| image.is_visible_to(project)).collect())
}

/// The image that a new server names; if the name is ambiguous, the project must be specified.
pub(super) fn source(documents: &Documents<impl Rows>, by: &Project, name: &str, project: Option<&str>) -> Outcome<Source> {
    let in_project = |of: &str| project.is_none_or(|project| project == of);
    let own = visible(documents, by)?;
    let mut found: Vec<&CloneImage> = own.iter().filter(|image| image.name == name && in_project(&image.project)).collect();
    let provided = PROVIDED.contains(&name) && in_project(&provider());
    match (found.pop(), provided) {
        (None, false) => Err(unknown_in_body("image", name)),
        (None, true) => Ok(Source { disks: Vec::new(), works: true }),
        (Some(image), false) if found.is_empty() => match image.step {
            Some((_, Step::Made | Step::Failed | Step::Gone)) => {
                Err(wrong_state(format!("{name}: the image is being created or deleted")))
            }
            _ => Ok(Source { disks: image.disks.clone(), works: image.works }),
        },
        _ => Err(bad_request(format!("Several projects have an image {name}: ServerImageProject must name one."))),
    }
}

/// Whether a project has an image in one of these zones.
pub(super) fn any(documents: &mut OpenDocuments<'_>, project: &str, in_zones: impl Fn(&str) -> bool) -> Outcome<bool> {
    let images: Vec<CloneImage> = documents.sweep(EVERYONE)?;
    Ok(images.iter().any(|image| image.project == project && in_zones(&image.zone)))
}

fn check_name(name: &str) -> Outcome<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match name.len() <= 32 && name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(fits) {
        true => Ok(()),
        false => Err(bad_request(format!("name must be 1 to 32 letters, digits or '_', a letter first: {name}"))),
    }
}

fn check_comment(comment: &str) -> Outcome<()> {
    let fits = (1..=96).contains(&comment.chars().count()) && !comment.contains(['%', '\\', '"', '\n', '\r']);
    if fits { Ok(()) } else { Err(bad_request("comment must be 1 to 96 characters, without '%', '\\', '\"' and line feeds.")) }
}

impl Sap {
    pub(crate) async fn create_clone_image(&self, call: &mut Call<'_>) -> Outcome {
        let form = form::read(call).await?;
        let (name, server) = (form::needed(&form, "name")?.to_owned(), form::needed(&form, "l_server_rid")?.to_owned());
        let comment = form.get("comment").map(str::to_owned);
        check_name(&name)?;
        comment.as_deref().map_or(Ok(()), check_comment)?;
        let (project, due) = (call.caller.project.clone(), self.cloud.due());
        let task = self.cloud.change(move |documents| {
            let mut server = snapshots::server(documents, &project.id, &server)?;
            folder::check(documents, &project.id, &server.zone)?;
            let key = key(&project.id, &name);
            if PROVIDED.contains(&name.as_str()) || documents.get::<CloneImage>(EVERYONE, &key)?.is_some() {
                return Err(exists("image", &name));
            }
            server.begin(due, &[State::Stopped], Act::Clone)?;
            let fails = name.starts_with(FAIL_PREFIX);
            let image = CloneImage {
                key,
                project: project.id.clone(),
                domain: project.domain.id.clone(),
                zone: server.zone.clone(),
                scope: Scope::Project,
                comment: comment.unwrap_or_default(),
                created: Ticks::now(),
                disks: server.disks.clone(),
                works: server.has_run,
                step: Some((due, if fails { Step::Failed } else { Step::Made })),
                name,
            };
            let task = Task::new(None, due, fails.then(|| format!("{}: creating the image failed", image.name)));
            documents.put(&project.id, &server)?;
            documents.put(EVERYONE, &image)?;
            documents.put(&project.id, &task)?;
            Ok(task)
        });
        Ok(xml::reply(202, &view::task(&task.await?)))
    }

    /// A name is a clone image's, an id a snapshot's: the hyphens in ids can't be in names.
    pub(crate) async fn delete_server_image(&self, call: &mut Call<'_>) -> Outcome {
        let image = call.parameter("image");
        if image.contains('-') {
            return self.delete_snapshot(call, image).await;
        }
        let zone = call.query("availability_zone").map(str::to_owned);
        let unknown = unknown("image", &image);
        let in_zone = move |image: &CloneImage| zone.as_ref().is_none_or(|zone| *zone == image.zone);
        self.change_image(call, image, move |image, due| if in_zone(image) { image.begin(due, Step::Gone) } else { Err(unknown) })
            .await
    }

    pub(crate) async fn move_clone_image(&self, call: &mut Call<'_>) -> Outcome {
        let form = form::read(call).await?;
        let scope = match form::needed(&form, "scope")? {
            "project" => Scope::Project,
            "domain" => Scope::Domain,
            other => return Err(bad_request(format!("scope must be project or domain: {other}"))),
        };
        let name = call.parameter("clone_image");
        self.change_image(call, name, move |image, due| image.begin(due, Step::Moved(scope))).await
    }

    /// Begins something with an image of the caller's project.
    async fn change_image<F>(&self, call: &Call<'_>, name: String, act: F) -> Outcome
    where
        F: FnOnce(&mut CloneImage, Ticks) -> Outcome<()> + Send + 'static,
    {
        let (tenant, due) = (call.tenant(), self.cloud.due());
        let task = self.cloud.change(move |documents| {
            let image: Option<CloneImage> = documents.get(EVERYONE, &key(&tenant, &name))?;
            let mut image = image.ok_or_else(|| unknown("image", &name))?;
            act(&mut image, due)?;
            let task = Task::new(None, due, None);
            documents.put(EVERYONE, &image)?;
            documents.put(&tenant, &task)?;
            Ok(task)
        });
        Ok(xml::reply(202, &view::task(&task.await?)))
    }

    pub(crate) async fn list_clone_images(&self, call: &mut Call<'_>) -> Outcome {
        if call.query("mode") != Some("cloning") {
            return Err(bad_request("mode must be cloning."));
        }
        let shown = Shown {
            verbose: form::flag(call.query("verbose"), "verbose")?,
            disks: form::flag(call.query("disksize"), "disksize")?,
        };
        let zone = call.query("availability_zone");
        let images = visible(&self.cloud.reader().documents, &call.caller.project)?;
        let provided = self.zones().into_iter().flat_map(|zone| PROVIDED.map(|name| (name, zone.clone())));
        let provided =
            provided.filter(|(_, of)| zone.is_none_or(|zone| zone == of)).map(|(name, zone)| shown.provided(name, &zone));
        let made = images.iter().filter(|image| !matches!(image.step, Some((_, Step::Made | Step::Failed))));
        let made = made.filter(|image| zone.is_none_or(|zone| zone == image.zone)).map(|image| shown.image(image));
        Ok(xml::reply(200, &Element::new("ServerImages").children(provided.chain(made))))
    }
}

/// The details of images that a list shows.
struct Shown {
    verbose: bool,
    disks: bool,
}

impl Shown {
    fn provided(&self, name: &str, zone: &str) -> Element {
        let disk = Disk { index: 0, size: SYSTEM_DISK.to_owned(), id: String::new() };
        self.element(name, Scope::Domain, &provider(), zone, ("", PROVIDED_SINCE), &[disk])
    }

    fn image(&self, image: &CloneImage) -> Element {
        let about = (image.comment.as_str(), view::time(image.created));
        self.element(&image.name, image.scope, &image.project, &image.zone, (about.0, &about.1), &image.disks)
    }

    fn element(&self, name: &str, scope: Scope, project: &str, zone: &str, about: (&str, &str), disks: &[Disk]) -> Element {
        let mut element = Element::new("ServerImage").with("name", name);
        element = element.leaf("Scope", scope.name()).leaf("Project", project).leaf("AvailabilityZone", zone);
        if self.verbose {
            element = element.leaf("Comment", about.0).leaf("CreateTime", about.1);
        }
        if self.disks {
            let disk = |disk: &Disk| Element::new("Disk").leaf("DiskIndex", &disk.index.to_string()).leaf("DiskSize", &disk.size);
            element = element.child(Element::new("Disks").children(disks.iter().map(disk)));
        }
        element
    }
}
