//! `k5 object save`.

use super::check::check;
use super::copy::{all, carry_out};
use super::files;
use super::jobs::{Job, Jobs};
use super::plan::{Plan, Target};
use super::targets::Targets;
use super::transfer::{Options, Transfers};
use crate::cloud::Connection;
use crate::commands::report::{Action, Report};
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::input;
use crate::progress::Bar;
use crate::url::{Place, SwiftUrl};
use k5::object_storage::transfer::Slots;
use std::path::{Path, PathBuf};

/// Save objects to files below the current folder
///
/// Each object becomes a file of its name, with the folders in it: nothing is written outside the current folder or through a symbolic
/// link, and a name that no file can have is an error of its own. --file names another file, or - for stdout. What is there is replaced.
#[derive(Debug, clap::Args)]
pub(crate) struct Save {
    #[command(flatten)]
    targets: Targets,
    /// The file to write; - for stdout
    #[arg(long, value_name = "FILE|-")]
    file: Option<PathBuf>,
}

impl Save {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        let urls = self.targets.objects()?;
        let to_stdout = self.file.as_ref().is_some_and(|file| file.as_os_str() == "-");
        let jobs: Vec<_> = match (&self.file, urls.as_slice()) {
            (Some(_), [_, _, ..]) => return Err(Failure::usage("--file names one file, and there are several objects")),
            (Some(file), _) if file.as_os_str().is_empty() => return Err(Failure::usage("--file: an empty name is not a file")),
            (Some(_), _) if to_stdout => urls.into_iter().map(|from| Ok(Job::DownStdout { from })).collect(),
            (Some(file), _) if file.is_dir() => {
                return Err(Failure::usage(format!("{} is a folder: name a file in it", file.display())));
            }
            (Some(file), _) => {
                let down = |from| Ok(Job::Down { from, to: file.clone(), root: None, bytes: None });
                urls.into_iter().map(down).collect()
            }
            (None, _) => {
                // Of two objects with one name, one file would replace the other.
                input::each_once(urls.iter().map(|url| url.object.as_str()))?;
                urls.into_iter().map(below_here).collect()
            }
        };
        // A name that no file can have is known before anything is sent.
        if let [Err(failure)] = jobs.as_slice() {
            return Err(failure.clone());
        }
        if to_stdout {
            globals.no_output("stdout is the object itself")?;
        }
        let report = Report::new(globals, Action::Copy)?;
        let bar = Bar::new(!globals.no_progress && !globals.quiet && !to_stdout && !report.fills_the_screen());
        bar.expect(jobs.len() as u64, 0);
        bar.expected_all();
        let swift = connection.swift();
        let transfers = Transfers::new(swift.clone(), Options { verify: true, ..Options::default() }, bar);
        all(Jobs::given(jobs, swift), &transfers, &Slots::new(None), report).await
    }
}

fn below_here(from: SwiftUrl) -> Outcome<Job> {
    let root = Path::new(".");
    let to = files::below(root, &from.object).map_err(|why| Failure::usage(format!("{from}: {why}")))?;
    Ok(Job::Down { from, to, root: Some(root.to_owned()), bytes: None })
}

/// Saves all objects of a container below the current folder.
pub(crate) async fn all_of(globals: &Globals, connection: &Connection, container: &str) -> Outcome {
    let report = Report::new(globals, Action::Copy)?;
    let plan = Plan {
        sources: vec![Place::Swift(SwiftUrl::new(container, ""))],
        to: Target::Local { path: PathBuf::from("."), is_folder: true },
        recursive: true,
        links: false,
    };
    let swift = connection.swift();
    check(&plan, &swift, false).await?;
    carry_out(globals, plan, swift, Options { verify: true, ..Options::default() }, &Slots::new(None), report).await
}
