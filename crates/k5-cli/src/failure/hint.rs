//! What the user can do, where that is not in the error's own words.

use super::login;
use super::proof::{Proof, proof};
use super::storage::at_storage;
use k5::{Error, ErrorKind, Reason};
use std::time::Duration;

/// The hint on an error, where there is one.
pub(super) fn of(error: &Error) -> Option<String> {
    by(error, proof())
}

fn by(error: &Error, proof: Proof) -> Option<String> {
    if let Some(after) = error.retry_after() {
        let long = if after > MAX_WAIT { ", which is longer than k5 waits by itself" } else { "" };
        return Some(format!("The server asks to wait {}{long}: run the same command again after that.", for_people(after)));
    }
    if error.kind() == ErrorKind::Connect && !error.is_retryable() {
        // What will be the same next time says itself what to do.
        return None;
    }
    let at_login = login::at_provider(error, proof).or_else(|| login::at_keystone(error, proof)).map(str::to_owned);
    at_login.or_else(|| at_storage(error)).or_else(|| at_service(error, proof).map(str::to_owned))
}

/// The hint on what a service said, or on the way to it.
fn at_service(error: &Error, proof: Proof) -> Option<&'static str> {
    let status = error.status().map(|status| status.as_u16());
    Some(match (error.kind(), status) {
        (_, Some(301 | 302 | 303 | 307 | 308)) => {
            "If that server is the right one, set the service's address in a variable such as OS_STORAGE_URL or OS_COMPUTE_ENDPOINT_OVERRIDE."
        }
        (ErrorKind::Connect, _) => {
            "Check the network, the proxy variables (HTTPS_PROXY, NO_PROXY), and where the address of the service comes from: a variable such as \
             OS_STORAGE_URL, or the catalogue with OS_REGION_NAME and OS_INTERFACE."
        }
        (ErrorKind::NoEndpoint, _) if error.reason() == Some(&Reason::EmptyCatalogue) => {
            "The token may be for the wrong project, or for one that is disabled: check OS_PROJECT_ID or OS_PROJECT_NAME, or set the \
             service's address in a variable such as OS_STORAGE_URL."
        }
        (ErrorKind::Status, Some(401)) if proof == Proof::Token => {
            "The token is wrong, expired or revoked: unset OS_TOKEN to log in, or set it to a new one, which k5 token issue prints after a login."
        }
        (ErrorKind::Status, Some(401)) => {
            "The service does not accept the token of this login, or none was sent (--anonymous reads only what is public): k5 doctor checks login, \
             project and services."
        }
        (ErrorKind::Status, Some(403)) if error.is_quota() => {
            "A quota of the project is used up: delete what is no longer needed, or ask for more."
        }
        (ErrorKind::Status, Some(403)) => {
            "The user may lack a role in the project: k5 token issue shows which user and project are used."
        }
        (ErrorKind::Status, Some(413 | 507)) => "A quota or a size limit is reached.",
        _ => return None,
    })
}

/// What the SDK waits at most where a server asks it to.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// A span of time in the largest unit that tells it.
fn for_people(span: Duration) -> String {
    match span.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds.div_ceil(60)),
        seconds @ 7_200..172_800 => format!("{} h", seconds.div_ceil(3_600)),
        seconds => format!("{} days", seconds.div_ceil(86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http_status(code: u16) -> k5_core::private::http::StatusCode {
        k5_core::private::http::StatusCode::from_u16(code).expect("a status")
    }

    #[test]
    fn one_hint_fits() {
        const IDENTITY: &k5_core::ServiceMeta = &k5::identity::meta::SERVICE;
        const SERVICE: &k5_core::ServiceMeta = &k5::object_storage::meta::SERVICE;
        static PROVIDER: k5_core::ServiceMeta = k5_core::ServiceMeta::new("identity_provider", "", k5_core::Dialect::Keystone);
        static LOGIN: k5_core::OpMeta = k5_core::OpMeta::new(IDENTITY, "create_token", "POST", "/auth/tokens");
        static OTHER: k5_core::OpMeta = k5_core::OpMeta::new(SERVICE, "upload_object", "PUT", "/{c}/{o}");
        static ACCESS: k5_core::OpMeta = k5_core::OpMeta::new(&PROVIDER, "create_access_token", "POST", "");
        static DISCOVERY: k5_core::OpMeta = k5_core::OpMeta::new(&PROVIDER, "show_configuration", "GET", "");
        static FEDERATED: k5_core::OpMeta = k5_core::OpMeta::new(IDENTITY, "create_federated_token", "POST", "");
        let code = |text: &str| Some(text.to_owned());
        let about = || Some("swift://c/o".to_owned());
        let of = |kind, status: u16, meta, message: &str| {
            let error = Error::new(kind, message).with_operation(meta);
            if status == 0 { error } else { error.with_status(http_status(status)) }
        };
        use ErrorKind::{Connect, Decode, Login, NoEndpoint, Status};
        for (error, proof, expected) in [
            (of(Login, 401, &LOGIN, "no").with_reason(Reason::SecondFactor), Proof::Password, "one-time passcode"),
            (of(Login, 401, &LOGIN, "no"), Proof::Password, "project and password"),
            (of(Login, 401, &LOGIN, "no"), Proof::Token, "set OS_TOKEN"),
            (of(Login, 404, &LOGIN, "no").with_reason(Reason::GivenToken), Proof::Token, "set OS_TOKEN"),
            (of(Login, 401, &LOGIN, "no"), Proof::Credential, "application credential"),
            (of(Login, 404, &LOGIN, "Not Found"), Proof::Password, "with or without /v3"),
            (of(Decode, 201, &LOGIN, "HTML"), Proof::Password, "not the dashboard's"),
            (of(Connect, 0, &LOGIN, "refused"), Proof::Password, "Check OS_AUTH_URL"),
            (of(Connect, 0, &OTHER, "refused"), Proof::Password, "OS_STORAGE_URL, or the catalogue"),
            (of(Login, 401, &LOGIN, "no"), Proof::Passcode, "use the next one"),
            (of(Login, 401, &LOGIN, "no"), Proof::OAuth2, "OS_OAUTH2_CLIENT_SECRET"),
            (of(Login, 401, &LOGIN, "no role"), Proof::ProviderToken, "no role in this project"),
            (of(Login, 401, &ACCESS, "no"), Proof::ProviderPassword, "OS_CLIENT_SECRET), and user and password"),
            (
                of(Login, 400, &ACCESS, "no").with_code(code("invalid_grant")),
                Proof::ProviderPassword,
                "user and password as the identity provider",
            ),
            (
                of(Login, 401, &ACCESS, "no").with_code(code("invalid_client")),
                Proof::ProviderPassword,
                "the client's id and secret as",
            ),
            (of(Login, 400, &ACCESS, "no").with_code(code("invalid_scope")), Proof::ProviderClient, "OS_OPENID_SCOPE"),
            (of(Login, 400, &ACCESS, "no").with_code(code("unauthorized_client")), Proof::ProviderClient, "another OS_AUTH_TYPE"),
            (of(Login, 404, &ACCESS, ""), Proof::ProviderClient, "OS_ACCESS_TOKEN_ENDPOINT"),
            (of(Login, 404, &ACCESS, ""), Proof::OAuth2, "OS_OAUTH2_ENDPOINT"),
            (of(Login, 401, &ACCESS, "no"), Proof::OAuth2, "OS_OAUTH2_CLIENT_ID"),
            (of(Decode, 200, &DISCOVERY, "HTML"), Proof::ProviderClient, "OS_DISCOVERY_ENDPOINT"),
            (of(Login, 404, &FEDERATED, ""), Proof::ProviderClient, "OS_PROTOCOL, which are Keystone's names"),
            (of(Login, 401, &FEDERATED, ""), Proof::ProviderToken, "set OS_ACCESS_TOKEN"),
            (of(Login, 401, &FEDERATED, ""), Proof::ProviderPassword, "trusts this client"),
            (of(Status, 302, &LOGIN, "redirects"), Proof::Password, "OS_AUTH_URL"),
            (of(Status, 302, &OTHER, "redirects"), Proof::Password, "OS_STORAGE_URL"),
            (of(Status, 401, &OTHER, "no"), Proof::Token, "unset OS_TOKEN"),
            (of(Status, 403, &OTHER, "Quota exceeded for cores"), Proof::Password, "quota of the project"),
            (of(Status, 403, &OTHER, "no"), Proof::Password, "k5 token issue"),
            (of(Status, 403, &OTHER, "no").with_target(about()), Proof::Password, "k5 container show c "),
            (of(Status, 503, &OTHER, "busy").with_retry_after(Some(Duration::from_secs(3))), Proof::Password, "wait 3 s: run"),
            (of(Status, 413, &OTHER, "no").with_target(about()), Proof::Password, "larger than the server accepts"),
            (of(Status, 404, &OTHER, "no").with_target(about()), Proof::Password, "k5 container create c "),
            (of(Status, 503, &OTHER, "later").with_retry_after(Some(Duration::from_secs(86_400))), Proof::Password, "wait 24 h"),
            (of(NoEndpoint, 0, &OTHER, "none").with_reason(Reason::EmptyCatalogue), Proof::Password, "disabled"),
        ] {
            let hint = by(&error, proof).unwrap_or_default();
            assert!(hint.contains(expected), "{error}: {hint}");
            if ![Proof::Password, Proof::Passcode].contains(&proof) {
                assert!(!hint.contains("on K5: the contract"), "{error}: {hint}");
            }
        }
        assert_eq!(by(&of(Status, 503, &OTHER, "busy"), Proof::Password), None);
        let missing = of(Status, 404, &OTHER, "no").with_target(Some("swift://my c/o".to_owned()));
        let hint = by(&missing, Proof::Password).unwrap_or_default();
        assert!(hint.contains("k5 container create 'my c'"), "{hint}");
    }
}
