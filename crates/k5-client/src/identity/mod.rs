//! Keystone: login, the current token, and where the services are.

mod base;
mod cache;
mod federation;
mod keystone;
mod login;
mod receipt;

pub(crate) use base::Base;
pub(crate) use keystone::{Keystone, Snapshot, Tell};
