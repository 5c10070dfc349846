//! Where small downloads become files: those that arrive together are hashed together and written by one thread, which is woken once
//! for all of them.

use super::target::Target;
use bytes::Bytes;
use k5_core::{Error, Result, Sent};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

/// Of a cloud and process. While it has files to write, a thread does so.
#[derive(Default)]
pub(crate) struct Keeper(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: Vec<Arrived>,
    working: bool,
}

/// A whole object that is to be a file.
struct Arrived {
    place: PathBuf,
    bytes: Bytes,
    /// What it must have, if that is to be looked at.
    md5: Option<String>,
    done: oneshot::Sender<Result<()>>,
}

impl Keeper {
    /// Makes the file, in the place of what is there, if the bytes have this MD5. Until then nothing of it shows under its name.
    pub(crate) async fn keep(self: &Arc<Self>, place: PathBuf, bytes: Bytes, md5: Option<String>) -> Result<()> {
        let (done, outcome) = oneshot::channel();
        let idle = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.waiting.push(Arrived { place, bytes, md5, done });
            !std::mem::replace(&mut state.working, true)
        };
        if idle {
            let working = Working { keeper: self.clone(), ended: false };
            spawn_blocking(move || working.work());
        }
        let interrupted = || Error::local("a file can't be written", io::Error::other("interrupted")).with_sent(Sent::Yes);
        outcome.await.unwrap_or_else(|_| Err(interrupted()))
    }
}

/// The thread that works. However it ends, nobody waits for it any longer.
struct Working {
    keeper: Arc<Keeper>,
    ended: bool,
}

impl Working {
    fn work(mut self) {
        while let Some(arrived) = self.next() {
            let contents: Vec<&[u8]> = arrived.iter().filter(|one| one.md5.is_some()).map(|one| &one.bytes[..]).collect();
            let mut sums = k5_md5::digest_many(&contents).into_iter();
            for one in arrived {
                let sum = one.md5.as_ref().and_then(|_| sums.next()).map(|sum| k5_md5::hex(&sum));
                let compared = crate::download::compare(one.md5.as_deref(), sum.as_deref());
                let written = compared.and_then(|()| write(&one.place, &one.bytes));
                // Who asked for it may have gone; a whole file is one all the same.
                let _ = one.done.send(written);
            }
        }
    }

    /// What has come; `None` once nothing has: then the next one begins another thread.
    fn next(&mut self) -> Option<Vec<Arrived>> {
        let mut state = self.keeper.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.working = !state.waiting.is_empty();
        self.ended = !state.working;
        state.working.then(|| std::mem::take(&mut state.waiting))
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        if !self.ended {
            *self.keeper.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
        }
    }
}

fn write(place: &Path, bytes: &[u8]) -> Result<()> {
    let (target, mut file) = Target::part(place)?;
    let failed = |error| Error::local(format!("{} can't be written", place.display()), error).with_sent(Sent::Yes);
    file.write_all(bytes).map_err(failed)?;
    drop(file);
    target.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::md5_hex;
    use k5_core::ErrorKind;

    #[tokio::test]
    async fn each_gets_its_own_outcome() {
        let folder = tempfile::tempdir().expect("a folder");
        let keeper = Arc::<Keeper>::default();
        let mut keeping = Vec::new();
        for n in 0..40usize {
            let bytes = Bytes::from(vec![b'x'; n * 100]);
            let md5 = match n % 4 {
                0 => None,
                1 => Some(md5_hex(b"other")),
                _ => Some(md5_hex(&bytes)),
            };
            let name = if n % 4 == 2 { format!("none/{n}") } else { n.to_string() };
            let (keeper, place) = (keeper.clone(), folder.path().join(name));
            keeping.push((n, bytes.clone(), place.clone(), tokio::spawn(async move { keeper.keep(place, bytes, md5).await })));
        }
        for (n, bytes, place, kept) in keeping {
            let kept = kept.await.expect("it ended");
            match n % 4 {
                1 => assert_eq!(kept.expect_err("damaged").kind(), ErrorKind::Integrity),
                2 => assert_eq!(kept.expect_err("no folder").kind(), ErrorKind::Local),
                _ => {
                    kept.expect("kept");
                    assert_eq!(std::fs::read(&place).expect("there"), bytes, "{n}");
                }
            }
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 20, "no part is left");
    }
}
