//! What goes wrong on the way, over real sockets. After each fault the stored bytes are the source's, or there is an error and
//! no object; a download is whole and checked, or there is no file.

mod support;

#[path = "faults/auth.rs"]
mod auth;
#[path = "faults/copies.rs"]
mod copies;
#[path = "faults/downloads.rs"]
mod downloads;
#[path = "faults/etags.rs"]
mod etags;
#[path = "faults/folders.rs"]
mod folders;
#[path = "faults/judged.rs"]
mod judged;
#[path = "faults/object_store.rs"]
mod object_store;
#[path = "faults/parts.rs"]
mod parts;
#[path = "faults/replies.rs"]
mod replies;
#[path = "faults/segments.rs"]
mod segments;
#[path = "faults/uploads.rs"]
mod uploads;
#[path = "faults/writers.rs"]
mod writers;
