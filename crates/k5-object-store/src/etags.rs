//! ETags as `object_store` exchanges them: in quotes, as HTTP writes them. Swift writes those of plain objects without.

/// The ETag in quotes; one that has them already, or is weak, stays as it is.
pub(crate) fn quoted(etag: &str) -> String {
    let etag = etag.trim();
    match etag.starts_with('"') || etag.starts_with("W/") {
        true => etag.to_owned(),
        false => format!("\"{etag}\""),
    }
}

/// A list of ETags as Swift reads it: separated by a comma and a blank.
pub(crate) fn condition(list: &str) -> String {
    let tags: Vec<_> = list.split(',').map(str::trim).filter(|tag| !tag.is_empty()).collect();
    tags.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn etags_are_quoted_once() {
        assert_eq!([quoted("e1"), quoted("\"e1\""), quoted("W/\"e1\"")], ["\"e1\"", "\"e1\"", "W/\"e1\""]);
        assert_eq!(condition("\"a\",\"b\" , c,"), "\"a\", \"b\", c");
        assert_eq!(condition("*"), "*");
    }
}
