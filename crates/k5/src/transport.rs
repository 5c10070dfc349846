//! What carries out calls, for programs that bring their own: a fake in a test, or a layer around a [`Session`].
//!
//! ```
//! use k5::transport::{Request, SleepFuture, Transport, TransportFuture};
//! use std::time::Duration;
//!
//! /// Blocks every call that would change something.
//! struct ReadOnly(k5::Session);
//! impl Transport for ReadOnly {
//!     fn call(&self, request: Request) -> TransportFuture {
//!         match request.meta.method {
//!             "GET" | "HEAD" => self.0.call(request),
//!             _ => Box::pin(async { Err(k5::Error::invalid_input("this session only reads")) }),
//!         }
//!     }
//!
//!     fn sleep(&self, duration: Duration) -> SleepFuture {
//!         self.0.sleep(duration)
//!     }
//! }
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = k5_emulator::start().await?;
//! # let cloud = k5::Cloud::builder().variables(emulator.environment()).build()?;
//! let cloud = k5::Cloud::from_transport(ReadOnly(cloud.session()));
//! assert!(cloud.object_storage().create_container("c").send().await.is_err());
//! assert!(cloud.object_storage().list_containers().items().collect().await?.is_empty());
//! # Ok(()) }
//! ```

pub use k5_core::{
    Body, BodyContent, ByteStream, CallOptions, ReadAt, Request, Response, Secrets, Session, SleepFuture, Transport,
    TransportFuture,
};
