//! Why a sync leaves something out.

use std::fmt;

/// Why a sync leaves out something in the source, which is not a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeftOut {
    /// It is a symbolic link, which is neither followed nor stored unless [`Links`](super::Links) says so.
    SymbolicLink,
    /// It is neither a file nor a folder: a pipe, a socket or a device.
    NotAFile,
    /// A listing names the object, but the server does not have it: listings lag behind, especially for objects that expire.
    NotThere,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SymbolicLink => "it is a symbolic link",
            Self::NotAFile => "it is neither a file nor a folder",
            Self::NotThere => "it is listed, but not there any more",
        })
    }
}
