//! Typed documents as JSON, for callers that read fields by name.

use crate::error::{Error, Result};
use serde::Serialize;
use serde_json::Value;

/// `document` as JSON.
pub(super) fn to_value(document: &impl Serialize) -> Result<Value> {
    serde_json::to_value(document).map_err(|e| Error::invalid_input("the answer can't be written as JSON").with_source(e))
}
