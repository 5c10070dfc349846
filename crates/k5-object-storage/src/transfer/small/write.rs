//! Where small downloads become files: those that arrive together are hashed together and written by one thread.

use crate::transfer::batches::Batches;
use crate::transfer::target::Target;
use bytes::Bytes;
use k5_core::{Error, Result, Sent};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Of a cloud and process.
pub(crate) struct Keeper(Arc<Batches<Arrived, Result<()>>>);

/// A complete object that is to be written to a file.
pub(crate) struct Arrived {
    path: PathBuf,
    bytes: Bytes,
    /// The MD5 that it must have, if that is to be checked.
    md5: Option<String>,
}

impl Default for Keeper {
    fn default() -> Self {
        Self(Arc::new(Batches::new(keep_all)))
    }
}

impl Keeper {
    /// Creates the file, replacing any existing one, if the bytes have this MD5. Until then nothing of it appears under its name.
    pub(crate) async fn keep(&self, path: PathBuf, bytes: Bytes, md5: Option<String>) -> Result<()> {
        let interrupted = || Error::local("a file can't be written", io::Error::other("interrupted")).with_sent(Sent::Yes);
        self.0.ask(Arrived { path, bytes, md5 }).await.unwrap_or_else(|| Err(interrupted()))
    }
}

fn keep_all(arrived: Vec<Arrived>, kept: &mut dyn FnMut(Result<()>)) {
    let contents: Vec<&[u8]> = arrived.iter().filter(|one| one.md5.is_some()).map(|one| &one.bytes[..]).collect();
    let mut sums = k5_md5::digest_many(&contents).into_iter();
    for one in arrived {
        let sum = one.md5.as_ref().and_then(|_| sums.next()).map(|sum| k5_md5::hex(&sum));
        let compared = crate::download::compare(one.md5.as_deref(), sum.as_deref());
        kept(compared.and_then(|()| write(&one.path, &one.bytes)));
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let (target, mut file) = Target::open(path, false)?;
    let failed = |error| Error::local(format!("{} can't be written", path.display()), error).with_sent(Sent::Yes);
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
