//! The token of the moment, shared by all calls of a client.

use super::base::Base;
use super::login;
use crate::config::{CloudConfig, Credentials};
use crate::generated::Identity;
use arc_swap::ArcSwapOption;
use http::HeaderValue;
use k5_core::catalogue::{Place, base_url};
use k5_core::token::Token;
use k5_core::{AuthNeed, Error, ErrorKind, Request, Result, Secret, ServiceMeta, Session};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// One token with what it says: a call takes URI and header from the same one.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Absent where the user gave a token to be used as it is.
    token: Option<Arc<Token>>,
    header: HeaderValue,
    /// The bases found so far, by service and account asked for.
    bases: Mutex<Vec<Found>>,
}

/// A service and the account asked for in it, with where that is.
type Found = (&'static str, Option<Arc<str>>, Arc<Base>);

impl Snapshot {
    fn new(secret: &Secret, token: Option<Arc<Token>>) -> Result<Self> {
        let mut header = HeaderValue::try_from(secret.expose())
            .map_err(|_| Error::new(ErrorKind::Decode, "the token holds what no header may"))?;
        header.set_sensitive(true);
        Ok(Self { token, header, bases: Mutex::default() })
    }

    /// The token as a header's value, marked as secret.
    pub(crate) fn header(&self) -> &HeaderValue {
        &self.header
    }

    /// The token, unless the user gave one to be used as it is.
    pub(crate) fn token(&self) -> Option<&Arc<Token>> {
        self.token.as_ref()
    }

    fn is_fresh(&self) -> bool {
        self.token.as_ref().is_none_or(|token| token.is_fresh(SystemTime::now()))
    }
}

/// Keystone as a client sees it: logs in when a token is needed, once for all who wait.
pub(crate) struct Keystone {
    config: CloudConfig,
    identity_base: Option<Arc<Base>>,
    login: Identity,
    current: ArcSwapOption<Snapshot>,
    /// Held during a login. A refused one stays, for trying the same password again only locks the account.
    gate: tokio::sync::Mutex<Option<Error>>,
}

impl Keystone {
    /// `login` is a session whose calls go to Keystone without a token.
    pub(crate) fn new(config: CloudConfig, identity_base: Option<Arc<Base>>, login: Session) -> Self {
        Self {
            config,
            identity_base,
            login: Identity::new(login),
            current: ArcSwapOption::empty(),
            gate: tokio::sync::Mutex::default(),
        }
    }

    /// The token at hand, if it is fresh by the clock.
    pub(crate) fn current(&self) -> Option<Arc<Snapshot>> {
        self.current.load_full().filter(|current| current.is_fresh())
    }

    /// A token that is fresh by the clock, after a login if need be.
    pub(crate) async fn snapshot(&self) -> Result<Arc<Snapshot>> {
        match self.current() {
            Some(current) => Ok(current),
            None => self.renew(None).await,
        }
    }

    /// A token in the place of one that a service refused.
    pub(crate) async fn replace(&self, refused: &Arc<Snapshot>) -> Result<Arc<Snapshot>> {
        self.renew(Some(refused)).await
    }

    /// Whether there is anything to log in with.
    pub(crate) fn can_renew(&self) -> bool {
        !matches!(self.config.credentials, Credentials::Preauthenticated { .. })
    }

    async fn renew(&self, refused: Option<&Arc<Snapshot>>) -> Result<Arc<Snapshot>> {
        let mut gate = self.gate.lock().await;
        // Who waited here may find that another's login has brought what it wants.
        let usable = |current: &Arc<Snapshot>| current.is_fresh() && refused.is_none_or(|refused| !Arc::ptr_eq(refused, current));
        if let Some(current) = self.current.load_full().filter(usable) {
            return Ok(current);
        }
        if let Some(error) = &*gate {
            return Err(error.clone());
        }
        match self.log_in().await {
            Ok(snapshot) => {
                let snapshot = Arc::new(snapshot);
                self.current.store(Some(snapshot.clone()));
                Ok(snapshot)
            }
            Err(error) => {
                if error.kind() == ErrorKind::Login {
                    *gate = Some(error.clone());
                }
                Err(error)
            }
        }
    }

    async fn log_in(&self) -> Result<Snapshot> {
        if let Credentials::Preauthenticated { token } = &self.config.credentials {
            return Snapshot::new(token, None);
        }
        let (document, headers) = self.login.create_token(&login::request(&self.config)?).send().await.map_err(|error| {
            let refused = error.status().is_some_and(|status| matches!(status.as_u16(), 400 | 401 | 403 | 404));
            if refused { error.with_kind(ErrorKind::Login) } else { error }
        })?;
        let secret = headers.subject_token.ok_or_else(|| {
            Error::new(ErrorKind::Decode, "Keystone's answer has no X-Subject-Token").with_operation(self.login_meta())
        })?;
        let token = Arc::new(Token::new(secret, document.token, SystemTime::now()));
        tracing::debug!(
            user = token.details.user.name.as_deref(),
            project = token.details.project.as_ref().and_then(|project| project.name.as_deref()),
            expires = token.details.expires(),
            "logged in"
        );
        for odd in token.details.odd_entries() {
            tracing::info!("an entry of the catalogue is skipped, for it has no type, no interface or no URL: {odd}");
        }
        Snapshot::new(&token.secret, Some(token.clone()))
    }

    fn login_meta(&self) -> &'static k5_core::OpMeta {
        &crate::generated::CREATE_TOKEN
    }

    /// Where the request's service is, for this token.
    pub(crate) fn base(&self, snapshot: &Snapshot, request: &Request) -> Result<Arc<Base>> {
        let service = request.meta.service;
        let account = &request.options.account;
        {
            let bases = snapshot.bases.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, _, base)) = bases.iter().find(|(name, a, _)| *name == service.name && a == account) {
                return Ok(base.clone());
            }
        }
        let base = match &self.identity_base {
            Some(base) if service.name == IDENTITY && self.override_of(service).is_none() => base.clone(),
            _ => Arc::new(Base::parse(&self.url(service, account.as_deref(), snapshot.token().map(|token| &**token))?)?),
        };
        let mut bases = snapshot.bases.lock().unwrap_or_else(PoisonError::into_inner);
        bases.push((service.name, account.clone(), base.clone()));
        Ok(base)
    }

    /// Where the request's service is, without a login if that can be known without one.
    pub(crate) async fn base_without_token(&self, request: &Request) -> Result<Arc<Base>> {
        let service = request.meta.service;
        let overridden = self.override_of(service);
        if let (Some(base), IDENTITY, None) = (&self.identity_base, service.name, overridden) {
            return Ok(base.clone());
        }
        if let Some(url) = overridden.filter(|url| !url.contains("%(")) {
            // The path may need the token's project; the host doesn't.
            let root_is_free = request.meta.root.is_some() || Base::parse(url).is_ok_and(|base| !base.path().is_empty());
            if root_is_free || request.options.account.is_some() {
                return Base::parse(
                    &self
                        .url(service, request.options.account.as_deref(), None)
                        .or_else(|error| if request.meta.auth == AuthNeed::None { Ok(url.to_owned()) } else { Err(error) })?,
                )
                .map(Arc::new);
            }
        }
        let snapshot = self.snapshot().await?;
        self.base(&snapshot, request)
    }

    /// The service's URL for this token.
    pub(crate) fn url(&self, service: &ServiceMeta, account: Option<&str>, token: Option<&Token>) -> Result<String> {
        let project_id = token.and_then(Token::project_id);
        if let (IDENTITY, None, Some(url)) = (service.name, self.override_of(service), &self.config.auth_url) {
            return Ok(url.clone());
        }
        let own = names(service).find_map(|name| self.config.services.get(name));
        let place = Place {
            catalogue: token.and_then(|token| token.details.catalog.as_deref()).unwrap_or_default(),
            region: own.and_then(|own| own.region.as_deref()).or(self.config.region.as_deref()),
            interface: own.and_then(|own| own.interface).unwrap_or(self.config.interface),
            project_id,
            account,
        };
        let filled = self.override_of(service).map(|url| match project_id {
            Some(id) => url.replace("%(project_id)s", id).replace("%(tenant_id)s", id),
            None => url.to_owned(),
        });
        base_url(service, filled.as_deref(), place)
    }

    fn override_of(&self, service: &ServiceMeta) -> Option<&str> {
        let overrides = &self.config.endpoint_overrides;
        names(service).find_map(|name| overrides.get(name)).map(String::as_str)
    }

    /// The configuration.
    pub(crate) fn config(&self) -> &CloudConfig {
        &self.config
    }
}

/// Every name that settings may have for a service.
fn names(service: &ServiceMeta) -> impl Iterator<Item = &'static str> {
    let (types, own, others) = (service.types, service.k5_name, service.k5_aliases);
    types.iter().copied().chain([own]).chain(others.iter().copied())
}

/// The identity service's name in the table.
const IDENTITY: &str = "identity";
