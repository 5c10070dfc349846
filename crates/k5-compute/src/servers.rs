//! Shorthands for what is verbose in the API: networks, disks and user data of new servers, servers from volumes.

use crate::{
    BlockDevice, BlockDeviceSource, Compute, NamedGroup, NewFixedIp, NewNetwork, ServerPassword,
    builder::{CreateInterface, CreateServer},
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use k5_core::Loose;
use k5_core::ids::{FlavorId, ImageId, NetworkId, PortId, SnapshotId, VolumeId};

impl Compute {
    /// Creates a server that boots from an existing volume. See [`Compute::create_server`] for the rest.
    ///
    /// - `volume_id`: the volume, with an operating system on it; it stays when the server is deleted.
    pub fn create_server_from_volume(
        &self,
        name: impl Into<String>,
        flavor_ref: impl Into<FlavorId>,
        volume_id: impl Into<VolumeId>,
    ) -> CreateServer {
        let mut create = self.create_server(name, flavor_ref, "");
        create.document_mut().server.image_ref = None;
        create.disk(BlockDevice::from_volume(volume_id).boot_index(0))
    }
}

impl CreateServer {
    /// Connects it to another network.
    pub fn network(self, id: impl Into<NetworkId>) -> Self {
        self.connected(NewNetwork::new().uuid(id))
    }

    /// Connects it to another port.
    pub fn port(self, id: impl Into<PortId>) -> Self {
        self.connected(NewNetwork::new().port(id))
    }

    fn connected(mut self, network: NewNetwork) -> Self {
        match &mut self.document_mut().server.networks {
            Some(Loose::Value(networks)) => networks.push(network),
            other => *other = Some(vec![network].into()),
        }
        self
    }

    /// Adds a security group.
    pub fn security_group(mut self, name: impl Into<String>) -> Self {
        self.document_mut().server.security_groups.get_or_insert_default().push(NamedGroup::new(name));
        self
    }

    /// Adds a disk.
    pub fn disk(mut self, disk: BlockDevice) -> Self {
        self.document_mut().server.block_device_mapping_v2.get_or_insert_default().push(disk);
        self
    }

    /// Sets the data for cloud-init, as it is: at most 49,149 bytes. [`user_data`](crate::user_data) composes it.
    pub fn user_data_bytes(self, data: impl AsRef<[u8]>) -> Self {
        self.user_data(STANDARD.encode(data))
    }
}

impl CreateInterface {
    /// Requests another address; its network must be specified as well.
    pub fn fixed_ip(mut self, address: impl Into<String>) -> Self {
        self.document_mut().fixed_ips.get_or_insert_default().push(NewFixedIp::new(address));
        self
    }
}

impl ServerPassword {
    /// Whether the server has set a password.
    pub fn is_set(&self) -> bool {
        !self.password.expose().trim().is_empty()
    }
}

impl BlockDevice {
    /// A volume of `size` GB, created from an image.
    pub fn from_image(image: impl Into<ImageId>, size: u32) -> Self {
        Self::made(BlockDeviceSource::Image, image.into().to_string()).volume_size(size)
    }

    /// A volume of `size` GB, created from a snapshot.
    pub fn from_snapshot(snapshot: impl Into<SnapshotId>, size: u32) -> Self {
        Self::made(BlockDeviceSource::Snapshot, snapshot.into().to_string()).volume_size(size)
    }

    /// An existing volume.
    pub fn from_volume(volume: impl Into<VolumeId>) -> Self {
        Self::made(BlockDeviceSource::Volume, volume.into().to_string())
    }

    /// An empty volume of `size` GB.
    pub fn blank(size: u32) -> Self {
        Self::new().source_type(BlockDeviceSource::Blank).destination_type("volume").volume_size(size)
    }

    /// An image on the disk of the flavor, to boot from; it goes with the server. On other clouds than K5, a list of further disks
    /// needs it, even though the image is given to [`Compute::create_server`] too: a list that names no disk to boot from is refused.
    pub fn local_image(image: impl Into<ImageId>) -> Self {
        Self::made(BlockDeviceSource::Image, image.into().to_string())
            .destination_type("local")
            .boot_index(0)
            .delete_on_termination(true)
    }

    fn made(source: BlockDeviceSource, id: String) -> Self {
        Self::new().uuid(id).source_type(source).destination_type("volume")
    }
}
