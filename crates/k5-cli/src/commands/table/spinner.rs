//! A line on a terminal that says what is waited for.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use k5_core::text::visible;
use std::io::IsTerminal;
use std::time::Duration;

/// The line; it is gone once this is dropped.
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    /// Says `text` and for how long already, unless stderr is no terminal or nobody wants it.
    pub(crate) fn new(wanted: bool, text: String) -> Self {
        let bar = match wanted && std::io::stderr().is_terminal() {
            true => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()),
            false => ProgressBar::hidden(),
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_prefix(visible(&text).to_string());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// What takes each state that is seen.
    pub(crate) fn teller(&self) -> impl FnMut(&str) + Send + 'static {
        let bar = self.0.clone();
        move |state| bar.set_message(format!("({})", visible(state)))
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
