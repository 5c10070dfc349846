//! Takes a stream of bytes to a writer, hashed on the way, on a thread beside the network.

use super::{AHEAD, Progress};
use bytes::Bytes;
use k5_core::{ByteStream, Error, Result};
use k5_md5::Md5;
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
    let (to_sink, sinking) = start(writer, check);
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
            bytes += held as u64;
            progress.add(held as u64);
            held = 0;
            if to_sink.send(std::mem::take(&mut batch)).await.is_err() {
                break;
            }
        }
        if ended {
            break;
        }
    }
    drop(to_sink);
    let failed = |error| Error::local(format!("{what} can't be written"), error);
    let sunk = sinking.await.map_err(|_| failed(std::io::Error::other("interrupted")))?;
    let (writer, md5) = sunk.map_err(failed)?;
    Ok(Drained { writer, bytes, md5 })
}

/// One thread does both: what was just hashed is written from the processor's cache, and a second thread would have to fetch it
/// there once more.
fn start<W: Write + Send + 'static>(mut writer: W, check: Check) -> (mpsc::Sender<Batch>, JoinHandle<std::io::Result<Sunk<W>>>) {
    let (sender, mut batches) = mpsc::channel::<Batch>(AHEAD);
    let sinking = spawn_blocking(move || {
        let mut md5 = (check == Check::Md5).then(Md5::new);
        while let Some(batch) = batches.blocking_recv() {
            for chunk in batch {
                if let Some(md5) = &mut md5 {
                    md5.update(&chunk);
                }
                writer.write_all(&chunk)?;
            }
        }
        writer.flush()?;
        Ok((writer, md5.map(|md5| k5_md5::hex(&md5.finish()))))
    });
    (sender, sinking)
}

/// The writer, and the sum if one was wanted.
type Sunk<W> = (W, Option<String>);

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
