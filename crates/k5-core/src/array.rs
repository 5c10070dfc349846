//! A list whose items are decoded on demand, one after the other, from the bytes of its document.

use crate::blame::Blame;
use crate::document::KeyedSeed;
use crate::error::{Error, Result};
use crate::json::{decode_json, decode_json_seed, is_blank};
use crate::model::Extra;
use crate::operation::BodyKind;
use crate::weight::{PAGE_WEIGHT_LIMIT, TOO_HEAVY, WEIGHT_LIMIT, is_light, weight};
use bytes::Bytes;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::marker::PhantomData;

/// A JSON array that is decoded one item at a time. It holds what is left of the document, which takes less memory than its decoded
/// items.
pub struct ArrayReader<T> {
    /// What is left of the array; of a long one, what has been read is let go from time to time.
    document: Bytes,
    at: usize,
    /// The key that it stands under; empty if it is the document.
    key: &'static str,
    /// The beginning of the document, for errors.
    head: Bytes,
    /// The number of the next item.
    index: usize,
    state: State,
    /// Whether an item may take too much memory, so that each is weighed first.
    heavy: bool,
    /// What the items so far weigh, if items are weighed.
    weight: usize,
    blame: Box<Blame>,
    items: PhantomData<fn() -> T>,
}

/// How much of a document an error may show.
const HEAD: usize = 4096;
/// What has been read of a document is let go by pieces of at least this length.
const LONG: usize = 256 * 1024;

enum State {
    Before,
    First,
    Between,
    Ended,
}

/// Why decoding stopped.
enum Wrong {
    Document,
    Weight,
}

impl<T: DeserializeOwned> ArrayReader<T> {
    pub(crate) fn new(document: Bytes, blame: Blame) -> Self {
        let heavy = !is_light(&document);
        let head = Bytes::copy_from_slice(&document[..document.len().min(HEAD)]);
        Self {
            document,
            at: 0,
            key: "",
            head,
            index: 0,
            state: State::Before,
            heavy,
            weight: 0,
            blame: Box::new(blame),
            items: PhantomData,
        }
    }

    /// The array under `key` of a document, and the fields beside it, from the outside in.
    pub(crate) fn keyed(key: &'static str, whole: Bytes, blame: Blame) -> Result<(Self, Vec<Extra>)> {
        let heavy = !is_light(&whole);
        let Some(array) = array_under(key, &whole) else {
            if heavy && weight(&whole, BodyKind::Json) > WEIGHT_LIMIT {
                return Err(blame.decode(TOO_HEAVY.to_owned(), &whole));
            }
            let wrong = decode_json_seed(&whole, || KeyedSeed::<Vec<T>>::new(key)).err();
            return Err(blame.decode(wrong.unwrap_or_else(|| format!("no list under {key}")), &whole));
        };
        if heavy && weight(&whole, BodyKind::Json) - weight(array, BodyKind::Json) > WEIGHT_LIMIT {
            return Err(blame.decode(TOO_HEAVY.to_owned(), &whole));
        }
        let document = whole.slice_ref(array);
        let around = decode_json_seed(&whole, || KeyedSeed::<IgnoredAny>::new(key));
        let beside = around.map_err(|message| blame.decode(message, &whole))?.beside;
        let mut reader = Self::new(document, blame);
        reader.key = key;
        reader.head = Bytes::copy_from_slice(&whole[..whole.len().min(HEAD)]);
        Ok((reader, beside))
    }

    /// All remaining items.
    ///
    /// # Errors
    /// If an item has the wrong type, or all of them together take too much memory.
    pub(crate) fn all(mut self) -> Result<Vec<T>> {
        let mut all = Vec::new();
        while let Some(item) = self.next() {
            all.push(item?);
            if self.weight > PAGE_WEIGHT_LIMIT {
                return Err(self.wrong(&Wrong::Weight));
            }
        }
        Ok(all)
    }

    /// The next byte that is not one of JSON's blanks.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.document.get(self.at..)?;
        self.at += rest.iter().position(|byte| !b" \t\r\n".contains(byte))?;
        self.document.get(self.at).copied()
    }

    fn read(&mut self) -> Result<Option<T>, Wrong> {
        if matches!(self.state, State::Before) {
            // An empty body is an empty list.
            if is_blank(&self.document) {
                return Ok(None);
            }
            self.take(b'[')?;
            self.state = State::First;
        }
        if self.peek().ok_or(Wrong::Document)? == b']' {
            self.at += 1;
            return if self.peek().is_none() { Ok(None) } else { Err(Wrong::Document) };
        }
        if matches!(self.state, State::Between) {
            self.take(b',')?;
        }
        self.state = State::Between;
        let item = self.item()?;
        self.index += 1;
        self.let_go();
        Ok(Some(item))
    }

    /// Lets go of what has been read of a long document, so that the document and its items are not in memory at once.
    fn let_go(&mut self) {
        if self.at >= LONG.max(self.document.len() / 8) {
            self.document = Bytes::copy_from_slice(&self.document[self.at..]);
            self.at = 0;
        }
    }

    fn item(&mut self) -> Result<T, Wrong> {
        let rest = self.document.get(self.at..).ok_or(Wrong::Document)?;
        if !self.heavy {
            let mut items = serde_json::Deserializer::from_slice(rest).into_iter();
            let item = items.next().and_then(Result::ok).ok_or(Wrong::Document)?;
            self.at += items.byte_offset();
            return Ok(item);
        }
        let mut items = serde_json::Deserializer::from_slice(rest).into_iter::<&RawValue>();
        let raw = items.next().and_then(Result::ok).ok_or(Wrong::Document)?;
        let own = weight(raw.get().as_bytes(), BodyKind::Json);
        if own > WEIGHT_LIMIT {
            return Err(Wrong::Weight);
        }
        let item = serde_json::from_str(raw.get()).map_err(|_| Wrong::Document)?;
        self.at += items.byte_offset();
        self.weight = self.weight.saturating_add(own);
        Ok(item)
    }

    fn take(&mut self, byte: u8) -> Result<(), Wrong> {
        match self.peek() {
            Some(found) if found == byte => {
                self.at += 1;
                Ok(())
            }
            _ => Err(Wrong::Document),
        }
    }

    /// What is wrong with the document: a second pass over the item names the field.
    fn wrong(&self, wrong: &Wrong) -> Error {
        let message = match wrong {
            Wrong::Weight => TOO_HEAVY.to_owned(),
            Wrong::Document => self.wrong_item().unwrap_or_else(|| "not a complete JSON document".to_owned()),
        };
        self.blame.decode(message, &self.head)
    }

    fn wrong_item(&self) -> Option<String> {
        if matches!(self.state, State::Before) {
            return decode_json::<Vec<T>>(&self.document).err();
        }
        let rest = self.document.get(self.at..)?;
        let broken = |error: &str| format!("not a complete JSON document: {}", without_place(error));
        let raw = match serde_json::Deserializer::from_slice(rest).into_iter::<&RawValue>().next()? {
            Ok(raw) => raw.get(),
            Err(error) => return Some(broken(&error.to_string())),
        };
        let wrong = decode_json::<T>(raw.as_bytes()).err()?;
        let wrong = without_place(&wrong);
        let place = format!("field {}[{}]", self.key.replace('/', "."), self.index);
        Some(match wrong.strip_prefix("field ") {
            _ if wrong.starts_with("not a complete JSON document") => wrong.to_owned(),
            Some(field) if field.starts_with('[') => place + field,
            Some(field) => format!("{place}.{field}"),
            None => format!("{place}: {wrong}"),
        })
    }
}

impl<T: DeserializeOwned> Iterator for ArrayReader<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if matches!(self.state, State::Ended) {
            return None;
        }
        let read = self.read();
        if let Ok(Some(item)) = read {
            return Some(Ok(item));
        }
        let wrong = read.err().map(|wrong| self.wrong(&wrong));
        self.state = State::Ended;
        self.document = Bytes::new();
        wrong.map(Err)
    }
}

/// An error without its line and column, which count from the item here and not from the document.
fn without_place(error: &str) -> &str {
    error.rsplit_once(" at line ").map_or(error, |(error, _)| error)
}

/// The array under a key of a document, undecoded.
fn array_under<'a>(key: &str, document: &'a [u8]) -> Option<&'a [u8]> {
    let mut reader = serde_json::Deserializer::from_slice(document);
    let found = Under(key).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    found.filter(|found| found.starts_with('[')).map(str::as_bytes)
}

/// Finds the value under a key, or under the last of a path of keys such as `a/b`.
struct Under<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for Under<'_> {
    type Value = Option<&'de str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Under<'_> {
    type Value = Option<&'de str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a document with {:?}", self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (first, rest) = self.0.split_once('/').unwrap_or((self.0, ""));
        let mut found = None;
        while let Some(name) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            if name != first {
                map.next_value::<IgnoredAny>()?;
            } else if rest.is_empty() {
                found = Some(map.next_value::<&RawValue>()?.get());
            } else {
                found = map.next_value_seed(Under(rest))?;
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{BodyKind, Dialect, OpMeta, ServiceMeta};
    use proptest::prelude::*;
    use serde_json::Value;

    static SERVICE: ServiceMeta = ServiceMeta::new("test", "test", Dialect::Swift);
    static LIST: OpMeta = OpMeta::new(&SERVICE, "list", "GET", "").response_body(BodyKind::Json);

    fn read<T: DeserializeOwned>(document: &str) -> (Vec<T>, Option<String>) {
        let reader = ArrayReader::new(Bytes::from(document.to_owned()), Blame::test(&LIST));
        let (mut items, mut wrong) = (Vec::new(), None);
        for item in reader {
            match item {
                Ok(item) => items.push(item),
                Err(error) => assert!(wrong.replace(error.message().to_owned()).is_none(), "one error and the end"),
            }
        }
        (items, wrong)
    }

    proptest! {
        /// It accepts exactly what serde_json accepts as a complete document.
        #[test]
        fn any_document_is_the_same_list(text in r#"[ \n\f]{0,2}\[?([ \n\f]?(1|-2\.5|"a\]"|"\\"|null|\{"x":\[1,2\]\}|\[\]|,|x)[ \n\f]?){0,6}\]?[ \n\f]{0,2}.?"#) {
            let (items, wrong) = read::<Value>(&text);
            match serde_json::from_str::<Vec<Value>>(if text.trim_ascii().is_empty() { "[]" } else { &text }) {
                Ok(whole) => prop_assert_eq!((items, wrong), (whole, None)),
                Err(_) => prop_assert!(wrong.is_some()),
            }
        }

        #[test]
        fn every_list_comes_back(list in proptest::collection::vec((".{0,6}", any::<Option<u32>>()), 0..20)) {
            let text = serde_json::to_string_pretty(&list).expect("JSON");
            prop_assert_eq!(read::<(String, Option<u32>)>(&text), (list, None));
        }
    }

    #[test]
    fn what_is_wrong_is_said_of_the_whole() {
        let (items, wrong) = read::<u8>("[1, 2, \"x\"]");
        assert_eq!(items, [1, 2]);
        assert!(wrong.expect("an error").starts_with("field [2]: invalid type"));
        assert!(read::<u8>("<html>").1.expect("an error").contains("HTML"));
        assert!(read::<u8>("[1, 2").1.expect("an error").contains("not a complete JSON document"));
    }

    type Found = (Vec<Value>, Vec<Extra>);

    /// The same as [`keyed`] by decoding the whole document at once.
    fn at_once(key: &'static str, document: &[u8]) -> Result<Found, String> {
        let keyed = decode_json_seed(document, || KeyedSeed::<Vec<Value>>::new(key))?;
        Ok((keyed.value, keyed.beside))
    }

    proptest! {
        /// One by one or at once, a document has the same items and the same error, also if it is none.
        #[test]
        fn any_document_has_the_same_list_under_its_key(
            text in r#"(\u{feff})?\{?("(a|b|x|\\u0061)": ?(\[(1|\{"a":\[2\]\}|"\\u00e9"|1e999|-|,)*\]|\[1,"a"\]|\{"(b|a)":\[(1|"")?\](,"y":2)?\}|null|\[)[,;]?){0,4}\}?[ \f]?.?"#,
            broken in proptest::option::weighted(0.1, any::<prop::sample::Index>()),
        ) {
            let mut bytes = text.into_bytes();
            if let (Some(at), false) = (broken, bytes.is_empty()) {
                let at = at.index(bytes.len());
                bytes[at] = 0xff;
            }
            for key in ["a", "a/b"] {
                match (keyed_bytes(key, Bytes::from(bytes.clone())), at_once(key, &bytes)) {
                    // The last one of a key given twice counts, and only that is looked at.
                    (Ok(_), Err(wrong)) => prop_assert!(wrong.starts_with("field a"), "{}", wrong),
                    (one_by_one, at_once) => {
                        let plain = |found: Result<Found, String>| found.map_err(|wrong| without_place(&wrong).to_owned());
                        prop_assert_eq!(plain(one_by_one), plain(at_once));
                    }
                }
            }
        }
    }

    fn keyed(key: &'static str, document: &str) -> Result<Found, String> {
        keyed_bytes(key, Bytes::from(document.to_owned()))
    }

    fn keyed_bytes(key: &'static str, document: Bytes) -> Result<Found, String> {
        let message = |error: Error| error.message().to_owned();
        let reader = ArrayReader::keyed(key, document, Blame::test(&LIST));
        let (reader, beside) = reader.map_err(message)?;
        Ok((reader.all().map_err(message)?, beside))
    }

    #[test]
    fn a_list_under_a_key_and_what_stands_beside_it() {
        let (items, beside) = keyed("a", r#"{"z": 1, "a": [1, {"a": []}], "l": [2]}"#).expect("reads");
        assert_eq!(items, [serde_json::json!(1), serde_json::json!({"a": []})]);
        assert_eq!(serde_json::to_string(&beside).expect("JSON"), r#"[{"l":[2],"z":1}]"#);
        assert_eq!(keyed("a/b", r#"{"a": {"b": []}}"#).expect("reads").0, Vec::<Value>::new());
        for (document, wrong) in [
            (r#"{"b": []}"#, "missing field `a`"),
            (r#"{"a": null}"#, "field a: invalid type: null"),
            (r#"{"a": {}}"#, "field a: invalid type: map"),
            (r#"{"a": [1, 2}"#, "not a complete JSON document"),
            ("<html>", "HTML"),
        ] {
            let message = keyed("a", document).expect_err(document);
            assert!(message.contains(wrong), "{document}: {message}");
        }
    }

    #[test]
    fn the_field_of_an_item_is_named_by_its_whole_path() {
        let document = Bytes::from_static(br#"{"a": [1, 2, "x"]}"#);
        let (reader, _) = ArrayReader::<u8>::keyed("a", document, Blame::test(&LIST)).expect("a list");
        let error = reader.last().expect("an error").expect_err("a text");
        assert!(error.message().starts_with("field a[2]: invalid type"), "{error}");
        assert_eq!(error.excerpt(), Some(r#"{"a": [1, 2, "x"]}"#));
    }

    /// However large a list is, one item of it and what stands beside it are small.
    #[test]
    fn a_large_list_is_decoded_within_limits() {
        let small = r#"{"n":[{},{},{}]},"#;
        let many = format!(r#"{{"a":[{}0],"l":1}}"#, small.repeat(50_000));
        assert_eq!(keyed("a", &many).map(|(items, _)| items.len()), Ok(50_001));
        let nested = format!("[{}0]", r#"{"":0},"#.repeat(100_000));
        for document in [
            format!(r#"{{"a":[{nested}]}}"#),
            format!(r#"{{"a":[],"l":{nested}}}"#),
            format!(r#"{{"b":{nested}}}"#),
            format!(r#"{{"a":[{}0]}}"#, small.repeat(100_000)),
        ] {
            assert_eq!(keyed("a", &document), Err(TOO_HEAVY.to_owned()));
        }
        // One by one, the items of the last one are fine.
        let document = format!(r#"{{"a":[{}0]}}"#, small.repeat(100_000));
        let (reader, _) = ArrayReader::<Value>::keyed("a", Bytes::from(document), Blame::test(&LIST)).expect("a list");
        assert!(reader.map(|item| item.is_ok()).eq(std::iter::repeat_n(true, 100_001)));
        for (item, expected) in [(r#"{"n":1}"#, "field a[60000].n: invalid type"), ("1", "field a[60000]: invalid type")] {
            let wrong = format!(r#"{{"a":[{}{item}]}}"#, r#"{"n":[{},{}]},"#.repeat(60_000));
            let (reader, _) =
                ArrayReader::<std::collections::BTreeMap<String, Vec<Value>>>::keyed("a", Bytes::from(wrong), Blame::test(&LIST))
                    .expect("a list");
            let error = reader.last().expect("an error").expect_err("a number");
            assert!(error.message().starts_with(expected), "{error}");
        }
    }

    #[test]
    fn what_has_been_read_of_a_long_list_is_let_go() {
        let item = format!("\"{}\"", "x".repeat(1000));
        let long = format!("{{\"a\": [{}, 1]}}", vec![item; 5000].join(", "));
        let length = long.len();
        let (mut reader, _) = ArrayReader::<String>::keyed("a", Bytes::from(long), Blame::test(&LIST)).expect("a list");
        for _ in 0..4000 {
            assert_eq!(reader.next().expect("an item").expect("a text").len(), 1000);
        }
        assert!(reader.document.len() < length / 2, "{} bytes are left", reader.document.len());
        let mut rest = reader.skip(1000);
        let error = rest.next().expect("an error").expect_err("a number");
        assert!(error.message().starts_with("field a[5000]: invalid type: integer"), "{error}");
        assert!(rest.next().is_none());
    }
}
