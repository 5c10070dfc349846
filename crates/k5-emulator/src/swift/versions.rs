//! Old versions in a container of their own: `X-Versions-Location` and `X-History-Location`.

use http::HeaderMap;

use super::errors::{Outcome, html, plain};
use crate::request::{latin1, unquote};
use crate::store::{BodyRef, ContainerRow, ObjectName, ObjectRow, StoreError, Tables};
use crate::time::Ticks;

/// DELETE brings the version before back.
pub(super) const LOCATION: &str = "x-versions-location";
/// DELETE puts the current version beside the older ones.
pub(super) const HISTORY: &str = "x-history-location";
pub(super) const DELETED: &str = "application/x-deleted;swift_versions_deleted=1";

/// Checks the two headers; setting one takes the other away.
pub(super) fn prepare(headers: &mut HeaderMap) -> Outcome<()> {
    let given = |name: &str| headers.get(name).map(|value| latin1(value.as_bytes()));
    let (stack, history) = (given(LOCATION), given(HISTORY));
    let set = |location: &Option<String>| location.as_ref().is_some_and(|location| !location.is_empty());
    if set(&stack) && set(&history) {
        let text = format!("Only one of {LOCATION} or {HISTORY} may be specified");
        return plain(400, &text);
    }
    for (location, other) in [(stack, HISTORY), (history, LOCATION)] {
        let Some(location) = location.filter(|location| !location.is_empty()) else { continue };
        let name = unquote(&location).unwrap_or_default();
        if name.is_empty() || name.contains('/') {
            return html(412, "Container name cannot contain slashes");
        }
        headers.insert(other, http::HeaderValue::from_static(""));
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Stack,
    History,
}

fn versioning(container: &ContainerRow) -> Option<(Mode, String)> {
    [(Mode::Stack, LOCATION), (Mode::History, HISTORY)].into_iter().find_map(|(mode, header)| {
        let location = unquote(container.headers.get(header)?)?;
        Some((mode, location))
    })
}

/// `005hello/1795487960.07702`: names sort by object, then by time.
fn version_prefix(object: &str) -> String {
    format!("{:03x}{object}/", object.len())
}

fn version_name(at: &ObjectName, location: &str, changed: Ticks) -> ObjectName {
    ObjectName::new(&at.account, location, &format!("{}{}", version_prefix(&at.object), changed.normal()))
}

/// What became of a change to a container that may keep versions.
#[derive(PartialEq, Eq)]
pub(super) enum Kept {
    Done,
    /// The container for the old versions is not there; nothing was changed.
    NoLocation,
}

/// Before an object is overwritten.
pub(super) fn archive(tables: &mut Tables<'_>, container: &ContainerRow, name: &ObjectName) -> Result<Kept, StoreError> {
    match versioning(container) {
        Some((_, location)) => archive_at(tables, &location, name),
        None => Ok(Kept::Done),
    }
}

fn archive_at(tables: &mut Tables<'_>, location: &str, name: &ObjectName) -> Result<Kept, StoreError> {
    let Some(current) = tables.object(name)? else { return Ok(Kept::Done) };
    if tables.container(&name.account, location)?.is_none() {
        return Ok(Kept::NoLocation);
    }
    let version = version_name(name, location, current.changed);
    tables.take_object(name)?;
    tables.put_object(&version, &ObjectRow { changed: Ticks::next(), ..current })?;
    Ok(Kept::Done)
}

/// What a DELETE did.
pub(super) enum Deleted {
    Gone,
    Missing,
    NoLocation,
}

pub(super) fn delete(tables: &mut Tables<'_>, container: &ContainerRow, name: &ObjectName) -> Result<Deleted, StoreError> {
    let outcome = |gone: bool| if gone { Deleted::Gone } else { Deleted::Missing };
    match versioning(container) {
        None => tables.remove_object(name).map(outcome),
        Some((Mode::History, location)) => {
            if tables.container(&name.account, &location)?.is_none() {
                return Ok(Deleted::NoLocation);
            }
            let existed = tables.object(name)?.is_some();
            archive_at(tables, &location, name)?;
            let now = Ticks::next();
            let marker = ObjectRow {
                changed: now,
                size: 0,
                etag: crate::store::bodies::md5_hex(b""),
                content_type: DELETED.to_owned(),
                body: BodyRef::Empty,
                delete_at: None,
                large: None,
                link: None,
                version: None,
                headers: Default::default(),
            };
            tables.put_object(&version_name(name, &location, now), &marker)?;
            Ok(outcome(existed))
        }
        Some((Mode::Stack, location)) => {
            let prefix = version_prefix(&name.object);
            let newest = tables.last_with_prefix(&name.account, &location, &prefix, None)?;
            let Some((version, row)) = newest else { return tables.remove_object(name).map(outcome) };
            if row.content_type != DELETED {
                restore(tables, name, &version, row)?;
                return Ok(Deleted::Gone);
            }
            if tables.object(name)?.is_some() {
                // Back to what the marker says: deleted.
                return tables.remove_object(name).map(outcome);
            }
            let before = tables.last_with_prefix(&name.account, &location, &prefix, Some(&version.object))?;
            if let Some((older, row)) = before
                && row.content_type != DELETED
            {
                restore(tables, name, &older, row)?;
            }
            tables.remove_object(&version).map(outcome)
        }
    }
}

fn restore(tables: &mut Tables<'_>, name: &ObjectName, version: &ObjectName, row: ObjectRow) -> Result<(), StoreError> {
    tables.take_object(version)?;
    tables.put_object(name, &ObjectRow { changed: Ticks::next(), ..row })
}
