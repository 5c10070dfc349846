//! Who may log in: users, projects, roles, application credentials.
//!
//! The defaults are those of a small OpenStack: `demo` (project `demo`), `alt_demo` (project `alt_demo`), `reader` (project `demo`,
//! may not use object storage without an ACL) and `reseller` (project `service`, may use every account) with the password `demopw`,
//! and `admin` with `adminpw`; all in the domain `Default`. Other accounts come from a file:
//!
//! ```toml
//! region = "uk-1"
//!
//! [[project]]
//! name = "prod"                  # id: 32 hexadecimal digits, derived from the name unless given
//! domain = "Default"             # the default
//!
//! [[user]]
//! name = "ops"
//! password = "secret"
//! default_project = "prod"
//! roles = { prod = ["member", "SwiftOperator"] }
//!
//! [[application_credential]]
//! id = "0123"
//! name = "robot"
//! secret = "also secret"
//! user = "ops"
//! project = "prod"
//! ```
//!
//! The first user is the default one. `SwiftOperator` and `admin` may use the object storage of their project.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::Deserialize;

use crate::store::bodies::md5_hex;

/// The accounts of an emulator. See the [module](self) for the defaults and for the file.
#[derive(Clone)]
pub struct Accounts {
    pub(crate) region: String,
    pub(crate) projects: Vec<Project>,
    pub(crate) users: Vec<User>,
    pub(crate) credentials: Vec<ApplicationCredential>,
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let users: Vec<_> = self.users.iter().map(|user| &user.name).collect();
        f.debug_struct("Accounts").field("region", &self.region).field("users", &users).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Domain {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl Domain {
    fn named(name: &str) -> Self {
        let id = if name == "Default" { "default".to_owned() } else { md5_hex(format!("domain:{name}").as_bytes()) };
        Self { id, name: name.to_owned() }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) domain: Domain,
}

#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) password: String,
    pub(crate) domain: Domain,
    pub(crate) default_project: Option<String>,
    /// Roles by project id.
    pub(crate) roles: BTreeMap<String, Vec<String>>,
    pub(crate) domain_roles: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct ApplicationCredential {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) secret: String,
    pub(crate) user: String,
    pub(crate) project: String,
}

/// Why accounts could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountsError {
    /// The file could not be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The text is not TOML, or has an unknown key. The text itself is not repeated, because it holds passwords.
    #[error("line {line}: {reason}")]
    Syntax {
        /// Where.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A reference to a project or user that does not exist.
    #[error("there is no {kind} `{name}`")]
    Unknown {
        /// `project` or `user`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Nobody could log in without users.
    #[error("there are no users")]
    Empty,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    region: Option<String>,
    #[serde(default)]
    project: Vec<ProjectText>,
    #[serde(default)]
    user: Vec<UserText>,
    #[serde(default)]
    application_credential: Vec<CredentialText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectText {
    name: String,
    id: Option<String>,
    domain: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserText {
    name: String,
    id: Option<String>,
    password: String,
    domain: Option<String>,
    default_project: Option<String>,
    #[serde(default)]
    roles: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    domain_roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialText {
    id: String,
    name: String,
    secret: String,
    user: String,
    project: String,
}

const DEFAULTS: &str = r#"
project = [{ name = "demo" }, { name = "alt_demo" }, { name = "service" }, { name = "admin" }]
user = [
    { name = "demo", password = "demopw", default_project = "demo", roles.demo = ["reader", "member", "SwiftOperator"] },
    { name = "alt_demo", password = "demopw", default_project = "alt_demo", roles.alt_demo = ["reader", "member", "SwiftOperator"] },
    { name = "reader", password = "demopw", default_project = "demo", roles.demo = ["reader"] },
    { name = "reseller", password = "demopw", default_project = "service", roles.service = ["reader", "member", "ResellerAdmin"] },
    { name = "admin", password = "adminpw", default_project = "admin", roles.admin = ["reader", "member", "admin"] },
]
application_credential = [
    { id = "c0ffee00c0ffee00c0ffee00c0ffee00", name = "demo-app", secret = "demo-app-secret", user = "demo", project = "demo" },
]
"#;

impl Default for Accounts {
    fn default() -> Self {
        match DEFAULTS.parse() {
            Ok(accounts) => accounts,
            Err(error) => unreachable!("the built-in accounts: {error}"),
        }
    }
}

impl Accounts {
    /// Reads accounts from a file.
    ///
    /// # Errors
    /// Fails if the file can't be read, or does not contain accounts.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, AccountsError> {
        let path = path.as_ref();
        let text =
            std::fs::read_to_string(path).map_err(|source| AccountsError::Read { path: path.display().to_string(), source })?;
        text.parse()
    }

    pub(crate) fn project(&self, id: &str) -> Option<&Project> {
        self.projects.iter().find(|project| project.id == id)
    }

    pub(crate) fn user_named(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    pub(crate) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// The variables that make an OpenStack client act as this user.
    pub(crate) fn environment(&self, user: &User, auth_url: &str) -> Vec<(&'static str, String)> {
        let project = user.default_project.as_ref().or_else(|| user.roles.keys().next()).and_then(|id| self.project(id));
        let mut environment = vec![
            ("OS_AUTH_URL", auth_url.to_owned()),
            ("OS_IDENTITY_API_VERSION", "3".to_owned()),
            ("OS_AUTH_TYPE", "password".to_owned()),
            ("OS_USERNAME", user.name.clone()),
            ("OS_PASSWORD", user.password.clone()),
        ];
        if let Some(project) = project {
            environment.push(("OS_PROJECT_NAME", project.name.clone()));
        }
        environment.push(("OS_USER_DOMAIN_NAME", user.domain.name.clone()));
        if let Some(project) = project {
            environment.push(("OS_PROJECT_DOMAIN_NAME", project.domain.name.clone()));
        }
        environment.push(("OS_REGION_NAME", self.region.clone()));
        environment
    }
}

impl FromStr for Accounts {
    type Err = AccountsError;

    fn from_str(text: &str) -> Result<Self, AccountsError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
            AccountsError::Syntax { line, reason: error.message().to_owned() }
        })?;
        if file.user.is_empty() {
            return Err(AccountsError::Empty);
        }
        let domain = |name: Option<String>| Domain::named(name.as_deref().unwrap_or("Default"));
        let projects: Vec<Project> = file
            .project
            .into_iter()
            .map(|text| {
                let domain = domain(text.domain);
                let derived = || md5_hex(format!("project:{}:{}", domain.name, text.name).as_bytes());
                Project { id: text.id.unwrap_or_else(derived), name: text.name, domain }
            })
            .collect();
        let project_id = |name: &str| {
            let known = projects.iter().find(|project| project.name == name || project.id == name);
            known.map(|project| project.id.clone()).ok_or_else(|| AccountsError::Unknown { kind: "project", name: name.to_owned() })
        };
        let mut users: Vec<User> = Vec::new();
        for text in file.user {
            let domain = domain(text.domain);
            let derived = || md5_hex(format!("user:{}:{}", domain.name, text.name).as_bytes());
            let mut roles = BTreeMap::new();
            for (project, granted) in text.roles {
                roles.insert(project_id(&project)?, granted);
            }
            users.push(User {
                id: text.id.unwrap_or_else(derived),
                name: text.name,
                password: text.password,
                default_project: text.default_project.as_deref().map(project_id).transpose()?,
                roles,
                domain_roles: text.domain_roles,
                domain,
            });
        }
        let mut credentials = Vec::new();
        for text in file.application_credential {
            let user = users
                .iter()
                .find(|user| user.name == text.user || user.id == text.user)
                .ok_or_else(|| AccountsError::Unknown { kind: "user", name: text.user.clone() })?;
            credentials.push(ApplicationCredential {
                id: text.id,
                name: text.name,
                secret: text.secret,
                user: user.id.clone(),
                project: project_id(&text.project)?,
            });
        }
        let region = file.region.unwrap_or_else(|| "RegionOne".to_owned());
        Ok(Self { region, projects, users, credentials })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_the_known_five() {
        let accounts = Accounts::default();
        let names: Vec<_> = accounts.users.iter().map(|user| user.name.as_str()).collect();
        assert_eq!(names, ["demo", "alt_demo", "reader", "reseller", "admin"]);
        assert!(accounts.projects.iter().all(|project| project.id.len() == 32));
        assert!(!format!("{accounts:?}").contains("demopw"));
    }

    #[test]
    fn mistakes_do_not_repeat_secrets() {
        let error = "[[user]]\nname = \"a\"\npassword = \"hunter2\" oops".parse::<Accounts>().unwrap_err();
        assert!(matches!(error, AccountsError::Syntax { line: 3, .. }), "{error}");
        assert!(!error.to_string().contains("hunter2"));
        let error = "[[user]]\nname = \"a\"\npassword = \"x\"\ndefault_project = \"p\"".parse::<Accounts>().unwrap_err();
        assert_eq!(error.to_string(), "there is no project `p`");
        assert!(matches!("".parse::<Accounts>(), Err(AccountsError::Empty)));
    }
}
