//! Hints on a login that did not succeed.

use super::proof::Proof;
use k5::{Error, ErrorKind, Reason};

/// The service and the id of an operation: ids are unique within a service alone.
type Operation = (&'static str, &'static str);

const SHOW_CONFIGURATION: Operation = ("identity_provider", "show_configuration");
const CREATE_ACCESS_TOKEN: Operation = ("identity_provider", "create_access_token");
const CREATE_FEDERATED_TOKEN: Operation = ("identity", "create_federated_token");

const OF_OAUTH2: &str = "Check the client's id and secret (OS_OAUTH2_CLIENT_ID, OS_OAUTH2_CLIENT_SECRET). In Keystone they are the id and secret of an \
     application credential, which may have expired or been deleted.";

fn operation(error: &Error) -> Operation {
    error.operation().map_or(("", ""), |meta| (meta.service.name, meta.id))
}

/// The hint on what Keystone said, or on the way to it.
pub(super) fn at_keystone(error: &Error, proof: Proof) -> Option<&'static str> {
    let status = error.status().map(|status| status.as_u16());
    if error.kind() != ErrorKind::Login && operation(error) != ("identity", "create_token") {
        return None;
    }
    Some(match (error.kind(), status) {
        (_, Some(301 | 302 | 303 | 307 | 308)) => {
            "If that server is the right one, set its address: OS_AUTH_URL, or auth_url in clouds.yaml."
        }
        _ if error.reason() == Some(&Reason::SecondFactor) => {
            "The user needs more than one factor, such as a one-time passcode along with the password: configure all of them, or use an \
             application credential, which needs no second factor."
        }
        _ if error.reason() == Some(&Reason::GivenToken) => {
            "The token is wrong, expired or revoked, or its user has no role in the project: get a new one and set OS_TOKEN."
        }
        (_, Some(404 | 405)) => {
            "Keystone does not answer there: OS_AUTH_URL must be the identity service's address, with or without /v3 at the end."
        }
        (ErrorKind::Decode, _) => {
            "What answers there is not Keystone: OS_AUTH_URL must be the identity service's address, not the dashboard's."
        }
        (_, Some(401 | 403)) => match proof {
            Proof::Password => {
                "Check user, domain (on K5: the contract), project and password. The project may be wrong, too: a user without a role in \
                 it gets no token. The login was tried only once, since K5 locks an account after five failures."
            }
            Proof::Token => {
                "The token is wrong, expired or revoked, or its user has no role in the project: get a new one and set OS_TOKEN."
            }
            Proof::Credential => {
                "Check the id (or name and user) and the secret of the application credential, and whether it has expired or been deleted."
            }
            Proof::Passcode => {
                "Check user, domain, project and passcode. A passcode is good for one login, for about half a minute, and the clock of the \
                 device that makes it must be right: use the next one. The login was tried only once."
            }
            Proof::OAuth2 => OF_OAUTH2,
            Proof::ProviderPassword | Proof::ProviderClient | Proof::ProviderToken => {
                "Keystone knows the identity provider's user, who has no role in this project: check OS_PROJECT_ID or OS_PROJECT_NAME, and what \
                 Keystone's mapping grants such users."
            }
        },
        (ErrorKind::Login, _) => "Check user, domain (on K5: the contract), project and password. The login was tried only once.",
        (ErrorKind::Connect, _) => "Check OS_AUTH_URL, the region, the network and the proxy variables (HTTPS_PROXY, NO_PROXY).",
        _ => return None,
    })
}

/// The hint on what an identity provider said, and Keystone of its token.
pub(super) fn at_provider(error: &Error, proof: Proof) -> Option<&'static str> {
    let status = error.status().map_or(0, |status| status.as_u16());
    Some(match (operation(error), error.kind(), status) {
        (_, ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport, _) | (_, _, 300..400 | 500..) => return None,
        (SHOW_CONFIGURATION, ..) => {
            "Check the address of the identity provider's discovery document (OS_DISCOVERY_ENDPOINT, which ends in \
             /.well-known/openid-configuration), or set OS_ACCESS_TOKEN_ENDPOINT instead."
        }
        (CREATE_ACCESS_TOKEN, ErrorKind::Decode, _) | (CREATE_ACCESS_TOKEN, _, 404 | 405) => match proof {
            Proof::OAuth2 => {
                "Check the address at which Keystone issues OAuth 2.0 tokens (OS_OAUTH2_ENDPOINT, which ends in /OS-OAUTH2/token)."
            }
            _ => {
                "Check the address at which the identity provider issues tokens: OS_ACCESS_TOKEN_ENDPOINT, or OS_DISCOVERY_ENDPOINT."
            }
        },
        (CREATE_ACCESS_TOKEN, ..) if proof == Proof::OAuth2 => OF_OAUTH2,
        (CREATE_ACCESS_TOKEN, ..) => match error.code() {
            Some("invalid_scope") => "The identity provider does not grant this client that scope: check OS_OPENID_SCOPE.",
            Some("unauthorized_client" | "unsupported_grant_type") => {
                "The identity provider does not let this client log in this way: have it allowed there, or choose another OS_AUTH_TYPE."
            }
            Some("invalid_grant") if proof == Proof::ProviderPassword => {
                "Check user and password as the identity provider knows them (OS_USERNAME, OS_PASSWORD); Keystone was not asked. The login was tried only once."
            }
            Some("invalid_client") => {
                "Check the client's id and secret as the identity provider knows them (OS_CLIENT_ID, OS_CLIENT_SECRET); Keystone was not asked."
            }
            _ if proof == Proof::ProviderPassword => {
                "Check the client's id and secret (OS_CLIENT_ID, OS_CLIENT_SECRET), and user and password (OS_USERNAME, OS_PASSWORD), as the \
                 identity provider knows them; Keystone was not asked. The login was tried only once."
            }
            _ => {
                "Check the client's id and secret as the identity provider knows them (OS_CLIENT_ID, OS_CLIENT_SECRET); Keystone was not asked."
            }
        },
        (CREATE_FEDERATED_TOKEN, _, 404) => {
            "Keystone knows no such identity provider or protocol: check OS_IDENTITY_PROVIDER and OS_PROTOCOL, which are Keystone's names for them."
        }
        (CREATE_FEDERATED_TOKEN, ..) if proof == Proof::ProviderToken => {
            "Keystone does not accept this token of the identity provider: it may have expired, or be for another client. Get a new one and set \
             OS_ACCESS_TOKEN, and check OS_IDENTITY_PROVIDER and OS_PROTOCOL."
        }
        (CREATE_FEDERATED_TOKEN, ..) => {
            "Keystone does not accept the identity provider's token: check OS_IDENTITY_PROVIDER, OS_PROTOCOL and OS_ACCESS_TOKEN_TYPE, and whether \
             Keystone trusts this client (OS_CLIENT_ID) and its mapping knows the user."
        }
        _ => return None,
    })
}
