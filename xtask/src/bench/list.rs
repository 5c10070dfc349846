//! Listings of many names.

use super::Setting;
use super::cloud::Container;
use super::contest::{Contest, Figure};
use super::goal::{Goal, K5};
use super::measure::Argv;
use super::peers::{Lineup, OPENDAL, Peers, Place, RCLONE, SWIFTCLIENT, Server};
use super::report::Section;
use super::work::{Content, Work, remove, text};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// How the goals name curl's loop over markers.
const LOOP: &str = "curl in a loop";
/// MiB.
const PEAK: f64 = 12.0;

/// Pages of as many names as Swift returns at a time. No name needs encoding.
const CURL_LOOP: &str = r#"marker=
while page=$(curl -sSf -H "X-Auth-Token: $OS_AUTH_TOKEN" "$1?limit=10000&marker=$marker") || exit 1; [ -n "$page" ]; do
  printf '%s\n' "$page"
  marker=${page##*$'\n'}
done"#;

/// A few at a time, each with one connection for all its names. One byte each: for an empty object, rclone requests each one's
/// headers, since it might be a large object.
const FILL: &str = r#"share=$((($2 + 3) / 4)) failed=0
for part in 0 1 2 3; do
  first=$((part * share)) last=$(((part + 1) * share - 1))
  [ "$last" -lt "$2" ] || last=$(($2 - 1))
  [ "$first" -le "$last" ] || continue
  range=$(printf '[%07d-%07d]' "$first" "$last")
  curl -sSf -o /dev/null -X PUT -H "X-Auth-Token: $OS_AUTH_TOKEN" --data-binary x "$1/object-$range" &
done
for job in $(jobs -p); do wait "$job" || failed=1; done
exit "$failed""#;

pub(crate) fn run(
    setting: &Setting<'_>,
    server: Server,
    variables: &[(String, String)],
    names: &Content,
) -> Result<Section, String> {
    let place = Place::open(setting, server, variables)?;
    let container = place.container.beside("list")?;
    let count = setting.options.names;
    eprintln!("storing {count} names, {}", server.name());
    let filled = match server {
        Server::Emulator => fill(setting, &container, count),
        Server::Swift => Database::of(setting, &container).and_then(|database| database.run("fill", count)),
    };
    // A process that ends takes its names with it faster than requests.
    let done = |container: Container<'_>| match server {
        Server::Emulator => {
            container.forget();
            Ok(())
        }
        Server::Swift => Database::of(setting, &container)?.run("empty", count),
    };
    let outcome = filled.and_then(|()| list(setting, server, &container, names));
    let emptied = done(container);
    let section = outcome?;
    emptied?;
    Ok(section)
}

fn fill(setting: &Setting<'_>, container: &Container<'_>, count: usize) -> Result<(), String> {
    let url = container.url("").trim_end_matches('/').to_owned();
    let fill = Argv::new("bash").args(["-c", FILL, "bash", &url, &count.to_string()]).envs(&container.preauthenticated());
    fill.output(&setting.work.home()).map(drop)
}

fn list(setting: &Setting<'_>, server: Server, container: &Container<'_>, names: &Content) -> Result<Section, String> {
    let how = match server {
        Server::Emulator => "stored by PUTs of one byte each",
        Server::Swift => "written into the container's database by Swift's own code, since a PUT each takes hours",
    };
    let count = setting.options.names;
    let mut section = Section::new(
        format!("Listing of {count} names, {}", server.name()),
        &format!(
            "Names of 14 characters in one container, {how}, in {} round(s). {LOOP}: bash and a curl for each 10000 names. \
             Each tool prints the names into a file, which is compared with the names that are there.",
            setting.options.many_rounds,
        ),
    );
    let peers = Peers { tools: setting.tools, container };
    let printed = setting.work.path().join("printed");
    let name = container.name.as_str();
    let mut lineup = Lineup::new(&mut section);
    let mut take =
        |tool, command: Result<Argv, String>| lineup.take(tool, names, command.map(|argv| argv.printing(printed.clone())));
    let url = container.url("").trim_end_matches('/').to_owned();
    take(LOOP, Ok(Argv::new("bash").args(["-c", CURL_LOOP, "bash", &*url]).envs(&container.preauthenticated())));
    take(RCLONE, peers.rclone().map(|rclone| rclone.args(["lsf", "-R", &*format!("bench:{name}")])));
    take(SWIFTCLIENT, peers.swiftclient().map(|swift| swift.args(["list", name])));
    take(OPENDAL, peers.opendal().map(|opendal| opendal.args(["list", name])));
    take(K5, Ok(peers.k5().args(["object", "ls", "-r", &*format!("swift://{name}")])));
    let contest = Contest {
        title: format!("{count} names, {}", server.name()),
        runners: lineup.runners,
        before: Box::new(|_| remove(&printed)),
        after: Box::new(|names| setting.work.check(&printed, names)),
    };
    let outcome = contest.hold(setting.options.many_rounds, &setting.work.home());
    let what = |figure: &str| format!("{figure}, listing of {count} names, {}", server.name());
    let wall = match server {
        Server::Swift => Goal::times(what("wall"), Figure::Wall, K5, 1.05, &[LOOP]),
        Server::Emulator => Goal::times(what("wall"), Figure::Wall, K5, 0.33, &[RCLONE]),
    };
    section.add(outcome, &[wall, Goal::at_most(what("peak memory"), Figure::Peak, PEAK)]);
    Ok(section)
}

/// A file of all names, in the order of listings.
pub(crate) fn names(work: &Work, count: usize) -> Result<Content, String> {
    let path = work.path().join("names");
    let write = || -> std::io::Result<()> {
        let mut file = BufWriter::new(std::fs::File::create(&path)?);
        for index in 0..count {
            writeln!(file, "object-{index:07}")?;
        }
        file.flush()
    };
    write().map_err(|error| format!("{}: {error}", path.display()))?;
    let bytes = std::fs::metadata(&path).map_err(|error| error.to_string())?.len();
    Ok(Content { name: "names", bytes, md5: work.md5(&path)?, path })
}

/// The database of a container of the Swift that tests/openstack/up.sh has started.
struct Database<'a> {
    script: PathBuf,
    state: PathBuf,
    account: &'a str,
    container: &'a str,
    work: &'a Work,
}

impl<'a> Database<'a> {
    fn of(setting: &Setting<'a>, container: &'a Container<'_>) -> Result<Self, String> {
        let state = std::env::var_os("K5_OPENSTACK_DIR").map_or_else(|| PathBuf::from("/var/tmp/k5-openstack"), PathBuf::from);
        let local = container.storage_url.starts_with("http://127.0.0.1:");
        if !local || !state.join("conf/swift.conf").is_file() {
            return Err("so many names come into no Swift but that of tests/openstack/up.sh".to_owned());
        }
        let account = container.storage_url.rsplit('/').next().unwrap_or_default();
        let script = setting.root.join("tests/bench/container.py");
        Ok(Self { script, state, account, container: &container.name, work: setting.work })
    }

    fn run(&self, verb: &str, count: usize) -> Result<(), String> {
        // Swift's packages belong to Debian's own Python.
        let python = Argv::new(Path::new("/usr/bin/python3")).args([text(&self.script), text(&self.state)]);
        python.args([verb, self.account, self.container, &*count.to_string()]).output(&self.work.home()).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_listings() {
        let parent = tempfile::tempdir().expect("a folder");
        let work = Work::new(parent.path()).expect("made");
        let names = names(&work, 12).expect("made");
        let written = std::fs::read_to_string(&names.path).expect("there");
        assert_eq!(written.lines().next(), Some("object-0000000"));
        assert_eq!((written.lines().count(), names.bytes), (12, 12 * 15));
        assert!(written.lines().is_sorted());
    }
}
