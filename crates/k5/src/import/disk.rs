//! The disk: a local file that becomes an object.

use k5_core::{Error, Result};
use k5_object_storage::{ObjectInfo, ObjectStorage, Stored, limits};
use std::path::Path;

/// Where the disk is stored.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    pub(super) container: String,
    pub(super) object: String,
}

impl std::fmt::Display for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "swift://{}/{}", self.container, self.object)
    }
}

impl Disk {
    /// The place of a file that can be imported.
    pub(super) fn of(path: &Path, container: &str, object: Option<&str>) -> Result<Self> {
        let shown = path.display();
        let file = std::fs::metadata(path).map_err(|error| Error::local(&shown, error))?;
        if !file.is_file() {
            return Err(Error::invalid_input(format!("{shown} is not a file")));
        }
        if file.len() == 0 {
            return Err(Error::invalid_input(format!("{shown} is empty: there is no disk to import")));
        }
        let object = match (object, path.file_name().and_then(|name| name.to_str())) {
            (Some(object), _) => object,
            (None, Some(name)) => name,
            (None, None) => {
                return Err(Error::invalid_input(format!("{shown}: the file's name is not UTF-8; give the object a name")));
            }
        };
        limits::container_name(container)?;
        limits::object_name(object)?;
        Ok(Self { container: container.to_owned(), object: object.to_owned() })
    }

    /// The image's default name.
    pub(super) fn stem(&self) -> &str {
        let file = self.object.rsplit('/').next().unwrap_or_default();
        file.strip_suffix(".vmdk").unwrap_or(file)
    }

    /// The object that exists there now, if any.
    pub(super) async fn look(&self, swift: &ObjectStorage) -> Result<Option<ObjectInfo>> {
        match swift.show_object_itself(&self.container, &self.object).await {
            Ok(info) => Ok(Some(info)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The object that this upload stored; an error if it existed before, or may have been replaced since.
    pub(super) async fn stored(&self, swift: &ObjectStorage, before: Option<&ObjectInfo>, stored: &Stored) -> Result<ObjectInfo> {
        let Some(now) = self.look(swift).await? else {
            return Err(Error::invalid_input(format!("{self} was removed by somebody else")));
        };
        let is_what_was_sent = match (&stored.etag, &now.etag) {
            (Some(sent), Some(there)) => bare(sent).eq_ignore_ascii_case(bare(there)),
            _ => false,
        };
        if !is_what_was_sent {
            return Err(Error::invalid_input(format!("{self} was replaced by somebody else, so it is kept")));
        }
        if before.is_some_and(|before| before.timestamp == now.timestamp && before.etag == now.etag) {
            return Err(Error::invalid_input(format!("{self} existed before the import, so it is kept")));
        }
        Ok(now)
    }
}

/// Without the quotes that a large object's ETag has.
fn bare(etag: &str) -> &str {
    etag.trim().trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let disk = |object: &str| Disk { container: "c".to_owned(), object: object.to_owned() };
        for (object, stem) in [("web.vmdk", "web"), ("a/b/web 1.vmdk", "web 1"), ("web", "web"), (".vmdk", ""), ("a/", "")] {
            assert_eq!(disk(object).stem(), stem, "{object}");
        }
        assert_eq!(disk("a/b.vmdk").to_string(), "swift://c/a/b.vmdk");
        let folder = std::env::temp_dir();
        assert!(Disk::of(&folder, "c", None).expect_err("a folder").to_string().contains("is not a file"));
        let error = Disk::of(&folder.join("no-such-file.vmdk"), "c", None).expect_err("nothing");
        assert!(error.kind() == k5_core::ErrorKind::Local && error.to_string().contains("no-such-file.vmdk: "), "{error}");
        let this = Path::new(file!()).file_name().map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join("src/import").join(name));
        let this = this.expect("a name");
        assert_eq!(Disk::of(&this, "c", None).expect("a file").object, "disk.rs");
        assert!(Disk::of(&this, "a/b", None).is_err() && Disk::of(&this, "c", Some("")).is_err());
    }
}
