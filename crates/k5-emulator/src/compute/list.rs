//! Lists of servers, newest first.

use serde_json::Value;

use super::server::Server;
use super::{Compute, view};
use crate::cloud::nova::{self, no_marker, reference, time};
use crate::cloud::{Call, Cut, Outcome, bad_request, fields};
use crate::time::Ticks;

pub(super) const MAX_LIMIT: usize = 1000;

impl Compute {
    pub(crate) async fn list_servers(&self, call: &mut Call<'_>) -> Outcome {
        self.list(call, "servers", |server| view::brief(server, call.request))
    }

    pub(crate) async fn list_servers_detail(&self, call: &mut Call<'_>) -> Outcome {
        self.list(call, "servers/detail", |server| view::server(server, call.request, view::Form::Listed))
    }

    fn list(&self, call: &Call<'_>, path: &str, view: impl Fn(&Server) -> Value) -> Outcome {
        let filter = Filter::of(call)?;
        let cut = Cut::limit(fields::limit(call.query("limit"), MAX_LIMIT)?).marker(no_marker).hidden_markers();
        let page = self.cloud.page(call, cut, |server| filter.takes(server))?;
        Ok(nova::list(call, ("servers", path), &page, |server| &server.id, view))
    }
}

/// The time in the query after which something must have changed.
pub(super) fn changes_since(call: &Call<'_>) -> Outcome<Option<Ticks>> {
    let Some(text) = call.query("changes-since") else { return Ok(None) };
    let why = format!("Invalid input for query parameters changes-since. Value: {text}. '{text}' is not a 'date-time'");
    time(text).map(Some).ok_or_else(|| bad_request(why))
}

struct Filter {
    changes_since: Option<Ticks>,
    name: Option<String>,
    status: Option<String>,
    image: Option<String>,
    flavor: Option<String>,
    reservation: Option<String>,
    zone: Option<String>,
    key_name: Option<String>,
}

impl Filter {
    fn of(call: &Call<'_>) -> Outcome<Self> {
        let text = |name: &str| call.query(name).map(str::to_owned);
        Ok(Self {
            changes_since: changes_since(call)?,
            name: text("name"),
            status: text("status"),
            image: text("image").map(|image| reference(&image)),
            flavor: text("flavor").map(|flavor| reference(&flavor)),
            reservation: text("reservation_id"),
            zone: text("availability_zone"),
            key_name: text("key_name"),
        })
    }

    fn takes(&self, server: &Server) -> bool {
        let alive = match self.changes_since {
            // A query for changes includes deletions.
            Some(since) => server.updated >= since,
            None => !server.is_deleted(),
        };
        let same = |wanted: &Option<String>, value: Option<&str>| wanted.as_deref().is_none_or(|wanted| value == Some(wanted));
        alive
            && self.name.as_deref().is_none_or(|wanted| fits(wanted, &server.name))
            && self.status.as_deref().is_none_or(|wanted| server.status().eq_ignore_ascii_case(wanted))
            && same(&self.image, server.image.as_deref())
            && same(&self.flavor, Some(&server.flavor))
            && same(&self.reservation, Some(&server.reservation))
            && same(&self.zone, Some(&server.zone))
            && same(&self.key_name, server.key_name.as_deref())
    }
}

/// Supports only those of Nova's regular expressions that are plain text, with or without anchors.
fn fits(pattern: &str, name: &str) -> bool {
    let (text, from_start) = pattern.strip_prefix('^').map_or((pattern, false), |text| (text, true));
    let (text, to_end) = text.strip_suffix('$').map_or((text, false), |text| (text, true));
    match (from_start, to_end) {
        (true, true) => name == text,
        (true, false) => name.starts_with(text),
        (false, true) => name.ends_with(text),
        (false, false) => name.contains(text),
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn names_are_found_by_their_parts() {
        for (pattern, fitting) in [("web", true), ("^web", true), ("web$", false), ("^web-1$", true), ("-1$", true), ("db", false)]
        {
            assert_eq!(fits(pattern, "web-1"), fitting, "{pattern}");
        }
    }
}
