//! How request documents are created: [`request!`](crate::request!) gives a type its constructor and setters.

/// Gives a document's type a `new` that takes the required fields, and a setter for each optional one.
///
/// | kind | the field's type | the setter takes |
/// | --- | --- | --- |
/// | `text name: T` | `Option<T>` | anything that converts into a `T` |
/// | `plain size: u32` | `Option<u32>` | the value itself |
/// | `list disks: T` | `Option<Vec<T>>` | anything with items that convert into a `T` |
/// | `map metadata: T` | `Option<Pairs<T>>` | anything with pairs |
///
/// Fields listed after `null` are sent as `null` until they are set.
///
/// ```
/// k5_core::model! {
///     /// A thing to create.
///     pub struct NewThing {
///         /// Its name.
///         pub name: String = "name",
///         /// Its tags.
///         pub tags: Option<Vec<String>> = "tags",
///         /// Its owner.
///         pub owner: Option<String> = "owner",
///     }
/// }
/// k5_core::request! {
///     NewThing(name: impl Into<String>) null ["owner"] {
///         /// Its tags.
///         list tags: String,
///         /// Its owner.
///         text owner: String
///     }
/// }
/// let thing = NewThing::new("a").tags(["x", "y"]);
/// assert_eq!(serde_json::to_string(&thing)?, r#"{"name":"a","tags":["x","y"],"owner":null}"#);
/// assert_eq!(serde_json::to_string(&NewThing::new("a").owner("me"))?, r#"{"name":"a","owner":"me"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! request {
    ($name:ident ( $($arg:ident : $argty:ty),* $(; $($given:ident : $giventy:ty),*)? ) $(null [$($null:literal),*])?
        { $($(#[$meta:meta])* $kind:ident $field:ident : $ty:ty),* $(,)? }) => {
        impl $name {
            /// Creates it with the required fields only.
            #[allow(clippy::new_without_default, reason = "most have arguments, and all are made the same way")]
            pub fn new($($arg: $argty,)* $($($given: $giventy,)*)?) -> Self {
                Self {
                    $($arg: $arg.into(),)*
                    $($($given: Some($given.into()),)*)?
                    $($field: None,)*
                    extra: $crate::model::nulls(&[$($($null),*)?]),
                }
            }

            $($crate::request!(@ $(#[$meta])* $kind $field : $ty, this => this);)*

            /// Sets a field that has no setter.
            pub fn with_field(mut self, name: &str, value: impl Into<$crate::private::serde_json::Value>) -> Self {
                self.extra.insert(name, value.into());
                self
            }
        }
    };
    (@ $(#[$meta:meta])* text $field:ident : $ty:ty, $this:ident => $place:expr) => {
        $(#[$meta])*
        pub fn $field(self, value: impl Into<$ty>) -> Self {
            let mut $this = self;
            $place.$field = Some(value.into());
            $this
        }
    };
    (@ $(#[$meta:meta])* plain $field:ident : $ty:ty, $this:ident => $place:expr) => {
        $(#[$meta])*
        pub fn $field(self, value: $ty) -> Self {
            let mut $this = self;
            $place.$field = Some(value.into());
            $this
        }
    };
    (@ $(#[$meta:meta])* list $field:ident : $ty:ty, $this:ident => $place:expr) => {
        $(#[$meta])*
        pub fn $field(self, items: impl IntoIterator<Item = impl Into<$ty>>) -> Self {
            let mut $this = self;
            $place.$field = Some(items.into_iter().map(Into::into).collect());
            $this
        }
    };
    (@ $(#[$meta:meta])* map $field:ident : $ty:ty, $this:ident => $place:expr) => {
        $(#[$meta])*
        pub fn $field(self, pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<$ty>)>) -> Self {
            let mut $this = self;
            $place.$field = Some(pairs.into_iter().map(|(name, value)| (name, value.into())).collect());
            $this
        }
    };
}
