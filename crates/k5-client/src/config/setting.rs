//! The settings by name: one table says which variables and fields hold each of them.

use std::collections::BTreeMap;

use super::error::{ConfigError, Origin};

/// A setting that every source may contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    AccessToken,
    AccessTokenEndpoint,
    AccessTokenType,
    ApiTimeout,
    ApplicationCredentialId,
    ApplicationCredentialName,
    ApplicationCredentialSecret,
    AuthMethods,
    AuthType,
    AuthUrl,
    CaCert,
    Cert,
    CertKeyFile,
    ClientId,
    ClientSecret,
    DefaultDomain,
    DefaultDomainId,
    DefaultDomainName,
    DiscoveryEndpoint,
    DomainId,
    DomainName,
    Endpoint,
    IdentityApiVersion,
    IdentityProvider,
    Insecure,
    Interface,
    Oauth2ClientId,
    Oauth2ClientSecret,
    Oauth2Endpoint,
    OpenidScope,
    Passcode,
    Password,
    ProjectDomainId,
    ProjectDomainName,
    ProjectId,
    ProjectName,
    Protocol,
    RegionName,
    StorageUrl,
    SystemScope,
    Token,
    TrustId,
    UserDomainId,
    UserDomainName,
    UserId,
    Username,
    Verify,
}

/// Where a setting is found.
pub(super) struct Spec {
    pub(super) key: Key,
    /// The field of `Overrides`, if it has one.
    pub(super) overrides: &'static str,
    /// Environment variables; the first that is set and not empty wins.
    pub(super) variables: &'static [&'static str],
    /// Fields of a cloud in clouds.yaml, in rising precedence. Each may be in the cloud or in its `auth`.
    pub(super) fields: &'static [&'static str],
    /// Whether its usual place is the `auth` mapping.
    pub(super) in_auth: bool,
}

macro_rules! table {
    ($($key:ident $place:ident $given:literal [$($variable:literal),*] [$($field:literal),*];)*) => {
        &[$(Spec {
            key: Key::$key,
            overrides: $given,
            variables: &[$($variable),*],
            fields: &[$($field),*],
            in_auth: table!(@$place),
        }),*]
    };
    (@auth) => { true };
    (@cloud) => { false };
}

pub(super) const TABLE: &[Spec] = table! {
    AccessToken auth "access_token" ["OS_ACCESS_TOKEN"] ["access_token"];
    AccessTokenEndpoint auth "access_token_endpoint" ["OS_ACCESS_TOKEN_ENDPOINT"] ["access_token_endpoint"];
    AccessTokenType auth "access_token_type" ["OS_ACCESS_TOKEN_TYPE"] ["access_token_type"];
    ApiTimeout cloud "timeout" ["OS_API_TIMEOUT", "OS_TIMEOUT"] ["timeout", "api_timeout"];
    ApplicationCredentialId auth "application_credential_id"
        ["OS_APPLICATION_CREDENTIAL_ID"] ["application_credential_id"];
    ApplicationCredentialName auth "application_credential_name"
        ["OS_APPLICATION_CREDENTIAL_NAME"] ["application_credential_name"];
    ApplicationCredentialSecret auth "application_credential_secret"
        ["OS_APPLICATION_CREDENTIAL_SECRET"] ["application_credential_secret"];
    AuthMethods auth "auth_methods" ["OS_AUTH_METHODS"] ["auth_methods"];
    AuthType cloud "auth_type" ["OS_AUTH_TYPE", "OS_AUTH_PLUGIN"] ["auth_plugin", "auth_type"];
    AuthUrl auth "auth_url" ["OS_AUTH_URL"] ["auth_url"];
    CaCert cloud "cacert" ["OS_CACERT"] ["cacert"];
    Cert cloud "cert" ["OS_CERT"] ["cert"];
    CertKeyFile cloud "key" ["OS_KEY"] ["key"];
    ClientId auth "client_id" ["OS_CLIENT_ID"] ["client_id"];
    ClientSecret auth "client_secret" ["OS_CLIENT_SECRET"] ["client_secret"];
    DefaultDomain cloud "default_domain" ["OS_DEFAULT_DOMAIN"] ["default_domain"];
    DefaultDomainId auth "default_domain_id" ["OS_DEFAULT_DOMAIN_ID"] ["default_domain_id"];
    DefaultDomainName auth "default_domain_name" ["OS_DEFAULT_DOMAIN_NAME"] ["default_domain_name"];
    DiscoveryEndpoint auth "discovery_endpoint" ["OS_DISCOVERY_ENDPOINT"] ["discovery_endpoint"];
    DomainId auth "domain_id" ["OS_DOMAIN_ID"] ["domain_id"];
    DomainName auth "domain_name" ["OS_DOMAIN_NAME"] ["domain_name"];
    Endpoint auth "endpoint" ["OS_ENDPOINT", "OS_URL"] ["url", "endpoint"];
    IdentityApiVersion cloud "identity_api_version" ["OS_IDENTITY_API_VERSION"] ["identity_api_version"];
    IdentityProvider auth "identity_provider" ["OS_IDENTITY_PROVIDER"] ["identity_provider"];
    Insecure cloud "insecure" ["OS_INSECURE"] ["insecure"];
    Interface cloud "interface" ["OS_INTERFACE", "OS_ENDPOINT_TYPE"] ["endpoint_type", "interface"];
    Oauth2ClientId auth "oauth2_client_id" ["OS_OAUTH2_CLIENT_ID"] ["oauth2_client_id"];
    Oauth2ClientSecret auth "oauth2_client_secret" ["OS_OAUTH2_CLIENT_SECRET"] ["oauth2_client_secret"];
    Oauth2Endpoint auth "oauth2_endpoint" ["OS_OAUTH2_ENDPOINT"] ["oauth2_endpoint"];
    OpenidScope auth "openid_scope" ["OS_OPENID_SCOPE"] ["scope", "openid_scope"];
    Passcode auth "passcode" ["OS_PASSCODE"] ["passcode"];
    Password auth "password" ["OS_PASSWORD"] ["password"];
    ProjectDomainId auth "project_domain_id" ["OS_PROJECT_DOMAIN_ID"] ["project_domain_id"];
    ProjectDomainName auth "project_domain_name" ["OS_PROJECT_DOMAIN_NAME"] ["project_domain_name"];
    ProjectId auth "project_id" ["OS_PROJECT_ID", "OS_TENANT_ID"] ["tenant_id", "project_id"];
    ProjectName auth "project_name" ["OS_PROJECT_NAME", "OS_TENANT_NAME"] ["tenant_name", "project_name"];
    Protocol auth "protocol" ["OS_PROTOCOL"] ["protocol"];
    RegionName cloud "region_name" ["OS_REGION_NAME"] ["region_name"];
    StorageUrl cloud "storage_url" ["OS_STORAGE_URL"] ["storage_url"];
    SystemScope auth "system_scope" ["OS_SYSTEM_SCOPE"] ["system_scope"];
    Token auth "token" ["OS_TOKEN", "OS_AUTH_TOKEN"] ["auth_token", "token"];
    TrustId auth "trust_id" ["OS_TRUST_ID"] ["trust_id"];
    UserDomainId auth "user_domain_id" ["OS_USER_DOMAIN_ID"] ["user_domain_id"];
    UserDomainName auth "user_domain_name" ["OS_USER_DOMAIN_NAME"] ["user_domain_name"];
    UserId auth "user_id" ["OS_USER_ID"] ["user_id"];
    Username auth "username" ["OS_USERNAME"] ["user_name", "username"];
    Verify cloud "verify" [] ["verify"];
};

impl Key {
    fn spec(self) -> Option<&'static Spec> {
        TABLE.iter().find(|spec| spec.key == self)
    }

    /// Whether its value must not be shown.
    pub(super) fn is_secret(self) -> bool {
        matches!(
            self,
            Self::AccessToken
                | Self::ApplicationCredentialSecret
                | Self::ClientSecret
                | Self::Oauth2ClientSecret
                | Self::Passcode
                | Self::Password
                | Self::Token
        )
    }

    /// What the program using the client sets: the field of `Overrides`.
    pub(super) fn given(self) -> Origin {
        Origin::Override(self.spec().map_or("", |spec| spec.overrides))
    }

    /// The places that can hold it, for a message: `OS_PASSWORD or auth.password in clouds.yaml`.
    pub(super) fn how(self) -> String {
        let Some(spec) = self.spec() else {
            return String::new();
        };
        let field = spec.fields.last().copied().unwrap_or_default();
        let auth = if spec.in_auth { "auth." } else { "" };
        match spec.variables.first() {
            Some(variable) => format!("{variable} or {auth}{field} in clouds.yaml"),
            None => format!("{auth}{field} in clouds.yaml"),
        }
    }
}

/// A value and where it was set. It may be a secret, so it has no `Debug`.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) origin: Origin,
}

impl Entry {
    pub(super) fn invalid(&self, problem: impl Into<String>) -> ConfigError {
        ConfigError::InvalidValue { origin: self.origin.clone(), problem: problem.into() }
    }
}

/// What one source says.
#[derive(Default, Clone)]
pub(super) struct Layer {
    pub(super) settings: BTreeMap<Key, Entry>,
    /// By service type, spelled with `-`.
    pub(super) endpoints: BTreeMap<String, Entry>,
    /// For a single service, by service type.
    pub(super) interfaces: BTreeMap<String, Entry>,
    /// For a single service, by service type.
    pub(super) regions: BTreeMap<String, Entry>,
    /// Service settings that are not used here.
    pub(super) unused: Vec<Entry>,
}

impl Layer {
    pub(super) fn set(&mut self, key: Key, text: impl Into<String>, origin: Origin) {
        let text = text.into();
        // An empty value counts as unset, as in openstackclient.
        if !text.is_empty() {
            self.settings.insert(key, Entry { text, origin });
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&Entry> {
        self.settings.get(&key)
    }
}

/// All sources, the strongest first.
pub(super) struct Layers {
    pub(super) overrides: Layer,
    pub(super) environment: Layer,
    pub(super) file: Layer,
    /// The named cloud and its file, for messages.
    pub(super) cloud: Option<(String, std::path::PathBuf)>,
}

impl Layers {
    pub(super) fn strongest_first(&self) -> [&Layer; 3] {
        [&self.overrides, &self.environment, &self.file]
    }

    /// The value of the strongest source that has one.
    pub(super) fn get(&self, key: Key) -> Option<&Entry> {
        self.strongest_first().into_iter().find_map(|layer| layer.get(key))
    }

    /// Settings that answer the same question (an id or a name): the strongest source with any of them decides, and
    /// within that source the first of `keys`.
    pub(super) fn first_of(&self, keys: &[Key]) -> Option<(Key, &Entry)> {
        self.strongest_first().into_iter().find_map(|layer| keys.iter().find_map(|&key| layer.get(key).map(|entry| (key, entry))))
    }

    /// Which source has any of `keys`: 0 is the strongest, and none counts as the weakest.
    pub(super) fn rank_of(&self, keys: &[Key]) -> usize {
        let layers = self.strongest_first();
        let found = layers.iter().position(|layer| keys.iter().any(|&key| layer.get(key).is_some()));
        found.unwrap_or(layers.len())
    }

    pub(super) fn missing(&self, what: &str, keys: &[Key]) -> ConfigError {
        let how: Vec<_> = keys.iter().map(|key| key.how()).collect();
        ConfigError::Missing { what: what.to_owned(), how: how.join("; or "), cloud: self.cloud.clone() }
    }
}
