//! stdin and stdout as descriptors, and bytes out of them.

use crate::failure::{Failure, Outcome};
use futures_core::Stream;
use k5::ByteStream;
use k5::object_storage::transfer::SMALL_FILE;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use tokio::sync::mpsc;

/// stdout without the buffer that looks for line breaks.
pub(crate) fn stdout() -> Outcome<File> {
    let fd = io::stdout().as_fd().try_clone_to_owned();
    fd.map(File::from).map_err(|error| Failure::file("stdout", &error))
}

/// What stdin gives, and how many bytes where that is known. Of a file, it is what is there now: it may grow while it is read.
///
/// # Errors
/// When it is closed, a directory, or can't be read.
pub(crate) fn stdin() -> Outcome<(Box<dyn Read + Send>, Option<u64>)> {
    let unreadable = |error| Failure::file("stdin", &error);
    let file = stdin_file()?;
    let about = file.metadata().map_err(unreadable)?;
    if about.is_dir() {
        return Err(Failure::usage("stdin is a directory"));
    }
    match about.is_file() {
        true => what_is_there(file).map_err(unreadable),
        false => Ok((Box::new(file), None)),
    }
}

/// stdin without a buffer.
///
/// # Errors
/// When it is closed. The standard library then opens /dev/null in its place, for reading and writing; who means /dev/null opens it
/// for reading alone, as a shell does.
pub(crate) fn stdin_file() -> Outcome<File> {
    let unreadable = |error| Failure::file("stdin", &error);
    let file = File::from(io::stdin().as_fd().try_clone_to_owned().map_err(unreadable)?);
    let about = file.metadata().map_err(unreadable)?;
    let is_null =
        std::fs::metadata("/dev/null").is_ok_and(|null| about.file_type().is_char_device() && null.rdev() == about.rdev());
    if is_null {
        let flags = rustix::fs::fcntl_getfl(&file).map_err(|error| unreadable(error.into()))?;
        if flags & rustix::fs::OFlags::ACCMODE == rustix::fs::OFlags::RDWR {
            return Err(Failure::usage("stdin is closed, so there is nothing to read; for empty input, use </dev/null"));
        }
    }
    Ok(file)
}

/// What a file holds from its position on. It is read to learn it: files of /proc and /sys have other lengths than they say.
fn what_is_there(mut file: File) -> io::Result<(Box<dyn Read + Send>, Option<u64>)> {
    let length = file.metadata()?.len().saturating_sub(file.stream_position()?);
    let mut begin = Vec::new();
    (&mut file).take(SMALL_FILE + 1).read_to_end(&mut begin)?;
    let read = begin.len() as u64;
    let begin = io::Cursor::new(begin);
    Ok(match length.checked_sub(read) {
        _ if read <= SMALL_FILE => (Box::new(begin), Some(read)),
        None => (Box::new(begin.chain(file)), None),
        Some(rest) => (Box::new(begin.chain(file.take(rest))), Some(length)),
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn all(file: File) -> (Vec<u8>, Option<u64>) {
        let (mut reader, length) = what_is_there(file).expect("readable");
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).expect("read");
        (bytes, length)
    }

    #[test]
    fn a_file_is_what_it_was_when_it_was_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("growing.log");
        for size in [0, 10, SMALL_FILE as usize, SMALL_FILE as usize + 1, 300_000] {
            std::fs::write(&path, vec![b'x'; size]).expect("written");
            let mut file = File::open(&path).expect("there");
            let (mut reader, length) = what_is_there(file.try_clone().expect("open")).expect("readable");
            let grow = |bytes: &[u8]| std::fs::OpenOptions::new().append(true).open(&path)?.write_all(bytes);
            grow(b"more").expect("written");
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).expect("read");
            assert_eq!((bytes.len(), length), (size, Some(size as u64)));
            // From the position on, wherever that is.
            file.seek(io::SeekFrom::Start(size as u64 / 2)).expect("sought");
            assert_eq!(all(file).0.len(), size - size / 2 + 4);
        }
    }

    #[test]
    fn a_length_may_be_a_lie() {
        for path in ["/proc/cpuinfo", "/proc/kallsyms", "/sys/kernel/mm/transparent_hugepage/enabled"] {
            let (Ok(whole), Ok(file)) = (std::fs::read(path), File::open(path)) else { continue };
            let (bytes, length) = all(file);
            assert_eq!(bytes.len(), whole.len(), "{path}");
            assert!(length.is_none_or(|length| length == whole.len() as u64), "{path}: {length:?}");
        }
    }
}
