//! Waiting by name, until the resource that an operation shows is in a given state, or gone.

use super::value::to_value;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::waiter::{Gone, WaitGoal, Waiter, Watched};
use serde::Serialize;
use serde_json::Value;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

/// What [`ApiWaiter`] finally returns: the resource in its final state, or `None` if it is gone.
pub type WaitFuture = Pin<Box<dyn Future<Output = Result<Option<Value>>> + Send>>;

/// How to wait for the resource that an operation shows.
#[derive(Clone, Copy, Debug)]
pub struct ApiWaiter {
    /// What it waits for, such as `server`.
    pub name: &'static str,
    /// What can be waited for.
    pub goals: &'static [WaitGoal],
    wait: fn(Call, &'static WaitGoal, WaitOptions) -> WaitFuture,
}

/// Takes each state that is seen.
type Each = Box<dyn FnMut(&str) + Send>;

/// How to wait.
#[derive(Default)]
pub struct WaitOptions {
    limit: Option<Duration>,
    every: Option<(Duration, Duration)>,
    each: Option<Each>,
}

impl WaitOptions {
    /// Gives up after this time; half an hour if there is none.
    pub fn limit(self, limit: Option<Duration>) -> Self {
        Self { limit, ..self }
    }

    /// Pauses for `first` after the first poll and half as long again after each further one, up to `longest`.
    pub fn every(self, first: Duration, longest: Duration) -> Self {
        Self { every: Some((first, longest)), ..self }
    }

    /// Calls `each` with the state that each poll shows.
    pub fn each(self, each: impl FnMut(&str) + Send + 'static) -> Self {
        Self { each: Some(Box::new(each)), ..self }
    }
}

impl From<Option<Duration>> for WaitOptions {
    fn from(limit: Option<Duration>) -> Self {
        Self::default().limit(limit)
    }
}

impl std::fmt::Debug for WaitOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WaitOptions").field("limit", &self.limit).field("every", &self.every).finish_non_exhaustive()
    }
}

impl ApiWaiter {
    /// A waiter for `name`, using what the table's waiter of that name renders.
    pub const fn new(
        name: &'static str,
        goals: &'static [WaitGoal],
        wait: fn(Call, &'static WaitGoal, WaitOptions) -> WaitFuture,
    ) -> Self {
        Self { name, goals, wait }
    }

    /// Repeats `call` until the goal of this name is reached.
    ///
    /// # Errors
    /// If there is no such goal (nothing is sent then); otherwise as [`Waiter`].
    pub async fn wait(&self, call: Call, goal: &str, options: impl Into<WaitOptions>) -> Result<Option<Value>> {
        let Some(found) = self.goals.iter().find(|known| known.name == goal) else {
            let goals: Vec<_> = self.goals.iter().map(|known| known.name).collect();
            let message = format!("there is no goal {goal:?} to wait for on a {}; the goals are {}", self.name, goals.join(", "));
            return Err(Error::invalid_input(message).with_operation(call.meta()));
        };
        (self.wait)(call, found, options.into()).await
    }
}

/// Waits with `waiter`, which watches for the states of `goal`.
pub fn wait<T>(mut waiter: Waiter<T>, goal: &'static WaitGoal, options: WaitOptions) -> WaitFuture
where
    T: Watched + Serialize + Send + 'static,
{
    if let Some(limit) = options.limit {
        waiter = waiter.timeout(limit);
    }
    if let Some((first, longest)) = options.every {
        waiter = waiter.every(first, longest);
    }
    if let Some(mut each) = options.each {
        waiter = waiter.each(move |seen| each(seen.state()));
    }
    Box::pin(async move {
        match goal.gone {
            true => Gone::new(waiter).into_future().await.map(|()| None),
            false => to_value(&waiter.into_future().await?).map(Some),
        }
    })
}
