//! What each operation sends and reads, to the byte and without IO: a request as text, an answer as text, and what was made of it.

#[path = "golden/accounts.rs"]
mod accounts;
#[path = "golden/containers.rs"]
mod containers;
#[path = "golden/errors.rs"]
mod errors;
#[path = "golden/fake.rs"]
mod fake;
#[path = "golden/objects.rs"]
mod objects;
