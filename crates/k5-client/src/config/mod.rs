//! Where the cloud is and who logs in: options, environment variables and `clouds.yaml` put together, without any
//! network.
//!
//! [`CloudConfig::resolve`] reads what openstackclient reads, so that an openrc file or a clouds.yaml that works there
//! works here. The strongest source wins, setting by setting:
//!
//! 1. [`Overrides`]: options of the command line, or values that a program sets;
//! 2. `OS_*` environment variables; an empty one counts as unset;
//! 3. the named cloud of `clouds.yaml`, completed by `secure.yaml`, over its profile from `clouds-public.yaml`;
//! 4. defaults: interface `public`, server certificates checked.
//!
//! ```
//! use k5_client::config::{CloudConfig, Overrides, Sources};
//!
//! let sources = Sources::empty()
//!     .with_variable("OS_AUTH_URL", "https://identity.uk-1.cloud.global.fujitsu.com")
//!     .with_variable("OS_USERNAME", "ops")
//!     .with_variable("OS_PASSWORD", "secret")
//!     .with_variable("OS_USER_DOMAIN_NAME", "CONTRACT")
//!     .with_variable("OS_PROJECT_ID", "0123456789abcdef0123456789abcdef");
//! let config = CloudConfig::resolve(&sources, &Overrides::default())?;
//! assert_eq!(config.auth_url.as_deref(), Some("https://identity.uk-1.cloud.global.fujitsu.com/v3"));
//! # Ok::<(), k5_client::config::ConfigError>(())
//! ```
//!
//! # The files
//!
//! `OS_CLIENT_CONFIG_FILE` (`OS_CLIENT_SECURE_FILE`) first, then `clouds.yaml`, `.yml` or `.json` in: the working
//! directory, `$XDG_CONFIG_HOME/openstack`, `~/.config/openstack`, `$XDG_CONFIG_DIRS/openstack` (`/etc/xdg/openstack`),
//! `/etc/openstack`. The first that exists is used; files are not merged with each other, except `secure.yaml` over
//! `clouds.yaml`, key by key. They are read only when a cloud is named, or when nothing else names an identity URL.
//!
//! ```yaml
//! clouds:
//!   prod:
//!     auth:
//!       auth_url: https://identity.{region_name}.cloud.global.fujitsu.com/v3
//!       username: ops
//!       password: "..."               # better in secure.yaml
//!       user_domain_name: CONTRACT    # on K5 the contract is the domain
//!       project_id: 0123456789abcdef0123456789abcdef
//!     regions: [uk-1, jp-east-1]      # the first is the default
//! ```
//!
//! A section `cache` with `auth: true` beside `clouds` keeps tokens on disk, as [`Overrides::cache_token`] does.
//!
//! The cloud is named by [`Overrides::cloud`] or `OS_CLOUD`; `envvars` (or what `OS_CLOUD_NAME` says) means the
//! environment alone. Without a name and without an identity URL, the only cloud in the file is used, as openstacksdk
//! does. Nothing inside the files is expanded except `{region_name}` in a URL; `%(project_id)s` in an endpoint is left to
//! the client, which has the token.
//!
//! # Login
//!
//! `auth_type` is `password` (`v3password`), `token` (`v3token`), `v3applicationcredential`, `v3totp`, `v3multifactor` (with
//! `auth_methods`), `v3oidcclientcredentials`, `v3oidcpassword`, `v3oidcaccesstoken`, `v3oauth2clientcredential`, `admin_token` or
//! `none` (both with `endpoint`), each with keystoneauth's settings. A credential given as an
//! option decides by itself; without that and without `auth_type`, the first that is set decides: an application credential, else a
//! password, else a token, else a passcode. Beside a password, a passcode is what Keystone gets if it asks for a second factor. A
//! token together with `OS_STORAGE_URL` and no password is used as is, as python-swiftclient does
//! ([`Credentials::Preauthenticated`]).
//!
//! The domain of the user is `user_domain_*`, else (with a project) `domain_*`, else `default_domain`, else `default` if
//! `OS_IDENTITY_API_VERSION` is 3; the domain of the project likewise, and finally the user's. Where openstackclient
//! would send a login without a domain, which Keystone refuses, this returns an error: K5 locks an account after five failures.
//!
//! # Where this differs from openstackclient
//!
//! - Variables win over a named cloud for *every* setting; there, those without an option of their own
//!   (`OS_INSECURE`, `OS_*_ENDPOINT_OVERRIDE`) count only when no cloud is named.
//! - A name from a stronger source is not shadowed by an id from a weaker one (`--os-project-name` over a file's
//!   `project_id`). Within one source the id wins, as there.
//! - A file that cannot be parsed, or a key that appears twice, is an error rather than a warning followed by the next file.
//! - Numbers keep their text: `password: 0012` is `0012`, `1e5` is `1e5`.
//! - `OS_STORAGE_URL`, `OS_AUTH_TOKEN` (python-swiftclient) and `OS_ENDPOINT_TYPE` are read; a timeout may be written `timeout`.
//! - Known vendors are not built in, and a profile that is a URL is not fetched.
//! - Trusts, system scope and Identity v2 are refused with an error that names them rather than ignored.

mod auth;
mod clouds_yaml;
mod environment;
mod error;
mod node;
mod overrides;
mod report;
mod resolve;
mod services;
mod setting;
#[cfg(test)]
mod tests;
mod trimming;
mod values;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use k5_core::Secret;

pub use environment::Sources;
pub use error::{ConfigError, Field, Origin};
pub use k5_core::catalogue::Interface;
pub use overrides::Overrides;
pub use report::{ConfigFiles, Setting, SettingValue, Settings};
pub use resolve::list_clouds;
pub use services::ServiceConfig;
use setting::Key;

/// Everything that is needed to log in and to find the services. `Debug` shows no secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloudConfig {
    /// The cloud of clouds.yaml that it comes from.
    pub name: Option<String>,
    /// The base of Keystone, always ending in `/v3`. Absent if there is no login ([`Credentials::need_login`]).
    pub auth_url: Option<String>,
    /// Who logs in, and with what.
    pub credentials: Credentials,
    /// The scope that the token is to be valid for.
    pub scope: Scope,
    /// What is sent if Keystone asks for another factor.
    pub second_factor: Option<Credentials>,
    /// Every service's URL if there is no catalogue, in the form of [`Self::endpoint_overrides`].
    pub endpoint: Option<String>,
    /// The region whose endpoints are used.
    pub region: Option<String>,
    /// Which of a service's endpoints is used.
    pub interface: Interface,
    /// Endpoints that win over the catalogue, by service type spelled with `-` (`object-store`), without a trailing
    /// slash. They may contain `%(project_id)s` or `%(tenant_id)s`, to be filled from the token.
    pub endpoint_overrides: BTreeMap<String, String>,
    /// Settings of individual services, by service type spelled with `-`.
    pub services: BTreeMap<String, ServiceConfig>,
    /// Certificate authorities (PEM) to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// The client's certificate (PEM), for contracts that log in with one.
    pub client_certificate: Option<PathBuf>,
    /// The key of the client's certificate, if it is not in the same file.
    pub client_key: Option<PathBuf>,
    /// Whether server certificates are checked.
    pub verify: bool,
    /// The limit of one control-plane call. It never limits the body of an object.
    pub api_timeout: Option<Duration>,
    /// The folder in which tokens are kept from one run of a program to the next, each in a file that only its owner can read. They
    /// are as good as a password until they expire.
    pub token_cache: Option<PathBuf>,
    /// What was ignored while resolving (an unreadable file, an unknown profile), to be shown or logged.
    pub warnings: Vec<String>,
}

impl CloudConfig {
    /// Combines the sources.
    ///
    /// # Errors
    /// [`ConfigError`] says what is missing, contradictory or unreadable, where, and what to set.
    pub fn resolve(sources: &Sources, overrides: &Overrides) -> Result<Self, ConfigError> {
        resolve::resolve(sources, overrides)
    }
}

/// Who logs in, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credentials {
    /// Name or id of a user, and the password.
    Password {
        /// The user.
        user: UserRef,
        /// The password.
        password: Secret,
    },
    /// A token to be exchanged at Keystone for one of the wanted scope.
    Token {
        /// The token.
        token: Secret,
    },
    /// An application credential, which brings its own project.
    ApplicationCredential {
        /// The credential.
        credential: AppCredentialRef,
        /// Its secret.
        secret: Secret,
    },
    /// A one-time passcode alone.
    Totp {
        /// The user.
        user: UserRef,
        /// The passcode. It can be used once.
        passcode: Secret,
    },
    /// Several methods in one login.
    MultiFactor {
        /// The methods: passwords, tokens, passcodes, application credentials.
        methods: Vec<Credentials>,
    },
    /// A login at an OpenID Connect identity provider, whose token Keystone exchanges for one of its own.
    Oidc(Box<Oidc>),
    /// A client of Keystone's own OAuth 2.0, which is an application credential. Calls also carry its token as `Authorization`.
    OAuth2 {
        /// Where Keystone issues such tokens.
        endpoint: String,
        /// The client's id.
        client_id: String,
        /// The client's secret.
        client_secret: Secret,
    },
    /// A token to be sent as is, only to the endpoint overrides: there is no login and no catalogue.
    Preauthenticated {
        /// The token.
        token: Secret,
    },
    /// No token at all, for services that stand alone.
    Nobody,
}

impl Credentials {
    /// Whether there is a login. Without one, only the endpoints that are set can be reached.
    pub fn need_login(&self) -> bool {
        !matches!(self, Self::Preauthenticated { .. } | Self::Nobody)
    }

    /// Whether a token obtained with these may be stored: not if the user supplied the token.
    fn can_be_kept(&self) -> bool {
        match self {
            Self::Token { .. } | Self::Preauthenticated { .. } | Self::Nobody => false,
            Self::MultiFactor { methods } => methods.iter().all(Self::can_be_kept),
            Self::Oidc(oidc) => !matches!(oidc.grant, OidcGrant::AccessToken(_)),
            Self::Password { .. } | Self::ApplicationCredential { .. } | Self::Totp { .. } | Self::OAuth2 { .. } => true,
        }
    }
}

/// A login at an OpenID Connect identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Oidc {
    /// Keystone's name for the identity provider.
    pub identity_provider: String,
    /// Keystone's name for the protocol, such as `openid`.
    pub protocol: String,
    /// How to obtain a token from the provider.
    pub grant: OidcGrant,
    /// The client's id; absent with [`OidcGrant::AccessToken`].
    pub client_id: Option<String>,
    /// The client's secret; a public client has none.
    pub client_secret: Option<Secret>,
    /// What the token should disclose.
    pub scope: String,
    /// Where the provider issues tokens.
    pub access_token_endpoint: Option<String>,
    /// The document in which the provider says where that is.
    pub discovery_endpoint: Option<String>,
    /// Which token of the provider's answer Keystone gets: `access_token` or `id_token`.
    pub access_token_type: String,
}

/// How to obtain a token from an identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OidcGrant {
    /// The client's own.
    ClientCredentials,
    /// That of a user with a password.
    Password {
        /// The user's name at the provider.
        username: String,
        /// The password.
        password: Secret,
    },
    /// It has already been obtained.
    AccessToken(Secret),
}

/// A domain. On K5 the contract is the domain, by name. Keystone identifies things by id or by name, with no third way: this and
/// similar enums can be matched without a wildcard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainRef {
    /// By id.
    Id(String),
    /// By name.
    Name(String),
}

/// A user: by id, or by a name that is unique in its domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserRef {
    /// By id.
    Id(String),
    /// By name.
    Name {
        /// The user's name.
        name: String,
        /// The domain of the user.
        domain: DomainRef,
    },
}

/// A project: by id, or by a name that is unique in its domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectRef {
    /// By id.
    Id(String),
    /// By name.
    Name {
        /// The project's name.
        name: String,
        /// The domain of the project.
        domain: DomainRef,
    },
}

/// An application credential: by id, or by a name that is unique to its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppCredentialRef {
    /// By id.
    Id(String),
    /// By name.
    Name {
        /// The credential's name.
        name: String,
        /// Its owner.
        user: UserRef,
    },
}

/// What a token is to be valid for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// No scope is sent. Keystone may answer with the user's default project, and K5 does.
    Unscoped,
    /// One project.
    Project(ProjectRef),
    /// One domain.
    Domain(DomainRef),
}
