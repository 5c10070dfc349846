//! Layer 11: connections. rustls or plain TCP; direct, or through a proxy that forwards, opens tunnels, or speaks SOCKS5.

mod certificate;
mod handshake;
mod link;
mod no_proxy;
mod probe;
mod proxies;
mod proxy;
mod stream;
mod tls;
mod tunnel;
mod verify;

pub use certificate::Certificate;
pub(crate) use probe::address;
pub use probe::{Probe, ProbedProxy, ProbedTls};
pub(crate) use proxies::Proxies;
pub(crate) use proxy::{Proxy, Refusal};
pub(crate) use tls::TlsOptions;

use crate::layers::progress;
use handshake::{Asked, Failure, root_cause};
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use hyper_util::rt::TokioIo;
use k5_core::{Error, ErrorKind, Result};
use link::{Link, PlainHttp};
use proxy::Kind;
use rustls_pki_types::ServerName;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use stream::Stream;
use tls::{LazyTls, Peer};
use tokio::net::TcpStream;
use tower_service::Service;
use tunnel::NoTunnel;

/// Opens connections for hyper's pool.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Parts>);

struct Parts {
    tcp: HttpConnector,
    proxies: Proxies,
    tls: LazyTls,
    limit: Duration,
}

impl Connector {
    /// `limit` applies to establishing a connection as a whole.
    pub(crate) fn new(tls: TlsOptions, proxies: Proxies, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(limit));
        tcp.set_keepalive(Some(Duration::from_secs(60)));
        Self(Arc::new(Parts { tcp, proxies, tls: LazyTls::new(tls), limit }))
    }

    /// Reads certificates and keys now, so that a bad file is found before anything is sent.
    pub(crate) fn check(&self) -> Result<()> {
        self.0.tls.get(Peer::Server).map(drop)
    }

    /// Whether a port that was taken for plain HTTP speaks TLS. OpenSSL servers hang up on plain HTTP without an answer.
    pub(crate) async fn speaks_tls(&self, uri: &Uri) -> bool {
        let parts = &self.0;
        let asking = async {
            let config = tls::unchecked().ok()?;
            let link = parts.open(uri, parts.proxies.of(uri).ok()?.map(|proxy| &**proxy)).await.ok()?;
            let name = server_name(uri).ok()?;
            match tokio_rustls::TlsConnector::from(config).connect(name, link).await {
                Ok(_) => Some(()),
                Err(error) => matches!(handshake::of_rustls(&error), Some(rustls::Error::AlertReceived(_))).then_some(()),
            }
        };
        matches!(tokio::time::timeout(Duration::from_secs(2), asking).await, Ok(Some(())))
    }

    /// The error for a connection on which the server refused the client's certificate after the handshake, as `cause` shows.
    pub(crate) fn refused_late(&self, uri: &Uri, cause: Option<&(dyn std::error::Error + 'static)>) -> Option<Error> {
        let why = handshake::late_refusal(cause, self.0.asked(bare_host(uri), false))?;
        Some(failed(uri, why).permanent())
    }

    /// The proxy that forwards requests for this target, rather than opening a tunnel.
    pub(crate) fn forwarder(&self, target: &Uri) -> Option<Arc<Proxy>> {
        match target.scheme_str() {
            Some("http") => self.0.proxies.of(target).ok().flatten().filter(|proxy| proxy.forwards()).cloned(),
            _ => None,
        }
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Stream>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let parts = self.0.clone();
        Box::pin(async move {
            let shaking = AtomicBool::new(false);
            match tokio::time::timeout(parts.limit, parts.connect(&uri, &shaking)).await {
                Ok(connected) => connected,
                Err(_) => {
                    let what = if shaking.into_inner() { "it did not end the TLS handshake: " } else { "" };
                    let why = format!("{what}it took longer than {} s", parts.limit.as_secs_f32());
                    Err(match parts.proxies.of(&uri) {
                        Ok(Some(proxy)) => by_proxy(proxy, &uri, &why),
                        _ => failed(&uri, why),
                    })
                }
            }
        })
    }
}

impl Parts {
    /// A connection; `shaking` says whether all that is left of it is the handshake with the target.
    async fn connect(&self, uri: &Uri, shaking: &AtomicBool) -> Result<Stream> {
        let proxy = self.proxies.of(uri)?.map(|proxy| &**proxy);
        if uri.scheme_str() == Some("https") {
            return self.encrypt(uri, proxy, shaking).await;
        }
        if let Some(proxy) = proxy.filter(|proxy| proxy.forwards()) {
            let why = format!("the proxy {} speaks TLS: its URL begins with https://, not http://", proxy.shown());
            let link = self.reach(proxy, uri).await?;
            return Ok(Stream::Forwarding(TokioIo::new(PlainHttp::new(link, said(uri, &why)))));
        }
        let link = self.open(uri, proxy).await?;
        Ok(Stream::Plain(TokioIo::new(PlainHttp::new(link, said(uri, SPEAKS_TLS)))))
    }

    /// A link that carries bytes to the target's port.
    async fn open(&self, uri: &Uri, proxy: Option<&Proxy>) -> Result<Link> {
        match proxy {
            None => Ok(Link::Tcp(self.dial(uri.clone()).await.map_err(|why| failed(uri, why))?)),
            Some(proxy) if proxy.forwards() => {
                let target = host_and_port(uri);
                tunnel::open(self.reach(proxy, uri).await?, proxy, &target).await.map_err(|why| match why {
                    NoTunnel::Refused(refusal) => proxy.refused(&target, &refusal),
                    NoTunnel::Strange(why) => by_proxy(proxy, uri, why),
                    NoTunnel::Broken(error) => by_proxy(proxy, uri, &root_cause(&error)),
                })
            }
            Some(proxy) => self.open_by_socks(proxy, uri).await,
        }
    }

    async fn open_by_socks(&self, proxy: &Proxy, uri: &Uri) -> Result<Link> {
        let mut target = host_and_port(uri);
        if proxy.kind == Kind::Socks5 {
            let first = tokio::net::lookup_host(&target).await.map(|mut found| found.next());
            let first = first.map_err(|error| failed(uri, error.to_string()))?;
            target = first.ok_or_else(|| failed(uri, "its name has no address".to_owned()))?.to_string();
        }
        let target = Uri::try_from(format!("tcp://{target}")).map_err(|error| failed(uri, error.to_string()))?;
        let mut socks = SocksV5::new(proxy.address()?, self.tcp.clone());
        if let Some((user, password)) = proxy.credentials() {
            socks = socks.with_auth(user.to_owned(), password.to_owned());
        }
        let link = socks.call(target).await.map_err(|error| by_proxy(proxy, uri, &root_cause(&error)))?;
        Ok(Link::Tcp(link.into_inner()))
    }

    /// A connection to the proxy itself.
    async fn reach(&self, proxy: &Proxy, uri: &Uri) -> Result<Link> {
        let address = proxy.address()?;
        let tcp = self.dial(address.clone()).await.map_err(|why| by_proxy(proxy, uri, &why))?;
        if proxy.kind != Kind::Https {
            return Ok(Link::Tcp(tcp));
        }
        let config = self.tls.get(Peer::Proxy)?;
        let name = ServerName::try_from(proxy.host.clone()).map_err(|error| by_proxy(proxy, uri, &error.to_string()))?;
        let another = async { self.dial(address).await.ok() };
        match handshake::shake(config, name, tcp, another, &proxy.authority(), false).await {
            Ok(tls) => Ok(Link::Tls(Box::new(tls))),
            Err(Failure::PlainHttp) => {
                Err(by_proxy(proxy, uri, "it speaks plain HTTP, not TLS: its URL begins with http://, not https://").permanent())
            }
            Err(Failure::Tls(error)) => {
                let (why, permanent) = handshake::explain(&error, self.asked(&proxy.host, true));
                let error = by_proxy(proxy, uri, &why);
                Err(if permanent { error.permanent() } else { error })
            }
        }
    }

    /// `Err` says why it failed.
    async fn dial(&self, target: Uri) -> Result<TcpStream, String> {
        match self.tcp.clone().call(target).await {
            Ok(tcp) => Ok(tcp.into_inner()),
            Err(error) => Err(root_cause(&error)),
        }
    }

    async fn encrypt(&self, uri: &Uri, proxy: Option<&Proxy>, shaking: &AtomicBool) -> Result<Stream> {
        let config = self.tls.get(Peer::Server)?;
        let link = self.open(uri, proxy).await?;
        let name = server_name(uri).map_err(|why| failed(uri, why))?;
        let another = async { self.open(uri, proxy).await.ok() };
        shaking.store(true, Ordering::Relaxed);
        progress::shaking_hands(true);
        let shaken = handshake::shake(config, name, link, another, &host_and_port(uri), true).await;
        progress::shaking_hands(false);
        match shaken {
            Ok(tls) => Ok(Stream::Encrypted(Box::new(TokioIo::new(tls)))),
            Err(Failure::PlainHttp) => {
                Err(failed(uri, "it speaks plain HTTP, not TLS: its URL begins with http://, not https://".to_owned()).permanent())
            }
            Err(Failure::Tls(error)) => {
                let (why, permanent) = handshake::explain(&error, self.asked(bare_host(uri), false));
                let error = failed(uri, why);
                Err(if permanent { error.permanent() } else { error })
            }
        }
    }

    fn asked<'a>(&'a self, host: &'a str, is_proxy: bool) -> Asked<'a> {
        let TlsOptions { ca_file, certificate, .. } = &self.tls.options;
        // A proxy gets no client's certificate.
        Asked { host, ca_file: ca_file.as_deref(), certificate: certificate.as_deref().filter(|_| !is_proxy), is_proxy }
    }
}

const SPEAKS_TLS: &str = "it speaks TLS: its URL begins with https://, not http://";

/// The message for a TLS port that a URL takes for plain HTTP.
pub(crate) fn wants_tls(uri: &Uri) -> Error {
    failed(uri, SPEAKS_TLS.to_owned()).permanent()
}

/// The host without the brackets of an IPv6 address.
fn bare_host(uri: &Uri) -> &str {
    uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}

fn server_name(uri: &Uri) -> Result<ServerName<'static>, String> {
    ServerName::try_from(bare_host(uri).to_owned()).map_err(|error| error.to_string())
}

/// `host:port`, with the scheme's default port if the target names none.
fn host_and_port(uri: &Uri) -> String {
    let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    format!("{}:{}", uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(usual))
}

fn by_proxy(proxy: &Proxy, uri: &Uri, why: &str) -> Error {
    failed(uri, format!("by the proxy {}: {why}", proxy.shown()))
}

fn failed(uri: &Uri, why: String) -> Error {
    Error::new(ErrorKind::Connect, said(uri, &why))
}

fn said(uri: &Uri, why: &str) -> String {
    let host = uri.authority().map_or("the server", |authority| authority.as_str());
    format!("no connection to {host}: {why}")
}
