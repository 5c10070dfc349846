//! Images: a server or a volume becomes an image, and another project uses it.
//!
//! On K5 a server boots from a volume, so its image is made from its system volume.
//!
//! # From a server or a volume to an image
//!
//! The guest must be prepared (on Linux by removing its network settings, on Windows by Sysprep) and stopped, so that the file
//! systems are consistent.
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! use k5::compute::BlockDevice;
//! use k5::ids::{ImageId, ServerId, VolumeId};
//!
//! /// The volume that a server boots from: the first of its devices.
//! async fn system_volume(k5: &k5::Cloud, server: &ServerId) -> k5::Result<VolumeId> {
//!     let mut devices = Vec::new();
//!     for attached in k5.compute().show_server(server).send().await?.volumes_attached.unwrap_or_default() {
//!         let volume = k5.block_storage().show_volume(&attached.id).send().await?;
//!         let mut attachments = volume.attachments.unwrap_or_default().into_iter();
//!         let here = attachments.find(|attachment| attachment.server_id.as_ref() == Some(server));
//!         // Such as `/dev/vda`.
//!         devices.extend(here.and_then(|attachment| attachment.device).map(|device| (device, attached.id)));
//!     }
//!     devices.sort_by(|(one, _), (other, _)| one.cmp(other));
//!     devices.into_iter().next().map(|(_, volume)| volume).ok_or_else(|| k5::Error::invalid_input("the server boots from no volume"))
//! }
//!
//! /// Makes an image of a volume, and waits until it is active.
//! async fn image_of(k5: &k5::Cloud, volume: &VolumeId, name: &str) -> k5::Result<ImageId> {
//!     // `force`, since the volume stays attached to its server.
//!     let upload = k5.block_storage().upload_volume_to_image(volume, name).disk_format("raw").container_format("bare");
//!     let image = upload.force(true).send().await?.image_id;
//!     let image = k5.image().wait_image(image).active().await?;
//!     match image.sync_status_reason {
//!         // It exists, but not in the other availability zone: K5 says to delete it and start again.
//!         Some(reason) => Err(k5::Error::new(k5::ErrorKind::Failed, format!("image {}: {reason}", image.id))),
//!         None => Ok(image.id),
//!     }
//! }
//!
//! # let source = k5.image().list_images().name("cirros").items().try_next().await?.expect("an image").id;
//! # let disk = BlockDevice::from_image(&source, 3).boot_index(0);
//! # let server = k5.compute().create_server("web-1", "1", &source).disk(disk).send().await?.id;
//! # k5.compute().wait_server(&server).active().await?;
//! // `server` is the id of a running server.
//! k5.compute().stop_server(&server).send().await?;
//! k5.compute().wait_server(&server).stopped().await?;
//! let image = image_of(&k5, &system_volume(&k5, &server).await?, "web-golden").await?;
//! k5.compute().start_server(&server).send().await?;
//! # k5.compute().wait_server(&server).active().await?;
//!
//! let disk = BlockDevice::from_image(&image, 3).boot_index(0).delete_on_termination(true);
//! let copy = k5.compute().create_server("web-2", "1", &image).disk(disk).send().await?;
//! k5.compute().wait_server(&copy.id).active().await?;
//!
//! // The same with a volume that is not attached.
//! let volume = k5.block_storage().create_volume(1).name("data").send().await?.id;
//! k5.block_storage().wait_volume(&volume).available().await?;
//! image_of(&k5, &volume, "data-golden").await?;
//! # Ok(()) }
//! ```
//!
//! # Share it with another project
//!
//! The owner offers a private image to a project, and that project accepts it with a token of its own, since the owner can't do
//! that. From then on the image is in that project's lists, and its servers can boot from it.
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let mine = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! # let theirs = k5::Cloud::builder().variables(emulator.environment_of("alt_demo").expect("a user")).build()?;
//! # let volume = mine.block_storage().create_volume(1).send().await?.id;
//! # mine.block_storage().wait_volume(&volume).available().await?;
//! # let image = mine.block_storage().upload_volume_to_image(&volume, "shared").send().await?.image_id;
//! # mine.image().wait_image(&image).active().await?;
//! use k5::image::ImageMemberStatus;
//!
//! // `mine` is a cloud of the project that owns `image`, and `theirs` one of the other project.
//! let token = theirs.token().await?.expect("of a login");
//! let project = token.project_id().expect("of a project").to_owned();
//! let offered = mine.image().create_image_member(&image, &*project).send().await?;
//! assert_eq!(offered.status, Some(ImageMemberStatus::Pending));
//!
//! let offers = theirs.image().list_images().member_status("pending").items().collect().await?;
//! assert!(offers.iter().any(|offer| offer.id == image));
//! theirs.image().update_image_member(&image, &*project, "accepted").send().await?;
//! assert!(theirs.image().list_images().items().collect().await?.iter().any(|listed| listed.id == image));
//!
//! // The owner may end it.
//! mine.image().delete_image_member(&image, &*project).send().await?;
//! assert!(theirs.image().show_image(&image).send().await.unwrap_err().is_not_found());
//! # Ok(()) }
//! ```
//!
//! A plain OpenStack shares only images whose visibility is `shared`; there the owner sets that first:
//! `update_image(&image, &[PatchOperation::replace("visibility", "shared")])`.
//!
//! To make an image from a disk outside the cloud, use [`import`](crate::import).
