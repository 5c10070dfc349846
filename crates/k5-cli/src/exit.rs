//! How the program ends: the runtime, signals, exit statuses and what is said on stderr.

use crate::args::Args;
use crate::commands;
use clap::Parser;
use k5::{Error, ErrorKind};
use k5_core::text::visible;
use std::fmt::{Display, Write};
use std::io;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::task::Poll;
use std::time::Duration;

/// The cloud said no.
pub(crate) const REFUSED: u8 = 1;
/// Wrong usage or input; nothing was sent.
pub(crate) const USAGE: u8 = 2;
/// No usable cloud: configuration, region, connection, login.
pub(crate) const NO_CLOUD: u8 = 3;
/// Some of many failed.
pub(crate) const PARTLY: u8 = 4;
/// Interrupted.
const INTERRUPTED: u8 = 130;
/// Told to end.
const TERMINATED: u8 = 143;

/// Why a command did not do what it was asked to.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    status: u8,
    text: String,
    /// What to do, and what else stands on lines of its own.
    more: Vec<String>,
}

/// What a command gives.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// Wrong usage or input: nothing was sent.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(USAGE, text)
    }

    /// Something else, with the status that fits.
    pub(crate) fn new(status: u8, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), more: Vec::new() }
    }

    /// A failure that was reported already, item by item.
    pub(crate) fn reported(status: u8) -> Self {
        Self::new(status, String::new())
    }

    /// What `error` means for somebody who asked for `what`.
    pub(crate) fn cloud(what: impl Display, error: &Error) -> Self {
        if is_broken_pipe(error) {
            return Self::reported(0);
        }
        let what = what.to_string();
        let mut said = with_sources(error);
        if let Some(target) = error.target().filter(|target| what.contains(*target)) {
            // What the command is about is said once.
            said = said.replacen(&format!(" {}: ", visible(target)), ": ", 1);
        }
        Self { more: hint(error).into_iter().collect(), ..Self::new(status_of(error), format!("{what}: {said}")) }
    }

    /// The configuration is missing or contradictory. What is wrong may take several lines.
    pub(crate) fn config(error: &Error) -> Self {
        let said = by_options(&error.to_string());
        let mut lines = said.split('\n').map(str::to_owned);
        let first = lines.next().unwrap_or_default();
        Self { more: lines.collect(), ..Self::new(NO_CLOUD, format!("configuration: {first}")) }
    }

    /// The same failure with one more line that says what to do.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.more.push(hint.into());
        self
    }

    /// The same once a transfer has begun: what fails here now is no wrong input.
    pub(crate) fn transfer(what: impl Display, error: &Error) -> Self {
        let failure = Self::cloud(what, error);
        match error.kind() {
            ErrorKind::Local if failure.status != 0 => Self { status: REFUSED, ..failure },
            _ => failure,
        }
    }

    /// The same of a download: what failed before a byte arrived is wrong input.
    pub(crate) fn fetch(what: impl Display, error: &Error) -> Self {
        match error.sent() == k5::Sent::No {
            true => Self::cloud(what, error),
            false => Self::transfer(what, error),
        }
    }

    /// A file or stream of this machine failed, before anything was sent.
    pub(crate) fn file(what: impl Display, error: &io::Error) -> Self {
        Self::usage(format!("{what}: {error}"))
    }

    /// The output failed. A reader that has seen enough (`| head`) is no failure.
    pub(crate) fn output(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::reported(0),
            _ => Self::new(REFUSED, format!("stdout: {error}")),
        }
    }

    /// What went wrong.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What to do about it.
    pub(crate) fn advice(&self) -> String {
        self.more.join(" ")
    }

    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        self.status
    }

    /// Whether every further item of the command would fail in the same way.
    pub(crate) fn is_fatal(&self) -> bool {
        self.status == NO_CLOUD || self.status == 0
    }

    /// Says it on stderr.
    pub(crate) fn report(&self) {
        if !self.text.is_empty() {
            say(&self.text);
            for line in &self.more {
                eprintln!("{}", visible(line));
            }
        }
    }
}

/// Says something on stderr, in one line whatever names and servers' messages are in it.
pub(crate) fn say(text: impl AsRef<str>) {
    eprintln!("k5: {}", visible(text.as_ref()));
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::output(&error)
    }
}

/// What the library says of its `Overrides`, in this program's words: they are its options.
pub(crate) fn by_options(text: &str) -> String {
    const FIELD: &str = "Overrides::";
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once(FIELD) {
        let end = after.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_').unwrap_or(after.len());
        let (field, after) = after.split_at(end);
        let option = field.replace('_', "-");
        out.push_str(before);
        match field {
            "" => out.push_str(FIELD),
            "cloud" | "timeout" | "insecure" | "cache_token" => out.push_str(&format!("--{option}")),
            _ => out.push_str(&format!("--os-{option}")),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn status_of(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::Local => USAGE,
        ErrorKind::Config | ErrorKind::NoEndpoint | ErrorKind::Connect | ErrorKind::Login => NO_CLOUD,
        _ => REFUSED,
    }
}

/// The error and what caused it, each said once.
fn with_sources(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            let _ = write!(text, ": {cause_text}");
        }
        source = cause.source();
    }
    text
}

/// How this command proves who it is, which its hints are about.
static PROOF: OnceLock<Proof> = OnceLock::new();

/// How a command proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// By user and password, or by what stands in a password's place.
    Password,
    /// By a token that was given.
    Token,
    /// By an application credential.
    Credential,
    /// By a one-time passcode, alone or beside others.
    Passcode,
    /// By an identity provider, which gives a token for user and password.
    ProviderPassword,
    /// By an identity provider, which gives a token to the client itself.
    ProviderClient,
    /// By a token of an identity provider.
    ProviderToken,
    /// By a client's id and secret for Keystone's OAuth 2.0.
    OAuth2,
}

/// Says how the command proves who it is. The first word counts.
pub(crate) fn proves_by(proof: Proof) {
    let _ = PROOF.set(proof);
}

/// What the user can do, where that is not in the error's own words.
fn hint(error: &Error) -> Option<String> {
    hint_for(error, PROOF.get().copied().unwrap_or(Proof::Password))
}

fn hint_for(error: &Error, proof: Proof) -> Option<String> {
    let operation = error.operation().map_or("", |meta| meta.id);
    let status = error.status().map(|status| status.as_u16());
    let login = error.kind() == ErrorKind::Login || operation == "create_token";
    if let Some(after) = error.retry_after().filter(|after| *after > MAX_WAIT) {
        return Some(format!("The server asks to wait {}, longer than k5 does by itself: try again then.", for_people(after)));
    }
    if error.kind() == ErrorKind::Connect && !error.is_retryable() {
        // What will be the same next time says itself what to do.
        return None;
    }
    if let Some(hint) = hint_for_provider(error, proof) {
        return Some(hint.to_owned());
    }
    let fixed = match (error.kind(), status) {
        (_, Some(301 | 302 | 303 | 307 | 308)) if login => {
            "If the server there is the right one, set its address: OS_AUTH_URL, or auth_url in clouds.yaml."
        }
        (_, Some(301 | 302 | 303 | 307 | 308)) => {
            "If the server there is the right one, set the service's address, such as OS_STORAGE_URL or OS_COMPUTE_ENDPOINT_OVERRIDE."
        }
        (_, Some(401)) if login && error.message().contains("second factor") => {
            "The user needs more than one proof, such as a one-time passcode beside the password: configure all of them, or use an \
             application credential, which needs no other."
        }
        // Keystone says 404 of a token that it doesn't know.
        (_, Some(401 | 403 | 404)) if login && error.message().contains("token that was given") => {
            "The token is wrong, expired or revoked, or its user has no role in the project: get a new one, and set OS_TOKEN."
        }
        (_, Some(404 | 405)) if login => {
            "No Keystone answers there: OS_AUTH_URL must be the identity service's address, with or without /v3 at its end."
        }
        (ErrorKind::Decode, _) if login => {
            "What answers there is no Keystone: OS_AUTH_URL must be the identity service's address, not the dashboard's."
        }
        (_, Some(401 | 403)) if login => match proof {
            Proof::Password => {
                "Check user, domain (on K5: the contract), project and password. The project may be the wrong one, too: without a role in \
                 it there is no token. It was tried once: K5 locks an account after five failures."
            }
            Proof::Token => {
                "The token is wrong, expired or revoked, or its user has no role in the project: get a new one, and set OS_TOKEN."
            }
            Proof::Credential => {
                "Check id (or name and user) and secret of the application credential, and whether it has expired or was deleted."
            }
            Proof::Passcode => {
                "Check user, domain, project and passcode. A passcode is good for one login within half a minute or so, and the clock of what \
                 makes it must be right: take the next one. It was tried once."
            }
            Proof::OAuth2 => OF_OAUTH2,
            Proof::ProviderPassword | Proof::ProviderClient | Proof::ProviderToken => {
                "Keystone knows the identity provider's user, who has no role in this project: check OS_PROJECT_ID or OS_PROJECT_NAME, and what \
                 Keystone's mapping gives such users."
            }
        },
        (ErrorKind::Login, _) => "Check user, domain (on K5: the contract), project and password. It was tried once.",
        (ErrorKind::Connect, _) if login => {
            "Check OS_AUTH_URL, the region, the network and the proxy variables (HTTPS_PROXY, NO_PROXY)."
        }
        (ErrorKind::Connect, _) => {
            "Check the network, the proxy variables (HTTPS_PROXY, NO_PROXY), and what says where the service is: a variable such as \
             OS_STORAGE_URL, or the catalogue with OS_REGION_NAME and OS_INTERFACE."
        }
        (ErrorKind::NoEndpoint, _) if error.message().contains("catalogue is empty") => {
            "A token without services may be for the wrong project, or for one that is disabled: check OS_PROJECT_ID or OS_PROJECT_NAME, or set the \
             service's address, such as OS_STORAGE_URL."
        }
        (ErrorKind::Status, Some(401)) if proof == Proof::Token => {
            "The token is wrong, expired or revoked: get a new one and set OS_TOKEN, or unset it and log in."
        }
        (ErrorKind::Status, Some(401)) => {
            "The token is not accepted (log in again, or unset OS_TOKEN), or none was sent (--anonymous reads only what is public)."
        }
        (ErrorKind::Status, Some(403)) if error.is_quota() => {
            "A quota of the project is used up: delete what is no longer needed, or ask for more."
        }
        (ErrorKind::Status, Some(403)) if error.operation().is_some_and(|meta| meta.service.name == "object_storage") => {
            "The user may lack a role in the project, or the container an ACL (k5 container show)."
        }
        (ErrorKind::Status, Some(403)) => "The user may lack a role in the project.",
        (ErrorKind::Status, Some(404)) if operation.ends_with("_container") || operation == "list_objects" => {
            "There is no such container: k5 container list shows those there are."
        }
        (ErrorKind::Status, Some(404)) if operation.ends_with("_object") => {
            "There is no such object, or no such container: k5 object ls and k5 container list show those there are."
        }
        (ErrorKind::Status, Some(409)) if operation == "delete_container" => {
            "It is not empty: k5 container delete -r deletes its objects first."
        }
        (ErrorKind::Status, Some(412)) if operation == "upload_object" => {
            "There is an object of this name already, and it stays as it is."
        }
        (ErrorKind::Status, Some(413)) if operation == "upload_object" => {
            "It is larger than the server takes at once, or than what is left of a quota (k5 account show, k5 container show)."
        }
        (ErrorKind::Status, Some(413 | 507)) => "A quota or a limit of size is reached.",
        _ => return None,
    };
    Some(fixed.to_owned())
}

const OF_OAUTH2: &str = "Check the client's id and secret (OS_OAUTH2_CLIENT_ID, OS_OAUTH2_CLIENT_SECRET). For Keystone they are an application \
     credential's id and secret, which may have expired or been deleted.";

/// The same for what an identity provider said, and Keystone of its token.
fn hint_for_provider(error: &Error, proof: Proof) -> Option<&'static str> {
    let operation = error.operation().map_or("", |meta| meta.id);
    let status = error.status().map_or(0, |status| status.as_u16());
    Some(match (operation, error.kind(), status) {
        (_, ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport, _) | (_, _, 300..400 | 500..) => return None,
        ("show_configuration", ..) => {
            "Check the address at which the identity provider describes itself (OS_DISCOVERY_ENDPOINT, which ends in \
             /.well-known/openid-configuration), or set OS_ACCESS_TOKEN_ENDPOINT in its place."
        }
        ("create_access_token", ErrorKind::Decode, _) | ("create_access_token", _, 404 | 405) => match proof {
            Proof::OAuth2 => {
                "Check the address at which Keystone gives tokens of OAuth 2.0 (OS_OAUTH2_ENDPOINT, which ends in /OS-OAUTH2/token)."
            }
            _ => {
                "Check the address at which the identity provider gives tokens: OS_ACCESS_TOKEN_ENDPOINT, or OS_DISCOVERY_ENDPOINT."
            }
        },
        ("create_access_token", ..) if proof == Proof::OAuth2 => OF_OAUTH2,
        ("create_access_token", ..) => match error.code() {
            Some("invalid_scope") => "The identity provider does not give this client such a scope: check OS_OPENID_SCOPE.",
            Some("unauthorized_client" | "unsupported_grant_type") => {
                "The identity provider does not let this client log in in this way: have it allowed there, or choose another OS_AUTH_TYPE."
            }
            Some("invalid_grant") if proof == Proof::ProviderPassword => {
                "Check user and password as the identity provider knows them (OS_USERNAME, OS_PASSWORD); Keystone was not asked. It was tried once."
            }
            Some("invalid_client") => {
                "Check the client's id and secret as the identity provider knows them (OS_CLIENT_ID, OS_CLIENT_SECRET); Keystone was not asked."
            }
            _ if proof == Proof::ProviderPassword => {
                "Check the client's id and secret (OS_CLIENT_ID, OS_CLIENT_SECRET), and user and password (OS_USERNAME, OS_PASSWORD), as the \
                 identity provider knows them; Keystone was not asked. It was tried once."
            }
            _ => {
                "Check the client's id and secret as the identity provider knows them (OS_CLIENT_ID, OS_CLIENT_SECRET); Keystone was not asked."
            }
        },
        ("create_federated_token", _, 404) => {
            "Keystone knows no such identity provider or protocol: check OS_IDENTITY_PROVIDER and OS_PROTOCOL, which are Keystone's names for them."
        }
        ("create_federated_token", ..) if proof == Proof::ProviderToken => {
            "Keystone does not take this token of the identity provider: it may have expired, or be for another client. Get a new one and set \
             OS_ACCESS_TOKEN; and check OS_IDENTITY_PROVIDER and OS_PROTOCOL."
        }
        ("create_federated_token", ..) => {
            "Keystone does not take the identity provider's token: check OS_IDENTITY_PROVIDER, OS_PROTOCOL and OS_ACCESS_TOKEN_TYPE, and whether \
             Keystone trusts this client (OS_CLIENT_ID) and its mapping knows the user."
        }
        _ => return None,
    })
}

/// What the SDK waits at most where a server asks it to.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// A span of time in the largest unit that tells it.
fn for_people(span: Duration) -> String {
    match span.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds.div_ceil(60)),
        seconds @ 7_200..172_800 => format!("{} h", seconds.div_ceil(3_600)),
        seconds => format!("{} days", seconds.div_ceil(86_400)),
    }
}

fn is_broken_pipe(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe) {
            // Pipes of ours; a broken connection has another kind of error.
            return error.kind() == ErrorKind::Local;
        }
        source = cause.source();
    }
    false
}

/// Reads the arguments and carries them out.
pub(crate) fn run() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Nobody may be there to read the help.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(USAGE));
        }
    };
    crate::trace::start(args.globals.verbose);
    let outcome = match commands::without_cloud(&args) {
        Some(outcome) => outcome,
        None => with_runtime(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.status)
        }
    }
}

fn with_runtime(args: Args) -> Outcome {
    let built = match commands::wants_threads(&args) {
        true => tokio::runtime::Builder::new_multi_thread().enable_io().enable_time().build(),
        false => tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build(),
    };
    let runtime = built.map_err(|error| Failure::new(REFUSED, format!("the runtime can't start: {error}")))?;
    let outcome = match commands::wants_threads(&args) {
        // A server ends by a signal, and in its own way.
        true => runtime.block_on(commands::run(args)),
        false => runtime.block_on(until_signal(commands::run(args))),
    };
    // Dropping tasks removes unfinished files; a thread that waits for stdin is not waited for.
    runtime.shutdown_background();
    outcome
}

/// Runs the command to its end, or drops it at Ctrl-C or SIGTERM.
async fn until_signal(command: impl Future<Output = Outcome>) -> Outcome {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| Failure::new(REFUSED, format!("signals can't be caught: {error}")));
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut command = Box::pin(command);
    std::future::poll_fn(|cx| {
        if let Poll::Ready(outcome) = command.as_mut().poll(cx) {
            return Poll::Ready(outcome);
        }
        if interrupt.poll_recv(cx).is_ready() {
            return Poll::Ready(Err(Failure::new(
                INTERRUPTED,
                "interrupted: what was finished stays, and the same command does the rest",
            )));
        }
        match terminate.poll_recv(cx).is_ready() {
            true => Poll::Ready(Err(Failure::new(TERMINATED, "ended by a signal; what was done stays"))),
            false => Poll::Pending,
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_their_statuses() {
        let status = |kind| Failure::cloud("x", &Error::new(kind, "why")).status();
        assert_eq!(status(ErrorKind::InvalidInput), 2);
        assert_eq!(status(ErrorKind::Local), 2);
        for kind in [ErrorKind::Config, ErrorKind::NoEndpoint, ErrorKind::Connect, ErrorKind::Login] {
            assert_eq!(status(kind), 3, "{kind:?}");
        }
        for kind in [ErrorKind::Status, ErrorKind::Decode, ErrorKind::Integrity, ErrorKind::Timeout, ErrorKind::Transport] {
            assert_eq!(status(kind), 1, "{kind:?}");
        }
    }

    #[test]
    fn the_cause_is_said_once() {
        let cause = io::Error::from(io::ErrorKind::PermissionDenied);
        let failure = Failure::cloud("a -> b", &Error::local("a can't be read", cause));
        assert_eq!(failure.text, "a -> b: a can't be read: permission denied");
    }

    #[test]
    fn no_line_is_forged() {
        let error = Error::new(ErrorKind::Status, "a\nk5: all is well\u{1b}[2J\u{9b}2J\r\u{202e}").with_status(http_status(500));
        let failure = Failure::cloud("swift://c/a\nb", &error);
        assert_eq!(
            visible(&failure.text).lines().collect::<Vec<_>>(),
            [r"swift://c/a\nb: 500 Internal Server Error: a\nk5: all is well\u{1b}[2J\u{9b}2J\r\u{202e}"]
        );
    }

    fn http_status(code: u16) -> k5_core::private::http::StatusCode {
        k5_core::private::http::StatusCode::from_u16(code).expect("a status")
    }

    #[test]
    fn one_hint_fits() {
        const SERVICE: &k5_core::ServiceMeta = &k5::object_storage::meta::SERVICE;
        static LOGIN: k5_core::OpMeta = k5_core::OpMeta::new(SERVICE, "create_token", "POST", "/auth/tokens");
        static OTHER: k5_core::OpMeta = k5_core::OpMeta::new(SERVICE, "upload_object", "PUT", "/{c}/{o}");
        static ACCESS: k5_core::OpMeta = k5_core::OpMeta::new(SERVICE, "create_access_token", "POST", "");
        static DISCOVERY: k5_core::OpMeta = k5_core::OpMeta::new(SERVICE, "show_configuration", "GET", "");
        static FEDERATED: k5_core::OpMeta = k5_core::OpMeta::new(SERVICE, "create_federated_token", "POST", "");
        let code = |text: &str| Some(text.to_owned());
        let of = |kind, status: u16, meta, message: &str| {
            let error = Error::new(kind, message).with_operation(meta);
            if status == 0 { error } else { error.with_status(http_status(status)) }
        };
        use ErrorKind::{Connect, Decode, Login, NoEndpoint, Status};
        for (error, proof, expected) in [
            (of(Login, 401, &LOGIN, "a second factor is wanted"), Proof::Password, "one-time passcode"),
            (of(Login, 401, &LOGIN, "no"), Proof::Password, "project and password"),
            (of(Login, 401, &LOGIN, "no"), Proof::Token, "set OS_TOKEN"),
            (of(Login, 404, &LOGIN, "the token that was given has ended"), Proof::Token, "set OS_TOKEN"),
            (of(Login, 401, &LOGIN, "no"), Proof::Credential, "application credential"),
            (of(Login, 404, &LOGIN, "Not Found"), Proof::Password, "with or without /v3"),
            (of(Decode, 201, &LOGIN, "HTML"), Proof::Password, "not the dashboard's"),
            (of(Connect, 0, &LOGIN, "refused"), Proof::Password, "Check OS_AUTH_URL"),
            (of(Connect, 0, &OTHER, "refused"), Proof::Password, "OS_STORAGE_URL, or the catalogue"),
            (of(Login, 401, &LOGIN, "no"), Proof::Passcode, "take the next one"),
            (of(Login, 401, &LOGIN, "no"), Proof::OAuth2, "OS_OAUTH2_CLIENT_SECRET"),
            (of(Login, 401, &LOGIN, "no role"), Proof::ProviderToken, "no role in this project"),
            (of(Login, 401, &ACCESS, "no"), Proof::ProviderPassword, "OS_CLIENT_SECRET), and user and password"),
            (
                of(Login, 400, &ACCESS, "no").with_code(code("invalid_grant")),
                Proof::ProviderPassword,
                "user and password as the identity provider",
            ),
            (
                of(Login, 401, &ACCESS, "no").with_code(code("invalid_client")),
                Proof::ProviderPassword,
                "the client's id and secret as",
            ),
            (of(Login, 400, &ACCESS, "no").with_code(code("invalid_scope")), Proof::ProviderClient, "OS_OPENID_SCOPE"),
            (of(Login, 400, &ACCESS, "no").with_code(code("unauthorized_client")), Proof::ProviderClient, "another OS_AUTH_TYPE"),
            (of(Login, 404, &ACCESS, ""), Proof::ProviderClient, "OS_ACCESS_TOKEN_ENDPOINT"),
            (of(Login, 404, &ACCESS, ""), Proof::OAuth2, "OS_OAUTH2_ENDPOINT"),
            (of(Login, 401, &ACCESS, "no"), Proof::OAuth2, "OS_OAUTH2_CLIENT_ID"),
            (of(Decode, 200, &DISCOVERY, "HTML"), Proof::ProviderClient, "OS_DISCOVERY_ENDPOINT"),
            (of(Login, 404, &FEDERATED, ""), Proof::ProviderClient, "OS_PROTOCOL, which are Keystone's names"),
            (of(Login, 401, &FEDERATED, ""), Proof::ProviderToken, "set OS_ACCESS_TOKEN"),
            (of(Login, 401, &FEDERATED, ""), Proof::ProviderPassword, "trusts this client"),
            (of(Status, 302, &LOGIN, "redirects"), Proof::Password, "OS_AUTH_URL"),
            (of(Status, 302, &OTHER, "redirects"), Proof::Password, "OS_STORAGE_URL"),
            (of(Status, 401, &OTHER, "no"), Proof::Token, "wrong, expired or revoked"),
            (of(Status, 403, &OTHER, "Quota exceeded for cores"), Proof::Password, "quota of the project"),
            (of(Status, 403, &OTHER, "no"), Proof::Password, "an ACL"),
            (of(Status, 413, &OTHER, "no"), Proof::Password, "larger than the server takes"),
            (of(Status, 503, &OTHER, "later").with_retry_after(Some(Duration::from_secs(86_400))), Proof::Password, "wait 24 h"),
            (of(NoEndpoint, 0, &OTHER, "the token's catalogue is empty"), Proof::Password, "disabled"),
        ] {
            let hint = hint_for(&error, proof).unwrap_or_default();
            assert!(hint.contains(expected), "{error}: {hint}");
            if ![Proof::Password, Proof::Passcode].contains(&proof) {
                assert!(!hint.contains("on K5: the contract"), "{error}: {hint}");
            }
        }
        assert_eq!(
            hint_for(&of(Status, 503, &OTHER, "busy").with_retry_after(Some(Duration::from_secs(3))), Proof::Password),
            None
        );
    }

    #[test]
    fn what_the_library_calls_overrides_are_options() {
        assert_eq!(
            by_options(
                "both are set: Overrides::password and Overrides::oauth2_client_id; Overrides::cloud, Overrides::cache_token: Overrides::"
            ),
            "both are set: --os-password and --os-oauth2-client-id; --cloud, --cache-token: Overrides::"
        );
    }

    #[test]
    fn a_broken_pipe_is_quiet() {
        let failure = Failure::cloud("cat", &Error::local("stdout can't be written", io::ErrorKind::BrokenPipe.into()));
        assert_eq!((failure.status(), failure.text.as_str()), (0, ""));
    }
}
