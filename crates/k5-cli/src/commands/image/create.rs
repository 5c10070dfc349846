//! `k5 image create`: an image's record, and its data from a file or a volume.

use super::data::{Passed, Source};
use super::options::{Protection, Visibility, fields, property};
use crate::cloud::Connection;
use crate::commands::hand::{HandWritten, PAUSE, Unprinted, Wait, json};
use crate::failure::{Failure, Outcome, REFUSED, say};
use crate::globals::Globals;
use crate::input;
use crate::output::{Column, Kind, RecordShape};
use crate::progress::{Bar, Waiting};
use k5::ids::ImageId;
use k5::image::{Image, ImageStatus, Images};
use std::path::PathBuf;

/// What block storage tells of a volume that becomes an image.
const UPLOAD: &[Column] = &[
    Column::field("container_format"),
    Column::field("disk_format"),
    Column::field("display_description"),
    Column::field("id"),
    Column::field("image_id"),
    Column::field("image_name"),
    Column::field("size").kind(Kind::Gibibytes),
    Column::field("status").kind(Kind::State),
    Column::field("updated_at").kind(Kind::Time),
    Column::field("volume_type").cell(volume_type),
];

/// Create an image
///
/// With --file, the data is sent and checked by its checksum. With --volume, block storage makes the image from a volume. With neither,
/// only the image's record is made, with the status queued. Without one of --public, --private, --shared and --community, the cloud
/// decides who sees the image.
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// The name
    name: String,
    /// Send this file's content; - for stdin
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Make the image from this volume, by name or id
    #[arg(
        long,
        conflicts_with_all = ["file", "id", "min_disk", "min_ram", "property", "tag", "project", "protection", "visibility", "progress"]
    )]
    volume: Option<String>,
    /// Do so even while a server has the volume attached
    #[arg(long, requires = "volume")]
    force: bool,
    /// The id, a UUID; the cloud chooses one otherwise
    #[arg(long)]
    id: Option<String>,
    /// The container format
    #[arg(long, value_name = "FORMAT", default_value = "bare")]
    container_format: String,
    /// The format of the disk: raw, qcow2, vmdk, ...
    #[arg(long, value_name = "FORMAT", default_value = "raw")]
    disk_format: String,
    /// The disk that a server needs, in GB
    #[arg(long, value_name = "GB")]
    min_disk: Option<u64>,
    /// The memory that a server needs, in MB
    #[arg(long, value_name = "MB")]
    min_ram: Option<u64>,
    #[command(flatten)]
    protection: Protection,
    #[command(flatten)]
    visibility: Visibility,
    /// Set a property; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = input::pair)]
    property: Vec<(String, String)>,
    /// Set a tag; may be repeated
    #[arg(long)]
    tag: Vec<String>,
    /// The project that owns it, by id; for administrators
    #[arg(long, value_name = "ID")]
    project: Option<String>,
    /// Show a progress bar, as is done anyway on a terminal
    #[arg(long, requires = "file", conflicts_with = "no_progress")]
    progress: bool,
    #[command(flatten)]
    wait: Wait,
}

impl HandWritten for Create {
    const WORDS: &'static str = "image create";
    const EXAMPLES: &'static [&'static str] =
        &["image create --file disk.img --min-disk 1 --property os=none web", "image create --private later"];

    async fn run(self, globals: &Globals, connection: &Connection) -> Outcome {
        match &self.volume {
            Some(volume) => self.create_from_volume(volume, globals, connection).await,
            None => self.create_from_file(globals, connection).await,
        }
    }
}

impl Create {
    fn what(&self) -> String {
        format!("image create {}", self.name)
    }

    async fn create_from_volume(&self, volume: &str, globals: &Globals, connection: &Connection) -> Outcome {
        let shape = match self.wait.wait {
            true => RecordShape::new(globals, fields())?,
            false => RecordShape::complete(globals, UPLOAD)?,
        };
        let failed = |error: &k5::Error| Failure::cloud(self.what(), error);
        let storage = connection.cloud.block_storage();
        let found = storage.find_volume(volume).await.map_err(|error| failed(&error))?;
        let mut upload = storage.upload_volume_to_image(&found, &self.name);
        upload = upload.container_format(&self.container_format).disk_format(&self.disk_format);
        if self.force {
            upload = upload.force(true);
        }
        let uploading = upload.send().await.map_err(|error| failed(&error))?;
        let mut unprinted = Unprinted::new(shape, json(&uploading)?);
        if self.wait.wait {
            let image = self.waited(&connection.cloud.image(), &uploading.image_id, globals).await?;
            unprinted.set(json(&image)?);
        }
        unprinted.print()
    }

    async fn create_from_file(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let shape = RecordShape::new(globals, fields())?;
        input::once("--property", self.property.iter().map(|(name, _)| name.as_str()))?;
        self.property.iter().try_for_each(|(name, _)| property(name))?;
        if self.wait.wait && self.file.is_none() {
            return Err(Failure::usage("--wait has no effect here: an image without data stays queued"));
        }
        let source = self.file.as_deref().map(Source::open).transpose()?;
        let images = connection.cloud.image();
        let made = self.record(&images).await.map_err(|error| Failure::cloud(self.what(), &error))?;
        let Some(source) = source else { return shape.print(json(&made)?) };
        let left = Left { id: &made.id, name: &self.name, is_told: false };
        let sent = self.send(&images, &made.id, source, globals).await;
        left.told();
        let image = sent?;
        let mut unprinted = Unprinted::new(shape, json(&image)?);
        if self.wait.wait {
            unprinted.set(json(&self.waited(&images, &image.id, globals).await?)?);
        }
        unprinted.print()
    }

    async fn record(&self, images: &Images) -> k5::Result<Image> {
        let mut create = images.create_image(&self.name);
        create = create.container_format(&self.container_format).disk_format(&self.disk_format);
        if let Some(id) = &self.id {
            create = create.id(id.as_str());
        }
        if let Some(visibility) = self.visibility.wanted() {
            create = create.visibility(visibility);
        }
        if !self.tag.is_empty() {
            create = create.tags(self.tag.iter().cloned());
        }
        if let Some(size) = self.min_disk {
            create = create.min_disk(size);
        }
        if let Some(size) = self.min_ram {
            create = create.min_ram(size);
        }
        if let Some(protected) = self.protection.wanted() {
            create = create.protected(protected);
        }
        let document = create.document_mut();
        for (name, value) in &self.property {
            document.extra.insert(name.clone(), value.clone().into());
        }
        if let Some(project) = &self.project {
            document.extra.insert("owner".to_owned(), project.clone().into());
        }
        create.send().await
    }

    /// Sends the data and checks what arrived. What fails leaves no image, unless that is doubtful.
    async fn send(&self, images: &Images, id: &ImageId, source: Source, globals: &Globals) -> Outcome<Image> {
        let bar = Bar::new(!globals.no_progress);
        let (body, passed) = source.body(&bar);
        let sent = images.upload_image(id, body).send().await;
        bar.finish();
        let failure = match sent {
            Ok(()) => None,
            Err(error) => {
                let failure = Failure::transfer(self.what(), &error);
                if !error.may_have_been_done() {
                    return Err(self.remove(images, id, failure).await);
                }
                Some(failure)
            }
        };
        let image = match images.show_image(id).send().await {
            Ok(image) => image,
            Err(error) => {
                let failure = failure.unwrap_or_else(|| Failure::cloud(self.what(), &error));
                return Err(failure.with_hint(format!("It is not known what became of the data: k5 image show {id} tells.")));
            }
        };
        match (&image.status, failure) {
            (Some(ImageStatus::Queued | ImageStatus::Killed), failure) => {
                let failure =
                    failure.unwrap_or_else(|| Failure::new(REFUSED, format!("{}: the cloud dropped the data", self.what())));
                Err(self.remove(images, id, failure).await)
            }
            // An answer was lost, and the image has all of the data or shows that it has not.
            (Some(ImageStatus::Active), Some(failure)) => match is_intact(&image, &passed) {
                Some(true) => Ok(image),
                Some(false) => Err(self.remove(images, id, failure).await),
                None => Err(left(failure, id)),
            },
            (_, Some(failure)) => Err(left(failure, id)),
            (_, None) => match is_intact(&image, &passed) {
                Some(true) => Ok(image),
                Some(false) => {
                    let said = format!(
                        "{}: what arrived is not what was sent: {} with the checksum {} instead of {} bytes with {}",
                        self.what(),
                        image.size.map_or_else(|| "data".to_owned(), |size| format!("{size} bytes")),
                        image.checksum.as_deref().unwrap_or("(none)"),
                        passed.bytes(),
                        passed.checksum(),
                    );
                    Err(self.remove(images, id, Failure::new(REFUSED, said)).await)
                }
                None => {
                    say(format!("warning: {}: the cloud tells no checksum, so the data could not be checked", self.what()));
                    Ok(image)
                }
            },
        }
    }

    /// Deletes the image again, and says whether that was done.
    async fn remove(&self, images: &Images, id: &ImageId, failure: Failure) -> Failure {
        match images.delete_image(id).send().await {
            Ok(()) => failure.with_hint("The image was deleted again, so nothing is left of it."),
            Err(error) if error.is_not_found() => failure.with_hint("Nothing is left of the image."),
            Err(error) => failure.with_hint(format!(
                "The image {id} is left without usable data, since it could not be deleted again ({}): k5 image delete {id}",
                error.message()
            )),
        }
    }

    async fn waited(&self, images: &Images, id: &ImageId, globals: &Globals) -> Outcome<Image> {
        let line = Waiting::new(!globals.no_progress, &format!("{}: waiting until active", self.what()));
        let mut tell = line.teller();
        let wait = images.wait_image(id).active().timeout(self.wait.limit()).every(PAUSE, PAUSE);
        let wait = wait.each(move |image| tell(image.status.as_ref().map_or("", ImageStatus::as_str)));
        wait.await.map_err(|error| Failure::cloud(self.what(), &error))
    }
}

/// Whether the image has the data that was sent; `None` if the cloud does not tell.
fn is_intact(image: &Image, passed: &Passed) -> Option<bool> {
    if image.size.is_some_and(|size| size != passed.bytes()) {
        return Some(false);
    }
    image.checksum.as_ref().map(|checksum| checksum.eq_ignore_ascii_case(&passed.checksum()))
}

/// The failure, with what is left in the cloud.
fn left(failure: Failure, id: &ImageId) -> Failure {
    failure.with_hint(format!(
        "The image {id} is left, since its data may have arrived: see k5 image show {id}, or k5 image delete {id}"
    ))
}

/// Says which image is left when the command is interrupted.
struct Left<'a> {
    id: &'a ImageId,
    name: &'a str,
    is_told: bool,
}

impl Left<'_> {
    /// The command says itself what there is.
    fn told(mut self) {
        self.is_told = true;
    }
}

impl Drop for Left<'_> {
    fn drop(&mut self) {
        if !self.is_told {
            say(format!("image create {}: the image {} is left without its data: k5 image delete {}", self.name, self.id, self.id));
        }
    }
}

/// A name, or what K5 has in its place.
fn volume_type(value: &serde_json::Value) -> String {
    value["name"].as_str().map_or_else(|| crate::output::shown(value), str::to_owned)
}
