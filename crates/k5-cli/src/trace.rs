//! `-v`: what the SDK logs, on stderr.

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
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    // It fails only when there is a subscriber already.
    let _ = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
}
