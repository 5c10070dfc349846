//! Shorthands for what is verbose in the API.

use crate::builder::DeleteServerImage;
use crate::{NameLink, NewIpAddress, NewNic, NewNicNetwork, Sap};
use k5_core::ids::ResourceId;

impl Sap {
    /// Deletes a clone image: [`Sap::delete_server_image`] with a name.
    pub fn delete_clone_image(&self, name: &str) -> DeleteServerImage {
        self.delete_server_image(name)
    }

    /// Deletes a snapshot: [`Sap::delete_server_image`] with an id.
    pub fn delete_snapshot(&self, id: impl Into<ResourceId>) -> DeleteServerImage {
        self.delete_server_image(id.into().as_str())
    }
}

impl NewNic {
    /// An interface on a network, with the next free address.
    pub fn on(index: u32, network: impl Into<ResourceId>) -> Self {
        Self::new(index).networks([NewNicNetwork::new(network, NewIpAddress::new(true))])
    }

    /// An interface on a network, with this address.
    pub fn at(index: u32, network: impl Into<ResourceId>, address: impl Into<String>) -> Self {
        Self::new(index).networks([NewNicNetwork::new(network, NewIpAddress::new(false).address(address))])
    }
}

impl From<&str> for NameLink {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for NameLink {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}
