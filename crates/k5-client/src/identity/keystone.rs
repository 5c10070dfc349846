//! The current token, shared by all calls of a client.

use super::base::Base;
use super::cache::Cache;
use super::federation::{self, Elsewhere};
use super::login;
use crate::config::{CloudConfig, Credentials, ProjectRef, Scope};
use arc_swap::ArcSwapOption;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use k5_core::catalogue::{Place, base_url};
use k5_core::token::Token;
use k5_core::{AuthNeed, Error, ErrorKind, Request, Result, Secret, ServiceMeta, Session};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// One token with its details: a call takes URI and header from the same one.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Absent if the user supplied a token to be used as is.
    token: Option<Arc<Token>>,
    /// Absent if calls carry no token.
    header: Option<HeaderValue>,
    /// A second token, which calls carry as `Authorization`.
    authorization: Option<HeaderValue>,
    /// The bases found so far, by service and requested account.
    bases: Mutex<Vec<Found>>,
}

/// A service and the requested account, with their location.
type Found = (&'static str, Option<Arc<str>>, Arc<Base>);

impl Snapshot {
    fn new(secret: Option<&Secret>, token: Option<Arc<Token>>) -> Result<Self> {
        let header = secret.map(|secret| secret_header(secret.expose())).transpose()?;
        Ok(Self { token, header, authorization: None, bases: Mutex::default() })
    }

    fn with_authorization(mut self, secret: &Secret) -> Result<Self> {
        self.authorization = Some(secret_header(&format!("Bearer {}", secret.expose()))?);
        Ok(self)
    }

    /// The secrets that calls carry.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &HeaderValue> {
        self.header.iter().chain(&self.authorization)
    }

    /// Adds the token to a call's headers, marked as secret.
    pub(crate) fn sign(&self, headers: &mut HeaderMap) {
        if let Some(header) = &self.header {
            headers.insert(TOKEN.clone(), header.clone());
        }
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
    }

    /// The token, unless the user supplied one to be used as is.
    pub(crate) fn token(&self) -> Option<&Arc<Token>> {
        self.token.as_ref()
    }

    fn is_fresh(&self) -> bool {
        self.token.as_ref().is_none_or(|token| token.is_fresh(SystemTime::now()))
    }
}

static TOKEN: HeaderName = HeaderName::from_static("x-auth-token");

fn secret_header(text: &str) -> Result<HeaderValue> {
    let mut header =
        HeaderValue::try_from(text).map_err(|_| Error::new(ErrorKind::Decode, "the token is not valid in a header"))?;
    header.set_sensitive(true);
    Ok(header)
}

/// Receives the warnings that arise in a client.
pub(crate) type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// Keystone as a client sees it: logs in when a token is needed, once for all waiting calls.
pub(crate) struct Keystone {
    config: CloudConfig,
    identity_base: Option<Arc<Base>>,
    login: Session,
    elsewhere: Option<Elsewhere>,
    cache: Option<Cache>,
    tell: Tell,
    /// Hosts that got the token unencrypted.
    told: Mutex<BTreeSet<String>>,
    /// Whether the passcode was used.
    spent: AtomicBool,
    current: ArcSwapOption<Snapshot>,
    /// Held during a login. A refusal is remembered, because trying the same password again only locks the account.
    gate: tokio::sync::Mutex<Option<Error>>,
}

impl Keystone {
    /// `login` is a session whose calls go to Keystone without a token.
    pub(crate) fn new(config: CloudConfig, identity_base: Option<Arc<Base>>, login: Session) -> Self {
        Self {
            cache: Cache::new(&config),
            config,
            identity_base,
            login,
            elsewhere: None,
            tell: Arc::new(|text| tracing::warn!("{text}")),
            told: Mutex::default(),
            spent: AtomicBool::new(false),
            current: ArcSwapOption::empty(),
            gate: tokio::sync::Mutex::default(),
        }
    }

    /// With sessions for identity providers, which are not Keystone.
    pub(crate) fn with_elsewhere(mut self, elsewhere: Elsewhere) -> Self {
        self.elsewhere = Some(elsewhere);
        self
    }

    /// Sends warnings somewhere other than the log.
    pub(crate) fn with_tell(mut self, tell: Tell) -> Self {
        self.tell = tell;
        self
    }

    /// The current token, if it has not expired by the clock.
    pub(crate) fn current(&self) -> Option<Arc<Snapshot>> {
        self.current.load_full().filter(|current| current.is_fresh())
    }

    /// A token that has not expired by the clock, after a login if necessary.
    pub(crate) async fn snapshot(&self) -> Result<Arc<Snapshot>> {
        match self.current() {
            Some(current) => Ok(current),
            None => self.renew(None).await,
        }
    }

    /// A token to replace one that a service refused.
    pub(crate) async fn replace(&self, refused: &Arc<Snapshot>) -> Result<Arc<Snapshot>> {
        self.renew(Some(refused)).await
    }

    /// Whether there is anything to log in with.
    pub(crate) fn can_renew(&self) -> bool {
        self.config.credentials.need_login()
    }

    async fn renew(&self, refused: Option<&Arc<Snapshot>>) -> Result<Arc<Snapshot>> {
        let mut gate = self.gate.lock().await;
        // After waiting here, another call's login may already have obtained the token.
        let usable = |current: &Arc<Snapshot>| current.is_fresh() && refused.is_none_or(|refused| !Arc::ptr_eq(refused, current));
        if let Some(current) = self.current.load_full().filter(usable) {
            return Ok(current);
        }
        if let Some(error) = &*gate {
            return Err(error.clone());
        }
        if let Some(kept) = self.kept(refused.is_some()) {
            let snapshot = Arc::new(kept?);
            self.current.store(Some(snapshot.clone()));
            return Ok(snapshot);
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

    /// The token that an earlier run stored. A refused one is forgotten.
    fn kept(&self, refused: bool) -> Option<Result<Snapshot>> {
        let cache = self.cache.as_ref()?;
        if refused {
            cache.forget();
            return None;
        }
        let kept = match cache.load() {
            Ok(kept) => kept?,
            Err(error) => {
                (self.tell)(&format!("{}: the cached token is not used: {error}", cache.path().display()));
                return None;
            }
        };
        tracing::debug!("using the token of an earlier run");
        let token = Arc::new(kept.token);
        let snapshot = Snapshot::new(Some(&token.secret), Some(token.clone()));
        Some(match &kept.authorization {
            Some(second) => snapshot.and_then(|snapshot| snapshot.with_authorization(second)),
            None => snapshot,
        })
    }

    fn keep(&self, token: &Token, authorization: Option<&Secret>) {
        let Some(cache) = &self.cache else { return };
        if let Err(error) = cache.store(token, authorization) {
            (self.tell)(&format!("{}: the token can't be cached: {error}", cache.path().display()));
        }
    }

    async fn log_in(&self) -> Result<Snapshot> {
        match &self.config.credentials {
            Credentials::Preauthenticated { token } => return Snapshot::new(Some(token), None),
            Credentials::Nobody => return Snapshot::new(None, None),
            _ => {}
        }
        let passcode = self.config.second_factor.iter().chain([&self.config.credentials]).any(|c| !login::is_repeatable(c));
        if passcode && self.spent.swap(true, Ordering::Relaxed) {
            let message =
                "the token has expired, and the one-time passcode that it was obtained with is used up: log in with a new one";
            return Err(Error::new(ErrorKind::Login, message));
        }
        let (secret, details) = self.issue().await?;
        let token = Arc::new(Token::new(secret, details, SystemTime::now()));
        tracing::debug!(
            user = token.details.user.name.as_deref(),
            project = token.details.project.as_ref().and_then(|project| project.name.as_deref()),
            expires = token.details.expires(),
            "logged in"
        );
        for odd in token.details.odd_entries() {
            tracing::info!("skipping an entry of the catalogue that has no type, no interface or no URL: {odd}");
        }
        let snapshot = Snapshot::new(Some(&token.secret), Some(token.clone()))?;
        match (&self.config.credentials, &self.elsewhere) {
            (Credentials::OAuth2 { endpoint, client_id, client_secret }, Some(elsewhere)) => {
                let second = federation::oauth2(elsewhere, endpoint, client_id, client_secret).await?;
                self.keep(&token, Some(&second));
                snapshot.with_authorization(&second)
            }
            _ => {
                self.keep(&token, None);
                Ok(snapshot)
            }
        }
    }

    async fn issue(&self) -> Result<login::Issued> {
        let config = &self.config;
        match (&config.credentials, &self.elsewhere) {
            (Credentials::Oidc(oidc), Some(elsewhere)) => federation::federated(&self.login, elsewhere, config, oidc).await,
            (Credentials::OAuth2 { client_id, client_secret, .. }, _) => {
                let credentials = federation::of_client(client_id, client_secret);
                login::authenticate(&self.login, config, &credentials, &config.scope).await
            }
            (credentials, _) => login::authenticate(&self.login, config, credentials, &config.scope).await,
        }
    }

    /// Warns if a login over TLS leads to a catalogue that sends the token unencrypted: the cloud is set up that way, but few users
    /// know.
    fn tell_of_clear(&self, service: &ServiceMeta, base: &Base) {
        let by_tls = self.config.auth_url.as_ref().is_some_and(|url| url.starts_with("https:"));
        if !by_tls || !base.is_clear() || self.override_of(service).is_some() {
            return;
        }
        let first = self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(base.authority().to_owned());
        if first {
            (self.tell)(&format!(
                "the token and the data are sent to {} unencrypted: the catalogue has an http URL for {}, \
                 although Keystone uses https",
                base.authority(),
                service.name.replace('_', " ")
            ));
        }
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
        self.tell_of_clear(service, &base);
        let mut bases = snapshot.bases.lock().unwrap_or_else(PoisonError::into_inner);
        bases.push((service.name, account.clone(), base.clone()));
        Ok(base)
    }

    /// Where the request's service is, without a login if it can be determined without one.
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
        // Without a token the project is for placeholders alone.
        let configured = match &self.config.scope {
            Scope::Project(ProjectRef::Id(id)) if !self.config.credentials.need_login() => Some(id.as_str()),
            _ => None,
        };
        let project_id = token.and_then(Token::project_id).or(configured);
        if let (IDENTITY, None, Some(url)) = (service.name, self.override_of(service), &self.config.auth_url) {
            return Ok(url.clone());
        }
        let own = names(service).find_map(|name| self.config.services.get(name));
        let place = Place::new(token.and_then(|token| token.details.catalog.as_deref()).unwrap_or_default())
            .region(own.and_then(|own| own.region.as_deref()).or(self.config.region.as_deref()))
            .interface(own.and_then(|own| own.interface).unwrap_or(self.config.interface))
            .project_id(project_id)
            .account(account);
        let filled = self.override_of(service).map(|url| match project_id {
            Some(id) => url.replace("%(project_id)s", id).replace("%(tenant_id)s", id),
            None => url.to_owned(),
        });
        base_url(service, filled.as_deref(), place)
    }

    fn override_of(&self, service: &ServiceMeta) -> Option<&str> {
        let overrides = &self.config.endpoint_overrides;
        names(service).find_map(|name| overrides.get(name)).or(self.config.endpoint.as_ref()).map(String::as_str)
    }

    /// The configuration.
    pub(crate) fn config(&self) -> &CloudConfig {
        &self.config
    }
}

/// Every name that settings may use for a service.
fn names(service: &ServiceMeta) -> impl Iterator<Item = &'static str> {
    let (types, own, others) = (service.types, service.k5_name, service.k5_aliases);
    types.iter().copied().chain([own]).chain(others.iter().copied())
}

/// The identity service's name in the table.
const IDENTITY: &str = "identity";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Overrides, Sources};
    use k5_core::{Dialect, Response, Transport, TransportFuture};

    struct Nowhere;

    impl Transport for Nowhere {
        fn call(&self, _: Request) -> TransportFuture {
            Box::pin(async { Ok(Response::new(http::StatusCode::NOT_FOUND)) })
        }
    }

    static SWIFT: ServiceMeta = ServiceMeta::new("object_storage", "", Dialect::Swift).types(&["object-store"]);

    fn told(auth_url: &str, more: &[(&str, &str)], bases: &[&str]) -> Vec<String> {
        let login = [("OS_AUTH_URL", auth_url), ("OS_USER_ID", "u"), ("OS_PASSWORD", "pw")];
        let sources = login.iter().chain(more).fold(Sources::empty(), |all, (name, value)| all.with_variable(*name, *value));
        let config = CloudConfig::resolve(&sources, &Overrides::default()).expect("configured");
        let said = Arc::new(Mutex::new(Vec::new()));
        let to = said.clone();
        let tell = move |text: &str| to.lock().expect("not poisoned").push(text.to_owned());
        let keystone = Keystone::new(config, None, Session::from_transport(Nowhere)).with_tell(Arc::new(tell));
        for base in bases {
            keystone.tell_of_clear(&SWIFT, &Base::parse(base).expect("a URL"));
        }
        let said = said.lock().expect("not poisoned");
        said.clone()
    }

    #[test]
    fn a_token_that_goes_in_clear_is_told_once_a_host() {
        let said = told("https://k", &[], &["http://a/v1", "http://a/v2", "https://c", "http://b"]);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("are sent to a unencrypted") && said[0].contains("http URL for object storage"), "{said:?}");
        assert_eq!(told("http://k", &[], &["http://a"]), [] as [&str; 0]);
        let own = [("OS_OBJECT_STORE_ENDPOINT_OVERRIDE", "http://a/v1")];
        assert_eq!(told("https://k", &own, &["http://a/v1"]), [] as [&str; 0], "the user's own word");
    }
}
