//! One object into the cloud: by one request, or in segments.

pub(crate) mod running;
pub(crate) mod segmented;
pub(crate) mod source;
pub(crate) mod survey;
pub(crate) mod upload;
pub(crate) mod wanted;
