//! The process's surroundings as plain data: variables and folders. Tests build their own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::error::{ConfigError, Origin};
use super::setting::{Entry, Layer, TABLE};
use super::values::service_type;

/// Where configuration is read from: environment variables and the folders of `clouds.yaml`.
///
/// ```
/// use k5_client::config::Sources;
/// let sources = Sources::empty().with_variable("OS_CLOUD", "prod").with_config_dir("/srv/app/config");
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Sources {
    /// Environment variables. Empty ones count as unset.
    pub environment: BTreeMap<String, OsString>,
    /// Folders with `clouds.yaml`, `secure.yaml` and `clouds-public.yaml`, the strongest first.
    pub config_dirs: Vec<PathBuf>,
    /// What `~` in a path stands for.
    pub home: Option<PathBuf>,
}

/// The values may be secrets, so only the names are shown.
impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.environment.keys().filter(|name| name.starts_with("OS_")).collect();
        f.debug_struct("Sources")
            .field("environment", &names)
            .field("config_dirs", &self.config_dirs)
            .field("home", &self.home)
            .finish()
    }
}

impl Sources {
    /// No variable and no folder.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The variables of this process and the folders that openstackclient reads: the working directory, the
    /// user's configuration folder, `~/.config/openstack`, the site's folders, `/etc/openstack`.
    pub fn from_process() -> Self {
        let environment: BTreeMap<String, OsString> =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        let home = std::env::home_dir();
        let config_dirs = config_dirs(&environment, home.as_deref(), std::env::current_dir().ok().as_deref());
        Self { environment, config_dirs, home }
    }

    /// Sets what `~` in a path stands for.
    pub fn with_home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// Sets one variable.
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Appends a folder to the existing ones.
    pub fn with_config_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.config_dirs.push(dir.into());
        self
    }

    /// Forgets every `OS_*` variable except those that say where the files are. For a cloud that a program names
    /// itself, as openstacksdk's `connect(cloud=...)` does: what a shell happens to export must not leak into it.
    pub fn without_openstack_variables(mut self) -> Self {
        self.environment
            .retain(|name, _| !name.starts_with("OS_") || name == "OS_CLIENT_CONFIG_FILE" || name == "OS_CLIENT_SECURE_FILE");
        self
    }

    /// The user's cache folder.
    pub(super) fn cache_dir(&self) -> Option<PathBuf> {
        let named = self.environment.get("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let usual = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
        named.or_else(|| self.home.as_ref().map(|home| home.join(usual)))
    }

    /// A variable that is set and not empty.
    pub(super) fn variable(&self, name: &str) -> Result<Option<Entry>, ConfigError> {
        let Some(value) = self.environment.get(name).filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        let origin = Origin::Variable(name.to_owned());
        match value.to_str() {
            Some(text) => Ok(Some(Entry { text: text.to_owned(), origin })),
            None => Err(ConfigError::InvalidValue { origin, problem: "the value is not UTF-8".to_owned() }),
        }
    }

    pub(super) fn layer(&self) -> Result<Layer, ConfigError> {
        let mut layer = Layer::default();
        for spec in TABLE {
            for name in spec.variables {
                if let Some(entry) = self.variable(name)? {
                    layer.settings.insert(spec.key, entry);
                    break;
                }
            }
        }
        for name in self.environment.keys() {
            let service = name.strip_prefix("OS_").and_then(|rest| rest.strip_suffix("_ENDPOINT_OVERRIDE"));
            if let Some(service) = service.filter(|service| !service.is_empty())
                && let Some(entry) = self.variable(name)?
            {
                layer.endpoints.insert(service_type(service), entry);
            }
            const OF_SERVICE: [&str; 3] = ["_INTERFACE", "_ENDPOINT_TYPE", "_REGION_NAME"];
            if let Some(rest) = name.strip_prefix("OS_").filter(|rest| OF_SERVICE.iter().any(|end| rest.ends_with(end)))
                && let Some(entry) = self.variable(name)?
            {
                layer.set_of_service(&rest.to_ascii_lowercase(), entry);
            }
        }
        Ok(layer)
    }
}

/// The folders that openstacksdk searches, in the same order, each once.
pub(super) fn config_dirs(environment: &BTreeMap<String, OsString>, home: Option<&Path>, working: Option<&Path>) -> Vec<PathBuf> {
    let absolute = |name: &str| {
        let value = environment.get(name).filter(|value| !value.is_empty())?;
        Some(PathBuf::from(value)).filter(|path| path.is_absolute())
    };
    let mut dirs: Vec<PathBuf> = working.map(Path::to_owned).into_iter().collect();
    if cfg!(windows) {
        dirs.extend(absolute("LOCALAPPDATA").map(|path| path.join("OpenStack").join("openstack")));
    } else if cfg!(target_os = "macos") {
        dirs.extend(home.map(|home| home.join("Library/Application Support/openstack")));
    }
    dirs.extend(absolute("XDG_CONFIG_HOME").map(|path| path.join("openstack")));
    // Inside a snap, HOME is not the user's home.
    let unix_home = absolute("SNAP_REAL_HOME").or_else(|| home.map(Path::to_owned));
    dirs.extend(unix_home.map(|home| home.join(".config").join("openstack")));
    if cfg!(unix) {
        match environment.get("XDG_CONFIG_DIRS").filter(|value| !value.is_empty()) {
            Some(list) => dirs.extend(std::env::split_paths(list).map(|dir| dir.join("openstack"))),
            None => dirs.push(PathBuf::from("/etc/xdg/openstack")),
        }
        dirs.push(PathBuf::from("/etc/openstack"));
    }
    let mut seen = std::collections::BTreeSet::new();
    dirs.retain(|dir| seen.insert(dir.clone()));
    dirs
}
