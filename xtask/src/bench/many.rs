//! Many small files: uploaded, downloaded, and compared with what already exists.

use super::Setting;
use super::cloud::Container;
use super::contest::{Contest, Figure};
use super::goal::{Goal, K5};
use super::measure::Argv;
use super::peers::{Lineup, OPENDAL, Peers, Place, RCLONE, SWIFTCLIENT, Server};
use super::report::Section;
use super::work::{Content, Work, text};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

const BYTES: usize = 4096;
const IN_A_FOLDER: usize = 100;
/// Our command that requests the time of each object, which it does by default.
const K5_BY_TIME: &str = "k5, by time";
/// The prefix of the files in the container.
const PREFIX: &str = "many";
/// The numbers of transfers among which rclone's best is found.
const TRANSFERS: [&str; 4] = ["8", "16", "32", "64"];
/// The number for opendal, which does one thing at a time by default.
const CONCURRENCY: [&str; 2] = ["--concurrency", "16"];

pub(crate) fn run(setting: &Setting<'_>, server: Server, variables: &[(String, String)], tree: &Tree) -> Result<Section, String> {
    let place = Place::open(setting, server, variables)?;
    let mut section = Section::new(
        format!("Many small files, {}", server.name()),
        &format!(
            "{} files of {BYTES} bytes, {IN_A_FOLDER} in a folder, in {} round(s). rclone with the fastest of {} transfers; swiftclient with its default \
             of 10 threads; opendal 16 at a time; k5 as by default. After each run, outside of the measured time, names and MD5 of all are \
             compared with the source's, and before each the source is read, so that it is in memory. What was downloaded is removed only \
             at the end: a file system passes over the inodes of files just deleted one by one. All but opendal compare MD5 themselves. What is there already is compared by size and MD5 (rclone and \
             k5 with --checksum: rclone's comparison of times takes longer), by swiftclient (--changed) and k5 without it by size and time.",
            tree.sums.len(),
            setting.options.many_rounds,
            TRANSFERS.join(", "),
        ),
    );
    let up = place.container.beside("up")?;
    put(setting, server, &up, tree, &mut section)?;
    let down = place.container.beside("down")?;
    get(setting, server, &down, tree, &mut section)?;
    let sync = place.container.beside("sync")?;
    compare(setting, server, &sync, tree, &mut section)?;
    Ok(section)
}

fn goals(what: &str, server: Server, peers: &[&'static str]) -> Vec<Goal> {
    let name = server.name();
    match server {
        Server::Swift => vec![
            Goal::fastest(format!("wall, {what}, {name}"), Figure::Wall, 1.0, peers),
            Goal::times(format!("CPU, {what}, {name}"), Figure::Cpu, K5, 0.5, &[RCLONE]),
        ],
        Server::Emulator => vec![Goal::times(format!("wall, {what}, {name}"), Figure::Wall, K5, 0.33, &[RCLONE])],
    }
}

fn put(setting: &Setting<'_>, server: Server, container: &Container<'_>, tree: &Tree, section: &mut Section) -> Result<(), String> {
    let peers = Peers { tools: setting.tools, container };
    let (content, folder) = (&tree.content, text(&tree.content.path));
    let after = |_: &Content| {
        let checked = tree.check(&stored(container, PREFIX)?);
        container.empty()?;
        checked
    };
    let rclone = |transfers: &str| Ok(transfer(peers.rclone()?, transfers).args(["copy", &*folder, &*peers.remote(PREFIX)]));
    let best = best(setting, "up", rclone, &|_| tree.read(setting.work), &after, content, section);
    let mut lineup = Lineup::new(section);
    lineup.take(RCLONE, content, best.and_then(rclone));
    let swift = peers.swiftclient();
    lineup.take(
        SWIFTCLIENT,
        content,
        swift.map(|swift| swift.args(["upload", "--object-name", PREFIX, &*container.name, &*folder])),
    );
    let opendal = peers.opendal();
    lineup.take(
        OPENDAL,
        content,
        opendal.map(|opendal| opendal.args(CONCURRENCY).args(["put-many", &*container.name, PREFIX, &*folder])),
    );
    lineup.take(K5, content, Ok(recursive(&peers).args([&*folder, &*peers.swift_url(&format!("{PREFIX}/"))])));
    let contest = Contest {
        title: format!("{} files up, {}", tree.sums.len(), server.name()),
        runners: lineup.runners,
        before: Box::new(|_| tree.read(setting.work)),
        after: Box::new(after),
    };
    let outcome = contest.hold(setting.options.many_rounds, &setting.work.home());
    section.add(outcome, &goals("many files up", server, &[RCLONE, SWIFTCLIENT, OPENDAL]));
    Ok(())
}

fn get(setting: &Setting<'_>, server: Server, container: &Container<'_>, tree: &Tree, section: &mut Section) -> Result<(), String> {
    let peers = Peers { tools: setting.tools, container };
    let (content, target) = (&tree.content, setting.work.target());
    let made = recursive(&peers).args([&*text(&content.path), &*peers.swift_url(&format!("{PREFIX}/"))]);
    made.output(&setting.work.home())?;
    tree.check(&stored(container, PREFIX)?)?;
    let aside = Aside::default();
    let before = |_: &Content| aside.put(&target);
    let after = |_: &Content| {
        let checked = tree.check(&sums(setting.work, &target)?);
        aside.put(&target)?;
        checked
    };
    let folder = text(&target);
    let rclone = |transfers: &str| Ok(transfer(peers.rclone()?, transfers).args(["copy", &*peers.remote(PREFIX), &*folder]));
    let best = best(setting, "down", rclone, &before, &after, content, section);
    let mut lineup = Lineup::new(section);
    lineup.take(RCLONE, content, best.and_then(rclone));
    let prefix = format!("{PREFIX}/");
    let download = ["download", "--prefix", &*prefix, "--remove-prefix", "--output-dir", &*folder, &*container.name];
    lineup.take(SWIFTCLIENT, content, peers.swiftclient().map(|swift| swift.args(download)));
    let opendal = peers.opendal();
    lineup.take(
        OPENDAL,
        content,
        opendal.map(|opendal| opendal.args(CONCURRENCY).args(["get-many", &*container.name, PREFIX, &*folder])),
    );
    lineup.take(K5, content, Ok(recursive(&peers).args([&*peers.swift_url(&prefix), &*format!("{folder}/")])));
    let contest = Contest {
        title: format!("{} files down, {}", tree.sums.len(), server.name()),
        runners: lineup.runners,
        before: Box::new(before),
        after: Box::new(after),
    };
    let outcome = contest.hold(setting.options.many_rounds, &setting.work.home());
    aside.clear()?;
    section.add(outcome, &goals("many files down", server, &[RCLONE, SWIFTCLIENT, OPENDAL]));
    Ok(())
}

/// Each tool finds what it has stored itself, because they recognise it by different marks.
fn compare(
    setting: &Setting<'_>,
    server: Server,
    container: &Container<'_>,
    tree: &Tree,
    section: &mut Section,
) -> Result<(), String> {
    let peers = Peers { tools: setting.tools, container };
    let home = setting.work.home();
    if peers.k5().args(["object", "sync", "--help"]).output(&home).is_err() {
        section.skip("files that are there already: this k5 has no `object sync`".to_owned());
        return Ok(());
    }
    let folder = text(&tree.content.path);
    let [ours, rclones, swifts] = ["k5", "rclone", "swift"].map(|name| Content { name, ..tree.content.clone() });
    let mut lineup = Lineup::new(section);
    // By checksum, because its comparison of times requests every object.
    let rclone =
        peers.rclone().map(|rclone| transfer(rclone, "16").args(["sync", "--checksum", &*folder, &*peers.remote(rclones.name)]));
    lineup.take(RCLONE, &rclones, rclone);
    let arguments = ["upload", "--changed", "--object-name", swifts.name, &*container.name, &*folder];
    lineup.take(SWIFTCLIENT, &swifts, peers.swiftclient().map(|swift| swift.args(arguments)));
    let url = peers.swift_url(&format!("{}/", ours.name));
    let k5 = || peers.k5().args(["object", "sync", "--no-progress", &*folder, &*url]);
    lineup.take(K5, &ours, Ok(k5().args(["--checksum"])));
    lineup.take(K5_BY_TIME, &ours, Ok(k5()));
    let runners = lineup.runners;
    for runner in &runners {
        runner.command.output(&home)?;
    }
    let contest = Contest {
        title: format!("{} files that are there already, {}", tree.sums.len(), server.name()),
        runners,
        before: Box::new(|_| tree.read(setting.work)),
        after: Box::new(|content| tree.check(&stored(container, content.name)?)),
    };
    let outcome = contest.hold(setting.options.many_rounds, &home);
    section.add(outcome, &goals("many files with nothing to do", server, &[RCLONE, SWIFTCLIENT]));
    Ok(())
}

fn recursive(peers: &Peers<'_>) -> Argv {
    peers.k5().args(["object", "cp", "--no-progress", "-r"])
}

fn transfer(rclone: Argv, transfers: &str) -> Argv {
    rclone.args(["--transfers", transfers, "--checkers", transfers])
}

/// Runs rclone once with each number of transfers, records the times, and returns the best.
fn best(
    setting: &Setting<'_>,
    what: &str,
    rclone: impl Fn(&str) -> Result<Argv, String>,
    before: &dyn Fn(&Content) -> Result<(), String>,
    after: &dyn Fn(&Content) -> Result<(), String>,
    content: &Content,
    section: &mut Section,
) -> Result<&'static str, String> {
    let mut walls = Vec::new();
    for transfers in TRANSFERS {
        before(content)?;
        let sample = rclone(transfers)?.measure(&setting.work.home())?;
        after(content)?;
        eprintln!("rclone {what} with {transfers} transfers: {:.3} s", sample.wall);
        walls.push((transfers, sample.wall));
    }
    let best = walls.iter().min_by(|one, other| one.1.total_cmp(&other.1)).map_or(TRANSFERS[0], |(transfers, _)| *transfers);
    let all: Vec<String> = walls.iter().map(|(transfers, wall)| format!("{transfers}: {wall:.3} s")).collect();
    if !section.text.is_empty() {
        section.text.push('\n');
    }
    section.text.push_str(&format!("rclone {what}, once by number of transfers: {}; taken: {best}.\n", all.join(", ")));
    Ok(best)
}

/// A folder of files.
pub(crate) struct Tree {
    content: Content,
    /// MD5 by name.
    sums: BTreeMap<String, String>,
}

impl Tree {
    pub(crate) fn make(work: &Work, files: usize) -> Result<Self, String> {
        let path = work.path().join("tree");
        let made = || -> std::io::Result<()> {
            let (mut random, mut bytes) = (File::open("/dev/urandom")?, [0; BYTES]);
            for index in 0..files {
                let folder = path.join(format!("folder-{:04}", index / IN_A_FOLDER));
                if index % IN_A_FOLDER == 0 {
                    std::fs::create_dir_all(&folder)?;
                }
                random.read_exact(&mut bytes)?;
                std::fs::write(folder.join(format!("file-{index:06}.bin")), bytes)?;
            }
            Ok(())
        };
        made().map_err(|error| format!("{}: {error}", path.display()))?;
        let sums = sums(work, &path)?;
        Ok(Self { content: Content { name: PREFIX, path, bytes: (files * BYTES) as u64, md5: String::new() }, sums })
    }

    /// Reads all of it, so that it is in the system's cache when measured.
    fn read(&self, work: &Work) -> Result<(), String> {
        sums(work, &self.content.path).map(drop)
    }

    /// Whether these are its files.
    fn check(&self, found: &BTreeMap<String, String>) -> Result<(), String> {
        for (name, sum) in &self.sums {
            match found.get(name) {
                Some(same) if same == sum => {}
                Some(_) => return Err(format!("{name} holds other bytes than its source")),
                None => return Err(format!("{name} is missing, {} of {} are there", found.len(), self.sums.len())),
            }
        }
        match found.keys().find(|name| !self.sums.contains_key(*name)) {
            Some(name) => Err(format!("{name} has no source")),
            None => Ok(()),
        }
    }
}

/// MD5 of all files below a folder.
fn sums(work: &Work, folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let script = r#"cd "$1" && find . -type f -print0 | xargs -0 -r md5sum"#;
    let printed = Argv::new("bash").args(["-c", script, "bash", &text(folder)]).output(&work.home())?;
    let pairs = printed.lines().filter_map(|line| line.split_once("  ./"));
    Ok(pairs.map(|(sum, name)| (name.to_owned(), sum.to_owned())).collect())
}

/// What the server says about all objects below a prefix.
fn stored(container: &Container<'_>, prefix: &str) -> Result<BTreeMap<String, String>, String> {
    let prefix = format!("{prefix}/");
    let objects = container.list(&prefix)?;
    let pairs =
        objects.iter().filter_map(|object| Some((object["name"].as_str()?.strip_prefix(&prefix)?, object["hash"].as_str()?)));
    Ok(pairs.map(|(name, sum)| (name.to_owned(), sum.to_owned())).collect())
}

/// Folders of downloads, kept until the end. If they were removed earlier, the file system (ext4) would have to skip the inodes of
/// all deleted files for each new file, and each tool would be slower than the one before it.
#[derive(Default)]
struct Aside(RefCell<Vec<PathBuf>>);

impl Aside {
    /// Moves a folder that may exist out of the way.
    fn put(&self, folder: &Path) -> Result<(), String> {
        let mut others = self.0.borrow_mut();
        let place = folder.with_extension(others.len().to_string());
        match std::fs::rename(folder, &place) {
            Ok(()) => others.push(place),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{}: {error}", folder.display())),
        }
        Ok(())
    }

    fn clear(&self) -> Result<(), String> {
        let remove = |folder: PathBuf| std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()));
        self.0.take().into_iter().try_for_each(remove)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_aside_goes_at_the_end() {
        let parent = tempfile::tempdir().expect("a folder");
        let (aside, target) = (Aside::default(), parent.path().join("target"));
        aside.put(&target).expect("nothing is there");
        for n in 0..2 {
            std::fs::create_dir(&target).expect("made");
            aside.put(&target).expect("moved");
            assert!(!target.exists() && parent.path().join(format!("target.{n}")).is_dir());
        }
        aside.clear().expect("removed");
        assert_eq!(std::fs::read_dir(parent.path()).expect("listed").count(), 0);
    }

    #[test]
    fn other_files_are_found() {
        let parent = tempfile::tempdir().expect("a folder");
        let work = Work::new(parent.path()).expect("made");
        let tree = Tree::make(&work, 101).expect("made");
        let path = tree.content.path.clone();
        let check = || tree.check(&sums(&work, &path).expect("read"));
        assert_eq!((tree.sums.len(), check()), (101, Ok(())));
        let last = path.join("folder-0001/file-000100.bin");
        std::fs::write(&last, "other").expect("written");
        assert!(check().expect_err("other").contains("file-000100.bin holds other bytes"));
        std::fs::remove_file(&last).expect("removed");
        assert!(check().expect_err("missing").contains("100 of 101"));
        std::fs::rename(path.join("folder-0000"), path.join("folder")).expect("renamed");
        assert!(check().is_err());
        let mut more = tree.sums.clone();
        more.insert("more".to_owned(), String::new());
        assert!(tree.check(&more).expect_err("one more").contains("more has no source"));
    }
}
