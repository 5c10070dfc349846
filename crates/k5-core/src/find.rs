//! Finding a resource by its id or its name.

use crate::call::Call;
use crate::error::{Error, ErrorKind, Reason, Result};
use crate::waiter::Look;
use futures_core::Stream;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::Pin;

/// A document that has an id and may have a name.
pub trait Named {
    /// The id.
    fn id(&self) -> &str;

    /// The name, which need not be unique.
    fn name(&self) -> Option<&str>;
}

/// Declares what the id and the name of a document are: it is [`Named`], and stands for its id wherever one is taken.
///
/// `Thing by ThingId` has the fields `id: ThingId` and `name`, a `String` or an `Option` of one.
///
/// ```
/// # mod example {
/// # k5_core::ids! {
/// #     /// A thing's id.
/// #     ThingId,
/// # }
/// pub struct Thing {
///     pub id: ThingId,
///     pub name: Option<String>,
/// }
/// k5_core::named! { Thing by ThingId }
/// # }
/// # use example::{Thing, ThingId};
/// # use k5_core::Named;
/// let thing = Thing { id: ThingId::from("7"), name: Some("web".to_owned()) };
/// assert_eq!((thing.id(), thing.name()), ("7", Some("web")));
/// assert_eq!(ThingId::from(&thing), "7");
/// ```
#[macro_export]
macro_rules! named {
    ($thing:ident by $id:ident) => {
        impl $crate::Named for $thing {
            fn id(&self) -> &str {
                self.id.as_str()
            }

            fn name(&self) -> ::std::option::Option<&str> {
                ::std::option::Option::<&::std::string::String>::from(&self.name).map(|name| name.as_str())
            }
        }

        impl ::std::convert::From<&$thing> for $id {
            fn from(thing: &$thing) -> Self {
                thing.id.clone()
            }
        }

        impl ::std::convert::From<$thing> for $id {
            fn from(thing: $thing) -> Self {
                thing.id
            }
        }
    };
}

/// How many ids an error lists if several resources share a name.
const LISTED: usize = 10;

/// Finds the one resource whose id or name is `wanted`; an id takes precedence over a name.
///
/// `show` shows the resource with this id; it is called only if `wanted` looks like a UUID, so that no request is wasted on what
/// can't be an id. `list` is the listing's call; the query `filter`, if the listing has one, gets the name as a hint. The items are
/// compared here as well, since servers treat that query as a pattern or ignore it.
///
/// # Errors
/// [`ErrorKind::NotFound`] if nothing matches, [`ErrorKind::Ambiguous`] if several have the name ([`Reason::Candidates`] has their ids).
pub async fn find<T, Items>(
    what: &str,
    wanted: &str,
    show: Option<(Call, Look<T>)>,
    mut list: Call,
    filter: Option<&str>,
    items: impl FnOnce(Call) -> Items,
) -> Result<T>
where
    T: Named,
    Items: Stream<Item = Result<T>> + Unpin,
{
    let operation = list.meta();
    if wanted.is_empty() {
        return Err(Error::invalid_input(format!("the name or id of the {what} is empty")).with_operation(operation));
    }
    if let Some((call, look)) = show.filter(|_| is_uuid(wanted)) {
        match look(call).await {
            Err(error) if error.is_not_found() => {}
            shown => return shown,
        }
    }
    if let Some(filter) = filter.filter(|_| is_plain(wanted)) {
        list.set_query(filter, wanted);
    }
    let mut items = items(list);
    let mut found: Vec<T> = Vec::new();
    let mut ids = BTreeSet::new();
    while let Some(item) = poll_fn(|cx| Pin::new(&mut items).poll_next(cx)).await.transpose()? {
        if item.id() == wanted {
            return Ok(item);
        }
        // A listing that changes may have an item twice.
        if item.name() == Some(wanted) && ids.insert(item.id().to_owned()) && found.len() < 2 {
            found.push(item);
        }
    }
    choose(what, wanted, found, ids).map_err(|error| error.with_operation(operation))
}

/// The only resource with this name.
fn choose<T>(what: &str, wanted: &str, mut found: Vec<T>, ids: BTreeSet<String>) -> Result<T> {
    let (Some(first), true) = (found.pop(), found.is_empty()) else {
        if ids.is_empty() {
            let message = format!("no {what} has the id or the name {wanted:?}");
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        let more = ids.len().checked_sub(LISTED).filter(|more| *more > 0);
        let more = more.map(|more| format!(" and {more} more")).unwrap_or_default();
        let shown: Vec<&str> = ids.iter().take(LISTED).map(String::as_str).collect();
        let message = format!("{} {what}s have the name {wanted:?}, use an id: {}{more}", ids.len(), shown.join(", "));
        return Err(Error::new(ErrorKind::Ambiguous, message).with_reason(Reason::Candidates(ids.into_iter().collect())));
    };
    Ok(first)
}

/// Whether it is 32 hexadecimal digits, with or without hyphens.
fn is_uuid(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    digits == 32 && (text.len() == 32 || text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4)
}

/// Whether this name works as a filter where a filter is a regular expression, or an operator and a value (`in:a,b`).
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_uuid() {
        for text in ["0123456789abcdef0123456789ABCDEF", "01234567-89ab-cdef-0123-456789abcdef"] {
            assert!(is_uuid(text), "{text}");
        }
        for text in [
            "",
            "web-1",
            "0123456789abcdef0123456789abcde",
            "01234567-89ab-cdef-0123-456789abcdeg",
            "é123456789abcdef0123456789abcde",
        ] {
            assert!(!is_uuid(text), "{text}");
        }
    }

    #[test]
    fn what_a_pattern_finds_as_it_is() {
        assert!(is_plain("web-1.example_a"));
        for name in ["a*", "a b", "in:a,b", "a+", "^a", "é", "a/b"] {
            assert!(!is_plain(name), "{name}");
        }
    }

    #[test]
    fn too_many_of_one_name_are_counted() {
        let ids: BTreeSet<String> = (0..12).map(|id| format!("{id:02}")).collect();
        let error = choose("server", "web", vec![1, 2], ids.clone()).expect_err("twelve");
        assert_eq!(
            error.to_string(),
            "12 servers have the name \"web\", use an id: 00, 01, 02, 03, 04, 05, 06, 07, 08, 09 and 2 more"
        );
        assert_eq!(error.reason(), Some(&Reason::Candidates(ids.into_iter().collect())));
    }
}
