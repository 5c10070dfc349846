//! `k5 server password show`.

use crate::cloud::Connection;
use crate::commands::configure::Terminal;
use crate::commands::hand::HandWritten;
use crate::failure::{Failure, Outcome, REFUSED};
use crate::globals::Globals;
use crate::output::Out;
use k5::Secret;
use k5::compute::PrivateKey;
use std::cell::Cell;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Where the passphrase of the private key may be.
const PASSPHRASE: &str = "K5_KEY_PASSPHRASE";
/// A private key is no longer than this.
const LONGEST: u64 = 64 * 1024;

/// Show the password that a Windows server has set
///
/// The server encrypts it for the key pair that it was created with; with the private key, the password itself is printed, and without
/// it what the server has encrypted. If the key has a passphrase, it is taken from K5_KEY_PASSPHRASE or asked for on the terminal.
#[derive(Debug, clap::Args)]
pub(crate) struct ShowPassword {
    /// The server's name or id
    server: String,
    /// The key pair's private key; - for stdin
    #[arg(long, value_name = "FILE")]
    private_key: Option<PathBuf>,
}

impl HandWritten for ShowPassword {
    const WORDS: &'static str = "server password show";
    const GROUP: &'static str = "Show the password that a server has set";
    const EXAMPLES: &'static [&'static str] = &["server password show --private-key windows.pem windows-1"];

    async fn run(self, globals: &Globals, connection: &Connection) -> Outcome {
        globals.no_output("the password alone is printed")?;
        let key = match &self.private_key {
            Some(path) => Some(read_key(path).await?),
            None => None,
        };
        let what = format!("server password show {}", self.server);
        let failed = |error: k5::Error| Failure::cloud(&what, &error);
        let compute = connection.cloud.compute();
        let server = compute.find_server(&self.server).await.map_err(failed)?;
        let password = compute.show_server_password(&server).send().await.map_err(failed)?;
        let mut out = Out::new();
        match key {
            // What is wrong with it now is no wrong input.
            Some(key) => match password.decrypt(&key) {
                Ok(password) => out.line(password.expose())?,
                Err(error) => return Err(Failure::new(REFUSED, format!("{what}: {error}"))),
            },
            None if password.is_set() => out.line(password.password.expose())?,
            None => return Err(Failure::new(REFUSED, format!("{what}: the server has not set a password, or not yet"))),
        }
        out.finish()
    }
}

/// The private key, with its passphrase if it has one.
async fn read_key(path: &Path) -> Outcome<PrivateKey> {
    let wrong = |error: k5::Error| Failure::usage(format!("{}: {error}", path.display()));
    let unreadable = |error: std::io::Error| Failure::file(path.display(), &error);
    let file = match path.as_os_str() == "-" {
        true => crate::stdio::stdin_file()?,
        false => std::fs::File::open(path).map_err(unreadable)?,
    };
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).map_err(unreadable)?;
    let given = std::env::var(PASSPHRASE).ok().filter(|given| !given.is_empty()).map(Secret::from);
    let has_passphrase = Cell::new(false);
    let read = PrivateKey::read(&text, || {
        has_passphrase.set(true);
        Ok(given.clone())
    });
    if !has_passphrase.get() || given.is_some() {
        return read.map_err(wrong);
    }
    let Some(terminal) = Terminal::open() else {
        return Err(Failure::usage(format!(
            "{}: the private key is encrypted: set {PASSPHRASE} to its passphrase",
            path.display()
        )));
    };
    let passphrase = terminal.secret(&format!("Passphrase of {}", path.display())).await?;
    PrivateKey::read(&text, || Ok(Some(passphrase))).map_err(wrong)
}
