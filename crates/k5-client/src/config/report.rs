//! What is set and where, for a program that explains a configuration instead of using it.

use super::clouds_yaml::candidates;
use super::environment::Sources;
use super::error::{ConfigError, Origin};
use super::overrides::Overrides;
use super::resolve::gather;
use super::setting::{Entry, Layer, TABLE};
use k5_core::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the sources set, before it is known whether that is enough to log in.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Settings {
    /// The cloud of clouds.yaml that the settings come from, if any.
    pub cloud: Option<String>,
    /// Each setting that some source has.
    pub settings: Vec<Setting>,
}

/// A setting: the value that counts, and where it was set.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Setting {
    /// The field of clouds.yaml: `auth_url`, `compute_endpoint_override`.
    pub name: String,
    /// Whether it belongs in the cloud's `auth`.
    pub in_auth: bool,
    /// The value.
    pub value: SettingValue,
    /// What set it.
    pub origin: Origin,
    /// Weaker sources that set it too, and are overridden.
    pub overridden: Vec<Origin>,
}

/// The value of a setting.
#[derive(Debug, Clone)]
pub enum SettingValue {
    /// As it was written.
    Text(String),
    /// A password, a token or the like.
    Secret(Secret),
}

impl Settings {
    /// Reads all sources. Values are taken as they are: whether they are valid, and enough for a login, is for
    /// [`CloudConfig::resolve`](super::CloudConfig::resolve) to say.
    ///
    /// ```
    /// use k5_client::config::{Overrides, Settings, Sources};
    ///
    /// let sources = Sources::empty().with_variable("OS_AUTH_URL", "https://keystone.example/v3");
    /// let found = Settings::gather(&sources, &Overrides::default())?;
    /// assert_eq!(found.settings[0].name, "auth_url");
    /// assert_eq!(found.settings[0].origin.to_string(), "OS_AUTH_URL");
    /// # Ok::<(), k5_client::config::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// If a file can't be read, there is no such cloud, or nothing says which cloud is meant.
    pub fn gather(sources: &Sources, overrides: &Overrides) -> Result<Self, ConfigError> {
        let gathered = gather(sources, overrides)?;
        let layers = gathered.layers.strongest_first();
        let mut settings = Vec::new();
        for spec in TABLE {
            let entries = layers.iter().filter_map(|layer| layer.get(spec.key));
            let name = spec.fields.last().copied().unwrap_or_default();
            settings.extend(setting(name.to_owned(), spec.in_auth, spec.key.is_secret(), entries));
        }
        type Part = fn(&Layer) -> &BTreeMap<String, Entry>;
        let of_services: [(&str, Part); 3] = [
            ("endpoint_override", |layer| &layer.endpoints),
            ("interface", |layer| &layer.interfaces),
            ("region_name", |layer| &layer.regions),
        ];
        for (suffix, part) in of_services {
            let services: std::collections::BTreeSet<&String> = layers.iter().flat_map(|layer| part(layer).keys()).collect();
            for service in services {
                let entries = layers.iter().filter_map(|layer| part(layer).get(service));
                settings.extend(setting(format!("{}_{suffix}", service.replace('-', "_")), false, false, entries));
            }
        }
        Ok(Self { cloud: gathered.name, settings })
    }
}

/// One setting of the entries for it, the strongest first.
fn setting<'a>(name: String, in_auth: bool, secret: bool, mut entries: impl Iterator<Item = &'a Entry>) -> Option<Setting> {
    let first = entries.next()?;
    let value = match secret {
        true => SettingValue::Secret(Secret::new(first.text.clone())),
        false => SettingValue::Text(first.text.clone()),
    };
    let overridden = entries.map(|entry| entry.origin.clone()).collect();
    Some(Setting { name, in_auth, value, origin: first.origin.clone(), overridden })
}

/// The files that clouds are read from.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ConfigFiles {
    /// The clouds.yaml that is used.
    pub clouds: Option<PathBuf>,
    /// The secure.yaml that completes it.
    pub secure: Option<PathBuf>,
    /// Where a clouds.yaml was looked for, the strongest place first.
    pub searched: Vec<PathBuf>,
    /// Where a secure.yaml was looked for, the strongest place first.
    pub searched_secure: Vec<PathBuf>,
}

impl ConfigFiles {
    /// Looks for the files. They are not read.
    ///
    /// # Errors
    /// If a variable that names one of them is not UTF-8.
    pub fn find(sources: &Sources) -> Result<Self, ConfigError> {
        let searched = candidates(sources, "clouds", Some("OS_CLIENT_CONFIG_FILE"))?;
        let searched_secure = candidates(sources, "secure", Some("OS_CLIENT_SECURE_FILE"))?;
        let first = |places: &[PathBuf]| places.iter().find(|path| path.is_file() && std::fs::File::open(path).is_ok()).cloned();
        Ok(Self { clouds: first(&searched), secure: first(&searched_secure), searched, searched_secure })
    }
}
