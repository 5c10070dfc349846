//! What the spec tables say about this crate.

pub(crate) mod routes;
