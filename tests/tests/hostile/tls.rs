//! Servers whose TLS is broken, too old, or not for this client.

use super::{LIMIT, MEMORY, PASSWORD, TOKEN, run_trusting};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, SupportedProtocolVersion};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Who signs the servers' certificates.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

type Answered = std::io::Result<()>;

/// A server's worst, and all that is said of it.
struct Case {
    name: &'static str,
    host: &'static str,
    worst: fn(TcpStream, &Authority) -> Answered,
    says: &'static [&'static str],
    /// Whether the same would come next time, so that it is tried once.
    once: bool,
}

const fn once(name: &'static str, worst: fn(TcpStream, &Authority) -> Answered, says: &'static [&'static str]) -> Case {
    Case { name, host: "127.0.0.1", worst, says, once: true }
}

const fn again(name: &'static str, worst: fn(TcpStream, &Authority) -> Answered, says: &'static [&'static str]) -> Case {
    Case { once: false, ..once(name, worst, says) }
}

const OLD: &[&str] = &["it must speak TLS 1.2 or 1.3", "must turn one of them on"];
const BROKEN_OFF: &[&str] = &["TLS handshake", "proxy or firewall"];
const WANTS_CERTIFICATE: &[&str] = &["it wants a client's certificate", "OS_CERT", "OS_KEY"];
const RULES: &[&str] = &["TLS", "check host and port"];

#[rustfmt::skip]
const CASES: &[Case] = &[
    once("expired", |tcp, authority| {
        let dates = |params: &mut CertificateParams| (params.not_before, params.not_after) = (rcgen::date_time_ymd(2000, 1, 1), rcgen::date_time_ymd(2001, 2, 3));
        answer(tcp, authority.config(dates, VERSIONS, false))
    }, &["its certificate expired on 2001-02-03", "must renew it", "clock"]),
    once("not yet valid", |tcp, authority| {
        let dates = |params: &mut CertificateParams| (params.not_before, params.not_after) = (rcgen::date_time_ymd(2999, 1, 1), rcgen::date_time_ymd(3000, 1, 1));
        answer(tcp, authority.config(dates, VERSIONS, false))
    }, &["its certificate is not valid before 2999-01-01", "clock"]),
    Case { host: "localhost", ..once("for another name", |tcp, authority| answer(tcp, authority.config(|_| {}, VERSIONS, false)),
        &["its certificate is for 127.0.0.1, not for localhost", "use one of its names in the URL"]) },
    once("by another authority", |tcp, _| answer(tcp, Authority::new("another").config(|_| {}, VERSIONS, false)),
        &["by none of the authorities in ", "ca.pem", "OS_CACERT"]),
    once("TLS 1.1, which refuses", |mut tcp, _| { hello(&mut tcp)?; tcp.write_all(&[0x15, 3, 1, 0, 2, 2, 70])?; until_end(tcp) }, OLD),
    once("TLS 1.1, which goes ahead", |mut tcp, _| { hello(&mut tcp)?; tcp.write_all(&server_hello([3, 2], *b"an old one's"))?; until_end(tcp) }, OLD),
    once("SSL 3", |mut tcp, _| { hello(&mut tcp)?; tcp.write_all(&server_hello([3, 0], *b"an old one's"))?; until_end(tcp) }, OLD),
    once("a downgrade", |mut tcp, _| { hello(&mut tcp)?; tcp.write_all(&server_hello([3, 3], *b"rndmDOWNGRD\x01"))?; until_end(tcp) },
        &["somebody between forces both sides to an older version", "looks into TLS"]),
    once("a fallback that is refused", |mut tcp, _| { hello(&mut tcp)?; tcp.write_all(&[0x15, 3, 3, 0, 2, 2, 86])?; until_end(tcp) }, OLD),
    once("no such server", |mut tcp, _| { hello(&mut tcp)?; tcp.write_all(&[0x15, 3, 3, 0, 2, 2, 112])?; until_end(tcp) }, &["check the URL"]),
    again("an end after the first message", |mut tcp, _| hello(&mut tcp), BROKEN_OFF),
    again("an end within a message", |mut tcp, _| { hello(&mut tcp)?; tcp.write_all(&server_hello([3, 3], *b"half a hello")[..30]) }, BROKEN_OFF),
    again("a reset", |tcp, _| { tcp.peek(&mut [0])?; Ok(()) }, BROKEN_OFF),
    again("a stop", |mut tcp, _| { hello(&mut tcp)?; until_end(tcp) }, &["TLS handshake"]),
    again("a handshake that trickles", |mut tcp, _| {
        hello(&mut tcp)?;
        for byte in [0x16, 3, 3, 0x3f, 0xff, 2, 0, 0xff, 0xff].into_iter().chain(std::iter::repeat(7)) {
            tcp.write_all(&[byte])?;
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }, &["TLS handshake"]),
    once("a message without end", |mut tcp, _| {
        hello(&mut tcp)?;
        let mut record = vec![0x16, 3, 3, 0x3f, 0xff, 2, 0xff, 0xff, 0xff];
        record.resize(5 + 0x3fff, 7);
        repeat(tcp, &record)
    }, RULES),
    once("changes of ciphers without end", |mut tcp, _| { hello(&mut tcp)?; repeat(tcp, &[0x14, 3, 3, 0, 1, 1]) }, RULES),
    once("warnings without end", |mut tcp, _| { hello(&mut tcp)?; repeat(tcp, &[0x15, 3, 3, 0, 2, 1, 90]) }, RULES),
    once("no TLS, without end", |mut tcp, _| { hello(&mut tcp)?; repeat(tcp, b"220 smtp.example ESMTP\r\n") }, &["not TLS", "check scheme and port"]),
    once("a client's certificate that is wanted after the handshake", |tcp, authority| answer(tcp, authority.config(|_| {}, &[&rustls::version::TLS13], true)),
        WANTS_CERTIFICATE),
    once("a client's certificate that is wanted in the handshake", |tcp, authority| answer(tcp, authority.config(|_| {}, &[&rustls::version::TLS12], true)),
        WANTS_CERTIFICATE),
    once("a client that is denied", |tcp, authority| {
        let mut connection = ServerConnection::new(Arc::new(authority.config(|_| {}, &[&rustls::version::TLS12], false))).map_err(std::io::Error::other)?;
        let mut tcp = tcp;
        // In place of the server's own first message.
        connection.read_tls(&mut tcp)?;
        tcp.write_all(&[0x15, 3, 3, 0, 2, 2, 49])?;
        until_end(tcp)
    }, &["AccessDenied", "OS_CERT"]),
];

const VERSIONS: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12, &rustls::version::TLS13];

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority") }
    }

    /// A server with a certificate of this authority.
    fn config(
        &self,
        change: impl FnOnce(&mut CertificateParams),
        versions: &[&'static SupportedProtocolVersion],
        wants_certificate: bool,
    ) -> ServerConfig {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
        change(&mut params);
        let key = KeyPair::generate().expect("a key");
        let certificate: CertificateDer<'static> = params.signed_by(&key, &self.issuer).expect("signed").der().clone();
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions).expect("versions");
        let builder = match wants_certificate {
            false => builder.with_no_client_auth(),
            true => {
                let mut roots = RootCertStore::empty();
                roots.add(self.issuer.der().clone()).expect("an authority");
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().expect("a verifier");
                builder.with_client_cert_verifier(verifier)
            }
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        builder.with_single_cert(vec![certificate], key).expect("a certificate")
    }
}

/// Shakes hands and answers a request, if the client comes so far.
fn answer(mut tcp: TcpStream, config: ServerConfig) -> Answered {
    let mut connection = ServerConnection::new(Arc::new(config)).map_err(std::io::Error::other)?;
    let mut stream = rustls::Stream::new(&mut connection, &mut tcp);
    let served =
        stream.read(&mut [0; 4096]).and_then(|_| stream.write_all(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"));
    // So that what was said last is not lost in a reset.
    served.and(until_end(tcp))
}

/// Reads a client's first message.
fn hello(tcp: &mut TcpStream) -> Answered {
    let mut head = [0; 5];
    tcp.read_exact(&mut head)?;
    tcp.read_exact(&mut vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))])
}

/// Waits until the client hangs up.
fn until_end(mut tcp: TcpStream) -> Answered {
    while tcp.read(&mut [0; 4096])? > 0 {}
    Ok(())
}

/// Says `record` again and again, until the client has had enough.
fn repeat(mut tcp: TcpStream, record: &[u8]) -> Answered {
    let block = record.repeat(16 * 1024 / record.len() + 1);
    loop {
        tcp.write_all(&block)?;
    }
}

/// A server's first message in this version, whose random bytes end so.
fn server_hello(version: [u8; 2], end: [u8; 12]) -> Vec<u8> {
    let mut body = version.to_vec();
    body.extend([7; 20]);
    body.extend(end);
    // No session, a cipher that TLS 1.2 has, no compression.
    body.extend([0, 0xc0, 0x2f, 0]);
    let length = u8::try_from(body.len()).expect("short");
    [&[0x16, 3, version[1].max(1), 0, length + 4, 2, 0, 0, length], body.as_slice()].concat()
}

fn check(case: &'static Case, authority: &Arc<Authority>, ca_file: &std::path::Path) -> Result<(), String> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let count = Arc::new(AtomicUsize::new(0));
    let (counter, authority) = (count.clone(), authority.clone());
    thread::spawn(move || {
        for tcp in listener.incoming().flatten() {
            let authority = authority.clone();
            counter.fetch_add(1, Ordering::SeqCst);
            // A client that goes away is what is wanted here.
            thread::spawn(move || (case.worst)(tcp, &authority));
        }
    });
    let ended = run_trusting("object_storage.list_containers", &format!("https://{}:{port}", case.host), Some(ca_file));
    let count = count.load(Ordering::SeqCst);
    let wrong = |why: &str| Err(format!("{}: {why}: {ended:?}", case.name));
    let shown = ended.said.split(" | ").next().unwrap_or_default();
    if let Some(missing) = case.says.iter().find(|text| !shown.contains(**text)) {
        return wrong(&format!("it does not say {missing:?}"));
    }
    // Where nothing of TLS came, one more connection asks in plain HTTP.
    if case.once && (shown.contains("attempts") || count > if case.says[0] == "not TLS" { 2 } else { 1 }) {
        return wrong(&format!("it came {count} times"));
    }
    if ended.said.contains(PASSWORD) || ended.said.contains(TOKEN) {
        return wrong("it shows a secret");
    }
    if ended.took > 2 * LIMIT || ended.peak > MEMORY {
        return wrong("it took too long, or too much memory");
    }
    Ok(())
}

#[test]
fn each_ends_in_time_within_its_memory_and_is_named() {
    let authority = Arc::new(Authority::new("an authority"));
    let folder = tempfile::tempdir().expect("a folder");
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, authority.issuer.pem()).expect("written");
    let next = AtomicUsize::new(0);
    let wrong: Vec<String> = thread::scope(|scope| {
        let work = || {
            let taken = std::iter::from_fn(|| CASES.get(next.fetch_add(1, Ordering::SeqCst)));
            taken.filter_map(|case| check(case, &authority, &ca_file).err()).collect::<Vec<_>>()
        };
        let workers: Vec<_> = (0..6).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("joined")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
