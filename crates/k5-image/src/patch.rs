//! Changes to an image's properties by name.

use crate::{PatchOp, PatchOperation};
use serde_json::Value;

impl PatchOperation {
    /// Sets a property, whether or not the image has it: `name` unescaped, without a leading `/`.
    ///
    /// ```
    /// use k5_image::PatchOperation;
    /// let change = PatchOperation::set("os/version~1", "7.3");
    /// assert_eq!(change.path, "/os~1version~01");
    /// ```
    pub fn set(name: &str, value: impl Into<Value>) -> Self {
        // Glance accepts `add` for an existing property as well, and `replace` only for an existing one.
        Self::of(PatchOp::Add, name).value(value)
    }

    /// Changes a property that the image has.
    pub fn replace(name: &str, value: impl Into<Value>) -> Self {
        Self::of(PatchOp::Replace, name).value(value)
    }

    /// Removes a property.
    pub fn remove(name: &str) -> Self {
        Self::of(PatchOp::Remove, name)
    }

    fn of(op: PatchOp, name: &str) -> Self {
        Self::new(op, format!("/{}", name.replace('~', "~0").replace('/', "~1")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    #[test]
    fn names_become_pointers() {
        for name in ["login-user", "a/b", "~", "~1", "/"] {
            let change = PatchOperation::remove(name);
            assert!(limits::pointer(&change.path).is_ok(), "{}", change.path);
        }
        for path in ["", "/", "a", "/a~", "/a~2b"] {
            assert!(limits::pointer(path).is_err(), "{path:?}");
        }
    }
}
