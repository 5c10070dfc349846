//! What Keystone says about a token.

use crate::catalogue::CatalogueService;
use crate::secret::Secret;
use crate::timestamp::Timestamp;
use crate::tolerant::Tolerant;
use std::time::{Duration, SystemTime};

crate::model! {
    /// An id with a name: a user, a project, a role.
    pub struct Named {
        /// The id.
        pub id: String = "id",
        /// The name.
        pub name: Option<String> = "name",
        /// The domain that it belongs to.
        pub domain: Option<DomainName> = "domain",
    }
}

crate::model! {
    /// A domain; on K5, the contract.
    pub struct DomainName {
        /// The id.
        pub id: Option<String> = "id",
        /// The name; on K5, the contract's number.
        pub name: Option<String> = "name",
    }
}

impl DomainName {
    /// The domain with this id.
    pub fn by_id(id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), name: None, extra: Default::default() }
    }

    /// The domain with this name.
    pub fn by_name(name: impl Into<String>) -> Self {
        Self { id: None, name: Some(name.into()), extra: Default::default() }
    }
}

crate::model! {
    /// The document of a token. The token itself is a header of the answer.
    pub struct TokenDetails {
        /// How the user authenticated.
        pub methods: Tolerant<String> = "methods",
        /// When the token expires; `None` if Keystone's value is not a time, in which case its text is in `extra`.
        pub expires_at: Option<Timestamp> = "expires_at",
        /// When it was issued, by the server's clock.
        pub issued_at: Option<Timestamp> = "issued_at",
        /// The user.
        pub user: Named = "user",
        /// What the user may do in the scope.
        pub roles: Option<Tolerant<Named>> = "roles",
        /// The project, even if it was only the user's default one.
        pub project: Option<Named> = "project",
        /// The domain, for a token with domain scope.
        pub domain: Option<DomainName> = "domain",
        /// The services of the cloud. Entries without a type can't be services and are in [`Tolerant::odd`].
        pub catalog: Option<Tolerant<CatalogueService>> = "catalog",
    }
}

crate::model! {
    /// The body of a response about a token.
    pub struct TokenDocument {
        /// The token's details.
        pub token: TokenDetails = "token",
    }
}

crate::header_model! {
    /// The header that carries a new token.
    pub struct TokenHeaders {
        /// The token.
        pub subject_token: Option<Secret> = "x-subject-token",
    }
}

impl TokenDetails {
    /// When the token expires, as Keystone wrote it.
    pub fn expires(&self) -> Option<&str> {
        let unread = || self.extra.get("expires_at").and_then(serde_json::Value::as_str);
        self.expires_at.as_ref().map(Timestamp::as_str).or_else(unread)
    }

    /// Unusable entries of the catalogue, as they came: services without a type, endpoints without a URL or an interface.
    pub fn odd_entries(&self) -> impl Iterator<Item = &serde_json::Value> {
        let services = self.catalog.iter().flat_map(|catalogue| catalogue.odd());
        let endpoints = self.catalog.iter().flatten().flat_map(|service| service.endpoints.odd());
        services.chain(endpoints)
    }
}

/// A token with its details, and when to stop using it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Token {
    /// The secret itself.
    pub secret: Secret,
    /// What Keystone says about it.
    pub details: TokenDetails,
    /// When to get a new one, by this machine's clock; `None` if unknown, in which case it is used until it is refused.
    pub renew_at: Option<SystemTime>,
}

/// A token is renewed this long before it expires, so that no call starts with one that expires on the way.
const MARGIN: Duration = Duration::from_secs(60);

impl Token {
    /// A token that arrived at `now`. Its lifetime is counted from the server's own `issued_at`, so the clocks may differ.
    pub fn new(secret: Secret, details: TokenDetails, now: SystemTime) -> Self {
        let server_now = details.issued_at.as_ref().map_or(now, Timestamp::to_system_time);
        // A rescoped token keeps an old `issued_at`'s expiry, never a longer life than `expires_at` says here.
        let lifetime = details.expires_at.as_ref().map(|end| end.after(server_now));
        // A token that has just been issued hasn't ended: where it says so, it says nothing.
        let renew_at = lifetime
            .filter(|lifetime| !lifetime.is_zero())
            .and_then(|lifetime| now.checked_add(lifetime - MARGIN.min(lifetime / 10)));
        Self { secret, details, renew_at }
    }

    /// A token that was kept, to be used until `renew_at`.
    pub fn kept(secret: Secret, details: TokenDetails, renew_at: Option<SystemTime>) -> Self {
        Self { secret, details, renew_at }
    }

    /// Whether a call may still start with it.
    pub fn is_fresh(&self, now: SystemTime) -> bool {
        self.renew_at.is_none_or(|end| now < end)
    }

    /// The project's id, which is `{tenant_id}` in paths.
    pub fn project_id(&self) -> Option<&str> {
        self.details.project.as_ref().map(|project| project.id.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(times: &str, catalogue: &str) -> Token {
        let text = format!(r#"{{"methods":["password"],{times}"user":{{"id":"u"}},"catalog":{catalogue}}}"#);
        let details: TokenDetails = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let back = serde_json::to_value(&details).expect("written");
        assert_eq!(back, serde_json::from_str::<serde_json::Value>(&text).expect("JSON"), "nothing is lost");
        Token::new(Secret::new("t"), details, SystemTime::now())
    }

    #[test]
    fn an_end_that_is_no_time_is_kept_and_the_token_used() {
        let now = SystemTime::now();
        for end in ["", "None", "2096-01-01T24:00:00Z", "0000-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "never"] {
            let token = token(&format!(r#""expires_at":"{end}","issued_at":"2026-01-01T00:00:00Z","#), "[]");
            assert!(token.is_fresh(now + Duration::from_secs(1 << 40)), "{end}");
            assert_eq!(token.details.expires(), Some(end));
        }
        for times in ["", r#""expires_at":null,"#, r#""expires_at":7,"#] {
            assert_eq!(token(times, "[]").renew_at, None, "{times}");
        }
        for end in ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999Z", "9999-12-30T00:00:00"] {
            for issued in ["2026-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "-009999-01-02T02:00:00Z", ""] {
                let token = token(&format!(r#""expires_at":"{end}","issued_at":"{issued}","#), "[]");
                assert!(token.renew_at.is_some_and(|at| at > now) && token.details.expires() == Some(end), "{end} {issued}");
            }
        }
        let hour = token(r#""expires_at":"2026-01-01T01:00:00Z","issued_at":"2026-01-01T00:00:00Z","#, "[]");
        assert!(hour.is_fresh(now) && !hour.is_fresh(now + Duration::from_secs(3600)));
    }

    #[test]
    fn odd_entries_of_the_catalogue_are_skipped() {
        let endpoint = r#"{"interface":"public","url":"http://h"}"#;
        let good = format!(r#"{{"type":"image","endpoints":[{endpoint}]}}"#);
        for odd in [
            r#"{"type":"x","endpoints":[{"interface":"public","url":null}]}"#,
            r#"{"type":"x","endpoints":[{"interface":"public"}]}"#,
            r#"{"type":"x","endpoints":[{"url":"http://h"}]}"#,
            r#"{"type":"x","endpoints":[{"interface":7,"url":"http://h"}]}"#,
            r#"{"type":"x","endpoints":[null]}"#,
            r#"{"type":null,"endpoints":[]}"#,
            r#"{"type":["x"],"endpoints":[]}"#,
            r#"{"name":"x"}"#,
            r#"{"type":"x","name":7}"#,
            "null",
            "7",
        ] {
            let token = token("", &format!("[{good},{odd}]"));
            let catalogue = token.details.catalog.as_deref().expect("a catalogue");
            let found = catalogue.iter().find(|service| service.service_type == "image").expect("the good one");
            assert_eq!(found.endpoints[0].url, "http://h", "{odd}");
            assert_eq!(token.details.odd_entries().count(), 1, "{odd}");
        }
        for nothing in [r#"{"type":"x"}"#, r#"{"type":"x","endpoints":null}"#, r#"{"type":"x","endpoints":[]}"#] {
            assert_eq!(token("", &format!("[{nothing}]")).details.odd_entries().count(), 0, "{nothing}");
        }
        for none in ["null", "{}", "\"\"", "[]"] {
            assert_eq!(token("", none).details.catalog.as_deref().unwrap_or_default(), [], "{none}");
        }
    }
}
