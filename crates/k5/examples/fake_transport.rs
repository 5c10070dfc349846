//! Tests code without a cloud: everything that takes a `Cloud` works over a transport that plays one. It takes no arguments, and sends
//! nothing.

use k5::http::StatusCode;
use k5::transport::{ByteStream, Request, Response, Transport, TransportFuture};
use k5::{Cloud, Result};
use std::sync::{Arc, Mutex, PoisonError};

/// The code to test: the names of the servers that failed.
async fn failed_servers(k5: &Cloud) -> Result<Vec<String>> {
    let mut servers = k5.compute().list_servers_detail().items();
    let mut failed = Vec::new();
    while let Some(server) = servers.try_next().await? {
        if server.status == Some(k5::compute::ServerStatus::Error) {
            failed.push(server.name.unwrap_or_default());
        }
    }
    Ok(failed)
}

/// Answers with this status and document, and keeps what was asked.
#[derive(Clone)]
struct Fake(StatusCode, &'static str, Arc<Mutex<Vec<String>>>);

impl Transport for Fake {
    fn call(&self, request: Request) -> TransportFuture {
        let asked = format!("{} {}?{}", request.meta.full_name(), request.path, request.query);
        self.2.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
        let answer = Response::new(self.0).with_body(ByteStream::from_bytes(self.1));
        Box::pin(async move { Ok(answer) })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    const TWO: &str =
        r#"{"servers": [{"id": "1", "name": "web-1", "status": "ACTIVE"}, {"id": "2", "name": "web-2", "status": "ERROR"}]}"#;
    let fake = Fake(StatusCode::OK, TWO, Arc::default());
    println!("failed: {:?}", failed_servers(&Cloud::from_transport(fake.clone())).await?);
    println!("asked: {:?}", fake.2.lock().unwrap_or_else(PoisonError::into_inner));

    let broken = Fake(StatusCode::SERVICE_UNAVAILABLE, "", Arc::default());
    match failed_servers(&Cloud::from_transport(broken)).await {
        Err(error) if error.is_retryable() => println!("trouble: {error}"),
        other => println!("unexpected: {other:?}"),
    }
    Ok(())
}
