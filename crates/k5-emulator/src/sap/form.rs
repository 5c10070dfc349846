//! Forms, and the words in them and in queries.

use crate::cloud::{Call, Outcome, bad_request, refused};
use crate::request::Query;

/// The form that a request has; an empty one needs no type.
pub(super) async fn read(call: &mut Call<'_>) -> Outcome<Query> {
    let kind = call.request.header("content-type").unwrap_or_default();
    let body = call.body().await?;
    let is_form = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/x-www-form-urlencoded");
    if !is_form && !body.is_empty() {
        return Err(refused(415, "The body has to be application/x-www-form-urlencoded."));
    }
    Ok(Query::parse(&String::from_utf8_lossy(body)))
}

/// The value of a field that has to be there.
pub(super) fn needed<'f>(form: &'f Query, name: &str) -> Outcome<&'f str> {
    let value = form.get(name).filter(|value| !value.is_empty());
    value.ok_or_else(|| bad_request(format!("The argument {name} is missing.")))
}

/// A number that has to be there.
pub(super) fn number(form: &Query, name: &str) -> Outcome<u32> {
    let value = needed(form, name)?;
    value.parse().map_err(|_| bad_request(format!("The argument {name} is not a number: {value}")))
}

/// `true` or `false`, in lower case; `false` where there is none.
pub(super) fn flag(given: Option<&str>, name: &str) -> Outcome<bool> {
    match given {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => Err(bad_request(format!("The argument {name} has to be true or false: {other}"))),
    }
}

/// A size in GB.
pub(super) fn size(text: &str) -> Outcome<String> {
    match text.parse::<f64>() {
        Ok(size) if size > 0.0 && size.is_finite() => Ok(text.to_owned()),
        _ => Err(bad_request(format!("It is not a size in GB: {text}"))),
    }
}
