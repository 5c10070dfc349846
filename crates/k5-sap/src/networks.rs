//! Networks: fields that may be in the address set or beside it.

use crate::{AddressRange, Network, SubnetLink};
use k5_core::ids::SubnetId;

impl Network {
    /// The gateway's address.
    pub fn gateway(&self) -> Option<&str> {
        let inside = self.address_set.as_ref().and_then(|set| set.default_gateway.as_ref());
        inside.or(self.default_gateway.as_ref())?.address.as_deref()
    }

    /// The addresses that are not given to servers, if `verbose` asked for them.
    pub fn excluded(&self) -> &[AddressRange] {
        let inside = self.address_set.as_ref().and_then(|set| set.exclude.as_deref());
        inside.or(self.exclude.as_deref()).unwrap_or_default()
    }

    /// The addresses in use, if `verbose` asked for them.
    pub fn reserved_addresses(&self) -> Vec<&str> {
        let inside = self.address_set.as_ref().and_then(|set| set.reserve.as_deref());
        let text = inside.or(self.reserve.as_deref()).unwrap_or_default();
        text.split(',').map(str::trim).filter(|address| !address.is_empty()).collect()
    }
}

impl From<&str> for SubnetLink {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for SubnetLink {
    fn from(id: String) -> Self {
        Self::new(id)
    }
}

impl From<&SubnetId> for SubnetLink {
    fn from(id: &SubnetId) -> Self {
        Self::new(id)
    }
}
