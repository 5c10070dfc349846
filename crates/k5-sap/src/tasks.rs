//! Tasks: waiting for several at once, and why one failed.

use crate::{Sap, Task, TaskCause, TaskError};
use k5_core::ids::TaskId;
use k5_core::{Result, Waiter};
use std::fmt;
use std::future::{IntoFuture, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

impl fmt::Display for TaskError {
    /// The service's own words: the message, the arguments that it doesn't repeat, its id, and what other products said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        let message = self.message.as_deref().map(str::trim).unwrap_or_default();
        if !message.is_empty() {
            parts.push(message.to_owned());
        }
        let args = self.args.iter().flatten().map(String::as_str).filter(|arg| !arg.is_empty() && !message.contains(*arg));
        let args: Vec<&str> = args.collect();
        if !args.is_empty() {
            parts.push(format!("[{}]", args.join(", ")));
        }
        if let Some(code) = self.code.as_deref().filter(|code| !code.is_empty()) {
            parts.push(format!("({code})"));
        }
        f.write_str(&parts.join(" "))?;
        for (index, cause) in self.causes.iter().flatten().map(TaskCause::to_string).filter(|cause| !cause.is_empty()).enumerate() {
            let separator = if index == 0 && parts.is_empty() { "" } else { "; " };
            write!(f, "{separator}{cause}")?;
        }
        Ok(())
    }
}

impl fmt::Display for TaskCause {
    /// The product, and what it said.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = [&self.product, &self.message].into_iter().flatten().filter(|text| !text.is_empty());
        f.write_str(&said.map(String::as_str).collect::<Vec<_>>().join(": "))
    }
}

impl Sap {
    /// Waits until all of these tasks are completed, such as those of [`Sap::enable_project`], and returns them in the same order.
    /// They are polled concurrently; as soon as one fails, this returns an error with the reason.
    ///
    /// ```no_run
    /// # async fn run(sap: k5_sap::Sap) -> k5_core::Result<()> {
    /// let tasks = sap.enable_project("0f3e9b7c2d1a4e5f8899aabbccddeeff").send().await?.items;
    /// sap.wait_tasks(tasks.iter().map(|task| &task.id)).await?;
    /// # Ok(()) }
    /// ```
    pub fn wait_tasks(&self, tasks: impl IntoIterator<Item = impl Into<TaskId>>) -> WaitTasks {
        WaitTasks(tasks.into_iter().map(|id| self.wait_task(id).completed()).collect())
    }
}

/// Waits for several tasks; see [`Sap::wait_tasks`].
#[derive(Debug)]
#[must_use = "does nothing until it is awaited"]
pub struct WaitTasks(Vec<Waiter<Task>>);

impl WaitTasks {
    /// Gives up after this time; the default is half an hour.
    pub fn timeout(self, limit: Duration) -> Self {
        Self(self.0.into_iter().map(|wait| wait.timeout(limit)).collect())
    }

    /// Pauses for `first` after the first poll and half as long again after each further one, up to `longest`.
    pub fn every(self, first: Duration, longest: Duration) -> Self {
        Self(self.0.into_iter().map(|wait| wait.every(first, longest)).collect())
    }
}

impl IntoFuture for WaitTasks {
    type Output = Result<Vec<Task>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let mut waits: Vec<_> = self.0.into_iter().map(IntoFuture::into_future).collect();
        let mut done: Vec<Option<Task>> = waits.iter().map(|_| None).collect();
        Box::pin(poll_fn(move |context| {
            for (wait, done) in waits.iter_mut().zip(&mut done).filter(|(_, done)| done.is_none()) {
                if let Poll::Ready(task) = wait.as_mut().poll(context)? {
                    *done = Some(task);
                }
            }
            match done.iter().all(Option::is_some) {
                true => Poll::Ready(Ok(done.drain(..).flatten().collect())),
                false => Poll::Pending,
            }
        }))
    }
}
