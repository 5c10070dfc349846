//! An upload in segments: several at a time, repeated where that helps, and the manifest last.

use super::running::Cleanup;
use super::survey::{self, Survey};
use super::upload::Layout;
use super::upload::Stored;
use super::wanted;
use crate::ObjectStorage;
use crate::generated::{UploadObject, Uploaded};
use crate::transfer::hash::file::FileSource;
use crate::transfer::progress::Meter;
use crate::transfer::segments::claim::{self, Mark};
use crate::transfer::segments::commit::{self, Commit};
use crate::transfer::segments::look::{Kind, Seen};
use crate::transfer::segments::sizes::{self, Bounds, Plan};
use crate::transfer::segments::store::{Done, Expiry, Piece, Place};
use crate::transfer::segments::sums::Sums;
use crate::transfer::segments::{manifest, release};
use crate::transfer::upload::source::cutter::{Cutter, Pieces};
use crate::transfer::window::Window;
use k5_core::retry::{Outcome, RetryPolicy};
use k5_core::{Error, ErrorKind, Result, Sent};
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval};

/// How often who watches is told, and pauses between attempts are looked at.
const TICK: Duration = Duration::from_millis(50);

/// How often an upload goes on in a folder of its own, once others have named the segments of the one it was in.
const ROUNDS: u32 = 3;

/// An upload that was decided on.
pub(crate) struct Segmented {
    pub(crate) storage: ObjectStorage,
    pub(crate) container: String,
    pub(crate) object: String,
    /// Where the segments go; `{container}_segments` unless told otherwise.
    pub(crate) segments_container: Option<String>,
    /// The manifest's request, but for its body.
    pub(crate) template: UploadObject,
    pub(crate) segment_size: Option<u64>,
    pub(crate) layout: Layout,
    pub(crate) concurrency: usize,
    pub(crate) buffer_limit: u64,
    pub(crate) retry: RetryPolicy,
    pub(crate) bounds: Bounds,
    pub(crate) verify: bool,
    pub(crate) resume: bool,
    pub(crate) meter: Arc<Meter>,
    pub(crate) cleanup: Arc<Cleanup>,
}

/// Where its bytes come from.
pub(crate) enum Source {
    File(Arc<FileSource>),
    Stream(Box<Cutter>, Option<u64>),
}

/// Where pieces come from, one after the other.
enum Supply {
    /// `again` for segments that the server doesn't have although a listing said so.
    File {
        source: Arc<FileSource>,
        plan: Plan,
        next: VecDeque<u64>,
        again: bool,
    },
    Stream {
        pieces: Pieces,
        ended: bool,
    },
}

/// What happened.
enum Event {
    Ended(Piece, Result<Done>),
    Came(Piece),
    Failed(Error),
    Tick,
}

impl Segmented {
    /// Carries it out.
    pub(crate) async fn run(self, source: Source) -> Result<Stored> {
        let segments = self.segments_container.clone().unwrap_or_else(|| sizes::segments_container(&self.container));
        manifest::make_container(&self.storage, &self.container, &segments).await?;
        crate::transfer::segments::known::has_large(&self.storage, &self.container);
        let expiry = self.expiry();
        let (size, plan) = self.plan(&source)?;
        let (generation, known) = self.generation(&source, expiry);
        let kind = if self.layout == Layout::Static { "slo" } else { "dlo" };
        let file = match &source {
            Source::File(file) => Some(file.clone()),
            Source::Stream(..) => None,
        };
        let new_place = |generation: &str| {
            let prefix = sizes::upload_prefix(&self.object, kind, generation, plan);
            let mut place = Place::new(self.storage.clone(), segments.clone(), prefix, self.meter.clone());
            (place.verify, place.expiry, place.is_dynamic) = (self.verify, expiry, self.layout == Layout::Dynamic);
            place.sums = file.as_ref().map(|file| Arc::new(Sums::new(file, plan)));
            place
        };
        self.meter.expect(size, size.map(|_| plan.count()));
        self.meter.publish();
        let mut place = new_place(&generation);
        if known {
            let now = commit::seen(&self.storage, &self.container, &self.object).await?;
            let survey = Survey::of(&place, &self.object, kind, &generation, plan).await?;
            if let (Some(now), Some(file)) = (&now, &file)
                && let Some(stored) = self.is_there_already(&place, now, file, plan, &survey).await?
            {
                return Ok(stored);
            }
            // What this object consists of now, and what was claimed, is copied and not named again.
            let chosen = survey.free(&generation, now.as_ref()).unwrap_or_else(|| survey::beside(&generation));
            if chosen != generation {
                place = new_place(&chosen);
            }
            survey.fill(&mut place, &chosen);
        }
        let mut supply = match source {
            Source::File(source) => Supply::File { source, plan, next: (0..plan.count()).collect(), again: false },
            Source::Stream(cutter, _) => {
                let hashers = place.hashers.clone();
                let pieces = Pieces::start(*cutter, self.segment_size, self.buffer_limit, self.bounds, hashers);
                Supply::Stream { pieces, ended: false }
            }
        };
        let mark = Mark::new(&self.container, &self.object);
        let mut done = BTreeMap::new();
        for round in 0.. {
            let current = Arc::new(place);
            self.cleanup.arm(&current);
            let outcome = Box::pin(self.stored(&current, &mark, &mut supply, file.as_deref(), &mut done)).await;
            match outcome {
                Ok(Some((answer, delete_at, before))) => {
                    self.cleanup.disarm();
                    self.commit(&current, &mark, delete_at).finish(before.as_ref()).await;
                    return Ok(self.outcome(answer, &done));
                }
                Ok(None) if round < ROUNDS => {
                    // Somebody else named these segments first. They may be gone at any time: what is there is copied into a folder
                    // of this run's own.
                    let Supply::File { next, again, .. } = &mut supply else {
                        return Err(Error::new(ErrorKind::Status, "the folder of these segments is somebody else's"));
                    };
                    (*next, *again) = ((0..plan.count()).collect(), false);
                    let mut own = new_place(&survey::beside(&generation));
                    own.sums = current.sums.clone();
                    own.copy_from(done.values());
                    for lost in std::mem::take(&mut done).into_values() {
                        self.meter.lost(lost.bytes, lost.reused);
                    }
                    place = own;
                }
                Ok(None) => {
                    let error = Error::new(ErrorKind::Status, "other uploads of the same file are under way, again and again");
                    return Err(self.failed(&current, &mark, file.as_deref(), error.with_sent(Sent::Yes)).await);
                }
                Err(error) => return Err(self.failed(&current, &mark, file.as_deref(), error).await),
            }
        }
        Err(Error::new(ErrorKind::Local, "the upload broke off").with_sent(Sent::Maybe))
    }

    fn commit<'a>(&'a self, place: &'a Place, mark: &'a Mark, delete_at: Option<u64>) -> Commit<'a> {
        Commit {
            storage: &self.storage,
            container: &self.container,
            object: &self.object,
            segments: &place.container,
            folder: place.folder(),
            delete_at,
            mark,
            retry: &self.retry,
        }
    }

    fn outcome(&self, answer: Uploaded, done: &BTreeMap<u64, Done>) -> Stored {
        let etag = manifest::etag_of_etags(done.values().map(|done| done.etag.as_str()));
        let nested = sizes::levels(done.len() as u64, self.bounds).is_some();
        Stored {
            bytes: done.values().map(|done| done.bytes).sum(),
            etag: match nested || self.layout == Layout::Dynamic {
                true => answer.etag.as_deref().map(|etag| etag.trim_matches('"').to_owned()),
                false => Some(etag),
            },
            segments: done.len() as u64,
            reused: done.values().filter(|done| done.reused).map(|done| done.bytes).sum(),
            answer,
        }
    }

    /// Whether the object is what this upload would store, with all that is to be stored beside its bytes: then there is nothing to do.
    async fn is_there_already(
        &self,
        place: &Place,
        now: &Seen,
        file: &FileSource,
        plan: Plan,
        survey: &Survey,
    ) -> Result<Option<Stored>> {
        let is_static = self.layout == Layout::Static;
        if !now.is_large() || (now.kind == Kind::Static) != is_static || !wanted::has_all(self.template.0.headers(), &now.info) {
            return Ok(None);
        }
        let mut done = BTreeMap::new();
        for (index, part) in (0..).zip(now.parts.iter().filter(|part| !part.is_manifest)) {
            let (Some((container, name)), Some(etag)) = (&part.place, &part.etag) else { return Ok(None) };
            let range = plan.range(index);
            let fits = part.is_whole && index < plan.count() && part.bytes == Some(range.end - range.start);
            if !fits || *container != place.container || !survey.is_in_folder(name) {
                return Ok(None);
            }
            // The manifest is of when it was stored; a segment may have been lost or replaced since.
            if !survey.has(name, etag) && !place.has(name, etag, range.end - range.start).await? {
                return Ok(None);
            }
            let bytes = range.end - range.start;
            done.insert(index, Done { index, name: name.clone(), etag: etag.clone(), bytes, reused: true });
        }
        if done.len() as u64 != plan.count() {
            return Ok(None);
        }
        let Some(sums) = &place.sums else { return Ok(None) };
        for part in done.values() {
            if !crate::etag::same(&sums.of(part.index).await?, &part.etag) {
                return Ok(None);
            }
        }
        file.check().map_err(|error| file.unreadable(error))?;
        let Some(answer) = commit::stored(now) else { return Ok(None) };
        done.values().for_each(|part| self.meter.committed(part.bytes, true));
        self.meter.publish();
        Ok(Some(self.outcome(answer, &done)))
    }

    fn plan(&self, source: &Source) -> Result<(Option<u64>, Plan)> {
        if let Some(wish) = self.segment_size {
            sizes::segment_size(wish, self.bounds)?;
        }
        match source {
            Source::File(source) => Ok((Some(source.length), Plan::new(source.length, self.segment_size, self.bounds)?)),
            Source::Stream(_, length) => {
                if let Some(wish) = self.segment_size.filter(|wish| *wish > self.buffer_limit) {
                    return Err(Error::invalid_input(format!(
                        "a source without positions is held in memory segment by segment: {wish} bytes are over the limit of {}; raise it (buffer_limit) or choose smaller segments",
                        self.buffer_limit
                    )));
                }
                let segment = self.segment_size.unwrap_or_else(|| sizes::growing(0, self.buffer_limit, self.bounds));
                Ok((*length, Plan { size: length.unwrap_or(0), segment }))
            }
        }
    }

    fn expiry(&self) -> Expiry {
        let header = |name| self.template.0.headers().get(name).and_then(|value| value.to_str().ok()?.parse().ok());
        Expiry { at: header("x-delete-at"), after: header("x-delete-after") }
    }

    /// What tells this upload's segments from those of others, and whether a later run finds the same.
    fn generation(&self, source: &Source, expiry: Expiry) -> (String, bool) {
        match source {
            Source::File(source) if self.resume => match source.modified {
                Some(modified) => (sizes::written(modified) + &expiry.mark(), true),
                None => (sizes::unique(), false),
            },
            _ => (sizes::unique(), false),
        }
    }

    /// All segments, and the manifest over them; `None` if somebody else may have named the segments of this folder.
    async fn stored(
        &self,
        place: &Arc<Place>,
        mark: &Mark,
        supply: &mut Supply,
        file: Option<&FileSource>,
        done: &mut BTreeMap<u64, Done>,
    ) -> Result<Option<(Uploaded, Option<u64>, Option<Seen>)>> {
        let mut window = Window::new(self.concurrency);
        let mut rounds = 0;
        loop {
            self.drive(place, supply, &mut window, done).await?;
            if let Some(file) = file {
                file.check().map_err(|error| file.unreadable(error))?;
            }
            let delete_at = place.expiry.of_segment();
            let commit = self.commit(place, mark, delete_at);
            if !commit.claim().await? {
                return Ok(None);
            }
            let before = commit.before().await?;
            let put = manifest::request(place, &self.template, self.layout, done, self.bounds).await;
            let outcome = match put {
                Ok(put) => commit.put(before.as_ref(), &put).await,
                Err(error) => Err(error),
            };
            let error = match outcome {
                Ok(answer) => {
                    if self.layout == Layout::Dynamic {
                        let bytes = done.values().map(|done| done.bytes).sum();
                        manifest::await_listing(&self.storage, &self.container, &self.object, bytes).await?;
                    }
                    return Ok(Some((answer, delete_at, before)));
                }
                Err(error) => error,
            };
            // The server looked for every segment, which a listing that lags behind does not.
            let refused = error.status().is_some_and(|status| matches!(status.as_u16(), 400 | 404 | 409 | 422));
            rounds += 1;
            // A server that knows no manifests takes it for a plain object of another MD5.
            let unknown = self.layout == Layout::Static && error.status().is_some_and(|status| status == 422);
            let error = match unknown {
                true => error.with_note("the cluster may have no static large objects: dynamic ones may work"),
                false => error,
            };
            let Supply::File { next, again, .. } = &mut *supply else { return Err(error) };
            if !refused || rounds > 2 {
                return Err(error);
            }
            let missing = manifest::missing(place, done).await?;
            if missing.is_empty() {
                return Err(error);
            }
            for index in missing {
                if let Some(lost) = done.remove(&index) {
                    place.meter.lost(lost.bytes, lost.reused);
                }
                next.push_back(index);
            }
            *again = true;
        }
    }

    /// Stores pieces until there are none left.
    async fn drive(
        &self,
        place: &Arc<Place>,
        supply: &mut Supply,
        window: &mut Window,
        done: &mut BTreeMap<u64, Done>,
    ) -> Result<()> {
        // Dropped with this: then nothing of it goes on.
        let mut running: JoinSet<(Piece, Result<Done>)> = JoinSet::new();
        let mut waiting: Vec<(Instant, Piece)> = Vec::new();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let now = Instant::now();
            while running.len() < window.limit() {
                let due = waiting.iter().position(|(at, _)| *at <= now).map(|at| waiting.swap_remove(at).1);
                let Some(piece) = due.or_else(|| supply.next()) else { break };
                start(&mut running, place, piece);
            }
            if running.is_empty() && waiting.is_empty() && supply.is_done() {
                return Ok(());
            }
            let has_room = running.len() < window.limit();
            match event(&mut running, supply, has_room, &mut tick).await {
                Event::Tick => place.meter.publish(),
                Event::Came(piece) => start(&mut running, place, piece),
                Event::Failed(error) => return Err(error),
                Event::Ended(_, Ok(segment)) => {
                    window.succeeded();
                    place.meter.committed(segment.bytes, segment.reused);
                    done.insert(segment.index, segment);
                }
                Event::Ended(mut piece, Err(error)) => {
                    if error.is_throttled() || error.status().is_some_and(|status| status == 503) {
                        window.throttled(running.len());
                    }
                    piece.attempts += 1;
                    let Some(wait) = self.pause(&piece, &error) else { return Err(error) };
                    waiting.push((Instant::now() + wait, piece));
                }
            }
        }
    }

    /// How long to wait before a segment is sent again; `None` to give up.
    fn pause(&self, piece: &Piece, error: &Error) -> Option<Duration> {
        let damaged = error.kind() == ErrorKind::Integrity || error.status().is_some_and(|status| status == 422);
        if !damaged && !error.is_retryable() {
            return None;
        }
        let status = if damaged { Some(503) } else { error.status().map(|status| status.as_u16()) };
        let outcome = Outcome { status, sent: error.sent(), retry_after: error.retry_after() };
        self.retry.delay(outcome, true, piece.attempts, fastrand::f64())
    }

    /// Says what is stored, what is missing, and what goes on from there.
    async fn failed(&self, place: &Place, mark: &Mark, file: Option<&FileSource>, error: Error) -> Error {
        place.meter.publish();
        let now = place.meter.now();
        let changed = file.is_some_and(|file| file.check().is_err());
        let object = format!("{}/{}", self.container, self.object);
        // After the last request something may be there that only the server knows of yet.
        let looked = commit::seen(&self.storage, &self.container, &self.object).await;
        let may_be_in = !looked.is_ok_and(|seen| seen.is_none_or(|seen| !seen.refers_to(&place.container, place.folder())));
        let state = if may_be_in { "may be replaced already" } else { "is as it was before" };
        if changed || file.is_none() || !self.resume {
            // No later run can use them.
            let claimed = claim::marks(&self.storage, &place.container, place.folder()).await;
            let is_mine = claimed.as_ref().is_ok_and(|marks| marks.iter().any(|found| found.by == mark.by));
            let outcome = match may_be_in {
                true => Err(()),
                false => release::discard(&self.storage, &place.container, place.folder(), is_mine).await.map_err(drop),
            };
            let outcome = match outcome {
                Ok(()) => {
                    self.cleanup.disarm();
                    "its segments were removed".to_owned()
                }
                Err(()) => format!("its segments are left in {} below {}", place.container, place.prefix),
            };
            let next = if changed { "upload what it is now" } else { "begin anew" };
            return error.with_note(&format!("{object} {state}, {outcome}: {next}"));
        }
        let total = now.total.unwrap_or(now.committed);
        let segments = now.segments.unwrap_or(now.segments_done);
        error.with_note(&format!(
            "{} of {segments} segments ({} of {total} bytes) are stored in {} below {}, {} bytes are missing, and {object} {state}: the same upload goes on from there",
            now.segments_done,
            now.committed,
            place.container,
            place.prefix,
            total.saturating_sub(now.committed),
        ))
    }
}

fn start(running: &mut JoinSet<(Piece, Result<Done>)>, place: &Arc<Place>, mut piece: Piece) {
    let place = place.clone();
    running.spawn(async move {
        let outcome = place.store(&mut piece).await;
        (piece, outcome)
    });
}

/// What happens next: a segment ended, a piece came from a stream that there is room for, or time passed.
async fn event(running: &mut JoinSet<(Piece, Result<Done>)>, supply: &mut Supply, has_room: bool, tick: &mut Interval) -> Event {
    poll_fn(|cx| {
        if let Poll::Ready(Some(ended)) = running.poll_join_next(cx) {
            return Poll::Ready(match ended {
                Ok((piece, outcome)) => Event::Ended(piece, outcome),
                Err(_) => Event::Failed(Error::new(ErrorKind::Local, "the upload of a segment broke off").with_sent(Sent::Maybe)),
            });
        }
        if let Supply::Stream { pieces, ended } = supply
            && has_room
            && !*ended
        {
            match pieces.receiver.poll_recv(cx) {
                Poll::Ready(Some(Ok(piece))) => return Poll::Ready(Event::Came(piece)),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Event::Failed(error)),
                Poll::Ready(None) => {
                    *ended = true;
                    return Poll::Ready(Event::Tick);
                }
                Poll::Pending => {}
            }
        }
        tick.poll_tick(cx).map(|_| Event::Tick)
    })
    .await
}

impl Supply {
    fn next(&mut self) -> Option<Piece> {
        match self {
            Self::File { source, plan, next, again } => {
                let piece = manifest::piece_of(source, *plan, next.pop_front()?);
                Some(if *again { piece.without_a_look() } else { piece })
            }
            Self::Stream { .. } => None,
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Self::File { next, .. } => next.is_empty(),
            Self::Stream { ended, .. } => *ended,
        }
    }
}
