//! What goes wrong with a proxy, said with the proxy's name.

use hyper_util::client::proxy::matcher::Intercept;

/// One line that names the proxy; its password is never part of it.
pub(super) fn explain(proxy: &Intercept, error: &dyn std::error::Error) -> String {
    let uri = proxy.uri();
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    format!("by the proxy {}://{host}{port}: {}", uri.scheme_str().unwrap_or("http"), super::tls::root_cause(error))
}
