//! What Keystone says of a token.

use crate::catalogue::CatalogueService;
use crate::secret::Secret;
use crate::timestamp::Timestamp;
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

crate::model! {
    /// The document of a token. The token itself is a header of the answer.
    pub struct TokenDetails {
        /// How the user proved who he is.
        pub methods: Vec<String> = "methods",
        /// When the token ends.
        pub expires_at: Timestamp = "expires_at",
        /// When it was issued, by the server's clock.
        pub issued_at: Option<Timestamp> = "issued_at",
        /// The user.
        pub user: Named = "user",
        /// What the user may do in the scope.
        pub roles: Option<Vec<Named>> = "roles",
        /// The project, also when it was only the user's default one.
        pub project: Option<Named> = "project",
        /// The domain, for a token of a domain's scope.
        pub domain: Option<DomainName> = "domain",
        /// The services of the cloud.
        pub catalog: Option<Vec<CatalogueService>> = "catalog",
    }
}

crate::model! {
    /// The body of an answer about a token.
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

/// A token with its details, and when to stop using it.
#[derive(Clone, Debug)]
pub struct Token {
    /// The secret itself.
    pub secret: Secret,
    /// What Keystone says of it.
    pub details: TokenDetails,
    /// When to get a new one, by this machine's clock.
    pub renew_at: SystemTime,
}

/// A token is renewed this long before it ends, so that no call starts with one that ends on the way.
const MARGIN: Duration = Duration::from_secs(60);

impl Token {
    /// A token that arrived at `now`. Its lifetime is counted from the server's own `issued_at`, so that clocks may differ.
    pub fn new(secret: Secret, details: TokenDetails, now: SystemTime) -> Self {
        let server_now = details.issued_at.as_ref().map_or(now, Timestamp::to_system_time);
        // A rescoped token keeps an old `issued_at`'s expiry, never a longer life than `expires_at` says here.
        let lifetime = details.expires_at.after(server_now);
        let margin = MARGIN.min(lifetime / 10);
        Self { secret, details, renew_at: now + (lifetime - margin) }
    }

    /// Whether a call may still start with it.
    pub fn is_fresh(&self, now: SystemTime) -> bool {
        now < self.renew_at
    }

    /// The project's id, which is `{tenant_id}` in paths.
    pub fn project_id(&self) -> Option<&str> {
        self.details.project.as_ref().map(|project| project.id.as_str())
    }
}
