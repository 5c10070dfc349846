//! Helpers: a configuration from literal variables and literal files, never from the process.

#![allow(clippy::unwrap_used)]

mod auth;
mod environment;
mod errors;
mod files;
mod precedence;
mod properties;
mod services;
mod values;

use tempfile::TempDir;

use super::{CloudConfig, ConfigError, Overrides, Sources};

type Variables<'a> = &'a [(&'a str, &'a str)];

/// Folders with files, and variables. The folder lives as long as this.
struct Fixture {
    dir: TempDir,
    sources: Sources,
}

/// One folder with `files` (name, text) in it.
fn files(files: &[(&str, &str)]) -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let sources = Sources::empty().with_config_dir(dir.path());
    Fixture { dir, sources }
}

fn clouds(text: &str) -> Fixture {
    files(&[("clouds.yaml", text)])
}

fn variables(list: &[(&str, &str)]) -> Sources {
    set(Sources::empty(), list)
}

fn set(mut sources: Sources, list: &[(&str, &str)]) -> Sources {
    for (name, value) in list {
        sources = sources.with_variable(*name, *value);
    }
    sources
}

fn resolve(sources: &Sources) -> Result<CloudConfig, ConfigError> {
    CloudConfig::resolve(sources, &Overrides::default())
}

fn with(sources: &Sources, change: impl FnOnce(&mut Overrides)) -> Result<CloudConfig, ConfigError> {
    let mut overrides = Overrides::default();
    change(&mut overrides);
    CloudConfig::resolve(sources, &overrides)
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

impl Fixture {
    fn cloud(&self, name: &str) -> Result<CloudConfig, ConfigError> {
        with(&self.sources, |o| o.cloud = text(name))
    }

    /// The message of the error, with the folder's random name taken out.
    fn error(&self, name: &str) -> String {
        self.plain(self.cloud(name).unwrap_err())
    }

    fn plain(&self, error: ConfigError) -> String {
        error.to_string().replace(self.dir.path().to_str().unwrap(), "DIR")
    }
}

const LOGIN: [(&str, &str); 5] = [
    ("OS_AUTH_URL", "https://id.example/v3"),
    ("OS_USERNAME", "ops"),
    ("OS_PASSWORD", "pw-env"),
    ("OS_USER_DOMAIN_NAME", "CONTRACT"),
    ("OS_PROJECT_ID", "p1"),
];

fn login() -> Sources {
    variables(&LOGIN)
}

const PROD: &str = "
clouds:
  prod:
    auth:
      auth_url: https://id.file.example:5000
      username: file-user
      password: pw-file
      user_domain_name: FILE
      project_name: file-project
      project_domain_name: FILE
    region_name: uk-1
";
