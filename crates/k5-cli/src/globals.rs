//! What every command takes: the form of the output, and where the cloud is and who logs in.

use crate::failure::{Failure, Outcome};
use crate::input;
use clap::{ArgAction, ValueEnum};
use k5::config::Overrides;

/// What every command takes, before or after its name.
#[derive(Debug, clap::Args)]
pub(crate) struct Globals {
    /// Form of the output
    #[arg(short, long, visible_short_alias = 'f', visible_alias = "format", value_enum, global = true, help_heading = "Output")]
    pub(crate) output: Option<Format>,
    /// Show only this column; may be repeated
    #[arg(short, long = "column", value_name = "COLUMN", global = true, help_heading = "Output")]
    pub(crate) column: Vec<String>,
    /// No progress bar
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) no_progress: bool,
    /// Log to stderr: operations, with -vv attempts, with -vvv all
    #[arg(short, long, action = ArgAction::Count, global = true, help_heading = "Output")]
    pub(crate) verbose: u8,
    /// Send no token and log in nowhere: for public containers of the account at --os-storage-url
    #[arg(long, global = true, help_heading = "Cloud")]
    anonymous: bool,
    #[command(flatten)]
    cloud: CloudArgs,
}

impl Globals {
    /// Refuses the options of output, for a command that has none to shape.
    pub(crate) fn no_output(&self, why: &str) -> Outcome {
        let option = match (self.output, self.column.is_empty()) {
            (Some(_), _) => "--output",
            (None, false) => "--column",
            (None, true) => return Ok(()),
        };
        Err(Failure::usage(format!("{option} can mean nothing here: {why}")))
    }

    /// Whether no token is sent and nobody logs in.
    pub(crate) fn anonymous(&self) -> bool {
        self.anonymous
    }

    /// The settings that win over environment and files.
    pub(crate) fn overrides(&self) -> Overrides {
        self.cloud.overrides()
    }
}

/// Forms of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// One JSON document a line
    Jsonl,
    /// YAML
    Yaml,
    /// The bare values, separated by blanks
    Value,
}

/// Where the cloud is and who logs in; the same options as openstackclient's.
macro_rules! cloud_args {
    ($($(#[$meta:meta])* $field:ident : $ty:ty => $option:literal, $value:literal;)*) => {
        #[derive(Debug, clap::Args)]
        struct CloudArgs {
            /// Cloud of clouds.yaml; `emulator` is built in
            #[arg(long, visible_alias = "os-cloud", value_name = "NAME", global = true, help_heading = "Cloud")]
            cloud: Option<String>,
            /// Do not check server certificates (dangerous)
            #[arg(long, global = true, help_heading = "Cloud")]
            insecure: bool,
            /// Keep the token for the next commands, in a file that only you may read
            #[arg(long, global = true, help_heading = "Cloud")]
            cache_token: bool,
            /// Limit for each call, in seconds; contents of objects are not limited
            #[arg(long, value_name = "SECONDS", global = true, help_heading = "Cloud", value_parser = input::seconds)]
            timeout: Option<String>,
            $($(#[$meta])*
            #[arg(long = $option, value_name = $value, global = true, hide_short_help = true, help_heading = "Cloud")]
            $field: Option<$ty>,)*
        }

        impl CloudArgs {
            fn overrides(&self) -> Overrides {
                let mut overrides = Overrides::default();
                overrides.cloud.clone_from(&self.cloud);
                overrides.insecure = self.insecure.then_some(true);
                overrides.cache_token = self.cache_token;
                overrides.timeout.clone_from(&self.timeout);
                $(overrides.$field.clone_from(&self.$field);)*
                overrides
            }
        }
    };
}

cloud_args! {
    /// Keystone's URL
    auth_url: String => "os-auth-url", "URL";
    /// password, token, v3applicationcredential, v3totp, v3multifactor, v3oidcclientcredentials, v3oidcpassword, v3oidcaccesstoken, v3oauth2clientcredential, admin_token or none
    auth_type: String => "os-auth-type", "TYPE";
    /// User by name
    username: String => "os-username", "NAME";
    /// User by id
    user_id: String => "os-user-id", "ID";
    /// Password; other users of this machine can see it, so OS_PASSWORD or clouds.yaml is better
    password: k5::Secret => "os-password", "PASSWORD";
    /// One-time passcode of a second factor
    passcode: k5::Secret => "os-passcode", "PASSCODE";
    /// Methods of v3multifactor, separated by commas
    auth_methods: String => "os-auth-methods", "METHODS";
    /// Domain of the user by id
    user_domain_id: String => "os-user-domain-id", "ID";
    /// Domain of the user by name; on K5 the contract
    user_domain_name: String => "os-user-domain-name", "NAME";
    /// Project by id
    project_id: String => "os-project-id", "ID";
    /// Project by name
    project_name: String => "os-project-name", "NAME";
    /// Domain of the project by id
    project_domain_id: String => "os-project-domain-id", "ID";
    /// Domain of the project by name
    project_domain_name: String => "os-project-domain-name", "NAME";
    /// Domain to log in to by id
    domain_id: String => "os-domain-id", "ID";
    /// Domain to log in to by name
    domain_name: String => "os-domain-name", "NAME";
    /// Domain of user and project where nothing else says it
    default_domain: String => "os-default-domain", "ID";
    /// Region
    region_name: String => "os-region-name", "REGION";
    /// Endpoints to use: public, internal or admin
    interface: String => "os-interface", "INTERFACE";
    /// Token in the place of a password
    token: k5::Secret => "os-token", "TOKEN";
    /// Application credential by id
    application_credential_id: String => "os-application-credential-id", "ID";
    /// Application credential by name
    application_credential_name: String => "os-application-credential-name", "NAME";
    /// Secret of the application credential
    application_credential_secret: k5::Secret => "os-application-credential-secret", "SECRET";
    /// Identity provider of OpenID Connect, as Keystone names it
    identity_provider: String => "os-identity-provider", "NAME";
    /// Protocol of the identity provider, as Keystone names it
    protocol: String => "os-protocol", "NAME";
    /// Client's id at the identity provider
    client_id: String => "os-client-id", "ID";
    /// Client's secret at the identity provider
    client_secret: k5::Secret => "os-client-secret", "SECRET";
    /// What the identity provider's token is to tell [default: openid profile]
    openid_scope: String => "os-openid-scope", "SCOPE";
    /// Where the identity provider gives tokens
    access_token_endpoint: String => "os-access-token-endpoint", "URL";
    /// Token of the identity provider's answer to take: access_token or id_token
    access_token_type: String => "os-access-token-type", "TYPE";
    /// Where the identity provider describes itself
    discovery_endpoint: String => "os-discovery-endpoint", "URL";
    /// Token of the identity provider
    access_token: k5::Secret => "os-access-token", "TOKEN";
    /// Where Keystone gives tokens of OAuth 2.0
    oauth2_endpoint: String => "os-oauth2-endpoint", "URL";
    /// Client's id for OAuth 2.0
    oauth2_client_id: String => "os-oauth2-client-id", "ID";
    /// Client's secret for OAuth 2.0
    oauth2_client_secret: k5::Secret => "os-oauth2-client-secret", "SECRET";
    /// Every service's URL, for the auth types none and admin_token
    endpoint: String => "os-endpoint", "URL";
    /// Certificate authorities to trust (PEM)
    cacert: String => "os-cacert", "FILE";
    /// Certificate of the client (PEM)
    cert: String => "os-cert", "FILE";
    /// Key of the client's certificate (PEM)
    key: String => "os-key", "FILE";
    /// Version of the identity API; there is 3
    identity_api_version: String => "os-identity-api-version", "VERSION";
    /// Object storage account, with --os-token used as it is, or with --anonymous
    storage_url: String => "os-storage-url", "URL";
}
