//! The cloud that the options, the environment and the files describe, or the emulator.

use crate::failure::{Failure, NO_CLOUD, Outcome, Proof, by_options, proves_by, say};
use crate::globals::Globals;
use crate::input::nearest;
use k5::Cloud;
use k5::client::Client;
use k5::config::{Credentials, OidcGrant, Overrides, Sources, list_clouds};
use k5::object_storage::ObjectStorage;
use k5::{Secret, Session};
use k5_core::token::Token;
use k5_core::{AuthNeed, Request, SleepFuture, Transport, TransportFuture};
use k5_emulator::Emulator;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The name of the cloud that needs no server. An entry of this name in clouds.yaml wins.
const EMULATOR: &str = "emulator";
/// How long to wait for another command that uses the emulator's folder.
const BUSY: Duration = Duration::from_secs(10);

/// A cloud to talk to; it keeps the emulator running, where there is one.
pub(crate) struct Connection {
    pub(crate) cloud: Cloud,
    pub(crate) client: Client,
    emulator: Option<Emulator>,
    anonymous: bool,
}

impl Connection {
    /// Puts the configuration together. Nothing is sent.
    pub(crate) async fn open(globals: &Globals) -> Outcome<Self> {
        let mut overrides = globals.overrides();
        let mut sources = Sources::from_process();
        let emulator = match wants_emulator(&overrides, &sources) {
            true => Some(start_emulator(&sources).await?),
            false => None,
        };
        if let Some(emulator) = &emulator {
            if overrides.cache_token {
                return Err(Failure::usage("--cache-token has no effect with --cloud emulator, which is another cloud each time"));
            }
            overrides.cloud = None;
            sources = Sources::empty();
            for (name, value) in emulator.environment() {
                sources = sources.with_variable(name, value);
            }
        }
        let anonymous = globals.anonymous();
        if anonymous {
            (overrides, sources) = without_credentials(overrides, sources)?;
        }
        let asked = (overrides.clone(), sources.clone());
        let tell = |text: &str| say(format!("warning: {}", by_options(text)));
        let built = Client::builder().overrides(overrides).sources(sources).on_warning(tell).build();
        let client = built.map_err(|error| match nearest_cloud(&asked.0, &asked.1) {
            Some(name) => Failure::config(&error).with_hint(format!("Did you mean {name}?")),
            None => Failure::config(&error),
        })?;
        client.config().warnings.iter().for_each(|warning| tell(warning));
        if !client.config().verify {
            say("warning: server certificates are not checked (insecure): anyone on the way can read passwords and data");
        }
        proves_by(match &client.config().credentials {
            Credentials::Token { .. } | Credentials::Preauthenticated { .. } if !anonymous => Proof::Token,
            Credentials::ApplicationCredential { .. } => Proof::Credential,
            Credentials::Totp { .. } | Credentials::MultiFactor { .. } => Proof::Passcode,
            Credentials::OAuth2 { .. } => Proof::OAuth2,
            Credentials::Oidc(oidc) => match oidc.grant {
                OidcGrant::Password { .. } => Proof::ProviderPassword,
                OidcGrant::AccessToken(_) => Proof::ProviderToken,
                _ => Proof::ProviderClient,
            },
            _ => Proof::Password,
        });
        Ok(Self { cloud: Cloud::from(client.clone()), client, emulator, anonymous })
    }

    /// In the built-in emulator, where a newcomer begins: says on a terminal what to type next.
    pub(crate) fn next_in_emulator(&self, globals: &Globals, words: &[&str]) {
        if self.emulator.is_none() || globals.quiet || !std::io::stderr().is_terminal() {
            return;
        }
        // Perhaps it is not installed yet, and so not called k5.
        let program = std::env::args().next().unwrap_or_else(|| "k5".to_owned());
        say(format!("stored in the built-in emulator. Next: {program} --cloud emulator {}", words.join(" ")));
    }

    /// Object storage.
    pub(crate) fn swift(&self) -> ObjectStorage {
        ObjectStorage::new(self.session())
    }

    /// What calls go through.
    pub(crate) fn session(&self) -> Session {
        match self.anonymous {
            true => Session::from_transport(Anonymous(self.cloud.session())),
            false => self.cloud.session(),
        }
    }

    /// The token.
    ///
    /// # Errors
    /// Without one, which no login brings where nobody logs in; `what` wanted it.
    pub(crate) async fn token(&self, what: &str) -> Outcome<Option<Arc<Token>>> {
        if self.anonymous {
            return Err(Failure::usage(format!("{what} needs a login, and --anonymous does not log in")));
        }
        self.cloud.token().await.map_err(|error| Failure::cloud(what, &error))
    }

    /// The account's URL, up to and with the account.
    pub(crate) async fn account_url(&self) -> Outcome<String> {
        let found = self.cloud.endpoint(&k5::object_storage::meta::SERVICE).await;
        found.map_err(|error| Failure::cloud("object storage", &error))
    }

    /// The account's name.
    pub(crate) async fn account(&self) -> Outcome<String> {
        let url = self.account_url().await?;
        Ok(url.rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// Ends the emulator, where there is one, after its last write.
    pub(crate) async fn close(self) {
        let Self { cloud, client, emulator, .. } = self;
        drop((cloud, client));
        if let Some(emulator) = emulator {
            emulator.stop().await;
        }
    }
}

/// Sends no token, and nothing that needs one.
struct Anonymous(Session);

impl Transport for Anonymous {
    fn call(&self, mut request: Request) -> TransportFuture {
        if request.meta.auth == AuthNeed::Required {
            let error = k5::Error::invalid_input("it needs a token, and --anonymous sends none");
            return Box::pin(std::future::ready(Err(error)));
        }
        request.options.anonymous = true;
        let inner = self.0.clone();
        Box::pin(async move { inner.call(request).await })
    }

    fn sleep(&self, duration: Duration) -> SleepFuture {
        self.0.sleep(duration)
    }
}

/// The account's URL and how to reach it, and nothing of who logs in.
fn without_credentials(given: Overrides, sources: Sources) -> Outcome<(Overrides, Sources)> {
    let mut kept = Overrides::default();
    kept.timeout.clone_from(&given.timeout);
    kept.insecure = given.insecure;
    kept.cacert.clone_from(&given.cacert);
    kept.cert.clone_from(&given.cert);
    kept.key.clone_from(&given.key);
    kept.storage_url.clone_from(&given.storage_url);
    if kept != given {
        return Err(Failure::usage("--anonymous takes --os-storage-url, and no other option that names a cloud or logs in"));
    }
    const KEPT: [&str; 5] = ["OS_STORAGE_URL", "OS_CACERT", "OS_CERT", "OS_KEY", "OS_INSECURE"];
    let mut own = Sources::empty();
    own.home = sources.home;
    own.environment = sources.environment;
    own.environment.retain(|name, _| !name.starts_with("OS_") || KEPT.contains(&name.as_str()));
    let from_environment = || own.environment.get("OS_STORAGE_URL").and_then(|url| url.to_str()).filter(|url| !url.is_empty());
    let Some(url) = kept.storage_url.clone().or_else(|| from_environment().map(str::to_owned)) else {
        return Err(Failure::usage(
            "--anonymous needs the account's URL: --os-storage-url https://HOST/v1/ACCOUNT, or OS_STORAGE_URL",
        ));
    };
    // Together, these two want no login; the token stays here.
    Ok((kept.storage_url(url).token(Secret::new("none")), own))
}

fn wants_emulator(overrides: &Overrides, sources: &Sources) -> bool {
    let named = overrides.cloud.as_deref().filter(|name| !name.is_empty());
    let from_environment = || sources.environment.get("OS_CLOUD").and_then(|name| name.to_str());
    if named.or_else(from_environment) != Some(EMULATOR) {
        return false;
    }
    // Files that can't be read are the emulator's affair no more than an absent one.
    !list_clouds(sources).is_ok_and(|names| names.iter().any(|name| name == EMULATOR))
}

/// The cloud that was probably meant, if there is none of the name that was given.
fn nearest_cloud(overrides: &Overrides, sources: &Sources) -> Option<String> {
    let given = overrides.cloud.as_deref().filter(|name| !name.is_empty());
    let wanted = given.or_else(|| sources.environment.get("OS_CLOUD")?.to_str()).filter(|name| !name.is_empty())?;
    let known = list_clouds(sources).ok()?;
    match known.iter().any(|name| name == wanted) {
        true => None,
        false => nearest(wanted, known.iter().map(String::as_str).chain([EMULATOR])).map(str::to_owned),
    }
}

async fn start_emulator(sources: &Sources) -> Outcome<Emulator> {
    let directory = emulator_directory(sources)?;
    let begun = std::time::Instant::now();
    loop {
        match Emulator::builder().directory(&directory).start().await {
            Ok(emulator) => return Ok(emulator),
            Err(k5_emulator::Error::Busy { .. }) if begun.elapsed() < BUSY => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => return Err(Failure::new(NO_CLOUD, format!("the emulator can't start: {error}"))),
        }
    }
}

/// The folder of `--cloud emulator`.
fn emulator_directory(sources: &Sources) -> Outcome<PathBuf> {
    let variable = |name: &str| sources.environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(own) = variable("K5_EMULATOR_DIR") {
        return Ok(own);
    }
    let data = variable("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let data = data.or_else(|| sources.home.as_ref().map(|home| home.join(".local").join("share")));
    match data {
        Some(data) => Ok(data.join("k5").join("emulator")),
        None => Err(Failure::new(NO_CLOUD, "the emulator needs a folder, and there is no home folder: set K5_EMULATOR_DIR")),
    }
}
