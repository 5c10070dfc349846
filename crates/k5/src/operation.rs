//! The parts of an operation: its description, the call, the answer, its pages and its waiters. A program needs them for operations
//! that the SDK lacks, and to name types in generic code.
//!
//! ```
//! use k5::operation::{BodyKind, Call, Dialect, OpMeta, Param, ServiceMeta};
//!
//! static PLACEMENT: ServiceMeta = ServiceMeta::new("placement", "placement", Dialect::Keystone).types(&["placement"]);
//! static SHOW_PROVIDER: OpMeta = OpMeta::new(&PLACEMENT, "show_provider", "GET", "/resource_providers/{uuid}")
//!     .params(&[Param::path("uuid")])
//!     .response_body(BodyKind::Json);
//!
//! async fn show_provider(cloud: &k5::Cloud, uuid: &str) -> k5::Result<k5::serde_json::Value> {
//!     Call::new(&cloud.session(), &SHOW_PROVIDER, &[uuid]).send().await?.document().await
//! }
//! # let _ = show_provider;
//! ```

#[cfg(feature = "sap")]
pub use k5_core::xml;
pub use k5_core::{
    Answer, ArrayReader, AuthNeed, BodyKind, Call, Dialect, FetchPage, Fetched, HeaderModel, Items, Keyed, Look, Named, OpMeta,
    Page, Paged, Paging, Param, ParamPlace, Row, ServiceMeta, WaitGoal, WaitRule, Waiter, Watched, Whole, WithOptions, find,
    is_reserved_header,
};
pub use k5_core::{header_model, path};
