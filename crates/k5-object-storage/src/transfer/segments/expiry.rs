//! When segments expire: after the object that consists of them, never before it.

use super::claim;
use super::look::{Names, Seen};
use super::names;
use crate::{MetadataChange, ObjectStorage};
use k5_core::{Error, ErrorKind, Result, Sent};
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::task::JoinSet;

/// Segments of an object that expires after a while live longer than it by this, so that a later run may use them.
pub(crate) const MARGIN: Duration = Duration::from_secs(7 * 86_400);

/// How many objects are examined at a time.
const AT_A_TIME: usize = 8;

/// When segments expire, if they do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Expiry {
    pub(crate) at: Option<u64>,
    pub(crate) after: Option<u64>,
}

impl Expiry {
    pub(crate) fn of_segment(self) -> Option<u64> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.at.or_else(|| self.after.map(|after| (now + MARGIN).as_secs().saturating_add(after)))
    }

    /// What the names of segments say of it: other segments expire at another time.
    pub(crate) fn mark(self) -> String {
        match (self.at, self.after) {
            (Some(at), _) => format!("-x{at}"),
            (None, Some(after)) => format!("-a{after}"),
            (None, None) => String::new(),
        }
    }
}

/// Sees to it that nothing an object consists of expires before the object does (`until`, or never): its segments and the marks beside
/// them. What expires later, or never, stays as it is, for another object may consist of it.
///
/// # Errors
/// Fails if something can't be examined or changed.
pub(crate) async fn put_off(storage: &ObjectStorage, seen: &Seen, until: Option<u64>) -> Result<()> {
    let mut objects: Names = seen.names();
    let folders: BTreeSet<_> =
        objects.iter().filter_map(|(container, name)| Some((container.clone(), names::read(name)?.folder.to_owned()))).collect();
    for (container, folder) in folders {
        objects.extend(claim::names_of(&folder).map(|name| (container.clone(), name)));
    }
    let mut running: JoinSet<Result<()>> = JoinSet::new();
    for (container, name) in objects {
        while running.len() >= AT_A_TIME {
            ended(running.join_next().await)?;
        }
        let storage = storage.clone();
        running.spawn(async move {
            let info = match storage.show_object_itself(&container, &name).await {
                Err(error) if error.is_not_found() => return Ok(()),
                outcome => outcome?,
            };
            let is_late = |at| until.is_some_and(|until| at >= until);
            if info.delete_at.is_none_or(is_late) {
                return Ok(());
            }
            let change = MetadataChange { delete_at: until, keep_for_ever: until.is_none(), ..MetadataChange::default() };
            storage.write_metadata((&container, &name), info, &change).await
        });
    }
    while !running.is_empty() {
        ended(running.join_next().await)?;
    }
    Ok(())
}

fn ended(task: Option<std::result::Result<Result<()>, tokio::task::JoinError>>) -> Result<()> {
    match task {
        Some(Ok(outcome)) => outcome,
        Some(Err(_)) => {
            Err(Error::new(ErrorKind::Local, "the change of a segment's expiry was interrupted").with_sent(Sent::Maybe))
        }
        None => Ok(()),
    }
}
