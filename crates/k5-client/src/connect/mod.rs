//! Layer 11: connections. rustls or plain TCP; direct, through a proxy's tunnel, or SOCKS5.

mod proxy;
mod stream;
mod tls;

pub(crate) use tls::TlsOptions;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use k5_core::{Error, ErrorKind, Result};
use rustls_pki_types::ServerName;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use stream::Stream;
use tls::LazyTls;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower_service::Service;

/// Opens connections for hyper's pool.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Parts>);

struct Parts {
    tcp: HttpConnector,
    proxies: Matcher,
    tls: LazyTls,
    limit: Duration,
}

impl Connector {
    /// `limit` is for a connection as a whole. Proxies come from the usual variables (`HTTPS_PROXY`, `NO_PROXY`, ...).
    pub(crate) fn new(tls: TlsOptions, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(limit));
        tcp.set_keepalive(Some(Duration::from_secs(60)));
        Self(Arc::new(Parts { tcp, proxies: Matcher::from_env(), tls: LazyTls::new(tls), limit }))
    }

    /// Reads certificates and keys now, so that a bad file is found before anything is sent.
    pub(crate) fn check(&self) -> Result<()> {
        self.0.tls.get().map(drop)
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
            match tokio::time::timeout(parts.limit, parts.connect(&uri)).await {
                Ok(connected) => connected,
                Err(_) => Err(failed(&uri, format!("no connection within {} s", parts.limit.as_secs_f32()))),
            }
        })
    }
}

impl Parts {
    async fn connect(&self, uri: &Uri) -> Result<Stream> {
        let secure = uri.scheme_str() == Some("https");
        let Some(proxy) = self.proxies.intercept(uri) else {
            let tcp = self.dial(uri.clone(), uri).await?;
            return if secure { self.encrypt(tcp, uri).await } else { Ok(Stream::plain(tcp)) };
        };
        let tcp = self.tcp.clone();
        match proxy.uri().scheme_str() {
            Some("socks5" | "socks5h") => {
                let mut socks = SocksV5::new(proxy.uri().clone(), tcp).local_dns(proxy.uri().scheme_str() == Some("socks5"));
                if let Some((user, password)) = proxy.raw_auth() {
                    socks = socks.with_auth(user.to_owned(), password.to_owned());
                }
                let tcp = socks.call(uri.clone()).await.map_err(|error| failed(uri, proxy::explain(&proxy, &error)))?;
                if secure { self.encrypt(tcp, uri).await } else { Ok(Stream::plain(tcp)) }
            }
            _ if secure => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
                if let Some(auth) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(auth.clone());
                }
                let tcp = tunnel.call(uri.clone()).await.map_err(|error| failed(uri, proxy::explain(&proxy, &error)))?;
                self.encrypt(tcp, uri).await
            }
            // A tunnel for plain HTTP too: the token stays out of the proxy's log of requests.
            _ => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), tcp);
                if let Some(auth) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(auth.clone());
                }
                let tcp = tunnel.call(uri.clone()).await.map_err(|error| failed(uri, proxy::explain(&proxy, &error)))?;
                Ok(Stream::plain(tcp))
            }
        }
    }

    async fn dial(&self, target: Uri, shown: &Uri) -> Result<TokioIo<TcpStream>> {
        self.tcp.clone().call(target).await.map_err(|error| failed(shown, tls::root_cause(&error)))
    }

    async fn encrypt(&self, tcp: TokioIo<TcpStream>, uri: &Uri) -> Result<Stream> {
        let config = self.tls.get()?;
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(uri, error.to_string()))?;
        let tls = TlsConnector::from(config).connect(name, tcp.into_inner()).await;
        tls.map(Stream::encrypted).map_err(|error| failed(uri, tls::explain(&error)))
    }
}

fn failed(uri: &Uri, why: String) -> Error {
    let host = uri.authority().map_or("the server", |authority| authority.as_str());
    Error::new(ErrorKind::Connect, format!("no connection to {host}: {why}"))
}
