//! A client that does what it is told and no more, so that the tests see the server and not a library.

use k5_emulator::Emulator;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the whole declared body came.
    pub(crate) whole: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// A user who is logged in.
pub(crate) struct Client {
    pub(crate) address: std::net::SocketAddr,
    pub(crate) token: String,
    pub(crate) account: String,
    pub(crate) project: String,
}

pub(crate) type Headers<'a> = &'a [(&'a str, &'a str)];

impl Client {
    pub(crate) async fn of(emulator: &Emulator, user: &str) -> Self {
        let environment = emulator.environment_of(user).unwrap();
        let value = |name: &str| environment.iter().find(|(known, _)| *known == name).unwrap().1.clone();
        let login = serde_json::json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": {
                "name": value("OS_USERNAME"), "password": value("OS_PASSWORD"),
                "domain": {"name": value("OS_USER_DOMAIN_NAME")}}}},
            "scope": {"project": {
                "name": value("OS_PROJECT_NAME"), "domain": {"name": value("OS_PROJECT_DOMAIN_NAME")}}},
        }});
        let address = emulator.address();
        let answer = post_json(address, "/v3/auth/tokens", &login, &[]).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let project = answer.json()["token"]["project"]["id"].as_str().unwrap().to_owned();
        Self {
            address,
            token: answer.header("x-subject-token").unwrap().to_owned(),
            account: format!("/v1/AUTH_{project}"),
            project,
        }
    }

    /// `path` follows the account.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: Headers<'_>, body: &[u8]) -> Answer {
        let mut all = vec![("X-Auth-Token", self.token.as_str())];
        all.extend_from_slice(headers);
        exchange(self.address, method, &format!("{}{path}", self.account), &all, body).await.unwrap()
    }

    /// As [`send`](Self::send), for when the connection may break.
    pub(crate) async fn try_send(&self, method: &str, path: &str, body: &[u8]) -> std::io::Result<Answer> {
        let headers = [("X-Auth-Token", self.token.as_str())];
        exchange(self.address, method, &format!("{}{path}", self.account), &headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    pub(crate) async fn put(&self, path: &str, body: &[u8]) -> Answer {
        self.send("PUT", path, &[], body).await
    }

    /// A request to any path, with a JSON body or none.
    pub(crate) async fn at(&self, method: &str, path: &str, body: Option<&serde_json::Value>) -> Answer {
        let mut headers = vec![("X-Auth-Token", self.token.as_str())];
        let body = body.map(ToString::to_string).unwrap_or_default();
        if !body.is_empty() {
            headers.push(("Content-Type", "application/json"));
        }
        exchange(self.address, method, path, &headers, body.as_bytes()).await.unwrap()
    }

    /// A path of Nova or Cinder: below the version and the project.
    pub(crate) fn v2(&self, path: &str) -> String {
        format!("/v2/{}{path}", self.project)
    }

    /// Looks at this path until the answer is as wanted, for at most some seconds.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&Answer) -> bool) -> Answer {
        for _ in 0..500 {
            let answer = self.at("GET", path, None).await;
            if wanted(&answer) {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let last = self.at("GET", path, None).await;
        panic!("{path} stays {} {}", last.status, last.text());
    }

    /// A status, for what needs no more.
    pub(crate) async fn status(&self, method: &str, path: &str) -> u16 {
        self.send(method, path, &[], b"").await.status
    }
}

pub(crate) async fn post_json(
    address: std::net::SocketAddr,
    path: &str,
    document: &serde_json::Value,
    headers: Headers<'_>,
) -> Answer {
    let mut all = vec![("Content-Type", "application/json")];
    all.extend_from_slice(headers);
    exchange(address, "POST", path, &all, document.to_string().as_bytes()).await.unwrap()
}

/// One request on a connection of its own. Says `Content-Length` unless the headers say how long the body is.
pub(crate) async fn exchange(
    address: std::net::SocketAddr,
    method: &str,
    path: &str,
    headers: Headers<'_>,
    body: &[u8],
) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let sized = headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("transfer-encoding"));
    if !sized && (!body.is_empty() || matches!(method, "PUT" | "POST")) {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).await?;
    // A server that refuses early may close before all of it is written; its answer is what counts.
    let _ = stream.write_all(body).await;
    read_answer(&mut stream, method == "HEAD").await
}

pub(crate) async fn read_answer(stream: &mut TcpStream, head_only: bool) -> std::io::Result<Answer> {
    let (status, headers, rest) = read_head(stream, Vec::new()).await?;
    let mut answer = Answer { status, headers, body: rest, whole: true };
    if head_only {
        return Ok(answer);
    }
    let declared: Option<usize> = answer.header("content-length").map(|length| length.parse().unwrap());
    let mut buffer = vec![0; 64 << 10];
    while declared.is_none_or(|declared| answer.body.len() < declared) {
        match stream.read(&mut buffer).await {
            Ok(0) => break,
            Ok(read) => answer.body.extend_from_slice(&buffer[..read]),
            Err(error) if answer.body.is_empty() => return Err(error),
            Err(_) => break,
        }
    }
    answer.whole = declared.is_none_or(|declared| answer.body.len() == declared);
    Ok(answer)
}

/// Status, headers and what came after them.
pub(crate) async fn read_head(stream: &mut TcpStream, mut seen: Vec<u8>) -> std::io::Result<(u16, Vec<(String, String)>, Vec<u8>)> {
    let end = loop {
        if let Some(end) = seen.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        let mut buffer = [0; 8192];
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        seen.extend_from_slice(&buffer[..read]);
    };
    let rest = seen.split_off(end + 4);
    let head = String::from_utf8_lossy(&seen).into_owned();
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok((status, headers, rest))
}

/// Bytes that do not repeat soon.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}
