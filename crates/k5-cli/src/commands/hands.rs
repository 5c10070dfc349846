//! Every command that is written by hand beside tables.

use super::hand::Hand;
use super::{image, import, keypair, project, server};

/// In the order in which the help names them below their nouns.
pub(crate) static HAND_WRITTEN: &[Hand] = &[
    Hand::of::<image::Create>(),
    Hand::of::<image::Set>(),
    Hand::of::<image::Unset>(),
    Hand::of::<image::Save>(),
    Hand::of::<import::Create>(),
    Hand::of::<keypair::Create>(),
    Hand::of::<project::List>(),
    Hand::of::<server::RemoveNetwork>(),
    Hand::of::<server::ShowPassword>(),
    Hand::of::<server::Ssh>(),
];
