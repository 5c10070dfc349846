//! One segment on its way into the cloud: found stored already, or sent and compared.

use super::file::{FileSource, SegmentBody};
use super::hashing::Hashers;
use super::meter::Meter;
use super::plan::index_name;
use super::sums::Sums;
use crate::generated::Object;
use crate::large::content_md5;
use crate::{ObjectStorage, etag};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use k5_core::{Body, ByteStream, Error, ErrorKind, Result, Sent, WithOptions};
use std::collections::HashMap;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::OwnedSemaphorePermit;

/// Segments of an object that expires after a while live longer than it by this, so that a later run may use them.
pub(crate) const MARGIN: Duration = Duration::from_secs(7 * 86_400);

/// A segment to be stored.
pub(crate) struct Piece {
    pub(crate) index: u64,
    pub(crate) length: u64,
    pub(crate) content: Content,
    /// Where it is known before it is sent.
    pub(crate) md5: Option<String>,
    pub(crate) attempts: u32,
    /// Whether it was looked for among what is stored.
    looked: bool,
    /// Whether its usual name is taken by other bytes.
    taken: bool,
    /// The memory that it takes.
    _permit: Option<OwnedSemaphorePermit>,
}

/// Where a segment's bytes are.
pub(crate) enum Content {
    Part(Arc<FileSource>, Range<u64>),
    Memory(Arc<Vec<Bytes>>),
}

/// A segment that is stored.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) index: u64,
    /// The whole name in the container of segments.
    pub(crate) name: String,
    pub(crate) etag: String,
    pub(crate) bytes: u64,
    pub(crate) reused: bool,
}

impl Piece {
    pub(crate) fn part(source: &Arc<FileSource>, index: u64, range: Range<u64>) -> Self {
        let length = range.end - range.start;
        Self::new(index, length, Content::Part(source.clone(), range), None, None)
    }

    pub(crate) fn memory(index: u64, chunks: Vec<Bytes>, md5: Option<String>, permit: Option<OwnedSemaphorePermit>) -> Self {
        let length = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        Self::new(index, length, Content::Memory(Arc::new(chunks)), md5, permit)
    }

    fn new(index: u64, length: u64, content: Content, md5: Option<String>, permit: Option<OwnedSemaphorePermit>) -> Self {
        Self { index, length, content, md5, attempts: 0, looked: false, taken: false, _permit: permit }
    }

    /// The same, to be sent whatever a listing says.
    pub(crate) fn without_a_look(mut self) -> Self {
        self.looked = true;
        self
    }

    /// The MD5 of its bytes, read for nothing else if need be.
    async fn sum(&mut self, sums: Option<&Arc<Sums>>) -> Result<String> {
        if let Some(md5) = &self.md5 {
            return Ok(md5.clone());
        }
        let md5 = match (&self.content, sums) {
            (Content::Part(..), Some(sums)) => sums.of(self.index).await?,
            (Content::Part(source, range), None) => source.md5_of(range.clone()).await?,
            (Content::Memory(chunks), _) => {
                let mut md5 = k5_md5::Md5::new();
                chunks.iter().for_each(|chunk| md5.update(chunk));
                k5_md5::hex(&md5.finish())
            }
        };
        self.md5 = Some(md5.clone());
        Ok(md5)
    }
}

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

/// A segment of an earlier run.
pub(crate) struct Stored {
    pub(crate) name: String,
    pub(crate) hash: Option<String>,
    pub(crate) bytes: u64,
}

/// Where an upload's segments go, and what is there already.
pub(crate) struct Place {
    pub(crate) storage: ObjectStorage,
    /// The container of segments.
    pub(crate) container: String,
    pub(crate) prefix: String,
    pub(crate) verify: bool,
    /// Whether all names below the prefix are the object's, so that there may be no others.
    pub(crate) is_dynamic: bool,
    pub(crate) expiry: Expiry,
    pub(crate) hashers: Arc<Hashers>,
    /// Where the segments are those of a file.
    pub(crate) sums: Option<Arc<Sums>>,
    pub(crate) meter: Arc<Meter>,
    /// Segments of this folder, by index.
    pub(crate) stored: HashMap<u64, Vec<Stored>>,
    /// Segments of folders that a manifest has named: they are copied on the server, as long as they are there.
    pub(crate) copies: HashMap<u64, Vec<Stored>>,
}

impl Place {
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
            stored: HashMap::new(),
            copies: HashMap::new(),
        }
    }

    /// The folder of the segments: the prefix without its `/`.
    pub(crate) fn folder(&self) -> &str {
        self.prefix.trim_end_matches('/')
    }

    /// Whether a segment is stored with this ETag and size.
    pub(crate) async fn has(&self, name: &str, etag: &str, bytes: u64) -> Result<bool> {
        match self.storage.show_object(&self.container, name).send().await {
            Ok(info) => Ok(info.content_length == Some(bytes) && info.etag.is_some_and(|stored| etag::same(&stored, etag))),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes copies of these, where that is possible.
    pub(crate) fn copy_from<'a>(&mut self, done: impl Iterator<Item = &'a Done>) {
        for done in done {
            let stored = Stored { name: done.name.clone(), hash: Some(done.etag.clone()), bytes: done.bytes };
            self.copies.entry(done.index).or_default().push(stored);
        }
    }

    /// Whether a segment lives long enough to be used.
    pub(crate) fn is_young(&self, object: &Object) -> bool {
        let Some(stored) = object.last_modified.as_ref().filter(|_| self.expiry.after.is_some()) else { return true };
        let age = SystemTime::now().duration_since(stored.to_system_time()).unwrap_or_default();
        age < MARGIN - Duration::from_secs(86_400)
    }

    /// Stores a segment, unless it is there already. One attempt.
    pub(crate) async fn store(&self, piece: &mut Piece) -> Result<Done> {
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

    /// Copies a segment on the server that may go away at any time. What can't be copied is sent.
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
        // Another upload of the same time and size may have stored other bytes there since, and claimed them.
        let put = if piece.taken && self.is_dynamic { put } else { put.if_none_match("*") };
        // Whoever calls decides on repetitions, for a refusal says how many requests there may be.
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
            let broken = |_| Error::new(ErrorKind::Local, "the hashing of a segment broke off").with_sent(Sent::Yes);
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

    /// Goes on where something has the segment's name already: the same bytes, of an earlier attempt whose answer was lost or of another
    /// upload, are as good; beside others it gets a name of its own.
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
        if piece.taken || self.is_dynamic {
            return Err(refused.with_note("another upload of this name stores other segments there"));
        }
        piece.taken = true;
        Box::pin(self.put(piece)).await
    }

    /// Where a segment's sum comes from while it is sent, unless from the bytes on their way.
    fn apart(&self, piece: &Piece) -> Option<&Arc<Sums>> {
        let wanted = self.verify && piece.md5.is_none() && matches!(piece.content, Content::Part(..));
        self.sums.as_ref().filter(|sums| wanted && sums.are_apart())
    }

    /// A file that was hashed and sent at different moments may have changed between them, and look the same.
    async fn unchanged(&self, piece: &Piece, md5: &str) -> Result<()> {
        let Content::Part(source, range) = &piece.content else { return Ok(()) };
        source.check().map_err(|error| source.unreadable(error))?;
        match source.md5_of(range.clone()).await? == md5 {
            true => Ok(()),
            false => Err(source.unreadable(std::io::Error::other("it changed while it was read"))),
        }
    }

    fn body(&self, piece: &Piece) -> (Body, Moving) {
        match &piece.content {
            Content::Part(source, range) => {
                let streaming = self.verify && piece.md5.is_none() && self.apart(piece).is_none();
                let hashers = streaming.then(|| self.hashers.clone());
                let body = Arc::new(SegmentBody::new(source.clone(), range.clone(), hashers, self.meter.clone()));
                (Body::read_at(body.clone(), range.start, piece.length), Moving::Part(body))
            }
            Content::Memory(chunks) => {
                let sent = Arc::<AtomicU64>::default();
                let (chunks, meter, counter, length) = (chunks.clone(), self.meter.clone(), sent.clone(), piece.length);
                let make = move || {
                    meter.wasted(counter.swap(0, Ordering::Relaxed));
                    let chunks = Chunks { chunks: chunks.clone(), next: 0, meter: meter.clone(), sent: counter.clone(), length };
                    ByteStream::from_body(chunks)
                };
                (Body::replayable(Some(piece.length), make), Moving::Memory(sent))
            }
        }
    }

    async fn etag_of(&self, name: &str) -> Result<String> {
        let info = self.storage.show_object(&self.container, name).send().await?;
        info.etag.ok_or_else(|| Error::new(ErrorKind::Decode, "the server gives no ETag of a segment").with_sent(Sent::Yes))
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

/// Whether the user may not do it (403); a login that failed is another matter.
pub(crate) fn is_forbidden(error: &Error) -> bool {
    error.kind() == ErrorKind::Status && error.status().is_some_and(|status| status == 403)
}

/// The bytes of one attempt.
enum Moving {
    Part(Arc<SegmentBody>),
    Memory(Arc<AtomicU64>),
}

impl Moving {
    fn waste(&self, meter: &Meter) {
        match self {
            Self::Part(body) => body.waste(),
            Self::Memory(sent) => meter.wasted(sent.swap(0, Ordering::Relaxed)),
        }
    }

    async fn md5(&self) -> Option<String> {
        match self {
            Self::Part(body) => body.md5().await,
            Self::Memory(_) => None,
        }
    }
}

/// Chunks in memory as a body, without a copy.
struct Chunks {
    chunks: Arc<Vec<Bytes>>,
    next: usize,
    meter: Arc<Meter>,
    sent: Arc<AtomicU64>,
    length: u64,
}

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>>>> {
        let chunk = self.chunks.get(self.next).cloned();
        self.next += 1;
        if let Some(chunk) = &chunk {
            let bytes = chunk.len() as u64;
            self.length = self.length.saturating_sub(bytes);
            self.sent.fetch_add(bytes, Ordering::Relaxed);
            self.meter.moved(bytes);
        }
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}
