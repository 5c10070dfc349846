//! The builders of operations: [`builder!`](crate::builder!) declares one.

/// Declares an operation's builder: a [`Call`](crate::Call) with a setter for each optional argument.
///
/// Each line names the kind of argument, the setter, and the name on the wire:
///
/// | kind | setter | sends |
/// | --- | --- | --- |
/// | `query limit: u32 = "limit"` | `limit(value)` | `limit=value` in the query |
/// | `header newest: bool = "x-newest"` | `newest(value)` | a header |
/// | `secret_query signature = "signature"`, `secret_header key = "x-key"` | `key(&Secret)` | the same, kept out of logs |
/// | `family metadata = "x-object-meta-"` | `metadata(name, value)` | `x-object-meta-{name}` |
/// | `remove remove_metadata = "x-remove-object-meta-"` | `remove_metadata(name)` | `x-remove-object-meta-{name}` |
/// | `flag remove_read = "x-remove-container-read"` | `remove_read()` | the header |
///
/// A builder of an operation with a document names its type behind the builder's own, and then the document's fields that are setters
/// of the builder too ([`request!`](crate::request!) says how they are written); `in server` means those of its field `server`.
///
/// ```
/// k5_core::builder! {
///     /// Lists things.
///     pub struct ListThings {
///         /// At most so many.
///         query limit: u32 = "limit",
///         /// Custom metadata.
///         family metadata = "x-thing-meta-",
///     }
/// }
/// ```
#[macro_export]
macro_rules! builder {
    ($(#[$meta:meta])* $vis:vis struct $name:ident : $body:ty {
        $($(#[$fmeta:meta])* $kind:ident $field:ident $(: $ty:ty)? = $wire:literal,)*
    } $(fields $(in $inner:ident)? { $($fkind:ident $ffield:ident : $fty:ty),* $(,)? })*) => {
        $(#[$meta])*
        #[derive(Debug)]
        #[must_use = "nothing is sent before it is told to"]
        $vis struct $name(pub(crate) $crate::Call, pub(crate) $body);

        impl $name {
            $($crate::builder!(@ $kind $(#[$fmeta])* $field $(: $ty)? = $wire);)*
            $($crate::builder!(@fields $($inner)? { $($fkind $ffield : $fty),* });)*

            /// The document as it is so far, for what has no setter.
            pub fn document_mut(&mut self) -> &mut $body {
                &mut self.1
            }

            /// The call with its document.
            pub(crate) fn into_call(self) -> $crate::Call {
                let Self(mut call, document) = self;
                call.document(&document);
                call
            }
        }

        impl $crate::WithOptions for $name {
            fn call_mut(&mut self) -> &mut $crate::Call {
                &mut self.0
            }
        }
    };
    (@fields { $($kind:ident $field:ident : $ty:ty),* }) => {
        $($crate::request!(@ $kind $field : $ty, this => this.1);)*
    };
    (@fields $inner:ident { $($kind:ident $field:ident : $ty:ty),* }) => {
        $($crate::request!(@ $kind $field : $ty, this => this.1.$inner);)*
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$fmeta:meta])* $kind:ident $field:ident $(: $ty:ty)? = $wire:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug)]
        #[must_use = "nothing is sent before it is told to"]
        $vis struct $name(pub(crate) $crate::Call);

        impl $name {
            $($crate::builder!(@ $kind $(#[$fmeta])* $field $(: $ty)? = $wire);)*
        }

        impl $crate::WithOptions for $name {
            fn call_mut(&mut self) -> &mut $crate::Call {
                &mut self.0
            }
        }
    };
    (@ query $(#[$meta:meta])* $field:ident : $ty:ty = $wire:literal) => {
        $(#[$meta])*
        pub fn $field(mut self, value: $ty) -> Self {
            self.0.set_query($wire, value);
            self
        }
    };
    (@ header $(#[$meta:meta])* $field:ident : $ty:ty = $wire:literal) => {
        $(#[$meta])*
        pub fn $field(mut self, value: $ty) -> Self {
            self.0.header($wire, value);
            self
        }
    };
    (@ secret_query $(#[$meta:meta])* $field:ident = $wire:literal) => {
        $(#[$meta])*
        pub fn $field(mut self, value: &$crate::Secret) -> Self {
            self.0.set_query($wire, value.expose());
            self
        }
    };
    (@ secret_header $(#[$meta:meta])* $field:ident = $wire:literal) => {
        $(#[$meta])*
        pub fn $field(mut self, value: &$crate::Secret) -> Self {
            self.0.secret_header($wire, value);
            self
        }
    };
    (@ family $(#[$meta:meta])* $field:ident = $wire:literal) => {
        $(#[$meta])*
        pub fn $field(mut self, name: &str, value: &str) -> Self {
            self.0.header_of($wire, name, value);
            self
        }
    };
    (@ remove $(#[$meta:meta])* $field:ident = $wire:literal) => {
        $(#[$meta])*
        pub fn $field(mut self, name: &str) -> Self {
            self.0.header_of($wire, name, "x");
            self
        }
    };
    (@ flag $(#[$meta:meta])* $field:ident = $wire:literal) => {
        $(#[$meta])*
        pub fn $field(mut self) -> Self {
            self.0.header($wire, "x");
            self
        }
    };
}
