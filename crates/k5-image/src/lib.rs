//! Images: Glance v2.

#[rustfmt::skip]
pub mod generated;
pub mod limits;
mod patch;

pub use generated::*;

use k5_core::Session;

/// The images of a cloud. Cloning it is cheap.
///
/// ```no_run
/// # async fn run(session: k5_core::Session) -> k5_core::Result<()> {
/// use k5_image::{Images, PatchOperation};
/// let images = Images::new(session);
/// let mut all = images.list_images().visibility("public").items();
/// while let Some(image) = all.try_next().await? {
///     println!("{} {:?}", image.id, image.name);
///     images.update_image(&image.id, &[PatchOperation::set("login-user", "k5user")]).send().await?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Images {
    pub(crate) session: Session,
}

impl Images {
    /// The images that `session` reaches: of `k5-client`, or of a fake transport in a test.
    pub fn new(session: Session) -> Self {
        Self { session }
    }
}
