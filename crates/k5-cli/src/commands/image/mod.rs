//! `k5 image`: the commands that stream an image's data, or that change its document.

mod create;
mod data;
mod options;
mod save;
mod set;
mod unset;

pub(crate) use create::Create;
pub(crate) use save::Save;
pub(crate) use set::Set;
pub(crate) use unset::Unset;
