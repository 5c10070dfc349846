//! The login itself: the document that asks for a token, additional factors, and what a refusal means.

use super::receipt::{Receipt, Receipts};
use crate::config::{AppCredentialRef, CloudConfig, Credentials, DomainRef, ProjectRef, Scope, UserRef};
use crate::generated::{AuthRequest, Identity, meta::CREATE_TOKEN};
use http::StatusCode;
use k5_core::token::TokenDetails;
use k5_core::{Error, ErrorKind, Reason, Result, Secret, Session, WithOptions};
use serde_json::{Map, Value, json};

/// A token as it was issued.
pub(crate) type Issued = (Secret, TokenDetails);

/// Logs in to Keystone. `keystone` is a session whose calls go there without a token. If one more factor is wanted, it is sent
/// if the configuration has it.
pub(crate) async fn authenticate(
    keystone: &Session,
    config: &CloudConfig,
    credentials: &Credentials,
    scope: &Scope,
) -> Result<Issued> {
    let (refusal, receipt) = match post(keystone, credentials, scope, None).await {
        Ok(issued) => return Ok(issued),
        Err((error, None)) => return Err(refused(error, credentials, config)),
        Err((error, Some(receipt))) => (error, receipt),
    };
    let second = config.second_factor.as_ref().filter(|second| receipt.is_answered_by(methods_of(second)));
    let Some(second) = second else { return Err(receipt.wanted(&refusal, &CREATE_TOKEN)) };
    match post(keystone, second, scope, Some(&receipt)).await {
        Ok(issued) => Ok(issued),
        Err((error, None)) => Err(refused(error, second, config)),
        Err((error, Some(receipt))) => Err(receipt.wanted(&error, &CREATE_TOKEN)),
    }
}

/// Whether a login with these credentials can be repeated: a passcode works only once.
pub(crate) fn is_repeatable(credentials: &Credentials) -> bool {
    match credentials {
        Credentials::Totp { .. } => false,
        Credentials::MultiFactor { methods } => methods.iter().all(is_repeatable),
        _ => true,
    }
}

async fn post(
    keystone: &Session,
    credentials: &Credentials,
    scope: &Scope,
    earlier: Option<&Receipt>,
) -> Result<Issued, (Error, Option<Receipt>)> {
    let request = request(credentials, scope).map_err(|error| (error, None))?;
    let receipts = Receipts::new(keystone.clone(), earlier);
    let mut call = Identity::new(receipts.session()).create_token(&request);
    if !is_repeatable(credentials) {
        call = call.with_max_attempts(1);
    }
    match call.send().await {
        Ok((document, headers)) => {
            let missing =
                || Error::new(ErrorKind::Decode, "Keystone's answer has no X-Subject-Token").with_operation(&CREATE_TOKEN);
            Ok((headers.subject_token.ok_or_else(|| (missing(), None))?, document.token))
        }
        Err(error) => {
            let receipt = receipts.receipt(&error);
            Err((error, receipt))
        }
    }
}

const ENDED: &str = "the token that was supplied has expired, was revoked, or belongs to another cloud";

/// Explains a refused login as far as the answer allows.
fn refused(error: Error, credentials: &Credentials, config: &CloudConfig) -> Error {
    let url = config.auth_url.as_deref().unwrap_or_default();
    // Keystone distinguishes these refusals only by wording: its error document has the status and a sentence.
    let speaks_of = |what: &str| error.message().to_ascii_lowercase().contains(what);
    let by_token = matches!(credentials, Credentials::Token { .. });
    // Then the token is one that Keystone has just issued itself.
    let by_provider = matches!(config.credentials, Credentials::Oidc(_));
    let given = |note: &str| (note.to_owned(), Some(Reason::GivenToken));
    let (note, reason) = match error.status().map(|status| status.as_u16()) {
        Some(401 | 404) if speaks_of("no access to project") || speaks_of("could not find project") => {
            ("the user exists but has no role in this project".to_owned(), None)
        }
        Some(401 | 403 | 404) if by_provider => {
            ("Keystone knows the identity provider's user, who has no role in the requested scope".to_owned(), None)
        }
        // Keystone's versions differ in how they describe an invalid token, and for another user's project they say no more
        // than 401.
        Some(401 | 404) if by_token && speaks_of("token") => given(ENDED),
        Some(401) if by_token && config.scope != Scope::Unscoped => {
            given(&format!("{ENDED}, or its user has no role in the requested scope"))
        }
        Some(401) if by_token => given(ENDED),
        Some(404 | 405) => (format!("there is no Identity v3 at {url}"), None),
        _ if error.kind() == ErrorKind::Decode => (format!("the answer from {url} is not Keystone's"), None),
        _ => (String::new(), None),
    };
    let error = if note.is_empty() { error } else { error.with_note(&note) };
    as_login(reason.into_iter().fold(error, Error::with_reason))
}

/// A refusal of the user is a login error, not an error of a call.
pub(crate) fn as_login(error: Error) -> Error {
    let refusals = [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
    match error.kind() == ErrorKind::Status && error.status().is_some_and(|status| refusals.contains(&status)) {
        true => error.with_kind(ErrorKind::Login),
        false => error,
    }
}

/// What Keystone calls the methods of a login.
pub(crate) fn methods_of(credentials: &Credentials) -> Vec<&'static str> {
    match credentials {
        Credentials::Password { .. } => vec!["password"],
        Credentials::Token { .. } => vec!["token"],
        Credentials::ApplicationCredential { .. } => vec!["application_credential"],
        Credentials::Totp { .. } => vec!["totp"],
        Credentials::MultiFactor { methods } => methods.iter().flat_map(methods_of).collect(),
        Credentials::Oidc(_) | Credentials::OAuth2 { .. } | Credentials::Preauthenticated { .. } | Credentials::Nobody => {
            Vec::new()
        }
    }
}

/// The document that asks Keystone for a token. It contains the password: it goes into the request and nowhere else.
fn request(credentials: &Credentials, scope: &Scope) -> Result<AuthRequest> {
    let mut identity = Map::new();
    identity.insert("methods".to_owned(), methods_of(credentials).into());
    prove(credentials, &mut identity)?;
    let mut auth = json!({ "identity": identity });
    match scope {
        Scope::Unscoped => {}
        Scope::Project(ProjectRef::Id(id)) => auth["scope"] = json!({ "project": { "id": id } }),
        Scope::Project(ProjectRef::Name { name, domain }) => {
            auth["scope"] = json!({ "project": { "name": name, "domain": domain_of(domain) } });
        }
        Scope::Domain(domain) => auth["scope"] = json!({ "domain": domain_of(domain) }),
    }
    serde_json::from_value(json!({ "auth": auth })).map_err(|_| Error::invalid_input("the login request can't be written"))
}

fn prove(credentials: &Credentials, identity: &mut Map<String, Value>) -> Result<()> {
    let (method, proof) = match credentials {
        Credentials::Password { user, password } => {
            let mut user = user_of(user);
            user.insert("password".to_owned(), password.expose().into());
            ("password", json!({ "user": user }))
        }
        Credentials::Totp { user, passcode } => {
            let mut user = user_of(user);
            user.insert("passcode".to_owned(), passcode.expose().into());
            ("totp", json!({ "user": user }))
        }
        Credentials::Token { token } => ("token", json!({ "id": token.expose() })),
        Credentials::ApplicationCredential { credential, secret } => {
            let mut proof = Map::new();
            match credential {
                AppCredentialRef::Id(id) => {
                    proof.insert("id".to_owned(), id.clone().into());
                }
                AppCredentialRef::Name { name, user } => {
                    proof.insert("name".to_owned(), name.clone().into());
                    proof.insert("user".to_owned(), user_of(user).into());
                }
            }
            proof.insert("secret".to_owned(), secret.expose().into());
            ("application_credential", proof.into())
        }
        Credentials::MultiFactor { methods } => return methods.iter().try_for_each(|method| prove(method, identity)),
        Credentials::Oidc(_) | Credentials::OAuth2 { .. } | Credentials::Preauthenticated { .. } | Credentials::Nobody => {
            return Err(Error::invalid_input("this is not a login at Keystone itself"));
        }
    };
    identity.insert(method.to_owned(), proof);
    Ok(())
}

fn user_of(user: &UserRef) -> Map<String, Value> {
    let mut map = Map::new();
    match user {
        UserRef::Id(id) => {
            map.insert("id".to_owned(), id.clone().into());
        }
        UserRef::Name { name, domain } => {
            map.insert("name".to_owned(), name.clone().into());
            map.insert("domain".to_owned(), domain_of(domain));
        }
    }
    map
}

fn domain_of(domain: &DomainRef) -> Value {
    match domain {
        DomainRef::Id(id) => json!({ "id": id }),
        DomainRef::Name(name) => json!({ "name": name }),
    }
}
