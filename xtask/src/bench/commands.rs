//! `cargo xtask bench commands`: commands over servers, volumes, images and flavors beside openstackclient's, on a real cloud.

use super::contest::{Contest, Figure, Runner, Spread, rotation};
use super::goal::{Goal, K5, Measured, Verdict};
use super::measure::Argv;
use super::report::{METHOD, Report, Section};
use super::tools::Tools;
use super::work::Work;
use super::{cloud, machine, options};
use crate::workspace;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const USAGE: &str = "\
usage: cargo xtask bench commands [options]

  --rounds N        number of rounds, each with every tool once (default 5)
  --out FILE        where to write the report; the data goes beside it (default docs/benchmarks-commands.md)
  --openrc FILE     `export OS_...=` lines of the cloud; beside it lies admin-openrc, with which flavors can be made
  --clients DIR     where openstack is; without it tests/openstack/clients.sh installs it
  --programs DIR    measures the k5 of this folder instead of building it

The cloud must have Nova, Cinder and Glance: tests/openstack/up.sh --full starts one. Ten servers, volumes, images and flavors are made
as far as they are missing; those made here are removed at the end.";

const OPENSTACK: &str = "openstack";
/// With a token, and the command's main call alone.
const CURL: &str = "curl, one call";
/// How many of each there are to be.
const EACH: usize = 10;
/// How many times openstackclient's time and memory they may take.
const WALL: f64 = 0.06;
const PEAK: f64 = 0.15;
/// The longest time between ACTIVE and the end of `server create --wait`, in seconds.
const LAG: f64 = 1.0;
/// The largest program, in MiB.
const BINARY: f64 = 22.0;

pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let chosen = Chosen::parse(arguments)?;
    let (root, load) = (workspace::root(), machine::load());
    let mut words: Vec<&str> = vec!["--only", "start"];
    for (name, value) in [("--openrc", &chosen.openrc), ("--clients", &chosen.clients), ("--programs", &chosen.programs)] {
        if let Some(value) = value {
            words.extend([name, value]);
        }
    }
    let options = options::Options::parse(&words)?;
    let mut tools = Tools::ours(&root, &options)?;
    tools.find_clients(&root, &options)?;
    let variables = cloud::variables(&root, options.openrc.as_deref())?;
    let work = Work::new(&std::env::temp_dir())?;
    let bench = Bench { home: work.home(), tools: &tools, variables, admin: chosen.admin()?, rounds: chosen.rounds };
    let mut sections = vec![bench.start(), bench.binary()?, bench.waiting()?];
    let made = Made::fill(&bench)?;
    sections.insert(0, bench.listings()?);
    drop(made);
    let report = Report {
        command: format!("cargo xtask bench commands --rounds {}", chosen.rounds),
        method: format!("Rounds: {}. {METHOD}", chosen.rounds),
        machine: machine::describe(&work, load),
        versions: tools.versions(&root, &work),
        sections,
        skipped: Vec::new(),
    };
    report.write(Some(&chosen.out))?;
    Ok(report.status())
}

/// What the options say.
struct Chosen {
    rounds: usize,
    out: PathBuf,
    openrc: Option<String>,
    clients: Option<String>,
    programs: Option<String>,
}

impl Chosen {
    fn parse(arguments: &[&str]) -> Result<Self, String> {
        let out = workspace::root().join("docs/benchmarks-commands.md");
        let mut chosen = Self { rounds: 5, out, openrc: None, clients: None, programs: None };
        for pair in arguments.chunks(2) {
            let [name, value] = *pair else { return Err(format!("{} needs a value\n\n{USAGE}", pair[0])) };
            let text = || Some(value.to_owned());
            match name {
                "--rounds" => {
                    let rounds = value.parse().ok().filter(|rounds| (1..=1000).contains(rounds));
                    chosen.rounds = rounds.ok_or_else(|| format!("{name} {value:?} is not a number from 1 to 1000\n\n{USAGE}"))?;
                }
                "--out" => chosen.out = value.into(),
                "--openrc" => chosen.openrc = text(),
                "--clients" => chosen.clients = text(),
                "--programs" => chosen.programs = text(),
                other => return Err(format!("what is {other:?}?\n\n{USAGE}")),
            }
        }
        Ok(chosen)
    }

    /// The administrator's variables, where the cloud is that of tests/openstack/up.sh.
    fn admin(&self) -> Result<Option<Vec<(String, String)>>, String> {
        let Some(openrc) = &self.openrc else { return Ok(None) };
        let path = Path::new(openrc).with_file_name("admin-openrc");
        match path.is_file() {
            true => Ok(Some(crate::exports::exports(&workspace::read(&path)?).into_iter().collect())),
            false => Ok(None),
        }
    }
}

struct Bench<'a> {
    home: PathBuf,
    tools: &'a Tools,
    variables: Vec<(String, String)>,
    admin: Option<Vec<(String, String)>>,
    rounds: usize,
}

impl Bench<'_> {
    fn k5(&self, words: &[&str]) -> Argv {
        Argv::new(&self.tools.k5).args(words.iter().copied()).envs(&self.variables)
    }

    fn openstack(&self, words: &[&str]) -> Result<Argv, String> {
        Ok(Argv::new(self.tools.find(OPENSTACK)?).args(words.iter().copied()).envs(&self.variables))
    }

    /// What `k5 NOUN list` prints of a column.
    fn ids(&self, noun: &str) -> Result<Vec<String>, String> {
        let printed = self.k5(&[noun, "list", "-o", "value", "-c", "ID"]).output(&self.home)?;
        Ok(printed.lines().map(str::to_owned).collect())
    }

    fn listings(&self) -> Result<Section, String> {
        let servers = self.ids("server")?;
        let server = servers.first().ok_or("there is no server to show")?.clone();
        let mut section = Section::new(
            "Lists and records",
            &format!(
                "{EACH} servers, volumes, images and flavors. Each command logs in, as it does when it is typed. Before the first round the \
                 lines of `-f value` are compared. curl has a token and makes the main call alone: what Nova itself takes. The time is that of a run with no wrapper around it, CPU time and memory are those of a \
                 second run."
            ),
        );
        let watch = Watch::new(self)?;
        let token = format!("X-Auth-Token: {}", watch.token);
        let commands: [(&'static str, Vec<&str>, bool); 5] = [
            ("server list", vec!["server", "list"], true),
            ("server show", vec!["server", "show", &server], false),
            ("volume list", vec!["volume", "list"], true),
            ("image list", vec!["image", "list"], true),
            ("flavor list", vec!["flavor", "list"], true),
        ];
        for (title, words, is_list) in commands {
            if is_list {
                self.agree(&words)?;
            }
            let mut runners = vec![Runner::new(OPENSTACK, self.openstack(&words)?), Runner::new(K5, self.k5(&words))];
            let call = match title {
                "server list" => Some(format!("{}/servers/detail", watch.url)),
                "server show" => Some(format!("{}/servers/{server}", watch.url)),
                _ => None,
            };
            if let Some(url) = call {
                runners.push(Runner::new(CURL, Argv::new("curl").args(["-sSf", "-H", &*token, &*url])));
            }
            let outcome = Contest::of_commands(title, runners).hold_with(self.rounds, |command| command.measure_short(&self.home));
            section.add(
                outcome,
                &[
                    Goal::times(format!("wall, `{title}`"), Figure::Wall, K5, WALL, &[OPENSTACK]),
                    Goal::times(format!("peak memory, `{title}`"), Figure::Peak, K5, PEAK, &[OPENSTACK]),
                ],
            );
        }
        Ok(section)
    }

    /// Both print the same lines, as many as there are things.
    fn agree(&self, words: &[&str]) -> Result<(), String> {
        let words = [words, &["-f", "value", "-c", "ID", "-c", "Name"]].concat();
        let sorted = |printed: String| {
            let mut lines: Vec<String> = printed.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        let (ours, theirs) = (sorted(self.k5(&words).output(&self.home)?), sorted(self.openstack(&words)?.output(&self.home)?));
        match ours == theirs && ours.len() >= EACH {
            true => Ok(()),
            false => Err(format!("{}: k5 prints {} lines, openstack {} or others", words.join(" "), ours.len(), theirs.len())),
        }
    }

    fn start(&self) -> Section {
        let rounds = self.rounds * 4;
        let mut section = Section::new("Start", &format!("{rounds} rounds; `true` is what starting any process costs."));
        let runners = vec![
            Runner::new("true", Argv::new("true")),
            Runner::new(K5, Argv::new(&self.tools.k5).args(["--version"])),
            Runner::new("curl", Argv::new("curl").args(["--version"])),
        ];
        let outcome = Contest::of_commands("--version", runners).hold_with(rounds, |command| command.measure_short(&self.home));
        section.add(outcome, &[Goal::at_most("`k5 --version`", Figure::Wall, 0.005)]);
        section
    }

    fn binary(&self) -> Result<Section, String> {
        let path = &self.tools.k5;
        let bytes = std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?.len();
        let mib = bytes as f64 / f64::from(1 << 20);
        let mut section = Section::new("Size", &format!("The program that was measured has {mib:.1} MiB."));
        section.verdicts.push(judge("size of the program", &format!("{BINARY} MiB"), &format!("{mib:.1} MiB"), mib <= BINARY));
        Ok(section)
    }

    /// From ACTIVE, as a third party sees it, to the end of the command that waits for it.
    fn waiting(&self) -> Result<Section, String> {
        let mut section = Section::new(
            "Waiting",
            "`server create --wait`, and how much later than the server's ACTIVE it ends. ACTIVE is seen by asking for the server all the \
             time, with pauses of 50 ms. openstackclient waits five seconds between its questions.",
        );
        let (watch, image) = (Watch::new(self)?, self.ids("image")?.first().ok_or("there is no image")?.clone());
        let flavor = self.ids("flavor")?.first().ok_or("there is no flavor")?.clone();
        let mut lags = [Vec::new(), Vec::new()];
        for round in 0..self.rounds {
            for at in rotation(2, round) {
                let name = format!("k5-bench-wait-{}", std::process::id());
                let words =
                    ["server", "create", "--image", &image, "--flavor", &flavor, "--network", "private", "--wait", name.as_str()];
                let command = if at == 0 { self.k5(&words) } else { self.openstack(&words)? };
                let lag = watch.lag(&name, &command, &self.home)?;
                let who = if at == 0 { K5 } else { OPENSTACK };
                eprintln!("server create --wait, round {} of {}: {who} {lag:.3} s after ACTIVE", round + 1, self.rounds);
                lags[at].push(lag);
                self.k5(&["server", "delete", "--wait", &name]).output(&self.home)?;
            }
        }
        let [ours, theirs] = lags.map(Spread::of);
        let (ours, theirs) = (ours.ok_or("nothing was measured")?, theirs.ok_or("nothing was measured")?);
        section.text = "| tool | s after ACTIVE |\n| --- | --- |\n".to_owned();
        for (name, spread) in [(K5, ours), (OPENSTACK, theirs)] {
            let Spread { min, median, max } = spread;
            section.text.push_str(&format!("| {name} | {min:.3} / **{median:.3}** / {max:.3} |\n"));
        }
        // The slowest counts: a script waits each time.
        let measured = format!("{:.3} s at the latest", ours.max);
        section.verdicts.push(judge("end of `server create --wait` after ACTIVE", &format!("{LAG} s"), &measured, ours.max <= LAG));
        Ok(section)
    }
}

fn judge(what: &str, limit: &str, measured: &str, met: bool) -> Verdict {
    let measured = Some(Measured { text: measured.to_owned(), met });
    Verdict { what: what.to_owned(), limit: limit.to_owned(), measured }
}

/// Asks Nova for the state of a server, with a token of its own.
struct Watch {
    url: String,
    token: String,
}

impl Watch {
    fn new(bench: &Bench<'_>) -> Result<Self, String> {
        let printed = bench.openstack(&["token", "issue", "-f", "value", "-c", "id"])?.output(&bench.home)?;
        let catalog = bench.openstack(&["catalog", "show", "compute", "-f", "json"])?.output(&bench.home)?;
        let catalog: Value = serde_json::from_str(&catalog).map_err(|error| format!("openstack catalog show compute: {error}"))?;
        let endpoints = catalog["endpoints"].as_array().map(Vec::as_slice).unwrap_or_default();
        let public = endpoints.iter().find(|endpoint| endpoint["interface"] == "public");
        let url = public.and_then(|endpoint| endpoint["url"].as_str()).ok_or("the catalogue has no public endpoint of compute")?;
        Ok(Self { url: url.to_owned(), token: printed.trim().to_owned() })
    }

    fn is_active(&self, name: &str, home: &Path) -> bool {
        let url = format!("{}/servers/detail?name={name}", self.url);
        let token = format!("X-Auth-Token: {}", self.token);
        let answer = Argv::new("curl").args(["-sSf", "-H", &*token, &*url]).output(home).unwrap_or_default();
        let answer: Value = serde_json::from_str(&answer).unwrap_or_default();
        answer["servers"][0]["status"] == "ACTIVE"
    }

    /// Runs the command that creates the server of this name and waits; returns how many seconds after ACTIVE it ended.
    fn lag(&self, name: &str, command: &Argv, home: &Path) -> Result<f64, String> {
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let watching = scope.spawn(|| {
                // It goes on after the command's end, which may come before this sees ACTIVE.
                let mut last = None;
                loop {
                    if self.is_active(name, home) {
                        return Some(Instant::now());
                    }
                    if ended.load(Ordering::Relaxed) {
                        let since = *last.get_or_insert_with(Instant::now);
                        if since.elapsed() > Duration::from_secs(10) {
                            return None;
                        }
                    }
                    std::thread::sleep(Duration::from_millis(50));
                }
            });
            let outcome = command.output(home);
            let end = Instant::now();
            ended.store(true, Ordering::Relaxed);
            let active = watching.join().map_err(|_| "the watch has ended".to_owned())?;
            outcome?;
            let active = active.ok_or_else(|| format!("{name} was never ACTIVE"))?;
            Ok(end.saturating_duration_since(active).as_secs_f64())
        })
    }
}

/// What was made for the lists; removed with this value.
struct Made<'a> {
    bench: &'a Bench<'a>,
    things: Vec<(&'static str, String)>,
}

impl<'a> Made<'a> {
    fn fill(bench: &'a Bench<'a>) -> Result<Self, String> {
        let mut made = Self { bench, things: Vec::new() };
        for noun in ["flavor", "image", "volume", "server"] {
            let there = bench.ids(noun)?.len();
            for number in there..EACH {
                let name = format!("k5-bench-{}-{number}", std::process::id());
                made.one(noun, &name)?;
            }
        }
        Ok(made)
    }

    fn one(&mut self, noun: &'static str, name: &str) -> Result<(), String> {
        let bench = self.bench;
        let first = |noun: &str| Ok::<_, String>(bench.ids(noun)?.first().cloned().unwrap_or_default());
        let command = match noun {
            "flavor" => {
                let admin = bench.admin.as_ref().ok_or("flavors are missing, and there is no admin-openrc beside --openrc FILE")?;
                Argv::new(bench.tools.find(OPENSTACK)?).args(["flavor", "create", "--ram", "64", "--disk", "1", name]).envs(admin)
            }
            "image" => bench.k5(&["image", "create", "--disk-format", "raw", "--container-format", "bare", name]),
            "volume" => bench.k5(&["volume", "create", "--size", "1", "--wait", name]),
            _ => {
                // One that has data: those made here have none.
                let image = bench.k5(&["image", "list", "--status", "active", "-o", "value", "-c", "ID"]).output(&bench.home)?;
                let (image, flavor) = (image.lines().next().unwrap_or_default().to_owned(), first("flavor")?);
                let words = ["server", "create", "--image", &image, "--flavor", &flavor, "--network", "private", "--wait", name];
                bench.k5(&words)
            }
        };
        self.things.push((noun, name.to_owned()));
        command.output(&bench.home).map(drop)
    }
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        for (noun, name) in self.things.iter().rev() {
            let command = match (*noun, &self.bench.admin) {
                ("flavor", Some(admin)) => {
                    self.bench.tools.find(OPENSTACK).map(|program| Argv::new(program).args(["flavor", "delete", name]).envs(admin))
                }
                ("server" | "volume", _) => Ok(self.bench.k5(&[noun, "delete", "--wait", name])),
                _ => Ok(self.bench.k5(&[noun, "delete", name])),
            };
            if let Err(why) = command.and_then(|command| command.output(&self.bench.home)) {
                eprintln!("!!! {noun} {name} is left behind: {why} !!!");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_understood() {
        let chosen = Chosen::parse(&["--rounds", "3", "--openrc", "/x/openrc"]).expect("fine");
        assert_eq!((chosen.rounds, chosen.openrc.as_deref()), (3, Some("/x/openrc")));
        assert!(chosen.out.ends_with("docs/benchmarks-commands.md"));
        for wrong in [&["--rounds"][..], &["--rounds", "0"], &["--what", "1"]] {
            assert!(Chosen::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn the_administrator_lies_beside() {
        let folder = tempfile::tempdir().expect("a folder");
        let openrc = folder.path().join("openrc");
        let openrc = openrc.to_str().expect("UTF-8");
        let chosen = |openrc: &str| Chosen::parse(&["--openrc", openrc]).expect("fine");
        assert_eq!(chosen(openrc).admin(), Ok(None));
        std::fs::write(folder.path().join("admin-openrc"), "export OS_USERNAME=admin\n").expect("written");
        assert_eq!(chosen(openrc).admin(), Ok(Some(vec![("OS_USERNAME".to_owned(), "admin".to_owned())])));
    }
}
