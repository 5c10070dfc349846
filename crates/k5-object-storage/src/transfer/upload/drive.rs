//! Segments in flight: several at a time, retried if that helps.

use super::source::cutter::Pieces;
use crate::transfer::again;
use crate::transfer::hash::file::FileSource;
use crate::transfer::segments::segment::{Done, Piece};
use crate::transfer::segments::sizes::Sizes;
use crate::transfer::segments::store::Store;
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

/// How often progress is reported and pauses between attempts are checked.
const TICK: Duration = Duration::from_millis(50);

/// The source of pieces, one after the other.
pub(super) enum Supply {
    /// `again` for segments that the server doesn't have although a listing said so.
    File {
        source: Arc<FileSource>,
        sizes: Sizes,
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

/// Stores pieces until there are none left.
pub(super) async fn drive(
    retry: &RetryPolicy,
    store: &Arc<Store>,
    supply: &mut Supply,
    window: &mut Window,
    done: &mut BTreeMap<u64, Done>,
) -> Result<()> {
    // Dropping this stops all of it.
    let mut running: JoinSet<(Piece, Result<Done>)> = JoinSet::new();
    let mut waiting: Vec<(Instant, Piece)> = Vec::new();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let now = Instant::now();
        while running.len() < window.limit() {
            let due = waiting.iter().position(|(at, _)| *at <= now).map(|at| waiting.swap_remove(at).1);
            let Some(piece) = due.or_else(|| supply.next()) else { break };
            start(&mut running, store, piece);
        }
        if running.is_empty() && waiting.is_empty() && supply.is_done() {
            return Ok(());
        }
        let has_room = running.len() < window.limit();
        match event(&mut running, supply, has_room, &mut tick).await {
            Event::Tick => store.meter.publish(),
            Event::Came(piece) => start(&mut running, store, piece),
            Event::Failed(error) => return Err(error),
            Event::Ended(_, Ok(segment)) => {
                window.succeeded();
                store.meter.committed(segment.bytes, segment.reused);
                done.insert(segment.index, segment);
            }
            Event::Ended(mut piece, Err(error)) => {
                if error.is_throttled() || error.status().is_some_and(|status| status == 503) {
                    window.throttled(running.len());
                }
                piece.attempts += 1;
                let Some(wait) = pause(retry, &piece, &error) else { return Err(error) };
                again::tell(None, piece.attempts, wait, &error);
                waiting.push((Instant::now() + wait, piece));
            }
        }
    }
}

/// How long to wait before a segment is sent again; `None` to give up.
pub(super) fn pause(retry: &RetryPolicy, piece: &Piece, error: &Error) -> Option<Duration> {
    let damaged = error.kind() == ErrorKind::Integrity || error.status().is_some_and(|status| status == 422);
    if !damaged && !error.is_retryable() {
        return None;
    }
    let status = if damaged { Some(503) } else { error.status().map(|status| status.as_u16()) };
    let outcome = Outcome::new(status, error.sent()).retry_after(error.retry_after());
    retry.delay(outcome, true, piece.attempts, fastrand::f64())
}

fn start(running: &mut JoinSet<(Piece, Result<Done>)>, store: &Arc<Store>, mut piece: Piece) {
    let store = store.clone();
    running.spawn(async move {
        let outcome = store.ensure(&mut piece).await;
        (piece, outcome)
    });
}

/// The next event: a segment ended, a piece arrived from a stream and there is room for it, or time passed.
async fn event(running: &mut JoinSet<(Piece, Result<Done>)>, supply: &mut Supply, has_room: bool, tick: &mut Interval) -> Event {
    poll_fn(|cx| {
        if let Poll::Ready(Some(ended)) = running.poll_join_next(cx) {
            return Poll::Ready(match ended {
                Ok((piece, outcome)) => Event::Ended(piece, outcome),
                Err(_) => {
                    Event::Failed(Error::new(ErrorKind::Local, "the upload of a segment was interrupted").with_sent(Sent::Maybe))
                }
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
            Self::File { source, sizes, next, again } => {
                let index = next.pop_front()?;
                let piece = Piece::part(source, index, sizes.range(index));
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
