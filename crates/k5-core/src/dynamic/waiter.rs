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
    wait: fn(Call, &'static WaitGoal, Option<Duration>) -> WaitFuture,
}

impl ApiWaiter {
    /// A waiter for `name`, using what the table's waiter of that name renders.
    pub const fn new(
        name: &'static str,
        goals: &'static [WaitGoal],
        wait: fn(Call, &'static WaitGoal, Option<Duration>) -> WaitFuture,
    ) -> Self {
        Self { name, goals, wait }
    }

    /// Repeats `call` until the goal of this name is reached, for at most `limit` (half an hour by default).
    ///
    /// # Errors
    /// If there is no such goal (nothing is sent then); otherwise as [`Waiter`].
    pub async fn wait(&self, call: Call, goal: &str, limit: Option<Duration>) -> Result<Option<Value>> {
        let Some(found) = self.goals.iter().find(|known| known.name == goal) else {
            let goals: Vec<_> = self.goals.iter().map(|known| known.name).collect();
            let message = format!("there is no goal {goal:?} to wait for on a {}; the goals are {}", self.name, goals.join(", "));
            return Err(Error::invalid_input(message).with_operation(call.meta()));
        };
        (self.wait)(call, found, limit).await
    }
}

/// Waits with `waiter`, which watches for the states of `goal`.
pub fn wait<T>(waiter: Waiter<T>, goal: &'static WaitGoal, limit: Option<Duration>) -> WaitFuture
where
    T: Watched + Serialize + Send + 'static,
{
    let waiter = match limit {
        Some(limit) => waiter.timeout(limit),
        None => waiter,
    };
    Box::pin(async move {
        match goal.gone {
            true => Gone::new(waiter).into_future().await.map(|()| None),
            false => to_value(&waiter.into_future().await?).map(Some),
        }
    })
}
