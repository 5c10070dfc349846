//! The contract between the K5 SDK's services and its pipeline. No IO happens here, and it depends on neither tokio nor hyper.
//!
//! A service crate (`k5-object-storage`, ...) describes each HTTP operation by an [`OpMeta`], fills a [`Call`] and sends it
//! through a [`Session`], which is any [`Transport`]: `k5-client`'s pipeline in a program, a fake in a test.
//!
//! ```
//! use k5_core::http::StatusCode;
//! use k5_core::{Request, Response, Session, Transport, TransportFuture};
//!
//! /// Answers every call with 204 and no body.
//! struct Fake;
//! impl Transport for Fake {
//!     fn call(&self, _request: Request) -> TransportFuture {
//!         Box::pin(async { Ok(Response::new(StatusCode::NO_CONTENT)) })
//!     }
//! }
//! let session = Session::from_transport(Fake);
//! # let _ = session;
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod array;
mod blame;
mod body;
mod builder;
mod call;
pub mod catalogue;
mod document;
pub mod dynamic;
mod error;
mod error_body;
mod find;
mod form;
pub mod header_model;
pub mod ids;
mod json;
mod loose;
pub mod model;
mod open_enum;
mod operation;
mod page;
mod paging;
mod pairs;
pub mod path;
mod redact;
mod request;
pub mod retry;
mod secret;
mod sent;
pub mod text;
mod timestamp;
pub mod token;
mod tolerant;
mod transport;
mod view;
mod waiter;
mod weight;
mod whole;
#[cfg(feature = "xml")]
pub mod xml;

pub use answer::Answer;
pub use array::ArrayReader;
pub use body::{Body, BodyContent, ByteStream, ReadAt};
pub use call::{Call, WithOptions, is_reserved_header};
pub use document::Keyed;
pub use error::{Error, ErrorKind, Reason, Result};
pub use find::{Named, find};
pub use header_model::HeaderModel;
pub use loose::{Loose, Quoted};
pub use operation::{AuthNeed, BodyKind, Dialect, OpMeta, Param, ParamPlace, Row, ServiceMeta};
pub use page::Page;
pub use paging::{FetchPage, Fetched, Items, Paged, Paging};
pub use pairs::Pairs;
pub use redact::Secrets;
pub use secret::Secret;
pub use sent::Sent;
pub use timestamp::Timestamp;
pub use tolerant::Tolerant;
pub use transport::{CallOptions, Request, Response, Session, SleepFuture, Transport, TransportFuture};
pub use waiter::{Gone, Look, WaitGoal, WaitRule, Waiter, Watched};
pub use whole::Whole;

/// The crates whose types appear in public signatures of the SDK, so that a program can name them without its own dependency.
pub use ::{bytes, futures_core, http, http_body, serde, serde_json};

/// What the macros of this crate expand to; not for direct use.
#[doc(hidden)]
pub mod private {
    pub use http;
    pub use serde;
    pub use serde_json;
}

/// The README's program, so that it is compiled and run with the doc tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
