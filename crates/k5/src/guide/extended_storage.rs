//! Extended storage: data volumes, which outlive the servers that have them.
//!
//! # Create it for a new server
//!
//! A volume must be created in the availability zone of its server: a volume of another zone can't be attached. The server gets
//! it among its disks, and boots from the one with index 0.
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! use k5::block_storage::VolumeStatus;
//! use k5::compute::BlockDevice;
//!
//! let (compute, storage, zone) = (k5.compute(), k5.block_storage(), "jp-east-1a");
//! let image = k5.image().list_images().name("cirros").items().try_next().await?.expect("an image").id;
//!
//! let data = storage.create_volume(10).name("db-data").volume_type("M1").availability_zone(zone).send().await?.id;
//! storage.wait_volume(&data).available().await?;
//!
//! let system = BlockDevice::from_image(&image, 3).boot_index(0).delete_on_termination(true);
//! let create = compute.create_server("db-1", "1", &image).availability_zone(zone);
//! let server = create.disk(system).disk(BlockDevice::from_volume(&data).boot_index(1)).send().await?.id;
//! compute.wait_server(&server).active().await?;
//!
//! let volume = storage.show_volume(&data).send().await?;
//! let attached = &volume.attachments.as_deref().unwrap_or_default()[0];
//! assert_eq!((volume.status, attached.server_id.as_ref()), (Some(VolumeStatus::InUse), Some(&server)));
//! println!("the server has it as {:?}", attached.device);
//!
//! // The system disk is deleted with the server, and the data volume stays.
//! compute.delete_server(&server).send().await?;
//! compute.wait_server(&server).deleted().await?;
//! storage.wait_volume(&data).available().await?;
//!
//! # Ok(()) }
//! ```
//!
//! # Attach it to a running server, and detach it
//!
//! The guest must unmount its file system before it is detached. The answer to `attach_volume` names the device on the server,
//! which exists only once the volume is `in-use`.
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! # let image = k5.image().list_images().name("cirros").items().try_next().await?.expect("an image").id;
//! # let server = k5.compute().create_server("db-1", "1", &image).send().await?.id;
//! # k5.compute().wait_server(&server).active().await?;
//! let (compute, storage) = (k5.compute(), k5.block_storage());
//! let data = storage.create_volume(10).name("db-data").send().await?.id;
//! storage.wait_volume(&data).available().await?;
//!
//! let attached = compute.attach_volume(&server, &data).send().await?;
//! storage.wait_volume(&data).in_use().await?;
//! println!("the server has it as {:?}", attached.device);
//! let all = compute.list_volume_attachments(&server).send().await?.items;
//! assert!(all.iter().any(|attachment| attachment.volume_id.as_ref() == Some(&data)));
//!
//! compute.detach_volume(&server, &data).send().await?;
//! storage.wait_volume(&data).available().await?;
//! # Ok(()) }
//! ```
//!
//! # Make it larger, and delete it
//!
//! Both need a volume that is not attached, and deletion needs one without snapshots. Neither is finished when its call returns:
//! wait for it.
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let k5 = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! let storage = k5.block_storage();
//! let data = storage.create_volume(10).name("db-data").send().await?.id;
//! storage.wait_volume(&data).available().await?;
//! storage.extend_volume(&data, 20).send().await?;
//! assert_eq!(storage.wait_volume(&data).available().await?.size, Some(20));
//!
//! // A volume with a snapshot can't be deleted.
//! let snapshot = storage.create_snapshot(&data).send().await?.id;
//! storage.wait_snapshot(&snapshot).available().await?;
//! assert_eq!(storage.delete_volume(&data).send().await.unwrap_err().status().map(|status| status.as_u16()), Some(400));
//! storage.delete_snapshot(&snapshot).send().await?;
//! storage.wait_snapshot(&snapshot).deleted().await?;
//!
//! storage.delete_volume(&data).send().await?;
//! storage.wait_volume(&data).deleted().await?;
//! # Ok(()) }
//! ```
