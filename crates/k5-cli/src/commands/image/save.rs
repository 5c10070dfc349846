//! `k5 image save`: an image's data as a file, or on stdout.

use crate::cloud::Connection;
use crate::commands::hand::HandWritten;
use crate::failure::{Failure, Outcome, REFUSED};
use crate::globals::Globals;
use crate::progress::Bar;
use crate::stdio;
use k5::image::Image;
use k5::transport::ByteStream;
use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Save an image's data
///
/// The file appears under its name only once it is complete and its size and checksum are right. Without --file, the data goes to
/// stdout, which must not be a terminal; if it turns out to be wrong, the exit status says so.
#[derive(Debug, clap::Args)]
pub(crate) struct Save {
    /// The image's name or id
    image: String,
    /// Write to this file, which is replaced if it exists
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl HandWritten for Save {
    const WORDS: &'static str = "image save";
    const EXAMPLES: &'static [&'static str] = &["image save --file copy.img web", "image save web | md5sum"];

    async fn run(self, globals: &Globals, connection: &Connection) -> Outcome {
        globals.no_output("the command prints the image's data")?;
        let draft = self.file.as_deref().map(Draft::create).transpose()?;
        if draft.is_none() && io::stdout().is_terminal() {
            return Err(Failure::usage(
                "image save: an image's data is nothing for a terminal: give --file, or send stdout elsewhere",
            ));
        }
        let what = format!("image save {}", self.image);
        let failed = |error: k5::Error| Failure::fetch(&what, &error);
        let images = connection.cloud.image();
        let image = images.find_image(&self.image).await.map_err(failed)?;
        let download = images.download_image(&image).send().await.map_err(failed)?;
        if !download.has_data() {
            let state = image.status.as_ref().map_or("unknown", |status| status.as_str());
            return Err(Failure::new(REFUSED, format!("{what}: the image has no data; its status is {state}")));
        }
        let bar = Bar::new(!globals.no_progress && draft.is_some());
        if let Some(size) = download.length().or(image.size) {
            bar.expect(1, size);
            bar.expected_all();
        }
        let announced = download.length();
        let checked_in_stream = download.expected_md5().is_some();
        let check = Check { what: &what, image: &image, announced, md5: (!checked_in_stream).then(k5_md5::Md5::new), bytes: 0 };
        let stream = download.into_stream();
        let done = match draft {
            Some(draft) => match copy(stream, draft.file.clone(), &draft.shown(), check, &bar).await {
                Ok(()) => draft.finish(),
                Err(failure) => Err(failure),
            },
            None => copy(stream, Arc::new(stdio::stdout()?), "stdout", check, &bar).await,
        };
        bar.finish();
        done
    }
}

/// What the data has to be.
struct Check<'a> {
    what: &'a str,
    image: &'a Image,
    announced: Option<u64>,
    /// The hash, unless the stream checks its own.
    md5: Option<k5_md5::Md5>,
    bytes: u64,
}

impl Check<'_> {
    fn finish(self) -> Outcome {
        let wrong =
            |why: String| Err(Failure::new(REFUSED, format!("{}: {why}: the data is not the image's, try again", self.what)));
        if let Some(size) = self.image.size.or(self.announced).filter(|size| *size != self.bytes) {
            return wrong(format!("{} bytes arrived, and the image has {size}", self.bytes));
        }
        let (Some(md5), Some(wanted)) = (self.md5, &self.image.checksum) else { return Ok(()) };
        let sum = k5_md5::hex(&md5.finish());
        match sum.eq_ignore_ascii_case(wanted) {
            true => Ok(()),
            false => wrong(format!("what arrived has the checksum {sum}, and the image has {wanted}")),
        }
    }
}

/// How much is written at once.
const PIECE: usize = 1 << 20;

/// Writes what arrives, on a thread of its own: a pipe that nobody reads from must not keep a signal from ending the command.
async fn copy(mut stream: ByteStream, to: Arc<File>, name: &str, mut check: Check<'_>, bar: &Bar) -> Outcome {
    let counter = bar.counter();
    let mut ended = false;
    while !ended {
        let mut chunks = Vec::new();
        let mut length = 0;
        while length < PIECE {
            let Some(chunk) = stream.next_chunk().await else {
                ended = true;
                break;
            };
            let chunk = chunk.map_err(|error| Failure::transfer(check.what, &error))?;
            length += chunk.len();
            chunks.push(chunk);
        }
        if let Some(md5) = &mut check.md5 {
            chunks.iter().for_each(|chunk| md5.update(chunk));
        }
        let file = to.clone();
        let writing = tokio::task::spawn_blocking(move || chunks.iter().try_for_each(|chunk| (&*file).write_all(chunk)));
        writing.await.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(|error| match error.kind() {
            // A reader that has seen enough.
            io::ErrorKind::BrokenPipe => Failure::output(&error),
            _ => Failure::new(REFUSED, format!("{}: {name}: {error}", check.what)),
        })?;
        check.bytes += length as u64;
        counter.store(check.bytes, Ordering::Relaxed);
    }
    check.finish()
}

/// A file beside the one that is to be written, which takes its name in the end and is gone otherwise.
struct Draft<'a> {
    to: &'a Path,
    path: PathBuf,
    file: Arc<File>,
    is_done: bool,
}

impl<'a> Draft<'a> {
    fn create(to: &'a Path) -> Outcome<Self> {
        let shown = to.display();
        match std::fs::symlink_metadata(to) {
            Ok(about) if about.is_symlink() => {
                return Err(Failure::usage(format!("{shown} is a symbolic link: give the file that it leads to")));
            }
            Ok(about) if !about.is_file() => {
                return Err(Failure::usage(format!("{shown} exists and is not a file; without --file, the data goes to stdout")));
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Failure::file(shown, &error)),
            _ => {}
        }
        let Some(name) = to.file_name() else { return Err(Failure::usage(format!("{shown} does not name a file"))) };
        loop {
            let mut draft = name.to_owned();
            draft.push(format!(".k5-{:08x}.part", fastrand::u32(..)));
            let path = to.with_file_name(draft);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Self { to, path, file: Arc::new(file), is_done: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Failure::file(path.display(), &error)),
            }
        }
    }

    fn shown(&self) -> String {
        self.path.display().to_string()
    }

    fn finish(mut self) -> Outcome {
        let named = self.file.sync_all().and_then(|()| std::fs::rename(&self.path, self.to));
        named.map_err(|error| Failure::new(REFUSED, format!("{}: {error}", self.to.display())))?;
        self.is_done = true;
        Ok(())
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            // It was made here, and nobody misses it.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
