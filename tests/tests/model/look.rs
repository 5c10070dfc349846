//! What there is: read through a client that does nothing else, and judged by nothing but the answers.

use super::sequence::{Container, NAMES, Name, Place};
use super::stage::{Grounds, Stage};
use super::world::{Content, Value};
use k5::Error;
use k5::object_storage::{Object, ObjectInfo, ObjectStorage};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Bytes of an object or a manifest, at most.
const MOST: usize = 1 << 20;

/// All that a look shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) places: BTreeMap<Place, Value>,
    /// Versions of the first container's objects, by name and version; none of links.
    pub(crate) versions: BTreeMap<(Name, String), Content>,
    /// What the second container's objects were, oldest first, each with the name that it has now.
    pub(crate) archived: BTreeMap<Name, Vec<(String, Value)>>,
    /// Manifests.
    manifests: Vec<Manifest>,
    /// What can't be read, and what nobody stored.
    pub(crate) troubles: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Manifest {
    container: String,
    object: String,
    version: Option<String>,
    /// How the names of a dynamic one's segments begin.
    prefix: Option<(String, String)>,
}

/// Segments and the marks beside them, judged.
#[derive(Debug, Default)]
pub(crate) struct Segments {
    /// What nothing refers to.
    pub(crate) garbage: Vec<String>,
    /// What a manifest names and is not there.
    pub(crate) missing: Vec<String>,
    /// How many there are in all.
    pub(crate) count: usize,
}

/// Looks at everything.
pub(crate) async fn look(grounds: &Grounds, stage: &Stage, has_versions: bool) -> Seen {
    let mut eyes = Eyes { grounds, stage, swift: stage.swift(2), seen: Seen::default() };
    for container in [Container::A, Container::B, Container::Kept] {
        eyes.container(container).await;
    }
    if has_versions {
        eyes.versions().await;
    }
    eyes.archive().await;
    for (folder, place) in [(stage.local(), Place::File as fn(Name) -> Place), (stage.kept(), Place::KeptFile)] {
        eyes.folder(&folder, "", place);
    }
    eyes.seen
}

struct Eyes<'a> {
    grounds: &'a Grounds,
    stage: &'a Stage,
    swift: ObjectStorage,
    seen: Seen,
}

impl Eyes<'_> {
    fn trouble(&mut self, what: impl std::fmt::Display) {
        self.seen.troubles.push(what.to_string());
    }

    async fn listed(&mut self, container: &str, versions: bool) -> Vec<Object> {
        let listed = self.swift.list_objects(container);
        let listed = if versions { listed.versions(true) } else { listed };
        match listed.items().collect().await {
            Ok(listed) => listed,
            Err(error) => {
                self.trouble(format!("{container} can't be listed: {error}"));
                Vec::new()
            }
        }
    }

    async fn container(&mut self, container: Container) {
        let place = self.stage.name(container);
        for object in self.listed(&place, false).await {
            let Some(name) = NAMES.into_iter().find(|name| *name == object.name) else {
                self.trouble(format!("a stranger: {place}/{}", object.name));
                continue;
            };
            if let Some(value) = self.value(&place, name).await {
                self.seen.places.insert(Place::Object(container, name), value);
            }
        }
    }

    /// What an object holds, or where it leads.
    async fn value(&mut self, container: &str, object: &str) -> Option<Value> {
        let info = match self.swift.show_object_itself(container, object).await {
            Ok(info) => info,
            Err(error) => {
                self.trouble(format!("{container}/{object} can't be looked at: {error}"));
                return None;
            }
        };
        if let Some(target) = &info.symlink_target {
            return match self.place_of(target) {
                Some(place) => Some(Value::Link(place)),
                None => {
                    self.trouble(format!("{container}/{object} leads to {target}"));
                    None
                }
            };
        }
        let bytes = match self.swift.download_object(container, object).send().await {
            Ok(download) => download.collect(MOST).await,
            Err(error) => Err(error),
        };
        self.content(container, object, None, &info, bytes.map(|bytes| bytes.to_vec())).map(Value::Content)
    }

    fn content(
        &mut self,
        container: &str,
        object: &str,
        version: Option<&str>,
        info: &ObjectInfo,
        bytes: Result<Vec<u8>, Error>,
    ) -> Option<Content> {
        let prefix = info.object_manifest.as_deref().and_then(|place| place.split_once('/'));
        let prefix = prefix.map(|(container, prefix)| (container.to_owned(), decoded(prefix)));
        if info.static_large_object == Some(true) || prefix.is_some() {
            let (container, object) = (container.to_owned(), object.to_owned());
            self.seen.manifests.push(Manifest { container, object, version: version.map(str::to_owned), prefix });
        }
        let what = version.map(|version| format!(", version {version},")).unwrap_or_default();
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(error) => {
                self.trouble(format!("{container}/{object}{what} can't be read: {error}"));
                return None;
            }
        };
        let Some(body) = self.grounds.files.body_of(&bytes) else {
            self.trouble(format!("{container}/{object}{what} holds {} bytes that nobody stored", bytes.len()));
            return None;
        };
        Some(Content { body, tag: info.metadata.get("tag").and_then(|tag| tag.parse().ok()) })
    }

    fn place_of(&self, target: &str) -> Option<Place> {
        let target = decoded(target);
        let (container, name) = target.strip_prefix(&self.stage.prefix)?.split_once('/')?;
        let container = [Container::A, Container::B].into_iter().find(|known| known.letter() == container)?;
        NAMES.into_iter().find(|known| *known == name).map(|name| Place::Object(container, name))
    }

    async fn versions(&mut self) {
        let container = self.stage.name(Container::A);
        for object in self.listed(&container, true).await {
            let is_mark = object.content_type.as_deref().is_some_and(|kind| kind.starts_with("application/x-deleted"));
            let name = NAMES.into_iter().find(|name| *name == object.name);
            let (Some(name), Some(version)) = (name.filter(|_| !is_mark && object.symlink_path.is_none()), object.version_id)
            else {
                continue;
            };
            let read = match self.swift.download_object(&container, name).version_id(&version).send().await {
                Ok(download) => {
                    let info = download.info().clone();
                    let bytes = download.collect(MOST).await.map(|bytes| bytes.to_vec());
                    self.content(&container, name, Some(&version), &info, bytes)
                }
                Err(error) => {
                    self.trouble(format!("{container}/{name}, version {version}, can't be read: {error}"));
                    None
                }
            };
            if let Some(content) = read {
                self.seen.versions.insert((name, version), content);
            }
        }
    }

    async fn archive(&mut self) {
        let container = self.stage.name(Container::Archive);
        for object in self.listed(&container, false).await {
            let of = |name: &&Name| object.name.starts_with(&format!("{:03x}{name}/", name.len()));
            let Some(name) = NAMES.iter().find(of) else {
                self.trouble(format!("a stranger: {container}/{}", object.name));
                continue;
            };
            if let Some(value) = self.value(&container, &object.name).await {
                self.seen.archived.entry(name).or_default().push((object.name, value));
            }
        }
    }

    fn folder(&mut self, folder: &Path, below: &str, place: fn(Name) -> Place) {
        for entry in std::fs::read_dir(folder).expect("listed") {
            let path = entry.expect("an entry").path();
            let name = format!("{below}{}", path.file_name().unwrap_or_default().to_string_lossy());
            if path.is_dir() {
                self.folder(&path, &format!("{name}/"), place);
                continue;
            }
            // What a download that broke off goes on with.
            if name.contains(".k5-") {
                continue;
            }
            let bytes = std::fs::read(&path).expect("read");
            let known = NAMES.into_iter().find(|known| *known == name);
            match (known, self.grounds.files.body_of(&bytes)) {
                (Some(name), Some(body)) => {
                    self.seen.places.insert(place(name), Value::Content(Content { body, tag: None }));
                }
                _ => self.trouble(format!("a stranger: {} of {} bytes", path.display(), bytes.len())),
            }
        }
    }
}

/// Judges segments by the manifests that a look has shown.
pub(crate) async fn segments(stage: &Stage, seen: &Seen) -> Result<Segments, Error> {
    let swift = stage.swift(2);
    let mut there = BTreeSet::new();
    for container in [Container::A, Container::B, Container::Kept] {
        let container = format!("{}_segments", stage.name(container));
        match swift.list_objects(&container).items().collect().await {
            Ok(listed) => there.extend(listed.into_iter().map(|object| (container.clone(), object.name))),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error),
        }
    }
    let mut judged = Segments { count: there.len(), ..Segments::default() };
    let mut used = BTreeSet::new();
    for manifest in &seen.manifests {
        if let Some((container, prefix)) = &manifest.prefix {
            used.extend(there.iter().filter(|(at, name)| at == container && name.starts_with(prefix)).cloned());
            continue;
        }
        let mut open = vec![(manifest.container.clone(), manifest.object.clone(), manifest.version.clone())];
        while let Some((container, object, version)) = open.pop() {
            let read = swift.download_object(&container, &object).multipart_manifest("get");
            let read = version.iter().fold(read, |read, version| read.version_id(version));
            let text = read.send().await?.collect(MOST).await?;
            let entries: Vec<serde_json::Value> = serde_json::from_slice(&text).unwrap_or_default();
            for entry in entries {
                let place = entry["name"].as_str().and_then(|name| name.trim_start_matches('/').split_once('/'));
                let Some((at, name)) = place.map(|(at, name)| (at.to_owned(), name.to_owned())) else { continue };
                if !there.contains(&(at.clone(), name.clone())) {
                    judged.missing.push(format!("{at}/{name} of {}/{}", manifest.container, manifest.object));
                } else if entry["sub_slo"] == true {
                    open.push((at.clone(), name.clone(), None));
                }
                used.insert((at, name));
            }
        }
    }
    let folders: BTreeSet<_> =
        used.iter().filter_map(|(at, name)| Some((at.clone(), name.rsplit_once('/')?.0.to_owned()))).collect();
    for (at, name) in there.difference(&used) {
        let folder = [".named", ".moved", ".kept"].iter().find_map(|end| name.strip_suffix(end));
        let is_mark = folder.is_some_and(|folder| folders.contains(&(at.clone(), folder.to_owned())));
        if !is_mark {
            judged.garbage.push(format!("{at}/{name}"));
        }
    }
    Ok(judged)
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}
