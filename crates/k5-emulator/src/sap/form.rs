//! Forms, and the values in them and in queries.

use crate::cloud::{Call, Outcome, bad_request, refused};
use crate::request::Query;

/// The form in a request; an empty one needs no content type.
pub(super) async fn read(call: &mut Call<'_>) -> Outcome<Query> {
    let kind = call.request.header("content-type").unwrap_or_default();
    let body = call.body().await?;
    let is_form = kind.split(';').next().is_some_and(|kind| kind.trim() == "application/x-www-form-urlencoded");
    if !is_form && !body.is_empty() {
        return Err(refused(415, "The body must be application/x-www-form-urlencoded."));
    }
    Ok(Query::parse(&String::from_utf8_lossy(body)))
}

/// The value of a required field.
pub(super) fn needed<'f>(form: &'f Query, name: &str) -> Outcome<&'f str> {
    let value = form.get(name).filter(|value| !value.is_empty());
    value.ok_or_else(|| bad_request(format!("The argument {name} is missing.")))
}

/// A required number.
pub(super) fn number(form: &Query, name: &str) -> Outcome<u32> {
    let value = needed(form, name)?;
    value.parse().map_err(|_| bad_request(format!("The argument {name} is not a number: {value}")))
}

/// `true` or `false`, in lower case; `false` if absent.
pub(super) fn flag(given: Option<&str>, name: &str) -> Outcome<bool> {
    match given {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => Err(bad_request(format!("The argument {name} must be true or false: {other}"))),
    }
}

/// A size in GB.
pub(super) fn size(text: &str) -> Outcome<String> {
    match text.parse::<f64>() {
        Ok(size) if size > 0.0 && size.is_finite() => Ok(text.to_owned()),
        _ => Err(bad_request(format!("This is not a size in GB: {text}"))),
    }
}
