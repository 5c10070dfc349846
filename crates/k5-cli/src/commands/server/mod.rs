//! `k5 server`: the commands that look at more than one thing, or run a program.

mod network;
mod password;
mod ssh;

pub(crate) use network::RemoveNetwork;
pub(crate) use password::ShowPassword;
pub(crate) use ssh::Ssh;
