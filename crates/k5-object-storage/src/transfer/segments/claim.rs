//! Who may store a manifest over the segments of a folder: the first one to ask, and nobody after that.
//!
//! Segments that a manifest has named are deleted when the object is replaced. A later upload that names them again could do so
//! between another writer's last check and its deletion, and no order of checks and deletions rules that out. So a folder is
//! claimed before a manifest names its segments, once and for all, by a mark beside it; whoever finds the mark copies what it can
//! use, and claims a folder of its own.

use super::look::look;
use super::names::{KEPT_MARK, MARK, MOVED, MOVED_MARK};
use super::versions::{Versions, keeps_versions};
use crate::ObjectStorage;
use k5_core::{Body, Result};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The maximum number of bytes in a mark.
const MARK_SIZE: usize = 256 * 1024;
/// How many earlier owners a mark names before they are checked for whether they still matter.
const OWNERS: usize = 4;

/// What a folder's mark says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The run that claimed the folder.
    pub(crate) by: String,
    /// Container and name of the object whose manifest names the segments.
    pub(crate) of: Option<(String, String)>,
    /// Other objects whose manifest may still name them: where it was moved from, because a move may be interrupted between the
    /// copy and the deletion, and a container that keeps versions keeps that one.
    pub(crate) also: Vec<(String, String)>,
    /// Whether that manifest was stored: once it is gone, the segments belong to nobody.
    pub(crate) stored: bool,
}

impl Mark {
    /// A claim of this run alone.
    pub(crate) fn new(container: &str, object: &str) -> Self {
        let by = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
        Self { by, of: Some((container.to_owned(), object.to_owned())), also: Vec::new(), stored: false }
    }

    /// A claim for no object, by a caller that only wants to be sure that nobody else has it.
    pub(crate) fn anonymous() -> Self {
        Self { of: None, ..Self::new("", "") }
    }

    /// All objects that may consist of the segments.
    pub(crate) fn owners(&self) -> impl Iterator<Item = &(String, String)> {
        self.of.iter().chain(&self.also)
    }

    /// Claims a folder. Returns `false` if it is somebody else's.
    pub(crate) async fn claim(
        &self,
        storage: &ObjectStorage,
        container: &str,
        folder: &str,
        delete_at: Option<u64>,
    ) -> Result<bool> {
        let name = format!("{folder}{MARK}");
        for _ in 0..3 {
            match self.put(storage, container, &name, delete_at, true).await {
                Ok(()) => return Ok(true),
                Err(error) if error.status().is_some_and(|status| status == 412) => {}
                Err(error) => return Err(error),
            }
            // An earlier attempt of this very request may have succeeded; or the mark was removed between the two.
            if let Some(mark) = read(storage, container, &name).await? {
                return Ok(mark.by == self.by);
            }
        }
        Ok(false)
    }

    /// Records that the manifest is stored.
    pub(crate) async fn settle(
        &self,
        storage: &ObjectStorage,
        container: &str,
        folder: &str,
        delete_at: Option<u64>,
    ) -> Result<()> {
        let name = format!("{folder}{MARK}");
        Self { stored: true, ..self.clone() }.put(storage, container, &name, delete_at, false).await
    }

    /// Reads a mark. One that can't be parsed is still a claim.
    fn read(text: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(text).unwrap_or_default();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let place = |value: &Value| text(&value[0]).zip(text(&value[1]));
        Self {
            by: text(&value["by"]).unwrap_or_default(),
            of: place(&value["of"]),
            also: value["also"].as_array().into_iter().flatten().filter_map(place).collect(),
            stored: value["stored"] == true,
        }
    }

    async fn put(&self, storage: &ObjectStorage, container: &str, name: &str, delete_at: Option<u64>, first: bool) -> Result<()> {
        let text = json!({ "by": self.by, "of": self.of, "also": self.also, "stored": self.stored }).to_string();
        let put = storage.upload_object(container, name, Body::bytes(text)).content_type("application/json");
        let put = delete_at.into_iter().fold(put, |put, at| put.delete_at(at));
        let put = if first { put.if_none_match("*") } else { put };
        put.send().await.map(drop)
    }
}

/// The marks of a folder: of its claim, and of where its manifest was moved to. None if nobody claimed it.
pub(crate) async fn marks(storage: &ObjectStorage, container: &str, folder: &str) -> Result<Vec<Mark>> {
    let mut marks = Vec::new();
    marks.extend(read(storage, container, &format!("{folder}{MARK}")).await?);
    marks.extend(read(storage, container, &format!("{folder}{MOVED_MARK}")).await?);
    if marks.is_empty() {
        // Earlier versions marked segments only where their manifest had been moved away, and did not say where to.
        match storage.show_object(container, &format!("{folder}{MOVED}")).send().await {
            Ok(_) => marks.push(Mark { stored: true, ..Mark::default() }),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(marks)
}

async fn read(storage: &ObjectStorage, container: &str, name: &str) -> Result<Option<Mark>> {
    match storage.download_object(container, name).newest(true).send().await {
        Ok(download) => Ok(Some(Mark::read(&download.collect(MARK_SIZE).await?))),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Records that the manifest over a folder's segments is about to be another object's, too. It does not touch the claim, which
/// whoever made it may still be writing.
pub(crate) async fn hand_over(
    storage: &ObjectStorage,
    (container, folder): (&str, &str),
    from: (&str, &str),
    to: (&str, &str),
    delete_at: Option<u64>,
) -> Result<()> {
    let name = format!("{folder}{MOVED_MARK}");
    let mark = Mark { stored: true, ..Mark::new(to.0, to.1) };
    let mut also = BTreeSet::from([(from.0.to_owned(), from.1.to_owned())]);
    if let Some(before) = read(storage, container, &name).await? {
        for owner in before.owners().filter(|owner| Some(*owner) != mark.of.as_ref()) {
            let matters = before.also.len() < OWNERS
                || keeps_versions(storage, &owner.0).await? != Versions::None
                || look(storage, &owner.0, &owner.1).await?.is_some_and(|seen| seen.refers_to(container, folder));
            if matters {
                also.insert(owner.clone());
            }
        }
    }
    let mark = Mark { also: also.into_iter().collect(), ..mark };
    mark.put(storage, container, &name, delete_at, false).await
}

/// Records that an old version of an object consists of a folder's segments. Nothing tells where it is, nor when it is gone: from
/// now on only a collection of segments may delete the segments.
pub(crate) async fn keep(storage: &ObjectStorage, container: &str, folder: &str) -> Result<()> {
    Mark { stored: true, ..Mark::anonymous() }.put(storage, container, &format!("{folder}{KEPT_MARK}"), None, false).await
}

/// Whether an old version of an object may consist of a folder's segments.
pub(crate) async fn is_kept(storage: &ObjectStorage, container: &str, folder: &str) -> Result<bool> {
    Ok(read(storage, container, &format!("{folder}{KEPT_MARK}")).await?.is_some())
}

/// The names of a folder's marks.
pub(crate) fn names_of(folder: &str) -> [String; 4] {
    [MARK, MOVED_MARK, KEPT_MARK, MOVED].map(|end| format!("{folder}{end}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read_as_they_were_written() {
        let text = r#"{"by": "x", "of": ["c", "a/b"], "stored": true}"#;
        let place = |name: &str| ("c".to_owned(), name.to_owned());
        let mark = Mark { by: "x".to_owned(), of: Some(place("a/b")), also: Vec::new(), stored: true };
        assert_eq!(Mark::read(text.as_bytes()), mark);
        let text = r#"{"by": "x", "of": ["c", "a/b"], "also": [["c", "d"], "odd", ["c", "e"]], "stored": true}"#;
        assert_eq!(Mark::read(text.as_bytes()), Mark { also: vec![place("d"), place("e")], ..mark });
        for odd in ["", "null", "[]", "{\"of\": 1}"] {
            assert_eq!(Mark::read(odd.as_bytes()), Mark::default(), "{odd}");
        }
    }
}
