//! How to do what has a heading in the service's documentation but no operations of its own: each page builds it from other
//! operations, and its examples run as tests.
//!
//! | heading | page |
//! | --- | --- |
//! | Provisioning script | [`provisioning`]: what a new server does when it boots |
//! | Extended storage | [`extended_storage`]: data volumes |
//! | Backup | [`backup`]: snapshots of all volumes of a server, the newest of them kept, and restored |
//! | Images | [`images`]: a server or a volume becomes an image, which another project may use |
//! | Extended storage replication | [`replication`]: a volume by way of an image or a snapshot |
//!
//! The examples leave out the line that every program begins with: `let k5 = k5::Cloud::from_env().await?;`. They run against an
//! emulator, so they take the image `cirros` and the flavor `1`; on K5 a flavor has an id such as `1101`.

pub mod backup;
pub mod extended_storage;
pub mod images;
pub mod provisioning;
pub mod replication;
