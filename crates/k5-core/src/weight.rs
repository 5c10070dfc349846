//! How much memory a document takes once it is decoded. A few megabytes of `{"":0}` become gigabytes of maps.

use crate::operation::BodyKind;

/// Roughly how much memory a decoded document, or an item of a list, may take.
pub(crate) const WEIGHT_LIMIT: usize = 32 * 1024 * 1024;
/// The same for a page as a whole, whose items are checked one by one: 10,000 servers with all their details take half of it.
pub(crate) const PAGE_WEIGHT_LIMIT: usize = 128 * 1024 * 1024;

/// The error for a document that would take more.
pub(crate) const TOO_HEAVY: &str = "the answer consists of more parts than any document of the API";

/// A map of maps takes 600 bytes for each of its objects.
const OBJECT: usize = 600;
/// An element of XML takes some texts and lists.
const ELEMENT: usize = 200;
const VALUE: usize = 32;

/// Roughly how much memory a decoded document takes, estimated from its contents.
pub(crate) fn weight(document: &[u8], kind: BodyKind) -> usize {
    let (mut sum, mut quoted, mut escaped) = (0, false, false);
    if kind == BodyKind::Xml {
        return count(document, b'<') * ELEMENT + count(document, b'=') * ELEMENT / 2;
    }
    for byte in document {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' => sum += OBJECT,
            b',' | b'[' => sum += VALUE,
            _ => {}
        }
    }
    sum
}

/// Whether a JSON document weighs less than any limit even if all of its text were structure. Much cheaper than [`weight`].
pub(crate) fn is_light(document: &[u8]) -> bool {
    let parts = count(document, b',') + count(document, b'[');
    count(document, b'{') * OBJECT + parts * VALUE <= WEIGHT_LIMIT
}

// Compiled here, with this crate's optimization, and not with that of whoever uses it.
#[inline(never)]
fn count(document: &[u8], part: u8) -> usize {
    // In small sums, so that the compiler uses vector registers.
    document.chunks(255).map(|chunk| usize::from(chunk.iter().map(|byte| u8::from(*byte == part)).sum::<u8>())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_light_weighs_little(text in r#"([{},\[\]:"\\a]|\{"":0\},){0,600}"#, times in 1usize..200) {
            let text = text.repeat(times);
            prop_assert_eq!(count(text.as_bytes(), b'{'), text.matches('{').count());
            prop_assert!(!is_light(text.as_bytes()) || weight(text.as_bytes(), BodyKind::Json) <= WEIGHT_LIMIT);
        }
    }

    #[test]
    fn the_structure_in_a_text_weighs_nothing() {
        assert_eq!(weight(br#"["{[,\"{"]"#, BodyKind::Json), VALUE);
        assert_eq!(weight(b"<a><b c=''/></a>", BodyKind::Xml), 3 * ELEMENT + ELEMENT / 2);
    }
}
