//! A move: a copy, another check of both sides, and the deletion of the source. A large object is moved by its manifest.

use super::copy::ServerCopy;
use crate::etag;
use crate::transfer::segments::expiry::{self, MARGIN};
use crate::transfer::segments::look::{Kind, Seen, is_unchanged, look};
use crate::transfer::segments::{claim, known, names, release};
use k5_core::{Error, ErrorKind, Result, Sent};
use std::collections::BTreeSet;

impl ServerCopy {
    /// Moves what was seen at the source.
    pub(super) async fn relocate(&self, source: Seen) -> Result<()> {
        let (from, to) = ((self.from.0.as_str(), self.from.1.as_str()), (self.to.0.as_str(), self.to.1.as_str()));
        let replaced = known::large_object(&self.storage, to.0, to.1).await?;
        let copy = match source.kind {
            Kind::Plain => self.copy(),
            // In a container that keeps versions, the name itself is a link to the newest of them.
            Kind::Link => source.info.version_id.iter().fold(self.copy().symlink("get"), |copy, id| copy.version_id(id)),
            Kind::Static | Kind::Dynamic(..) => {
                // Before the manifest is stored: whoever replaces the source from now on finds that the segments are not its own.
                for (container, folder) in folders_of(&source) {
                    claim::hand_over(&self.storage, (&container, &folder), from, to, source.info.delete_at).await?;
                }
                known::has_large(&self.storage, to.0);
                if let Some(until) = self.expires_by() {
                    // The server counts from its own clock.
                    let late = if self.delete_at.is_some() { 0 } else { MARGIN.as_secs() };
                    expiry::put_off(&self.storage, &source, Some(until.saturating_add(late))).await?;
                }
                self.copy().multipart_manifest("get")
            }
        };
        copy.send().await?;
        let there = look(&self.storage, to.0, to.1).await?;
        if !there.as_ref().is_some_and(|there| is_copy(&source, there)) {
            let mut message = format!("{}/{} is not the same as {}/{}, which stays", to.0, to.1, from.0, from.1);
            if let Some(there) = &there
                && self.is_of_others(there).await?
            {
                // The source was replaced before it was copied, and nobody who deletes its segments would ask for this one.
                self.take_back(Some(there)).await?;
                message += &format!("; {}/{} consists of segments that are not its own, and is deleted", to.0, to.1);
            }
            return Err(Error::new(ErrorKind::Integrity, message).with_sent(Sent::Yes));
        }
        let now = look(&self.storage, from.0, from.1).await?;
        if now.is_none() && source.is_large() {
            // Whoever moved it away at the same time has its segments; two objects may not.
            self.take_back(there.as_ref()).await?;
            let message = format!("{}/{} was moved or removed while it was moved, so {}/{} is deleted", from.0, from.1, to.0, to.1);
            return Err(Error::new(ErrorKind::Status, message).with_sent(Sent::Yes));
        }
        if now.is_some() && !is_unchanged(Some(&source), now.as_ref()) {
            let mut message = format!("{}/{} was replaced while it was moved, and stays", from.0, from.1);
            if source.is_large() {
                // Whoever replaced it may be about to delete its segments, by a look from before they were handed over.
                self.take_back(there.as_ref()).await?;
                message += &format!("; {}/{} would lose its segments, and is deleted", to.0, to.1);
            }
            return Err(Error::new(ErrorKind::Status, message).with_sent(Sent::Yes));
        }
        release::keep_version(&self.storage, from.0, &source).await?;
        let deleted = self.storage.delete_judged(from.0, from.1, Some(&source)).await;
        // One that is gone by now was moved by another at the same time: then both copies are whole, and the marks name both.
        deleted.map_err(|error| error.with_note("it is copied, and the source stays"))?;
        self.release(replaced).await;
        Ok(())
    }

    /// Deletes the copy that was seen at the target, and leaves no version of it, because that would name segments that may be
    /// deleted.
    async fn take_back(&self, there: Option<&Seen>) -> Result<()> {
        let (container, object) = (self.to.0.as_str(), self.to.1.as_str());
        let Some(there) = there else { return Ok(()) };
        if let Some(version) = &there.info.version_id {
            return match self.storage.delete_object(container, object).version_id(version).send().await {
                Err(error) if !error.is_not_found() => Err(error),
                _ => Ok(()),
            };
        }
        let now = look(&self.storage, container, object).await?;
        if now.is_none() || !is_unchanged(Some(there), now.as_ref()) {
            return Ok(());
        }
        // If the deletion keeps an old version all the same, it stays readable.
        release::keep_version(&self.storage, container, there).await?;
        self.storage.delete_judged(container, object, Some(there)).await
    }

    /// Whether the target consists of segments that are marked as those of others.
    async fn is_of_others(&self, there: &Seen) -> Result<bool> {
        let mut is_marked = false;
        for (container, folder) in folders_of(there) {
            for mark in claim::marks(&self.storage, &container, &folder).await? {
                if mark.owners().any(|owner| *owner == self.to) {
                    return Ok(false);
                }
                is_marked = true;
            }
        }
        Ok(is_marked)
    }
}

/// The folders of an object's segments, with their containers.
fn folders_of(seen: &Seen) -> BTreeSet<(String, String)> {
    let folder = |(container, name): (String, String)| Some((container, names::read(&name)?.folder.to_owned()));
    seen.names().into_iter().filter_map(folder).collect()
}

/// Whether what is there is what the source was.
fn is_copy(source: &Seen, copy: &Seen) -> bool {
    let content = |seen: &Seen| (seen.info.content_length, seen.info.symlink_target.clone());
    let same = match source.kind {
        Kind::Plain => match (&source.info.etag, &copy.info.etag) {
            (Some(one), Some(other)) => etag::same(one, other),
            _ => true,
        },
        Kind::Link => true,
        Kind::Static | Kind::Dynamic(..) => source.names() == copy.names(),
    };
    source.kind == copy.kind && content(source) == content(copy) && same
}
