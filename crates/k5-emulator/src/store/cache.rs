//! Rows that many changes of one transaction touch: read once, written once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use redb::{ReadableTable, Table};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

type Rows<'t> = Table<'t, &'static [u8], &'static [u8]>;

/// A table whose rows are kept in memory until the transaction's end.
pub(crate) struct Cached<'t, R> {
    table: Rows<'t>,
    rows: HashMap<Vec<u8>, Held<R>>,
}

struct Held<R> {
    /// `None` if there is none.
    row: Option<R>,
    changed: bool,
}

impl<'t, R: Serialize + DeserializeOwned> Cached<'t, R> {
    pub(crate) fn new(table: Rows<'t>) -> Self {
        Self { table, rows: HashMap::new() }
    }

    pub(crate) fn get(&mut self, key: &[u8]) -> Result<Option<&R>, StoreError> {
        Ok(self.held(key)?.row.as_ref())
    }

    /// The row, to be changed.
    pub(crate) fn get_mut(&mut self, key: &[u8]) -> Result<Option<&mut R>, StoreError> {
        let held = self.held(key)?;
        held.changed |= held.row.is_some();
        Ok(held.row.as_mut())
    }

    /// Stores or removes a row, and returns what was there before.
    pub(crate) fn replace(&mut self, key: &[u8], row: Option<R>) -> Result<Option<R>, StoreError> {
        let held = self.held(key)?;
        held.changed = true;
        Ok(std::mem::replace(&mut held.row, row))
    }

    fn held(&mut self, key: &[u8]) -> Result<&mut Held<R>, StoreError> {
        match self.rows.entry(key.to_vec()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => {
                let row = match self.table.get(key)? {
                    Some(document) => Some(serde_json::from_slice(document.value())?),
                    None => None,
                };
                Ok(new.insert(Held { row, changed: false }))
            }
        }
    }

    /// Writes what was changed.
    pub(crate) fn flush(mut self) -> Result<(), StoreError> {
        for (key, Held { row, .. }) in self.rows.into_iter().filter(|(_, held)| held.changed) {
            match row {
                Some(row) => self.table.insert(key.as_slice(), serde_json::to_vec(&row)?.as_slice())?,
                None => self.table.remove(key.as_slice())?,
            };
        }
        Ok(())
    }
}
