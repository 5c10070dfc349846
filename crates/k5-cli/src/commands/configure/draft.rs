//! The entry to be: what options and variables say, and what is asked for.

use super::ask::{Terminal, read};
use crate::failure::{Failure, Outcome};
use k5::Secret;
use k5::config::{ConfigError, Overrides, Setting, SettingValue, Settings, Sources};
use serde_json::{Map, Value};
use std::io::IsTerminal;

/// What is known of the entry so far.
pub(super) struct Draft {
    pub(super) given: Overrides,
    /// The variables, without any file: what the entry needs must be in it.
    pub(super) variables: Sources,
}

/// Settings that are of no use in a file.
const OF_THE_MOMENT: [&str; 2] = ["passcode", "timeout"];

impl Draft {
    pub(super) fn new(given: Overrides, sources: &Sources) -> Outcome<Self> {
        if given.cloud.is_some() {
            return Err(Failure::usage("--cloud has no effect here: --name is the name of the new entry"));
        }
        if given.cache_token {
            return Err(Failure::usage("--cache-token has no effect here: `cache: {auth: true}` in clouds.yaml keeps tokens"));
        }
        let mut variables = sources.clone();
        variables.config_dirs.clear();
        for name in ["OS_CLOUD", "OS_CLIENT_CONFIG_FILE", "OS_CLIENT_SECURE_FILE"] {
            variables.environment.remove(name);
        }
        Ok(Self { given, variables })
    }

    fn settings(&self) -> Outcome<Vec<Setting>> {
        match Settings::gather(&self.variables, &self.given) {
            Ok(found) => Ok(found.settings),
            Err(ConfigError::NothingConfigured { .. }) => Ok(Vec::new()),
            Err(error) => Err(Failure::usage(crate::failure::by_options(&error.to_string()))),
        }
    }

    /// The text of a setting that is no secret.
    pub(super) fn text(&self, name: &str) -> Outcome<Option<String>> {
        Ok(self.settings()?.into_iter().find(|setting| setting.name == name).and_then(|setting| match setting.value {
            SettingValue::Text(text) => Some(text),
            SettingValue::Secret(_) => None,
        }))
    }

    /// Whether any of these is set.
    pub(super) fn has(&self, names: &[&str]) -> Outcome<bool> {
        Ok(self.settings()?.iter().any(|setting| names.contains(&setting.name.as_str())))
    }

    /// Whether it is Fujitsu K5, where the contract is the domain.
    fn is_k5(&self) -> Outcome<bool> {
        Ok(self.text("auth_url")?.is_some_and(|url| url.contains(".cloud.global.fujitsu.com")))
    }

    /// Asks for what a login needs and nobody has said yet.
    pub(super) async fn complete(&mut self, terminal: Option<&Terminal>) -> Outcome {
        let auth_type = self.text("auth_type")?;
        if matches!(auth_type.as_deref(), Some("none" | "admin_token" | "token_endpoint")) {
            return Ok(());
        }
        self.find_keystone(terminal).await?;
        let is_credential = self.has(&["application_credential_id", "application_credential_name"])?;
        match auth_type.as_deref() {
            Some("v3applicationcredential") => self.need_credential_secret(terminal).await,
            None if is_credential => self.need_credential_secret(terminal).await,
            Some("password" | "v3password") => self.need_password(terminal).await,
            None if self.has(&["password"])? || !self.has(&["token", "passcode"])? => self.need_password(terminal).await,
            // What the others lack, the configuration itself says.
            _ => Ok(()),
        }
    }

    async fn find_keystone(&mut self, terminal: Option<&Terminal>) -> Outcome {
        if self.has(&["auth_url"])? {
            return Ok(());
        }
        let region = match (self.text("region_name")?, terminal) {
            (Some(region), _) => region,
            (None, None) => {
                let how = "--os-region-name REGION for Fujitsu K5, or --os-auth-url URL for any other cloud";
                return Err(Failure::usage(format!("configure needs to know where the cloud is: {how}")));
            }
            (None, Some(terminal)) => {
                let answer =
                    terminal.line("Region of Fujitsu K5, such as uk-1, or the identity URL of another cloud", None).await?;
                if answer.contains("://") {
                    self.given.auth_url = Some(answer);
                    return Ok(());
                }
                self.given.region_name = Some(answer.clone());
                answer
            }
        };
        if !is_k5_region(&region) {
            let advice =
                format!("{region:?} is not a region of Fujitsu K5, such as uk-1 or jp-east-1; any other cloud needs --os-auth-url");
            return Err(Failure::usage(advice));
        }
        self.given.auth_url = Some(format!("https://identity.{region}.cloud.global.fujitsu.com/v3"));
        Ok(())
    }

    async fn need_password(&mut self, terminal: Option<&Terminal>) -> Outcome {
        if !self.has(&["username", "user_id"])? {
            self.given.username = Some(needed(terminal, "User", None, "--os-username").await?);
        }
        let domains = [
            "user_domain_name",
            "user_domain_id",
            "default_domain",
            "default_domain_id",
            "default_domain_name",
            "domain_id",
            "domain_name",
        ];
        if !self.has(&["user_id"])? && !self.has(&domains)? {
            let domain = match self.is_k5()? {
                true => {
                    needed(terminal, "Contract, whose number or name is the user's domain", None, "--os-user-domain-name CONTRACT")
                        .await?
                }
                false => needed(terminal, "Domain of the user", Some("Default"), "--os-user-domain-name").await?,
            };
            self.given.user_domain_name = Some(domain);
        }
        if !self.has(&["password"])? {
            self.given.password = Some(secret(terminal, "Password", "the password", "OS_PASSWORD").await?);
        }
        Ok(())
    }

    async fn need_credential_secret(&mut self, terminal: Option<&Terminal>) -> Outcome {
        if !self.has(&["application_credential_secret"])? {
            let variable = "OS_APPLICATION_CREDENTIAL_SECRET";
            let what = "the secret of the application credential";
            self.given.application_credential_secret =
                Some(secret(terminal, "Secret of the application credential", what, variable).await?);
        }
        Ok(())
    }

    /// The entry as two documents: for clouds.yaml, and with its secrets for secure.yaml.
    pub(super) fn entry(&self) -> Outcome<(Map<String, Value>, Map<String, Value>)> {
        let (mut open, mut secret) = (Map::new(), Map::new());
        let settings = self.settings()?;
        for setting in &settings {
            if OF_THE_MOMENT.contains(&setting.name.as_str()) {
                continue;
            }
            let (document, value) = match &setting.value {
                SettingValue::Secret(value) => (&mut secret, Value::from(value.expose())),
                SettingValue::Text(text) => (&mut open, plain(&setting.name, text)),
            };
            insert(document, setting.in_auth, &setting.name, value);
        }
        // openstackclient wants the domain of a project that is named; here it is the user's if nothing else is said.
        let has = |name: &str| settings.iter().any(|setting| setting.name == name);
        if has("project_name") && !has("project_domain_name") && !has("project_domain_id") {
            for (of_user, of_project) in [("user_domain_name", "project_domain_name"), ("user_domain_id", "project_domain_id")] {
                if let Some(domain) = self.text(of_user)? {
                    insert(&mut open, true, of_project, Value::from(domain));
                }
            }
        }
        Ok((open, secret))
    }
}

fn insert(document: &mut Map<String, Value>, in_auth: bool, name: &str, value: Value) {
    if !in_auth {
        document.insert(name.to_owned(), value);
        return;
    }
    let auth = document.entry("auth").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(auth) = auth {
        auth.insert(name.to_owned(), value);
    }
}

/// A value as YAML has it: openstacksdk wants truth values as such.
fn plain(name: &str, text: &str) -> Value {
    match (name, text) {
        ("insecure" | "verify", "true") => Value::Bool(true),
        ("insecure" | "verify", "false") => Value::Bool(false),
        _ => Value::from(text),
    }
}

async fn needed(terminal: Option<&Terminal>, question: &str, usual: Option<&str>, option: &str) -> Outcome<String> {
    match terminal {
        Some(terminal) => terminal.line(question, usual).await,
        None => Err(Failure::usage(format!("configure needs {option}"))),
    }
}

async fn secret(terminal: Option<&Terminal>, question: &str, what: &str, variable: &str) -> Outcome<Secret> {
    if let Some(terminal) = terminal {
        return terminal.secret(question).await;
    }
    let advice = || Failure::usage(format!("configure needs {what}: set {variable}, or write it to stdin"));
    // Without a place to ask, what is typed would show.
    if std::io::stdin().is_terminal() {
        return Err(advice());
    }
    match read().await {
        Ok(line) if !line.is_empty() => Ok(Secret::new(line)),
        _ => Err(advice()),
    }
}

/// Whether it looks like `uk-1` or `jp-east-1`.
fn is_k5_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    !words.is_empty()
        && words.iter().all(|word| is_word(word))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_k5() {
        for region in ["uk-1", "jp-east-1", "de-1", "jp-west-2"] {
            assert!(is_k5_region(region), "{region}");
        }
        for other in ["", "RegionOne", "uk", "uk-", "-1", "uk_1", "uk-1.evil.example", "https://x-1"] {
            assert!(!is_k5_region(other), "{other}");
        }
    }

    #[test]
    fn secrets_go_into_their_own_document() {
        let given = Overrides::default()
            .auth_url("https://k.example/v3")
            .username("ops")
            .user_domain_name("d")
            .password("canary")
            .project_name("p");
        let draft = Draft::new(given.region_name("R").insecure(true), &Sources::empty()).expect("a draft");
        let (open, secret) = draft.entry().expect("an entry");
        let text = serde_json::to_string(&open).expect("JSON");
        assert_eq!(
            text,
            r#"{"auth":{"auth_url":"https://k.example/v3","project_domain_name":"d","project_name":"p","user_domain_name":"d","username":"ops"},"insecure":true,"region_name":"R"}"#
        );
        assert_eq!(serde_json::to_string(&secret).expect("JSON"), r#"{"auth":{"password":"canary"}}"#);
    }
}
