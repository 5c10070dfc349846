//! A cloud to talk to: configuration, login and pipeline behind one handle.

use crate::config::{CloudConfig, ConfigError, Overrides, Sources};
use crate::connect::{Connector, Probe, Proxies, TlsOptions, address};
use crate::generated::Identity;
use crate::identity::{Base, Keystone, Tell};
use crate::layers::Resolver;
use crate::stack::{Shared, Timeouts, pipeline};
use crate::wire::Wire;
use k5_core::retry::RetryPolicy;
use k5_core::token::Token;
use k5_core::{Error, ErrorKind, Result, Secret, ServiceMeta, Session};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A cloud. Cloning it is cheap, and clones share connections, token and retry budget.
///
/// Nothing is sent before the first call, which logs in.
///
/// ```no_run
/// # async fn run() -> k5_core::Result<()> {
/// let client = k5_client::Client::from_env().await?;
/// let token = client.token().await?;
/// println!("project {:?}", token.and_then(|token| token.project_id().map(str::to_owned)));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    keystone: Arc<Keystone>,
    session: Session,
    connector: Connector,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("config", self.keystone.config()).finish()
    }
}

impl Client {
    /// The cloud that the `OS_*` variables and `clouds.yaml` describe, as openstackclient reads them.
    ///
    /// # Errors
    /// If the configuration is missing or contradictory; the error says what to set.
    pub async fn from_env() -> Result<Self> {
        Self::builder().build()
    }

    /// The cloud of this name in `clouds.yaml`.
    ///
    /// # Errors
    /// As [`Client::from_env`].
    pub async fn from_clouds_yaml(name: &str) -> Result<Self> {
        Self::builder().cloud(name).build()
    }

    /// A cloud described by the program, on top of the environment and files.
    pub fn builder() -> CloudBuilder {
        CloudBuilder::default()
    }

    /// What services are built from.
    pub fn session(&self) -> Session {
        self.session.clone()
    }

    /// The identity service.
    pub fn identity(&self) -> Identity {
        Identity::new(self.session())
    }

    /// The current token, after a login if there is none yet; `None` if the user supplied one to be used as is.
    ///
    /// # Errors
    /// If the login fails.
    pub async fn token(&self) -> Result<Option<Arc<Token>>> {
        Ok(self.keystone.snapshot().await?.token().cloned())
    }

    /// The URL below which a service's paths begin, for the current token.
    ///
    /// # Errors
    /// If the login fails or the catalogue has no such service, region or interface.
    pub async fn endpoint(&self, service: &ServiceMeta) -> Result<String> {
        let snapshot = self.keystone.snapshot().await?;
        self.keystone.url(service, None, snapshot.token().map(|token| &**token))
    }

    /// Follows the way to the server of `url` step by step: proxy, name, port, TLS. Each step takes at most `limit`. No request and no
    /// secret is sent, except a proxy's own password to the proxy.
    ///
    /// # Errors
    /// If `url` is not a server's, a variable names a proxy that can't be used, or a file of certificates can't be read. What fails
    /// on the way is in the [`Probe`].
    pub async fn probe(&self, url: &str, limit: Duration) -> Result<Probe> {
        self.connector.probe(&address(url)?, limit).await
    }

    /// The configuration. Its `Debug` shows no secrets.
    pub fn config(&self) -> &CloudConfig {
        self.keystone.config()
    }
}

/// Describes a cloud; settings here win over environment and files.
#[derive(Clone, Debug, Default)]
pub struct CloudBuilder {
    overrides: Overrides,
    sources: Option<Sources>,
    timeouts: Timeouts,
    retry: RetryPolicy,
    tell: Teller,
}

/// Receives a client's warnings; the log by default.
#[derive(Clone, Default)]
struct Teller(Option<Tell>);

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "a function" } else { "the log" })
    }
}

impl CloudBuilder {
    /// The cloud's name in `clouds.yaml`.
    pub fn cloud(mut self, name: impl Into<String>) -> Self {
        self.overrides.cloud = Some(name.into());
        self
    }

    /// Keystone's URL, with or without `/v3`.
    pub fn auth_url(mut self, url: impl Into<String>) -> Self {
        self.overrides.auth_url = Some(url.into());
        self
    }

    /// A user by name, with the domain's name, which on K5 is the contract's number, and the password.
    pub fn password(mut self, user: impl Into<String>, domain: impl Into<String>, password: impl Into<Secret>) -> Self {
        self.overrides.username = Some(user.into());
        self.overrides.user_domain_name = Some(domain.into());
        self.overrides.password = Some(password.into());
        self
    }

    /// An application credential, which brings its own project.
    pub fn application_credential(mut self, id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        self.overrides.application_credential_id = Some(id.into());
        self.overrides.application_credential_secret = Some(secret.into());
        self
    }

    /// A token instead of a password.
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.overrides.token = Some(token.into());
        self
    }

    /// The project by id.
    pub fn project_id(mut self, id: impl Into<String>) -> Self {
        self.overrides.project_id = Some(id.into());
        self
    }

    /// The project by name, with its domain's name.
    pub fn project(mut self, name: impl Into<String>, domain: impl Into<String>) -> Self {
        self.overrides.project_name = Some(name.into());
        self.overrides.project_domain_name = Some(domain.into());
        self
    }

    /// The region.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.overrides.region_name = Some(region.into());
        self
    }

    /// A service's URL instead of the catalogue's, by the service's type, such as `object-store`.
    pub fn endpoint(mut self, service_type: impl Into<String>, url: impl Into<String>) -> Self {
        self.overrides.endpoints.insert(service_type.into(), url.into());
        self
    }

    /// Every setting that the command line knows.
    pub fn overrides(mut self, overrides: Overrides) -> Self {
        self.overrides = overrides;
        self
    }

    /// The environment and files to read instead of the process's own.
    pub fn sources(mut self, sources: Sources) -> Self {
        self.sources = Some(sources);
        self
    }

    /// These `OS_*` variables instead of the process's own environment and files, such as an emulator's. Proxy variables
    /// (`https_proxy`, `no_proxy`, ...) still come from the process, unless these include one of them.
    pub fn variables(mut self, variables: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let mut sources = Sources::empty();
        for (name, value) in variables {
            let value: String = value.into();
            sources = sources.with_variable(name, value);
        }
        self.sources = Some(sources);
        self
    }

    /// The time limits.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// How often a call is tried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Calls `tell` with each warning that comes up during calls, once per warning, such as a catalogue that sends the token
    /// unencrypted. Otherwise they go to the log (`tracing`). Warnings about the configuration are in [`CloudConfig::warnings`].
    pub fn on_warning(mut self, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.tell = Teller(Some(Arc::new(tell)));
        self
    }

    /// Limits a call whose body is a document, across all attempts.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeouts.call = limit;
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    /// When the configuration is missing or contradictory, or names a file that can't be read.
    pub fn build(self) -> Result<Client> {
        let sources = self.sources.unwrap_or_else(Sources::from_process);
        let config = CloudConfig::resolve(&sources, &self.overrides).map_err(config_error)?;
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        let mut timeouts = self.timeouts;
        if let Some(limit) = config.api_timeout {
            timeouts.call = limit;
        }
        let own_certificates = config.ca_file.is_some() || config.client_certificate.is_some();
        let connector = Connector::new(
            TlsOptions {
                ca_file: config.ca_file.clone(),
                certificate: config.client_certificate.clone(),
                key: config.client_key.clone(),
                verify: config.verify,
            },
            Proxies::from_environment(&sources.environment),
            timeouts.connect,
        );
        if own_certificates || !config.verify {
            connector.check()?;
        }
        let shared = Shared {
            wire: Wire::new(connector.clone()),
            timeouts,
            retry: self.retry,
            budget: Arc::default(),
            expect: Arc::default(),
        };
        let identity_base = config.auth_url.as_deref().map(Base::parse).transpose()?.map(Arc::new);
        let nowhere = || Base::parse("http://keystone.invalid").map(Arc::new);
        let login_base = identity_base.clone().map_or_else(nowhere, Ok)?;
        let login = Session::from_transport(pipeline(shared.clone(), Resolver::Login(login_base)));
        let elsewhere = {
            let shared = shared.clone();
            move |base| Session::from_transport(pipeline(shared.clone(), Resolver::Login(base)))
        };
        let mut keystone = Keystone::new(config, identity_base, login).with_elsewhere(Arc::new(elsewhere));
        if let Some(tell) = self.tell.0 {
            keystone = keystone.with_tell(tell);
        }
        let keystone = Arc::new(keystone);
        let session = Session::from_transport(pipeline(shared, Resolver::Cloud(keystone.clone())));
        Ok(Client { keystone, session, connector })
    }
}

fn config_error(error: ConfigError) -> Error {
    Error::new(ErrorKind::Config, error.to_string())
}
