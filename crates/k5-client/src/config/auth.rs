//! Who logs in, how, and to what: the settings turned into [`Credentials`] and [`Scope`].

use k5_core::Secret;

use super::error::ConfigError;
use super::setting::{Entry, Key, Layer, Layers};
use super::{AppCredentialRef, Credentials, DomainRef, ProjectRef, Scope, UserRef};

const SUPPORTED: &str =
    "supported: password (v3password), token (v3token), v3applicationcredential; set --os-auth-type, OS_AUTH_TYPE or auth_type";

const APPLICATION_CREDENTIAL: [Key; 3] =
    [Key::ApplicationCredentialSecret, Key::ApplicationCredentialId, Key::ApplicationCredentialName];
const USER: [Key; 2] = [Key::UserId, Key::Username];
const PROJECT: [Key; 2] = [Key::ProjectId, Key::ProjectName];
const DOMAIN: [Key; 2] = [Key::DomainId, Key::DomainName];
const USER_DOMAIN: [Key; 2] = [Key::UserDomainId, Key::UserDomainName];
const PROJECT_DOMAIN: [Key; 2] = [Key::ProjectDomainId, Key::ProjectDomainName];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Password,
    Token,
    ApplicationCredential,
    /// A token and a storage URL, as python-swiftclient takes them: there is no login.
    Preauthenticated,
}

/// Credentials and scope, checked against each other.
pub(super) fn resolve(layers: &Layers) -> Result<(Credentials, Scope), ConfigError> {
    refuse_unsupported(layers)?;
    let method = method(layers)?;
    if method == Method::Preauthenticated {
        let token = secret(layers, Key::Token, "the token")?;
        return Ok((Credentials::Preauthenticated { token }, Scope::Unscoped));
    }
    let project_scoped = layers.first_of(&PROJECT).is_some();
    let credentials = match method {
        Method::Password => {
            Credentials::Password { user: user(layers, project_scoped)?, password: secret(layers, Key::Password, "the password")? }
        }
        Method::Token | Method::Preauthenticated => Credentials::Token { token: secret(layers, Key::Token, "the token")? },
        Method::ApplicationCredential => application_credential(layers)?,
    };
    let scope = scope(layers, &credentials)?;
    Ok((credentials, scope))
}

fn refuse_unsupported(layers: &Layers) -> Result<(), ConfigError> {
    let refused = [
        (Key::Passcode, "a one-time passcode", "log in elsewhere and pass the token with --os-token or OS_TOKEN"),
        (Key::TrustId, "a trust as scope", "name a project instead"),
        (Key::SystemScope, "the system as scope", "name a project or a domain instead"),
    ];
    for (key, what, hint) in refused {
        if let Some(entry) = layers.get(key) {
            return Err(ConfigError::Unsupported { origin: entry.origin.clone(), what: what.to_owned(), hint: hint.to_owned() });
        }
    }
    if let Some(entry) = layers.get(Key::IdentityApiVersion)
        && entry.text.trim().trim_start_matches('v').starts_with('2')
    {
        return Err(ConfigError::Unsupported {
            origin: entry.origin.clone(),
            what: "Identity v2".to_owned(),
            hint: "set it to 3 or leave it out".to_owned(),
        });
    }
    Ok(())
}

/// How to log in. A credential given as an option decides by itself; else an explicit `auth_type`; else what the
/// environment and the file hold.
fn method(layers: &Layers) -> Result<Method, ConfigError> {
    if let Some(entry) = layers.overrides.get(Key::AuthType) {
        return explicit(entry);
    }
    if let Some(method) = given_as_options(layers)? {
        return Ok(method);
    }
    if let Some(entry) = layers.get(Key::AuthType) {
        return explicit(entry);
    }
    if let Some((_, credential)) = layers.first_of(&APPLICATION_CREDENTIAL) {
        if let Some(password) = layers.get(Key::Password) {
            return Err(two_methods("a password and an application credential", password, credential));
        }
        return Ok(Method::ApplicationCredential);
    }
    // As in openstackclient, a password wins over a token that a shell may still export.
    if layers.get(Key::Password).is_some() {
        return Ok(Method::Password);
    }
    if layers.get(Key::Token).is_some() {
        return Ok(token_method(layers));
    }
    Ok(Method::Password)
}

fn given_as_options(layers: &Layers) -> Result<Option<Method>, ConfigError> {
    let given = |keys: &[Key]| keys.iter().find_map(|&key| layers.overrides.get(key));
    let credential = given(&APPLICATION_CREDENTIAL);
    let token = given(&[Key::Token]);
    let password = given(&[Key::Password]);
    match (credential, token, password) {
        (Some(_), None, None) => Ok(Some(Method::ApplicationCredential)),
        (None, Some(_), None) => Ok(Some(token_method(layers))),
        (None, None, Some(_)) => Ok(Some(Method::Password)),
        (None, None, None) => Ok(given(&USER).map(|_| Method::Password)),
        (Some(credential), _, Some(password)) => Err(two_methods("a password and an application credential", password, credential)),
        (Some(credential), Some(token), None) => Err(two_methods("a token and an application credential", token, credential)),
        (None, Some(token), Some(password)) => Err(two_methods("a password and a token", password, token)),
    }
}

fn token_method(layers: &Layers) -> Method {
    let storage_url = |layer: &Layer| layer.get(Key::StorageUrl).is_some() && layer.get(Key::Token).is_some();
    if layers.strongest_first().into_iter().any(storage_url) { Method::Preauthenticated } else { Method::Token }
}

fn two_methods(what: &str, first: &Entry, second: &Entry) -> ConfigError {
    ConfigError::Contradiction {
        what: format!("both {what} are set"),
        first: first.origin.clone(),
        second: second.origin.clone(),
        hint: "remove one, or say which with --os-auth-type, OS_AUTH_TYPE or auth_type".to_owned(),
    }
}

fn explicit(entry: &Entry) -> Result<Method, ConfigError> {
    match entry.text.trim() {
        "password" | "v3password" => Ok(Method::Password),
        "token" | "v3token" => Ok(Method::Token),
        "v3applicationcredential" => Ok(Method::ApplicationCredential),
        other => Err(ConfigError::Unsupported {
            origin: entry.origin.clone(),
            what: format!("auth type \"{}\"", printable(other)),
            hint: SUPPORTED.to_owned(),
        }),
    }
}

/// A short text fit for a message.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

fn secret(layers: &Layers, key: Key, what: &str) -> Result<Secret, ConfigError> {
    match layers.get(key) {
        // The header that carries a token has no line ends, yet a token read from a file often brings one.
        Some(entry) if key == Key::Token => Ok(Secret::new(entry.text.trim())),
        Some(entry) => Ok(Secret::new(entry.text.clone())),
        None => Err(layers.missing(what, &[key])),
    }
}

fn user(layers: &Layers, project_scoped: bool) -> Result<UserRef, ConfigError> {
    match layers.first_of(&USER) {
        Some((Key::UserId, entry)) => Ok(UserRef::Id(entry.text.clone())),
        Some((_, entry)) => {
            let domain = user_domain(layers, project_scoped)
                .ok_or_else(|| layers.missing("the user's domain (on K5: the contract)", &[Key::UserDomainName]))?;
            Ok(UserRef::Name { name: entry.text.clone(), domain })
        }
        None => Err(layers.missing("the user", &[Key::Username, Key::UserId])),
    }
}

fn domain_ref(found: (Key, &Entry)) -> DomainRef {
    let text = found.1.text.clone();
    match found.0 {
        Key::DomainName | Key::UserDomainName | Key::ProjectDomainName | Key::DefaultDomainName => DomainRef::Name(text),
        _ => DomainRef::Id(text),
    }
}

fn user_domain(layers: &Layers, project_scoped: bool) -> Option<DomainRef> {
    if let Some(found) = layers.first_of(&USER_DOMAIN) {
        return Some(domain_ref(found));
    }
    let scoped_to = layers.first_of(&DOMAIN).map(domain_ref);
    if project_scoped && scoped_to.is_some() {
        return scoped_to;
    }
    default_domain(layers).or(scoped_to)
}

fn project_domain(layers: &Layers) -> Option<DomainRef> {
    let named = layers.first_of(&PROJECT_DOMAIN).or_else(|| layers.first_of(&DOMAIN));
    named.map(domain_ref).or_else(|| default_domain(layers)).or_else(|| layers.first_of(&USER_DOMAIN).map(domain_ref))
}

/// openstackclient's fallback: `default_domain` (an id), and `default` once Identity v3 is asked for by name.
fn default_domain(layers: &Layers) -> Option<DomainRef> {
    if let Some(found) = layers.first_of(&[Key::DefaultDomain, Key::DefaultDomainId, Key::DefaultDomainName]) {
        return Some(domain_ref(found));
    }
    let version = layers.get(Key::IdentityApiVersion)?;
    (version.text.trim() == "3").then(|| DomainRef::Id("default".to_owned()))
}

fn application_credential(layers: &Layers) -> Result<Credentials, ConfigError> {
    let found = layers.first_of(&[Key::ApplicationCredentialId, Key::ApplicationCredentialName]);
    let reference = match found {
        Some((Key::ApplicationCredentialId, entry)) => AppCredentialRef::Id(entry.text.clone()),
        Some((_, entry)) => AppCredentialRef::Name { name: entry.text.clone(), user: user(layers, false)? },
        None => {
            return Err(
                layers.missing("the application credential", &[Key::ApplicationCredentialId, Key::ApplicationCredentialName])
            );
        }
    };
    Ok(Credentials::ApplicationCredential {
        credential: reference,
        secret: secret(layers, Key::ApplicationCredentialSecret, "the secret of the application credential")?,
    })
}

fn scope(layers: &Layers, credentials: &Credentials) -> Result<Scope, ConfigError> {
    let project = layers.first_of(&PROJECT);
    let domain = layers.first_of(&DOMAIN);
    if let Credentials::ApplicationCredential { credential, .. } = credentials {
        // Of a credential named through its user, the domain may be what finds the user.
        let finds_user = matches!(credential, AppCredentialRef::Name { user: UserRef::Name { .. }, .. })
            && layers.first_of(&USER_DOMAIN).is_none();
        if let Some((_, entry)) = project.or(domain.filter(|_| !finds_user)) {
            return Err(ConfigError::Unsupported {
                origin: entry.origin.clone(),
                what: "a project or domain beside an application credential".to_owned(),
                hint: "the credential carries its own project; remove it".to_owned(),
            });
        }
        return Ok(Scope::Unscoped);
    }
    match (project, domain) {
        (Some((key, entry)), domain) => {
            if let Some(domain) = domain {
                check_domain_is_used(layers, domain, entry)?;
            }
            if key == Key::ProjectId {
                return Ok(Scope::Project(ProjectRef::Id(entry.text.clone())));
            }
            let of = project_domain(layers)
                .ok_or_else(|| layers.missing("the project's domain (on K5: the contract)", &[Key::ProjectDomainName]))?;
            Ok(Scope::Project(ProjectRef::Name { name: entry.text.clone(), domain: of }))
        }
        (None, Some((Key::DomainId, entry))) => Ok(Scope::Domain(DomainRef::Id(entry.text.clone()))),
        (None, Some((_, entry))) => Ok(Scope::Domain(DomainRef::Name(entry.text.clone()))),
        (None, None) => Ok(Scope::Unscoped),
    }
}

/// With a project, `domain_*` is short for the domain of user and project. Where both have a domain of their own and
/// it is another one, a scope of its own was meant, and a token has one scope. A shorthand in a file that stronger
/// sources spell out is no such case.
fn check_domain_is_used(layers: &Layers, domain: (Key, &Entry), project: &Entry) -> Result<(), ConfigError> {
    let own = [layers.first_of(&USER_DOMAIN), layers.first_of(&PROJECT_DOMAIN)];
    let [Some(of_user), Some(of_project)] = own else {
        return Ok(());
    };
    let rank = layers.rank_of(&DOMAIN);
    if rank > layers.rank_of(&USER_DOMAIN) || rank > layers.rank_of(&PROJECT_DOMAIN) {
        return Ok(());
    }
    let wanted = domain_ref(domain);
    let same_kind = |other: &DomainRef| matches!(other, DomainRef::Id(_)) == matches!(wanted, DomainRef::Id(_));
    let others = [domain_ref(of_user), domain_ref(of_project)];
    if others.contains(&wanted) || !others.iter().any(same_kind) {
        return Ok(());
    }
    Err(ConfigError::Contradiction {
        what: "both a domain and a project are set as scope".to_owned(),
        first: domain.1.origin.clone(),
        second: project.origin.clone(),
        hint: "a token has one scope: remove one of the two".to_owned(),
    })
}
