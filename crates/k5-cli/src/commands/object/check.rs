//! Whether a plan can be carried out as a whole, looked at before its first change: no two sources for one target, no file where a folder
//! must be, nothing that is read while another part of the plan replaces it.

use super::files;
use super::jobs::{self, Job, Kind};
use super::plan::{Plan, Target};
use super::walk::Walk;
use crate::failure::{Failure, Outcome, REFUSED};
use crate::url::{Place, SwiftUrl};
use k5::Items;
use k5::object_storage::sync::LINK_SUFFIX;
use k5::object_storage::{Object, ObjectStorage};
use std::collections::HashMap;
use std::collections::hash_map;
use std::path::{Path, PathBuf};

/// Looks at the whole plan. What concerns one entry of a folder alone is left to its turn, for the others can go on.
///
/// # Errors
/// With the names of both things that are in each other's way.
pub(crate) async fn check(plan: &Plan, swift: &ObjectStorage, moves: bool) -> Outcome {
    own_names(plan)?;
    if moves {
        apart(plan)?;
    }
    single_targets(plan)?;
    if !plan.recursive {
        return Ok(());
    }
    for source in &plan.sources {
        match (source, &plan.to) {
            (Place::Swift(from), Target::Local { path, .. }) => into_folder(swift, plan, from, path).await?,
            (_, Target::Swift(to)) => {
                if let (Place::Local(path), true) = (source, plan.links) {
                    links_of(path).await?;
                }
                let below = SwiftUrl::new(&to.container, jobs::folder_in(plan, source, to)?);
                for other in &plan.sources {
                    if let Place::Swift(other) = other {
                        over_source(swift, source, &below, other).await?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Of several sources, each keeps its name below the destination, so no two may have the same.
fn own_names(plan: &Plan) -> Outcome {
    if !plan.several() {
        return Ok(());
    }
    let mut seen: HashMap<String, &Place> = HashMap::new();
    for source in &plan.sources {
        let name = jobs::own_name(source, plan.recursive)?;
        match seen.entry(name) {
            hash_map::Entry::Vacant(free) => drop(free.insert(source)),
            hash_map::Entry::Occupied(taken) => {
                return Err(collision(taken.get(), source, &format!("{} below the destination", taken.key())));
            }
        }
    }
    Ok(())
}

fn collision(first: impl std::fmt::Display, second: impl std::fmt::Display, target: &str) -> Failure {
    Failure::usage(format!(
        "{first} and {second} would both become {target}: nothing was done; take them one at a time, under different names"
    ))
}

/// What is moved is removed, so it must not be part of another source.
fn apart(plan: &Plan) -> Outcome {
    // Names in the cloud can begin with no `/`, and whole paths here do.
    let mut seen: HashMap<PathBuf, &Place> = HashMap::new();
    let place = |source: &Place| match source {
        Place::Local(path) => std::fs::canonicalize(path).ok(),
        Place::Swift(url) => Some(PathBuf::from(format!("{}/{}", url.container, url.object))),
        Place::Std => None,
    };
    let twice = |first: &Place, second: &Place| {
        Failure::usage(format!("{first} and {second} are the same, or one is within the other, and can be moved only once"))
    };
    for source in &plan.sources {
        if let Some(other) = place(source).and_then(|path| seen.insert(path, source)) {
            return Err(twice(other, source));
        }
    }
    // Without -r, `a` and `a/b` are two objects.
    for source in plan.sources.iter().filter(|_| plan.recursive) {
        let Some(path) = place(source) else { continue };
        if let Some(other) = path.ancestors().skip(1).find_map(|folder| seen.get(folder)) {
            return Err(twice(other, source));
        }
    }
    Ok(())
}

/// What each source becomes, as far as the arguments alone say it.
fn single_targets(plan: &Plan) -> Outcome {
    if let Target::Local { path, is_folder } = &plan.to {
        let folder = plan.several() || *is_folder;
        match std::fs::metadata(path) {
            Ok(about) if folder && !about.is_dir() => {
                return Err(Failure::usage(format!("{} is a file, but must be a folder", path.display())));
            }
            Err(error) if folder && !plan.recursive => return Err(Failure::file(path.display(), &error)),
            _ => {}
        }
    }
    for source in &plan.sources {
        match (source, &plan.to) {
            (Place::Local(path), Target::Swift(to)) => {
                // What can't be read is told when its turn comes.
                let Ok(about) = std::fs::metadata(path) else { continue };
                match (about.is_dir(), plan.recursive) {
                    (true, false) => return Err(jobs::is_folder(path)),
                    (true, true) => drop(jobs::folder_in(plan, source, to)?),
                    (false, _) => drop(jobs::up_one(path.clone(), to, None, plan.several())?),
                }
            }
            (Place::Swift(from), to) if !plan.recursive => {
                if let Job::Down { to, root: Some(_), .. } = jobs::single(from.clone(), to, plan.several())? {
                    files::replaceable(&to).map_err(|why| Failure::usage(format!("{from}: {why}")))?;
                }
                if let (Target::Local { path, is_folder: false }, true) = (to, !plan.several())
                    && path.is_dir()
                {
                    return Err(Failure::usage(format!("{from}: {} is a folder, but must be a file", path.display())));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The objects of a folder in the cloud as files here.
async fn into_folder(swift: &ObjectStorage, plan: &Plan, from: &SwiftUrl, root: &Path) -> Outcome {
    let prefix = from.folder_prefix();
    let mut items = swift.list_objects(&from.container).prefix(&prefix).items();
    let mut way = Way::default();
    let mut found = false;
    while let Some(object) = next(&mut items, from).await? {
        if !std::mem::replace(&mut found, true) && std::fs::metadata(root).is_ok_and(|about| !about.is_dir()) {
            return Err(Failure::usage(format!("{from}: {} is a file, but must be a folder", root.display())));
        }
        let Ok((file, kind)) = jobs::file_of(plan, from, &prefix, &object) else { continue };
        let Some(file) = file.strip_prefix(root).ok().and_then(Path::to_str) else { continue };
        if let Some(other) = way.step(&object.name, file, kind == Kind::Folder) {
            let (first, second) = (SwiftUrl::new(&from.container, other), SwiftUrl::new(&from.container, object.name));
            return Err(Failure::usage(format!(
                "{first} and {second}: here, {} would have to be both a file and something else; nothing was done; take them one at a time",
                root.join(file).display()
            )));
        }
    }
    Ok(())
}

/// A link `NAME` and a file `NAME.rclonelink` would be one object.
async fn links_of(root: &Path) -> Outcome {
    let root = root.to_owned();
    let looked = tokio::task::spawn_blocking(move || {
        // What can't be read is told when its turn comes.
        let Ok(mut walk) = Walk::new(&root, true) else { return Ok(()) };
        while let Some(found) = walk.next() {
            let Some(link) = found.ok().filter(|found| found.is_link) else { continue };
            let mut other = link.path.clone().into_os_string();
            other.push(LINK_SUFFIX);
            let other = PathBuf::from(other);
            // A folder's name is the beginning of others, and no object.
            if other.symlink_metadata().is_ok_and(|about| about.is_file()) {
                return Err(collision(link.path.display(), other.display(), &format!("an object {}{LINK_SUFFIX}", link.name)));
            }
        }
        Ok(())
    });
    looked.await.unwrap_or_else(|_| Err(Failure::new(REFUSED, "the search for links stopped unexpectedly")))
}

/// The next object; the end, too, where there is no such container, which is told when the source's turn comes.
async fn next(items: &mut Items<Object>, from: &SwiftUrl) -> Outcome<Option<Object>> {
    match items.try_next().await {
        Ok(found) => Ok(found),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(Failure::cloud(from, &error)),
    }
}

/// The names that others on their way through a sorted listing may still collide with: those that the current name begins with.
#[derive(Default)]
struct Way(Vec<Step>);

struct Step {
    /// In the cloud.
    name: String,
    /// Below the root here.
    file: String,
    is_folder: bool,
}

impl Way {
    /// Takes the next object; gives an earlier one that can't be here beside it.
    fn step(&mut self, name: &str, file: &str, is_folder: bool) -> Option<String> {
        while self.0.last().is_some_and(|step| !file.starts_with(&step.file)) {
            self.0.pop();
        }
        let collides = |step: &&Step| match file.strip_prefix(&step.file) {
            Some("") => !(step.is_folder && is_folder),
            Some(rest) => rest.starts_with('/') && !step.is_folder,
            None => false,
        };
        if let Some(other) = self.0.iter().find(collides) {
            return Some(other.name.clone());
        }
        self.0.push(Step { name: name.to_owned(), file: file.to_owned(), is_folder });
        None
    }
}

/// What goes to `below` must not replace what is another source, or another part of the same one.
async fn over_source(swift: &ObjectStorage, source: &Place, below: &SwiftUrl, other: &SwiftUrl) -> Outcome {
    let theirs = other.folder_prefix();
    if below.container != other.container {
        return Ok(());
    }
    let Some(rest) = theirs.strip_prefix(&below.object) else { return Ok(()) };
    let from = match source {
        Place::Swift(from) => from,
        Place::Local(path) if path.is_dir() && path.join(rest).symlink_metadata().is_ok() => {
            return Err(replaces(&path.join(rest).display(), other));
        }
        _ => return Ok(()),
    };
    if rest.is_empty() {
        return Err(Failure::usage(format!("{from} -> {below}: they are the same folder")));
    }
    let ours = from.folder_prefix() + rest;
    let list = |container: &str, prefix: &str| swift.list_objects(container).prefix(prefix).items();
    let (mut left, mut right) = (list(&from.container, &ours), list(&other.container, &theirs));
    let mut there = next(&mut right, other).await?;
    while let Some(object) = next(&mut left, from).await? {
        let name = object.name.get(ours.len()..).unwrap_or_default();
        loop {
            let Some(source) = &there else { return Ok(()) };
            match source.name.get(theirs.len()..).unwrap_or_default().as_bytes().cmp(name.as_bytes()) {
                std::cmp::Ordering::Less => there = next(&mut right, other).await?,
                std::cmp::Ordering::Equal => {
                    let replacing = SwiftUrl::new(&from.container, object.name.as_str());
                    return Err(replaces(&replacing, &SwiftUrl::new(&other.container, source.name.as_str())));
                }
                std::cmp::Ordering::Greater => break,
            }
        }
    }
    Ok(())
}

fn replaces(first: &dyn std::fmt::Display, second: &SwiftUrl) -> Failure {
    Failure::usage(format!(
        "{first} would replace {second}, which is a source as well: nothing was done; take another destination first"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        /// The stack of names finds a collision exactly where comparing each with each does.
        #[test]
        fn a_file_where_a_folder_must_be_is_found(names in prop::collection::btree_set("[ab!0](/?[ab!0-]){0,5}", 0..20)) {
            let names: BTreeSet<String> = names;
            let collides = names.iter().any(|name| names.iter().any(|other| other.starts_with(&format!("{name}/"))));
            let mut way = Way::default();
            prop_assert_eq!(names.iter().any(|name| way.step(name, name, false).is_some()), collides);
        }
    }

    #[test]
    fn folders_may_be_named_twice() {
        let mut way = Way::default();
        for (name, is_folder) in [("d", true), ("d", true), ("d/a", false), ("d/b", true), ("d/b/c", false)] {
            assert_eq!(way.step(name, name, is_folder), None, "{name}");
        }
        assert_eq!(way.step("d/b/c/", "d/b/c", true).as_deref(), Some("d/b/c"));
    }

    #[test]
    fn what_collides_is_found_in_the_arguments() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().to_str().expect("plain");
        for name in ["a/f", "b/f", "a/x/1", "b/x/2"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("below")).and_then(|()| std::fs::write(path, "")).expect("written");
        }
        std::os::unix::fs::symlink("a/f", folder.path().join("link")).expect("linked");
        let check = |line: &str, recursive: bool, moves: bool| {
            let line = line.replace('@', root);
            let places: Vec<_> = line.split(' ').map(std::ffi::OsString::from).collect();
            let plan = Plan::new(&places, recursive)?;
            own_names(&plan)?;
            if moves {
                apart(&plan)?;
            }
            single_targets(&plan)
        };
        for line in [
            "@/a/f @/b/f swift://c/m/",
            "@/a/f @/a/f swift://c/m/",
            "@/a/f @/b/../a/f swift://c/m/",
            "@/a/f swift://d/f swift://c/m/",
            "swift://d/f swift://e/f swift://c/m/",
            "swift://d/f swift://d/x//f swift://c/m/",
            "swift://d/f swift://e/f @/a",
            "swift://d/x @/a",
            "swift://d/x swift://d/y @/none/",
            "swift://c/m/f swift://c/g swift://c/m/",
            "swift://d/.. @/a",
        ] {
            assert_eq!(check(line, false, false).expect_err(line).status(), 2, "{line}");
        }
        for line in [
            "@/a/x @/b/x swift://c/r/",
            "@/a/x @/b/x/ swift://c",
            "@/a/x @/b/../a/x/. swift://c",
            "swift://d/x swift://d/x/ swift://c/r",
            "swift://d/x swift://e/y/x// @/new",
            "swift://d swift://e/d @/new",
            "swift://d swift://e @/a/f",
        ] {
            assert_eq!(check(line, true, false).expect_err(line).status(), 2, "{line}");
        }
        for line in [
            "@/a @/a/x swift://c/r",
            "@/link @/a/f swift://c/r/",
            "swift://c swift://c/x/y swift://d",
            "swift://c/x swift://c/x/y swift://d",
        ] {
            assert_eq!(check(line, true, true).expect_err(line).status(), 2, "{line}");
            check(line, true, false).expect(line);
        }
        for line in ["@/a/f @/link swift://c/m/", "@/a/f @/none swift://c/m/", "swift://d/p swift://d/q @/a", "swift://d/x @/a/f"] {
            check(line, false, false).expect(line);
        }
    }
}
