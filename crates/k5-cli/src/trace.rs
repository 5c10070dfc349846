//! `-v`: what the SDK logs, on stderr.

use k5_core::text::visible;
use std::io::{self, Write};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Begins to log. Only what this project logs is shown: other crates may log headers, and with them secrets.
pub(crate) fn start(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::INFO,
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

/// stderr, an event a line: what a server or a name put into one can't begin another.
struct Lines;

impl Write for Lines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(line(event).as_bytes())?;
        Ok(event.len())
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
}
