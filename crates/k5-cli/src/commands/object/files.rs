//! Files and folders at a destination here.

pub(crate) use k5::object_storage::sync::{below, make_folders};
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

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
    Err(format!("{} is {what}: remove it first, or copy the object by itself, to a file that you name", path.display()))
}

/// Sets when a plain file was changed, or a symbolic link unless it is followed; anything else is left alone.
pub(crate) fn set_mtime(path: &Path, at: SystemTime, follow: bool) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_OMIT, utimensat};
    let named = if follow { std::fs::canonicalize(path)? } else { path.to_owned() };
    // Not by opening it: a pipe would wait for a writer.
    let about = std::fs::symlink_metadata(&named)?;
    if !about.is_file() && !about.is_symlink() {
        return Ok(());
    }
    let wrong = |_| io::Error::from(io::ErrorKind::InvalidInput);
    let (mut seconds, mut nanoseconds) = match at.duration_since(UNIX_EPOCH) {
        Ok(after) => (i64::try_from(after.as_secs()).map_err(wrong)?, i64::from(after.subsec_nanos())),
        Err(before) => {
            let before = before.duration();
            (-i64::try_from(before.as_secs()).map_err(wrong)?, -i64::from(before.subsec_nanos()))
        }
    };
    if nanoseconds < 0 {
        (seconds, nanoseconds) = (seconds - 1, nanoseconds + 1_000_000_000);
    }
    let times = Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: seconds, tv_nsec: nanoseconds },
    };
    utimensat(CWD, &named, &times, AtFlags::SYMLINK_NOFOLLOW).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_1970_and_links() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "x").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        let changed = || std::fs::metadata(&file).and_then(|about| about.modified()).expect("there");
        for at in
            [UNIX_EPOCH - std::time::Duration::from_millis(1500), UNIX_EPOCH + std::time::Duration::new(1_700_000_000, 123_456_789)]
        {
            set_mtime(&file, at, false).expect("set");
            assert_eq!(changed(), at);
            set_mtime(&link, UNIX_EPOCH, false).expect("set");
            assert_eq!(changed(), at);
            assert_eq!(std::fs::symlink_metadata(&link).and_then(|about| about.modified()).expect("there"), UNIX_EPOCH);
        }
        set_mtime(&link, UNIX_EPOCH, true).expect("set");
        assert_eq!(changed(), UNIX_EPOCH);
        set_mtime(Path::new("/dev/null"), UNIX_EPOCH, true).expect("left alone");
    }
}
