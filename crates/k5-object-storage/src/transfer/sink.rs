//! Takes a stream of bytes to a writer and a hash at once, each on a thread of its own.

use super::md5::HashThread;
use super::{AHEAD, Progress};
use bytes::Bytes;
use k5_core::{ByteStream, Error, Result};
use std::io::Write;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Chunks are handed on together once they have this many bytes: a wake-up of another thread costs as much as hashing a few
/// kilobytes, and encrypted connections give chunks of 16 KiB.
const BATCH: usize = 128 * 1024;

/// Whether the bytes are hashed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Md5,
    None,
}

/// What arrived.
pub(crate) struct Drained<W> {
    pub(crate) writer: W,
    pub(crate) bytes: u64,
    pub(crate) md5: Option<String>,
}

type Batch = Vec<Bytes>;

/// Writes `stream` to `writer` and hashes it as `check` says. `what` names the writer in errors.
pub(crate) async fn drain<W: Write + Send + 'static>(
    mut stream: ByteStream,
    writer: W,
    what: &str,
    check: Check,
    progress: &Progress,
) -> Result<Drained<W>> {
    let (to_writer, writing) = start_writer(writer);
    let hashing = (check == Check::Md5).then(HashThread::start);
    let mut bytes = 0;
    let mut batch = Batch::new();
    let mut held = 0;
    loop {
        let chunk = stream.next_chunk().await.transpose()?;
        let ended = chunk.is_none();
        if let Some(chunk) = chunk {
            held += chunk.len();
            batch.push(chunk);
        }
        if held >= BATCH || ended && held > 0 {
            if let Some(hashing) = &hashing {
                hashing.take(batch.clone()).await;
            }
            bytes += held as u64;
            progress.add(held as u64);
            held = 0;
            if to_writer.send(std::mem::take(&mut batch)).await.is_err() {
                break;
            }
        }
        if ended {
            break;
        }
    }
    drop(to_writer);
    let written =
        writing.await.map_err(|_| Error::local(format!("{what} can't be written"), std::io::Error::other("interrupted")))?;
    let writer = written.map_err(|error| Error::local(format!("{what} can't be written"), error))?;
    let md5 = match hashing {
        Some(hashing) => hashing.finish().await,
        None => None,
    };
    Ok(Drained { writer, bytes, md5 })
}

fn start_writer<W: Write + Send + 'static>(mut writer: W) -> (mpsc::Sender<Batch>, JoinHandle<std::io::Result<W>>) {
    let (sender, mut batches) = mpsc::channel::<Batch>(AHEAD);
    let writing = spawn_blocking(move || {
        while let Some(batch) = batches.blocking_recv() {
            for chunk in batch {
                writer.write_all(&chunk)?;
            }
        }
        writer.flush()?;
        Ok(writer)
    });
    (sender, writing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_chunking_arrives_whole(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60_000), 0..12)) {
            let whole = chunks.concat();
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let progress = Progress::default();
            let (sender, receiver) = mpsc::channel(1);
            let drained = runtime.block_on(async {
                tokio::spawn(async move {
                    for chunk in chunks {
                        sender.send(Ok(Bytes::from(chunk))).await.expect("taken");
                    }
                });
                drain(crate::transfer::source::channel_stream(receiver, None), Vec::new(), "memory", Check::Md5, &progress).await
            });
            let drained = drained.expect("drained");
            prop_assert_eq!(drained.md5, Some(crate::transfer::md5::hex(&whole)));
            prop_assert_eq!(drained.bytes, whole.len() as u64);
            prop_assert_eq!(progress.bytes(), drained.bytes);
            prop_assert_eq!(drained.writer, whole);
        }
    }
}
