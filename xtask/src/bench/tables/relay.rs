//! A relay between a program and a server that counts requests and bytes, whatever the program is.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    received: AtomicU64,
}

pub(crate) struct Relay {
    pub(crate) port: u16,
    counts: Arc<Counts>,
}

impl Relay {
    /// Relays to this port of loopback. Its threads end with this process.
    pub(crate) fn start(server: u16) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("a relay to port {server}: {error}");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let counts = Arc::new(Counts::default());
        let relay = Self { port, counts: counts.clone() };
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, server)) {
                    join(client, server, &counts);
                }
            }
        });
        Ok(relay)
    }

    /// Requests, and bytes of the answers with their heads, since the last call.
    pub(crate) fn take(&self) -> (u64, u64) {
        (self.counts.requests.swap(0, Ordering::Relaxed), self.counts.received.swap(0, Ordering::Relaxed))
    }
}

fn join(client: TcpStream, server: TcpStream, counts: &Arc<Counts>) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (Ok(from_client), Ok(from_server)) = (client.try_clone(), server.try_clone()) else { return };
    let (requests, received) = (counts.clone(), counts.clone());
    let mut heads = Heads::default();
    std::thread::spawn(move || {
        pass(from_client, server, |bytes| {
            requests.requests.fetch_add(heads.feed(bytes), Ordering::Relaxed);
        });
    });
    std::thread::spawn(move || {
        pass(from_server, client, |bytes| {
            received.received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        });
    });
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count) = from.read(&mut buffer) {
        let bytes = &buffer[..count];
        look(bytes);
        if count == 0 || to.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Finds the heads of requests in what a client sends: bodies with a length are passed over.
#[derive(Debug, Default)]
struct Heads {
    head: Vec<u8>,
    body: u64,
}

impl Heads {
    /// How many heads end in these bytes.
    fn feed(&mut self, mut bytes: &[u8]) -> u64 {
        let mut found = 0;
        while !bytes.is_empty() {
            let skipped = usize::try_from(self.body).unwrap_or(usize::MAX).min(bytes.len());
            self.body -= skipped as u64;
            bytes = &bytes[skipped..];
            let Some((byte, rest)) = bytes.split_first() else { break };
            self.head.push(*byte);
            bytes = rest;
            if self.head.ends_with(b"\r\n\r\n") {
                self.body = length(&self.head);
                self.head.clear();
                found += 1;
            }
        }
        found
    }
}

fn length(head: &[u8]) -> u64 {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_however_they_are_cut() {
        let sent =
            b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nPUT /b HTTP/1.1\r\nContent-Length: 9\r\n\r\nGET \r\n\r\n+HEAD /c HTTP/1.1\r\n\r\n";
        for size in [1, 2, 7, sent.len()] {
            let mut heads = Heads::default();
            assert_eq!(sent.chunks(size).map(|chunk| heads.feed(chunk)).sum::<u64>(), 3, "{size}");
        }
    }

    #[test]
    fn what_passes_arrives_and_is_counted() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let relay = Relay::start(listener.local_addr().expect("bound").port()).expect("a relay");
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut asked = vec![0; 18];
            stream.read_exact(&mut asked).expect("a request");
            stream.write_all(b"the answer").expect("sent");
            asked
        });
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, relay.port)).expect("the relay");
        client.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("sent");
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).expect("an answer");
        assert_eq!((server.join().expect("served"), answer), (b"GET / HTTP/1.1\r\n\r\n".to_vec(), b"the answer".to_vec()));
        assert_eq!((relay.take(), relay.take()), ((1, 10), (0, 0)));
    }
}
