//! `-v`: what is tried again, and from `-vv` on the SDK's log, on stderr.

use crate::progress::above;
use k5_core::text::visible;
use std::fmt;
use std::io::{self, Write};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Where the SDK says that it tries something again.
const AGAIN: &str = "k5::retry";

/// Begins to log. Only what this project logs is shown: other crates may log headers, and with them secrets.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => {
            let only = Targets::new().with_target(AGAIN, LevelFilter::DEBUG);
            let _ = tracing_subscriber::registry().with(Again.with_filter(only)).try_init();
            return;
        }
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let ours =
        Targets::new().with_targets(["k5", "k5_client", "k5_core", "k5_emulator", "k5_object_storage"].map(|name| (name, level)));
    // By default, the layer reports a closed stderr with `eprintln!`, which panics then.
    let lines = tracing_subscriber::fmt::layer().with_writer(|| Lines).with_ansi(false).log_internal_errors(false);
    // It fails only when there is a subscriber already.
    let _ = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
}

/// A line for each request that is sent again.
struct Again;

impl<S: Subscriber> Layer<S> for Again {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        above(|| {
            let _ = writeln!(io::stderr(), "{}", said.line());
        });
    }
}

/// What an event says of a repetition.
#[derive(Debug, Default)]
struct Said {
    object: String,
    why: String,
    attempt: u64,
    wait_ms: u64,
}

impl Said {
    fn line(&self) -> String {
        let Self { object, why, attempt, wait_ms } = self;
        let seconds = *wait_ms as f64 / 1000.0;
        visible(&format!("retry {object} in {seconds:.1} s: {why} (attempt {attempt})")).into_owned()
    }
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "object" => value.clone_into(&mut self.object),
            "why" => value.clone_into(&mut self.why),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "attempt" => self.attempt = value,
            "wait_ms" => self.wait_ms = value,
            _ => {}
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// stderr, an event a line: what a server or a name put into one can't begin another.
struct Lines;

impl Write for Lines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let mut written = Ok(());
        above(|| written = io::stderr().write_all(line(event).as_bytes()));
        written.map(|()| event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// An event, which ends in a line's end, as one line.
fn line(event: &[u8]) -> String {
    let text = String::from_utf8_lossy(event);
    format!("{}\n", visible(text.strip_suffix('\n').unwrap_or(&text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_line() {
        assert_eq!(line(b"head status=200 x=\"a\nk5: b\x1b[2J\"\n"), "head status=200 x=\"a\\nk5: b\\u{1b}[2J\"\n");
    }

    #[test]
    fn a_repetition_is_a_line() {
        let said = Said {
            object: "swift://c/a\n\u{9b}2J".to_owned(),
            why: "503 Service Unavailable".to_owned(),
            attempt: 2,
            wait_ms: 1250,
        };
        assert_eq!(said.line(), "retry swift://c/a\\n\\u{9b}2J in 1.2 s: 503 Service Unavailable (attempt 2)");
    }
}
