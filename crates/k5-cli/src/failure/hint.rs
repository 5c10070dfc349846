//! What the user can do, where that is not in the error's own words.

use super::login;
use super::proof::{Proof, proof};
use k5::{Error, ErrorKind, Reason};
use std::time::Duration;

/// The hint on an error, where there is one.
pub(super) fn of(error: &Error) -> Option<String> {
    by(error, proof())
}

fn by(error: &Error, proof: Proof) -> Option<String> {
    if let Some(after) = error.retry_after().filter(|after| *after > MAX_WAIT) {
        return Some(format!(
            "The server asks to wait {}, which is longer than k5 waits by itself: try again after that.",
            for_people(after)
        ));
    }
    if error.kind() == ErrorKind::Connect && !error.is_retryable() {
        // What will be the same next time says itself what to do.
        return None;
    }
    let fixed = login::at_provider(error, proof).or_else(|| login::at_keystone(error, proof)).or_else(|| at_service(error, proof));
    fixed.map(str::to_owned)
}

/// The hint on what a service said, or on the way to it.
fn at_service(error: &Error, proof: Proof) -> Option<&'static str> {
    // Ids are unique within a service alone.
    let (service, operation) = error.operation().map_or(("", ""), |meta| (meta.service.name, meta.id));
    let of_storage = |id: &str| service == "object_storage" && operation == id;
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
            "The token is wrong, expired or revoked: get a new one and set OS_TOKEN, or unset it and log in."
        }
        (ErrorKind::Status, Some(401)) => {
            "The token is not accepted (log in again, or unset OS_TOKEN), or none was sent (--anonymous reads only what is public)."
        }
        (ErrorKind::Status, Some(403)) if error.is_quota() => {
            "A quota of the project is used up: delete what is no longer needed, or ask for more."
        }
        (ErrorKind::Status, Some(403)) if service == "object_storage" => {
            "The user may lack a role in the project, or the container may lack an ACL (see k5 container show)."
        }
        (ErrorKind::Status, Some(403)) => "The user may lack a role in the project.",
        (ErrorKind::Status, Some(404))
            if of_storage("list_objects") || service == "object_storage" && operation.ends_with("_container") =>
        {
            "There is no such container: k5 container list shows the containers."
        }
        (ErrorKind::Status, Some(404)) if service == "object_storage" && operation.ends_with("_object") => {
            "There is no such object, or no such container: see k5 object ls and k5 container list."
        }
        (ErrorKind::Status, Some(409)) if of_storage("delete_container") => {
            "The container is not empty: k5 container delete -r deletes its objects first."
        }
        (ErrorKind::Status, Some(412)) if of_storage("upload_object") => {
            "There is already an object of this name, and it stays as it is."
        }
        (ErrorKind::Status, Some(413)) if of_storage("upload_object") => {
            "It is larger than the server accepts at once, or than what is left of a quota (k5 account show, k5 container show)."
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
            (of(Status, 401, &OTHER, "no"), Proof::Token, "wrong, expired or revoked"),
            (of(Status, 403, &OTHER, "Quota exceeded for cores"), Proof::Password, "quota of the project"),
            (of(Status, 403, &OTHER, "no"), Proof::Password, "an ACL"),
            (of(Status, 413, &OTHER, "no"), Proof::Password, "larger than the server accepts"),
            (of(Status, 503, &OTHER, "later").with_retry_after(Some(Duration::from_secs(86_400))), Proof::Password, "wait 24 h"),
            (of(NoEndpoint, 0, &OTHER, "none").with_reason(Reason::EmptyCatalogue), Proof::Password, "disabled"),
        ] {
            let hint = by(&error, proof).unwrap_or_default();
            assert!(hint.contains(expected), "{error}: {hint}");
            if ![Proof::Password, Proof::Passcode].contains(&proof) {
                assert!(!hint.contains("on K5: the contract"), "{error}: {hint}");
            }
        }
        assert_eq!(by(&of(Status, 503, &OTHER, "busy").with_retry_after(Some(Duration::from_secs(3))), Proof::Password), None);
    }
}
