//! A TLS handshake, and what a failure means to the operator.

use super::verify::is_an_authority;
use k5_core::Timestamp;
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, InvalidMessage, PeerMisbehaved};
use rustls_pki_types::{ServerName, UnixTime};
use std::future::{Future, poll_fn};
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// A server that is silent for this long is asked in plain HTTP, in parallel with the handshake, which continues.
const SILENCE: Duration = Duration::from_secs(1);
/// A plain HTTP server that was quick to refuse a handshake answers within this time.
const PLAIN_ANSWER: Duration = Duration::from_secs(1);

/// Why there is no encrypted connection.
pub(super) enum Failure {
    /// The port speaks HTTP without TLS.
    PlainHttp,
    Tls(io::Error),
}

/// Shakes hands over `link`. `another` opens one more to the same port, to ask in plain HTTP: many plain HTTP servers wait for
/// a line end that a TLS client never sends, and both sides would wait until the time limit. A 400 proves
/// nothing (`doubtful_400`) while the server is merely silent, because TLS servers also answer 400, in plain text, to a plain
/// request.
pub(super) async fn shake<S, L>(
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    link: S,
    another: impl Future<Output = Option<L>>,
    host: &str,
    doubtful_400: bool,
) -> Result<TlsStream<S>, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
    L: AsyncRead + AsyncWrite + Unpin,
{
    let mut shaking = pin!(TlsConnector::from(config).connect(name, link));
    let mut asking = pin!(async move { ask_in_plain(another.await?, host).await });
    match tokio::time::timeout(SILENCE, shaking.as_mut()).await {
        Ok(Ok(tls)) => Ok(tls),
        Ok(Err(error)) if is_no_tls(&error) => {
            let answer = tokio::time::timeout(PLAIN_ANSWER, asking).await.unwrap_or(None);
            Err(if answer.is_some() { Failure::PlainHttp } else { Failure::Tls(error) })
        }
        Ok(Err(error)) => Err(Failure::Tls(error)),
        Err(_) => {
            let mut asked = false;
            poll_fn(|cx| {
                if let Poll::Ready(outcome) = shaking.as_mut().poll(cx) {
                    return Poll::Ready(outcome.map_err(Failure::Tls));
                }
                if !asked && let Poll::Ready(answer) = asking.as_mut().poll(cx) {
                    asked = true;
                    if answer.is_some_and(|status| !doubtful_400 || status != 400) {
                        return Poll::Ready(Err(Failure::PlainHttp));
                    }
                }
                Poll::Pending
            })
            .await
        }
    }
}

/// The status of an answer to a request without TLS, if there is one. The request contains no secret and asks for nothing.
async fn ask_in_plain(mut link: impl AsyncRead + AsyncWrite + Unpin, host: &str) -> Option<u16> {
    let request = format!("HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    link.write_all(request.as_bytes()).await.ok()?;
    link.flush().await.ok()?;
    let mut head = [0; 12];
    link.read_exact(&mut head).await.ok()?;
    let (version, status) = head.split_at(9);
    let status = std::str::from_utf8(status).ok()?.parse().ok()?;
    (version.starts_with(b"HTTP/1.") && version[8] == b' ').then_some(status)
}

/// Whether what arrived is not TLS at all.
fn is_no_tls(error: &io::Error) -> bool {
    match of_rustls(error) {
        Some(error) => matches!(error, Error::InvalidMessage(InvalidMessage::InvalidContentType)),
        // A server of plain HTTP may just hang up.
        None => matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset),
    }
}

/// rustls's error, where it is one.
pub(super) fn of_rustls(error: &io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// What is known about the other side, for a fitting hint.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// The name that its certificate must be for.
    pub(super) host: &'a str,
    pub(super) ca_file: Option<&'a Path>,
    /// The client's own certificate.
    pub(super) certificate: Option<&'a Path>,
    /// A proxy: the system is trusted as well as the CA file.
    pub(super) is_proxy: bool,
}

/// One line for the operator, and whether the same will happen next time.
pub(super) fn explain(error: &io::Error, asked: Asked<'_>) -> (String, bool) {
    let Some(error) = of_rustls(error) else {
        let what = match error.kind() {
            io::ErrorKind::UnexpectedEof => "it closed the connection during the TLS handshake".to_owned(),
            _ => format!("the TLS handshake broke off: {}", root_cause(error)),
        };
        return (format!("{what}; {LOOK}"), false);
    };
    let permanent = !matches!(
        error,
        Error::AlertReceived(AlertDescription::InternalError | AlertDescription::CloseNotify | AlertDescription::UserCanceled)
    );
    let text = match error {
        Error::InvalidCertificate(reason) => certificate(reason, is_an_authority(error), asked),
        Error::NoCertificatesPresented => "it presents no certificate".to_owned(),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => "what it answers is not TLS; check scheme and port".to_owned(),
        Error::AlertReceived(alert) => alerted(*alert, asked),
        Error::PeerIncompatible(_) => format!("TLS: {error}; {VERSIONS}"),
        Error::PeerMisbehaved(PeerMisbehaved::AttemptedDowngradeToTls12WhenTls13IsSupported) => format!(
            "TLS: {error}: somebody between forces both sides to an older version than they speak; check whether a proxy or firewall on \
             the way looks into TLS"
        ),
        Error::InvalidMessage(_)
        | Error::PeerMisbehaved(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. } => format!("TLS: {error}: what it answers breaks TLS's rules; {LOOK}"),
        _ => format!("TLS: {error}; {LOOK}"),
    };
    (text, permanent)
}

const LOOK: &str = "check host and port, and whether a proxy or firewall on the way stops TLS";
const VERSIONS: &str = "it must speak TLS 1.2 or 1.3, and who runs it must turn one of them on";

/// The meaning of an alert that ended the handshake or came right after it.
fn alerted(alert: AlertDescription, asked: Asked<'_>) -> String {
    let error = Error::AlertReceived(alert);
    match (alert, asked.certificate) {
        (AlertDescription::ProtocolVersion | AlertDescription::InappropriateFallback, _) => format!("TLS: {error}; {VERSIONS}"),
        (AlertDescription::InsufficientSecurity, _) => {
            format!("TLS: {error}; it must speak a cipher of TLS 1.2 or 1.3 that is still safe")
        }
        (AlertDescription::UnrecognisedName, _) => format!("TLS: {error}; it serves no {}: check the URL", asked.host),
        (AlertDescription::CertificateRequired, None) => {
            format!("TLS: {error}; it wants a client's certificate: name its file in OS_CERT, and its key's in OS_KEY")
        }
        (alert, Some(file)) if is_about_the_client(alert) || alert == AlertDescription::HandshakeFailure => format!(
            "TLS: {error}; it does not take the client's certificate in {} (OS_CERT): check that it has not expired and is by an authority \
             that the server trusts",
            file.display()
        ),
        (alert, None) if is_about_the_client(alert) || alert == AlertDescription::HandshakeFailure => format!(
            "TLS: {error}; it may want a client's certificate (OS_CERT, OS_KEY), or have one itself of a kind that can't be checked, such \
             as P-521"
        ),
        _ => format!("TLS: {error}; {LOOK}"),
    }
}

/// Whether an alert is about the client's certificate, or the lack of one.
fn is_about_the_client(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
    )
}

/// What to say if a server refused the client's certificate after the handshake was over on this side: in TLS 1.3 it checks it only
/// then, before it reads any request.
pub(super) fn late_refusal(mut error: Option<&(dyn std::error::Error + 'static)>, asked: Asked<'_>) -> Option<String> {
    while let Some(current) = error {
        let wrapped = current.downcast_ref::<io::Error>().and_then(of_rustls);
        if let Some(Error::AlertReceived(alert)) = current.downcast_ref().or(wrapped)
            && is_about_the_client(*alert)
        {
            return Some(alerted(*alert, asked));
        }
        error = current.source();
    }
    None
}

fn certificate(reason: &CertificateError, is_an_authority: bool, asked: Asked<'_>) -> String {
    let Asked { host, ca_file, is_proxy, .. } = asked;
    match reason {
        CertificateError::UnknownIssuer => match ca_file {
            Some(file) => format!(
                "its certificate is by none of the authorities in {}{}; if that is meant to be so, add its authority's certificate to that \
                 file (OS_CACERT)",
                file.display(),
                if is_proxy { ", nor by one that this system trusts" } else { ", which are asked in place of the system's" },
            ),
            None => {
                "its certificate is by an authority that this system doesn't trust; if it has an authority of its own, name the \
                     file of that authority's certificate in OS_CACERT"
                    .to_owned()
            }
        },
        CertificateError::BadSignature => format!(
            "its certificate's signature is wrong: it is by an authority that has the name of a trusted one and another key, and if that \
             was made anew its new certificate is needed{}; or its key is too weak, such as RSA of less than 2048 bits",
            ca_file.map(|file| format!(" in {} (OS_CACERT)", file.display())).unwrap_or_default()
        ),
        _ if is_an_authority => match ca_file {
            Some(file) => format!(
                "its certificate is a self-signed one, and not among those in {}; if it is the right one, add it to that file (OS_CACERT)",
                file.display()
            ),
            None => {
                "its certificate is a self-signed one; if it is the right one, save it and name the file in OS_CACERT".to_owned()
            }
        },
        CertificateError::NotValidForName => format!("its certificate is not for the name {host}"),
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => format!(
            "its certificate is for no name (it has no subjectAltName), and so not for {host}: it must be made anew with the name in it"
        ),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<_> = presented.iter().map(|name| plain_name(name)).collect();
            let more = if names.len() > 8 { ", ..." } else { "" };
            let names = names[..names.len().min(8)].join(", ");
            format!("its certificate is for {names}{more}, not for {host}: use one of its names in the URL, or check the URL")
        }
        CertificateError::Expired => format!("its certificate has expired; who runs it must renew it, unless {CLOCK}"),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("its certificate expired on {}; who runs it must renew it, unless {CLOCK}", date(*not_after))
        }
        CertificateError::NotValidYet => format!("its certificate is not valid yet; perhaps {CLOCK}"),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("its certificate is not valid before {}; perhaps {CLOCK}", date(*not_before))
        }
        CertificateError::Other(other) => format!("its certificate can't be accepted: {other}"),
        other => format!("its certificate can't be accepted: {}", Error::InvalidCertificate(other.clone())),
    }
}

const CLOCK: &str = "this machine's clock is wrong";

/// A name as rustls shows it, `DnsName("a.example")` or `IpAddress(10.0.0.1)`, without its kind. It is untrusted.
fn plain_name(shown: &str) -> String {
    let inner = shown.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(shown);
    inner.trim_matches('"').chars().map(|c| if c.is_control() { ' ' } else { c }).take(80).collect()
}

fn date(time: UnixTime) -> String {
    match std::time::UNIX_EPOCH.checked_add(Duration::from_secs(time.as_secs())) {
        Some(time) => Timestamp::from(time).to_string(),
        None => "a day out of reach".to_owned(),
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
