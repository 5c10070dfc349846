//! Bodies as files: written completely under `incoming/`, moved to their place, never changed afterwards.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use bytes::Bytes;
use k5_md5::Md5;
use tokio::sync::mpsc as channel;
use tokio::task::JoinHandle;

use super::BodyRef;

/// Bodies up to this size live in the database: a file for each would cost more than the bytes.
pub(crate) const SMALL: usize = 16 << 10;
/// How much one positional read fetches.
pub(crate) const READ_CHUNK: usize = 256 << 10;
/// Chunks between the socket and the disk; a chunk is at most what hyper's buffer holds.
const QUEUE: usize = 4;

pub(crate) struct Bodies {
    incoming: PathBuf,
    bodies: PathBuf,
    sweeper: mpsc::Sender<Vec<PathBuf>>,
}

/// A body that is complete but that no row names yet.
pub(crate) enum Stored {
    Empty,
    Small(Bytes),
    File(Incoming),
}

/// A file under `incoming/` that is removed when this is dropped, unless it was kept.
pub(crate) struct Incoming {
    id: u64,
    path: PathBuf,
    place: PathBuf,
}

impl Incoming {
    /// Moves the file to its final place, and returns its id. The caller commits the row next.
    pub(crate) fn keep(self) -> io::Result<u64> {
        fs::rename(&self.path, &self.place)?;
        Ok(self.id)
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // After `keep` there is nothing under this name.
        let _ = fs::remove_file(&self.path);
    }
}

impl Bodies {
    pub(crate) fn open(directory: &Path) -> io::Result<Self> {
        let (incoming, bodies) = (directory.join("incoming"), directory.join("bodies"));
        if incoming.exists() {
            // What an earlier process left unfinished.
            fs::remove_dir_all(&incoming)?;
        }
        fs::create_dir_all(&incoming)?;
        fs::create_dir_all(&bodies)?;
        let (sweeper, doomed) = mpsc::channel::<Vec<PathBuf>>();
        // Unlinking a large file takes a while; nobody has to wait for it.
        std::thread::Builder::new().name("k5-emulator-sweeper".into()).spawn(move || {
            for path in doomed.into_iter().flatten() {
                if let Err(error) = fs::remove_file(&path)
                    && error.kind() != io::ErrorKind::NotFound
                {
                    tracing::warn!(%error, path = %path.display(), "a body could not be removed");
                }
            }
        })?;
        Ok(Self { incoming, bodies, sweeper })
    }

    fn place(&self, id: u64) -> PathBuf {
        let name = format!("{id:016x}");
        self.bodies.join(&name[..2]).join(name)
    }

    fn incoming(&self) -> io::Result<(Incoming, File)> {
        let id = fastrand::u64(1..);
        let place = self.place(id);
        if let Some(parent) = place.parent()
            && !parent.exists()
        {
            fs::create_dir_all(parent)?;
        }
        let path = self.incoming.join(format!("{id:016x}"));
        let file = File::create_new(&path)?;
        Ok((Incoming { id, path, place }, file))
    }

    pub(crate) fn file(&self, id: u64) -> io::Result<File> {
        File::open(self.place(id))
    }

    pub(crate) fn discard(&self, displaced: Vec<BodyRef>) {
        if displaced.is_empty() {
            return;
        }
        let doomed = displaced
            .into_iter()
            .filter_map(|body| match body {
                BodyRef::File(id) => Some(self.place(id)),
                BodyRef::Empty | BodyRef::Small(_) => None,
            })
            .collect();
        // Fails only while the process ends.
        let _ = self.sweeper.send(doomed);
    }

    /// A second name for a stored file: what a copy within the store costs.
    pub(crate) fn link(&self, id: u64) -> io::Result<Incoming> {
        let source = self.place(id);
        let new = fastrand::u64(1..);
        let place = self.place(new);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        let path = self.incoming.join(format!("{new:016x}"));
        if fs::hard_link(&source, &path).is_err() {
            fs::copy(&source, &path)?;
        }
        Ok(Incoming { id: new, path, place })
    }
}

/// Takes a body chunk by chunk, and hashes it along the way.
///
/// Short bodies never leave memory; longer ones go to a blocking task that writes and hashes, fed through a
/// bounded queue.
pub(crate) struct BodyWriter {
    bodies: std::sync::Arc<Bodies>,
    head: Vec<u8>,
    file: Option<FileTask>,
    size: u64,
}

struct FileTask {
    chunks: channel::Sender<Message>,
    task: JoinHandle<io::Result<Option<Hashed>>>,
}

/// The file and its MD5.
type Hashed = (Incoming, [u8; 16]);

enum Message {
    Chunk(Bytes),
    /// Without it the task takes the closed queue for a client that went away.
    Finish,
}

/// A complete body with its length and MD5.
pub(crate) struct Written {
    pub(crate) stored: Stored,
    pub(crate) size: u64,
    pub(crate) etag: String,
}

impl BodyWriter {
    pub(crate) fn new(bodies: std::sync::Arc<Bodies>) -> Self {
        Self { bodies, head: Vec::new(), file: None, size: 0 }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) async fn push(&mut self, chunk: Bytes) -> io::Result<()> {
        self.size += chunk.len() as u64;
        if self.file.is_none() {
            if self.head.len() + chunk.len() <= SMALL {
                self.head.extend_from_slice(&chunk);
                return Ok(());
            }
            self.file = Some(self.spawn());
            let head = Bytes::from(std::mem::take(&mut self.head));
            if !head.is_empty() {
                self.send(Message::Chunk(head)).await?;
            }
        }
        self.send(Message::Chunk(chunk)).await
    }

    async fn send(&mut self, message: Message) -> io::Result<()> {
        if let Some(file) = &self.file
            && file.chunks.send(message).await.is_err()
            && let Some(file) = self.file.take()
        {
            // The task only ends early with an error of its own.
            return match file.task.await {
                Ok(Err(error)) => Err(error),
                _ => Err(io::Error::other("the body's writer stopped")),
            };
        }
        Ok(())
    }

    fn spawn(&self) -> FileTask {
        let (chunks, mut queue) = channel::channel(QUEUE);
        let bodies = std::sync::Arc::clone(&self.bodies);
        let task = tokio::task::spawn_blocking(move || {
            let (incoming, file) = bodies.incoming()?;
            let mut file = Holes::new(file);
            let mut hash = Md5::new();
            while let Some(message) = queue.blocking_recv() {
                match message {
                    Message::Chunk(chunk) => {
                        file.write(&chunk)?;
                        hash.update(&chunk);
                    }
                    Message::Finish => {
                        file.finish()?;
                        return Ok(Some((incoming, hash.finish())));
                    }
                }
            }
            Ok(None)
        });
        FileTask { chunks, task }
    }

    pub(crate) async fn finish(mut self) -> io::Result<Written> {
        let size = self.size;
        if self.file.is_some() {
            self.send(Message::Finish).await?;
        }
        if let Some(file) = self.file.take() {
            return match file.task.await {
                Ok(Ok(Some((incoming, hash)))) => Ok(Written { stored: Stored::File(incoming), size, etag: k5_md5::hex(&hash) }),
                Ok(Err(error)) => Err(error),
                Ok(Ok(None)) | Err(_) => Err(io::Error::other("the body's writer stopped")),
            };
        }
        let head = std::mem::take(&mut self.head);
        let etag = md5_hex(&head);
        let stored = if head.is_empty() { Stored::Empty } else { Stored::Small(Bytes::from(head)) };
        Ok(Written { stored, size, etag })
    }
}

/// A file in which chunks of zeros are holes: they read the same and take no space, so that images and sparse files of any size can
/// be stored for a test.
struct Holes {
    file: File,
    /// The file's length is behind its position.
    open: bool,
}

impl Holes {
    fn new(file: File) -> Self {
        Self { file, open: false }
    }

    fn write(&mut self, chunk: &[u8]) -> io::Result<()> {
        self.open = is_zero(chunk);
        match self.open {
            true => self.file.seek(SeekFrom::Current(chunk.len() as i64)).map(drop),
            false => self.file.write_all(chunk),
        }
    }

    fn finish(mut self) -> io::Result<()> {
        if self.open {
            let end = self.file.stream_position()?;
            self.file.set_len(end)?;
        }
        Ok(())
    }
}

/// Most chunks are known by their first byte, the others by their first block. Comparing blocks is fast without optimization too.
fn is_zero(chunk: &[u8]) -> bool {
    const ZEROS: &[u8; 4096] = &[0; 4096];
    chunk.first() == Some(&0) && chunk.chunks(ZEROS.len()).all(|block| *block == ZEROS[..block.len()])
}

/// Bytes of a hash in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn md5_hex(bytes: &[u8]) -> String {
    k5_md5::hex(&k5_md5::md5(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_zero() {
        assert!(is_zero(&[0; 1]) && is_zero(&[0; 4097]));
        for place in [0, 1, 4095, 4096] {
            let mut chunk = [0; 4097];
            chunk[place] = 1;
            assert!(!is_zero(&chunk), "{place}");
        }
    }

    #[test]
    fn holes_read_as_zeros_wherever_they_are() {
        const ZEROS: &[u8] = &[0; 100_000];
        let some: &[u8] = &[7; 33];
        for chunks in
            [vec![ZEROS, some, ZEROS, ZEROS], vec![some, ZEROS, some], vec![ZEROS], vec![some, &[0; 1]], vec![&[][..], some]]
        {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("body");
            let mut file = Holes::new(File::create(&path).expect("made"));
            for chunk in &chunks {
                file.write(chunk).expect("written");
            }
            file.finish().expect("finished");
            assert!(fs::read(&path).expect("there") == chunks.concat());
        }
    }

    /// On other systems it is up to the file system.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_body_of_zeros_takes_no_room() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("body");
        let mut file = Holes::new(File::create(&path).expect("made"));
        for _ in 0..64 {
            file.write(&[0; 1 << 16]).expect("written");
        }
        file.finish().expect("finished");
        let stored = fs::metadata(&path).expect("there");
        assert_eq!(stored.len(), 4 << 20);
        assert!(stored.blocks() * 512 < 1 << 20, "{} blocks", stored.blocks());
    }
}
