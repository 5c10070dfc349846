//! What lies between this machine and a server, step by step, for a program that explains why there is no connection.

use super::certificate::Certificate;
use super::stream::Stream;
use super::{Connector, bare_host, failed, host_and_port};
use http::Uri;
use k5_core::{Error, Result};
use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The way to a server as far as it could be followed: each step is `None` if an earlier one failed, or if there is no such step.
#[derive(Debug)]
#[non_exhaustive]
pub struct Probe {
    /// `host:port` of the server.
    pub target: String,
    /// The proxy in between.
    pub proxy: Option<ProbedProxy>,
    /// The addresses of the server, or of the proxy if there is one.
    pub addresses: Result<Vec<SocketAddr>>,
    /// Whether that port accepts a connection.
    pub tcp: Option<Result<()>>,
    /// Whether the proxy opens a tunnel to the server.
    pub tunnel: Option<Result<()>>,
    /// The certificate of a server that uses TLS, once it has been accepted.
    pub tls: Option<Result<ProbedTls>>,
}

/// A proxy on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbedProxy {
    /// Its URL, without user and password.
    pub url: String,
    /// The variable that names it.
    pub variable: &'static str,
}

/// What a TLS handshake brought to light.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProbedTls {
    /// Such as `TLSv1_3`.
    pub version: String,
    /// What the server's certificate says, if that can be read.
    pub certificate: Option<Certificate>,
}

impl Connector {
    /// Follows the way to the server of `uri`. Each step takes at most `limit`. No request is sent.
    ///
    /// # Errors
    /// If a variable names a proxy that can't be used, or a file of certificates can't be read.
    pub(crate) async fn probe(&self, uri: &Uri, limit: Duration) -> Result<Probe> {
        let parts = &self.0;
        let proxy = parts.proxies.of(uri)?.map(|proxy| &**proxy);
        let shown = proxy.map(|proxy| ProbedProxy { url: proxy.shown(), variable: proxy.variable() });
        let place = proxy.map_or_else(|| host_and_port(uri), |proxy| proxy.authority());
        let late = || failed(uri, format!("it took longer than {} s", limit.as_secs_f32()));
        let found = tokio::time::timeout(limit, tokio::net::lookup_host(&place)).await;
        let addresses: Result<Vec<_>> = match found {
            Ok(Ok(found)) => Ok(found.collect()),
            Ok(Err(error)) => Err(failed(uri, error.to_string())),
            Err(_) => Err(failed(uri, format!("its name was not found within {} s", limit.as_secs_f32()))),
        };
        let mut probe = Probe { target: host_and_port(uri), proxy: shown, addresses, tcp: None, tunnel: None, tls: None };
        if probe.addresses.is_err() {
            return Ok(probe);
        }
        let address = proxy.map_or_else(|| Ok(uri.clone()), |proxy| proxy.address())?;
        let dialled = match tokio::time::timeout(limit, parts.dial(address)).await {
            Ok(dialled) => dialled.map(drop).map_err(|why| failed(uri, why)),
            Err(_) => Err(late()),
        };
        let is_open = dialled.is_ok();
        probe.tcp = Some(dialled);
        let is_encrypted = uri.scheme_str() == Some("https");
        if is_open && let Some(proxy) = proxy.filter(|proxy| is_encrypted || !proxy.forwards()) {
            let opened = tokio::time::timeout(limit, parts.open(uri, Some(proxy))).await;
            probe.tunnel = Some(opened.unwrap_or_else(|_| Err(late())).map(drop));
        }
        if is_open && is_encrypted && !matches!(probe.tunnel, Some(Err(_))) {
            let shaking = AtomicBool::new(false);
            probe.tls = Some(match tokio::time::timeout(limit, parts.connect(uri, &shaking)).await {
                Ok(connected) => connected.map(|stream| said_by(&stream)),
                Err(_) => Err(late()),
            });
        }
        Ok(probe)
    }
}

fn said_by(stream: &Stream) -> ProbedTls {
    let Stream::Encrypted(stream) = stream else { return ProbedTls { version: String::new(), certificate: None } };
    let session = stream.inner().get_ref().1;
    let version = session.protocol_version().and_then(|version| version.as_str()).unwrap_or("TLS").to_owned();
    let certificate = session.peer_certificates().and_then(|chain| chain.first()).and_then(|first| Certificate::read(first));
    ProbedTls { version, certificate }
}

/// The address of a server, for [`Connector::probe`].
///
/// # Errors
/// If it is not the URL of a server.
pub(crate) fn address(url: &str) -> Result<Uri> {
    let uri: Uri = url.parse().map_err(|_| Error::invalid_input(format!("{url:?} is not a URL")))?;
    match (uri.scheme_str(), bare_host(&uri)) {
        (Some("http" | "https"), host) if !host.is_empty() => Ok(uri),
        _ => Err(Error::invalid_input(format!("{url:?} is not the URL of a server"))),
    }
}
