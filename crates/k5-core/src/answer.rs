//! Reads answers into types.

use crate::array::ArrayReader;
use crate::blame::{Blame, packed};
use crate::document::{self, Keyed};
use crate::error::{Error, ErrorKind, Result};
use crate::header_model::HeaderModel;
use crate::json::{decode_json, is_blank};
use crate::model::Extra;
use crate::operation::{BodyKind, OpMeta};
use crate::page::{Page, has_next};
use crate::transport::{self, Response};
use crate::weight::{TOO_HEAVY, WEIGHT_LIMIT, weight};
use bytes::{Buf, Bytes};
use http::HeaderMap;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::time::Duration;

/// The longest list that is decoded item by item: 10,000 names of 1,024 bytes fit easily, however JSON writes them, and so do
/// 10,000 servers with all their details.
const LIST_LIMIT: usize = 40 * 1024 * 1024;
/// The longest other document: the largest is a manifest, which servers limit to 8 MiB.
const DOCUMENT_LIMIT: usize = 16 * 1024 * 1024;

/// A success whose parts are still to be read.
pub struct Answer {
    meta: &'static OpMeta,
    response: Response,
    packed: Option<String>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("operation", &self.meta.full_name()).field("response", &self.response).finish()
    }
}

impl Answer {
    /// The answer to a call to this operation.
    pub(crate) fn new(meta: &'static OpMeta, response: Response) -> Self {
        let packed = packed(&response.headers);
        Self { meta, response, packed }
    }

    /// The operation that was called.
    pub fn meta(&self) -> &'static OpMeta {
        self.meta
    }

    /// Status, headers and body as they came.
    pub fn response(&self) -> &Response {
        &self.response
    }

    /// Status, headers and body as they came, to be read by the caller.
    pub fn into_response(self) -> Response {
        self.response
    }

    /// Reads the headers and drops the body.
    ///
    /// # Errors
    /// If a header has the wrong type.
    pub fn headers<H: HeaderModel>(mut self) -> Result<H> {
        read_headers(self.meta, &mut self.response)
    }

    /// Reads the headers, taking them out of the response, and leaves the body as a stream.
    ///
    /// # Errors
    /// If a header has the wrong type.
    pub fn stream<H: HeaderModel>(mut self) -> Result<(H, Response)> {
        let headers = read_headers(self.meta, &mut self.response)?;
        Ok((headers, self.response))
    }

    /// Reads the headers, taking them out of the response.
    pub(crate) fn take_headers<H: HeaderModel>(&mut self) -> Result<H> {
        read_headers(self.meta, &mut self.response)
    }

    /// The headers as they came.
    pub fn raw_headers(&self) -> &HeaderMap {
        &self.response.headers
    }

    /// Reads the complete document and the headers. An empty body is an empty list.
    ///
    /// # Errors
    /// If the body breaks off, is not JSON of this type, or a header has the wrong type.
    pub async fn json<T: DeserializeOwned, H: HeaderModel>(mut self) -> Result<(T, H)> {
        let headers = read_headers(self.meta, &mut self.response)?;
        let document = self.read(|bytes| decode_json(if is_blank(bytes) { b"[]" } else { bytes })).await?;
        Ok((document, headers))
    }

    /// Reads the complete list, to be decoded item by item. An empty body is an empty list.
    ///
    /// # Errors
    /// If the body breaks off.
    pub async fn array<T: DeserializeOwned>(self) -> Result<ArrayReader<T>> {
        let (document, blame) = self.collect(LIST_LIMIT).await?;
        Ok(ArrayReader::new(document, blame))
    }

    /// Reads the complete document; an empty body is `None`.
    ///
    /// # Errors
    /// If the body breaks off or is not JSON of this type.
    pub async fn optional_json<T: DeserializeOwned>(self) -> Result<Option<T>> {
        self.read(|bytes| if is_blank(bytes) { Ok(None) } else { decode_json(bytes).map(Some) }).await
    }

    /// Reads a complete document of this type, in the operation's format.
    ///
    /// # Errors
    /// If the body breaks off or is not a document of this type.
    pub async fn document<T: DeserializeOwned>(self) -> Result<T> {
        let kind = self.meta.response_body;
        self.read(move |bytes| document::decode(bytes, kind)).await
    }

    /// Reads the document under the operation's key, with the fields beside it.
    ///
    /// # Errors
    /// If the body breaks off or is not a document of this type.
    pub async fn keyed<T: DeserializeOwned>(self) -> Result<Keyed<T>> {
        let key = self.meta.answer_key.unwrap_or_default();
        self.keyed_as(key).await
    }

    /// Reads the document under the operation's key, with the fields beside it; an empty body is `None`.
    ///
    /// # Errors
    /// If the body breaks off or is not a document of this type.
    pub async fn optional_keyed<T: DeserializeOwned>(self) -> Result<Option<Keyed<T>>> {
        let (key, kind) = (self.meta.answer_key.unwrap_or_default(), self.meta.response_body);
        self.read(move |bytes| if is_blank(bytes) { Ok(None) } else { document::decode_keyed(key, bytes, kind).map(Some) }).await
    }

    /// Reads the document under another key, which a variant of the request asked for.
    ///
    /// # Errors
    /// If the body breaks off or is not a document of this type.
    pub async fn keyed_as<T: DeserializeOwned>(self, key: &'static str) -> Result<Keyed<T>> {
        let kind = self.meta.response_body;
        self.read(move |bytes| document::decode_keyed(key, bytes, kind)).await
    }

    /// Reads the document under the operation's key, or the one under the key of its variant.
    ///
    /// # Errors
    /// If the body breaks off or is neither.
    pub async fn keyed_or_variant<T: DeserializeOwned, V: DeserializeOwned>(self) -> Result<Result<Keyed<T>, Keyed<V>>> {
        let (key, variant) = (self.meta.answer_key.unwrap_or_default(), self.meta.answer_variant.unwrap_or_default());
        let kind = self.meta.response_body;
        self.read(move |bytes| match document::decode_keyed(key, bytes, kind) {
            Ok(document) => Ok(Ok(document)),
            // Whichever of the two documents is present determines the error.
            Err(_) if document::decode_keyed::<IgnoredAny>(variant, bytes, kind).is_ok() => {
                document::decode_keyed(variant, bytes, kind).map(Err)
            }
            Err(error) => Err(error),
        })
        .await
    }

    /// Reads the list under the operation's key. In XML a list without elements is empty, and so is that of a deletion without a body.
    ///
    /// # Errors
    /// If the body breaks off or is not a list of this type.
    pub async fn keyed_list<T: DeserializeOwned>(self) -> Result<Keyed<Vec<T>>> {
        let key = self.meta.answer_key.unwrap_or_default();
        match self.meta.response_body {
            BodyKind::Xml if self.meta.method == "DELETE" => {
                let list = self.optional_keyed::<Option<Vec<T>>>().await?;
                return Ok(list.map_or_else(|| Keyed::new(key, Vec::new()), |list| list.map(Option::unwrap_or_default)));
            }
            BodyKind::Xml => return Ok(self.keyed::<Option<Vec<T>>>().await?.map(Option::unwrap_or_default)),
            _ => {}
        }
        let (items, beside) = self.keyed_array::<T>().await?;
        let mut list = Keyed::new(key, items.all()?);
        list.beside = beside;
        Ok(list)
    }

    /// Reads the JSON list under the operation's key, to be decoded item by item, and the fields beside it, from the outside in.
    ///
    /// # Errors
    /// If the body breaks off or has no list under that key.
    pub async fn keyed_array<T: DeserializeOwned>(self) -> Result<(ArrayReader<T>, Vec<Extra>)> {
        let key = self.meta.answer_key.unwrap_or_default();
        let (document, blame) = self.collect(LIST_LIMIT).await?;
        ArrayReader::keyed(key, document, blame)
    }

    /// Reads the list under the operation's key as one page. `links` is the field beside it that says whether more follows.
    ///
    /// # Errors
    /// If the body breaks off or is not a list of this type.
    pub async fn page<T: DeserializeOwned>(self, links: &str) -> Result<Page<T>> {
        let list = self.keyed_list::<T>().await?;
        let more = has_next(list.extra(), links);
        Ok(Page::new(list.value, ()).more(more))
    }

    async fn read<T>(self, decode: impl FnOnce(&[u8]) -> Result<T, String>) -> Result<T> {
        let kind = self.meta.response_body;
        let (document, blame) = self.collect(DOCUMENT_LIMIT).await?;
        if weight(&document, kind) > WEIGHT_LIMIT {
            return Err(blame.decode(TOO_HEAVY.to_owned(), &document));
        }
        decode(&document).map_err(|message| blame.decode(message, &document))
    }

    async fn collect(self, limit: usize) -> Result<(Bytes, Blame)> {
        let Self { meta, response, packed } = self;
        let Response { status, body, attempts, elapsed, uri, path, secrets, .. } = response;
        let blame = Blame { meta, status, attempts, elapsed, uri, path, secrets };
        if let Some(packed) = packed {
            return Err(blame.put(Error::new(ErrorKind::Decode, packed)));
        }
        let mut document = body.collect(limit).await.map_err(|error| blame.put(error))?;
        if document.starts_with(document::MARK) {
            document.advance(document::MARK.len());
        }
        Ok((document, blame))
    }
}

fn read_headers<H: HeaderModel>(meta: &'static OpMeta, response: &mut Response) -> Result<H> {
    H::from_headers(std::mem::take(&mut response.headers)).map_err(|message| {
        Error::new(ErrorKind::Decode, response.secrets.hide(&message))
            .with_operation(meta)
            .with_status(response.status)
            .with_uri(response.uri.clone())
            .with_target(transport::target(meta, &response.path))
            .with_attempts(response.attempts, Duration::ZERO)
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::operation::{Dialect, Param, ServiceMeta};
    use crate::transport::{Request, Transport, TransportFuture};
    use crate::{ByteStream, Call};
    use http::StatusCode;
    use tokio_test::block_on;

    /// Answers every call with this document.
    pub(crate) struct Fixed(pub(crate) &'static str);

    impl Transport for Fixed {
        fn call(&self, _: Request) -> TransportFuture {
            let answer = Response::new(StatusCode::OK).with_body(ByteStream::from_bytes(self.0));
            Box::pin(std::future::ready(Ok(answer)))
        }
    }

    static SERVICE: ServiceMeta = ServiceMeta::new("store", "store", Dialect::Swift);
    /// Shows a thing.
    pub(crate) static SHOW: OpMeta =
        OpMeta::new(&SERVICE, "show", "GET", "/{thing}").params(&[Param::path("thing")]).response_body(BodyKind::Json);

    fn read(document: Vec<u8>, headers: &[(&'static str, &'static str)]) -> Result<serde_json::Value> {
        let mut response = Response::new(StatusCode::OK).with_body(ByteStream::from_bytes(document));
        for (name, value) in headers {
            response.headers.insert(*name, http::HeaderValue::from_static(value));
        }
        response.path = "/a%0Ab".to_owned();
        response.secrets.add(crate::Secret::new("hunter2"));
        block_on(Answer::new(&SHOW, response).document())
    }

    #[test]
    fn a_document_of_too_many_parts_is_not_decoded() {
        for (part, count) in [("{\"\":0},", 2_000_000), ("[],", 5_000_000), ("0,", 8_000_000)] {
            let mut document = "[".to_owned() + &part.repeat(count);
            document.truncate(DOCUMENT_LIMIT - 2);
            document.push_str("0]");
            let error = read(document.into_bytes(), &[]).expect_err(part);
            assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
            assert!(error.to_string().starts_with(r"store.show swift://a\nb: 200 OK: the answer"), "{error}");
        }
        let text = serde_json::to_vec(&"{[,".repeat(1_000_000)).expect("JSON");
        assert!(read(text, &[]).is_ok(), "what stands in a text is no part");
    }

    #[test]
    fn an_encoding_that_nobody_asked_for_is_named() {
        let error = read(vec![0x1f, 0x8b], &[("content-encoding", "gzip")]).expect_err("packed");
        assert!(error.message().contains("Content-Encoding: gzip"), "{error}");
        assert!(read(b"{}".to_vec(), &[("content-encoding", "identity")]).is_ok());
    }

    #[test]
    fn an_answer_that_repeats_a_secret_shows_none() {
        let error = read(br#"{"a": "hunter2", "b" "hunter2"}"#.to_vec(), &[]).expect_err("no JSON");
        let shown = format!("{error} {error:?} {}", error.excerpt().unwrap_or_default());
        assert!(shown.contains("***") && !shown.contains("hunter2"), "{shown}");
        let error = read(br#"{"adminPass": "made there", "id" 1}"#.to_vec(), &[]).expect_err("no JSON");
        assert_eq!(error.excerpt(), Some(r#"{"adminPass": "***", "id" 1}"#));
    }

    #[test]
    fn a_success_says_of_what_it_was() {
        let session = crate::Session::from_transport(Fixed("no JSON"));
        let response = block_on(Call::new(&session, &SHOW, &["a/b"]).send()).expect("an answer");
        let error = block_on(response.document::<serde_json::Value>()).expect_err("no JSON");
        assert_eq!(error.target(), Some("swift://a/b"));
    }

    #[test]
    fn a_byte_order_mark_before_a_document_is_ignored() {
        assert_eq!(read("\u{feff}{\"a\": 1}".into(), &[]).expect("a document"), serde_json::json!({"a": 1}));
        let list = Response::new(StatusCode::OK).with_body(ByteStream::from_bytes("\u{feff}[1, 2]"));
        let list = block_on(Answer::new(&SHOW, list).array::<u8>()).expect("a list");
        assert_eq!(list.collect::<Result<Vec<_>>>().expect("numbers"), [1, 2]);
    }

    crate::model! {
        /// A thing.
        pub(crate) struct Thing {
            /// Name.
            pub name: String = "name",
            /// Size.
            pub size: Option<u64> = "OS-X:size",
        }
    }

    #[test]
    fn a_wrong_type_names_its_field() {
        let error = decode_json::<Vec<Thing>>(br#"[{"name":"a"},{"name":"b","OS-X:size":"big"}]"#).expect_err("a wrong type");
        assert!(error.starts_with("field [1].OS-X:size: invalid type: string \"big\", expected u64"), "{error}");
        let error = decode_json::<Vec<Thing>>(br#"[{"size":1}]"#).expect_err("no name");
        assert!(error.contains("missing field `name`"), "{error}");
        let error = decode_json::<Vec<Thing>>(br#"[{"name":"a""#).expect_err("cut in half");
        assert!(error.contains("not a complete JSON document"), "{error}");
        let error = decode_json::<Vec<Thing>>(b"<html>").expect_err("a proxy's page");
        assert!(error.contains("HTML"), "{error}");
    }

    #[test]
    fn unknown_fields_are_kept() {
        let text = r#"{"name":"a","OS-X:size":7,"new":{"x":[1]}}"#;
        let thing: Thing = decode_json(text.as_bytes()).expect("decodes");
        assert_eq!(thing.size, Some(7));
        assert_eq!(thing.extra["new"]["x"][0], 1);
        assert_eq!(serde_json::to_string(&thing).expect("encodes"), text);
        let mut unknown = Vec::new();
        crate::model::Model::unknown_fields(&thing, "", &mut unknown);
        assert_eq!(unknown, ["new"]);
    }
}
