//! Extended storage replication: copying a volume elsewhere, by way of a snapshot or an image.
//!
//! | to | by |
//! | --- | --- |
//! | the same availability zone and project | a snapshot, and a volume from it |
//! | another availability zone of the project | an image, and a volume from it there |
//! | another project | an image that is shared, and a volume from it there |
//!
//! # In the same zone
//!
//! A snapshot takes a moment, even of a volume in use (`force`): the volume looks as if the power had been cut, unless its server is
//! stopped or has its file systems frozen. It is removed once the copy exists.
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! # let volume = k5.block_storage().create_volume(3).name("data").send().await?.id;
//! # k5.block_storage().wait_volume(&volume).available().await?;
//! use k5::ids::VolumeId;
//!
//! async fn copy(k5: &k5::Cloud, volume: &VolumeId, name: &str) -> k5::Result<VolumeId> {
//!     let storage = k5.block_storage();
//!     let source = storage.show_volume(volume).send().await?;
//!     let size = source.size.ok_or_else(|| k5::Error::invalid_input("the volume has no size"))?;
//!     let snapshot = storage.create_snapshot(volume).name(name).force(true).send().await?.id;
//!     storage.wait_snapshot(&snapshot).available().await?;
//!     let mut create = storage.create_volume(size).snapshot_id(&snapshot).name(name);
//!     if let Some(zone) = source.availability_zone {
//!         create = create.availability_zone(zone);
//!     }
//!     let copy = create.send().await?.id;
//!     storage.wait_volume(&copy).available().await?;
//!     // Only now, and only the snapshot that was made above.
//!     storage.delete_snapshot(&snapshot).send().await?;
//!     storage.wait_snapshot(&snapshot).deleted().await?;
//!     Ok(copy)
//! }
//!
//! let copied = copy(&k5, &volume, "data-copy").await?;
//! assert_eq!(k5.block_storage().show_volume(&copied).send().await?.size, Some(3));
//! assert!(k5.block_storage().list_snapshots().volume_id(volume.as_str()).items().collect().await?.is_empty());
//! # Ok(()) }
//! ```
//!
//! # In another zone or project
//!
//! An image reaches every zone of the region; on K5 it is copied there, and `sync_status_reason` is set if that failed. The new
//! volume is as large as the old one, and bootable.
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! # let theirs = k5::Cloud::builder().variables(emulator.environment_of("alt_demo").expect("a user")).build()?;
//! # let volume = k5.block_storage().create_volume(3).name("data").send().await?.id;
//! # k5.block_storage().wait_volume(&volume).available().await?;
//! use k5::Cloud;
//! use k5::ids::{ImageId, VolumeId};
//!
//! /// Makes an image of a volume; it must have reached all zones.
//! async fn publish(k5: &Cloud, volume: &VolumeId, name: &str) -> k5::Result<ImageId> {
//!     let image = k5.block_storage().upload_volume_to_image(volume, name).force(true).send().await?.image_id;
//!     let image = k5.image().wait_image(image).active().await?;
//!     match image.sync_status_reason {
//!         Some(reason) => Err(k5::Error::new(k5::ErrorKind::Failed, format!("image {}: {reason}", image.id))),
//!         None => Ok(image.id),
//!     }
//! }
//!
//! /// Makes a volume of `size` GB from an image in a zone.
//! async fn replica(k5: &Cloud, image: &ImageId, size: u64, zone: &str) -> k5::Result<VolumeId> {
//!     let create = k5.block_storage().create_volume(size).image_ref(image).availability_zone(zone).name("data-replica");
//!     let volume = create.send().await?.id;
//!     k5.block_storage().wait_volume(&volume).available().await?;
//!     Ok(volume)
//! }
//!
//! let image = publish(&k5, &volume, "data-transfer").await?;
//! let there = replica(&k5, &image, 3, "jp-east-1b").await?;
//! let shown = k5.block_storage().show_volume(&there).send().await?;
//! assert_eq!((shown.size, shown.availability_zone.as_deref()), (Some(3), Some("jp-east-1b")));
//!
//! // In another project, whose cloud is `theirs`: offered by this project, accepted by that one.
//! let project = theirs.token().await?.and_then(|token| token.project_id().map(str::to_owned)).expect("a project");
//! k5.image().create_image_member(&image, &*project).send().await?;
//! theirs.image().update_image_member(&image, &*project, "accepted").send().await?;
//! replica(&theirs, &image, 3, "jp-east-1a").await?;
//!
//! // The image has done its work.
//! k5.image().delete_image(&image).send().await?;
//! # Ok(()) }
//! ```
