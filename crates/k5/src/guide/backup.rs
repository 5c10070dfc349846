//! Backup: snapshots of all volumes of a server; the newest are kept, and can be restored into new volumes.
//!
//! A backup is a *set*: one snapshot of each volume of a server, made in one go. The service has no such concept, so the set is
//! recorded in the snapshots' names, `k5-backup/{server}/{time}/{number}-of-{count}`, and in their description. The rules of the
//! program below follow from that:
//!
//! - A set counts if it is complete and each of its snapshots is `available`. One that was interrupted or is still being made
//!   doesn't.
//! - The rotation deletes what this program has made and nothing else: a snapshot that has the description but not the name, or the
//!   reverse, is somebody else's. It checks a snapshot again immediately before deleting it, and those that are kept.
//! - As long as there are fewer complete sets than are to be kept, none is deleted. Anything older than the sets that are kept is
//!   deleted, complete or not.
//! - The service's clock decides what is older, not this machine's.
//! - A restoration makes new volumes. The server and its volumes stay as they are, for you to compare or delete.
//!
//! The volumes of a running server are in use; `force` takes their snapshots anyway, one after the other, each as if the power had
//! been cut. If they must be consistent with each other, stop the server first, or freeze its file systems.
//!
//! A snapshot is in the same zone as its volume, and is lost with it: [`replication`](super::replication) copies a volume
//! elsewhere.
//!
//! The whole program, which also runs as `cargo run --example backup -- SERVER 7`:
//!
//! ```no_run
#![doc = include_str!("../../examples/backup.rs")]
//! ```
