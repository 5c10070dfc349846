//! Shorthands for what is verbose in the API.

use crate::builder::DeleteServerImage;
use crate::{LServer, LServerSummary, NameLink, NewIpAddress, NewNic, NewNicNetwork, Sap};
use k5_core::ids::ResourceId;

/// A truth value that is text, whose spelling is not documented.
fn truth(text: Option<&str>) -> Option<bool> {
    match text?.trim() {
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

impl LServer {
    /// Whether it is on a dedicated host, if `dedicated` is `true` or `false`.
    pub fn is_dedicated(&self) -> Option<bool> {
        truth(self.dedicated.as_deref())
    }
}

impl LServerSummary {
    /// Whether it is on a dedicated host, if `dedicated` is `true` or `false`.
    pub fn is_dedicated(&self) -> Option<bool> {
        truth(self.dedicated.as_deref())
    }
}

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
