//! Backup: snapshots of all volumes of a server, of which the newest are kept, and which are restored into new volumes.
//!
//! A backup is a *set*: one snapshot of each volume of a server, made in one go. The service has no such thing, so the set is in the
//! snapshots' names, `k5-backup/{server}/{time}/{number}-of-{count}`, and in their description. From that follow the rules of the program
//! below:
//!
//! - A set counts if it is whole, and each of its snapshots is `available`. One that broke off, or that is still being made, doesn't.
//! - The rotation deletes what this program has made and nothing else: a snapshot that has the description but not the name, or the
//!   reverse, is somebody else's. It looks at a snapshot again immediately before it is deleted, and at those that are kept.
//! - As long as there are not as many whole sets as are to be kept, none is deleted. What is older than those that are kept goes, whole or
//!   not.
//! - The service's clock decides what is older, not this machine's.
//! - A restoration makes new volumes. The server and its volumes stay as they are, and are compared or deleted by whoever is sure.
//!
//! The volumes of a running server are in use; `force` takes their snapshots all the same, one after the other, each as if the power had
//! been cut. Stop the server before, or freeze its file systems, where they must belong together.
//!
//! A snapshot lies beside its volume, and goes when the zone does: [`replication`](super::replication) takes a volume elsewhere.
//!
//! The whole program, which also is `cargo run --example backup -- SERVER 7`:
//!
//! ```no_run
#![doc = include_str!("../../examples/backup.rs")]
//! ```
