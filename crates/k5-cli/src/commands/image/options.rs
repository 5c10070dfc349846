//! What several commands of images take: who may see one, whether it can be deleted, its properties.

use crate::commands::table::columns::columns;
use crate::failure::{Failure, Outcome};
use crate::output::Column;
use k5::image::ImageVisibility;

/// The fields of an image that are not properties of somebody's own.
pub(super) fn fields() -> &'static [Column] {
    columns("image show")
}

/// Refuses to treat one of an image's own fields as a property.
pub(super) fn property(name: &str) -> Outcome {
    match fields().iter().any(|field| field.name == name) {
        true => Err(Failure::usage(format!("--property {name}: that is a field of every image, not a property"))),
        false => Ok(()),
    }
}

/// Who may see an image.
#[derive(Debug, clap::Args)]
pub(super) struct Visibility {
    /// Every project sees and may use it
    #[arg(long, group = "visibility")]
    public: bool,
    /// Only this project sees it
    #[arg(long, group = "visibility")]
    private: bool,
    /// Only this project sees it, and those that it is shared with
    #[arg(long, group = "visibility")]
    shared: bool,
    /// Every project may use it, and it is in no other project's lists
    #[arg(long, group = "visibility")]
    community: bool,
}

impl Visibility {
    pub(super) fn wanted(&self) -> Option<ImageVisibility> {
        match self {
            Self { public: true, .. } => Some(ImageVisibility::Public),
            Self { private: true, .. } => Some(ImageVisibility::Private),
            Self { shared: true, .. } => Some(ImageVisibility::Shared),
            Self { community: true, .. } => Some(ImageVisibility::Community),
            _ => None,
        }
    }
}

/// Whether an image can be deleted.
#[derive(Debug, clap::Args)]
pub(super) struct Protection {
    /// Refuse to delete it until it is unprotected
    #[arg(long, group = "protection")]
    protected: bool,
    /// Let it be deleted
    #[arg(long, group = "protection")]
    unprotected: bool,
}

impl Protection {
    pub(super) fn wanted(&self) -> Option<bool> {
        (self.protected || self.unprotected).then_some(self.protected)
    }
}
