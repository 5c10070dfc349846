//! A server that a test writes by hand, for answers that no emulator would give.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One request as it came.
#[derive(Clone, Debug)]
pub struct RawRequest {
    /// The head, to its blank line.
    pub head: String,
    /// The body, as far as `Content-Length` says.
    pub body: Vec<u8>,
}

impl RawRequest {
    /// `METHOD path?query`.
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default().trim_end_matches(" HTTP/1.1")
    }

    /// Whether it has a header of this name, given in lower case.
    pub fn has(&self, name: &str) -> bool {
        self.head.lines().any(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))
    }
}

/// A server on a free port of loopback. It ends when it is dropped.
pub struct RawServer {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<RawRequest>>>,
    connections: Arc<Mutex<usize>>,
    serving: JoinHandle<()>,
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl RawServer {
    /// Starts it; `answer` gives the bytes of the answer to a request. The connection is closed after each.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start(answer: impl Fn(&RawRequest) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::listen(true, answer).await
    }

    /// The same, but it never says `100 Continue`.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn without_continue(answer: impl Fn(&RawRequest) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::listen(false, answer).await
    }

    async fn listen(continues: bool, answer: impl Fn(&RawRequest) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (seen, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
        let (log, count, answer) = (seen.clone(), connections.clone(), Arc::new(answer));
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                let (log, answer) = (log.clone(), answer.clone());
                tokio::spawn(async move {
                    // A client that goes away is none of this server's business.
                    let _ = serve(stream, continues, &log, &*answer).await;
                });
            }
        });
        Self { address, seen, connections, serving }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked so far.
    pub fn requests(&self) -> Vec<RawRequest> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many connections came in.
    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(
    mut stream: TcpStream,
    continues: bool,
    log: &Mutex<Vec<RawRequest>>,
    answer: &(dyn Fn(&RawRequest) -> Vec<u8> + Send + Sync),
) -> std::io::Result<()> {
    let mut seen = Vec::new();
    let end = loop {
        if let Some(at) = seen.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut seen).await? == 0 {
            return Ok(());
        }
    };
    let mut body = seen.split_off(end);
    let head = String::from_utf8_lossy(&seen).into_owned();
    let lower = head.to_ascii_lowercase();
    if continues && lower.contains("expect: 100-continue") {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
    while body.len() < length && stream.read_buf(&mut body).await? > 0 {}
    let request = RawRequest { head, body };
    let bytes = answer(&request);
    log.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    stream.write_all(&bytes).await?;
    stream.shutdown().await
}
