//! Values given in the program or on the command line; they win over everything else.

use std::collections::BTreeMap;

use k5_core::Secret;

use super::error::Origin;
use super::setting::{Entry, Key, Layer};
use super::values::service_type;

/// Values that win over the environment and the files. A field is named after its option: `user_domain_name` is
/// `--os-user-domain-name`. An empty string counts as not given.
///
/// ```
/// use k5_client::config::Overrides;
/// let overrides = Overrides::default().cloud("prod").region_name("uk-1");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overrides {
    /// `--os-cloud`: the cloud of clouds.yaml.
    pub cloud: Option<String>,
    /// `--os-auth-url`
    pub auth_url: Option<String>,
    /// `--os-auth-type`
    pub auth_type: Option<String>,
    /// `--os-username`
    pub username: Option<String>,
    /// `--os-user-id`
    pub user_id: Option<String>,
    /// `--os-password`
    pub password: Option<Secret>,
    /// `--os-passcode`: the one-time passcode of a second factor.
    pub passcode: Option<Secret>,
    /// `--os-auth-methods`: the methods of `v3multifactor`, separated by commas.
    pub auth_methods: Option<String>,
    /// `--os-user-domain-id`
    pub user_domain_id: Option<String>,
    /// `--os-user-domain-name`: on K5 the contract.
    pub user_domain_name: Option<String>,
    /// `--os-project-id`
    pub project_id: Option<String>,
    /// `--os-project-name`
    pub project_name: Option<String>,
    /// `--os-project-domain-id`
    pub project_domain_id: Option<String>,
    /// `--os-project-domain-name`
    pub project_domain_name: Option<String>,
    /// `--os-domain-id`: the domain to log in to; with a project, the domain of user and project.
    pub domain_id: Option<String>,
    /// `--os-domain-name`: the domain to log in to; with a project, the domain of user and project.
    pub domain_name: Option<String>,
    /// `--os-default-domain`: the id of the domain of user and project if nothing else sets it.
    pub default_domain: Option<String>,
    /// `--os-region-name`
    pub region_name: Option<String>,
    /// `--os-interface` (or `--os-endpoint-type`)
    pub interface: Option<String>,
    /// `--os-token`
    pub token: Option<Secret>,
    /// `--os-application-credential-id`
    pub application_credential_id: Option<String>,
    /// `--os-application-credential-name`
    pub application_credential_name: Option<String>,
    /// `--os-application-credential-secret`
    pub application_credential_secret: Option<Secret>,
    /// `--os-identity-provider`: Keystone's name for the OpenID Connect identity provider.
    pub identity_provider: Option<String>,
    /// `--os-protocol`: Keystone's name for its protocol.
    pub protocol: Option<String>,
    /// `--os-client-id`
    pub client_id: Option<String>,
    /// `--os-client-secret`
    pub client_secret: Option<Secret>,
    /// `--os-openid-scope`: `openid profile` if not set.
    pub openid_scope: Option<String>,
    /// `--os-access-token-endpoint`: where the identity provider issues tokens.
    pub access_token_endpoint: Option<String>,
    /// `--os-access-token-type`: `access_token`, which is the default, or `id_token`.
    pub access_token_type: Option<String>,
    /// `--os-discovery-endpoint`: the document in which the identity provider says where it issues tokens.
    pub discovery_endpoint: Option<String>,
    /// `--os-access-token`: a token of the identity provider.
    pub access_token: Option<Secret>,
    /// `--os-oauth2-endpoint`: where Keystone issues OAuth 2.0 tokens.
    pub oauth2_endpoint: Option<String>,
    /// `--os-oauth2-client-id`
    pub oauth2_client_id: Option<String>,
    /// `--os-oauth2-client-secret`
    pub oauth2_client_secret: Option<Secret>,
    /// `--os-endpoint`: every service's URL, for the auth types `none` and `admin_token`.
    pub endpoint: Option<String>,
    /// `--os-cacert`
    pub cacert: Option<String>,
    /// `--os-cert`
    pub cert: Option<String>,
    /// `--os-key`
    pub key: Option<String>,
    /// `--insecure`: `Some(true)` turns off the check of server certificates, `Some(false)` (`--verify`) turns it on.
    pub insecure: Option<bool>,
    /// `--timeout`: seconds for one control-plane call.
    pub timeout: Option<String>,
    /// `--cache-token`: keep tokens in files in the user's cache folder.
    pub cache_token: bool,
    /// `--os-identity-api-version`
    pub identity_api_version: Option<String>,
    /// `--os-storage-url`: the Object Storage account, as python-swiftclient accepts it.
    pub storage_url: Option<String>,
    /// Endpoints by service type (`object-store`, `compute`, ...).
    pub endpoints: BTreeMap<String, String>,
}

/// A setter of the field of the same name for each.
macro_rules! setters {
    ($($kind:ty { $($name:ident),* $(,)? })*) => {
        impl Overrides {
            $($(
                #[doc = concat!("Sets `", stringify!($name), "`.")]
                pub fn $name(mut self, value: impl Into<$kind>) -> Self {
                    self.$name = Some(value.into());
                    self
                }
            )*)*
        }
    };
}

setters! {
    String {
        cloud, auth_url, auth_type, username, user_id, auth_methods, user_domain_id, user_domain_name, project_id, project_name,
        project_domain_id, project_domain_name, domain_id, domain_name, default_domain, region_name, interface,
        application_credential_id, application_credential_name, identity_provider, protocol, client_id, openid_scope,
        access_token_endpoint, access_token_type, discovery_endpoint, oauth2_endpoint, oauth2_client_id, endpoint, cacert, cert,
        key, timeout, identity_api_version, storage_url,
    }
    Secret {
        password, passcode, token, application_credential_secret, client_secret, access_token, oauth2_client_secret,
    }
}

impl Overrides {
    /// Turns off the check of server certificates, or turns it on if environment or files turn it off.
    pub fn insecure(mut self, insecure: bool) -> Self {
        self.insecure = Some(insecure);
        self
    }

    /// Whether tokens are kept in files in the user's cache folder.
    pub fn cache_token(mut self, keep: bool) -> Self {
        self.cache_token = keep;
        self
    }

    /// Adds the URL of a service, by its type (`object-store`, `compute`, ...).
    pub fn service_endpoint(mut self, service_type: impl Into<String>, url: impl Into<String>) -> Self {
        self.endpoints.insert(service_type.into(), url.into());
        self
    }

    pub(super) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        let texts = [
            (Key::AuthUrl, &self.auth_url),
            (Key::AuthType, &self.auth_type),
            (Key::AuthMethods, &self.auth_methods),
            (Key::IdentityProvider, &self.identity_provider),
            (Key::Protocol, &self.protocol),
            (Key::ClientId, &self.client_id),
            (Key::OpenidScope, &self.openid_scope),
            (Key::AccessTokenEndpoint, &self.access_token_endpoint),
            (Key::AccessTokenType, &self.access_token_type),
            (Key::DiscoveryEndpoint, &self.discovery_endpoint),
            (Key::Oauth2Endpoint, &self.oauth2_endpoint),
            (Key::Oauth2ClientId, &self.oauth2_client_id),
            (Key::Endpoint, &self.endpoint),
            (Key::Username, &self.username),
            (Key::UserId, &self.user_id),
            (Key::UserDomainId, &self.user_domain_id),
            (Key::UserDomainName, &self.user_domain_name),
            (Key::ProjectId, &self.project_id),
            (Key::ProjectName, &self.project_name),
            (Key::ProjectDomainId, &self.project_domain_id),
            (Key::ProjectDomainName, &self.project_domain_name),
            (Key::DomainId, &self.domain_id),
            (Key::DomainName, &self.domain_name),
            (Key::DefaultDomain, &self.default_domain),
            (Key::RegionName, &self.region_name),
            (Key::Interface, &self.interface),
            (Key::ApplicationCredentialId, &self.application_credential_id),
            (Key::ApplicationCredentialName, &self.application_credential_name),
            (Key::CaCert, &self.cacert),
            (Key::Cert, &self.cert),
            (Key::CertKeyFile, &self.key),
            (Key::ApiTimeout, &self.timeout),
            (Key::IdentityApiVersion, &self.identity_api_version),
            (Key::StorageUrl, &self.storage_url),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                layer.set(key, text, key.given());
            }
        }
        let secrets = [
            (Key::Password, &self.password),
            (Key::Token, &self.token),
            (Key::Passcode, &self.passcode),
            (Key::ClientSecret, &self.client_secret),
            (Key::AccessToken, &self.access_token),
            (Key::Oauth2ClientSecret, &self.oauth2_client_secret),
            (Key::ApplicationCredentialSecret, &self.application_credential_secret),
        ];
        for (key, secret) in secrets {
            if let Some(secret) = secret {
                layer.set(key, secret.expose(), key.given());
            }
        }
        if let Some(insecure) = self.insecure {
            layer.set(Key::Insecure, insecure.to_string(), Key::Insecure.given());
        }
        for (name, url) in &self.endpoints {
            if !url.is_empty() {
                let entry = Entry { text: url.clone(), origin: Origin::Override("endpoints") };
                layer.endpoints.insert(service_type(name), entry);
            }
        }
        layer
    }
}
