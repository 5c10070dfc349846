//! An upload in segments: several at a time, repeated where that helps, and the manifest last.

use super::file::FileSource;
use super::manifest;
use super::meter::Meter;
use super::piece::{Done, Expiry, Piece, Place, is_forbidden};
use super::plan::{self, Bounds, Plan};
use super::stream::{Cutter, Pieces};
use super::sums::Sums;
use super::upload::Stored;
use super::window::Window;
use super::{Cleanup, Layout};
use crate::ObjectStorage;
use crate::generated::{UploadObject, Uploaded};
use k5_core::retry::{Outcome, RetryPolicy};
use k5_core::{Error, ErrorKind, Result, Sent};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval};

/// How often who watches is told, and pauses between attempts are looked at.
const TICK: Duration = Duration::from_millis(50);

/// An upload that was decided on.
pub(crate) struct Segmented {
    pub(crate) storage: ObjectStorage,
    pub(crate) container: String,
    pub(crate) object: String,
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
        let container = plan::segments_container(&self.container);
        manifest::make_container(&self.storage, &self.container, &container).await?;
        super::known::has_container(&self.storage, &container);
        // What it consists of now is removed once the new manifest is in, and used by no other bytes until then.
        let old = match manifest::segments_of(&self.storage, &self.container, &self.object).await {
            // Who may write there need not be allowed to look, nor to remove.
            Err(error) if is_forbidden(&error) => BTreeSet::new(),
            found => found?,
        };
        let expiry = self.expiry();
        let (size, plan) = self.plan(&source)?;
        let (generation, known) = self.generation(&source, expiry);
        let kind = if self.layout == Layout::Static { "slo" } else { "dlo" };
        let named = |generation: &str| plan::upload_prefix(&self.object, kind, generation, plan);
        let new_place = |generation: &str| {
            let mut place = Place::new(self.storage.clone(), container.clone(), named(generation), self.meter.clone());
            (place.verify, place.expiry, place.is_dynamic) = (self.verify, expiry, self.layout == Layout::Dynamic);
            place
        };
        let mut place = new_place(&generation);
        if known {
            place.look().await?;
            // Segments without a manifest of their own are in use all the same.
            let in_use = place.is_dynamic && old.iter().any(|(_, name)| name.starts_with(&place.prefix));
            if place.is_foreign() || in_use {
                place = new_place(&unique());
            }
        }
        self.meter.expect(size, size.map(|_| plan.count()));
        self.meter.publish();
        self.cleanup.arm(&place, &old);
        if let Source::File(source) = &source {
            place.sums = Some(Arc::new(Sums::new(source, plan)));
        }
        let place = Arc::new(place);
        let file = match &source {
            Source::File(file) => Some(file.clone()),
            Source::Stream(..) => None,
        };
        let supply = match source {
            Source::File(source) => Supply::File { source, plan, next: (0..plan.count()).collect(), again: false },
            Source::Stream(cutter, _) => {
                let hashers = place.hashers.clone();
                let pieces = Pieces::start(*cutter, self.segment_size, self.buffer_limit, self.bounds, hashers);
                Supply::Stream { pieces, ended: false }
            }
        };
        let outcome = Box::pin(self.stored(&place, supply, file.as_deref())).await;
        let (answer, done) = match outcome {
            Ok(outcome) => outcome,
            Err(error) => return Err(self.failed(&place, file.as_deref(), &old, error).await),
        };
        self.cleanup.disarm();
        let bytes = done.values().map(|done| done.bytes).sum();
        let etag = manifest::etag_of_etags(done.values().map(|done| done.etag.as_str()));
        let kept: BTreeSet<_> = done.values().map(|done| (place.container.clone(), done.name.clone())).collect();
        let old = old.into_iter().filter(|name| !kept.contains(name)).collect();
        remove_old(&self.storage, (&self.container, &self.object), old).await;
        let nested = plan::levels(done.len() as u64, self.bounds).is_some();
        Ok(Stored {
            bytes,
            etag: if nested || self.layout == Layout::Dynamic {
                answer.etag.as_deref().map(|etag| etag.trim_matches('"').to_owned())
            } else {
                Some(etag)
            },
            segments: done.len() as u64,
            reused: done.values().filter(|done| done.reused).map(|done| done.bytes).sum(),
            answer,
        })
    }

    fn plan(&self, source: &Source) -> Result<(Option<u64>, Plan)> {
        if let Some(wish) = self.segment_size {
            plan::segment_size(wish, self.bounds)?;
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
                let segment = self.segment_size.unwrap_or_else(|| plan::growing(0, self.buffer_limit, self.bounds));
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
                Some(modified) => (plan::written(modified) + &expiry.mark(), true),
                None => (unique(), false),
            },
            _ => (unique(), false),
        }
    }

    /// All segments, and the manifest over them.
    async fn stored(
        &self,
        place: &Arc<Place>,
        mut supply: Supply,
        file: Option<&FileSource>,
    ) -> Result<(Uploaded, BTreeMap<u64, Done>)> {
        let mut window = Window::new(self.concurrency);
        let mut done = BTreeMap::new();
        let mut rounds = 0;
        loop {
            self.drive(place, &mut supply, &mut window, &mut done).await?;
            if let Some(file) = file {
                file.check().map_err(|error| file.unreadable(error))?;
            }
            let error = match manifest::put(place, &self.template, self.layout, &done, self.bounds).await {
                Ok(answer) => {
                    if self.layout == Layout::Dynamic {
                        let bytes = done.values().map(|done| done.bytes).sum();
                        manifest::await_listing(&self.storage, &self.container, &self.object, bytes).await?;
                    }
                    return Ok((answer, done));
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
            let Supply::File { next, again, .. } = &mut supply else { return Err(error) };
            if !refused || rounds > 2 {
                return Err(error);
            }
            let missing = manifest::missing(place, &done).await?;
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
    async fn failed(&self, place: &Place, file: Option<&FileSource>, old: &BTreeSet<(String, String)>, error: Error) -> Error {
        place.meter.publish();
        let now = place.meter.now();
        let changed = file.is_some_and(|file| file.check().is_err());
        let object = format!("{}/{}", self.container, self.object);
        if changed || file.is_none() || !self.resume {
            // No later run can use them.
            let outcome = match remove_below(&self.storage, &place.container, &place.prefix, old).await {
                Ok(()) => {
                    self.cleanup.disarm();
                    "its segments were removed".to_owned()
                }
                Err(_) => format!("its segments are left in {} below {}", place.container, place.prefix),
            };
            let next = if changed { "upload what it is now" } else { "begin anew" };
            return error.with_note(&format!("{object} is as it was before, {outcome}: {next}"));
        }
        let total = now.total.unwrap_or(now.committed);
        let segments = now.segments.unwrap_or(now.segments_done);
        error.with_note(&format!(
            "{} of {segments} segments ({} of {total} bytes) are stored in {} below {}, {} bytes are missing, and {object} is as it was before: the same upload goes on from there",
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

/// A generation of this run alone.
fn unique() -> String {
    format!("{}-{:08x}", plan::written(SystemTime::now()), fastrand::u32(..))
}

/// Removes what an object consisted of before, once it is replaced. What can't be removed is no failure of the upload: it is for a
/// collection of segments.
pub(crate) async fn remove_old(storage: &ObjectStorage, place: (&str, &str), old: BTreeSet<(String, String)>) {
    if !old.is_empty()
        && let Ok(own) = manifest::own_segments(storage, place, old).await
    {
        let _ = storage.remove_objects(&own).await;
    }
}

/// Removes an upload's segments, but for those that the object consists of.
pub(crate) async fn remove_below(
    storage: &ObjectStorage,
    container: &str,
    prefix: &str,
    keep: &BTreeSet<(String, String)>,
) -> Result<()> {
    let mut items = storage.list_objects(container).prefix(prefix).items();
    let mut names = Vec::new();
    loop {
        match items.try_next().await {
            Ok(Some(entry)) => {
                let name = entry.item().map(|object| (container.to_owned(), object.name));
                names.extend(name.filter(|name| !keep.contains(name)));
            }
            Ok(None) => break,
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    storage.remove_objects(&names).await.map(drop)
}
