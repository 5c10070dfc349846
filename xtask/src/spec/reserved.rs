//! Names that rendered code has for itself: from the macros and traits of k5-core, and from what it imports.

use super::names::is_identifier;
use super::types::core_type;

/// What a builder has beside its setters: `builder!` gives it most, and `WithOptions` the rest and what begins with `with_`.
const OF_BUILDERS: &[&str] =
    &["call", "call_mut", "document_mut", "entries", "into_call", "items", "new", "pages", "send", "session"];

/// What stands in a method that begins a call: the call, and the handle with its session.
const OF_METHODS: &[&str] = &["call", "session"];

/// What a handle has beside its operations, and what `meta` has beside theirs (`SERVICE`).
const OF_HANDLES: &[&str] = &["clone", "new", "service", "session"];

/// What rendered code imports; a test of the renderer holds this list against what it does import.
const IMPORTED: &[&str] = &[
    "ApiFinder",
    "ApiItems",
    "ApiOperation",
    "ApiWaiter",
    "AuthNeed",
    "Body",
    "BodyKind",
    "Call",
    "Dialect",
    "Error",
    "Items",
    "OpMeta",
    "Page",
    "Paged",
    "Paging",
    "Pairs",
    "Param",
    "PhantomData",
    "Result",
    "Row",
    "Secret",
    "ServiceMeta",
    "Session",
    "Timestamp",
    "Value",
    "Watched",
];

/// What it has without an import, from Rust's prelude.
const PRELUDE: &[&str] = &[
    "AsRef",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Eq",
    "Err",
    "From",
    "Hash",
    "Into",
    "IntoIterator",
    "Iterator",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "Send",
    "Some",
    "String",
    "Sync",
    "Vec",
];

/// What `model!` and its kin declare and import inside of a type's implementations.
const OF_MACROS: &[&str] = &["A", "D", "Fields", "MapAccess", "S", "SerializeMap", "Visitor"];

/// Whether a setter of a builder may have this name.
pub(super) fn is_setter(name: &str) -> bool {
    is_identifier(name) && !name.starts_with("with_") && !OF_BUILDERS.contains(&name)
}

/// Whether an argument of a method that begins a call may have this name.
pub(super) fn is_argument(name: &str) -> bool {
    is_identifier(name) && !OF_METHODS.contains(&name)
}

/// Whether an operation, a method of the handle, may have this id.
pub(super) fn is_operation(id: &str) -> bool {
    is_identifier(id) && !OF_HANDLES.contains(&id)
}

/// Whether a setter of a document that callers make may have this name.
pub(super) fn is_document_setter(name: &str) -> bool {
    is_identifier(name) && !name.starts_with("with_") && name != "new"
}

/// Whether a goal of a waiter, a method of its type, may have this name.
pub(super) fn is_goal(name: &str) -> bool {
    is_identifier(name) && !["by_name", "until"].contains(&name)
}

/// Whether a document, a builder or a waiter must not have this name, since rendered code has it for something else.
pub(crate) fn is_taken_type(name: &str) -> bool {
    [IMPORTED, PRELUDE, OF_MACROS].iter().any(|names| names.contains(&name)) || core_type(name).is_some()
}
