//! Encrypted connections: whom the client trusts, and what it says when it doesn't.

use k5::object_storage::ObjectStorage;
use k5::{Cloud, Error, ErrorKind, Timeouts};
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{ServerConfig, SignatureAlgorithm, SignatureScheme};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const ANSWER: &[u8] = b"HTTP/1.1 204 No Content\r\nX-Account-Object-Count: 7\r\nConnection: close\r\n\r\n";

/// What stands at a port: each connection is counted and handed to `serve`.
async fn at_a_port<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> (SocketAddr, Arc<AtomicU32>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let count = Arc::new(AtomicU32::new(0));
    let counter = count.clone();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(serve(tcp));
        }
    });
    (address, count)
}

/// A server that answers each request over TLS after `pause`, which it needs for the handshake.
async fn tls_server(config: ServerConfig, pause: Duration) -> (SocketAddr, Arc<AtomicU32>) {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    at_a_port(move |tcp| {
        let acceptor = acceptor.clone();
        async move {
            tokio::time::sleep(pause).await;
            let mut first = [0];
            // As many servers do with a request that comes without TLS.
            if pause > Duration::ZERO && tcp.peek(&mut first).await.is_ok() && first[0] != 0x16 {
                let mut tcp = tcp;
                let _ = tcp.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await;
                return;
            }
            // A client that distrusts us hangs up here.
            let Ok(mut stream) = acceptor.accept(tcp).await else { return };
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(ANSWER).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

fn config(certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())))
        .expect("a certificate")
}

fn builder() -> rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier> {
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    builder.with_safe_default_protocol_versions().expect("versions")
}

fn loopback() -> CertificateParams {
    CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters")
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

/// A server with a certificate of these parameters by an authority of its own, whose file is in the folder.
async fn server_with(params: CertificateParams) -> (SocketAddr, Arc<AtomicU32>, TempDir) {
    server_by("an authority", params).await
}

async fn server_by(name: &str, params: CertificateParams) -> (SocketAddr, Arc<AtomicU32>, TempDir) {
    let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
    authority.distinguished_name.push(DnType::CommonName, name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, key()).expect("an authority");
    let key = key();
    let certificate = params.signed_by(&key, &authority).expect("signed");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).expect("written");
    let (address, count) = tls_server(config(certificate.der().clone(), &key), Duration::ZERO).await;
    (address, count, folder)
}

async fn server() -> (SocketAddr, Arc<AtomicU32>, TempDir) {
    server_with(loopback()).await
}

/// A server whose certificate is its own authority's, as `openssl req -x509` makes it; its file is in the folder.
async fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> (SocketAddr, Arc<AtomicU32>, TempDir) {
    let (mut params, key) = (loopback(), key());
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    change(&mut params);
    let certificate: Certificate = params.self_signed(&key).expect("signed");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("ca.pem"), certificate.pem()).expect("written");
    let (address, count) = tls_server(config(certificate.der().clone(), &key), Duration::ZERO).await;
    (address, count, folder)
}

fn swift(url: &str, extra: &[(&str, String)]) -> k5::Result<ObjectStorage> {
    let base = [("OS_STORAGE_URL", format!("{url}/v1/AUTH_a")), ("OS_AUTH_TOKEN", "t".to_owned())];
    let variables = base.into_iter().chain(extra.iter().map(|(name, value)| (*name, value.clone())));
    let timeouts = Timeouts::default().connect(Duration::from_secs(10));
    Ok(Cloud::builder().variables(variables).timeouts(timeouts).build()?.object_storage())
}

/// How many objects the server says there are, which is 7.
async fn ask(url: &str, extra: &[(&str, String)]) -> k5::Result<Option<u64>> {
    swift(url, extra)?.show_account().send().await.map(|account| account.object_count)
}

/// An error that trying again won't change: it came soon.
async fn refused(url: &str, extra: &[(&str, String)]) -> Error {
    let start = Instant::now();
    let error = ask(url, extra).await.expect_err("refused");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}: {error}", start.elapsed());
    assert!(error.kind() == ErrorKind::Connect && !error.is_retryable() && error.attempts() <= 1, "{error:?}");
    assert_eq!(error.sent(), k5::Sent::No);
    error
}

fn path(folder: &TempDir, name: &str) -> String {
    PathBuf::from(folder.path()).join(name).display().to_string()
}

fn trusted(folder: &TempDir) -> [(&'static str, String); 1] {
    [("OS_CACERT", path(folder, "ca.pem"))]
}

#[tokio::test]
async fn an_authority_of_the_clouds_own_is_trusted_when_it_is_named() {
    let (address, _, folder) = server().await;
    assert_eq!(ask(&format!("https://{address}"), &trusted(&folder)).await.expect("answered"), Some(7));
}

#[tokio::test]
async fn an_unknown_authority_is_refused_once_with_a_way_out() {
    let (address, count, _folder) = server().await;
    let error = refused(&format!("https://{address}"), &[]).await;
    assert!(error.to_string().contains("in OS_CACERT"), "{error}");
    assert_eq!(count.load(Ordering::Relaxed), 1, "it is not tried again");
    // Another authority is named.
    let (_, _, other) = server_by("another", loopback()).await;
    let error = refused(&format!("https://{address}"), &trusted(&other)).await;
    assert!(error.to_string().contains(&path(&other, "ca.pem")) && error.to_string().contains("add"), "{error}");
    // One of the same name is.
    let (_, _, other) = server().await;
    let error = refused(&format!("https://{address}"), &trusted(&other)).await;
    assert!(error.to_string().contains(&path(&other, "ca.pem")) && error.to_string().contains("made anew"), "{error}");
}

#[tokio::test]
async fn a_certificate_for_another_name_says_for_which() {
    let (address, count, folder) = server().await;
    let error = refused(&format!("https://localhost:{}", address.port()), &trusted(&folder)).await;
    let text = error.to_string();
    assert!(text.contains("is for 127.0.0.1, not for localhost") && !text.contains("OS_CACERT"), "{text}");
    assert_eq!(count.load(Ordering::Relaxed), 1);
    // With a common name alone.
    let (address, _, folder) = server_with(CertificateParams::new(Vec::new()).expect("parameters")).await;
    let text = refused(&format!("https://{address}"), &trusted(&folder)).await.to_string();
    assert!(text.contains("subjectAltName") && !text.contains("OS_CACERT"), "{text}");
}

#[tokio::test]
async fn a_certificate_out_of_its_time_says_when_that_was() {
    let mut params = loopback();
    params.not_after = rcgen::date_time_ymd(2001, 2, 3);
    params.not_before = rcgen::date_time_ymd(2000, 1, 1);
    let (address, _, folder) = server_with(params).await;
    let text = refused(&format!("https://{address}"), &trusted(&folder)).await.to_string();
    assert!(text.contains("expired on 2001-02-03") && text.contains("clock") && !text.contains("OS_CACERT"), "{text}");
    let mut params = loopback();
    params.not_before = rcgen::date_time_ymd(2999, 1, 1);
    params.not_after = rcgen::date_time_ymd(3000, 1, 1);
    let (address, _, folder) = server_with(params).await;
    let text = refused(&format!("https://{address}"), &trusted(&folder)).await.to_string();
    assert!(text.contains("not valid before 2999-01-01") && text.contains("clock"), "{text}");
}

#[tokio::test]
async fn a_certificate_that_is_itself_trusted_needs_no_issuer() {
    let (address, _, folder) = self_signed(|_| {}).await;
    let url = format!("https://{address}");
    assert_eq!(ask(&url, &trusted(&folder)).await.expect("answered"), Some(7));
    // An end entity by an authority that nobody knows, pinned.
    let (params, key) = (loopback(), key());
    let authority =
        CertifiedIssuer::self_signed(CertificateParams::new(Vec::new()).expect("parameters"), self::key()).expect("made");
    let certificate = params.signed_by(&key, &authority).expect("signed");
    std::fs::write(folder.path().join("ca.pem"), certificate.pem()).expect("written");
    let (pinned, _) = tls_server(config(certificate.der().clone(), &key), Duration::ZERO).await;
    assert_eq!(ask(&format!("https://{pinned}"), &trusted(&folder)).await.expect("answered"), Some(7));
    // The file has another self-signed certificate of the same name now.
    let (_, _, other) = self_signed(|_| {}).await;
    let text = refused(&url, &trusted(&other)).await.to_string();
    assert!(text.contains("self-signed") && text.contains("add it to that file"), "{text}");
    let text = refused(&url, &[]).await.to_string();
    assert!(text.contains("self-signed") && text.contains("OS_CACERT"), "{text}");
}

#[tokio::test]
async fn name_and_dates_count_for_a_trusted_certificate_too() {
    let (address, _, folder) = self_signed(|_| {}).await;
    let text = refused(&format!("https://localhost:{}", address.port()), &trusted(&folder)).await.to_string();
    assert!(text.contains("is for 127.0.0.1, not for localhost"), "{text}");
    let (address, _, folder) = self_signed(|params| {
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(2001, 2, 3);
    })
    .await;
    let text = refused(&format!("https://{address}"), &trusted(&folder)).await.to_string();
    assert!(text.contains("expired on 2001-02-03"), "{text}");
}

#[tokio::test]
async fn insecure_trusts_everyone() {
    let (address, _, _folder) = server().await;
    let insecure = [("OS_INSECURE", "true".to_owned())];
    assert_eq!(ask(&format!("https://{address}"), &insecure).await.expect("answered"), Some(7));
}

/// A certificate with a key that neither side's library knows: its signatures are noise.
#[derive(Debug)]
struct Odd(Arc<CertifiedKey>);

#[derive(Debug)]
struct Noise(SignatureScheme);

impl ResolvesServerCert for Odd {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

impl SigningKey for Noise {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&self.0).then(|| Box::new(Noise(self.0)) as _)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for Noise {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(vec![7; 128])
    }

    fn scheme(&self) -> SignatureScheme {
        self.0
    }
}

#[tokio::test]
async fn insecure_takes_certificates_of_any_kind() {
    for (file, scheme) in [
        ("x509-v1.pem", SignatureScheme::RSA_PSS_SHA256),
        ("rsa-1024.pem", SignatureScheme::RSA_PSS_SHA256),
        ("p-521.pem", SignatureScheme::ECDSA_NISTP521_SHA512),
    ] {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/odd-certificates").join(file);
        let certificate = CertificateDer::from_pem_file(&file).expect("a certificate");
        let odd = CertifiedKey::new(vec![certificate], Arc::new(Noise(scheme)));
        let config = builder().with_no_client_auth().with_cert_resolver(Arc::new(Odd(Arc::new(odd))));
        let (address, count) = tls_server(config, Duration::ZERO).await;
        let url = format!("https://{address}");
        assert_eq!(ask(&url, &[("OS_INSECURE", "true".to_owned())]).await.expect("answered"), Some(7), "{}", file.display());
        assert_eq!(count.load(Ordering::Relaxed), 1);
        // Whoever is trusted must still show that the key is theirs.
        refused(&url, &[]).await;
        assert_eq!(count.load(Ordering::Relaxed), 2, "it is not tried again");
    }
}

#[tokio::test]
async fn https_to_a_port_of_plain_http_ends_at_once_and_says_so() {
    // One that answers whatever comes, and one that waits for the end of a line, as Python's servers do.
    let (hasty, _) = at_a_port(|mut tcp| async move {
        let mut head = [0; 4096];
        let _ = tcp.read(&mut head).await;
        let _ = tcp.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await;
    })
    .await;
    let (patient, _) = at_a_port(|mut tcp| async move {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") && tcp.read_buf(&mut head).await.is_ok_and(|read| read > 0) {}
        let _ = tcp.write_all(b"HTTP/1.1 300 Multiple Choices\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").await;
    })
    .await;
    for address in [hasty, patient] {
        let text = refused(&format!("https://{address}"), &[]).await.to_string();
        assert!(text.contains("plain HTTP") && text.contains("http://") && text.contains(&address.to_string()), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_is_slow_to_shake_hands_is_waited_for() {
    let (params, key) = (loopback(), key());
    let certificate = params.self_signed(&key).expect("signed");
    let (address, count) = tls_server(config(certificate.der().clone(), &key), Duration::from_millis(1500)).await;
    let insecure = [("OS_INSECURE", "true".to_owned())];
    assert_eq!(ask(&format!("https://{address}"), &insecure).await.expect("answered"), Some(7));
    assert_eq!(count.load(Ordering::Relaxed), 2, "it was asked in plain HTTP too, whose 400 says nothing");
}

#[tokio::test]
async fn http_to_a_port_of_tls_ends_at_once_and_says_so() {
    let (address, count, _folder) = server().await;
    let text = refused(&format!("http://{address}"), &[]).await.to_string();
    assert!(text.contains("speaks TLS") && text.contains("https://"), "{text}");
    assert_eq!(count.load(Ordering::Relaxed), 1);
    // One that hangs up without an alert, as servers on OpenSSL do.
    let (params, key) = (loopback(), key());
    let certificate = params.self_signed(&key).expect("signed");
    let acceptor = TlsAcceptor::from(Arc::new(config(certificate.der().clone(), &key)));
    let (address, count) = at_a_port(move |mut tcp| {
        let acceptor = acceptor.clone();
        async move {
            let mut first = [0];
            if tcp.peek(&mut first).await.is_ok() && first[0] == 0x16 {
                let _ = acceptor.accept(tcp).await;
            } else {
                let _ = tcp.read(&mut [0; 4096]).await;
            }
        }
    })
    .await;
    let text = refused(&format!("http://{address}"), &[]).await.to_string();
    assert!(text.contains("speaks TLS") && text.contains("https://"), "{text}");
    assert_eq!(count.load(Ordering::Relaxed), 2);
}

#[test]
fn a_bad_file_is_found_before_anything_is_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("empty.pem"), "no certificate").expect("written");
    for name in ["missing.pem", "empty.pem"] {
        let error = swift("https://127.0.0.1:1", &[("OS_CACERT", path(&folder, name))]).expect_err("a bad file");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_is_refused_has_sent_nothing() {
    let address = TcpListener::bind("127.0.0.1:0").await.and_then(|listener| listener.local_addr()).expect("a port, free again");
    let error = ask(&format!("http://{address}"), &[]).await.expect_err("refused");
    assert!(error.kind() == ErrorKind::Connect && error.sent() == k5::Sent::No && error.is_retryable(), "{error:?}");
    assert!(!error.may_have_been_done());
}

/// The client's own way there, step by step, as far as it leads.
#[tokio::test]
async fn a_probe_says_what_is_on_the_way() {
    let mut params = loopback();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2060, 2, 3);
    let (address, _, folder) = server_by("the authority", params).await;
    let client = |extra: &[(&str, String)]| {
        let base = [("OS_STORAGE_URL", format!("https://{address}/v1/AUTH_a")), ("OS_AUTH_TOKEN", "t".to_owned())];
        let variables = base.into_iter().chain(extra.iter().map(|(name, value)| (*name, value.clone())));
        k5::client::Client::builder().variables(variables).build().expect("a client")
    };
    let limit = Duration::from_secs(10);
    let url = format!("https://{address}/v3");
    let probe = client(&trusted(&folder)).probe(&url, limit).await.expect("a probe");
    assert_eq!(probe.addresses.expect("an address"), [address]);
    assert!(matches!(probe.tcp, Some(Ok(()))) && probe.proxy.is_none() && probe.tunnel.is_none());
    let tls = probe.tls.expect("TLS").expect("trusted");
    let certificate = tls.certificate.expect("a certificate");
    assert_eq!(tls.version, "TLSv1_3");
    assert_eq!(certificate.issuer.as_deref(), Some("the authority"));
    assert_eq!(certificate.not_before.to_string(), "2020-01-01T00:00:00Z");
    assert_eq!(certificate.not_after.to_string(), "2060-02-03T00:00:00Z");

    let probe = client(&[]).probe(&url, limit).await.expect("a probe");
    let error = probe.tls.expect("TLS").expect_err("nobody trusts it");
    assert!(error.to_string().contains("OS_CACERT"), "{error}");
    let probe = client(&[]).probe("https://no-such-host.invalid/v3", limit).await.expect("a probe");
    assert!(probe.addresses.is_err() && probe.tcp.is_none() && probe.tls.is_none());
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let probe = client(&[]).probe(&format!("https://{closed}"), limit).await.expect("a probe");
    assert!(matches!(probe.tcp, Some(Err(_))) && probe.tls.is_none());
    // A proxy that is not there hides what is behind it.
    let proxied = client(&[("https_proxy", format!("http://u:c4nary@{closed}"))]).probe(&url, limit).await.expect("a probe");
    assert!(!format!("{proxied:?}").contains("c4nary"));
    assert_eq!(proxied.proxy.map(|proxy| (proxy.url, proxy.variable)), Some((format!("http://{closed}"), "https_proxy")));
    assert!(matches!(proxied.tcp, Some(Err(_))) && proxied.tunnel.is_none());
    for wrong in ["", "host", "ftp://host", "https://"] {
        assert!(client(&[]).probe(wrong, limit).await.is_err(), "{wrong}");
    }
}
