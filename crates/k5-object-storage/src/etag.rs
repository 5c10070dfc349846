//! ETags as servers write them: bare, as Swift does; in quotes, as HTTP specifies; or weak, as gateways write them when they change
//! the answer on its way.

/// Returns the ETag without what HTTP puts around it: `W/` and the quotes.
pub(crate) fn bare(etag: &str) -> &str {
    let etag = etag.trim();
    let strong = etag.strip_prefix("W/").unwrap_or(etag);
    strong.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(strong)
}

/// Whether two ETags name the same content, in whatever form they are written. Hexadecimal digits may be in either case.
pub(crate) fn same(one: &str, other: &str) -> bool {
    bare(one).eq_ignore_ascii_case(bare(other))
}

/// Whether the ETag is weak, which means that it doesn't promise byte-for-byte equality: it is not an MD5, and `If-Match` never
/// holds for it.
pub(crate) fn is_weak(etag: &str) -> bool {
    etag.trim().starts_with("W/")
}

/// The ETag as `If-Match` takes it: as the server returned it. A weak one matches nothing, so it returns `None`.
pub(crate) fn for_match(etag: Option<&str>) -> Option<&str> {
    etag.map(str::trim).filter(|etag| !etag.is_empty() && !is_weak(etag))
}

/// The MD5 of an object's content, if its ETag is one: strong, 32 digits long, and not of a large object.
pub(crate) fn content_md5(etag: Option<&str>, is_large: bool) -> Option<&str> {
    let strong = etag.filter(|etag| !is_large && !is_weak(etag)).map(bare)?;
    (strong.len() == 32 && strong.bytes().all(|b| b.is_ascii_hexdigit())).then_some(strong)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: &str = "5d41402abc4b2a76b9719d911017c592";

    #[test]
    fn one_etag_in_its_forms() {
        let quoted = format!("\"{MD5}\"");
        let weak = format!("W/{quoted}");
        let upper = MD5.to_ascii_uppercase();
        for form in [MD5, &quoted, &weak, &format!(" {quoted} ")] {
            assert_eq!(bare(form), MD5);
            assert!(same(form, &upper) && same(&upper, form), "{form}");
            assert!(!same(form, "\"e\""));
        }
        assert_eq!([bare(""), bare("\""), bare("\"\""), bare("\"a"), bare("W/")], ["", "\"", "", "\"a", ""]);
    }

    #[test]
    fn only_a_strong_one_is_an_md5_or_a_condition() {
        let quoted = format!("\"{MD5}\"");
        let weak = format!("W/{quoted}");
        for form in [MD5, &quoted] {
            assert_eq!(content_md5(Some(form), false), Some(MD5));
            assert_eq!(content_md5(Some(form), true), None);
            assert_eq!(for_match(Some(form)), Some(form));
        }
        for none in [Some(&*weak), Some("\"e1\""), Some(""), None] {
            assert_eq!(content_md5(none, false), None, "{none:?}");
        }
        assert_eq!((for_match(Some(&weak)), for_match(Some("")), for_match(None)), (None, None, None));
    }
}
