//! Keystone: login, the token of the moment, and where the services are.

mod base;
mod keystone;
mod login;

pub(crate) use base::Base;
pub(crate) use keystone::{Keystone, Snapshot};
