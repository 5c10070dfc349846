//! The builders of operations: [`builder!`](crate::builder!) declares one.

/// Declares a builder: a [`Call`](crate::Call) with a setter for each optional argument, and `send`.
///
/// `Name of Handle::method => answer { arguments }`. Each argument names its kind, the setter, and the name on the wire:
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
/// | answer | `send` returns |
/// | --- | --- |
/// | `nothing()` | `()` |
/// | `headers(H)` | `H` |
/// | `document(T)`, `optional(T)` | `T`, `Option<T>` |
/// | `keyed(T)` | the `T` under the operation's key |
/// | `optional_keyed(T)` | the same as an `Option<T>`: an answer without a body is `None` |
/// | `json(T, H)`, `list(T, H)` | `(T, H)`, `Page<T, H>` |
/// | `page(T) by("links")` | `Page<T>`: the list under the operation's key; `links` beside it says whether more follows |
/// | `stream(S)` | `S`, built from headers and body |
///
/// `paged(Marker(100))`, a [`Paging`](crate::Paging), adds `items()`. `entries { delimiter = "delimiter" }` after `list(T, H)` adds a
/// setter, in front of the others, that makes an [`Entry<T>`](crate::model::Entry) of each item. A builder of an operation with a document names the
/// document's type after `:`, and lists before the arguments those of its fields that are also setters of the builder
/// ([`request!`](crate::request!) says how they are written); `fields in server` are those of its field `server`.
///
/// ```
/// # mod example {
/// # use k5_core::{Dialect, OpMeta, ServiceMeta, Session};
/// # static SERVICE: ServiceMeta = ServiceMeta::new("things", "things", Dialect::Nova);
/// # static LIST_THINGS: OpMeta = OpMeta::new(&SERVICE, "list_things", "GET", "/things");
/// # pub struct Things { session: Session }
/// # impl Things { pub fn list_things(&self) -> ListThings { ListThings(k5_core::Call::new(&self.session, &LIST_THINGS, &[])) } }
/// k5_core::builder! {
///     ListThings of Things::list_things => document(Vec<String>) {
///         /// The maximum number of items.
///         query limit: u32 = "limit",
///         /// Custom metadata.
///         family metadata = "x-thing-meta-",
///     }
/// }
/// # }
/// ```
#[macro_export]
macro_rules! builder {
    ($name:ident of $handle:ident :: $method:ident => list ($item:ty, $headers:ty) paged ($($paging:tt)+)
        entries { $(#[$dmeta:meta])* $delimiter:ident = $dwire:literal }
        { $($(#[$smeta:meta])* $skind:ident $field:ident $(: $ty:ty)? = $wire:literal,)* }
    ) => {
        #[doc = concat!("The call of [`", stringify!($handle), "::", stringify!($method), "`].")]
        ///
        #[doc = concat!("`T` is what it lists: `", stringify!($item), "`s, or entries once `", stringify!($delimiter), "` is called.")]
        #[derive(Debug)]
        #[must_use = "does nothing until `send` is awaited"]
        pub struct $name<T = $item>(pub(crate) $crate::Call, pub(crate) ::std::marker::PhantomData<fn() -> T>);

        impl $name<$item> {
            $(#[$dmeta])*
            ///
            /// The items are then entries: each is an item or such a common prefix.
            pub fn $delimiter(self, value: impl ::std::convert::Into<::std::string::String>) -> $name<$crate::model::Entry<$item>> {
                self.entries().$delimiter(value)
            }

            /// Makes entries of the items in any case, for a caller who decides only when it runs whether there is a delimiter.
            pub fn entries(self) -> $name<$crate::model::Entry<$item>> {
                $name(self.0, ::std::marker::PhantomData)
            }
        }

        impl $name<$crate::model::Entry<$item>> {
            $(#[$dmeta])*
            pub fn $delimiter(mut self, value: impl ::std::convert::Into<::std::string::String>) -> Self {
                self.0.set_query($dwire, value.into());
                self
            }
        }

        impl<T> $name<T> {
            $($crate::builder!(@ $skind $(#[$smeta])* $field $(: $ty)? = $wire);)*
            $crate::builder!(@call);
        }

        impl<T: $crate::Paged + $crate::serde::de::DeserializeOwned + Send + 'static> $name<T> {
            /// Sends the request once and returns one page.
            ///
            /// # Errors
            /// If a setter refused a value (nothing was sent), no answer arrived, or the status is not a success for
            /// this operation.
            pub async fn send(self) -> $crate::Result<$crate::Page<T, $headers>> {
                $crate::builder!(@body list self (T, $headers))
            }

            $crate::builder!(@paged $name (T, $headers) $($paging)+);
        }

        impl<T> $crate::WithOptions for $name<T> {
            fn call_mut(&mut self) -> &mut $crate::Call {
                &mut self.0
            }
        }
    };
    ($name:ident of $handle:ident :: $method:ident $(: $body:ty)?
        => $kind:ident $answer:tt $(by ($links:literal))? $(paged ($($paging:tt)+))?
        $(fields $(in $inner:ident)? { $($(#[$fmeta:meta])* $fkind:ident $ffield:ident : $fty:ty),* $(,)? })*
        { $($(#[$smeta:meta])* $skind:ident $field:ident $(: $ty:ty)? = $wire:literal,)* }
    ) => {
        #[doc = concat!("The call of [`", stringify!($handle), "::", stringify!($method), "`].")]
        #[derive(Debug)]
        #[must_use = "does nothing until `send` is awaited"]
        pub struct $name(pub(crate) $crate::Call $(, pub(crate) $body)?);

        impl $name {
            $($crate::builder!(@ $skind $(#[$smeta])* $field $(: $ty)? = $wire);)*
            $($crate::builder!(@fields $($inner)? { $($(#[$fmeta])* $fkind $ffield : $fty),* });)*
            $crate::builder!(@call $($body)?);
            $crate::builder!(@send $kind $answer $(by ($links))?);
            $($crate::builder!(@paged $name $answer $($paging)+);)?
        }

        impl $crate::WithOptions for $name {
            fn call_mut(&mut self) -> &mut $crate::Call {
                &mut self.0
            }
        }
    };
    (@call) => {
        fn into_call(self) -> $crate::Call {
            self.0
        }
    };
    (@call $body:ty) => {
        /// The document built so far, for fields without a setter.
        pub fn document_mut(&mut self) -> &mut $body {
            &mut self.1
        }

        /// The call with its document.
        fn into_call(self) -> $crate::Call {
            let Self(mut call, document) = self;
            call.document(&document);
            call
        }
    };
    (@answer $this:ident) => { $this.into_call().send().await? };
    (@send $kind:ident $answer:tt $(by ($links:literal))?) => {
        #[doc = $crate::builder!(@gives $kind $answer)]
        ///
        /// # Errors
        /// If a setter refused a value (nothing was sent), no answer arrived, or the status is not a success for
        /// this operation.
        pub async fn send(self) -> $crate::Result<$crate::builder!(@type $kind $answer)> {
            $crate::builder!(@body $kind self $answer $(by ($links))?)
        }
    };
    (@gives nothing ()) => { "Sends the request. The answer has no content." };
    (@gives headers ($t:ty)) => { concat!("Sends the request and returns the answer's headers as [`", stringify!($t), "`].") };
    (@gives optional ($t:ty)) => {
        concat!("Sends the request and returns `", stringify!($t), "`, or `None` if the answer is empty.")
    };
    (@gives optional_keyed ($t:ty)) => { $crate::builder!(@gives optional ($t)) };
    (@gives json ($t:ty, $h:ty)) => {
        concat!("Sends the request and returns `", stringify!($t), "`, with the headers as `", stringify!($h), "`.")
    };
    (@gives list ($t:ty, $h:ty)) => { concat!("Sends the request once and returns one page of `", stringify!($t), "`.") };
    (@gives page ($t:ty)) => { concat!("Sends the request once and returns one page of `", stringify!($t), "`.") };
    (@gives stream ($t:ty)) => {
        concat!("Sends the request and returns [`", stringify!($t), "`] once the headers have arrived; the body is not read yet.")
    };
    (@gives $kind:ident ($t:ty)) => { concat!("Sends the request and returns `", stringify!($t), "`.") };
    (@type nothing ()) => { () };
    (@type optional ($t:ty)) => { ::std::option::Option<$t> };
    (@type optional_keyed ($t:ty)) => { ::std::option::Option<$t> };
    (@type json ($t:ty, $h:ty)) => { ($t, $h) };
    (@type list ($t:ty, $h:ty)) => { $crate::Page<$t, $h> };
    (@type page ($t:ty)) => { $crate::Page<$t> };
    (@type $kind:ident ($t:ty)) => { $t };
    (@body nothing $this:ident ()) => { $this.into_call().send().await.map(drop) };
    (@body headers $this:ident ($t:ty)) => { $crate::builder!(@answer $this).headers() };
    (@body document $this:ident ($t:ty)) => { $crate::builder!(@answer $this).document().await };
    (@body optional $this:ident ($t:ty)) => { $crate::builder!(@answer $this).optional_json().await };
    (@body optional_keyed $this:ident ($t:ty)) => {
        Ok($crate::builder!(@answer $this).optional_keyed::<$t>().await?.map(|document| document.value))
    };
    (@body keyed $this:ident ($t:ty)) => { Ok($crate::builder!(@answer $this).keyed().await?.value) };
    (@body json $this:ident ($t:ty, $h:ty)) => { $crate::builder!(@answer $this).json().await };
    (@body list $this:ident ($t:ty, $h:ty)) => {{
        let (items, info) = $crate::builder!(@answer $this).json().await?;
        Ok($crate::Page::new(items, info))
    }};
    (@body page $this:ident ($t:ty) by ($links:literal)) => {
        $crate::builder!(@answer $this).page($links).await
    };
    (@body stream $this:ident ($t:ty)) => {{
        let (info, response) = $crate::builder!(@answer $this).stream()?;
        Ok(<$t>::new(info, response))
    }};
    (@paged $name:ident ($t:ty, $h:ty) $($paging:tt)+) => {
        /// Lists all pages, fetching each on demand and decoding its items one by one. Here `limit` is the page size.
        pub fn items(self) -> $crate::Items<$t> {
            $crate::Items::new(self.into_call(), $crate::Paging::$($paging)+, |call| {
                Box::pin(async { Ok($crate::Fetched::Array(call.send().await?.array().await?)) })
            })
        }
    };
    (@paged $name:ident ($t:ty) $($paging:tt)+) => {
        /// Lists all pages, fetching each on demand. Here `limit` is the page size.
        pub fn items(self) -> $crate::Items<$t> {
            $crate::Items::new(self.into_call(), $crate::Paging::$($paging)+, |call| {
                Box::pin(async {
                    let page = $name(call).send().await?;
                    Ok($crate::Fetched::Items(page.items, page.more))
                })
            })
        }
    };
    (@fields { $($(#[$meta:meta])* $kind:ident $field:ident : $ty:ty),* }) => {
        $($crate::request!(@ $(#[$meta])* $kind $field : $ty, this => this.1);)*
    };
    (@fields $inner:ident { $($(#[$meta:meta])* $kind:ident $field:ident : $ty:ty),* }) => {
        $($crate::request!(@ $(#[$meta])* $kind $field : $ty, this => this.1.$inner);)*
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
