//! By proxies: how each kind of target goes through each kind of proxy, and what is said when one refuses.

use k5::object_storage::ObjectStorage;
use k5::{Cloud, CloudBuilder, Error, ErrorKind};
use k5_emulator::Emulator;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// `user:pass-word`.
const BASIC: &str = "proxy-authorization: basic dxnlcjpwyxnzlxdvcmq=";

/// How a proxy behaves. It forwards whatever it isn't told to refuse.
#[derive(Clone, Default)]
struct Rules {
    /// What it answers to CONNECT.
    no_tunnels: Option<&'static str>,
    /// What it answers to all else.
    no_forwarding: Option<&'static str>,
    tls: Option<Arc<ServerConfig>>,
}

/// A proxy, with the first head of each connection and every byte that came.
struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Proxy {
    async fn start(rules: Rules) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let proxy = Self { address: listener.local_addr().expect("an address"), heads: Arc::default(), bytes: Arc::default() };
        let (heads, bytes) = (proxy.heads.clone(), proxy.bytes.clone());
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                let (rules, heads, bytes) = (rules.clone(), heads.clone(), bytes.clone());
                tokio::spawn(async move {
                    match &rules.tls {
                        None => serve(tcp, &rules, &heads, &bytes).await,
                        Some(config) => {
                            let Ok(tls) = TlsAcceptor::from(config.clone()).accept(tcp).await else { return };
                            serve(tls, &rules, &heads, &bytes).await;
                        }
                    }
                });
            }
        });
        proxy
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://user:pass-word@{}", self.address)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("not poisoned").iter().map(|head| head.to_ascii_lowercase()).collect()
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut client: S,
    rules: &Rules,
    heads: &Mutex<Vec<String>>,
    bytes: &Mutex<Vec<u8>>,
) {
    let mut read = Vec::new();
    let end = loop {
        let before = read.len();
        if !client.read_buf(&mut read).await.is_ok_and(|read| read > 0) {
            return;
        }
        bytes.lock().expect("not poisoned").extend_from_slice(&read[before..]);
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8_lossy(&read[..end]).into_owned();
    heads.lock().expect("not poisoned").push(head.clone());
    let mut words = head.split(' ');
    let (method, target) = (words.next().expect("a method"), words.next().expect("a target"));
    let refusal = if method == "CONNECT" { rules.no_tunnels } else { rules.no_forwarding };
    if let Some(answer) = refusal {
        let _ = client.write_all(answer.as_bytes()).await;
        let _ = client.shutdown().await;
        return;
    }
    let host = target.trim_start_matches("http://").split('/').next().expect("a host");
    if host.is_empty() {
        let _ = client.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
        return;
    }
    let Ok(mut server) = TcpStream::connect(host).await else { return };
    match method {
        "CONNECT" => client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.expect("written"),
        _ => {
            // The server gets a path and nothing that is the proxy's business; later requests of this connection go as they are.
            let path = target.trim_start_matches("http://").trim_start_matches(host);
            let head = head.replacen(target, path, 1);
            let kept: Vec<_> = head.split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("proxy-")).collect();
            server.write_all(kept.join("\r\n").as_bytes()).await.expect("written");
            server.write_all(&read[end..]).await.expect("written");
        }
    }
    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
}

fn builder(emulator: &Emulator, extra: &[(&str, String)]) -> CloudBuilder {
    let own = emulator.environment().into_iter().map(|(name, value)| (name.to_string(), value.to_string()));
    Cloud::builder().variables(own.chain(extra.iter().map(|(name, value)| ((*name).to_owned(), value.clone()))))
}

fn storage(url: &str, extra: &[(&str, String)]) -> ObjectStorage {
    let base = [("OS_STORAGE_URL", format!("{url}/v1/AUTH_a")), ("OS_AUTH_TOKEN", "t".to_owned())];
    let variables = base.into_iter().chain(extra.iter().map(|(name, value)| (*name, value.clone())));
    Cloud::builder().variables(variables).build().expect("configured").object_storage()
}

/// Stores and reads back an object that is large enough to be asked about first.
async fn up_and_down(cloud: &Cloud) {
    let swift = cloud.object_storage();
    swift.create_container("c").send().await.expect("a container");
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n % 251) as u8).collect();
    swift.upload("c", "o").from_bytes(bytes.clone()).send().await.expect("stored");
    let read = swift.download_object("c", "o").send().await.expect("found").collect(1 << 20).await.expect("read");
    assert!(read[..] == bytes[..]);
}

/// A server's certificate for 127.0.0.1 that is its own authority, and the folder with its file.
fn self_signed() -> (Arc<ServerConfig>, tempfile::TempDir, String) {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let certificate = params.self_signed(&key).expect("signed");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, certificate.pem()).expect("written");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())))
        .expect("a certificate");
    (Arc::new(config), folder, file.display().to_string())
}

/// A server that answers one request over TLS.
async fn tls_server(config: Arc<ServerConfig>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let Ok(mut stream) = TlsAcceptor::from(config.clone()).accept(tcp).await else { continue };
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let answer = b"HTTP/1.1 204 No Content\r\nX-Account-Object-Count: 7\r\nConnection: close\r\n\r\n";
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
        }
    });
    address
}

fn hides_the_password(error: &Error) -> String {
    let text = format!("{error} {error:?}");
    assert!(!text.contains("pass-word") && !text.to_ascii_lowercase().contains("dxnlcjpwyxnzlxdvcmq"), "{text}");
    error.to_string()
}

#[tokio::test]
async fn plain_http_is_forwarded_by_a_proxy_that_allows_no_tunnels_to_it() {
    let emulator = k5_emulator::start().await.expect("an emulator");
    let proxy = Proxy::start(Rules { no_tunnels: Some("HTTP/1.1 403 Forbidden\r\n\r\n"), ..Rules::default() }).await;
    let cloud = builder(&emulator, &[("http_proxy", proxy.url("http"))]).build().expect("a cloud");
    up_and_down(&cloud).await;
    let heads = proxy.heads();
    assert!(
        heads.iter().all(|head| head.contains(&format!(" http://{}/", emulator.address())) && head.contains(BASIC)),
        "{heads:?}"
    );
    assert!(heads.iter().all(|head| head.contains(&format!("host: {}", emulator.address()))), "{heads:?}");
    // Requests that follow each other share a connection.
    assert!(heads.len() <= 3 && emulator.requests().len() >= 4, "{} connections", heads.len());
}

#[tokio::test]
async fn a_forwarding_proxy_serves_several_hosts() {
    let (one, other) = (k5_emulator::start().await.expect("an emulator"), k5_emulator::start().await.expect("another"));
    let proxy = Proxy::start(Rules::default()).await;
    let variables = [("http_proxy", proxy.url("http")), ("OS_STORAGE_URL", format!("http://{}/v1/AUTH_x", other.address()))];
    for emulator in [&one, &other] {
        let cloud = builder(emulator, &variables[..1]).build().expect("a cloud");
        cloud.object_storage().create_container("c").send().await.expect("a container");
        emulator.clear_requests();
    }
    // Logs in here, and stores there, where the token is unknown.
    let endpoint = format!("http://{}/v1/AUTH_x", other.address());
    let cloud = builder(&one, &variables[..1]).endpoint("object-store", endpoint).build().expect("a cloud");
    let _ = cloud.object_storage().create_container("c").send().await;
    assert!(one.requests().iter().all(|request| request.path.starts_with("/v3/")), "{:?}", one.requests());
    assert!(!other.requests().is_empty() && other.requests().iter().all(|request| request.path.starts_with("/v1/")));
}

#[tokio::test]
async fn a_proxy_that_refuses_is_heard_once() {
    const SQUID: &str =
        "HTTP/1.1 403 Forbidden\r\nServer: squid/5.7\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\nContent-Length: 0\r\n\r\n";
    const LOCKED: &str =
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n";
    let emulator = k5_emulator::start().await.expect("an emulator");
    for (answer, expected) in [
        (SQUID, ["403 Forbidden (ERR_ACCESS_DENIED 0)", "NO_PROXY"]),
        (LOCKED, ["407 Proxy Authentication Required", "doesn't accept the user and password in"]),
    ] {
        let rules = Rules { no_tunnels: Some(answer), no_forwarding: Some(answer), ..Rules::default() };
        let proxy = Proxy::start(rules).await;
        let body = vec![7; 300_000];
        let variables = [("http_proxy", proxy.url("http")), ("https_proxy", proxy.url("http"))];
        for url in [format!("http://{}", emulator.address()), "https://cloud.invalid".to_owned()] {
            let error = storage(&url, &variables).upload("c", "o").from_bytes(body.clone()).send().await.expect_err("refused");
            let text = hides_the_password(&error);
            assert!(expected.iter().all(|part| text.contains(part)) && text.contains(&proxy.address.to_string()), "{text}");
            assert!(error.kind() == ErrorKind::Connect && !error.is_retryable(), "{error:?}");
        }
        assert_eq!(proxy.heads().len(), 2, "{:?}", proxy.heads());
    }
    assert!(emulator.requests().is_empty());
    // Without a password the hint says where to put one.
    let proxy = Proxy::start(Rules { no_tunnels: Some(LOCKED), ..Rules::default() }).await;
    let https = [("HTTPS_PROXY", format!("{}", proxy.address))];
    let text = storage("https://cloud.invalid", &https).show_account().send().await.expect_err("refused").to_string();
    assert!(text.contains(&format!("HTTPS_PROXY=http://USER:PASSWORD@{}", proxy.address)), "{text}");
}

#[tokio::test]
async fn a_servers_own_refusal_by_a_proxy_stays_its_own() {
    let answer = "HTTP/1.1 403 Forbidden\r\nVia: 1.1 proxy (squid/5.7)\r\nContent-Length: 0\r\n\r\n";
    let proxy = Proxy::start(Rules { no_forwarding: Some(answer), ..Rules::default() }).await;
    let error =
        storage("http://cloud.invalid", &[("http_proxy", proxy.url("http"))]).show_account().send().await.expect_err("refused");
    assert_eq!((error.kind(), error.status().map(|status| status.as_u16())), (ErrorKind::Status, Some(403)));
}

#[tokio::test]
async fn what_a_gateway_says_is_tried_again_as_ever() {
    let answer = "HTTP/1.1 503 Service Unavailable\r\nServer: squid\r\nX-Squid-Error: ERR_DNS_FAIL 0\r\nContent-Length: 0\r\n\r\n";
    for url in ["http://cloud.invalid", "https://cloud.invalid"] {
        let rules = Rules { no_forwarding: Some(answer), no_tunnels: Some(answer), ..Rules::default() };
        let proxy = Proxy::start(rules).await;
        let retry = k5::retry::RetryPolicy::default().base_delay(Duration::from_millis(1)).max_attempts(3);
        let variables =
            [("OS_STORAGE_URL", format!("{url}/v1/AUTH_a")), ("OS_AUTH_TOKEN", "t".to_owned()), ("all_proxy", proxy.url("http"))];
        let cloud = Cloud::builder().variables(variables).retry(retry).build().expect("configured");
        let error = cloud.object_storage().show_account().send().await.expect_err("unreached");
        let text = hides_the_password(&error);
        assert!(text.contains("503 Service Unavailable (ERR_DNS_FAIL 0)") && text.contains("doesn't reach the server"), "{text}");
        assert_eq!((error.kind(), error.attempts(), proxy.heads().len()), (ErrorKind::Connect, 3, 3), "{error:?}");
    }
}

#[tokio::test]
async fn a_proxy_by_https_gets_everything_encrypted() {
    let emulator = k5_emulator::start().await.expect("an emulator");
    let (config, _folder, ca) = self_signed();
    let proxy = Proxy::start(Rules { tls: Some(config.clone()), ..Rules::default() }).await;
    let variables = [("http_proxy", proxy.url("https")), ("https_proxy", proxy.url("https")), ("OS_CACERT", ca)];
    up_and_down(&builder(&emulator, &variables).build().expect("a cloud")).await;
    // And TLS to the server in TLS to the proxy.
    let server = tls_server(config).await;
    let account = storage(&format!("https://{server}"), &variables).show_account().send().await.expect("answered");
    assert_eq!(account.object_count, Some(7));
    let heads = proxy.heads();
    assert!(heads.iter().all(|head| head.contains(BASIC)), "{heads:?}");
    let tunnels: Vec<_> = heads.iter().filter(|head| head.starts_with("connect ")).collect();
    assert!(tunnels.len() == 1 && tunnels[0].starts_with(&format!("connect {server} ")) && !tunnels[0].contains("x-auth-token"));
}

#[tokio::test]
async fn a_proxy_must_prove_who_it_is_whatever_the_cloud_need_not() {
    let (config, _folder, _) = self_signed();
    let proxy = Proxy::start(Rules { tls: Some(config), ..Rules::default() }).await;
    let variables = [("all_proxy", proxy.url("https")), ("OS_INSECURE", "true".to_owned())];
    for url in ["http://cloud.invalid", "https://cloud.invalid"] {
        let error = storage(url, &variables).show_account().send().await.expect_err("refused");
        let text = hides_the_password(&error);
        assert!(text.contains("by the proxy") && text.contains("OS_CACERT") && !error.is_retryable(), "{text}");
    }
    assert!(proxy.heads().is_empty());
}

#[tokio::test]
async fn no_password_goes_in_clear_to_a_proxy_by_https() {
    let proxy = Proxy::start(Rules::default()).await;
    let variables = [("all_proxy", proxy.url("https"))];
    let start = Instant::now();
    for url in ["http://cloud.invalid", "https://cloud.invalid"] {
        let error = storage(url, &variables).show_account().send().await.expect_err("refused");
        let text = hides_the_password(&error);
        assert!(text.contains("by the proxy") && text.contains("plain HTTP") && !error.is_retryable(), "{text}");
    }
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    let bytes = proxy.bytes.lock().expect("not poisoned").to_ascii_lowercase();
    assert!(!String::from_utf8_lossy(&bytes).contains("authorization"));
}

#[tokio::test]
async fn a_proxy_of_tls_that_is_named_by_http_is_known() {
    let (config, _folder, _) = self_signed();
    let proxy = Proxy::start(Rules { tls: Some(config), ..Rules::default() }).await;
    for url in ["http://cloud.invalid", "https://cloud.invalid"] {
        let error = storage(url, &[("all_proxy", proxy.url("http"))]).show_account().send().await.expect_err("refused");
        let text = hides_the_password(&error);
        assert!(text.contains("speaks TLS") && text.contains("https://"), "{text}");
    }
}

/// A SOCKS5 proxy that wants the user and password, and resolves nothing: names are logged.
async fn socks() -> (SocketAddr, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let log = log.clone();
            tokio::spawn(async move {
                let mut greeting = [0; 3];
                client.read_exact(&mut greeting).await.expect("a greeting");
                client.write_all(&[5, 2]).await.expect("written");
                let mut login = [0; 1 + 1 + 4 + 1 + 9];
                client.read_exact(&mut login).await.expect("a login");
                assert_eq!(&login, b"\x01\x04user\x09pass-word");
                client.write_all(&[1, 0]).await.expect("written");
                let mut request = [0; 512];
                let read = client.read(&mut request).await.expect("a request");
                let (kind, rest) = (request[3], request[4..read].to_vec());
                log.lock().expect("not poisoned").push(rest.clone());
                let port = u16::from_be_bytes([rest[rest.len() - 2], rest[rest.len() - 1]]);
                assert!(kind == 1 || kind == 3, "IPv4 or a name");
                let mut server = TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
                client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.expect("written");
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (address, asked)
}

#[tokio::test]
async fn socks5_carries_both_and_socks5h_leaves_names_to_the_proxy() {
    let emulator = k5_emulator::start().await.expect("an emulator");
    let (address, asked) = socks().await;
    let all = [("ALL_PROXY", format!("socks5://user:pass-word@{address}"))];
    up_and_down(&builder(&emulator, &all).build().expect("a cloud")).await;
    let (config, _folder, _) = self_signed();
    let server = tls_server(config).await;
    let all = [("ALL_PROXY", format!("socks5h://user:pass-word@{address}")), ("OS_INSECURE", "true".to_owned())];
    let url = format!("https://cloud.invalid:{}", server.port());
    assert_eq!(storage(&url, &all).show_account().send().await.expect("answered").object_count, Some(7));
    let asked = asked.lock().expect("not poisoned");
    assert!(asked.last().expect("one").starts_with(b"\x0dcloud.invalid"));
    assert!(asked[0].starts_with(&[127, 0, 0, 1]));
}
