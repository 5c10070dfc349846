//! `k5 image set`.

use super::options::{Protection, Visibility, property};
use crate::cloud::Connection;
use crate::commands::hand::HandWritten;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::input;
use k5::ids::ProjectId;
use k5::image::{Image, ImageMemberStatus, Images, PatchOperation};

/// Change an image, or answer that it is shared with a project
#[derive(Debug, clap::Args)]
pub(crate) struct Set {
    /// The image's name or id
    image: String,
    /// Its new name
    #[arg(long)]
    name: Option<String>,
    /// The disk that a server needs, in GB
    #[arg(long, value_name = "GB")]
    min_disk: Option<u64>,
    /// The memory that a server needs, in MB
    #[arg(long, value_name = "MB")]
    min_ram: Option<u64>,
    /// The container format
    #[arg(long, value_name = "FORMAT")]
    container_format: Option<String>,
    /// The format of the disk: raw, qcow2, vmdk, ...
    #[arg(long, value_name = "FORMAT")]
    disk_format: Option<String>,
    #[command(flatten)]
    protection: Protection,
    #[command(flatten)]
    visibility: Visibility,
    /// Set a property; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = input::pair)]
    property: Vec<(String, String)>,
    /// Add a tag; may be repeated
    #[arg(long)]
    tag: Vec<String>,
    /// Accept the image, which is shared with the project: it is in the project's lists
    #[arg(long, group = "membership")]
    accept: bool,
    /// Reject the image, which is shared with the project: it is not in the project's lists
    #[arg(long, group = "membership")]
    reject: bool,
    /// Leave open whether the project accepts the image
    #[arg(long, group = "membership")]
    pending: bool,
    /// The project that the image is shared with, by id; the one that is logged in to otherwise
    #[arg(long, value_name = "ID", requires = "membership")]
    project: Option<String>,
}

impl HandWritten for Set {
    const WORDS: &'static str = "image set";
    const EXAMPLES: &'static [&'static str] = &["image set --property os=linux --tag tested web"];

    async fn run(self, globals: &Globals, connection: &Connection) -> Outcome {
        globals.no_output("the command prints nothing")?;
        input::once("--property", self.property.iter().map(|(name, _)| name.as_str()))?;
        self.property.iter().try_for_each(|(name, _)| property(name))?;
        let mut changes = self.changes();
        let answer = self.answer();
        if changes.is_empty() && self.tag.is_empty() && answer.is_none() {
            return Err(Failure::usage("image set: give an option that says what to change"));
        }
        let failed = |error: k5::Error| Failure::cloud(format_args!("image set {}", self.image), &error);
        let project = match (&answer, &self.project) {
            (None, _) => None,
            (Some(_), Some(project)) => Some(project.clone()),
            (Some(_), None) => {
                let token = connection.token("image set").await?;
                let project = token.and_then(|token| token.project_id().map(str::to_owned));
                Some(project.ok_or_else(|| Failure::usage("image set: the login is not to a project: give --project"))?)
            }
        };
        let images = connection.cloud.image();
        let image = self.find(&images, answer.is_some()).await.map_err(failed)?;
        if let (Some(answer), Some(project)) = (answer, project) {
            images.update_image_member(&image, ProjectId::from(project), answer).send().await.map_err(failed)?;
        }
        if !self.tag.is_empty() {
            let mut tags = image.tags.clone().unwrap_or_default();
            for tag in &self.tag {
                if !tags.contains(tag) {
                    tags.push(tag.clone());
                }
            }
            changes.push(PatchOperation::replace("tags", tags));
        }
        if !changes.is_empty() {
            images.update_image(&image, &changes).send().await.map_err(failed)?;
        }
        Ok(())
    }
}

impl Set {
    fn changes(&self) -> Vec<PatchOperation> {
        let mut changes = Vec::new();
        let texts = [("name", &self.name), ("container_format", &self.container_format), ("disk_format", &self.disk_format)];
        for (field, value) in texts {
            changes.extend(value.as_ref().map(|value| PatchOperation::replace(field, value.as_str())));
        }
        for (field, value) in [("min_disk", self.min_disk), ("min_ram", self.min_ram)] {
            changes.extend(value.map(|value| PatchOperation::replace(field, value)));
        }
        changes.extend(self.protection.wanted().map(|value| PatchOperation::replace("protected", value)));
        changes.extend(self.visibility.wanted().map(|value| PatchOperation::replace("visibility", value.as_str())));
        changes.extend(self.property.iter().map(|(name, value)| PatchOperation::set(name, value.as_str())));
        changes
    }

    fn answer(&self) -> Option<ImageMemberStatus> {
        match self {
            Self { accept: true, .. } => Some(ImageMemberStatus::Accepted),
            Self { reject: true, .. } => Some(ImageMemberStatus::Rejected),
            Self { pending: true, .. } => Some(ImageMemberStatus::Pending),
            _ => None,
        }
    }

    /// The image. One that is shared and not accepted is in no usual list.
    async fn find(&self, images: &Images, is_shared: bool) -> k5::Result<Image> {
        let error = match images.find_image(&self.image).await {
            Err(error) if is_shared && error.is_not_found() => error,
            found => return found,
        };
        let mut shared = images.list_images().name(&self.image).member_status("all").items();
        let mut found = None;
        while let Some(image) = shared.try_next().await? {
            if image.name.as_deref() == Some(&self.image) && found.replace(image).is_some() {
                return Err(k5::Error::invalid_input("several images that are shared with the project have this name: give an id"));
            }
        }
        found.ok_or(error)
    }
}
