//! TLS by rustls, with its provider passed explicitly.

use k5_core::{Error, ErrorKind, Result};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Whom to trust, and who we are.
#[derive(Clone, Debug)]
pub(crate) struct TlsOptions {
    /// Certificate authorities in place of the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// A client's certificate.
    pub(crate) certificate: Option<PathBuf>,
    /// Its key, unless it is in the same file.
    pub(crate) key: Option<PathBuf>,
    /// Whether servers must prove who they are.
    pub(crate) verify: bool,
}

/// The configuration, made at the first encrypted connection: reading the system's certificates takes longer than a call.
pub(super) struct LazyTls {
    options: TlsOptions,
    made: OnceLock<Result<Arc<ClientConfig>>>,
}

impl LazyTls {
    pub(super) fn new(options: TlsOptions) -> Self {
        Self { options, made: OnceLock::new() }
    }

    pub(super) fn get(&self) -> Result<Arc<ClientConfig>> {
        self.made.get_or_init(|| configure(&self.options).map(Arc::new)).clone()
    }
}

fn configure(options: &TlsOptions) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Config, "TLS can't be set up").with_source(error))?;
    let builder = match options.verify {
        true => builder.with_root_certificates(roots(options.ca_file.as_deref())?),
        false => {
            tracing::warn!("server certificates are not checked: whoever stands between can read passwords and data");
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Unchecked(provider)))
        }
    };
    let Some(certificate) = &options.certificate else { return Ok(builder.with_no_client_auth()) };
    let key_file = options.key.as_ref().unwrap_or(certificate);
    let chain = certificates(certificate, "the client certificate")?;
    let key = PrivateKeyDer::from_pem_file(key_file).map_err(|error| bad_file("the client's key", key_file, error.to_string()))?;
    builder.with_client_auth_cert(chain, key).map_err(|error| bad_file("the client certificate", certificate, error.to_string()))
}

fn roots(file: Option<&Path>) -> Result<RootCertStore> {
    let mut store = RootCertStore::empty();
    match file {
        Some(file) => {
            for certificate in certificates(file, "the CA file")? {
                store.add(certificate).map_err(|error| bad_file("the CA file", file, error.to_string()))?;
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            store.add_parsable_certificates(found.certs);
            if store.is_empty() {
                let why = found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
                let message =
                    format!("the system has no certificate authorities to trust{why}: install ca-certificates, or set OS_CACERT");
                return Err(Error::new(ErrorKind::Config, message));
            }
        }
    }
    Ok(store)
}

fn certificates(file: &Path, what: &str) -> Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>);
    match read {
        Ok(found) if found.is_empty() => Err(bad_file(what, file, "it holds no PEM certificate".to_owned())),
        Ok(found) => Ok(found),
        Err(error) => Err(bad_file(what, file, error.to_string())),
    }
}

fn bad_file(what: &str, file: &Path, why: String) -> Error {
    Error::new(ErrorKind::Config, format!("{what} {}: {why}", file.display()))
}

/// Accepts every certificate, for `--insecure`. Signatures are still checked.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// What a failed handshake means to the operator.
pub(super) fn explain(error: &std::io::Error) -> String {
    let text = root_cause(error);
    match text.contains("certificate") {
        true => format!("{text}; if the cloud has a certificate authority of its own, name its file by --os-cacert or OS_CACERT"),
        false => format!("TLS: {text}"),
    }
}

/// The innermost cause.
pub(super) fn root_cause(error: &dyn std::error::Error) -> String {
    let mut current = error;
    while let Some(source) = current.source() {
        current = source;
    }
    current.to_string()
}
