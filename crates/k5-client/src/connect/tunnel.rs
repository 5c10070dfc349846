//! CONNECT: a tunnel through an HTTP proxy.

use super::link::Link;
use super::proxy::{Proxy, Refusal};
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A longer answer from a proxy is not taken for one.
const MAX_HEAD: usize = 64 * 1024;

/// Why there is no tunnel.
pub(super) enum NoTunnel {
    /// The proxy said so.
    Refused(Refusal),
    /// Its answer is not valid HTTP.
    Strange(&'static str),
    Broken(io::Error),
}

impl From<io::Error> for NoTunnel {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

/// Asks the proxy at the other end of `link` for a tunnel to `target`, as `host:port`.
pub(super) async fn open(mut link: Link, proxy: &Proxy, target: &str) -> Result<Link, NoTunnel> {
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
    if let Some(authorization) = proxy.authorization() {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(authorization.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    link.write_all(&request).await?;
    link.flush().await?;
    let mut read = Vec::new();
    loop {
        // Nothing of the tunnel's own bytes can be among these: in TLS the client speaks first.
        if link.read_buf(&mut read).await? == 0 {
            return Err(NoTunnel::Strange(match read.is_empty() {
                true => "it closed the connection without an answer",
                false => "its answer broke off",
            }));
        }
        if read.starts_with(&[0x15, 0x03]) {
            return Err(NoTunnel::Strange("it speaks TLS: its URL begins with https://, not http://"));
        }
        if !b"HTTP/1.".starts_with(&read[..read.len().min(7)]) {
            return Err(NoTunnel::Strange("its answer is not HTTP"));
        }
        while let Some(end) = end_of_head(&read) {
            match parse(&read[..end]) {
                None => return Err(NoTunnel::Strange("its answer is not HTTP")),
                Some(Refusal { status: 100..200, .. }) => drop(read.drain(..end)),
                Some(Refusal { status: 200..300, .. }) => return Ok(link),
                Some(refusal) => return Err(NoTunnel::Refused(refusal)),
            }
        }
        if read.len() > MAX_HEAD {
            return Err(NoTunnel::Strange("its answer has no end"));
        }
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let ends: [&[u8]; 2] = [b"\r\n\r\n", b"\n\n"];
    ends.iter().filter_map(|end| Some(bytes.windows(end.len()).position(|window| window == *end)? + end.len())).min()
}

/// The status line, and what Squid adds.
fn parse(head: &[u8]) -> Option<Refusal> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines();
    let mut words = lines.next()?.splitn(3, ' ');
    words.next()?;
    let status = words.next()?.trim();
    let status = (status.len() == 3).then(|| status.parse().ok()).flatten()?;
    let reason = words.next().unwrap_or_default().to_owned();
    let detail = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        ["x-squid-error", "proxy-status"].contains(&name.to_ascii_lowercase().as_str()).then(|| value.trim().to_owned())
    });
    Some(Refusal { status, reason, detail, tunnel: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpStream};

    /// What becomes of a tunnel if the proxy answers this.
    async fn answered(answer: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a client");
            let mut head = [0; 1024];
            let read = stream.read(&mut head).await.expect("a request");
            // In two pieces, so that a head that isn't whole is seen too.
            let (first, rest) = answer.split_at(answer.len() / 2);
            stream.write_all(first).await.expect("written");
            tokio::task::yield_now().await;
            let _ = stream.write_all(rest).await;
            String::from_utf8_lossy(&head[..read]).into_owned()
        });
        let proxy = Proxy::parse("HTTPS_PROXY", "http://user:pw@proxy:1").expect("a proxy");
        let link = Link::Tcp(TcpStream::connect(address).await.expect("connected"));
        let outcome = open(link, &proxy, "[::1]:443").await;
        let asked = serving.await.expect("served");
        assert_eq!(asked, "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nProxy-Authorization: Basic dXNlcjpwdw==\r\n\r\n");
        match outcome {
            Ok(_) => "open".to_owned(),
            Err(NoTunnel::Refused(refusal)) => refusal.to_string(),
            Err(NoTunnel::Strange(why)) => why.to_owned(),
            Err(NoTunnel::Broken(error)) => error.to_string(),
        }
    }

    #[tokio::test]
    async fn what_a_proxy_says() {
        for (answer, expected) in [
            (b"HTTP/1.1 200 Connection established\r\n\r\n" as &[u8], "open"),
            (b"HTTP/1.0 204\r\n\r\n", "open"),
            (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n\r\n", "open"),
            (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\nbody", "407 Proxy Authentication Required"),
            (b"HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n\r\n", "403 Forbidden (ERR_ACCESS_DENIED 0)"),
            (b"HTTP/1.0 502\n\n", "502"),
            (b"HTTP/1.1 2000 OK\r\n\r\n", "its answer is not HTTP"),
            (b"SSH-2.0-OpenSSH\r\n", "its answer is not HTTP"),
            (b"HTTP/1.1 200 OK\r\n", "its answer broke off"),
            (b"\x15\x03\x01\x00\x02\x02\x46", "it speaks TLS: its URL begins with https://, not http://"),
            (b"", "it closed the connection without an answer"),
        ] {
            assert_eq!(answered(answer).await, expected, "{}", String::from_utf8_lossy(answer));
        }
    }
}
