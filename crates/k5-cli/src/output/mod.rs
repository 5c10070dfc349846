//! What goes to stdout: lists and single records, in the form that was asked for.

mod json;
mod list;
mod list_document;
mod out;
mod record;
mod secrets;
mod text;
mod yaml;

pub(crate) use list::{Column, List};
pub(crate) use list_document::list_document;
pub(crate) use out::Out;
pub(crate) use record::{Record, can_be_document, document};
pub(crate) use secrets::hide_secrets;
