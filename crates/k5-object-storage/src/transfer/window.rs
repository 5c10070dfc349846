//! How many requests are in flight at a time: halved when the server asks to slow down, increased by one after twice as many successes.

/// How many segments or parts of one object are in flight at a time, by default.
pub const CONCURRENCY: usize = 4;

/// A window that adapts itself, from one up to what the caller allows.
#[derive(Debug)]
pub(crate) struct Window {
    limit: usize,
    most: usize,
    successes: usize,
    /// The requests that were in flight when it was last halved: their refusals are the same news.
    stale: usize,
}

impl Window {
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { limit: most, most, successes: 0, stale: 0 }
    }

    /// How many may be in flight now.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// One of them succeeded.
    pub(crate) fn succeeded(&mut self) {
        self.stale = self.stale.saturating_sub(1);
        self.successes += 1;
        if self.successes >= 2 * self.limit && self.limit < self.most {
            self.limit += 1;
            self.successes = 0;
        }
    }

    /// The server asked one of them to slow down, while `others` were in flight beside it.
    pub(crate) fn throttled(&mut self, others: usize) {
        if self.stale > 0 {
            self.stale -= 1;
            return;
        }
        self.limit = (self.limit / 2).max(1);
        self.successes = 0;
        self.stale = others;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_halves_it_once_and_successes_bring_it_back() {
        let mut window = Window::new(8);
        window.throttled(7);
        for others in (0..7).rev() {
            window.throttled(others);
        }
        assert_eq!(window.limit(), 4);
        window.throttled(3);
        assert_eq!(window.limit(), 2);
        for _ in 0..100 {
            window.succeeded();
        }
        assert_eq!(window.limit(), 8);
        let mut one = Window::new(0);
        one.throttled(0);
        assert_eq!(one.limit(), 1);
    }
}
