//! `k5 object create`.

use super::copy::all;
use super::jobs::{Job, Jobs};
use super::transfer::{Options, Transfers};
use super::walk::utf8;
use crate::cloud::Connection;
use crate::commands::report::Report;
use crate::failure::{Failure, Outcome};
use crate::globals::Globals;
use crate::input;
use crate::output::Column;
use crate::progress::Bar;
use crate::url::{self, SwiftUrl};
use k5::object_storage::transfer::Slots;
use std::path::{Path, PathBuf};

const CREATED: &[Column] = &[Column::field("object"), Column::field("container"), Column::field("etag")];

/// Upload files to a container, as openstackclient does
///
/// Each object is called as the file is given here, with the folders in it, unless --name gives it another name. The container must be
/// there: k5 object cp creates it, and does more in other ways, too.
#[derive(Debug, clap::Args)]
pub(crate) struct Create {
    /// The container
    #[arg(value_parser = url::container)]
    container: String,
    /// The files
    #[arg(required = true)]
    file: Vec<PathBuf>,
    /// The object's name, for a single file
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    name: Option<String>,
}

impl Create {
    pub(crate) async fn run(&self, globals: &Globals, connection: &Connection) -> Outcome {
        if self.name.is_some() && self.file.len() > 1 {
            return Err(Failure::usage("--name names one object, and there are several files"));
        }
        let jobs: Vec<_> = self.file.iter().map(|file| self.job(file)).collect();
        let names = jobs.iter().flatten().filter_map(|job| match job {
            Job::Up { to, .. } => Some(to.object.as_str()),
            _ => None,
        });
        input::each_once(names)?;
        // What can't be read is known before anything is sent.
        if let [Err(failure)] = jobs.as_slice() {
            return Err(failure.clone());
        }
        let report = Report::of_created(globals, CREATED)?;
        let bar = Bar::new(!globals.no_progress && !globals.quiet && !report.fills_the_screen());
        for job in jobs.iter().flatten() {
            bar.expect(1, job.bytes().unwrap_or(0));
        }
        bar.expected_all();
        let swift = connection.swift();
        let transfers = Transfers::new(swift.clone(), Options { verify: true, ..Options::default() }, bar);
        all(Jobs::given(jobs, swift), &transfers, &Slots::new(None), report).await
    }

    fn job(&self, file: &Path) -> Outcome<Job> {
        let about = std::fs::metadata(file).map_err(|error| Failure::file(file.display(), &error))?;
        if about.is_dir() {
            return Err(Failure::usage(format!("{} is a folder: k5 object cp -r copies everything in it", file.display())));
        }
        let name = match &self.name {
            Some(name) => name.as_str(),
            None => utf8(file, file.to_str())?,
        };
        let to = SwiftUrl::new(&self.container, name);
        to.object()?;
        Ok(Job::Up { from: file.to_owned(), to, bytes: about.is_file().then_some(about.len()), small: None })
    }
}
