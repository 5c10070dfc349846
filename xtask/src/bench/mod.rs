//! `cargo xtask bench`: `k5` compared with its peers, in one run and on one machine.

mod cloud;
mod commands;
mod contest;
mod emulator;
mod goal;
mod hour;
mod large;
mod list;
mod machine;
mod many;
mod md5;
mod measure;
mod nginx;
mod options;
mod page;
mod peers;
mod report;
mod segments;
mod sizes;
mod small;
mod start;
mod swift;
mod tables;
mod tools;
mod web;
mod work;

use crate::workspace;
pub(crate) use contest::Spread;
use options::{Options, Part, USAGE};
use peers::Server;
use report::{METHOD, Report, Section};
use std::path::Path;
use std::process::ExitCode;
use tools::Tools;
use work::Work;

/// What all parts share.
struct Setting<'a> {
    root: &'a Path,
    options: &'a Options,
    work: &'a Work,
    tools: &'a Tools,
}

/// Runs the benchmark. The exit status tells whether everything that could be measured was measured, not whether goals were met.
pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    match arguments.split_first() {
        Some((&"transfer", arguments)) => transfer(arguments),
        Some((&"commands", arguments)) => commands::run(arguments),
        Some((&"hour", arguments)) => hour::run(arguments),
        Some((&"md5", arguments)) => md5::run(arguments),
        Some((&"page", arguments)) => page::run(arguments),
        Some((&"tables", arguments)) => tables::run(arguments),
        _ => Err(USAGE.to_owned()),
    }
}

fn transfer(arguments: &[&str]) -> Result<ExitCode, String> {
    let options = Options::parse(arguments)?;
    let load = machine::load();
    for (program, package) in [("/usr/bin/time", "time"), ("/usr/bin/md5sum", "coreutils"), ("/usr/bin/curl", "curl")] {
        if !Path::new(program).exists() {
            return Err(format!("there is no {program} here, which measuring needs: install the package {package}"));
        }
    }
    let root = workspace::root();
    let mut tools = Tools::ours(&root, &options)?;
    let parent = options.folder.clone().unwrap_or_else(default_folder);
    let parent = std::path::absolute(&parent).map_err(|error| format!("{}: {error}", parent.display()))?;
    let work = Work::new(&parent)?;
    let variables = match (options.wants_cloud(), options.has_peers()) {
        (true, _) => tools.find_clients(&root, &options).and_then(|()| cloud::variables(&root, options.openrc.as_deref())),
        (false, true) => tools.find_clients(&root, &options).map(|()| Vec::new()),
        (false, false) => Ok(Vec::new()),
    };
    let machine = machine::describe(&work, load);
    let setting = Setting { root: &root, options: &options, work: &work, tools: &tools };
    let (sections, skipped) = parts(&setting, variables);
    let report = Report {
        command: format!("cargo xtask bench transfer{}", options.shown),
        method: format!(
            "Rounds: {}. Size: {} MiB that can't be compressed. {METHOD} Before each run all that is to be written is written (`sync`), and no \
             cache is dropped: the source is in memory. Large objects, pipes, many files and listings have rounds and sizes of their own, \
             which their sections name; each takes place on real Swift and on the emulator, so that the server is not the limit there.",
            options.rounds,
            options.bytes >> 20
        ),
        machine,
        versions: tools.versions(&root, &work),
        sections,
        skipped,
    };
    report.write(options.out.as_deref())?;
    Ok(report.status())
}

/// A folder on a disk: `/tmp` is memory on many machines.
fn default_folder() -> std::path::PathBuf {
    Some(std::path::PathBuf::from("/var/tmp")).filter(|path| path.is_dir()).unwrap_or_else(std::env::temp_dir)
}

fn parts(setting: &Setting<'_>, variables: Result<Vec<(String, String)>, String>) -> (Vec<Section>, Vec<String>) {
    let moves = [Part::Swift, Part::Nginx, Part::Tls].iter().any(|part| setting.options.wants(*part));
    let content = if moves { setting.work.random("random", setting.options.bytes).map(Some) } else { Ok(None) };
    let (mut sections, mut skipped) = (Vec::new(), Vec::new());
    for part in &setting.options.parts {
        let content = || content.clone().and_then(|content| content.ok_or_else(|| "there is no file to move".to_owned()));
        let outcomes = match part {
            Part::Swift => vec![variables.clone().and_then(|variables| swift::run(setting, &variables, &content()?))],
            Part::Nginx => vec![content().and_then(|content| web::plain(setting, &content))],
            Part::Tls => vec![content().and_then(|content| web::tls(setting, &content))],
            Part::Memory => vec![web::memory(setting)],
            Part::Small => vec![small::run(setting)],
            Part::Start => vec![variables.clone().and_then(|variables| start::run(setting, &variables))],
            Part::Check => vec![start::check(setting)],
            Part::Sizes => vec![sizes::run(setting)],
            Part::Large | Part::Stdin | Part::Many | Part::List => on_servers(setting, *part, &variables),
        };
        for outcome in outcomes {
            match outcome {
                Ok(section) => sections.push(section),
                Err(why) => {
                    eprintln!("!!! SKIPPED: {}: {why} !!!", part.name());
                    skipped.push(format!("{}: {why}", part.name()));
                }
            }
        }
    }
    (sections, skipped)
}

/// A part on one server; the variables are the real cloud's.
type Hold<'a> = dyn Fn(Server, &[(String, String)]) -> Result<Section, String> + 'a;

/// A part on each of the servers, with one source for all.
fn on_servers(
    setting: &Setting<'_>,
    part: Part,
    variables: &Result<Vec<(String, String)>, String>,
) -> Vec<Result<Section, String>> {
    let (work, options) = (setting.work, setting.options);
    let held = |hold: &Hold<'_>| {
        let on = |server: &Server| {
            let outcome = variables.clone().and_then(|variables| hold(*server, &variables));
            outcome.map_err(|why| format!("{}: {why}", server.name()))
        };
        options.servers.iter().map(on).collect()
    };
    let outcomes = match part {
        Part::Many => many::Tree::make(work, options.files)
            .map(|tree| held(&|server, variables| many::run(setting, server, variables, &tree))),
        Part::List => {
            list::names(work, options.names).map(|names| held(&|server, variables| list::run(setting, server, variables, &names)))
        }
        _ => work.random("source", options.large).map(|content| {
            let hold = if part == Part::Large { large::files } else { large::stdin };
            let outcomes = held(&|server, variables| hold(setting, server, variables, &content));
            // The next parts need the space.
            let _ = std::fs::remove_file(&content.path);
            outcomes
        }),
    };
    outcomes.unwrap_or_else(|why| vec![Err(why)])
}
