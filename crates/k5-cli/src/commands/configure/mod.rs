//! `k5 configure`.

mod ask;
mod draft;
mod edit;
mod files;
mod login;

use crate::failure::{Failure, Outcome, say};
use crate::globals::Globals;
pub(crate) use ask::Terminal;
use draft::Draft;
use files::Files;
use k5::config::Sources;

/// Enter a cloud into clouds.yaml, after trying the login
///
/// On a terminal, everything that is not given is asked for. Without one, the options say it all: --name, where the cloud is, and the user;
/// the password comes from the variable OS_PASSWORD, or is the first line of stdin. For Fujitsu K5, --os-region-name says where the cloud
/// is, and --os-user-domain-name names the contract; any other cloud needs its --os-auth-url. OS_* variables count as usual, so an openrc
/// file becomes an entry with `. ./openrc && k5 configure --name NAME`.
///
/// The login is tried before anything is written. If no project is given, the one that the login brings is taken, or one of those that
/// it may use is asked for; the same goes for the region.
///
/// The entry goes into the clouds.yaml that is read now, or else into ~/.config/openstack/clouds.yaml, and its secrets into secure.yaml;
/// new files can be read by you alone. Whatever else the files hold stays as it is, and an entry of the same name is replaced only with
/// --replace.
#[derive(Debug, clap::Args)]
pub(crate) struct Configure {
    /// The name of the entry
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Replace the entry of this name
    #[arg(long)]
    replace: bool,
    /// Write the entry without trying the login
    #[arg(long)]
    no_verify: bool,
}

impl Configure {
    pub(crate) async fn run(&self, globals: &Globals) -> Outcome {
        globals.no_output("this command prints nothing")?;
        if globals.anonymous() {
            return Err(Failure::usage("configure is for a cloud to log in to, and --anonymous does not log in"));
        }
        let sources = Sources::from_process();
        let terminal = Terminal::open();
        let files = Files::find(&sources)?;
        let mut draft = Draft::new(globals.overrides(), &sources)?;
        let name = match (&self.name, &terminal) {
            (Some(name), _) => name.clone(),
            (None, Some(terminal)) => terminal.line("Name for the cloud, such as prod", None).await?,
            (None, None) => return Err(Failure::usage("configure needs --name, the name of the entry in clouds.yaml")),
        };
        check_name(&name, &sources)?;
        files.check(&name, self.replace)?;
        draft.complete(terminal.as_ref()).await?;
        if !self.no_verify {
            login::try_it(&mut draft, terminal.as_ref()).await?;
        }
        let (open, secret) = draft.entry()?;
        files.write(&name, &open, &secret, self.replace)?;
        let secrets = match secret.is_empty() {
            true => String::new(),
            false => format!(", with its secrets in {}", files.secure.path.display()),
        };
        say(format!("cloud {name} is in {}{secrets}; next: k5 --cloud {name} doctor", files.clouds.path.display()));
        Ok(())
    }
}

/// Names that a shell takes as they are, and that don't mean something else.
fn check_name(name: &str, sources: &Sources) -> Outcome {
    let is_plain = |c: char| c.is_alphanumeric() || "._-".contains(c);
    if name.is_empty() || name.starts_with('-') || !name.chars().all(is_plain) {
        return Err(Failure::usage(format!("{name:?} can't be the name of a cloud: use letters, digits, `.`, `_` and `-`")));
    }
    let environment = sources.environment.get("OS_CLOUD_NAME").and_then(|name| name.to_str()).unwrap_or("envvars");
    match name {
        "emulator" => Err(Failure::usage("\"emulator\" is the cloud that is built in; choose another name")),
        _ if name == environment => Err(Failure::usage(format!("{name:?} stands for the variables alone; choose another name"))),
        _ => Ok(()),
    }
}
