//! Object storage and identity.

mod access;
mod conditions;
mod containers;
mod copies;
mod fetches;
mod folders;
mod identity;
mod info;
mod large;
mod links;
mod listings;
mod metadata;
mod names;
mod object_store;
mod object_store_rules;
mod objects;
mod owners;
mod segments;
mod stored_headers;
mod syncs;
mod temp_urls;
mod versions;
