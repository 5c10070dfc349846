//! `k5 man DIR`.

use crate::commands::help::{CONFIGURE, examples, explained};
use crate::failure::{Failure, Outcome};
use clap::Command;
use clap_mangen::Man as Page;
use clap_mangen::roff::{Roff, bold, roman};
use std::io;
use std::path::{Path, PathBuf};

/// Write the manual pages into a folder
///
/// One page for each command, such as k5-object-cp.1. `man -l FILE` shows one; `man k5-object-cp` finds those in a folder man1 below one of
/// the folders in $MANPATH.
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// The folder; created if it does not exist
    #[arg(value_hint = clap::ValueHint::DirPath)]
    directory: PathBuf,
}

impl Man {
    pub(crate) fn run(&self, program: Command) -> Outcome {
        let mut program = explained(program);
        program.build();
        let written = std::fs::create_dir_all(&self.directory).and_then(|()| write(&program, None, &self.directory));
        written.map_err(|error| Failure::file(self.directory.display(), &error))
    }
}

/// Writes the page of a command and those below it.
fn write(command: &Command, parent: Option<&Command>, directory: &Path) -> io::Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        write(below, Some(command), directory)?;
    }
    let version = env!("CARGO_PKG_VERSION");
    // What every command takes is in the page of the program alone.
    let has_all = parent.is_none() || command.get_name() == CONFIGURE;
    let own = command.clone().mut_args(|arg| match !has_all && arg.is_global_set() {
        true => arg.hide(true),
        false => arg,
    });
    let page = Page::new(own).source(format!("k5 {version}")).manual("k5");
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    let mut more = Roff::default();
    if !has_all {
        more.control("PP", []);
        more.text([roman("The options of every command, such as --cloud and --output, are in "), bold("k5"), roman("(1).")]);
    }
    more.to_writer(&mut text)?;
    if command.get_subcommands().next().is_some() {
        page.render_subcommands_section(&mut text)?;
    }
    if let Some(examples) = examples(command) {
        let mut section = Roff::default();
        section.control("SH", ["EXAMPLES"]).control("nf", []);
        for line in examples.lines() {
            section.text([roman(line)]);
        }
        section.control("fi", []);
        section.to_writer(&mut text)?;
    }
    list("ENVIRONMENT", ENVIRONMENT).to_writer(&mut text)?;
    list("FILES", FILES).to_writer(&mut text)?;
    list("EXIT STATUS", STATUS).to_writer(&mut text)?;
    let mut section = Roff::default();
    section.control("SH", ["SEE ALSO"]);
    let mut pages = see_also(command, parent);
    pages.dedup();
    let last = pages.len().saturating_sub(1);
    for (at, page) in pages.iter().enumerate() {
        section.text([bold(page.as_str()), roman(if at == last { "(1)" } else { "(1)," })]);
    }
    section.to_writer(&mut text)?;
    std::fs::write(directory.join(page.get_filename()), text)
}

/// The pages around a command's.
fn see_also(command: &Command, parent: Option<&Command>) -> Vec<String> {
    let name = |command: &Command| command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut pages: Vec<_> = parent.map(name).into_iter().collect();
    let around = command.get_subcommands().next().map_or(parent.unwrap_or(command), |_| command);
    pages.extend(around.get_subcommands().filter(|other| !other.is_hide_set()).map(name).filter(|page| *page != name(command)));
    if parent.is_some() && pages.first().is_none_or(|page| page != "k5") {
        pages.push("k5".to_owned());
    }
    pages
}

type Entries = &'static [(&'static str, &'static str)];

fn list(heading: &str, entries: Entries) -> Roff {
    let mut section = Roff::default();
    section.control("SH", [heading]);
    for (term, text) in entries {
        section.control("TP", []).text([bold(*term)]).text([roman(*text)]);
    }
    section
}

const ENVIRONMENT: Entries = &[
    ("OS_CLOUD", "The cloud to use, by its name in clouds.yaml, where --cloud is not given."),
    (
        "OS_AUTH_URL, OS_USERNAME, OS_PASSWORD, OS_USER_DOMAIN_NAME, OS_PROJECT_ID, OS_REGION_NAME, ...",
        "Where the cloud is and who logs in, as openstackclient reads them. Each has an option of the same name, which wins; each wins over \
         the field of the same name in clouds.yaml. k5 doctor shows which are in force.",
    ),
    ("OS_STORAGE_URL, OS_COMPUTE_ENDPOINT_OVERRIDE, ...", "The address of a service, instead of the one in the catalogue."),
    ("OS_CLIENT_CONFIG_FILE, OS_CLIENT_SECURE_FILE", "The files to read before any clouds.yaml and secure.yaml."),
    ("XDG_CONFIG_HOME, XDG_CACHE_HOME, XDG_DATA_HOME", "Folders to use instead of ~/.config, ~/.cache and ~/.local/share."),
    ("K5_EMULATOR_DIR", "The folder in which the cloud of --cloud emulator keeps its state."),
    (
        "https_proxy, http_proxy, all_proxy, no_proxy",
        "Proxies (http://, https://, socks5:// or socks5h://), and the hosts, domains and networks that are reached without one.",
    ),
];

const FILES: Entries = &[
    (
        "clouds.yaml",
        "The clouds by name. The first one counts of those in the working folder, ~/.config/openstack and /etc/openstack. k5 configure writes it.",
    ),
    (
        "secure.yaml",
        "Passwords and other secrets for the clouds in clouds.yaml, from the same folders. Only its owner should be able to read it.",
    ),
    ("~/.cache/k5/tokens/", "Tokens that --cache-token keeps."),
    ("~/.cache/k5/completion/", "Names that the completion of a shell has asked the cloud for, kept for a minute."),
    ("~/.local/share/k5/emulator/", "The state of --cloud emulator."),
];

const STATUS: Entries = &[
    ("0", "It was done."),
    ("1", "The cloud refused."),
    ("2", "Wrong usage or input; nothing was sent."),
    ("3", "No usable cloud: the configuration, the region, the connection or the login."),
    ("4", "Some of several items failed, and each was named."),
    ("130", "It was interrupted. What was finished stays, and the same command does the rest."),
];
