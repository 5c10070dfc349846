//! A list whose items are decoded on demand, one after the other, from the bytes of its document.

use crate::blame::Blame;
use crate::error::{Error, Result};
use crate::json::{decode_json, is_blank};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// A JSON array that is decoded one item at a time. It holds the document, which takes less memory than its decoded items.
pub struct ArrayReader<T> {
    document: Bytes,
    at: usize,
    state: State,
    blame: Box<Blame>,
    items: PhantomData<fn() -> T>,
}

enum State {
    Before,
    First,
    Between,
    Ended,
}

impl<T: DeserializeOwned> ArrayReader<T> {
    pub(crate) fn new(document: Bytes, blame: Blame) -> Self {
        Self { document, at: 0, state: State::Before, blame: Box::new(blame), items: PhantomData }
    }

    /// The next byte that is not a blank.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.document.get(self.at..)?;
        self.at += rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        self.document.get(self.at).copied()
    }

    fn read(&mut self) -> Option<Option<T>> {
        if matches!(self.state, State::Before) {
            // An empty body is an empty list.
            if is_blank(&self.document) {
                return Some(None);
            }
            self.take(b'[')?;
            self.state = State::First;
        }
        if self.peek()? == b']' {
            self.at += 1;
            return self.peek().is_none().then_some(None);
        }
        if matches!(self.state, State::Between) {
            self.take(b',')?;
        }
        self.state = State::Between;
        let mut items = serde_json::Deserializer::from_slice(self.document.get(self.at..)?).into_iter();
        let item = items.next()?.ok()?;
        self.at += items.byte_offset();
        Some(Some(item))
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// What is wrong with the document: a second pass over all of it names the field.
    fn wrong(&self) -> Error {
        let wrong = decode_json::<Vec<T>>(&self.document).err();
        self.blame.decode(wrong.unwrap_or_else(|| "no whole JSON document".to_owned()), &self.document)
    }
}

impl<T: DeserializeOwned> Iterator for ArrayReader<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if matches!(self.state, State::Ended) {
            return None;
        }
        let read = self.read();
        if let Some(Some(item)) = read {
            return Some(Ok(item));
        }
        self.state = State::Ended;
        let wrong = read.is_none().then(|| self.wrong());
        self.document = Bytes::new();
        wrong.map(Err)
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
        fn any_document_is_the_same_list(text in r#"[ \n]{0,2}\[?([ \n]?(1|-2\.5|"a\]"|"\\"|null|\{"x":\[1,2\]\}|\[\]|,|x)[ \n]?){0,6}\]?[ \n]{0,2}.?"#) {
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
        assert!(read::<u8>("[1, 2").1.expect("an error").contains("no whole JSON document"));
    }
}
