//! Types as the tables write them: `String`, `u64?`, `list<Project>`, `map<list<Address>>`, `Entry<Object>`, `json`.

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// A scalar, a declared type, or a path such as `k5_core::token::DomainName`.
    Named(String),
    /// A hand-written type with one parameter.
    Of(String, Box<Type>),
    List(Box<Type>),
    Map(Box<Type>),
    Optional(Box<Type>),
}

/// Types that need no declaration, and their names in Rust.
pub(crate) const SCALARS: &[(&str, &str)] = &[
    ("String", "String"),
    ("bool", "bool"),
    ("u16", "u16"),
    ("u32", "u32"),
    ("u64", "u64"),
    ("i32", "i32"),
    ("i64", "i64"),
    ("f64", "f64"),
    ("Timestamp", "Timestamp"),
    ("Secret", "Secret"),
    ("json", "Value"),
];

/// What k5-core declares for all tables.
pub(crate) const CORE_TYPES: &[&str] = &[
    "k5_core::Loose",
    "k5_core::Quoted",
    "k5_core::ids::FlavorId",
    "k5_core::ids::ImageId",
    "k5_core::ids::ImportId",
    "k5_core::ids::KeyPairName",
    "k5_core::ids::NetworkId",
    "k5_core::ids::PortId",
    "k5_core::ids::ProjectId",
    "k5_core::ids::ResourceId",
    "k5_core::ids::ServerGroupId",
    "k5_core::ids::ServerId",
    "k5_core::ids::SnapshotId",
    "k5_core::ids::SubnetId",
    "k5_core::ids::TaskId",
    "k5_core::ids::UserId",
    "k5_core::ids::VolumeId",
    "k5_core::ids::VolumeTypeId",
    "k5_core::model::Entry",
];

/// The path of a type that k5-core declares for all tables.
pub(crate) fn core_type(name: &str) -> Option<&'static str> {
    CORE_TYPES.iter().find(|path| path.rsplit("::").next() == Some(name)).copied()
}

impl Type {
    /// The type without its option.
    pub(crate) fn bare(&self) -> &Self {
        match self {
            Self::Optional(inner) => inner,
            other => other,
        }
    }

    /// Parses a type; `None` if it is not one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(inner) = text.strip_suffix('?') {
            return match Self::parse(inner)? {
                Self::Optional(_) => None,
                inner => Some(Self::Optional(Box::new(inner))),
            };
        }
        match text.strip_suffix('>') {
            Some(text) => {
                let (name, inner) = text.split_once('<')?;
                let inner = Box::new(Self::parse(inner)?);
                Some(match name {
                    "list" => Self::List(inner),
                    "map" => Self::Map(inner),
                    name if is_name(name) => Self::Of(name.to_owned(), inner),
                    _ => return None,
                })
            }
            None => is_name(text).then(|| Self::Named(text.to_owned())),
        }
    }

    /// Every name in it.
    pub(crate) fn names(&self) -> Vec<&str> {
        match self {
            Self::Named(name) => vec![name],
            Self::Of(name, inner) => {
                let mut names = vec![name.as_str()];
                names.extend(inner.names());
                names
            }
            Self::List(inner) | Self::Map(inner) | Self::Optional(inner) => inner.names(),
        }
    }

    /// The type in Rust.
    pub(crate) fn rust(&self) -> String {
        self.rust_by(&str::to_owned)
    }

    /// The type in Rust; `called` returns the name to use for one that is not a scalar.
    pub(crate) fn rust_by(&self, called: &dyn Fn(&str) -> String) -> String {
        match self {
            Self::Named(name) => match SCALARS.iter().find(|(scalar, _)| scalar == name) {
                Some((_, rust)) => (*rust).to_owned(),
                None => called(name),
            },
            Self::Of(name, inner) => format!("{}<{}>", called(name), inner.rust_by(called)),
            Self::List(inner) => format!("Vec<{}>", inner.rust_by(called)),
            Self::Map(inner) => format!("Pairs<{}>", inner.rust_by(called)),
            Self::Optional(inner) => format!("Option<{}>", inner.rust_by(called)),
        }
    }
}

fn is_name(text: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    text.split("::").all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_become_rust() {
        for (text, rust) in [
            ("String", "String"),
            ("u64?", "Option<u64>"),
            ("list<list<String>>", "Vec<Vec<String>>"),
            ("map<list<Address>>?", "Option<Pairs<Vec<Address>>>"),
            ("json?", "Option<Value>"),
            ("Entry<Object>", "Entry<Object>"),
            ("k5_core::token::DomainName?", "Option<k5_core::token::DomainName>"),
        ] {
            assert_eq!(Type::parse(text).expect(text).rust(), rust);
        }
        for text in ["", "?", "list<", "list<>", "String??", "a b", "x<y", "a::"] {
            assert_eq!(Type::parse(text), None, "{text}");
        }
        assert_eq!(Type::parse("map<Entry<Object>>").expect("a type").names(), ["Entry", "Object"]);
    }
}
