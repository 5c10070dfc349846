//! One object out of the cloud: into a file by parts, or to a writer in order.

pub(crate) mod checks;
pub(crate) mod fetch;
pub(crate) mod partial;
pub(crate) mod parts;
pub(crate) mod reader;
pub(crate) mod resume;
pub(crate) mod sections;
pub(crate) mod sink;
pub(crate) mod stale;
pub(crate) mod stream_reader;
pub(crate) mod version;
