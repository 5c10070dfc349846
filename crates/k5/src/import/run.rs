//! The steps of an import.

use super::disk::Disk;
use super::{ImportProgress, ImportServer, ImportedDisk, ImportedServer, Tell};
use crate::Cloud;
use k5_core::ids::ImportId;
use k5_core::model::Model;
use k5_core::{Error, ErrorKind, Loose, Result, http, path};
use k5_object_storage::{ObjectInfo, ObjectStorage, RunningUpload, Stored};
use k5_vm_import::ImportStatus;
use k5_vm_import::builder::RegisterImage;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// An import that the service has accepted.
pub(super) struct Registered {
    pub(super) import_id: ImportId,
    disk: Disk,
    stored: Stored,
    /// The uploaded object, if it is to be removed.
    ours: Option<Result<ObjectInfo>>,
    /// Where the disk is, for messages.
    kept: String,
}

impl ImportServer {
    pub(super) async fn run(mut self) -> Result<ImportedServer> {
        let Registered { import_id, disk, stored, ours, kept } = self.begin().await?;
        let status = self.wait(&import_id).await.map_err(|error| {
            let goes_on = if error.is_failed() { "" } else { " may go on" };
            error.with_note(&format!("the import {import_id}{goes_on}; {kept}"))
        })?;
        let swift = self.cloud.object_storage();
        let outcome = match ours {
            None => ImportedDisk::Kept,
            Some(Err(error)) => ImportedDisk::Left(error),
            Some(Ok(ours)) => match swift.remove_unchanged(&disk.container, &disk.object, &ours).await {
                Ok(_) => ImportedDisk::Removed,
                Err(error) => ImportedDisk::Left(error),
            },
        };
        let Disk { container, object } = disk;
        Ok(ImportedServer { import_id, image_id: status.id.clone(), status, stored, container, object, disk: outcome })
    }

    /// Uploads and registers.
    pub(super) async fn begin(&mut self) -> Result<Registered> {
        let disk = self.disk()?;
        // Whatever the registration would be refused for is found before anything is sent, let alone terabytes. Until the login,
        // any account serves for that.
        let account = self.account.take();
        let mut register = self.registration(&disk, account.as_deref().unwrap_or("AUTH_{project}"))?;
        if account.is_none() {
            let account = account_of(&self.cloud).await?;
            register.document_mut().location = location(&account, &disk);
        }
        let location = register.document_mut().location.clone();
        if self.cloud.client().is_some() {
            self.cloud.endpoint(&k5_vm_import::meta::SERVICE).await?;
        }
        let swift = self.cloud.object_storage();
        let before = disk.look(&swift).await?;
        if before.is_some() && !self.overwrite {
            let message = "this object already exists: give the disk another name, or ask for the object to be replaced";
            let error = Error::new(ErrorKind::Status, message).with_operation(&k5_object_storage::meta::UPLOAD_OBJECT);
            return Err(error.with_target(Some(disk.to_string())).with_status(http::StatusCode::PRECONDITION_FAILED));
        }
        swift.ensure_container(&disk.container).await?;
        let stored = self.store(&swift, &disk).await?;
        // Only the object as it is now may be removed later.
        let ours = match self.remove {
            true => Some(disk.stored(&swift, before.as_ref(), &stored).await),
            false => None,
        };

        let kept = format!("the disk is in {disk}, which has the location {location}");
        let import_id = register.send().await.map_err(|error| {
            let note = match error.may_have_been_done() {
                true => format!("it may have been registered anyway, which the list of imports shows; {kept}"),
                false => kept.clone(),
            };
            error.with_note(&note)
        })?;
        self.tell.tell(ImportProgress::Registered { import_id: import_id.clone() });
        Ok(Registered { import_id, disk, stored, ours, kept })
    }

    /// The registration with everything that the caller has set.
    fn registration(&mut self, disk: &Disk, account: &str) -> Result<RegisterImage> {
        let name = self.name.as_deref().unwrap_or_else(|| disk.stem());
        let mut register = self.cloud.vm_import().register_image(name, location(account, disk), &self.os_type);
        for set in std::mem::take(&mut self.register) {
            register = set(register);
        }
        check(&mut register)?;
        Ok(register)
    }

    async fn store(&mut self, swift: &ObjectStorage, disk: &Disk) -> Result<Stored> {
        let mut upload = swift.upload(&disk.container, &disk.object);
        for set in std::mem::take(&mut self.upload) {
            upload = set(upload);
        }
        upload = upload.from_path(&self.path);
        upload = match self.overwrite {
            true => upload.remove_old_segments(true),
            false => upload.configure(|put| put.if_none_match("*")),
        };
        joined(upload.start().await?, &self.tell).await
    }

    async fn wait(&self, import_id: &ImportId) -> Result<ImportStatus> {
        let (tell, id) = (self.tell.clone(), import_id.clone());
        let wait = self.cloud.vm_import().wait_import(import_id).succeeded().timeout(self.timeout);
        let wait = wait.each(move |status| tell.tell(importing(&id, status)));
        match self.pauses {
            Some((first, longest)) => wait.every(first, longest).await,
            None => wait.await,
        }
    }
}

fn importing(import_id: &ImportId, status: &ImportStatus) -> ImportProgress {
    let percent = status.progress.as_ref().and_then(Loose::get).and_then(|percent| u8::try_from(percent.clamp(0, 100)).ok());
    ImportProgress::Importing { import_id: import_id.clone(), state: status.import_status.clone(), percent }
}

/// The path of a disk, as the import service wants it.
fn location(account: &str, disk: &Disk) -> String {
    format!("/v1/{account}/{}/{}", disk.container, disk.object)
}

/// Refuses what `send` would refuse.
fn check(register: &mut RegisterImage) -> Result<()> {
    let mut faults = Vec::new();
    register.document_mut().faults("", &mut faults);
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Error::invalid_input(faults.join("; ")).with_operation(&k5_vm_import::meta::REGISTER_IMAGE)),
    }
}

/// The path of an object of this login's account, as the import service wants it.
pub(super) async fn location_of(cloud: &Cloud, container: &str, object: &str) -> Result<String> {
    let disk = Disk { container: container.to_owned(), object: object.to_owned() };
    Ok(location(&account_of(cloud).await?, &disk))
}

/// The account that uploads go to: the last part of the object storage's URL, or the project's.
async fn account_of(cloud: &Cloud) -> Result<String> {
    if cloud.client().is_none() {
        let message = "the account of the disk is not known: this cloud's calls go through the program's own transport; specify it";
        return Err(Error::invalid_input(message));
    }
    let url = cloud.endpoint(&k5_object_storage::meta::SERVICE).await?;
    let last = path::decode(url.trim_end_matches('/').rsplit('/').next().unwrap_or_default());
    if last.starts_with("AUTH_") {
        return Ok(last);
    }
    match cloud.token().await?.and_then(|token| token.project_id().map(str::to_owned)) {
        Some(project) => Ok(format!("AUTH_{project}")),
        None => Err(Error::invalid_input(format!("the account of the disk can't be determined from {url}: specify it"))),
    }
}

/// Waits for an upload and tells how far it is.
async fn joined(upload: RunningUpload, tell: &Tell) -> Result<Stored> {
    let mut progress = upload.progress();
    let mut upload = pin!(upload.join());
    let mut is_open = true;
    loop {
        let outcome = {
            let mut changed = pin!(progress.changed());
            poll_fn(|context| {
                // Progress is reported before the end of the upload, even if both have happened since.
                if is_open && let Poll::Ready(changed) = changed.as_mut().poll(context) {
                    if changed.is_ok() {
                        return Poll::Ready(None);
                    }
                    is_open = false;
                }
                upload.as_mut().poll(context).map(Some)
            })
            .await
        };
        match outcome {
            Some(outcome) => return outcome,
            None => tell.tell(ImportProgress::Uploading(*progress.borrow_and_update())),
        }
    }
}
