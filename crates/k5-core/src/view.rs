//! Views: the part of a document that one documented row describes, if several rows share an operation.

/// Declares views of a document: structs that borrow some of its fields, each with the method that returns it.
///
/// ```
/// k5_core::model! {
///     /// A thing.
///     pub struct Thing {
///         /// Name.
///         pub name: Option<String> = "name",
///         /// Size.
///         pub size: Option<u64> = "OS-X:size",
///     }
/// }
/// k5_core::view! {
///     /// The extension with the size.
///     pub struct Sized of Thing as extended { size: Option<u64> }
/// }
/// let thing: Thing = serde_json::from_str(r#"{"OS-X:size": 1}"#)?;
/// assert_eq!(*thing.extended().size, Some(1));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! view {
    ($($(#[$meta:meta])* pub struct $name:ident of $model:ident as $method:ident { $($fields:tt)* })*) => {
        $($crate::view!(@one $(#[$meta])* pub struct $name of $model as $method { $($fields)* });)*
    };
    (@one $(#[$meta:meta])* pub struct $name:ident of $model:ident as $method:ident { $($field:ident : $ty:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name<'a> {
            $(#[doc = concat!("[`", stringify!($model), "::", stringify!($field), "`].")] pub $field: &'a $ty,)*
        }

        impl $model {
            $(#[$meta])*
            pub fn $method(&self) -> $name<'_> {
                $name { $($field: &self.$field),* }
            }
        }
    };
}
