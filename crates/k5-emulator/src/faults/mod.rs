//! Scripted misbehaviour: which request, how often, what goes wrong.
//!
//! ```
//! use std::time::Duration;
//! use k5_emulator::{Fault, Faults, Rule};
//!
//! let faults = Faults::new()
//!     .rule(Rule::on("PUT", "/v1/*/backups/*").first(2).then(Fault::status(503).header("Retry-After", "1")))
//!     .rule(Rule::on("GET", "/v1/").every(3).then(Fault::truncate(1000)))
//!     .rule(Rule::any().probability(0.01).then(Fault::delay(Duration::from_secs(1))));
//! assert_eq!(faults.len(), 3);
//! ```
//!
//! The same as a file:
//!
//! ```toml
//! seed = 7                                  # of the probabilities; default 0
//!
//! [[rule]]
//! method = "PUT"                            # default: any
//! path = "/v1/*/backups/*"                  # `*` takes anything; without one, a prefix; default: any
//! header = "X-Object-Meta-Colour: red"      # or just a name
//! first = 2                                 # or nth = 3, every = 5, probability = 0.1; default: always
//! times = 4                                 # at most so often
//! fault = "status"                          # see below
//! status = 503
//! headers = { Retry-After = "1" }
//! body = "busy"
//! ```
//!
//! | `fault` | also takes | what happens |
//! |---|---|---|
//! | `status` | `status`, `headers`, `body` | this answer, without reading the request's body |
//! | `reject` | `after`, `status`, `headers`, `body` | this answer after this many bytes of the request's body, then a close |
//! | `close` | `after` | a close without an answer: at once, or after this many bytes of the request's body |
//! | `reset` | `after` | a connection reset after this many bytes of the answer's body |
//! | `truncate` | `after` | a close after this many bytes of the answer's body, whatever was declared |
//! | `wrong_etag` | | the answer has a different `ETag` |
//! | `corrupt` | `after` | the answer's byte at this offset is flipped |
//! | `stall_read` | `after`, `duration` | no byte of the request is read for this long |
//! | `stall_write` | `after`, `duration` | no byte of the answer is sent for this long |
//! | `delay` | `duration` | the request is served that much later |
//! | `no_100` | `duration` | `100 Continue` comes that much later |
//! | `lose_answer` | | the request is carried out, and the connection is closed without an answer |
//! | `page_limit` | `limit` | a listing has at most this many entries, whatever the request's `limit` says |
//! | `set_header` | `headers` | the answer has these headers, replacing any of the same names |
//! | `remove_header` | `name` | the answer lacks this header (`Date` and `Content-Length` stay) |
//!
//! In addition, [`Fault::hold_before`] and [`Fault::hold_after`] hold a request until a test releases it through a [`Gate`].
//!
//! Durations are written `250ms`, `2s` or `1m`. A rule compares the path as it was sent (percent-encoded, without the query). Every
//! rule that matches counts the request; all rules that fire take effect.

mod file;
mod gate;
mod pattern;
mod script;

use std::time::Duration;

use http::{HeaderMap, StatusCode};

pub use file::FaultsError;
pub use gate::Gate;
use pattern::Pattern;
pub(crate) use script::Script;

use crate::reply::{HTML, Reply};

/// A script of faults. See the [module](self).
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Vec<Rule>,
    seed: u64,
}

impl Faults {
    /// No faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Seeds the probabilities, so that a run can be repeated.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The number of rules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }
}

/// Which requests, how often, and what happens to them.
#[derive(Clone, Debug)]
pub struct Rule {
    method: Option<String>,
    path: Pattern,
    header: Option<(String, Option<String>)>,
    when: When,
    times: Option<u64>,
    fault: Fault,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    Always,
    Nth(u64),
    First(u64),
    Every(u64),
    Probability(f64),
}

impl Rule {
    /// For requests with this method and this path: a glob in which `*` takes anything, or a prefix.
    ///
    /// The request is answered with 503, unless [`then`](Self::then) says otherwise.
    #[must_use]
    pub fn on(method: &str, path: &str) -> Self {
        Self { method: Some(method.to_owned()), ..Self::path(path) }
    }

    /// For requests with this path, whatever the method.
    #[must_use]
    pub fn path(path: &str) -> Self {
        Self { method: None, path: Pattern::new(path), header: None, when: When::Always, times: None, fault: Fault::status(503) }
    }

    /// For every request.
    #[must_use]
    pub fn any() -> Self {
        Self::path("")
    }

    /// Only requests that carry this header.
    #[must_use]
    pub fn with_header(mut self, name: &str) -> Self {
        self.header = Some((name.to_owned(), None));
        self
    }

    /// Only requests that carry this header with this value.
    #[must_use]
    pub fn with_header_value(mut self, name: &str, value: &str) -> Self {
        self.header = Some((name.to_owned(), Some(value.to_owned())));
        self
    }

    /// Only the `n`th matching request, counted from one.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.when = When::Nth(n);
        self
    }

    /// Only the first `n` matching requests.
    #[must_use]
    pub fn first(mut self, n: u64) -> Self {
        self.when = When::First(n);
        self
    }

    /// Every `n`th matching request.
    #[must_use]
    pub fn every(mut self, n: u64) -> Self {
        self.when = When::Every(n);
        self
    }

    /// Each matching request with this probability.
    #[must_use]
    pub fn probability(mut self, p: f64) -> Self {
        self.when = When::Probability(p);
        self
    }

    /// At most this many times.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Sets what happens.
    #[must_use]
    pub fn then(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    fn matches(&self, method: &str, path: &str, headers: &HeaderMap) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.matches(path)
            && self.header.as_ref().is_none_or(|(name, value)| {
                headers
                    .get_all(name.as_str())
                    .iter()
                    .any(|seen| value.as_ref().is_none_or(|value| seen.as_bytes() == value.as_bytes()))
            })
    }
}

/// What goes wrong. The functions say what; the [module](self) has the table.
#[derive(Clone, Debug)]
pub struct Fault(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Status(StatusFault),
    Reject {
        after: u64,
        status: StatusFault,
    },
    Close {
        after: Option<u64>,
    },
    Reset {
        after: u64,
    },
    Truncate {
        after: u64,
    },
    WrongEtag,
    Corrupt {
        at: u64,
    },
    StallRead {
        after: u64,
        pause: Duration,
    },
    StallWrite {
        after: u64,
        pause: Duration,
    },
    Delay(Duration),
    NoContinue(Duration),
    LoseAnswer,
    HoldBefore(Gate),
    HoldAfter(Gate),
    PageLimit(usize),
    /// Names with new values, or `None` for those to remove.
    Headers(Vec<(String, Option<String>)>),
}

/// The answer of a fault.
#[derive(Clone, Debug)]
pub(crate) struct StatusFault {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl StatusFault {
    fn new(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, headers: Vec::new(), body: None }
    }

    pub(crate) fn reply(&self) -> Reply {
        let body = self.body.clone().unwrap_or_else(|| {
            let reason = self.status.canonical_reason().unwrap_or("Unknown");
            format!("<html><h1>{reason}</h1><p>Scripted.</p></html>")
        });
        let mut reply = Reply::with_body(self.status, HTML, body);
        for (name, value) in &self.headers {
            reply.header(name, value);
        }
        reply
    }
}

impl Fault {
    /// Answers with this status without reading the body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self(Kind::Status(StatusFault::new(status)))
    }

    /// Answers with this status after `after` bytes of the request's body, and closes.
    #[must_use]
    pub fn reject(after: u64, status: u16) -> Self {
        Self(Kind::Reject { after, status: StatusFault::new(status) })
    }

    /// Closes without reading the body and without an answer.
    #[must_use]
    pub fn close() -> Self {
        Self(Kind::Close { after: None })
    }

    /// Closes without an answer after `after` bytes of the request's body.
    #[must_use]
    pub fn close_after(after: u64) -> Self {
        Self(Kind::Close { after: Some(after) })
    }

    /// Resets the connection after `after` bytes of the answer's body.
    #[must_use]
    pub fn reset(after: u64) -> Self {
        Self(Kind::Reset { after })
    }

    /// Closes after `after` bytes of the answer's body, whatever length was declared.
    #[must_use]
    pub fn truncate(after: u64) -> Self {
        Self(Kind::Truncate { after })
    }

    /// Answers with an `ETag` that is not that of the body.
    #[must_use]
    pub fn wrong_etag() -> Self {
        Self(Kind::WrongEtag)
    }

    /// Flips the answer's byte at this offset.
    #[must_use]
    pub fn corrupt(at: u64) -> Self {
        Self(Kind::Corrupt { at })
    }

    /// Stops reading the request for `pause` after `after` bytes.
    #[must_use]
    pub fn stall_read(after: u64, pause: Duration) -> Self {
        Self(Kind::StallRead { after, pause })
    }

    /// Stops sending the answer for `pause` after `after` bytes of its body.
    #[must_use]
    pub fn stall_write(after: u64, pause: Duration) -> Self {
        Self(Kind::StallWrite { after, pause })
    }

    /// Serves the request that much later.
    #[must_use]
    pub fn delay(pause: Duration) -> Self {
        Self(Kind::Delay(pause))
    }

    /// Sends `100 Continue` that much later.
    #[must_use]
    pub fn no_100(pause: Duration) -> Self {
        Self(Kind::NoContinue(pause))
    }

    /// Carries out the request completely, and closes the connection without an answer.
    #[must_use]
    pub fn lose_answer() -> Self {
        Self(Kind::LoseAnswer)
    }

    /// Holds the request at the gate before it is carried out and before its body is read.
    ///
    /// If its client disconnects in the meantime, it is never carried out.
    #[must_use]
    pub fn hold_before(gate: &Gate) -> Self {
        Self(Kind::HoldBefore(gate.clone()))
    }

    /// Carries out the request, and holds its answer at the gate.
    #[must_use]
    pub fn hold_after(gate: &Gate) -> Self {
        Self(Kind::HoldAfter(gate.clone()))
    }

    /// Returns at most this many entries (at least one) in a page of an object storage listing, whatever the request's `limit` is.
    #[must_use]
    pub fn page_limit(entries: usize) -> Self {
        Self(Kind::PageLimit(entries.max(1)))
    }

    /// Answers with this header, replacing any of the same name. [`header`](Self::header) adds more.
    #[must_use]
    pub fn set_header(name: &str, value: &str) -> Self {
        Self(Kind::Headers(vec![(name.to_owned(), Some(value.to_owned()))]))
    }

    /// Answers without this header. `Date` and `Content-Length` stay, because the connection adds them.
    #[must_use]
    pub fn remove_header(name: &str) -> Self {
        Self(Kind::Headers(vec![(name.to_owned(), None)]))
    }

    /// Adds a header to the answer of a `status`, `reject` or `set_header`; the others have no answer of their own.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match &mut self.0 {
            Kind::Status(status) | Kind::Reject { status, .. } => status.headers.push((name.to_owned(), value.to_owned())),
            Kind::Headers(headers) => headers.push((name.to_owned(), Some(value.to_owned()))),
            _ => {}
        }
        self
    }

    /// Sets the body of the answer of a `status` or `reject`.
    #[must_use]
    pub fn body(mut self, body: &str) -> Self {
        if let Kind::Status(status) | Kind::Reject { status, .. } = &mut self.0 {
            status.body = Some(body.to_owned());
        }
        self
    }
}
