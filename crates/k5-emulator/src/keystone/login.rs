//! `POST /v3/auth/tokens`: who is logging in, and for which scope.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::tokens::{Scope, Session, Tokens};
use super::{Refused, bad_request, unauthorized};
use crate::accounts::{Accounts, Domain, User};

#[derive(Deserialize)]
struct Auth {
    identity: Identity,
    #[serde(default)]
    scope: Option<Value>,
}

#[derive(Deserialize)]
struct Identity {
    methods: Vec<String>,
    password: Option<Password>,
    token: Option<TokenId>,
    application_credential: Option<Credential>,
}

#[derive(Deserialize)]
struct Password {
    user: UserRef,
}

#[derive(Deserialize)]
struct TokenId {
    id: String,
}

#[derive(Deserialize)]
struct Credential {
    id: Option<String>,
    name: Option<String>,
    secret: String,
    user: Option<UserRef>,
}

#[derive(Deserialize)]
struct UserRef {
    id: Option<String>,
    name: Option<String>,
    domain: Option<DomainRef>,
    password: Option<String>,
}

#[derive(Default, Deserialize)]
struct DomainRef {
    id: Option<String>,
    name: Option<String>,
}

impl DomainRef {
    fn is(&self, domain: &Domain) -> bool {
        match (&self.id, &self.name) {
            (Some(id), _) => *id == domain.id,
            (None, Some(name)) => *name == domain.name,
            (None, None) => false,
        }
    }
}

#[derive(Deserialize)]
struct ProjectRef {
    id: Option<String>,
    name: Option<String>,
    domain: Option<DomainRef>,
}

pub(super) fn login(accounts: &Accounts, tokens: &Tokens, body: &[u8]) -> Result<(String, Arc<Session>), Refused> {
    let document: Value = serde_json::from_slice(body).map_err(|_| bad_request("valid JSON"))?;
    let auth = document.get("auth").ok_or_else(|| bad_request("auth"))?;
    let auth: Auth = Deserialize::deserialize(auth).map_err(|_| bad_request("identity"))?;
    let Identity { methods, password, token, application_credential } = auth.identity;
    let first = methods.first().map(String::as_str).ok_or_else(|| bad_request("methods"))?;
    let (user, mut all_methods, expires, bound) = match first {
        "password" => {
            let wanted = password.ok_or_else(|| bad_request("password"))?.user;
            let user = find_user(accounts, &wanted)?;
            if wanted.password.as_ref() != Some(&user.password) {
                return Err(unauthorized());
            }
            (user, vec!["password".to_owned()], None, None)
        }
        "token" => {
            let id = token.ok_or_else(|| bad_request("token"))?.id;
            let session = tokens.find(&id).ok_or_else(unauthorized)?;
            let user = accounts.user(&session.user_id).ok_or_else(unauthorized)?;
            let mut methods = vec!["token".to_owned()];
            methods.extend(session.methods.iter().filter(|method| *method != "token").cloned());
            (user, methods, Some(session.expires), None)
        }
        "application_credential" => {
            let wanted = application_credential.ok_or_else(|| bad_request("application_credential"))?;
            let owner = wanted.user.as_ref().map(|user| find_user(accounts, user)).transpose()?;
            let known = accounts
                .credentials
                .iter()
                .find(|known| match (&wanted.id, &wanted.name, owner) {
                    (Some(id), _, _) => known.id == *id,
                    (None, Some(name), Some(owner)) => known.name == *name && known.user == owner.id,
                    _ => false,
                })
                .filter(|known| known.secret == wanted.secret)
                .ok_or_else(unauthorized)?;
            let user = accounts.user(&known.user).ok_or_else(unauthorized)?;
            (user, vec!["application_credential".to_owned()], None, Some(known.project.clone()))
        }
        _ => return Err(unauthorized()),
    };
    all_methods.dedup();
    let (scope, roles) = match bound {
        // An application credential carries its own scope and takes no other.
        Some(_) if auth.scope.is_some() => return Err(unauthorized()),
        Some(project) => project_scope(accounts, user, &project)?,
        None => requested_scope(accounts, user, auth.scope.as_ref())?,
    };
    Ok(tokens.issue(Session::new(user, all_methods, scope, roles), expires))
}

fn find_user<'a>(accounts: &'a Accounts, wanted: &UserRef) -> Result<&'a User, Refused> {
    let found = match (&wanted.id, &wanted.name) {
        (Some(id), _) => accounts.user(id),
        (None, Some(name)) => {
            let domain = wanted.domain.as_ref().ok_or_else(|| bad_request("domain"))?;
            accounts.users.iter().find(|user| user.name == *name && domain.is(&user.domain))
        }
        (None, None) => return Err(bad_request("user")),
    };
    found.ok_or_else(unauthorized)
}

fn requested_scope(accounts: &Accounts, user: &User, scope: Option<&Value>) -> Result<(Scope, Vec<String>), Refused> {
    let Some(scope) = scope.filter(|scope| !scope.is_null()) else {
        return match &user.default_project {
            Some(project) => project_scope(accounts, user, project),
            None => Ok((Scope::Unscoped, Vec::new())),
        };
    };
    if scope.as_str() == Some("unscoped") || scope.get("unscoped").is_some() {
        return Ok((Scope::Unscoped, Vec::new()));
    }
    if let Some(project) = scope.get("project") {
        let wanted: ProjectRef = Deserialize::deserialize(project).map_err(|_| bad_request("project"))?;
        let found = match (&wanted.id, &wanted.name) {
            (Some(id), _) => accounts.project(id),
            (None, Some(name)) => {
                let domain = wanted.domain.as_ref().ok_or_else(|| bad_request("domain"))?;
                accounts.projects.iter().find(|project| project.name == *name && domain.is(&project.domain))
            }
            (None, None) => return Err(bad_request("project")),
        };
        return project_scope(accounts, user, &found.ok_or_else(unauthorized)?.id);
    }
    if let Some(domain) = scope.get("domain") {
        let wanted: DomainRef = Deserialize::deserialize(domain).map_err(|_| bad_request("domain"))?;
        if wanted.is(&user.domain) && !user.domain_roles.is_empty() {
            return Ok((Scope::Domain(user.domain.clone()), user.domain_roles.clone()));
        }
        return Err(unauthorized());
    }
    Err(bad_request("scope"))
}

fn project_scope(accounts: &Accounts, user: &User, id: &str) -> Result<(Scope, Vec<String>), Refused> {
    let project = accounts.project(id).ok_or_else(unauthorized)?;
    let roles = user.roles.get(id).ok_or_else(unauthorized)?;
    Ok((Scope::Project(project.clone()), roles.clone()))
}
