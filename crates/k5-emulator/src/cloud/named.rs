//! Enums whose values have names on the wire.

/// An enum with a `name` for each value, under which it is also stored.
macro_rules! named {
    (
        $(#[$meta:meta])*
        $vis:vis enum $enum:ident { $($(#[$of_value:meta])* $value:ident = $name:literal,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        $vis enum $enum {
            $($(#[$of_value])* #[serde(rename = $name)] $value,)*
        }

        impl $enum {
            $vis fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)*
                }
            }
        }
    };
}
pub(crate) use named;
