//! The two files: where they are, what is in them, and how they are written.

use super::edit::{Refusal, has_entry, with_entry};
use crate::failure::{Failure, NO_CLOUD, Outcome};
use k5::config::{ConfigFiles, Sources};
use serde_json::{Map, Value};
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What only the owner of a file may read and write.
const PRIVATE: u32 = 0o600;

/// clouds.yaml and secure.yaml.
pub(super) struct Files {
    pub(super) clouds: Target,
    pub(super) secure: Target,
}

/// A file to write an entry into.
pub(super) struct Target {
    pub(super) path: PathBuf,
    /// What is in it now, if it exists.
    old: Option<String>,
    mode: u32,
}

impl Files {
    /// The files that the SDK reads, or where it will look for new ones.
    pub(super) fn find(sources: &Sources) -> Outcome<Self> {
        let found = ConfigFiles::find(sources).map_err(|error| Failure::usage(error.to_string()))?;
        let named = |name: &str| sources.environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = || {
            user_folder(sources).ok_or_else(|| {
                Failure::new(
                    NO_CLOUD,
                    "there is no home folder to write clouds.yaml in: set OS_CLIENT_CONFIG_FILE and OS_CLIENT_SECURE_FILE",
                )
            })
        };
        let clouds = match found.clouds.or_else(|| named("OS_CLIENT_CONFIG_FILE")) {
            Some(path) => path,
            None => folder()?.join("clouds.yaml"),
        };
        // Beside clouds.yaml, if it would be found there.
        let beside = clouds.parent().filter(|folder| sources.config_dirs.iter().any(|dir| dir == folder));
        let secure =
            match found.secure.or_else(|| named("OS_CLIENT_SECURE_FILE")).or_else(|| beside.map(|dir| dir.join("secure.yaml"))) {
                Some(path) => path,
                None => folder()?.join("secure.yaml"),
            };
        let (clouds, mut secure) = (Target::read(clouds)?, Target::read(secure)?);
        secure.mode = PRIVATE;
        Ok(Self { clouds, secure })
    }

    /// Refuses a name that is taken.
    pub(super) fn check(&self, name: &str, replace: bool) -> Outcome {
        for target in [&self.clouds, &self.secure] {
            let taken = has_entry(target.old.as_deref().unwrap_or_default(), name).map_err(|why| target.refused(&why, name))?;
            if taken && !replace {
                return Err(target.refused(&Refusal::Exists, name));
            }
        }
        Ok(())
    }

    /// Writes the entry into both. Each file changes as a whole, or not at all.
    pub(super) fn write(&self, name: &str, open: &Map<String, Value>, secret: &Map<String, Value>, replace: bool) -> Outcome {
        let secret = (!secret.is_empty()).then_some(secret);
        let secure = self.secure.prepared(name, secret, replace)?;
        let clouds = self.clouds.prepared(name, Some(open), replace)?;
        // Secrets first: an entry without its password would look complete.
        for draft in [secure, clouds].into_iter().flatten() {
            draft.put_in_place()?;
        }
        Ok(())
    }
}

/// The user's own folder for the files.
fn user_folder(sources: &Sources) -> Option<PathBuf> {
    let named = sources.environment.get("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    Some(named.or_else(|| sources.home.as_ref().map(|home| home.join(".config")))?.join("openstack"))
}

impl Target {
    fn read(path: PathBuf) -> Outcome<Self> {
        if path.extension().is_some_and(|extension| extension == "json") {
            return Err(Failure::usage(format!("{} is JSON, and only YAML can be edited: add the entry by hand", path.display())));
        }
        // What a link points at is replaced, and not the link.
        let path = path.canonicalize().unwrap_or(path);
        let about = match std::fs::metadata(&path) {
            Ok(about) => about,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self { path, old: None, mode: PRIVATE }),
            Err(error) => return Err(Failure::file(path.display(), &error)),
        };
        let old = std::fs::read_to_string(&path).map_err(|error| Failure::file(path.display(), &error))?;
        Ok(Self { old: Some(old), mode: about.permissions().mode() & 0o777, path })
    }

    fn refused(&self, why: &Refusal, name: &str) -> Failure {
        let path = self.path.display();
        match why {
            Refusal::Exists => Failure::usage(format!("{path} has a cloud {name:?} already; --replace replaces it")),
            Refusal::NotYaml(line) => {
                let line = line.map(|line| format!(":{line}")).unwrap_or_default();
                Failure::usage(format!("{path}{line}: this is not well-formed YAML that holds clouds; correct it first"))
            }
            Refusal::ByHand => Failure::usage(format!(
                "{path}: its clouds are written in a form that k5 does not edit, such as {{...}}: write each on lines of its own, or add the entry by hand"
            )),
        }
    }

    /// The new text in a file of its own beside the old one; `None` if nothing changes.
    fn prepared(&self, name: &str, entry: Option<&Map<String, Value>>, replace: bool) -> Outcome<Option<Draft<'_>>> {
        let old = self.old.as_deref().unwrap_or_default();
        let new = with_entry(old, name, entry, replace).map_err(|why| self.refused(&why, name))?;
        if new == old {
            return Ok(None);
        }
        let failed = |error: io::Error| Failure::file(self.path.display(), &error);
        let folder = self.path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
        let place = folder.join(format!(".k5-{:016x}.yaml", fastrand::u64(..)));
        let draft = Draft { target: self, place };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(&draft.place).map_err(failed)?;
        file.write_all(new.as_bytes()).and_then(|()| file.set_permissions(Permissions::from_mode(self.mode))).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        Ok(Some(draft))
    }
}

/// A file that is complete, but not yet in its place; it is removed if it does not get there.
struct Draft<'a> {
    target: &'a Target,
    place: PathBuf,
}

impl Draft<'_> {
    fn put_in_place(self) -> Outcome {
        let path = &self.target.path;
        let failed = |error: io::Error| Failure::file(path.display(), &error);
        let now = match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        if now != self.target.old {
            return Err(Failure::usage(format!(
                "{} was changed meanwhile; nothing was written to it: run the command again",
                path.display()
            )));
        }
        std::fs::rename(&self.place, path).map_err(failed)?;
        // The name lasts once its folder is written; not every file system can do that.
        let _ = path.parent().map(File::open).and_then(Result::ok).map(|folder| folder.sync_all());
        Ok(())
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        // After the rename there is nothing left under this name.
        let _ = std::fs::remove_file(&self.place);
    }
}
