//! TLS with rustls, with its provider passed explicitly.

use super::verify::{Trusting, Unchecked};
use k5_core::{Error, ErrorKind, Result};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Whom to trust, and who we are.
#[derive(Clone, Debug)]
pub(crate) struct TlsOptions {
    /// Certificate authorities instead of the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// A client's certificate.
    pub(crate) certificate: Option<PathBuf>,
    /// Its key, unless it is in the same file.
    pub(crate) key: Option<PathBuf>,
    /// Whether servers must prove who they are.
    pub(crate) verify: bool,
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Peer {
    /// One of the cloud's servers.
    Server,
    /// A proxy. It is trusted if the system or the cloud's CA file trusts it. It must always prove who it is, because it gets a
    /// password and no cloud setting applies to it; and it gets no client certificate.
    Proxy,
}

/// The configurations, each created at the first encrypted connection: reading the system's certificates takes longer than a call.
pub(super) struct LazyTls {
    pub(super) options: TlsOptions,
    server: OnceLock<Result<Arc<ClientConfig>>>,
    proxy: OnceLock<Result<Arc<ClientConfig>>>,
}

impl LazyTls {
    pub(super) fn new(options: TlsOptions) -> Self {
        Self { options, server: OnceLock::new(), proxy: OnceLock::new() }
    }

    pub(super) fn get(&self, peer: Peer) -> Result<Arc<ClientConfig>> {
        let made = match peer {
            Peer::Server => &self.server,
            Peer::Proxy => &self.proxy,
        };
        made.get_or_init(|| configure(&self.options, peer).map(Arc::new)).clone()
    }
}

fn configure(options: &TlsOptions, peer: Peer) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Config, "TLS can't be set up").with_source(error))?
        .dangerous();
    let builder = match options.verify || peer == Peer::Proxy {
        true => {
            let (roots, trusted) = roots(options.ca_file.as_deref(), peer)?;
            let verifier = Trusting::new(roots, trusted, provider)
                .map_err(|error| Error::new(ErrorKind::Config, "TLS can't be set up").with_source(error))?;
            builder.with_custom_certificate_verifier(Arc::new(verifier))
        }
        false => {
            tracing::warn!("server certificates are not checked: whoever stands between can read passwords and data");
            builder.with_custom_certificate_verifier(Arc::new(Unchecked))
        }
    };
    let (Some(certificate), Peer::Server) = (&options.certificate, peer) else { return Ok(builder.with_no_client_auth()) };
    let key_file = options.key.as_ref().unwrap_or(certificate);
    let chain = certificates(certificate, "the client certificate")?;
    let key = PrivateKeyDer::from_pem_file(key_file).map_err(|error| bad_file("the client's key", key_file, error.to_string()))?;
    builder.with_client_auth_cert(chain, key).map_err(|error| bad_file("the client certificate", certificate, error.to_string()))
}

/// A configuration that trusts everyone, to learn whether a port speaks TLS at all.
pub(super) fn unchecked() -> Result<Arc<ClientConfig>> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(ErrorKind::Config, "TLS can't be set up").with_source(error))?;
    Ok(Arc::new(builder.dangerous().with_custom_certificate_verifier(Arc::new(Unchecked)).with_no_client_auth()))
}

/// The authorities, and the certificates that they come from.
fn roots(file: Option<&Path>, peer: Peer) -> Result<(RootCertStore, Vec<CertificateDer<'static>>)> {
    let mut store = RootCertStore::empty();
    let mut trusted = Vec::new();
    if let Some(file) = file {
        trusted = certificates(file, "the CA file")?;
        for certificate in &trusted {
            store.add(certificate.clone()).map_err(|error| bad_file("the CA file", file, error.to_string()))?;
        }
    }
    if file.is_none() || peer == Peer::Proxy {
        let found = rustls_native_certs::load_native_certs();
        store.add_parsable_certificates(found.certs.iter().cloned());
        trusted.extend(found.certs);
        if store.is_empty() {
            let why = found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
            let message =
                format!("the system has no certificate authorities to trust{why}: install ca-certificates, or set OS_CACERT");
            return Err(Error::new(ErrorKind::Config, message));
        }
    }
    Ok((store, trusted))
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
