//! The table of versions: what containers keep of their objects, newest first under each name.

use redb::TableDefinition;

use super::rows::{Versions, container_key};
use super::{Entry, ListQuery, ObjectName, ObjectRow, Reader, StoreError, Tables, scan};
use crate::time::Ticks;

/// The object's key, NUL, and the version's time counted backwards.
pub(super) const VERSIONS: TableDefinition<'static, &'static [u8], &'static [u8]> = TableDefinition::new("versions");

/// The part of a version's name after the object's.
pub(crate) fn backwards(id: Ticks) -> String {
    format!("{:016}", LATEST - id.0.min(LATEST))
}

const LATEST: u64 = 9_999_999_999_999_999;

/// Object and version of a line in a listing of versions.
pub(crate) fn split(name: &str) -> Option<(&str, Ticks)> {
    let (object, backwards) = name.split_once('\0')?;
    Some((object, Ticks(LATEST.checked_sub(backwards.parse().ok()?)?)))
}

fn key(name: &ObjectName, id: Ticks) -> Vec<u8> {
    let mut key = name.key();
    key.push(0);
    key.extend_from_slice(backwards(id).as_bytes());
    key
}

impl Reader {
    /// One version of an object, perhaps a delete marker.
    pub(crate) fn version(&self, name: &ObjectName, id: Ticks) -> Result<Option<ObjectRow>, StoreError> {
        super::names::row(&self.versions, &key(name, id))
    }

    /// Names in the query and in the lines are those of versions; see [`split`].
    pub(crate) fn list_versions(
        &self,
        account: &str,
        container: &str,
        query: &ListQuery,
        entry: impl FnMut(Entry<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut base = container_key(account, container);
        base.push(0);
        scan::scan(&self.versions, &base, query, |_| Ok(true), entry)
    }
}

impl Tables<'_> {
    pub(crate) fn version(&self, name: &ObjectName, id: Ticks) -> Result<Option<ObjectRow>, StoreError> {
        super::names::row(&self.versions, &key(name, id))
    }

    /// Stores a version, or changes what is stored beside its body.
    pub(crate) fn put_version(&mut self, name: &ObjectName, id: Ticks, new: &ObjectRow) -> Result<(), StoreError> {
        let document = serde_json::to_vec(new)?;
        let old: Option<ObjectRow> = match self.versions.insert(key(name, id).as_slice(), document.as_slice())? {
            Some(old) => Some(serde_json::from_slice(old.value())?),
            None => None,
        };
        if let Some(old) = &old
            && old.body != new.body
        {
            self.drop_body(old.body)?;
        }
        self.count_version(name, old.as_ref(), Some(new))
    }

    /// Whether there was one.
    pub(crate) fn remove_version(&mut self, name: &ObjectName, id: Ticks) -> Result<bool, StoreError> {
        let old: ObjectRow = match self.versions.remove(key(name, id).as_slice())? {
            Some(old) => serde_json::from_slice(old.value())?,
            None => return Ok(false),
        };
        self.drop_body(old.body)?;
        self.count_version(name, Some(&old), None)?;
        Ok(true)
    }

    fn count_version(&mut self, name: &ObjectName, old: Option<&ObjectRow>, new: Option<&ObjectRow>) -> Result<(), StoreError> {
        let weigh = |row: Option<&ObjectRow>| row.map_or((0, 0), |row| (1_u64, row.size));
        let ((old_count, old_bytes), (new_count, new_bytes)) = (weigh(old), weigh(new));
        let change = |count: &mut u64, bytes: &mut u64| {
            *count = (*count + new_count).saturating_sub(old_count);
            *bytes = (*bytes + new_bytes).saturating_sub(old_bytes);
        };
        let Some(container) = self.containers.get_mut(&container_key(&name.account, &name.container))? else { return Ok(()) };
        let Versions { count, bytes } = container.versions.get_or_insert_default();
        change(count, bytes);
        if let Some(account) = self.accounts.get_mut(name.account.as_bytes())? {
            let usage = account.usage.entry(container.policy.clone()).or_default();
            change(&mut usage.objects, &mut usage.bytes);
        }
        Ok(())
    }
}
