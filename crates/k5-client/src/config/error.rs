//! What can be wrong with a configuration, described so that it can be fixed.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why the overrides, the environment and the files did not produce a [`CloudConfig`](super::CloudConfig).
///
/// No message contains the value of a secret or part of a file.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// Neither overrides nor environment nor files say where to log in.
    NothingConfigured {
        /// The files that were tried.
        searched: Vec<PathBuf>,
    },
    /// The requested cloud is not in any file.
    UnknownCloud {
        /// The requested name.
        name: String,
        /// What asked for it.
        origin: Origin,
        /// The clouds that the files define.
        known: Vec<String>,
        /// The files that were tried.
        searched: Vec<PathBuf>,
    },
    /// The file defines several clouds and nothing says which one.
    SeveralClouds {
        /// The file with the clouds.
        file: PathBuf,
        /// Their names.
        known: Vec<String>,
    },
    /// A value without which no login is possible.
    Missing {
        /// What is missing, for example "the password".
        what: String,
        /// The variables and fields that can hold it.
        how: String,
        /// The named cloud that was searched, and its file.
        cloud: Option<(String, PathBuf)>,
    },
    /// Two values that cannot both be meant.
    Contradiction {
        /// What the two disagree on.
        what: String,
        /// One of the two.
        first: Origin,
        /// The other.
        second: Origin,
        /// What to do.
        hint: String,
    },
    /// A value that is valid elsewhere, but that this client cannot act on.
    Unsupported {
        /// Where it was set.
        origin: Origin,
        /// What was asked for.
        what: String,
        /// What to do.
        hint: String,
    },
    /// A value that is not valid for its setting.
    InvalidValue {
        /// Where it was set.
        origin: Origin,
        /// What is wrong with it.
        problem: String,
    },
    /// A region that the cloud doesn't list.
    UnknownRegion {
        /// The requested region.
        region: String,
        /// What asked for it.
        origin: Origin,
        /// The cloud.
        cloud: String,
        /// Its regions.
        known: Vec<String>,
        /// The file that lists them.
        file: Box<Path>,
    },
    /// A file that is not YAML or JSON.
    FileSyntax {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: Option<u64>,
        /// Column, from 1.
        column: Option<u64>,
        /// What is wrong, without quoting the file.
        problem: String,
    },
    /// A field of the wrong kind.
    FieldType {
        /// The file and the field.
        origin: Origin,
        /// The kind that it must have.
        expected: &'static str,
        /// The kind that it has.
        found: &'static str,
    },
    /// A file that exists and cannot be read.
    FileRead {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingConfigured { searched } => write!(
                f,
                "no cloud is configured: select a cloud of clouds.yaml with OS_CLOUD, or set OS_AUTH_URL, \
                 OS_USERNAME, OS_PASSWORD, OS_USER_DOMAIN_NAME and OS_PROJECT_ID\n\
                 clouds.yaml was looked for in: {}",
                paths(searched)
            ),
            Self::UnknownCloud { name, origin, known, searched } => {
                let (known, searched) = (clouds_known(known), paths(searched));
                write!(f, "cloud \"{name}\" (from {origin}) was not found; {known}\nfiles tried: {searched}")
            }
            Self::SeveralClouds { file, known } => {
                let (file, known) = (file.display(), known.join(", "));
                write!(f, "{file} defines several clouds ({known}); choose one with OS_CLOUD, or set OS_AUTH_URL")
            }
            Self::Missing { what, how, cloud } => write!(f, "{what} is missing: set {how}{}", looked_at(cloud)),
            Self::Contradiction { what, first, second, hint } => write!(f, "{what}: {first} and {second}; {hint}"),
            Self::Unsupported { origin, what, hint } => write!(f, "{origin}: {what} is not supported; {hint}"),
            Self::InvalidValue { origin, problem } => write!(f, "{origin}: {problem}"),
            Self::UnknownRegion { region, origin, cloud, known, file } => write!(
                f,
                "region \"{region}\" (from {origin}) is not in cloud \"{cloud}\", which has {} (case matters; \
                 add it to `regions` in {})",
                known.join(", "),
                file.display()
            ),
            Self::FileSyntax { file, line, column, problem } => write!(f, "{}{}: {problem}", file.display(), at(line, column)),
            Self::FieldType { origin, expected, found } => write!(f, "{origin}: expected {expected}, found {found}"),
            Self::FileRead { file, source } => write!(f, "{}: cannot be read: {source}", file.display()),
        }
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::FileRead { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Where a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A field of [`Overrides`](super::Overrides), by its name.
    Override(&'static str),
    /// An environment variable.
    Variable(String),
    /// A field of a file.
    Field(Arc<Field>),
}

/// A field of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// The file.
    pub file: Arc<Path>,
    /// Line and column, from 1, if the file's format provides them.
    pub place: Option<(u64, u64)>,
    /// The path of the field: `clouds.prod.auth.password`.
    pub path: String,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Override(name) => write!(f, "Overrides::{name}"),
            Self::Variable(name) => f.write_str(name),
            Self::Field(field) => {
                write!(f, "{}", field.file.display())?;
                if let Some((line, column)) = field.place {
                    write!(f, ":{line}:{column}")?;
                }
                write!(f, " ({})", field.path)
            }
        }
    }
}

fn paths(list: &[PathBuf]) -> String {
    if list.is_empty() {
        return "(nowhere to look)".to_owned();
    }
    let names: Vec<_> = list.iter().map(|path| path.display().to_string()).collect();
    names.join(", ")
}

fn clouds_known(names: &[String]) -> String {
    if names.is_empty() { "no file defines a cloud".to_owned() } else { format!("there are: {}", names.join(", ")) }
}

fn looked_at(cloud: &Option<(String, PathBuf)>) -> String {
    match cloud {
        Some((name, file)) => format!(" (cloud \"{name}\" in {} does not set it)", file.display()),
        None => String::new(),
    }
}

fn at(line: &Option<u64>, column: &Option<u64>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!(":{line}:{column}"),
        (Some(line), None) => format!(":{line}"),
        _ => String::new(),
    }
}
