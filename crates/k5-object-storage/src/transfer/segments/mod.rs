//! Segments of large objects: how they are cut, named and stored, and whose they are.

pub(crate) mod claim;
pub(crate) mod commit;
pub(crate) mod expiry;
pub(crate) mod known;
pub(crate) mod look;
pub(crate) mod manifest;
pub(crate) mod names;
pub(crate) mod orphans;
pub(crate) mod release;
pub(crate) mod removal;
pub(crate) mod sizes;
pub(crate) mod store;
pub(crate) mod sums;
