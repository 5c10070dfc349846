//! Waiting until something reaches the wanted state. The table says what to poll and when to stop; how to wait is here.

use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::sent::Sent;
use crate::transport::Session;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::{Duration, Instant};

/// What a waiter knows about one kind of resource.
#[derive(Debug)]
#[non_exhaustive]
pub struct WaitRule {
    /// What is waited for, such as `server`.
    pub what: &'static str,
    /// States that it never leaves.
    pub failed: &'static [&'static str],
    /// Seconds between the first two polls; each pause is half as long again as the one before.
    pub first: u64,
    /// The longest pause, in seconds.
    pub longest: u64,
}

/// What can be waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitGoal {
    /// Its name, such as `active`.
    pub name: &'static str,
    /// The states that count as reaching it.
    pub states: &'static [&'static str],
    /// Whether it is also reached when the resource no longer exists.
    pub gone: bool,
}

impl WaitGoal {
    /// One of some states.
    pub const fn states(name: &'static str, states: &'static [&'static str]) -> Self {
        Self { name, states, gone: false }
    }

    /// Gone, or in one of some states.
    pub const fn gone(name: &'static str, states: &'static [&'static str]) -> Self {
        Self { name, states, gone: true }
    }
}

impl WaitRule {
    /// For a resource called `what`, such as `server`: it has no failed states, and is polled every 1 to 10 seconds.
    pub const fn new(what: &'static str) -> Self {
        Self { what, failed: &[], first: 1, longest: 10 }
    }

    /// States that it never leaves.
    pub const fn failed(self, states: &'static [&'static str]) -> Self {
        Self { failed: states, ..self }
    }

    /// Seconds between the first two polls, and the maximum.
    pub const fn pauses(self, first: u64, longest: u64) -> Self {
        Self { first, longest, ..self }
    }
}

/// A document that shows a state.
pub trait Watched {
    /// The state, such as `ACTIVE`; empty if the document has none.
    fn state(&self) -> &str;

    /// The server's message about a failure.
    fn reason(&self) -> Option<String> {
        None
    }

    /// Whether the server is still working on it, so that the state is stale.
    fn is_busy(&self) -> bool {
        false
    }
}

/// A poll: the call in flight.
pub type Look<T> = fn(Call) -> Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// How long to wait by default.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// Waits until a resource is in one of some states; awaiting it returns the resource in that state.
///
/// If the resource fails, the error has the server's message ([`Error::is_failed`]); if it takes too long, the error
/// names the last state seen ([`Error::is_timeout`]). Dropping the waiter only stops the waiting.
#[must_use = "does nothing until it is awaited"]
pub struct Waiter<T> {
    call: Call,
    look: Look<T>,
    rule: &'static WaitRule,
    goals: &'static [&'static str],
    timeout: Duration,
    first: Duration,
    longest: Duration,
    seen: Option<Seen<T>>,
}

/// Called with what each poll shows.
type Seen<T> = Box<dyn FnMut(&T) + Send>;

impl<T> fmt::Debug for Waiter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Waiter");
        shown.field("what", &self.rule.what).field("goals", &self.goals).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl<T: Watched> Waiter<T> {
    /// Waits for one of the states `goals` by repeating `call`.
    pub fn new(call: Call, look: Look<T>, rule: &'static WaitRule, goals: &'static [&'static str]) -> Self {
        let (first, longest) = (Duration::from_secs(rule.first), Duration::from_secs(rule.longest));
        Self { call, look, rule, goals, timeout: PATIENCE, first, longest, seen: None }
    }

    /// Gives up after this time; the default is half an hour.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Pauses for `first` after the first poll and half as long again after each further one, up to `longest`.
    pub fn every(mut self, first: Duration, longest: Duration) -> Self {
        self.first = first;
        self.longest = longest.max(first);
        self
    }

    /// Calls `seen` with what each poll shows, also with what ends the waiting.
    pub fn each(mut self, seen: impl FnMut(&T) + Send + 'static) -> Self {
        self.seen = Some(Box::new(seen));
        self
    }

    async fn wait(mut self, until_gone: bool) -> Result<Option<T>> {
        let session: Session = self.call.session().clone();
        let meta = self.call.meta();
        let start = Instant::now();
        // Slept time counts by itself too: a fake transport's clock may run ahead of this machine's.
        let mut slept = Duration::ZERO;
        let mut pause = self.first.min(self.longest);
        loop {
            let again = self.call.try_clone().ok_or_else(|| Error::invalid_input("a streaming call can't be repeated"))?;
            let last = match (self.look)(again).await {
                Err(error) if until_gone && error.is_not_found() => return Ok(None),
                Err(error) => return Err(error),
                Ok(thing) => {
                    if let Some(seen) = &mut self.seen {
                        seen(&thing);
                    }
                    let state = thing.state();
                    if self.goals.contains(&state) && !thing.is_busy() {
                        return Ok(Some(thing));
                    }
                    if self.rule.failed.contains(&state) && !thing.is_busy() {
                        let why = thing.reason().filter(|reason| !reason.is_empty());
                        let why = why.unwrap_or_else(|| "the server gave no reason".to_owned());
                        let message = format!("the {} went to {state}: {why}", self.rule.what);
                        return Err(Error::new(ErrorKind::Failed, message).with_operation(meta).with_sent(Sent::Yes));
                    }
                    state.to_owned()
                }
            };
            let waited = start.elapsed().max(slept);
            let Some(left) = self.timeout.checked_sub(waited).filter(|left| !left.is_zero()) else {
                let goal = match (until_gone, self.goals) {
                    (true, _) => "gone".to_owned(),
                    (false, goals) => goals.join(" or "),
                };
                let message =
                    format!("the {} is not {goal} after {:.0} s: it is {last}", self.rule.what, self.timeout.as_secs_f64());
                return Err(Error::new(ErrorKind::Timeout, message).with_operation(meta).with_sent(Sent::Yes));
            };
            let nap = pause.min(left);
            session.sleep(nap).await;
            slept = slept.saturating_add(nap);
            pause = pause.saturating_add(pause / 2).min(self.longest);
        }
    }
}

impl<T: Watched + Send + 'static> IntoFuture for Waiter<T> {
    type Output = Result<T>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let meta = self.call.meta();
            let found = self.wait(false).await?;
            found.ok_or_else(|| Error::new(ErrorKind::Failed, "it is gone").with_operation(meta))
        })
    }
}

/// Waits until a resource is gone; awaiting it returns nothing.
#[derive(Debug)]
#[must_use = "does nothing until it is awaited"]
pub struct Gone<T>(Waiter<T>);

impl<T: Watched> Gone<T> {
    /// Waits until what `waiter` watches is gone (404) or in one of its states.
    pub fn new(waiter: Waiter<T>) -> Self {
        Self(waiter)
    }

    /// See [`Waiter::timeout`].
    pub fn timeout(self, limit: Duration) -> Self {
        Self(self.0.timeout(limit))
    }

    /// See [`Waiter::every`].
    pub fn every(self, first: Duration, longest: Duration) -> Self {
        Self(self.0.every(first, longest))
    }
}

impl<T: Watched + Send + 'static> IntoFuture for Gone<T> {
    type Output = Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.0.wait(true).await.map(drop) })
    }
}

/// Declares how to wait for a kind of resource: the type that creates its [`Waiter`]s, with a method for each goal.
///
/// `WaitThing of Things::wait_thing (ShowThing => Thing)` creates them from the builder `ShowThing`, whose answer is a
/// `Thing`, which is [`Watched`].
///
/// ```
/// # mod example {
/// # use k5_core::{Dialect, OpMeta, ServiceMeta, Session, Watched};
/// # static SERVICE: ServiceMeta = ServiceMeta::new("things", "things", Dialect::Nova);
/// # static SHOW_THING: OpMeta = OpMeta::new(&SERVICE, "show_thing", "GET", "/thing");
/// # pub struct Things { session: Session }
/// # impl Things {
/// #     pub fn show_thing(&self) -> ShowThing { ShowThing(k5_core::Call::new(&self.session, &SHOW_THING, &[])) }
/// #     pub fn wait_thing(&self) -> WaitThing { WaitThing(self.show_thing()) }
/// # }
/// # k5_core::model! {
/// #     /// A thing.
/// #     pub struct Thing {
/// #         /// The status.
/// #         pub status: String = "status",
/// #     }
/// # }
/// # k5_core::builder! { ShowThing of Things::show_thing => document(Thing) {} }
/// # impl Watched for Thing { fn state(&self) -> &str { &self.status } }
/// k5_core::waiter! {
///     WaitThing of Things::wait_thing (ShowThing => Thing) "thing", pauses 1..10 s, fails at ["ERROR"] {
///         active: ["ACTIVE"],
///         gone deleted: ["DELETED"],
///     }
/// }
/// # }
/// ```
#[macro_export]
macro_rules! waiter {
    ($name:ident of $handle:ident :: $method:ident ($poll:ident => $thing:ty) $what:literal,
        pauses $first:literal .. $longest:literal s, fails at $failed:tt
        { $($goal:ident $($gone:ident)? : $states:tt,)* }
    ) => {
        #[doc = concat!("What to wait for; see [`", stringify!($handle), "::", stringify!($method), "`].")]
        #[derive(Debug)]
        #[must_use = "does nothing until a goal is chosen and awaited"]
        pub struct $name(pub(crate) $poll);

        impl $name {
            $($crate::waiter!(@goal $goal $($gone)? $states $thing);)*

            pub(crate) const GOALS: &'static [$crate::WaitGoal] = &[$($crate::waiter!(@named $goal $($gone)? $states)),*];

            pub(crate) fn by_name(call: $crate::Call, goal: &'static $crate::WaitGoal) -> $crate::Waiter<$thing> {
                $name($poll(call)).until(goal.states)
            }

            fn until(self, goals: &'static [&'static str]) -> $crate::Waiter<$thing> {
                static RULE: $crate::WaitRule = $crate::WaitRule::new($what).failed(&$failed).pauses($first, $longest);
                $crate::Waiter::new(self.0.0, |call| Box::pin($poll(call).send()), &RULE, goals)
            }
        }
    };
    (@named gone $goal:ident $states:tt) => { $crate::WaitGoal::gone(stringify!($goal), &$states) };
    (@named $goal:ident $states:tt) => { $crate::WaitGoal::states(stringify!($goal), &$states) };
    (@goal gone $goal:ident $states:tt $thing:ty) => {
        /// Waits until it is gone.
        pub fn $goal(self) -> $crate::Gone<$thing> {
            $crate::Gone::new(self.until(&$states))
        }
    };
    (@goal $goal:ident $states:tt $thing:ty) => {
        #[doc = concat!("Waits until its state is one of `", stringify!($states), "`.")]
        pub fn $goal(self) -> $crate::Waiter<$thing> {
            self.until(&$states)
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ByteStream;
    use crate::operation::{AuthNeed, BodyKind, Dialect, OpMeta, ServiceMeta};
    use crate::transport::{Request, Response, SleepFuture, Transport, TransportFuture};
    use std::sync::{Arc, Mutex};

    static SERVICE: ServiceMeta = ServiceMeta::new("test", "test", Dialect::Nova);
    static SHOW: OpMeta =
        OpMeta::new(&SERVICE, "show_thing", "GET", "").response_body(BodyKind::Json).answer_key("thing").auth(AuthNeed::None);
    static RULE: WaitRule = WaitRule::new("thing").failed(&["ERROR"]).pauses(2, 5);

    crate::model! {
        /// A thing.
        pub(crate) struct Thing {
            /// Status.
            pub status: String = "status",
            /// Task.
            pub task: Option<String> = "task",
            /// Fault.
            pub fault: Option<String> = "fault",
        }
    }

    impl Watched for Thing {
        fn state(&self) -> &str {
            &self.status
        }
        fn reason(&self) -> Option<String> {
            self.fault.clone()
        }
        fn is_busy(&self) -> bool {
            self.task.is_some()
        }
    }

    /// Answers with one document after another, the last one forever; `None` is 404. Records how long it slept.
    struct Script(Mutex<Vec<Option<&'static str>>>, Arc<Mutex<Vec<u64>>>);

    impl Transport for Script {
        fn call(&self, _: Request) -> TransportFuture {
            let mut left = self.0.lock().expect("unpoisoned");
            let answer = if left.len() > 1 { left.remove(0) } else { left[0] };
            let response = match answer {
                Some(text) => {
                    Response::new(http::StatusCode::OK).with_body(ByteStream::from_bytes(format!("{{\"thing\":{text}}}")))
                }
                None => Response::new(http::StatusCode::NOT_FOUND),
            };
            Box::pin(async { Ok(response) })
        }

        fn sleep(&self, duration: Duration) -> SleepFuture {
            self.1.lock().expect("unpoisoned").push(duration.as_secs());
            Box::pin(async {})
        }
    }

    fn waiter(script: &[Option<&'static str>], goals: &'static [&'static str]) -> (Waiter<Thing>, Arc<Mutex<Vec<u64>>>) {
        let naps = Arc::default();
        let session = Session::from_transport(Script(Mutex::new(script.to_vec()), Arc::clone(&naps)));
        let look: Look<Thing> = |call| Box::pin(async { Ok(call.send().await?.keyed::<Thing>().await?.value) });
        (Waiter::new(Call::new(&session, &SHOW, &[]), look, &RULE, goals), naps)
    }

    const BUILD: Option<&str> = Some(r#"{"status":"BUILD"}"#);
    const ACTIVE: Option<&str> = Some(r#"{"status":"ACTIVE"}"#);
    const STOPPING: Option<&str> = Some(r#"{"status":"ACTIVE","task":"powering-off"}"#);
    const BROKEN: Option<&str> = Some(r#"{"status":"ERROR","fault":"No valid host was found."}"#);

    #[test]
    fn it_waits_longer_each_time_and_gives_the_thing() {
        let (waiter, naps) = waiter(&[BUILD, BUILD, BUILD, BUILD, STOPPING, ACTIVE], &["ACTIVE"]);
        let thing = tokio_test::block_on(waiter.into_future()).expect("active in the end");
        assert_eq!((thing.status.as_str(), thing.task), ("ACTIVE", None));
        assert_eq!(*naps.lock().expect("unpoisoned"), [2, 3, 4, 5, 5]);
    }

    #[test]
    fn a_failure_has_the_servers_words() {
        let error = tokio_test::block_on(waiter(&[BUILD, BROKEN], &["ACTIVE"]).0.into_future()).expect_err("it failed");
        assert!(error.is_failed() && !error.is_timeout());
        assert_eq!(error.to_string(), "test.show_thing: the thing went to ERROR: No valid host was found.");
        let error = tokio_test::block_on(waiter(&[BUILD, None], &["ACTIVE"]).0.into_future()).expect_err("it is gone");
        assert!(error.is_not_found(), "{error}");
    }

    #[test]
    fn patience_ends() {
        let (waiter, naps) = waiter(&[BUILD], &["ACTIVE", "SHUTOFF"]);
        let error = tokio_test::block_on(waiter.timeout(Duration::from_secs(7)).into_future()).expect_err("never");
        assert!(error.is_timeout());
        assert_eq!(error.to_string(), "test.show_thing: the thing is not ACTIVE or SHUTOFF after 7 s: it is BUILD");
        assert_eq!(*naps.lock().expect("unpoisoned"), [2, 3, 2]);
    }

    #[test]
    fn gone_is_a_goal() {
        let gone = |script: &[Option<&'static str>]| tokio_test::block_on(Gone::new(waiter(script, &["DELETED"]).0).into_future());
        gone(&[ACTIVE, None]).expect("gone");
        gone(&[ACTIVE, Some(r#"{"status":"DELETED"}"#)]).expect("as good as gone");
        assert!(gone(&[ACTIVE, BROKEN]).expect_err("it failed").is_failed());
    }

    #[test]
    fn there_is_no_pause_or_limit_that_is_too_long() {
        let (waiter, naps) = waiter(&[BUILD, BUILD, BUILD, ACTIVE], &["ACTIVE"]);
        let patient = waiter.timeout(Duration::MAX).every(Duration::MAX / 2, Duration::MAX);
        let error = tokio_test::block_on(patient.into_future()).expect_err("the time of the fake's clock is over");
        assert!(error.is_timeout(), "{error}");
        assert_eq!(naps.lock().expect("unpoisoned").len(), 2);
    }

    #[test]
    fn a_thread_wakes_a_waiter_without_a_runtime() {
        struct Fake;
        impl Transport for Fake {
            fn call(&self, _: Request) -> TransportFuture {
                Box::pin(async { Ok(Response::new(http::StatusCode::OK)) })
            }
        }
        let start = Instant::now();
        tokio_test::block_on(Session::from_transport(Fake).sleep(Duration::from_millis(20)));
        assert!(start.elapsed() >= Duration::from_millis(20));
        let mut never = tokio_test::task::spawn(Session::from_transport(Fake).sleep(Duration::MAX));
        assert!(never.poll().is_pending(), "no clock holds that moment");
    }
}
