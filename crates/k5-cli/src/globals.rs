//! What every command takes: the form of the output, and where the cloud is and who logs in.

use crate::failure::{Failure, Outcome};
use crate::input;
use clap::{ArgAction, ValueEnum};
use k5::config::Overrides;

/// What every command takes, before or after its name.
#[derive(Debug, clap::Args)]
pub(crate) struct Globals {
    /// Output format
    #[arg(short, long, visible_short_alias = 'f', visible_alias = "format", value_enum, global = true, help_heading = "Output")]
    pub(crate) output: Option<Format>,
    /// Show only this column, by the heading in the table or by the API's name; may be repeated
    #[arg(short, long = "column", value_name = "COLUMN", global = true, help_heading = "Output")]
    pub(crate) column: Vec<String>,
    /// In tables, show sizes with their units: 1.5 GiB
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) human_readable: bool,
    /// Colour states in tables: auto does on a terminal, unless NO_COLOR is set [default: auto]
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        hide_default_value = true,
        default_value_t,
        global = true,
        help_heading = "Output"
    )]
    pub(crate) color: Color,
    /// Do not page tables that are longer than the screen through PAGER, or less
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) no_pager: bool,
    /// Show no progress bar; the line at the end stays
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) no_progress: bool,
    /// Say nothing on stderr but warnings and errors: no progress bar, no line at the end
    #[arg(short, long, global = true, help_heading = "Output", conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more on stderr: a line for each file and each retry, with -vv the log with operations and attempts, with -vvv everything
    #[arg(short, long, action = ArgAction::Count, global = true, help_heading = "Output")]
    pub(crate) verbose: u8,
    /// Do not log in, and send no token: for public containers of the account at --os-storage-url
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
        Err(Failure::usage(format!("{option} has no effect here: {why}")))
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
    /// One JSON document per line
    Jsonl,
    /// YAML
    Yaml,
    /// The bare values, separated by spaces
    Value,
}

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    #[default]
    Auto,
    /// Into files and pipes, too
    Always,
    /// Nowhere
    Never,
}

/// Where the cloud is and who logs in; the same options as openstackclient's.
macro_rules! cloud_args {
    ($($(#[$meta:meta])* $field:ident : $ty:ty => $option:literal, $value:literal;)*) => {
        #[derive(Debug, clap::Args)]
        struct CloudArgs {
            /// Cloud to use, by its name in clouds.yaml; `emulator` is built in
            #[arg(long, visible_alias = "os-cloud", value_name = "NAME", global = true, help_heading = "Cloud")]
            cloud: Option<String>,
            /// Do not check server certificates (dangerous)
            #[arg(long, global = true, help_heading = "Cloud")]
            insecure: bool,
            /// Keep the token for later commands, in a file that only you can read
            #[arg(long, global = true, help_heading = "Cloud")]
            cache_token: bool,
            /// Time limit for each call, in seconds; does not apply to the contents of objects
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
    /// Name of the user
    username: String => "os-username", "NAME";
    /// Id of the user
    user_id: String => "os-user-id", "ID";
    /// Password; other users of this machine can see it here, so prefer OS_PASSWORD or clouds.yaml
    password: k5::Secret => "os-password", "PASSWORD";
    /// One-time passcode, for a second factor
    passcode: k5::Secret => "os-passcode", "PASSCODE";
    /// Methods for v3multifactor, separated by commas
    auth_methods: String => "os-auth-methods", "METHODS";
    /// Id of the user's domain
    user_domain_id: String => "os-user-domain-id", "ID";
    /// Name of the user's domain; on K5, the contract
    user_domain_name: String => "os-user-domain-name", "NAME";
    /// Id of the project
    project_id: String => "os-project-id", "ID";
    /// Name of the project
    project_name: String => "os-project-name", "NAME";
    /// Id of the project's domain
    project_domain_id: String => "os-project-domain-id", "ID";
    /// Name of the project's domain
    project_domain_name: String => "os-project-domain-name", "NAME";
    /// Id of the domain to log in to
    domain_id: String => "os-domain-id", "ID";
    /// Name of the domain to log in to
    domain_name: String => "os-domain-name", "NAME";
    /// Domain of the user and the project where nothing else names one
    default_domain: String => "os-default-domain", "ID";
    /// Region
    region_name: String => "os-region-name", "REGION";
    /// Endpoints to use: public, internal or admin
    interface: String => "os-interface", "INTERFACE";
    /// Token to use instead of a password
    token: k5::Secret => "os-token", "TOKEN";
    /// Id of the application credential
    application_credential_id: String => "os-application-credential-id", "ID";
    /// Name of the application credential
    application_credential_name: String => "os-application-credential-name", "NAME";
    /// Secret of the application credential
    application_credential_secret: k5::Secret => "os-application-credential-secret", "SECRET";
    /// OpenID Connect identity provider, as Keystone names it
    identity_provider: String => "os-identity-provider", "NAME";
    /// Protocol of the identity provider, as Keystone names it
    protocol: String => "os-protocol", "NAME";
    /// Id of the client at the identity provider
    client_id: String => "os-client-id", "ID";
    /// Secret of the client at the identity provider
    client_secret: k5::Secret => "os-client-secret", "SECRET";
    /// Scopes to ask the identity provider for [default: openid profile]
    openid_scope: String => "os-openid-scope", "SCOPE";
    /// URL at which the identity provider issues tokens
    access_token_endpoint: String => "os-access-token-endpoint", "URL";
    /// Which token of the identity provider's answer to use: access_token or id_token
    access_token_type: String => "os-access-token-type", "TYPE";
    /// URL of the identity provider's discovery document
    discovery_endpoint: String => "os-discovery-endpoint", "URL";
    /// Token that the identity provider has issued
    access_token: k5::Secret => "os-access-token", "TOKEN";
    /// URL at which Keystone issues OAuth 2.0 tokens
    oauth2_endpoint: String => "os-oauth2-endpoint", "URL";
    /// Id of the client for OAuth 2.0
    oauth2_client_id: String => "os-oauth2-client-id", "ID";
    /// Secret of the client for OAuth 2.0
    oauth2_client_secret: k5::Secret => "os-oauth2-client-secret", "SECRET";
    /// URL of every service, for the auth types none and admin_token
    endpoint: String => "os-endpoint", "URL";
    /// Certificate authorities to trust (PEM)
    cacert: String => "os-cacert", "FILE";
    /// Client certificate (PEM)
    cert: String => "os-cert", "FILE";
    /// Private key of the client certificate (PEM)
    key: String => "os-key", "FILE";
    /// Version of the identity API; only 3 is supported
    identity_api_version: String => "os-identity-api-version", "VERSION";
    /// URL of the object storage account, for --anonymous, or for an --os-token that is used as it is
    storage_url: String => "os-storage-url", "URL";
}
