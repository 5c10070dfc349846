//! `--property` and `--remove`: items of metadata.

use crate::failure::Outcome;
use crate::input;

/// Items of metadata to set.
#[derive(Debug, clap::Args)]
pub(crate) struct Properties {
    /// Set an item of metadata; may be repeated
    #[arg(long, visible_alias = "metadata", value_name = "NAME=VALUE", value_parser = input::pair)]
    pub(crate) property: Vec<(String, String)>,
}

/// Items of metadata to set and to remove.
#[derive(Debug, clap::Args)]
pub(crate) struct PropertyChange {
    #[command(flatten)]
    set: Properties,
    /// Remove an item of metadata; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) remove: Vec<String>,
}

impl Properties {
    /// Refuses a name that is given twice.
    pub(crate) fn check(&self) -> Outcome {
        input::once("--property", self.property.iter().map(|(name, _)| name.as_str()))
    }
}

impl PropertyChange {
    /// Refuses a name that is given twice.
    pub(crate) fn check(&self) -> Outcome {
        let named = self.property().iter().map(|(name, _)| name).chain(&self.remove);
        input::once("--property and --remove", named.map(String::as_str))
    }

    /// What is set.
    pub(crate) fn property(&self) -> &[(String, String)] {
        &self.set.property
    }

    /// Whether nothing is changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.property().is_empty() && self.remove.is_empty()
    }
}
