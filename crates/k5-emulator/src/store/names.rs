//! The tables: rows in, rows out, and the counters that have to agree with them.

use redb::{ReadOnlyTable, ReadTransaction, ReadableTable, Table, TableDefinition, WriteTransaction};

use super::bodies::Stored;
use super::cache::Cached;
use super::documents::{DOCUMENT_ORDER, DOCUMENTS, Documents, OpenDocuments, StoredDocuments};
use super::rows::{self, container_key};
use super::versions::VERSIONS;
use super::{AccountRow, BodyRef, ContainerRow, ListQuery, ObjectName, ObjectRow, StoreError, scan};
use crate::time::Ticks;

type Rows = TableDefinition<'static, &'static [u8], &'static [u8]>;

const ACCOUNTS: Rows = TableDefinition::new("accounts");
const CONTAINERS: Rows = TableDefinition::new("containers");
const OBJECTS: Rows = TableDefinition::new("objects");
const SMALL_BODIES: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("small_bodies");
/// Big-endian second of expiry, then the object's key.
const EXPIRING: TableDefinition<'static, &'static [u8], ()> = TableDefinition::new("expiring");

/// A consistent, read-only view.
pub(crate) struct Reader {
    accounts: ReadOnlyTable<&'static [u8], &'static [u8]>,
    containers: ReadOnlyTable<&'static [u8], &'static [u8]>,
    objects: ReadOnlyTable<&'static [u8], &'static [u8]>,
    small: ReadOnlyTable<u64, &'static [u8]>,
    expiring: ReadOnlyTable<&'static [u8], ()>,
    pub(super) versions: ReadOnlyTable<&'static [u8], &'static [u8]>,
    /// Those of the services beside Swift.
    pub(crate) documents: StoredDocuments,
}

impl Reader {
    pub(crate) fn new(transaction: &ReadTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            accounts: transaction.open_table(ACCOUNTS)?,
            containers: transaction.open_table(CONTAINERS)?,
            objects: transaction.open_table(OBJECTS)?,
            small: transaction.open_table(SMALL_BODIES)?,
            expiring: transaction.open_table(EXPIRING)?,
            versions: transaction.open_table(VERSIONS)?,
            documents: Documents::new(transaction.open_table(DOCUMENTS)?, transaction.open_table(DOCUMENT_ORDER)?),
        })
    }

    pub(crate) fn account(&self, account: &str) -> Result<Option<AccountRow>, StoreError> {
        row(&self.accounts, account.as_bytes())
    }

    pub(crate) fn container(&self, account: &str, container: &str) -> Result<Option<ContainerRow>, StoreError> {
        row(&self.containers, &container_key(account, container))
    }

    /// The object, unless it has expired.
    pub(crate) fn object(&self, name: &ObjectName) -> Result<Option<ObjectRow>, StoreError> {
        let found: Option<ObjectRow> = row(&self.objects, &name.key())?;
        Ok(found.filter(|object| !object.expired(crate::time::unix_now())))
    }

    /// Whether an object waits to be removed because its time has come.
    pub(crate) fn expiry_due(&self, now: u64) -> Result<bool, StoreError> {
        let end = (now + 1).to_be_bytes();
        Ok(self.expiring.range::<&[u8]>(..end.as_slice())?.next().is_some())
    }

    pub(crate) fn small_body(&self, id: u64) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.small.get(id)?.map(|bytes| bytes.value().to_vec()))
    }

    pub(crate) fn list_containers(
        &self,
        account: &str,
        query: &ListQuery,
        entry: impl FnMut(scan::Entry<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut base = account.as_bytes().to_vec();
        base.push(0);
        scan::scan(&self.containers, &base, query, |_| Ok(true), entry)
    }

    pub(crate) fn list_objects(
        &self,
        account: &str,
        container: &str,
        query: &ListQuery,
        entry: impl FnMut(scan::Entry<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        #[derive(serde::Deserialize)]
        struct Expiry {
            #[serde(rename = "d", default)]
            delete_at: Option<u64>,
        }
        let mut base = container_key(account, container);
        base.push(0);
        let now = crate::time::unix_now();
        let alive = |document: &[u8]| {
            // Hardly any has one, and to look for the key takes a part of the time that it takes to read the document.
            if !rows::may_expire(document) {
                return Ok(true);
            }
            let expiry: Expiry = serde_json::from_slice(document)?;
            Ok(expiry.delete_at.is_none_or(|at| at > now))
        };
        scan::scan(&self.objects, &base, query, alive, entry)
    }
}

/// The tables inside a write transaction.
pub(crate) struct Tables<'t> {
    pub(super) accounts: Cached<'t, AccountRow>,
    pub(super) containers: Cached<'t, ContainerRow>,
    objects: Table<'t, &'static [u8], &'static [u8]>,
    small: Table<'t, u64, &'static [u8]>,
    last_small: &'t mut u64,
    expiring: Table<'t, &'static [u8], ()>,
    pub(super) versions: Table<'t, &'static [u8], &'static [u8]>,
    /// Those of the services beside Swift.
    pub(crate) documents: OpenDocuments<'t>,
    /// Body files that no row names any more.
    pub(crate) displaced: Vec<BodyRef>,
}

impl<'t> Tables<'t> {
    /// `last_small` is the last id that a small body got, of all transactions.
    pub(crate) fn new(transaction: &'t WriteTransaction, last_small: &'t mut u64) -> Result<Self, StoreError> {
        Ok(Self {
            last_small,
            accounts: Cached::new(transaction.open_table(ACCOUNTS)?),
            containers: Cached::new(transaction.open_table(CONTAINERS)?),
            objects: transaction.open_table(OBJECTS)?,
            small: transaction.open_table(SMALL_BODIES)?,
            expiring: transaction.open_table(EXPIRING)?,
            versions: transaction.open_table(VERSIONS)?,
            documents: Documents::new(transaction.open_table(DOCUMENTS)?, transaction.open_table(DOCUMENT_ORDER)?),
            displaced: Vec::new(),
        })
    }

    /// Ends the changes of a transaction that is to be committed. Gives the body files that no row names any more.
    pub(crate) fn finish(self) -> Result<Vec<BodyRef>, StoreError> {
        self.accounts.flush()?;
        self.containers.flush()?;
        Ok(self.displaced)
    }

    pub(crate) fn account(&mut self, account: &str) -> Result<Option<AccountRow>, StoreError> {
        Ok(self.accounts.get(account.as_bytes())?.cloned())
    }

    pub(crate) fn put_account(&mut self, account: &str, row: &AccountRow) -> Result<(), StoreError> {
        self.accounts.replace(account.as_bytes(), Some(row.clone())).map(drop)
    }

    pub(crate) fn container(&mut self, account: &str, container: &str) -> Result<Option<ContainerRow>, StoreError> {
        Ok(self.containers.get(&container_key(account, container))?.cloned())
    }

    pub(crate) fn put_container(&mut self, account: &str, container: &str, row: &ContainerRow) -> Result<(), StoreError> {
        if self.containers.replace(&container_key(account, container), Some(row.clone()))?.is_none() {
            let mut owner = self.account(account)?.unwrap_or_else(|| AccountRow::new(Ticks::next()));
            owner.usage.entry(row.policy.clone()).or_default().containers += 1;
            self.put_account(account, &owner)?;
        }
        Ok(())
    }

    /// Only for a container without objects.
    pub(crate) fn remove_container(&mut self, account: &str, container: &str) -> Result<(), StoreError> {
        let Some(gone) = self.containers.replace(&container_key(account, container), None)? else { return Ok(()) };
        if let Some(owner) = self.accounts.get_mut(account.as_bytes())? {
            let usage = owner.usage.entry(gone.policy).or_default();
            usage.containers = usage.containers.saturating_sub(1);
        }
        Ok(())
    }

    /// The object, unless it has expired.
    pub(crate) fn object(&self, name: &ObjectName) -> Result<Option<ObjectRow>, StoreError> {
        let found: Option<ObjectRow> = row(&self.objects, &name.key())?;
        Ok(found.filter(|object| !object.expired(crate::time::unix_now())))
    }

    /// Puts a complete body where a row can name it.
    pub(crate) fn put_body(&mut self, stored: Stored) -> Result<BodyRef, StoreError> {
        match stored {
            Stored::Empty => Ok(BodyRef::Empty),
            Stored::Small(bytes) => {
                // Neighbours in time share a page. None is given twice while this process runs: who holds an older view of a row may
                // still ask for the body.
                let last = self.small.last()?.map_or(0, |(last, _)| last.value());
                let id = last.max(*self.last_small) + 1;
                *self.last_small = id;
                self.small.insert(id, &*bytes)?;
                Ok(BodyRef::Small(id))
            }
            Stored::File(incoming) => Ok(BodyRef::File(incoming.keep()?)),
        }
    }

    /// Stores an object and drops the body of the one it replaces. The container has to exist.
    pub(crate) fn put_object(&mut self, name: &ObjectName, new: &ObjectRow) -> Result<(), StoreError> {
        let key = name.key();
        let document = serde_json::to_vec(new)?;
        let old: Option<ObjectRow> = match self.objects.insert(key.as_slice(), document.as_slice())? {
            Some(old) => Some(serde_json::from_slice(old.value())?),
            None => None,
        };
        if let Some(at) = new.delete_at {
            self.expiring.insert(expiry_key(at, &key).as_slice(), ())?;
        }
        if let Some(old) = &old {
            if let Some(at) = old.delete_at.filter(|at| new.delete_at != Some(*at)) {
                self.expiring.remove(expiry_key(at, &key).as_slice())?;
            }
            if old.version.is_none() && old.body != new.body {
                self.drop_body(old.body)?;
            }
        }
        self.count(name, old.as_ref(), Some(new))
    }

    /// Takes the row away and leaves its body alone, for those who put it elsewhere.
    pub(crate) fn take_object(&mut self, name: &ObjectName) -> Result<Option<ObjectRow>, StoreError> {
        let key = name.key();
        let old: ObjectRow = match self.objects.remove(key.as_slice())? {
            Some(old) => serde_json::from_slice(old.value())?,
            None => return Ok(None),
        };
        if let Some(at) = old.delete_at {
            self.expiring.remove(expiry_key(at, &key).as_slice())?;
        }
        self.count(name, Some(&old), None)?;
        Ok(Some(old))
    }

    /// Whether there was one that had not expired.
    pub(crate) fn remove_object(&mut self, name: &ObjectName) -> Result<bool, StoreError> {
        match self.take_object(name)? {
            Some(old) => {
                if old.version.is_none() {
                    self.drop_body(old.body)?;
                }
                Ok(!old.expired(crate::time::unix_now()))
            }
            None => Ok(false),
        }
    }

    pub(crate) fn drop_body(&mut self, body: BodyRef) -> Result<(), StoreError> {
        match body {
            BodyRef::Empty => {}
            BodyRef::Small(id) => {
                self.small.remove(id)?;
            }
            BodyRef::File(_) => self.displaced.push(body),
        }
        Ok(())
    }

    /// Removes objects whose time has come; whether there may be more.
    pub(crate) fn reap_expired(&mut self, now: u64, most: usize) -> Result<bool, StoreError> {
        let end = (now + 1).to_be_bytes();
        let mut due = Vec::new();
        for entry in self.expiring.range::<&[u8]>(..end.as_slice())?.take(most) {
            due.push(entry?.0.value().to_vec());
        }
        for key in &due {
            self.expiring.remove(key.as_slice())?;
            let mut parts = key[8..].splitn(3, |byte| *byte == 0).map(String::from_utf8_lossy);
            if let (Some(account), Some(container), Some(object)) = (parts.next(), parts.next(), parts.next()) {
                self.remove_object(&ObjectName::new(&account, &container, &object))?;
            }
        }
        Ok(due.len() == most)
    }

    /// A container's last object that has expired but was not yet reaped must not keep the container.
    pub(crate) fn reap_container(&mut self, account: &str, container: &str) -> Result<(), StoreError> {
        let now = crate::time::unix_now();
        let mut base = container_key(account, container);
        base.push(0);
        let mut expired = Vec::new();
        for entry in self.objects.range::<&[u8]>(base.as_slice()..)? {
            let (key, document) = entry?;
            let Some(name) = key.value().strip_prefix(base.as_slice()) else { break };
            let row: ObjectRow = serde_json::from_slice(document.value())?;
            if !row.expired(now) {
                break;
            }
            expired.push(String::from_utf8_lossy(name).into_owned());
        }
        for object in expired {
            self.remove_object(&ObjectName::new(account, container, &object))?;
        }
        Ok(())
    }

    /// The newest old version: the last name that begins with `prefix`, and lies before `before`.
    pub(crate) fn last_with_prefix(
        &self,
        account: &str,
        container: &str,
        prefix: &str,
        before: Option<&str>,
    ) -> Result<Option<(ObjectName, ObjectRow)>, StoreError> {
        let from = ObjectName::new(account, container, prefix).key();
        let mut to = from.clone();
        match before {
            Some(before) => to = ObjectName::new(account, container, before).key(),
            None => to.push(0xff),
        }
        let Some(entry) = self.objects.range::<&[u8]>(from.as_slice()..to.as_slice())?.next_back() else {
            return Ok(None);
        };
        let (key, document) = entry?;
        let base = container_key(account, container).len() + 1;
        let object = String::from_utf8_lossy(&key.value()[base..]).into_owned();
        Ok(Some((ObjectName::new(account, container, &object), serde_json::from_slice(document.value())?)))
    }

    fn count(&mut self, name: &ObjectName, old: Option<&ObjectRow>, new: Option<&ObjectRow>) -> Result<(), StoreError> {
        // The bytes of a version count where the versions are counted.
        let weigh = |row: Option<&ObjectRow>| row.map_or((0, 0), |row| (1_u64, if row.version.is_some() { 0 } else { row.size }));
        let ((old_count, old_bytes), (new_count, new_bytes)) = (weigh(old), weigh(new));
        let apply = |objects: &mut u64, bytes: &mut u64| {
            *objects = (*objects + new_count).saturating_sub(old_count);
            *bytes = (*bytes + new_bytes).saturating_sub(old_bytes);
        };
        let Some(container) = self.containers.get_mut(&container_key(&name.account, &name.container))? else { return Ok(()) };
        apply(&mut container.objects, &mut container.bytes);
        if let Some(account) = self.accounts.get_mut(name.account.as_bytes())? {
            let usage = match account.usage.get_mut(&container.policy) {
                Some(usage) => usage,
                None => account.usage.entry(container.policy.clone()).or_default(),
            };
            apply(&mut usage.objects, &mut usage.bytes);
        }
        Ok(())
    }
}

fn expiry_key(at: u64, key: &[u8]) -> Vec<u8> {
    let mut expiry = at.to_be_bytes().to_vec();
    expiry.extend_from_slice(key);
    expiry
}

pub(super) fn row<R: serde::de::DeserializeOwned>(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    key: &[u8],
) -> Result<Option<R>, StoreError> {
    match table.get(key)? {
        Some(document) => Ok(Some(serde_json::from_slice(document.value())?)),
        None => Ok(None),
    }
}
