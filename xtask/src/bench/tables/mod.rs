//! `cargo xtask bench tables`: queries over Parquet and uploads in parts through `SwiftStore`, beside object_store's own S3 client on the
//! same Swift and opendal's adapter; and what Ballista makes of it.

mod cluster;
mod options;
mod place;
mod put;
mod queries;
mod relay;

use super::measure::Argv;
use super::peers::Server;
use super::report::{self, Section};
use super::work::{Content, Work, text};
use super::{cloud, default_folder, machine, tools};
use crate::workspace;
use options::{Options, Part};
use place::Place;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Who takes part.
const SWIFT_STORE: &str = "SwiftStore";
const S3: &str = "S3";
const OPENDAL: &str = "opendal";

/// What all parts share.
struct Setting<'a> {
    root: &'a Path,
    options: &'a Options,
    work: &'a Work,
    program: PathBuf,
    /// The tables as files.
    data: PathBuf,
    /// What each query selects from them.
    answers: Vec<Content>,
}

impl Setting<'_> {
    fn program(&self) -> Argv {
        Argv::new(&self.program)
    }
}

/// Runs the benchmark. The exit status tells whether everything that could be measured was measured, not whether goals were met.
pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode, String> {
    let options = Options::parse(arguments)?;
    let load = machine::load();
    if !Path::new("/usr/bin/time").exists() {
        return Err("there is no /usr/bin/time here, which measuring needs: install the package time".to_owned());
    }
    let root = workspace::root();
    let program = match &options.program {
        Some(program) => std::path::absolute(program).map_err(|error| format!("{}: {error}", program.display()))?,
        None => build(&root)?,
    };
    let parent = options.folder.clone().unwrap_or_else(default_folder);
    let parent = std::path::absolute(&parent).map_err(|error| format!("{}: {error}", parent.display()))?;
    let work = Work::new(&parent)?;
    let data = work.path().join("data");
    let mut setting = Setting { root: &root, options: &options, work: &work, program, data, answers: Vec::new() };
    if options.wants_tables() {
        eprintln!("making the tables, scale {}", options.scale);
        setting.program().args(["make", &text(&setting.data), &options.scale.to_string()]).output(&work.home())?;
        setting.answers = queries::answers(&setting)?;
    }
    let facts = [machine::describe(&work, load), versions(&root, options.program.is_none())].concat();
    let (sections, skipped) = parts(&setting);
    let rendered = render(&options, &sections, &skipped, &facts);
    match &options.out {
        Some(path) => std::fs::write(path, &rendered).map_err(|error| format!("{}: {error}", path.display()))?,
        None => print!("{rendered}"),
    }
    let [met, not_met, not_measured] = report::tally(&sections);
    eprintln!("{met} goals met, {not_met} not met, {not_measured} not measured");
    let complete = skipped.is_empty() && !sections.iter().any(Section::failed);
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The package of the program that is measured, outside of the workspace.
const PACKAGES: &str = "beyond/Cargo.toml";

fn build(root: &Path) -> Result<PathBuf, String> {
    eprintln!("building beyond/bench in release mode");
    let target = tools::dist(root).with_file_name("release");
    let mut cargo = Command::new(tools::cargo());
    cargo.args(["build", "--release", "--locked", "--package", "k5-tables-bench", "--manifest-path"]).arg(root.join(PACKAGES));
    match cargo.arg("--target-dir").arg(target.with_file_name("")).status() {
        Ok(status) if status.success() => Ok(target.join("tables")),
        _ => Err("the package beyond/bench can't be built".to_owned()),
    }
}

fn versions(root: &Path, built: bool) -> Vec<(&'static str, String)> {
    let lock = root.join(PACKAGES).with_file_name("Cargo.lock");
    let crates = ["datafusion", "ballista", "object_store", "object_store_opendal", "opendal", "parquet", "tpchgen"];
    let found = crates.into_iter().filter_map(|name| Some((name, tools::locked(&lock, name)?)));
    let output = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(root).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()).filter(|printed| !printed.is_empty())
    };
    // Of a program from elsewhere the commit is not known.
    let commit = output("git", &["rev-parse", "--short", "HEAD"]).filter(|_| built).map(|commit| ("commit", commit));
    let swift = output("dpkg-query", &["-W", "-f", "${Version}", "python3-swift"]).map(|version| ("Swift, package", version));
    let rustc = output("rustc", &["--version"]).map(|version| ("rustc", version));
    commit.into_iter().chain(found).chain(swift).chain(rustc).collect()
}

fn parts(setting: &Setting<'_>) -> (Vec<Section>, Vec<String>) {
    let (mut sections, mut skipped) = (Vec::new(), Vec::new());
    for server in &setting.options.servers {
        let mut take = |outcome: Result<Section, String>| match outcome {
            Ok(section) => sections.push(section),
            Err(why) => {
                eprintln!("!!! SKIPPED: {}: {why} !!!", server.name());
                skipped.push(format!("{}: {why}", server.name()));
            }
        };
        let place = match open(setting, *server) {
            Ok(place) => place,
            Err(why) => {
                take(Err(why));
                continue;
            }
        };
        if setting.options.wants(Part::Queries) {
            take(queries::run(setting, &place));
        }
        if setting.options.wants(Part::Ballista) {
            take(cluster::run(setting, &place));
        }
        if setting.options.wants(Part::Put) {
            take(put::run(setting, &place));
        }
    }
    (sections, skipped)
}

fn open<'a>(setting: &'a Setting<'a>, server: Server) -> Result<Place<'a>, String> {
    match server {
        Server::Swift => Place::swift(setting, cloud::variables(setting.root, setting.options.openrc.as_deref())?),
        Server::Emulator => Place::emulator(setting),
    }
}

fn render(options: &Options, sections: &[Section], skipped: &[String], facts: &[(&'static str, String)]) -> String {
    let mut text = format!(
        "# Tables\n\nWritten by\n\n```sh\ncargo xtask bench tables{}\n```\n\n\
         Stores of the crate object_store beside each other: `SwiftStore`, object_store's own S3 client (`AmazonS3Builder`) on the `s3api` of the \
         same Swift, and opendal's adapter (`object_store_opendal`) over its Swift service. Each query and each upload is a process of its own, of \
         the same program, with a token or keys beforehand. Each round has every store once, beginning with another one each time. Cells are \
         minimum / **median** / maximum. Wall time and CPU time (user and system, all threads) are bash's `time`, peak memory is the resident \
         set that GNU time tells; the server's share is in none of them but the wall time. Goals are judged by the medians.\n\n\
         [tables.md](tables.md) shows how to use all this.\n",
        options.shown
    );
    text.push_str("\n## Goals\n\n");
    text.push_str(&report::goals(sections.iter().flat_map(|section| &section.verdicts)));
    for missing in skipped {
        text.push_str(&format!("\nNot measured: {missing}.\n"));
    }
    text.extend(sections.iter().map(Section::render));
    text.push_str(&report::circumstances(facts.iter()));
    text
}
