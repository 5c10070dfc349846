//! What a cloud was asked for by a completion, kept for a moment: a person types the next character, or presses Tab again.

use std::fs::{DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long names count.
const NAMES: Duration = Duration::from_secs(60);
/// How long no other login is tried after one that failed: K5 locks a user after five within 15 minutes.
const REFUSED: Duration = Duration::from_secs(15 * 60);
/// More than this is not read.
const LENGTH: u64 = 4 << 20;

/// The files of one cloud and login.
pub(super) struct Cache {
    folder: PathBuf,
    /// What the login depends on and is not secret.
    login: String,
}

impl Cache {
    /// The folder below the user's cache folder; `None` if there is none.
    pub(super) fn open(login: String) -> Option<Self> {
        let named = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = named.or_else(|| Some(std::env::home_dir()?.join(".cache")))?.join("k5").join("completion");
        Some(Self { folder, login })
    }

    fn path(&self, what: &str) -> PathBuf {
        let mut hasher = DefaultHasher::new();
        (&self.login, what).hash(&mut hasher);
        self.folder.join(format!("{:016x}", hasher.finish()))
    }

    /// The lines that were kept for this question, if they are fresh.
    pub(super) fn lines(&self, what: &str) -> Option<Vec<String>> {
        let text = fresh(&self.path(what), NAMES)?;
        Some(text.lines().map(str::to_owned).collect())
    }

    /// Keeps lines for a question. That it fails is no reason to offer nothing.
    pub(super) fn keep(&self, what: &str, lines: &[String]) {
        let _ = self.write(what, &lines.join("\n"));
    }

    /// Whether a login failed a short while ago, and no file of the configuration has changed since.
    pub(super) fn is_refused(&self, files: &[PathBuf]) -> bool {
        let path = self.path("refused");
        let when = |path: &Path| std::fs::metadata(path).and_then(|about| about.modified()).ok();
        fresh(&path, REFUSED).is_some() && files.iter().all(|file| when(file) <= when(&path))
    }

    /// Notes that the login failed.
    pub(super) fn refuse(&self) {
        let _ = self.write("refused", "");
    }

    fn write(&self, what: &str, text: &str) -> std::io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        self.sweep();
        let draft = self.folder.join(format!(".{:016x}", fastrand::u64(..)));
        let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft);
        let written =
            written.and_then(|mut file| file.write_all(text.as_bytes())).and_then(|()| std::fs::rename(&draft, self.path(what)));
        if written.is_err() {
            let _ = std::fs::remove_file(&draft);
        }
        written
    }

    /// Removes what nobody will read again.
    fn sweep(&self) {
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.metadata().is_ok_and(|about| about.is_file() && age(&about) > REFUSED) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

/// What is in a file that is ours, closed to others, and not older than this.
fn fresh(path: &Path, limit: Duration) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let about = file.metadata().ok()?;
    let is_ours = about.is_file() && about.uid() == rustix::process::geteuid().as_raw() && about.mode() & 0o077 == 0;
    if !is_ours || age(&about) > limit {
        return None;
    }
    let mut text = String::new();
    (&mut file).take(LENGTH).read_to_string(&mut text).ok()?;
    Some(text)
}

/// A time in the future is no age to trust.
fn age(about: &std::fs::Metadata) -> Duration {
    let modified = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    SystemTime::now().duration_since(modified).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_for_a_minute() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache { folder: folder.path().join("k5/completion"), login: "a".to_owned() };
        assert_eq!(cache.lines("names"), None);
        cache.keep("names", &["x\tof x".to_owned(), "y\t".to_owned()]);
        assert_eq!(cache.lines("names").expect("kept"), ["x\tof x", "y\t"]);
        assert_eq!(cache.lines("others"), None);
        let other = Cache { folder: cache.folder.clone(), login: "b".to_owned() };
        assert_eq!(other.lines("names"), None, "another login");
        let path = cache.path("names");
        assert_eq!(std::fs::metadata(&path).expect("a file").mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(&cache.folder).expect("a folder").mode() & 0o777, 0o700);
        let touch = |when| File::options().write(true).open(&path).and_then(|file| file.set_modified(when)).expect("set");
        touch(SystemTime::now() - Duration::from_secs(61));
        assert_eq!(cache.lines("names"), None);
        touch(SystemTime::now() - Duration::from_secs(3_600));
        cache.keep("others", &[]);
        assert!(!path.exists(), "old names are removed");
    }

    #[test]
    fn a_login_that_failed_is_not_tried_again_until_something_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let cache = Cache { folder: folder.path().to_owned(), login: "a".to_owned() };
        let file = folder.path().join("clouds.yaml");
        std::fs::write(&file, "").expect("written");
        assert!(!cache.is_refused(&[]));
        cache.refuse();
        assert!(cache.is_refused(std::slice::from_ref(&file)));
        File::options()
            .write(true)
            .open(&file)
            .and_then(|file| file.set_modified(SystemTime::now() + Duration::from_secs(9)))
            .expect("set");
        assert!(!cache.is_refused(&[file]));
    }
}
