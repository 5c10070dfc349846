//! Documents of types as JSON, for callers that read them by names.

use crate::error::{Error, Result};
use serde::Serialize;
use serde_json::Value;

/// What `document` is in JSON.
pub(super) fn to_value(document: &impl Serialize) -> Result<Value> {
    serde_json::to_value(document).map_err(|e| Error::invalid_input("the answer can't be written as JSON").with_source(e))
}
