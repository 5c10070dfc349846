//! The sources put together: options over environment over the named cloud.

use super::clouds_yaml::Files;
use super::environment::Sources;
use super::error::{ConfigError, Origin};
use super::overrides::Overrides;
use super::setting::{Entry, Key, Layer, Layers};
use super::trimming::Trimming;
use super::{CloudConfig, Interface, auth, services, values};

/// The cloud name that stands for the environment; `OS_CLOUD_NAME` renames it.
const ENVIRONMENT_CLOUD: &str = "envvars";

/// The names of the clouds in clouds.yaml and secure.yaml, sorted. No file means no cloud.
///
/// # Errors
/// If a file exists but cannot be read or parsed.
pub fn list_clouds(sources: &Sources) -> Result<Vec<String>, ConfigError> {
    Ok(Files::load(sources)?.names())
}

pub(super) fn resolve(sources: &Sources, overrides: &Overrides) -> Result<CloudConfig, ConfigError> {
    let Gathered { layers, name, cache_token, warnings } = gather(sources, overrides)?;
    let mut config = build(sources, &layers, name, warnings)?;
    config.token_cache = token_cache(sources, overrides, &config, cache_token)?;
    Ok(config)
}

/// What the sources say, before it is known whether that is enough.
pub(super) struct Gathered {
    pub(super) layers: Layers,
    /// The cloud of the files.
    pub(super) name: Option<String>,
    cache_token: Option<Entry>,
    warnings: Vec<String>,
}

pub(super) fn gather(sources: &Sources, overrides: &Overrides) -> Result<Gathered, ConfigError> {
    let mut trimming = Trimming::default();
    let mut overrides_layer = overrides.layer();
    let mut environment = sources.layer()?;
    trimming.layer(&mut overrides_layer);
    trimming.layer(&mut environment);
    let mut asked_for = match overrides.cloud.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => Some(Entry { text: name.to_owned(), origin: Origin::Override("cloud") }),
        None => sources.variable("OS_CLOUD")?,
    };
    if let Some(entry) = &mut asked_for {
        trimming.entry(entry, false);
    }
    let asked_for = asked_for.filter(|entry| !entry.text.is_empty());
    let mut warnings = Vec::new();
    let mut layers = Layers { overrides: overrides_layer, environment, file: Layer::default(), cloud: None };
    let mut name = None;
    let mut cache_token = None;
    if let Some((cloud, files)) = choose(sources, &layers, asked_for)? {
        let region = layers.get(Key::RegionName);
        let named = files.cloud(&cloud, region, sources)?;
        cache_token = files.cache_token;
        warnings.extend(files.warnings);
        warnings.extend(named.warnings);
        layers.file = named.layer;
        trimming.layer(&mut layers.file);
        layers.cloud = files.file.map(|file| (cloud.clone(), file));
        warnings.extend(other_cloud(&layers, &cloud));
        name = Some(cloud);
    }
    warnings.extend(trimming.warnings());
    Ok(Gathered { layers, name, cache_token, warnings })
}

/// Where tokens are kept, if that is wanted and the login has tokens that can be kept.
fn token_cache(
    sources: &Sources,
    overrides: &Overrides,
    config: &CloudConfig,
    in_file: Option<Entry>,
) -> Result<Option<std::path::PathBuf>, ConfigError> {
    let asked = Entry { text: "true".to_owned(), origin: Origin::Override("cache_token") };
    let wanted = if overrides.cache_token { Some(&asked) } else { in_file.as_ref() };
    let Some(wanted) = wanted.map(|entry| values::flag(entry).map(|on| on.then_some(entry))).transpose()?.flatten() else {
        return Ok(None);
    };
    if !config.credentials.can_be_kept() {
        // The setting in the file is for all its clouds; the option is for this one.
        return if overrides.cache_token {
            Err(wanted.invalid("a token that was supplied can't be cached, because it is not exchanged for a new one"))
        } else {
            Ok(None)
        };
    }
    match sources.cache_dir() {
        Some(folder) => Ok(Some(folder.join("k5").join("tokens"))),
        None => Err(wanted.invalid("there is no folder for cached tokens; set XDG_CACHE_HOME")),
    }
}

/// A variable that sends the login of a named cloud elsewhere: openstackclient does the same, and few users expect it.
fn other_cloud(layers: &Layers, cloud: &str) -> Option<String> {
    if layers.overrides.get(Key::AuthUrl).is_some() {
        return None;
    }
    let region = layers.get(Key::RegionName).map(|entry| entry.text.as_str());
    let url = |layer: &Layer| {
        layer.get(Key::AuthUrl).and_then(|entry| Some((entry.origin.clone(), values::auth_url(entry, region).ok()?)))
    };
    let ((variable, used), (_, own)) = (url(&layers.environment)?, url(&layers.file)?);
    (used != own).then(|| {
        format!(
            "the login of cloud \"{cloud}\" goes to {used}, as {variable} says, instead of the cloud's own {own}; \
             unset {variable} (and any other variables for another cloud) to log in there"
        )
    })
}

/// The cloud to read from the files, or none if options and environment are sufficient.
fn choose(sources: &Sources, layers: &Layers, asked_for: Option<Entry>) -> Result<Option<(String, Files)>, ConfigError> {
    if let Some(wanted) = asked_for {
        let files = Files::load(sources)?;
        if files.contains(&wanted.text) {
            return Ok(Some((wanted.text, files)));
        }
        let environment = sources.variable("OS_CLOUD_NAME")?;
        if wanted.text == environment.map_or(ENVIRONMENT_CLOUD.to_owned(), |entry| entry.text) {
            return Ok(None);
        }
        return Err(ConfigError::UnknownCloud {
            name: wanted.text,
            origin: wanted.origin,
            known: files.names(),
            searched: files.searched,
        });
    }
    let preauthenticated = layers.get(Key::StorageUrl).is_some() && layers.get(Key::Token).is_some();
    if layers.get(Key::AuthUrl).is_some() || preauthenticated || auth::without_keystone(layers) {
        return Ok(None);
    }
    // As in openstacksdk, a cloud need not be named if it is the only one.
    let files = Files::load(sources)?;
    let mut names = files.names();
    match (names.len(), &files.file) {
        (1, _) => Ok(names.pop().map(|name| (name, files))),
        (0, _) | (_, None) => {
            let credentials = [Key::Username, Key::UserId, Key::Password, Key::Token, Key::ApplicationCredentialSecret];
            if layers.first_of(&credentials).is_some() {
                return Ok(None);
            }
            Err(ConfigError::NothingConfigured { searched: files.searched })
        }
        (_, Some(file)) => Err(ConfigError::SeveralClouds { file: file.clone(), known: names }),
    }
}

fn build(sources: &Sources, layers: &Layers, name: Option<String>, mut warnings: Vec<String>) -> Result<CloudConfig, ConfigError> {
    let region = layers.get(Key::RegionName).map(|entry| entry.text.trim().to_owned());
    let region_name = region.as_deref();
    let home = sources.home.as_deref();
    let path = |key| layers.get(key).map(|entry| values::path(entry, home)).transpose();

    // The order of the checks is the order in which a user would set things: where, then who.
    let url = layers.get(Key::AuthUrl);
    let auth_url = url.map(|entry| values::auth_url(entry, region_name)).transpose()?;
    let (credentials, scope) = match auth::resolve(layers) {
        Err(ConfigError::Missing { .. }) if auth_url.is_none() && !auth::without_keystone(layers) => {
            return Err(missing_url(layers));
        }
        result => result?,
    };
    let auth_url = match (auth_url, &credentials) {
        // A login that does not happen needs no Keystone, and a URL that was set anyway must not start one.
        (_, credentials) if !credentials.need_login() => None,
        (Some(url), _) => Some(url),
        (None, _) => return Err(missing_url(layers)),
    };

    let verify = verify(layers)?;
    let ca_file = path(Key::CaCert)?;
    if let (false, Some(entry)) = (verify, layers.get(Key::CaCert)) {
        warnings.push(format!("{} is set, but server certificates are not checked at all (insecure)", entry.origin));
    }
    let client_certificate = path(Key::Cert)?;
    let client_key = path(Key::CertKeyFile)?;
    if let (None, Some(entry)) = (&client_certificate, layers.get(Key::CertKeyFile)) {
        return Err(entry.invalid("a client key needs its certificate; set OS_CERT or cert in clouds.yaml"));
    }

    let mut endpoint_overrides = std::collections::BTreeMap::new();
    for layer in layers.strongest_first().into_iter().rev() {
        // Within one source the named override wins over swiftclient's storage URL.
        if let Some(entry) = layer.get(Key::StorageUrl) {
            endpoint_overrides.insert("object-store".to_owned(), values::endpoint(entry, region_name)?);
        }
        for (service, entry) in &layer.endpoints {
            endpoint_overrides.insert(service.clone(), values::endpoint(entry, region_name)?);
        }
    }

    let services = services::resolve(layers, &mut warnings)?;
    let endpoint = match credentials.need_login() {
        true => None,
        false => layers.get(Key::Endpoint).map(|entry| values::endpoint(entry, region_name)).transpose()?,
    };
    let second_factor = auth::second_factor(layers, &credentials)?;
    let interface = layers.get(Key::Interface).map(values::interface).transpose()?;
    let api_timeout = layers.get(Key::ApiTimeout).map(values::timeout).transpose()?;
    Ok(CloudConfig {
        name,
        auth_url,
        credentials,
        scope,
        second_factor,
        endpoint,
        interface: interface.unwrap_or(Interface::Public),
        endpoint_overrides,
        services,
        ca_file,
        client_certificate,
        client_key,
        verify,
        api_timeout,
        token_cache: None,
        region,
        warnings,
    })
}

fn missing_url(layers: &Layers) -> ConfigError {
    layers.missing("the identity URL (Keystone)", &[Key::AuthUrl])
}

/// `insecure` and `verify` are opposites of the same setting. The strongest source with either decides; within one source
/// `insecure` wins.
fn verify(layers: &Layers) -> Result<bool, ConfigError> {
    match layers.first_of(&[Key::Insecure, Key::Verify]) {
        Some((Key::Insecure, entry)) if values::flag(entry)? => Ok(false),
        Some((Key::Insecure, entry)) => {
            // `insecure: false` beside `verify: false` in one file: the latter is the only one that asks for something.
            let beside = layers
                .strongest_first()
                .into_iter()
                .find(|layer| layer.get(Key::Insecure).is_some_and(|found| found.origin == entry.origin))
                .and_then(|layer| layer.get(Key::Verify));
            beside.map_or(Ok(true), values::flag)
        }
        Some((_, entry)) => values::flag(entry),
        None => Ok(true),
    }
}
