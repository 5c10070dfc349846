//! Segments of large objects: how they are cut, named and stored, how their manifest is created, and whose they are.
//!
//! | question | file |
//! | --- | --- |
//! | how large is a segment | `sizes` |
//! | what is it called, and what does its name tell | `names` |
//! | how does one get into the cloud | `segment`, `body`, `sums`, `store` |
//! | when does it expire | `expiry` |
//! | how does an object come to consist of it | `claim`, `manifest`, `commit` |
//! | what does an object consist of right now | `look`, `known`, `versions` |
//! | what did one consist of that has lost its manifest | `regain` |
//! | when is it deleted | `release`, `orphans`, `removal` |

pub(crate) mod body;
pub(crate) mod claim;
pub(crate) mod commit;
pub(crate) mod expiry;
pub(crate) mod known;
pub(crate) mod look;
pub(crate) mod manifest;
pub(crate) mod names;
pub(crate) mod orphans;
pub(crate) mod regain;
pub(crate) mod release;
mod removal;
pub(crate) mod segment;
pub(crate) mod sizes;
pub(crate) mod store;
pub(crate) mod sums;
pub(crate) mod versions;

/// How a large object is composed of its segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// A static large object: its manifest names each segment with size and MD5, and the server checks them.
    #[default]
    Static,
    /// A dynamic large object: all objects whose names begin with a prefix, in order of name, unchecked. For clusters without
    /// static large objects.
    Dynamic,
}

impl Layout {
    /// What names of segments say of it.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Static => "slo",
            Self::Dynamic => "dlo",
        }
    }
}
