//! Writes a stream of bytes to a writer and hashes it, on a thread apart from the network.

use super::sections::Section;
use crate::transfer::hash::AHEAD;
use crate::transfer::progress::Progress;
use bytes::Bytes;
use k5_core::{ByteStream, Error, Result};
use k5_md5::Md5;
use std::io::{self, Write};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Chunks are handed on together once they have this many bytes: waking another thread costs as much as hashing a few
/// kilobytes, and encrypted connections give chunks of 16 KiB.
const BATCH: usize = 128 * 1024;

/// Whether the bytes are hashed on the way.
#[derive(Clone, Debug)]
pub(crate) enum Check {
    /// All of them together.
    Md5,
    /// Section by section, compared at the end of each.
    Sections(Vec<Section>),
    None,
}

/// What arrived.
pub(crate) struct Drained<W> {
    pub(crate) writer: W,
    pub(crate) bytes: u64,
    pub(crate) md5: Option<String>,
    /// The first damaged section; what follows it was not written.
    pub(crate) damaged: Option<Section>,
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
    let failed = |error| Error::local(format!("{what} can't be written"), error).with_sent(k5_core::Sent::Yes);
    let sunk = sinking.await.map_err(|_| failed(io::Error::other("interrupted")))?;
    let Sunk { writer, md5, damaged } = sunk.map_err(failed)?;
    Ok(Drained { writer, bytes, md5, damaged })
}

/// One thread does both: what was just hashed is written from the processor's cache, and a second thread would have to fetch it
/// there once more.
fn start<W: Write + Send + 'static>(mut writer: W, check: Check) -> (mpsc::Sender<Batch>, JoinHandle<io::Result<Sunk<W>>>) {
    let (sender, mut batches) = mpsc::channel::<Batch>(AHEAD);
    let sinking = spawn_blocking(move || {
        let mut md5 = matches!(check, Check::Md5).then(Md5::new);
        let mut sections = match check {
            Check::Sections(sections) => Some(Sections::new(sections)),
            _ => None,
        };
        let mut damaged = None;
        'all: while let Some(batch) = batches.blocking_recv() {
            for chunk in batch {
                if let Some(md5) = &mut md5 {
                    md5.update(&chunk);
                }
                damaged = sections.as_mut().and_then(|sections| sections.take(&chunk));
                if damaged.is_some() {
                    break 'all;
                }
                writer.write_all(&chunk)?;
            }
        }
        writer.flush()?;
        Ok(Sunk { writer, md5: md5.map(|md5| k5_md5::hex(&md5.finish())), damaged })
    });
    (sender, sinking)
}

/// The writer, and the sum if one was wanted.
struct Sunk<W> {
    writer: W,
    md5: Option<String>,
    damaged: Option<Section>,
}

/// Hashes section by section.
struct Sections {
    left: std::vec::IntoIter<Section>,
    current: Option<Section>,
    md5: Md5,
    at: u64,
}

impl Sections {
    fn new(sections: Vec<Section>) -> Self {
        let mut left = sections.into_iter();
        Self { current: left.next(), left, md5: Md5::new(), at: 0 }
    }

    /// Takes bytes; returns a section that ended and is damaged.
    fn take(&mut self, mut bytes: &[u8]) -> Option<Section> {
        while let Some(current) = &self.current {
            let room = usize::try_from(current.range.end - self.at).unwrap_or(usize::MAX);
            let (taken, rest) = bytes.split_at(bytes.len().min(room));
            self.md5.update(taken);
            self.at += taken.len() as u64;
            if taken.len() < room {
                return None;
            }
            let sum = k5_md5::hex(&std::mem::take(&mut self.md5).finish());
            if current.md5.as_ref().is_some_and(|md5| !md5.eq_ignore_ascii_case(&sum)) {
                return self.current.take();
            }
            self.current = self.left.next();
            bytes = rest;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    struct Received(mpsc::Receiver<Result<Bytes>>);

    impl futures_core::Stream for Received {
        type Item = Result<Bytes>;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            self.0.poll_recv(cx)
        }
    }

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
                drain(ByteStream::from_stream(Received(receiver)), Vec::new(), "memory", Check::Md5, &progress).await
            });
            let drained = drained.expect("drained");
            prop_assert_eq!(drained.md5, Some(crate::transfer::md5_hex(&whole)));
            prop_assert_eq!(drained.bytes, whole.len() as u64);
            prop_assert_eq!(progress.bytes(), drained.bytes);
            prop_assert_eq!(drained.writer, whole);
        }
    }
}
