//! Enums that stay open: a value that is not known yet survives a round trip.

/// Declares open enums: their variants with their texts, and `Other` for any other value.
///
/// ```
/// k5_core::open_enum! {
///     /// How it is.
///     pub enum Status { Active = "ACTIVE", Build = "BUILD" }
/// }
/// assert_eq!(Status::from("ACTIVE"), Status::Active);
/// assert_eq!(Status::from("NEW").as_str(), "NEW");
/// ```
#[macro_export]
macro_rules! open_enum {
    ($($(#[$meta:meta])* $vis:vis enum $name:ident { $($variants:tt)* })*) => {
        $($crate::open_enum!(@one $(#[$meta])* $vis enum $name { $($variants)* });)*
    };
    (@one $(#[$meta:meta])* $vis:vis enum $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        $vis enum $name {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
            /// Any other value, as it came.
            Other(String),
        }

        impl $name {
            /// The value as the API writes it.
            $vis fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }
        }

        $crate::text!($name);

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)*
                    _ => Self::Other(text),
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    open_enum! {
        /// For the test.
        pub(crate) enum Status { Active = "ACTIVE", InUse = "in-use" }
    }

    #[test]
    fn unknown_values_survive() {
        for text in ["\"ACTIVE\"", "\"in-use\"", "\"NEW\"", "\"\"", "\"active\""] {
            let status: Status = serde_json::from_str(text).expect("a text");
            assert_eq!(serde_json::to_string(&status).expect("written"), text);
        }
        assert_eq!(Status::from("in-use"), Status::InUse);
        assert_eq!(Status::from("active"), Status::Other("active".to_owned()));
        assert!(serde_json::from_str::<Status>("7").is_err());
        assert!(Status::Active == "ACTIVE" && Status::Other("x".into()) == "x");
    }
}
