//! Encrypted connections: whom the client trusts, and what it says when it doesn't.

use k5::object_storage::ObjectStorage;
use k5::{Cloud, ErrorKind};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A server with a certificate for 127.0.0.1 by an authority of its own, whose file is in the folder.
async fn server() -> (SocketAddr, TempDir) {
    let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key")).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    let certificate = params.signed_by(&key, &authority).expect("signed");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).expect("written");
    std::fs::write(folder.path().join("empty.pem"), "no certificate").expect("written");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())))
        .expect("a certificate");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            // A client that distrusts us hangs up here.
            let Ok(mut stream) = acceptor.accept(tcp).await else { continue };
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nX-Account-Object-Count: 7\r\nConnection: close\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    (address, folder)
}

fn swift(address: &str, extra: &[(&str, String)]) -> k5::Result<ObjectStorage> {
    let base = [("OS_STORAGE_URL", format!("https://{address}/v1/AUTH_a")), ("OS_AUTH_TOKEN", "t".to_owned())];
    let variables = base.into_iter().chain(extra.iter().map(|(name, value)| (*name, value.clone())));
    let retry = k5::retry::RetryPolicy { max_attempts: 1, ..Default::default() };
    Ok(Cloud::builder().variables(variables).retry(retry).build()?.object_storage())
}

fn path(folder: &TempDir, name: &str) -> String {
    PathBuf::from(folder.path()).join(name).display().to_string()
}

#[tokio::test]
async fn an_authority_of_the_clouds_own_is_trusted_when_it_is_named() {
    let (address, folder) = server().await;
    let trusting = swift(&address.to_string(), &[("OS_CACERT", path(&folder, "ca.pem"))]).expect("configured");
    assert_eq!(trusting.show_account().send().await.expect("answered").object_count, Some(7));
}

#[tokio::test]
async fn an_unknown_authority_is_refused_with_a_way_out() {
    let (address, folder) = server().await;
    let error = swift(&address.to_string(), &[]).expect("configured").show_account().send().await.expect_err("unknown");
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains("OS_CACERT"), "{error}");
    // The right authority, but a certificate for another name.
    let other = swift(&format!("localhost:{}", address.port()), &[("OS_CACERT", path(&folder, "ca.pem"))]).expect("configured");
    assert_eq!(other.show_account().send().await.expect_err("another name").kind(), ErrorKind::Connect);
}

#[tokio::test]
async fn insecure_trusts_everyone() {
    let (address, _folder) = server().await;
    let insecure = swift(&address.to_string(), &[("OS_INSECURE", "true".to_owned())]).expect("configured");
    assert_eq!(insecure.show_account().send().await.expect("answered").object_count, Some(7));
}

#[test]
fn a_bad_file_is_found_before_anything_is_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["missing.pem", "empty.pem"] {
        std::fs::write(folder.path().join("empty.pem"), "no certificate").expect("written");
        let error = swift("127.0.0.1:1", &[("OS_CACERT", path(&folder, name))]).expect_err("a bad file");
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(name), "{error}");
    }
}
