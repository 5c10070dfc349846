//! `k5 image unset`.

use super::options::property;
use crate::cloud::Connection;
use crate::commands::hand::HandWritten;
use crate::failure::{Failure, Outcome, REFUSED};
use crate::globals::Globals;
use crate::input;
use k5::image::PatchOperation;

/// Remove properties and tags of an image
///
/// If the image lacks one of them, nothing is changed.
#[derive(Debug, clap::Args)]
pub(crate) struct Unset {
    /// The image's name or id
    image: String,
    /// Remove this property; may be repeated
    #[arg(long, value_name = "NAME", required_unless_present = "tag")]
    property: Vec<String>,
    /// Remove this tag; may be repeated
    #[arg(long)]
    tag: Vec<String>,
}

impl HandWritten for Unset {
    const WORDS: &'static str = "image unset";
    const EXAMPLES: &'static [&'static str] = &["image unset --property os --tag tested web"];

    async fn run(self, globals: &Globals, connection: &Connection) -> Outcome {
        globals.no_output("the command prints nothing")?;
        input::once("--property", self.property.iter().map(String::as_str))?;
        self.property.iter().try_for_each(|name| property(name))?;
        let what = format!("image unset {}", self.image);
        let failed = |error: k5::Error| Failure::cloud(&what, &error);
        let images = connection.cloud.image();
        let image = images.find_image(&self.image).await.map_err(failed)?;
        let tags = image.tags.clone().unwrap_or_default();
        let mut missing: Vec<String> = Vec::new();
        missing.extend(self.property.iter().filter(|name| !image.extra.contains_key(name)).map(|name| format!("property {name}")));
        missing.extend(self.tag.iter().filter(|tag| !tags.contains(tag)).map(|tag| format!("tag {tag}")));
        if !missing.is_empty() {
            return Err(Failure::new(REFUSED, format!("{what}: the image has no {}; nothing was changed", missing.join(", no "))));
        }
        let mut changes: Vec<PatchOperation> = self.property.iter().map(|name| PatchOperation::remove(name)).collect();
        if !self.tag.is_empty() {
            let left: Vec<String> = tags.into_iter().filter(|tag| !self.tag.contains(tag)).collect();
            changes.push(PatchOperation::replace("tags", left));
        }
        images.update_image(&image, &changes).send().await.map_err(failed)?;
        Ok(())
    }
}
