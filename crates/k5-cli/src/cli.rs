//! The root of the command line: the options of every command, and the commands by noun.

use crate::commands::{account, api, catalog, completion, configure, container, doctor, emulator, help, man, object, token};
use crate::globals::Globals;
use clap::{Parser, Subcommand};

/// Command line for Fujitsu K5 and plain OpenStack clouds
///
/// The cloud is found as openstackclient finds it: from options, then OS_* variables, then clouds.yaml. `--cloud emulator` needs none of
/// these: it runs a cloud of its own in a folder of yours.
///
/// Exit status: 0 done; 1 the cloud refused; 2 wrong usage or input, and nothing was sent; 3 no usable cloud (configuration, region,
/// connection, login); 4 some of several items failed, and each was named; 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "k5", version, disable_help_subcommand = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Copy, list, remove and inspect objects
    #[command(subcommand)]
    Object(object::Command),
    /// Create, list, change and delete containers
    #[command(subcommand)]
    Container(container::Command),
    /// Show and change the object storage account
    #[command(subcommand)]
    Account(account::Command),
    /// Issue tokens
    #[command(subcommand)]
    Token(token::Command),
    /// Show the catalogue of services
    #[command(subcommand)]
    Catalog(catalog::Command),
    Api(api::Api),
    Configure(configure::Configure),
    Doctor(doctor::Doctor),
    /// Run a cloud in one process, for first steps and tests
    #[command(subcommand)]
    Emulator(emulator::Command),
    Completion(completion::Completion),
    Man(man::Man),
    Help(help::Help),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::globals::Format;
    use clap::CommandFactory;

    #[test]
    fn the_commands_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_go_before_or_after_the_command() {
        for line in ["k5 --cloud a -o json container list", "k5 container list --os-cloud a -f json"] {
            let cli = Cli::try_parse_from(line.split(' ')).expect(line);
            assert_eq!(cli.globals.output, Some(Format::Json));
            assert_eq!(cli.globals.overrides().cloud.as_deref(), Some("a"));
        }
    }

    #[test]
    fn secrets_do_not_show() {
        let cli = Cli::try_parse_from(["k5", "--os-password", "hunter2", "token", "issue"]).expect("parsed");
        assert!(!format!("{cli:?}").contains("hunter2"));
    }
}
