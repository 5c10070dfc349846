//! Paths with stars.

/// A glob in which `*` takes anything, slashes included; without a star, a prefix.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(String);

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Self {
        Self(pattern.to_owned())
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        let mut pieces = self.0.split('*');
        let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else { return false };
        let mut pieces: Vec<&str> = pieces.collect();
        let Some(last) = pieces.pop() else { return true };
        for piece in pieces {
            let Some(at) = rest.find(piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_prefixes() {
        for (pattern, text, matches) in [
            ("", "/v1/a", true),
            ("/v1/", "/v1/a/b", true),
            ("/v3/", "/v1/a", false),
            ("/v1/*/c/*", "/v1/AUTH_x/c/o/p", true),
            ("/v1/*/c/*", "/v1/AUTH_x/d/o", false),
            ("*/slo/*/0001", "/v1/a/c/o/slo/1/0001", true),
            ("*/slo/*/0001", "/v1/a/c/o/slo/1/0002", false),
            ("/v1/*/c", "/v1/a/c", true),
            ("/v1/*/c", "/v1/a/c/o", false),
            ("/a*a", "/a", false),
        ] {
            assert_eq!(Pattern::new(pattern).matches(text), matches, "{pattern} {text}");
        }
    }
}
