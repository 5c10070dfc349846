//! Auto scale: schedules that signal a stack's scaling policy.

#[rustfmt::skip]
pub mod generated;
pub mod limits;
mod signal_url;

pub use generated::*;
pub use signal_url::SignalUrl;

use k5_core::Session;

/// The schedules of a region. Cloning it is cheap.
///
/// ```no_run
/// # async fn run(session: k5_core::Session) -> k5_core::Result<()> {
/// let autoscale = k5_autoscale::Autoscale::new(session);
/// let url = "http://orchestration.example.com/v1/p/stacks/s/1/resources/up/signal";
/// autoscale.create_schedule("everyMorning", url, "0 8 * * mon-fri", "2801e5de00d142a388b17b65256f7ad4", "POST").send().await?;
/// for schedule in autoscale.list_schedules().send().await?.items {
///     println!("{} {:?}", schedule.name, schedule.time);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Autoscale {
    pub(crate) session: Session,
}

impl Autoscale {
    /// The schedules that `session` reaches: of `k5-client`, or of a fake transport in a test.
    pub fn new(session: Session) -> Self {
        Self { session }
    }
}
