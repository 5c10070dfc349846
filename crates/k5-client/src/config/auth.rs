//! Who logs in, how, and for which scope: the settings turned into [`Credentials`] and [`Scope`].

use k5_core::Secret;

use super::error::ConfigError;
use super::setting::{Entry, Key, Layer, Layers};
use super::{AppCredentialRef, Credentials, DomainRef, Oidc, OidcGrant, ProjectRef, Scope, UserRef, values};

const SUPPORTED: &str = "supported: password (v3password), token (v3token), v3applicationcredential, v3totp, v3multifactor, \
    v3oidcclientcredentials, v3oidcpassword, v3oidcaccesstoken, v3oauth2clientcredential, admin_token, none; \
    set OS_AUTH_TYPE or auth_type";

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
    Totp,
    MultiFactor,
    OidcClientCredentials,
    OidcPassword,
    OidcAccessToken,
    OAuth2,
    /// A token and a storage URL, as python-swiftclient accepts them: there is no login.
    Preauthenticated,
    /// A token and one URL for every service.
    AdminToken,
    /// No token at all.
    Nobody,
}

/// Whether the auth type is one that doesn't use Keystone.
pub(super) fn without_keystone(layers: &Layers) -> bool {
    let named = layers.get(Key::AuthType).map(explicit);
    matches!(named, Some(Ok(Method::AdminToken | Method::Nobody)))
}

/// Credentials and scope, checked against each other.
pub(super) fn resolve(layers: &Layers) -> Result<(Credentials, Scope), ConfigError> {
    refuse_unsupported(layers)?;
    let method = method(layers)?;
    let credentials = credentials(layers, method)?;
    let scope = match method {
        Method::Preauthenticated => Scope::Unscoped,
        // Without a catalogue, the project is for the placeholders of endpoints alone.
        Method::AdminToken | Method::Nobody => match layers.get(Key::ProjectId) {
            Some(entry) => Scope::Project(ProjectRef::Id(entry.text.clone())),
            None => Scope::Unscoped,
        },
        _ => scope(layers, &credentials)?,
    };
    Ok((credentials, scope))
}

fn credentials(layers: &Layers, method: Method) -> Result<Credentials, ConfigError> {
    let project_scoped = layers.first_of(&PROJECT).is_some();
    let token = || secret(layers, Key::Token, "the token");
    Ok(match method {
        Method::Password => {
            Credentials::Password { user: user(layers, project_scoped)?, password: secret(layers, Key::Password, "the password")? }
        }
        Method::Token => Credentials::Token { token: token()? },
        Method::ApplicationCredential => application_credential(layers)?,
        Method::Totp => {
            Credentials::Totp { user: user(layers, project_scoped)?, passcode: secret(layers, Key::Passcode, "the passcode")? }
        }
        Method::MultiFactor => Credentials::MultiFactor { methods: factors(layers)? },
        Method::OidcClientCredentials => oidc(layers, OidcGrant::ClientCredentials)?,
        Method::OidcPassword => {
            let username = text(layers, Key::Username, "the user's name at the identity provider")?;
            oidc(layers, OidcGrant::Password { username, password: secret(layers, Key::Password, "the password")? })?
        }
        Method::OidcAccessToken => oidc(layers, OidcGrant::AccessToken(secret(layers, Key::AccessToken, "the access token")?))?,
        Method::OAuth2 => Credentials::OAuth2 {
            endpoint: url(layers, Key::Oauth2Endpoint)?
                .ok_or_else(|| layers.missing("the endpoint for OAuth 2.0", &[Key::Oauth2Endpoint]))?,
            client_id: text(layers, Key::Oauth2ClientId, "the client's id")?,
            client_secret: secret(layers, Key::Oauth2ClientSecret, "the client's secret")?,
        },
        Method::Preauthenticated => Credentials::Preauthenticated { token: token()? },
        Method::AdminToken => {
            endpoint_is_set(layers)?;
            Credentials::Preauthenticated { token: token()? }
        }
        Method::Nobody => {
            endpoint_is_set(layers)?;
            Credentials::Nobody
        }
    })
}

/// Without a catalogue, the settings must say where the services are: all of them, or at least one.
fn endpoint_is_set(layers: &Layers) -> Result<(), ConfigError> {
    let of_service = |layer: &Layer| !layer.endpoints.is_empty() || layer.get(Key::StorageUrl).is_some();
    if layers.get(Key::Endpoint).is_some() || layers.strongest_first().into_iter().any(of_service) {
        return Ok(());
    }
    Err(layers.missing("the endpoint of the services", &[Key::Endpoint]))
}

/// The methods of `v3multifactor`.
fn factors(layers: &Layers) -> Result<Vec<Credentials>, ConfigError> {
    let entry = layers.get(Key::AuthMethods).ok_or_else(|| layers.missing("the list of methods", &[Key::AuthMethods]))?;
    let names = entry.text.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty());
    let methods = names.map(|name| match method_of(name) {
        Some(method @ (Method::Password | Method::Token | Method::ApplicationCredential | Method::Totp)) => {
            credentials(layers, method)
        }
        _ => Err(ConfigError::Unsupported {
            origin: entry.origin.clone(),
            what: format!("\"{}\" as one of several methods", printable(name)),
            hint: "there are v3password, v3totp, v3token and v3applicationcredential".to_owned(),
        }),
    });
    methods.collect()
}

/// What Keystone gets if one factor is not enough: a passcode, if one is set beside the login's main credentials.
pub(super) fn second_factor(layers: &Layers, first: &Credentials) -> Result<Option<Credentials>, ConfigError> {
    let may_want_one = matches!(first, Credentials::Password { .. } | Credentials::Token { .. });
    match may_want_one && layers.get(Key::Passcode).is_some() && layers.first_of(&USER).is_some() {
        true => credentials(layers, Method::Totp).map(Some),
        false => Ok(None),
    }
}

fn oidc(layers: &Layers, grant: OidcGrant) -> Result<Credentials, ConfigError> {
    let has_token = matches!(grant, OidcGrant::AccessToken(_));
    let access_token_endpoint = url(layers, Key::AccessTokenEndpoint)?;
    let discovery_endpoint = url(layers, Key::DiscoveryEndpoint)?;
    if !has_token && access_token_endpoint.is_none() && discovery_endpoint.is_none() {
        let keys = [Key::DiscoveryEndpoint, Key::AccessTokenEndpoint];
        return Err(layers.missing("the identity provider's endpoint", &keys));
    }
    let client_id = match has_token {
        true => None,
        false => Some(text(layers, Key::ClientId, "the client's id")?),
    };
    let access_token_type = layers.get(Key::AccessTokenType);
    if let Some(entry) = access_token_type.filter(|entry| !["access_token", "id_token"].contains(&entry.text.as_str())) {
        return Err(entry.invalid("the type of the access token must be access_token or id_token"));
    }
    Ok(Credentials::Oidc(Box::new(Oidc {
        identity_provider: text(layers, Key::IdentityProvider, "the identity provider, as Keystone names it")?,
        protocol: text(layers, Key::Protocol, "the protocol, as Keystone names it")?,
        grant,
        client_id,
        client_secret: layers.get(Key::ClientSecret).map(|entry| Secret::new(entry.text.clone())),
        scope: layers.get(Key::OpenidScope).map_or("openid profile", |entry| &entry.text).to_owned(),
        access_token_endpoint,
        discovery_endpoint,
        access_token_type: access_token_type.map_or("access_token", |entry| &entry.text).to_owned(),
    })))
}

fn text(layers: &Layers, key: Key, what: &str) -> Result<String, ConfigError> {
    layers.get(key).map(|entry| entry.text.clone()).ok_or_else(|| layers.missing(what, &[key]))
}

fn url(layers: &Layers, key: Key) -> Result<Option<String>, ConfigError> {
    let region = layers.get(Key::RegionName).map(|entry| entry.text.as_str());
    layers.get(key).map(|entry| values::address(entry, region)).transpose()
}

fn refuse_unsupported(layers: &Layers) -> Result<(), ConfigError> {
    let refused = [
        (Key::TrustId, "a trust as the scope", "specify a project instead"),
        (Key::SystemScope, "the system as the scope", "specify a project or a domain instead"),
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

/// How to log in. A credential given as an option decides by itself; otherwise an explicit `auth_type`; otherwise the
/// contents of the environment and the file.
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
    Ok(if layers.get(Key::Passcode).is_some() { Method::Totp } else { Method::Password })
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
        hint: "remove one, or select one with OS_AUTH_TYPE or auth_type".to_owned(),
    }
}

fn explicit(entry: &Entry) -> Result<Method, ConfigError> {
    method_of(&entry.text).ok_or_else(|| ConfigError::Unsupported {
        origin: entry.origin.clone(),
        what: format!("auth type \"{}\"", printable(entry.text.trim())),
        hint: SUPPORTED.to_owned(),
    })
}

/// The method that has this name in keystoneauth.
fn method_of(name: &str) -> Option<Method> {
    Some(match name.trim() {
        "password" | "v3password" => Method::Password,
        "token" | "v3token" => Method::Token,
        "v3applicationcredential" => Method::ApplicationCredential,
        "v3totp" => Method::Totp,
        "v3multifactor" => Method::MultiFactor,
        "v3oidcclientcredentials" => Method::OidcClientCredentials,
        "v3oidcpassword" => Method::OidcPassword,
        "v3oidcaccesstoken" => Method::OidcAccessToken,
        "v3oauth2clientcredential" => Method::OAuth2,
        "admin_token" | "token_endpoint" => Method::AdminToken,
        "none" => Method::Nobody,
        _ => return None,
    })
}

/// A short text fit for a message.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

fn secret(layers: &Layers, key: Key, what: &str) -> Result<Secret, ConfigError> {
    match layers.get(key) {
        // The header that carries a token can't contain line ends, yet a token read from a file often ends in one.
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
    if let Credentials::OAuth2 { .. } = credentials {
        if let Some((_, entry)) = project.or(domain) {
            return Err(own_project(entry));
        }
        return Ok(Scope::Unscoped);
    }
    if let Credentials::ApplicationCredential { credential, .. } = credentials {
        // Of a credential named through its user, the domain may be what finds the user.
        let finds_user = matches!(credential, AppCredentialRef::Name { user: UserRef::Name { .. }, .. })
            && layers.first_of(&USER_DOMAIN).is_none();
        if let Some((_, entry)) = project.or(domain.filter(|_| !finds_user)) {
            return Err(own_project(entry));
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

fn own_project(entry: &Entry) -> ConfigError {
    ConfigError::Unsupported {
        origin: entry.origin.clone(),
        what: "a project or domain in addition to an application credential".to_owned(),
        hint: "the credential carries its own project; remove it".to_owned(),
    }
}

/// With a project, `domain_*` is short for the domain of user and project. If both have domains of their own and
/// these differ from it, it was meant as a separate scope, but a token has only one scope. A shorthand in a file that
/// stronger sources spell out is not such a case.
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
        what: "both a domain and a project are set as the scope".to_owned(),
        first: domain.1.origin.clone(),
        second: project.origin.clone(),
        hint: "a token can have only one scope: remove one of the two".to_owned(),
    })
}
