//! `k5 object temp-url`.

use crate::cloud::Connection;
use crate::failure::{Failure, Outcome, REFUSED};
use crate::input;
use crate::output::Out;
use crate::url::SwiftUrl;
use clap::ValueEnum;
use k5::Secret;
use k5::object_storage::{TempUrl, TempUrlDigest};
use std::path::PathBuf;

/// Create a link that works without a token, for a limited time
///
/// The key is read from the account's metadata, or else the container's, unless --key-env or --key-file gives it. It is never an
/// argument, since other users of this machine can see those.
#[derive(Debug, clap::Args)]
pub(crate) struct Sign {
    /// The object: swift://CONTAINER/OBJECT; with --prefix, what the objects' names begin with, or a whole container
    url: SwiftUrl,
    /// Create a link for every object whose name begins with this: put the rest of a name, percent-encoded, before the `?`
    #[arg(long)]
    prefix: bool,
    /// What the link allows: GET, PUT, HEAD, POST or DELETE
    #[arg(long, default_value = "GET", value_name = "METHOD")]
    method: String,
    /// How long the link works: seconds, or 15m, 1h, 2d
    #[arg(long, value_name = "DURATION", value_parser = input::duration, default_value = "1h")]
    expires_in: std::time::Duration,
    /// When the link stops working: seconds since 1970, or 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = input::point_in_time, conflicts_with = "expires_in")]
    expires_at: Option<u64>,
    /// The signature's digest
    #[arg(long, value_enum, default_value = "sha256")]
    digest: Digest,
    /// The environment variable that holds the key
    #[arg(long, value_name = "VARIABLE", conflicts_with = "key_file")]
    key_env: Option<String>,
    /// The file whose first line is the key; - for stdin
    #[arg(long, value_name = "FILE|-")]
    key_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Sign {
    pub(crate) async fn run(&self, connection: &Connection) -> Outcome {
        let (container, object) = match self.prefix {
            true => self.url.check().map(|()| (self.url.container.as_str(), self.url.object.as_str()))?,
            false => self.url.object()?,
        };
        let digest = match self.digest {
            Digest::Sha1 => TempUrlDigest::Sha1,
            Digest::Sha256 => TempUrlDigest::Sha256,
            Digest::Sha512 => TempUrlDigest::Sha512,
        };
        let given = self.given_key()?;
        let expires = self.expires_at.unwrap_or_else(|| input::now().saturating_add(self.expires_in.as_secs()));
        let account = connection.account_url().await?;
        let signer = match self.prefix {
            true => TempUrl::prefix(&self.method, &account, container, object),
            false => TempUrl::new(&self.method, &account, container, object),
        };
        let signer = signer.digest(digest);
        let key = match given {
            Some(key) => key,
            None => stored_key(connection, container).await?,
        };
        let link = signer.sign(&key, expires).map_err(|error| Failure::cloud(&self.url, &error))?;
        let mut out = Out::new();
        out.line(link.expose())?;
        out.finish()
    }

    fn given_key(&self) -> Outcome<Option<Secret>> {
        if let Some(name) = &self.key_env {
            return match std::env::var(name) {
                Ok(key) if !key.is_empty() => Ok(Some(Secret::new(key))),
                _ => Err(Failure::usage(format!("the variable {name}, which should hold the key, is not set"))),
            };
        }
        self.key_file.as_deref().map(input::secret).transpose()
    }
}

/// The key that is set at the account, or else at the container.
async fn stored_key(connection: &Connection, container: &str) -> Outcome<Secret> {
    let failed = |error: k5::Error| Failure::cloud("the key for temporary URLs", &error);
    let found = |metadata: &k5::Pairs<String>| {
        let key = metadata.get("temp-url-key").or_else(|| metadata.get("temp-url-key-2"));
        key.filter(|key| !key.is_empty()).map(|key| Secret::new(key.as_str()))
    };
    let account = connection.swift().show_account().send().await.map_err(failed)?;
    if let Some(key) = found(&account.metadata) {
        return Ok(key);
    }
    let container = connection.swift().show_container(container).send().await.map_err(failed)?;
    found(&container.metadata).ok_or_else(|| {
        let advice =
            "neither the account nor the container has a key for temporary URLs: set one with k5 account set --temp-url-key-file FILE";
        Failure::new(REFUSED, advice)
    })
}
