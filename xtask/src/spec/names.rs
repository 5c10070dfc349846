//! Names: from the wire and from ids to Rust.

/// `ListObjects` for `list_objects`.
pub(crate) fn pascal_case(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    words.map(capital).collect()
}

/// `WaitServer` for the waiter `server`.
pub(crate) fn waiter_type(name: &str) -> String {
    format!("Wait{}", pascal_case(name))
}

/// `VerifyResize` for `VERIFY_RESIZE`, `InUse` for `in-use`.
pub(crate) fn variant(value: &str) -> String {
    let name = match value.bytes().any(|b| b.is_ascii_lowercase()) {
        true => pascal_case(value),
        false => pascal_case(&value.to_ascii_lowercase()),
    };
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("V{name}") } else { name }
}

/// `LIST_OBJECTS` for `list_objects`.
pub(crate) fn screaming_case(name: &str) -> String {
    name.to_ascii_uppercase()
}

/// The setter of a parameter: snake case, without a leading `X-`; custom metadata is `metadata`, and what the server itself
/// reads from a metadata header loses the prefix.
pub(super) fn setter(wire: &str) -> String {
    let snake = match wire.contains('-') || wire.bytes().all(|b| !b.is_ascii_lowercase()) || wire == "ETag" {
        true => wire.to_ascii_lowercase().replace('-', "_"),
        false => snake_case(wire),
    };
    let name = snake.strip_prefix("x_").unwrap_or(&snake);
    let (remove, name) = match name.strip_prefix("remove_") {
        Some(name) => ("remove_", name),
        None => ("", name),
    };
    for owner in ["account_meta_", "container_meta_", "object_meta_"] {
        if let Some(item) = name.strip_prefix(owner) {
            let item = if item.is_empty() { "metadata" } else { item };
            return format!("{remove}{item}");
        }
    }
    format!("{remove}{}", name.trim_end_matches('_'))
}

/// `extended_status` for `ExtendedStatus`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c {
            'A'..='Z' => {
                if !out.is_empty() && !out.ends_with('_') {
                    out.push('_');
                }
                out.push(c.to_ascii_lowercase());
            }
            'a'..='z' | '0'..='9' => out.push(c),
            _ => out.push('_'),
        }
    }
    out
}

/// The names in braces, in order.
pub(super) fn placeholders(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

/// Whether `name` can be a function, a field or an argument.
pub(super) fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && name != "_"
        && !KEYWORDS.contains(&name)
}

/// Whether `name` can be a type.
pub(super) fn is_type_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.bytes().all(|b| b.is_ascii_alphanumeric()) && name != "Self"
}

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move", "mut",
    "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setters_are_named_like_the_field() {
        for (wire, name) in [
            ("limit", "limit"),
            ("changes-since", "changes_since"),
            ("availabilityZone", "availability_zone"),
            ("ETag", "etag"),
            ("If-None-Match", "if_none_match"),
            ("X-Newest", "newest"),
            ("X-Object-Meta-", "metadata"),
            ("X-Remove-Container-Meta-", "remove_metadata"),
            ("X-Container-Meta-Quota-Bytes", "quota_bytes"),
            ("X-Account-Meta-Temp-URL-Key-2", "temp_url_key_2"),
            ("X-Remove-Versions-Location", "remove_versions_location"),
            ("temp_url_sig", "temp_url_sig"),
        ] {
            assert_eq!(setter(wire), name, "{wire}");
        }
        assert_eq!(pascal_case("list_objects"), "ListObjects");
        assert_eq!(placeholders("/{container}/x/{object}"), ["container", "object"]);
        assert!(is_identifier("limit_2") && !is_identifier("type") && !is_identifier("2x") && !is_identifier("Limit"));
    }
}
