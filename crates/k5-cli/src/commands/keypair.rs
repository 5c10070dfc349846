//! `k5 keypair create`: a new key pair, or a public key of one's own.

use super::hand::HandWritten;
use crate::cloud::Connection;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::output::{Column, Out, RecordShape};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// A public key is no longer than this.
const PUBLIC_KEY: u64 = 64 * 1024;

const COLUMNS: &[Column] = &[
    Column::new("name", "name"),
    Column::new("type", "type"),
    Column::new("fingerprint", "fingerprint"),
    Column::new("public_key", "public_key"),
    Column::new("private_key", "private_key"),
    Column::new("user_id", "user_id"),
    Column::new("availability_zone", "availability_zone"),
];

/// Create a key pair, or upload a public key
///
/// Without --public-key, the cloud makes a pair, and its private key is printed alone, or written to a file. It is shown only once.
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// The name
    name: String,
    /// Upload this public key instead of having a pair made; - for stdin
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Write the private key to this file, which must not exist, and which only you can read
    #[arg(long, value_name = "FILE", conflicts_with = "public_key")]
    private_key: Option<PathBuf>,
    /// The availability zone, on K5
    #[arg(long, value_name = "ZONE")]
    availability_zone: Option<String>,
}

impl HandWritten for Create {
    const WORDS: &'static str = "keypair create";
    const EXAMPLES: &'static [&'static str] = &["keypair create --private-key ops.pem ops"];

    async fn run(self, globals: &Globals, connection: &Connection) -> Outcome {
        let as_key = self.public_key.is_none() && globals.output.is_none() && globals.column.is_empty();
        let shape = RecordShape::complete(globals, COLUMNS)?.reveal("private_key");
        let public = self.public_key.as_deref().map(read_public).transpose()?;
        // The file is there before the cloud makes a key that it tells only once.
        let file = self.private_key.as_deref().map(NewFile::create).transpose()?;
        let mut create = connection.cloud.compute().create_keypair(self.name.clone());
        if let Some(public) = public {
            create = create.public_key(public);
        }
        if let Some(zone) = self.availability_zone {
            create = create.availability_zone(zone);
        }
        let made = create.send().await.map_err(|error| Failure::cloud(format_args!("keypair create {}", self.name), &error))?;
        let pem = made.private_key.as_ref().map(|key| key.expose().to_owned());
        match (file, &pem) {
            (Some(file), Some(pem)) => return file.write(pem, &self.name),
            (Some(_), None) => {
                return Err(Failure::new(crate::failure::REFUSED, format!("{}: the cloud told no private key", self.name)));
            }
            (None, Some(pem)) if as_key => {
                let mut out = Out::new();
                out.raw(pem)?;
                if !pem.ends_with('\n') {
                    out.raw("\n")?;
                }
                return out.finish();
            }
            (None, _) => {}
        }
        let record = serde_json::to_value(&made).map_err(|error| Failure::usage(error.to_string()))?;
        shape.print(record)
    }
}

fn read_public(path: &Path) -> Outcome<String> {
    let unreadable = |error: std::io::Error| Failure::file(path.display(), &error);
    let file = if path.as_os_str() == "-" { crate::stdio::stdin_file()? } else { File::open(path).map_err(unreadable)? };
    let mut text = String::new();
    file.take(PUBLIC_KEY).read_to_string(&mut text).map_err(unreadable)?;
    match text.contains("PRIVATE KEY") {
        true => {
            Err(Failure::usage(format!("{} is a private key: give the public one, which usually ends in .pub", path.display())))
        }
        false => Ok(text.trim_end().to_owned()),
    }
}

/// A file that is removed again unless it is written.
struct NewFile<'a> {
    path: &'a Path,
    file: File,
    written: bool,
}

impl<'a> NewFile<'a> {
    fn create(path: &'a Path) -> Outcome<Self> {
        use std::os::unix::fs::OpenOptionsExt;
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = opened.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Failure::usage(format!("{} exists, and a private key is never overwritten", path.display()))
            }
            _ => Failure::file(path.display(), &error),
        })?;
        Ok(Self { path, file, written: false })
    }

    /// Writes the key; where that fails, it is printed, since nobody tells it again.
    fn write(mut self, pem: &str, name: &str) -> Outcome {
        self.written = true;
        let written = self.file.write_all(pem.as_bytes()).and_then(|()| self.file.sync_all());
        if let Err(error) = written {
            let mut out = Out::new();
            out.raw(pem)?;
            out.finish()?;
            let told = format!("{name}: the private key is printed, because {} could not be written: {error}", self.path.display());
            return Err(Failure::new(crate::failure::REFUSED, told));
        }
        Ok(())
    }
}

impl Drop for NewFile<'_> {
    fn drop(&mut self) {
        if !self.written {
            // It is empty, and was made here.
            let _ = std::fs::remove_file(self.path);
        }
    }
}
