//! `k5 emulator`.

use crate::failure::{Failure, NO_CLOUD, Outcome};
use k5_emulator::{Emulator, Faults};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Commands on the emulator.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Serve(Serve),
}

/// Serve until interrupted; print the variables that point a client here
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Address to listen on; port 0 means any free port
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Folder for the state; a temporary one if left out
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Inject the faults that this TOML file describes
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Take users and projects from this TOML file instead of the default ones
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
}

impl Command {
    pub(crate) async fn run(self) -> Outcome {
        let Self::Serve(serve) = self;
        serve.run().await
    }
}

impl Serve {
    async fn run(self) -> Outcome {
        let mut builder = Emulator::builder().listen(self.listen);
        if let Some(directory) = self.dir {
            builder = builder.directory(directory);
        }
        if let Some(path) = self.faults {
            builder = builder.faults(Faults::from_file(path).map_err(|error| Failure::usage(format!("faults: {error}")))?);
        }
        if let Some(path) = self.accounts {
            builder = builder.accounts_file(path);
        }
        let emulator = builder.start().await.map_err(|error| match error {
            k5_emulator::Error::Accounts(_) => Failure::usage(error.to_string()),
            _ => Failure::new(NO_CLOUD, format!("the emulator can't start: {error}")),
        })?;
        let mut text = String::new();
        for (name, value) in emulator.environment() {
            text.push_str(&format!("export {name}={}\n", quoted(&value)));
        }
        let mut stdout = std::io::stdout();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())?;
        until_told_to_end().await?;
        emulator.stop().await;
        Ok(())
    }
}

/// Waits for Ctrl-C or SIGTERM: the usual ends of a server.
async fn until_told_to_end() -> Outcome {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| Failure::usage(format!("signals can't be caught: {error}")));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    std::future::poll_fn(|cx| match interrupt.poll_recv(cx).is_ready() || terminate.poll_recv(cx).is_ready() {
        true => std::task::Poll::Ready(()),
        false => std::task::Poll::Pending,
    })
    .await;
    Ok(())
}

/// A word for a shell.
fn quoted(text: &str) -> String {
    match !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c)) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_shell() {
        assert_eq!(quoted("http://127.0.0.1:80/v3"), "http://127.0.0.1:80/v3");
        assert_eq!(quoted("a b'c"), r"'a b'\''c'");
        assert_eq!(quoted(""), "''");
    }
}
