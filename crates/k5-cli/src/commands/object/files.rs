//! Files here: bytes in and out of descriptors.

use crate::exit::{Failure, Outcome};
use futures_core::Stream;
use k5::ByteStream;
pub(crate) use k5::object_storage::sync::{below, make_folders};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;
use tokio::sync::mpsc;

/// stdout without the buffer that looks for line breaks.
pub(crate) fn stdout() -> Outcome<File> {
    let fd = io::stdout().as_fd().try_clone_to_owned();
    fd.map(File::from).map_err(|error| Failure::file("stdout", &error))
}

/// Whether a file below a destination may be made or replaced: by what is there, without opening it. A pipe would wait for a reader
/// for ever, and a symbolic link may lead out of the destination.
pub(crate) fn replaceable(path: &Path) -> Result<(), String> {
    let what = match std::fs::symlink_metadata(path) {
        Ok(about) if about.is_file() => return Ok(()),
        Ok(about) if about.is_dir() => "a folder",
        Ok(about) if about.is_symlink() => "a symbolic link, which is not written through",
        Ok(_) => "a pipe, a socket or a device",
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    Err(format!("{} is {what}: remove it first, or copy by itself, to a file that you name", path.display()))
}

/// stdin, and how many bytes it has if it is a file.
pub(crate) fn stdin() -> Outcome<(File, Option<u64>)> {
    use std::io::Seek;
    let unreadable = |error| Failure::file("stdin", &error);
    let mut file = File::from(io::stdin().as_fd().try_clone_to_owned().map_err(unreadable)?);
    let about = file.metadata().map_err(unreadable)?;
    if about.is_dir() {
        return Err(Failure::usage("stdin is a directory"));
    }
    let length = match about.is_file() {
        true => Some(about.len().saturating_sub(file.stream_position().map_err(unreadable)?)),
        false => None,
    };
    Ok((file, length))
}

/// A descriptor as a stream that is read on a thread of its own, once it is wanted.
pub(crate) fn stream_of(file: File) -> ByteStream {
    let mut source = Some(file);
    let mut chunks: Option<mpsc::Receiver<k5::Result<Vec<u8>>>> = None;
    ByteStream::from_stream(Polled(move |cx: &mut std::task::Context<'_>| {
        if let Some(file) = source.take() {
            let (sender, receiver) = mpsc::channel(2);
            tokio::task::spawn_blocking(move || read_all(file, &sender));
            chunks = Some(receiver);
        }
        match &mut chunks {
            Some(chunks) => chunks.poll_recv(cx).map(|chunk| chunk.map(|chunk| chunk.map(Into::into))),
            None => std::task::Poll::Ready(None),
        }
    }))
}

struct Polled<F>(F);

impl<F, T> Stream for Polled<F>
where
    F: FnMut(&mut std::task::Context<'_>) -> std::task::Poll<Option<T>> + Unpin,
{
    type Item = T;

    fn poll_next(mut self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Option<T>> {
        (self.0)(cx)
    }
}

fn read_all(mut file: File, sender: &mpsc::Sender<k5::Result<Vec<u8>>>) {
    loop {
        let mut chunk = Vec::with_capacity(256 * 1024);
        let read = (&mut file).take(256 * 1024).read_to_end(&mut chunk);
        let (message, last) = match read {
            Ok(0) => return,
            Ok(_) => (Ok(chunk), false),
            Err(error) => (Err(k5::Error::local("stdin can't be read", error)), true),
        };
        if sender.blocking_send(message).is_err() || last {
            return;
        }
    }
}
