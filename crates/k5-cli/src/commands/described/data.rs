//! What `cargo xtask regen` renders of operations for those who call them by name.

/// What is known of an operation beside its types.
#[derive(Debug)]
pub(crate) struct Described {
    /// The full name.
    pub(crate) name: &'static str,
    pub(crate) does: &'static str,
    pub(crate) params: &'static [Field],
    /// The fields of the document, each followed by those within.
    pub(crate) fields: &'static [Field],
}

/// A parameter or a field: how deep it is, its name on the wire, what it holds, whether it is required, and its doc. The name is
/// empty for what is the document as a whole.
#[derive(Debug)]
pub(crate) struct Field(pub(crate) usize, pub(crate) &'static str, pub(crate) Kind, pub(crate) bool, pub(crate) &'static str);

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Secret,
    Number,
    Truth,
    Time,
    Any,
    Map,
    Texts,
    Object,
    Objects,
}

impl Kind {
    /// How the help names it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Secret => "secret",
            Self::Number => "number",
            Self::Truth => "true or false",
            Self::Time => "time",
            Self::Any => "any JSON",
            Self::Map => "names with values",
            Self::Texts => "list",
            Self::Object => "object",
            Self::Objects => "list of objects",
        }
    }
}
