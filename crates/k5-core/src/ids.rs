//! Ids as separate types, so that a volume's id can't be passed where a server's is expected. All services share them: an
//! image that Glance lists is the one that a server is created from.

/// Declares types of ids.
///
/// ```
/// k5_core::ids! {
///     /// A thing's id.
///     ThingId,
/// }
/// let id = ThingId::from("7");
/// assert_eq!((id.as_str(), id.to_string()), ("7", "7".to_owned()));
/// ```
#[macro_export]
macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident,)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text of the id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        $crate::text!($name);

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    )*};
}

/// What every type that is text on the wire has in common. Requires `as_str` and `From<String>`.
#[doc(hidden)]
#[macro_export]
macro_rules! text {
    ($name:ident) => {
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::from(text.to_owned())
            }
        }

        impl From<&String> for $name {
            fn from(text: &String) -> Self {
                Self::from(text.to_owned())
            }
        }

        impl From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;
            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::private::serde::Serialize for $name {
            fn serialize<S: $crate::private::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::private::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                <String as $crate::private::serde::Deserialize>::deserialize(deserializer).map(Self::from)
            }
        }

        impl $crate::model::Model for $name {
            fn unknown_fields(&self, _: &str, _: &mut Vec<String>) {}
        }
    };
}

ids! {
    /// A server's id.
    ServerId,
    /// A flavor's id: short text such as `1101`, never a number.
    FlavorId,
    /// An image's id.
    ImageId,
    /// A key pair's name, which is its id.
    KeyPairName,
    /// A server group's id.
    ServerGroupId,
    /// A network's id.
    NetworkId,
    /// A subnet's id.
    SubnetId,
    /// A port's id.
    PortId,
    /// A volume's id.
    VolumeId,
    /// A volume type's id.
    VolumeTypeId,
    /// A snapshot's id.
    SnapshotId,
    /// A project's id, which K5's paths call a tenant: 32 hexadecimal digits.
    ProjectId,
    /// A user's id.
    UserId,
    /// The id of an image import.
    ImportId,
    /// The id of a server, a network, an image or a snapshot of the SAP service, such as `ror-svror2_13769`.
    ResourceId,
    /// The id of a task of the SAP service.
    TaskId,
}
