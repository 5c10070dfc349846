//! The body of a login, by configuration.

use crate::config::{AppCredentialRef, CloudConfig, Credentials, DomainRef, ProjectRef, Scope, UserRef};
use crate::generated::AuthRequest;
use k5_core::{Error, Result};
use serde_json::{Map, Value, json};

/// The document that asks Keystone for a token. It holds the password: it goes into the request and nowhere else.
pub(crate) fn request(config: &CloudConfig) -> Result<AuthRequest> {
    let (method, proof) = match &config.credentials {
        Credentials::Password { user, password } => {
            let mut user = user_of(user);
            user.insert("password".to_owned(), password.expose().into());
            ("password", json!({ "user": user }))
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
        Credentials::Preauthenticated { .. } => return Err(Error::invalid_input("a token that is used as it is needs no login")),
    };
    let mut auth = json!({ "identity": { "methods": [method], method: proof } });
    match &config.scope {
        Scope::Unscoped => {}
        Scope::Project(ProjectRef::Id(id)) => auth["scope"] = json!({ "project": { "id": id } }),
        Scope::Project(ProjectRef::Name { name, domain }) => {
            auth["scope"] = json!({ "project": { "name": name, "domain": domain_of(domain) } });
        }
        Scope::Domain(domain) => auth["scope"] = json!({ "domain": domain_of(domain) }),
    }
    serde_json::from_value(json!({ "auth": auth })).map_err(|_| Error::invalid_input("the login can't be written"))
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
