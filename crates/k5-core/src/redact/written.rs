//! The ways in which a text may be written inside another: in a URL or form, a JSON text, a Python literal, HTML.

use std::ops::Range;

/// One reading of a text: its bytes, and where in the text each of them is written.
pub(super) struct Written {
    bytes: Vec<u8>,
    places: Vec<(usize, usize)>,
}

/// What the start of these bytes encodes, and how many bytes it takes; `None` if they stand for themselves.
type Decode = fn(&[u8]) -> Option<(Piece, usize)>;

enum Piece {
    Byte(u8),
    Char(char),
}

const WAYS: [Decode; 5] = [percent, form, escape, escape_of_bytes, entity];
/// How many encodings may be nested, such as a JSON text in a form.
const DEPTH: usize = 2;

/// Passes on the text as is, and decoded in each way that makes a difference.
pub(super) fn each_reading(text: &str, mut found: impl FnMut(&Written)) {
    read(&Written::plain(text), DEPTH, &mut found);
}

fn read(reading: &Written, depth: usize, found: &mut dyn FnMut(&Written)) {
    found(reading);
    if depth > 0 {
        WAYS.iter().filter_map(|way| reading.decoded(*way)).for_each(|decoded| read(&decoded, depth - 1, found));
    }
}

impl Written {
    fn plain(text: &str) -> Self {
        // The bytes of one character are at its place as a whole, so that no part of the text begins or ends within one.
        let places = text.char_indices().flat_map(|(at, c)| std::iter::repeat_n((at, at + c.len_utf8()), c.len_utf8()));
        Self { bytes: text.as_bytes().to_vec(), places: places.collect() }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where in the text a part of the bytes is written.
    pub(super) fn place(&self, part: Range<usize>) -> Range<usize> {
        let places = self.places.get(part).unwrap_or_default();
        match (places.first(), places.last()) {
            (Some((start, _)), Some((_, end))) => *start..*end,
            _ => 0..0,
        }
    }

    /// The same, decoded once more; `None` if that changes nothing.
    fn decoded(&self, decode: Decode) -> Option<Self> {
        let mut at = (0..self.bytes.len()).find(|at| decode(&self.bytes[*at..]).is_some())?;
        let mut out = Self { bytes: self.bytes[..at].to_vec(), places: self.places[..at].to_vec() };
        while at < self.bytes.len() {
            let Some((piece, length)) = decode(&self.bytes[at..]) else {
                out.bytes.push(self.bytes[at]);
                out.places.push(self.places[at]);
                at += 1;
                continue;
            };
            match piece {
                Piece::Byte(byte) => out.bytes.push(byte),
                Piece::Char(c) => out.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            let place = self.place(at..at + length);
            out.places.resize(out.bytes.len(), (place.start, place.end));
            at += length;
        }
        Some(out)
    }
}

/// The first place of `part` in `bytes`.
pub(super) fn position(bytes: &[u8], part: &[u8]) -> Option<usize> {
    let first = part.first()?;
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| byte == first).map(|at| from + at) {
        if bytes[at..].starts_with(part) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

fn percent(bytes: &[u8]) -> Option<(Piece, usize)> {
    match bytes {
        [b'%', rest @ ..] => Some((Piece::Byte(u8::try_from(number(rest.get(..2)?, 16)?).ok()?), 3)),
        _ => None,
    }
}

fn form(bytes: &[u8]) -> Option<(Piece, usize)> {
    match bytes {
        [b'+', ..] => Some((Piece::Byte(b' '), 1)),
        _ => percent(bytes),
    }
}

/// A character in a string of JSON or of a programming language.
fn escape(bytes: &[u8]) -> Option<(Piece, usize)> {
    let [b'\\', kind, rest @ ..] = bytes else { return None };
    let plain = match kind {
        b'u' => {
            let unit = number(rest.get(..4)?, 16)?;
            if let Some(c) = char::from_u32(unit) {
                return Some((Piece::Char(c), 6));
            }
            let second = number(rest.get(4..)?.strip_prefix(b"\\u")?.get(..4)?, 16)?;
            let units = [u16::try_from(unit).ok()?, u16::try_from(second).ok()?];
            let c = char::decode_utf16(units).next()?.ok()?;
            return Some((Piece::Char(c), 12));
        }
        b'x' => return Some((Piece::Char(char::from_u32(number(rest.get(..2)?, 16)?)?), 4)),
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'"' | b'\'' | b'\\' | b'/' => char::from(*kind),
        _ => return None,
    };
    Some((Piece::Char(plain), 2))
}

/// The same, with `\x` as a byte of UTF-8.
fn escape_of_bytes(bytes: &[u8]) -> Option<(Piece, usize)> {
    match bytes {
        [b'\\', b'x', rest @ ..] => Some((Piece::Byte(u8::try_from(number(rest.get(..2)?, 16)?).ok()?), 4)),
        _ => escape(bytes),
    }
}

/// A character in HTML or XML.
fn entity(bytes: &[u8]) -> Option<(Piece, usize)> {
    let [b'&', rest @ ..] = bytes else { return None };
    let length = rest.iter().take(10).position(|byte| *byte == b';')?;
    let c = match &rest[..length] {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some((Piece::Char(c), length + 2))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.chars().all(|c| c.is_digit(radix)))?;
    u32::from_str_radix(text, radix).ok()
}
