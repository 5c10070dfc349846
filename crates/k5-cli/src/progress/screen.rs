//! The last line of the terminal that stderr is, where the bar stands.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The line that is there; none where there is no bar.
static LINE: Mutex<Option<String>> = Mutex::new(None);

/// Erases from the cursor to the screen's end. A line that was wrapped when the window became narrower goes as a whole.
const ERASE: &str = "\r\x1b[J";

fn line() -> MutexGuard<'static, Option<String>> {
    LINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The cursor goes back to the line's beginning: what a terminal shows of Ctrl-C then stands in the line, and is erased with it.
fn drawn(line: &str) -> String {
    format!("\r{line}\x1b[J\r")
}

/// If stderr is gone, nobody sees it.
fn put(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// From now on there is a bar.
pub(super) fn begin() {
    line().get_or_insert_default();
}

/// Draws the bar, unless it was taken away.
pub(super) fn draw(text: String) {
    if let Some(line) = &mut *line()
        && *line != text
    {
        put(&drawn(&text));
        *line = text;
    }
}

/// Writes to stderr without tearing the bar that may be there. `write` must not come here again.
pub(crate) fn above(write: impl FnOnce()) {
    match &*line() {
        Some(line) => {
            put(ERASE);
            write();
            put(&drawn(line));
        }
        None => write(),
    }
}

/// Takes away the bar that may be there.
pub(crate) fn clear() {
    if line().take().is_some() {
        put(ERASE);
    }
}

/// The columns of the terminal that stderr is.
pub(super) fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stderr());
    size.ok().map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(80)
}
