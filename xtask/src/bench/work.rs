//! The folder that everything lies in, and the files that are moved.

use super::measure::Argv;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

const PREFIX: &str = "k5-bench-";

/// A folder of this process alone; removed with all that is in it.
pub(crate) struct Work(PathBuf);

impl Work {
    /// Makes one below `parent`, and removes those of processes that are no more.
    pub(crate) fn new(parent: &Path) -> Result<Self, String> {
        for entry in std::fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(|id| id.parse::<u32>().ok());
            if process.is_some_and(|id| !Path::new("/proc").join(id.to_string()).exists()) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        let path = parent.join(format!("{PREFIX}{}", std::process::id()));
        let work = Self(path.clone());
        for folder in [path.clone(), path.join("home")] {
            std::fs::create_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        std::fs::write(path.join("home/rclone.conf"), "").map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(work)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The home folder of what is measured: nobody's configuration is in it.
    pub(crate) fn home(&self) -> PathBuf {
        self.0.join("home")
    }

    /// A file that can't be compressed.
    pub(crate) fn random(&self, name: &'static str, bytes: u64) -> Result<Content, String> {
        self.content(name, bytes, |path| {
            std::io::copy(&mut File::open("/dev/urandom")?.take(bytes), &mut File::create(path)?).map(drop)
        })
    }

    /// A file of zeros that takes no room.
    pub(crate) fn sparse(&self, name: &'static str, bytes: u64) -> Result<Content, String> {
        self.content(name, bytes, |path| File::create(path)?.set_len(bytes))
    }

    /// The same without its MD5, which would take long to compute.
    pub(crate) fn zeros(&self, name: &'static str, bytes: u64) -> Result<Content, String> {
        let path = self.0.join(name);
        let made = File::create(&path).and_then(|file| file.set_len(bytes));
        made.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Content { name, path, bytes, md5: String::new() })
    }

    /// Bytes that may still be written here.
    pub(crate) fn free(&self) -> Result<u64, String> {
        let printed = Argv::new("df").args(["--output=avail", "-B1", &*text(&self.0)]).output(&self.home())?;
        let bytes = printed.lines().last().and_then(|line| line.trim().parse().ok());
        bytes.ok_or_else(|| format!("df prints no figure: {printed:?}"))
    }

    fn content(&self, name: &'static str, bytes: u64, make: impl Fn(&Path) -> std::io::Result<()>) -> Result<Content, String> {
        let path = self.0.join(name);
        make(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let md5 = self.md5(&path)?;
        Ok(Content { name, path, bytes, md5 })
    }

    pub(crate) fn md5(&self, path: &Path) -> Result<String, String> {
        let printed = Argv::new("md5sum").args([text(path)]).output(&self.home())?;
        Ok(printed.chars().take(32).collect())
    }

    /// Whether the file holds that content; removes it.
    pub(crate) fn check(&self, path: &Path, content: &Content) -> Result<(), String> {
        let bytes = std::fs::metadata(path).map_err(|error| format!("there is no file afterwards: {error}"))?.len();
        if bytes != content.bytes {
            return Err(format!("{bytes} bytes instead of {}", content.bytes));
        }
        if self.md5(path)? != content.md5 {
            return Err("the file holds other bytes than its source".to_owned());
        }
        std::fs::remove_file(path).map_err(|error| error.to_string())
    }

    /// Where downloads go.
    pub(crate) fn target(&self) -> PathBuf {
        self.0.join("target")
    }

    pub(crate) fn remove_target(&self) -> Result<(), String> {
        remove(&self.target())
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Removes a file that may be there.
pub(crate) fn remove(path: &Path) -> Result<(), String> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("{}: {error}", path.display())),
        _ => Ok(()),
    }
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// A file that is moved.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    pub(crate) name: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    pub(crate) md5: String,
}

impl Content {
    /// The object that is there to be fetched.
    pub(crate) fn get_name(&self) -> String {
        format!("get-{}", self.name)
    }

    /// The object that is made.
    pub(crate) fn put_name(&self) -> String {
        format!("put-{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_known_and_checked() {
        let parent = tempfile::tempdir().expect("a folder");
        // No process has this number: the kernel's highest is 2^22.
        let left = parent.path().join(format!("{PREFIX}4194399"));
        let other = parent.path().join("k5-bench-notes");
        for folder in [&left, &other] {
            std::fs::create_dir(folder).expect("made");
        }
        let work = Work::new(parent.path()).expect("made");
        assert!(!left.exists() && other.exists());
        let zeros = work.sparse("zeros", 1 << 20).expect("made");
        assert_eq!(zeros.md5, "b6d81b360a5672d80c27430f39153e2c");
        let random = work.random("random", 1 << 20).expect("made");
        std::fs::copy(&zeros.path, work.target()).expect("copied");
        assert!(work.check(&work.target(), &random).expect_err("other bytes").contains("other bytes"));
        work.check(&work.target(), &zeros).expect("the same");
        assert!(work.check(&work.target(), &zeros).is_err(), "it was removed");
        drop(work);
        assert_eq!(std::fs::read_dir(parent.path()).expect("there").count(), 1);
    }
}
