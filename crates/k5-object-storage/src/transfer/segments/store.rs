//! Where an upload's segments are stored, and how: found already stored, copied on the server, or sent and compared.

use super::body::{self, Moving};
use super::expiry::{Expiry, MARGIN};
use super::look::is_forbidden;
use super::names::index_name;
use super::segment::{Content, Done, Earlier, Piece};
use super::sums::Sums;
use crate::generated::{Object, meta::SHOW_OBJECT};
use crate::large::content_md5;
use crate::transfer::hash::streams::Hashers;
use crate::transfer::progress::Meter;
use crate::{ObjectStorage, etag};
use k5_core::{Body, Error, ErrorKind, Result, Sent, WithOptions};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// Where an upload's segments are stored, and what is already there.
pub(crate) struct Store {
    pub(crate) storage: ObjectStorage,
    /// The container of segments.
    pub(crate) container: String,
    pub(crate) prefix: String,
    pub(crate) verify: bool,
    /// Whether all names below the prefix belong to the object, so that there may be no others.
    pub(crate) is_dynamic: bool,
    pub(crate) expiry: Expiry,
    pub(crate) hashers: Arc<Hashers>,
    /// Where the segments are those of a file.
    pub(crate) sums: Option<Arc<Sums>>,
    pub(crate) meter: Arc<Meter>,
    /// Whether somebody else stores other segments here, where there may be no others.
    contested: AtomicBool,
    /// Segments of this folder, by index.
    pub(crate) stored: HashMap<u64, Vec<Earlier>>,
    /// Segments of folders that a manifest has named: they are copied on the server, as long as they exist.
    pub(crate) copies: HashMap<u64, Vec<Earlier>>,
}

impl Store {
    pub(crate) fn new(storage: ObjectStorage, container: String, prefix: String, meter: Arc<Meter>) -> Self {
        Self {
            storage,
            container,
            prefix,
            verify: true,
            is_dynamic: false,
            expiry: Expiry::default(),
            hashers: Arc::new(Hashers::start()),
            sums: None,
            meter,
            contested: AtomicBool::new(false),
            stored: HashMap::new(),
            copies: HashMap::new(),
        }
    }

    /// The folder of the segments: the prefix without its `/`.
    pub(crate) fn folder(&self) -> &str {
        self.prefix.trim_end_matches('/')
    }

    /// Whether the upload must continue in a folder of its own.
    pub(crate) fn is_contested(&self) -> bool {
        self.contested.load(Ordering::Relaxed)
    }

    /// Whether a segment is stored with this ETag and size.
    pub(crate) async fn has(&self, name: &str, etag: &str, bytes: u64) -> Result<bool> {
        match self.storage.show_object(&self.container, name).send().await {
            Ok(info) => Ok(info.content_length == Some(bytes) && info.etag.is_some_and(|stored| etag::same(&stored, etag))),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Copies these, if that is possible.
    pub(crate) fn copy_from<'a>(&mut self, done: impl Iterator<Item = &'a Done>) {
        for done in done {
            let stored = Earlier { name: done.name.clone(), hash: Some(done.etag.clone()), bytes: done.bytes };
            self.copies.entry(done.index).or_default().push(stored);
        }
    }

    /// Whether a segment lives long enough to be used.
    pub(crate) fn is_young(&self, object: &Object) -> bool {
        let Some(stored) = object.last_modified.as_ref().filter(|_| self.expiry.after.is_some()) else { return true };
        let age = SystemTime::now().duration_since(stored.to_system_time()).unwrap_or_default();
        age < MARGIN - Duration::from_secs(86_400)
    }

    /// Stores a segment unless it already exists. One attempt.
    pub(crate) async fn ensure(&self, piece: &mut Piece) -> Result<Done> {
        if !piece.looked {
            if let Some(done) = self.reuse(piece).await? {
                return Ok(done);
            }
            if let Some(done) = self.copy(piece).await? {
                return Ok(done);
            }
            piece.looked = true;
        }
        self.put(piece).await
    }

    async fn reuse(&self, piece: &mut Piece) -> Result<Option<Done>> {
        if self.stored.is_empty() {
            return Ok(None);
        }
        let usual = self.prefix.clone() + &index_name(piece.index);
        let (mut right_size, mut taken) = (Vec::new(), false);
        match self.stored.get(&piece.index) {
            Some(found) => {
                taken = found.iter().any(|stored| stored.name == usual);
                let fits = found.iter().filter(|stored| stored.bytes == piece.length);
                right_size.extend(fits.map(|stored| (stored.name.clone(), stored.hash.clone())));
            }
            None => match self.storage.show_object(&self.container, &usual).send().await {
                Ok(info) => {
                    taken = true;
                    if info.content_length == Some(piece.length) {
                        right_size.push((usual, info.etag));
                    }
                }
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(error),
            },
        }
        if !taken && right_size.is_empty() {
            return Ok(None);
        }
        let md5 = piece.sum(self.sums.as_ref()).await?;
        let same = |hash: &Option<String>| hash.as_ref().is_some_and(|hash| etag::same(hash, &md5));
        piece.taken = taken;
        Ok(right_size.into_iter().find(|(_, hash)| same(hash)).map(|(name, _)| Done {
            index: piece.index,
            name,
            etag: md5.clone(),
            bytes: piece.length,
            reused: true,
        }))
    }

    /// Copies a segment on the server that may disappear at any time. What can't be copied is sent.
    async fn copy(&self, piece: &mut Piece) -> Result<Option<Done>> {
        let Some(found) = self.copies.get(&piece.index) else { return Ok(None) };
        let fits: Vec<_> = found.iter().filter(|stored| stored.bytes == piece.length).collect();
        if fits.is_empty() {
            return Ok(None);
        }
        let md5 = piece.sum(self.sums.as_ref()).await?;
        let Some(stored) = fits.into_iter().find(|stored| stored.hash.as_ref().is_some_and(|hash| etag::same(hash, &md5))) else {
            return Ok(None);
        };
        let name = self.name_of(piece);
        let copy = self.storage.copy((&self.container, &stored.name), (&self.container, &name)).newest(true);
        let copy = self.expiry.of_segment().into_iter().fold(copy, |copy, at| copy.delete_at(at));
        match copy.send().await {
            Ok(copied) if copied.etag.as_deref().is_some_and(|stored| etag::same(stored, &md5)) => {
                Ok(Some(Done { index: piece.index, name, etag: md5, bytes: piece.length, reused: true }))
            }
            Err(error) if error.is_retryable() => Err(error),
            Ok(_) | Err(_) => Ok(None),
        }
    }

    fn name_of(&self, piece: &Piece) -> String {
        let mut name = self.prefix.clone() + &index_name(piece.index);
        if let (true, false, Some(md5)) = (piece.taken, self.is_dynamic, &piece.md5) {
            // Other bytes of the usual name may be part of an object that is there; they stay.
            name.push('-');
            name.push_str(&md5[..8]);
        }
        name
    }

    async fn put(&self, piece: &mut Piece) -> Result<Done> {
        if piece.taken && self.is_dynamic {
            self.contested.store(true, Ordering::Relaxed);
            let message = format!("other segments than these are stored below {}", self.prefix);
            return Err(Error::new(ErrorKind::Status, message).with_sent(Sent::Yes));
        }
        let name = self.name_of(piece);
        // Beside the sending, and more for the next attempt if this one fails.
        let summing = self.apart(piece).map(|sums| {
            let (sums, index) = (sums.clone(), piece.index);
            tokio::spawn(async move { sums.of(index).await })
        });
        let (body, moving) = self.body(piece);
        let put = self.storage.upload_object(&self.container, &name, body).content_type("application/octet-stream");
        let put = match &piece.md5 {
            Some(md5) if self.verify => put.etag(md5),
            _ => put,
        };
        let put = match self.expiry.of_segment() {
            Some(at) => put.delete_at(at),
            None => put,
        };
        // Another upload with the same time and size may have stored different bytes there since, and claimed them.
        let put = put.if_none_match("*");
        // The caller decides on repetitions, because a refusal says how many requests there may be.
        let answer = match put.with_max_attempts(1).send().await {
            Ok(answer) => answer,
            Err(error) => {
                moving.waste(&self.meter);
                if error.status().is_some_and(|status| status == 412) {
                    return self.put_beside(piece, name, error).await;
                }
                return Err(error);
            }
        };
        let mut sent = piece.md5.clone();
        if let Some(summing) = summing {
            let broken = |_| Error::new(ErrorKind::Local, "the hashing of a segment was interrupted").with_sent(Sent::Yes);
            sent = Some(summing.await.map_err(broken)??);
        } else if self.verify && sent.is_none() {
            sent = match moving.md5().await {
                Some(md5) => Some(md5),
                None => Some(piece.sum(None).await?),
            };
        }
        let stored = match content_md5(answer.etag.as_deref(), false) {
            Some(etag) => etag.to_owned(),
            None => self.etag_of(&name).await?,
        };
        if let Some(sent) = &sent
            && !etag::same(sent, &stored)
        {
            let settled = match self.settle(&name, sent, &stored).await {
                Err(error) => self.unchanged(piece, sent).await.and(Err(error)),
                settled => settled,
            };
            if let Err(error) = settled {
                moving.waste(&self.meter);
                return Err(error);
            }
        }
        Ok(Done { index: piece.index, name, etag: sent.unwrap_or(stored), bytes: piece.length, reused: false })
    }

    /// What to do if something already has the segment's name: if it has the same bytes, from an earlier attempt whose answer was
    /// lost or from another upload, it is as good; otherwise the segment gets a name of its own.
    async fn put_beside(&self, piece: &mut Piece, name: String, refused: Error) -> Result<Done> {
        let there = match self.storage.show_object(&self.container, &name).newest(true).send().await {
            Ok(there) => there,
            Err(error) if error.is_not_found() || is_forbidden(&error) => return Err(refused),
            Err(error) => return Err(error),
        };
        let md5 = piece.sum(self.sums.as_ref()).await?;
        if there.content_length == Some(piece.length) && there.etag.as_ref().is_some_and(|etag| etag::same(etag, &md5)) {
            return Ok(Done { index: piece.index, name, etag: md5, bytes: piece.length, reused: true });
        }
        if piece.taken {
            return Err(refused.with_note("another upload of this name stores other segments there"));
        }
        piece.taken = true;
        Box::pin(self.put(piece)).await
    }

    /// Where a segment's sum comes from while it is sent, unless from the bytes being sent.
    fn apart(&self, piece: &Piece) -> Option<&Arc<Sums>> {
        let wanted = self.verify && piece.md5.is_none() && matches!(piece.content, Content::Part(..));
        self.sums.as_ref().filter(|sums| wanted && sums.are_apart())
    }

    /// A file that was hashed and sent at different times may have changed in between, and look the same.
    async fn unchanged(&self, piece: &Piece, md5: &str) -> Result<()> {
        let Content::Part(source, range) = &piece.content else { return Ok(()) };
        source.check().map_err(|error| source.unreadable(error))?;
        match source.md5_of(range.clone()).await? == md5 {
            true => Ok(()),
            false => Err(source.unreadable(std::io::Error::other("it changed while it was read"))),
        }
    }

    fn body(&self, piece: &Piece) -> (Body, Moving) {
        let streaming = self.verify && piece.md5.is_none() && piece.summing.is_none() && self.apart(piece).is_none();
        body::of(&piece.content, piece.length, streaming.then(|| self.hashers.clone()), &self.meter)
    }

    async fn etag_of(&self, name: &str) -> Result<String> {
        let info = self.storage.show_object(&self.container, name).send().await?;
        info.etag.ok_or_else(|| {
            let error = Error::new(ErrorKind::Decode, "the server gives no ETag of a segment").with_operation(&SHOW_OBJECT);
            error.with_target(Some(format!("swift://{}/{name}", self.container))).with_sent(Sent::Yes)
        })
    }

    /// The sums differ. Either the answer was wrong, which a second look shows, or the segment is, and then it must not stay.
    async fn settle(&self, name: &str, sent: &str, stored: &str) -> Result<()> {
        if self.etag_of(name).await.is_ok_and(|stored| etag::same(&stored, sent)) {
            return Ok(());
        }
        // What can't be removed now has the wrong hash, and no later run uses it.
        let _ = self.storage.delete_object(&self.container, name).send().await;
        let message = format!("a segment was stored with MD5 {stored}, but {sent} was sent");
        Err(Error::new(ErrorKind::Integrity, message).with_sent(Sent::Yes))
    }
}
