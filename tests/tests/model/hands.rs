//! Operations carried out by the library.

use super::sequence::{Container, How, Op, Place, Side};
use super::stage::{Grounds, Stage, retry};
use k5::object_storage::sync::{Event, Side as Place_};
use k5::object_storage::transfer::Layout;
use k5::object_storage::{MetadataChange, ObjectStorage, Upload};
use k5::{Error, Result};
use std::io::Cursor;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::time::Duration;

/// An operation under way, which knows nothing of the stage any more. Dropped, it ends.
pub(crate) type Doing = Pin<Box<dyn Future<Output = Result<(), String>>>>;

/// Objects over this size are large ones where a cluster has tight limits.
const TIGHT: u64 = 500;

/// Begins an operation of a client.
pub(crate) fn begin(grounds: &Grounds, stage: &Stage, client: usize, op: &Op) -> Doing {
    let swift = stage.swift(client);
    let at = |place: &Place| match place {
        Place::Object(container, name) => (stage.name(*container), (*name).to_owned()),
        Place::File(_) | Place::KeptFile(_) => unreachable!("operations are on objects"),
    };
    match op.clone() {
        Op::Upload { to, body, how } => {
            let (container, object) = at(&to);
            let upload = swift.upload(&container, &object).remove_old_segments(true).retry(retry());
            let upload = match how.stream {
                true => {
                    let bytes = grounds.files.bodies[body].clone();
                    upload.from_reader(Cursor::new(bytes), None)
                }
                false => upload.from_path(grounds.files.path(body)),
            };
            let upload = in_segments(upload, how, stage.tight);
            let upload = how.tag.iter().fold(upload, |upload, tag| upload.metadata("tag", &tag.to_string()));
            Box::pin(async move { told(upload.send().await) })
        }
        Op::Copy { from, to } => {
            let (from, to) = (at(&from), at(&to));
            Box::pin(async move { told(swift.copy_whole((&from.0, &from.1), (&to.0, &to.1)).send().await) })
        }
        Op::Move { from, to } => {
            let (from, to) = (at(&from), at(&to));
            Box::pin(async move { told(swift.move_object((&from.0, &from.1), (&to.0, &to.1)).await) })
        }
        Op::Remove(place) => {
            let (container, object) = at(&place);
            Box::pin(async move { told(swift.remove_object(&container, &object).await) })
        }
        Op::RemoveMany(container, names) => {
            let (container, names) = (stage.name(container), names.iter().map(|name| (*name).to_owned()).collect());
            Box::pin(async move {
                let outcomes = swift.remove_many(&container, names).await;
                let failed = outcomes.into_iter().filter_map(|(name, outcome)| Some(format!("{name}: {}", outcome.err()?)));
                all_of(failed.collect())
            })
        }
        Op::Link { at: place, to } => {
            let ((container, object), (target, name)) = (at(&place), at(&to));
            let upload = swift.upload(&container, &object).remove_old_segments(true);
            let upload = upload.configure(move |put| put.symlink_target(&format!("{target}/{name}")));
            Box::pin(async move { told(upload.send().await) })
        }
        Op::Tag(place, tag) => {
            let (container, object) = at(&place);
            let change = MetadataChange::new().set("tag", &tag.to_string());
            Box::pin(async move { told(swift.change_object_metadata(&container, &object, &change).await) })
        }
        Op::Sync { from, to, delete, backup } => {
            let side = |side| match side {
                Side::Folder => Place_::Folder(stage.local()),
                Side::Objects(container) => Place_::Objects { container: stage.name(container), prefix: String::new() },
            };
            let kept = match to {
                Side::Folder => Place_::Folder(stage.kept()),
                Side::Objects(_) => Place_::Objects { container: stage.name(Container::Kept), prefix: String::new() },
            };
            let sync = swift
                .sync(side(from), side(to))
                .delete(delete)
                .configure_upload(|upload| upload.segment_size(TIGHT).retry(retry()));
            let sync = if backup { sync.backup(kept) } else { sync };
            Box::pin(async move {
                let mut failed = Vec::new();
                let watch = |event| {
                    if let Event::Failed { name, error } = event {
                        failed.push(format!("{name}: {}", whole(&error)));
                    }
                    ControlFlow::Continue(())
                };
                told(sync.run(watch).await)?;
                all_of(failed)
            })
        }
        Op::Edit(name, body) => {
            stage.edit(name, body.map(|body| grounds.files.bodies[body].as_slice()));
            Box::pin(async { Ok(()) })
        }
        Op::Collect => {
            let containers = [Container::A, Container::B, Container::Kept].map(|container| stage.name(container));
            Box::pin(async move { collect(&swift, &containers).await })
        }
        Op::Versions(on) => {
            let container = stage.name(Container::A);
            Box::pin(async move { told(swift.update_container(&container).versions_enabled(on).send().await) })
        }
        Op::Archive(on) => {
            let (container, archive) = (stage.name(Container::B), stage.name(Container::Archive));
            let update = swift.update_container(&container);
            let update = if on { update.versions_location(&archive) } else { update.remove_versions_location() };
            Box::pin(async move { told(update.send().await) })
        }
    }
}

fn in_segments(upload: Upload, how: How, tight: bool) -> Upload {
    let segment = how.segment.or(tight.then_some(TIGHT));
    let upload = segment.into_iter().fold(upload, Upload::segment_size);
    if how.dynamic { upload.layout(Layout::Dynamic) } else { upload }
}

/// Collects the segments of all containers.
pub(crate) async fn collect(swift: &ObjectStorage, containers: &[String]) -> Result<(), String> {
    for container in containers {
        let found = match swift.orphaned_segments(container, Duration::ZERO).await {
            Ok(found) => found,
            // It has no segments at all.
            Err(error) if error.is_not_found() => continue,
            Err(error) => return Err(whole(&error)),
        };
        all_of(found.unreadable.iter().map(|(name, error)| format!("{name}: {}", whole(error))).collect())?;
        told(swift.remove_orphaned_segments(container, &found.segments).await)?;
    }
    Ok(())
}

fn told<T>(outcome: Result<T>) -> Result<(), String> {
    outcome.map(drop).map_err(|error| whole(&error))
}

fn all_of(failed: Vec<String>) -> Result<(), String> {
    if failed.is_empty() { Ok(()) } else { Err(failed.join("; ")) }
}

fn whole(error: &Error) -> String {
    error.to_string()
}
