//! `cargo xtask bench`: `k5` beside its peers, in one run and on one machine.

mod cloud;
mod contest;
mod goal;
mod machine;
mod md5;
mod measure;
mod nginx;
mod options;
mod report;
mod small;
mod start;
mod swift;
mod tools;
mod web;
mod work;

use crate::workspace;
use options::{Options, Part, USAGE};
use report::{Report, Section};
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

/// Runs it. The exit status tells whether all that could be measured was, not whether goals were met.
pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    match arguments.split_first() {
        Some((&"transfer", arguments)) => transfer(arguments),
        Some((&"md5", arguments)) => md5::run(arguments),
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
    let needs_cloud = options.wants(Part::Swift) || options.wants(Part::Start);
    let variables = match needs_cloud {
        true => tools.find_clients(&root, &options).and_then(|()| cloud::variables(&root, &options)),
        false => Ok(Vec::new()),
    };
    let machine = machine::describe(&work, load);
    let setting = Setting { root: &root, options: &options, work: &work, tools: &tools };
    let (sections, skipped) = parts(&setting, variables);
    let report = Report {
        options: options.shown.clone(),
        rounds: options.rounds,
        bytes: options.bytes,
        machine,
        versions: tools.versions(&root, &work),
        sections,
        skipped,
    };
    let text = report.render();
    match &options.out {
        Some(path) => std::fs::write(path, &text).map_err(|error| format!("{}: {error}", path.display()))?,
        None => print!("{text}"),
    }
    let [met, not_met, not_measured] = report.tally();
    eprintln!("{met} goals met, {not_met} not met, {not_measured} not measured");
    let complete = report.skipped.is_empty() && !report.sections.iter().any(Section::failed);
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A folder on a disk: `/tmp` is memory on many machines.
fn default_folder() -> std::path::PathBuf {
    Some(std::path::PathBuf::from("/var/tmp")).filter(|path| path.is_dir()).unwrap_or_else(std::env::temp_dir)
}

fn parts(setting: &Setting<'_>, variables: Result<Vec<(String, String)>, String>) -> (Vec<Section>, Vec<String>) {
    let moves = [Part::Swift, Part::Nginx, Part::Tls].iter().any(|part| setting.options.wants(*part));
    let content = if moves { setting.work.random(setting.options.bytes).map(Some) } else { Ok(None) };
    let (mut sections, mut skipped) = (Vec::new(), Vec::new());
    for part in &setting.options.parts {
        let content = || content.clone().and_then(|content| content.ok_or_else(|| "there is no file to move".to_owned()));
        let outcome = match part {
            Part::Swift => variables.clone().and_then(|variables| swift::run(setting, &variables, &content()?)),
            Part::Nginx => content().and_then(|content| web::plain(setting, &content)),
            Part::Tls => content().and_then(|content| web::tls(setting, &content)),
            Part::Memory => web::memory(setting),
            Part::Small => small::run(setting),
            Part::Start => variables.clone().and_then(|variables| start::run(setting, &variables)),
            Part::Check => start::check(setting),
        };
        match outcome {
            Ok(section) => sections.push(section),
            Err(why) => {
                eprintln!("!!! SKIPPED: {}: {why} !!!", part.name());
                skipped.push(format!("{}: {why}", part.name()));
            }
        }
    }
    (sections, skipped)
}
