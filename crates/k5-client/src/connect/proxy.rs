//! One proxy: its URL, and what a refusal means.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::uri::Authority;
use http::{HeaderValue, Uri};
use k5_core::{Error, ErrorKind, Result};
use std::fmt;

/// A proxy, as named by a variable. Its `Debug` shows no password.
pub(crate) struct Proxy {
    /// Where it was set.
    variable: &'static str,
    pub(super) kind: Kind,
    /// Without the brackets of an IPv6 address.
    pub(super) host: String,
    pub(super) port: u16,
    credentials: Option<(String, String)>,
    basic: Option<HeaderValue>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Http,
    /// HTTP to the proxy itself uses TLS.
    Https,
    /// Names are resolved here.
    Socks5,
    /// The proxy resolves names.
    Socks5h,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.credentials.as_ref().map(|(user, _)| user);
        f.debug_struct("Proxy").field("variable", &self.variable).field("url", &self.shown()).field("user", &user).finish()
    }
}

impl Proxy {
    /// Parses a proxy's URL; without a scheme it is `http`.
    ///
    /// # Errors
    /// If it is not a URL, or its kind is not supported. The message names the variable and quotes only the scheme of its value.
    pub(super) fn parse(variable: &'static str, text: &str) -> Result<Self> {
        let bad = |why: &str| Error::new(ErrorKind::Config, format!("{variable} is not a proxy's URL ({why})"));
        let (scheme, rest) = text.trim().split_once("://").unwrap_or(("http", text.trim()));
        let (kind, usual_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (Kind::Http, 80),
            "https" => (Kind::Https, 443),
            "socks5" => (Kind::Socks5, 1080),
            "socks5h" => (Kind::Socks5h, 1080),
            other => {
                let message = format!(
                    "{variable} names a proxy by {other}://, which k5 doesn't speak: http://, https://, socks5:// and socks5h:// work. \
                     Change {variable}, or name the host in NO_PROXY"
                );
                return Err(Error::new(ErrorKind::Config, message));
            }
        };
        // A `/`, `#` or `?` in a password ends the host there: what follows is not a host's path then, and holds an `@`.
        let (place, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if path.contains('@') {
            return Err(bad(ESCAPES));
        }
        let (login, place) = place.rsplit_once('@').map_or((None, place), |(login, place)| (Some(login), place));
        let place = Authority::try_from(place).map_err(|error| bad(&format!("{error}; {ESCAPES}")))?;
        let host = place.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        if host.is_empty() {
            return Err(bad("it has no host"));
        }
        let port = match place.as_str().strip_prefix(place.host()).unwrap_or_default().trim_start_matches(':') {
            "" => usual_port,
            _ => place.port_u16().ok_or_else(|| bad("its port is not a number up to 65535"))?,
        };
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let credentials = login.map(|login| login.split_once(':').unwrap_or((login, "")));
        let credentials = credentials.filter(|(user, password)| !user.is_empty() || !password.is_empty());
        let credentials = credentials.map(|(user, password)| (decode(user), decode(password)));
        let basic = match &credentials {
            Some((user, password)) if kind.is_http() => {
                let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
                    .map_err(|_| bad(ESCAPES))?;
                value.set_sensitive(true);
                Some(value)
            }
            _ => None,
        };
        Ok(Self { variable, kind, host, port, credentials, basic })
    }

    /// Whether it forwards requests for `http://`, which carry their full URL. It opens tunnels for `https://`.
    pub(crate) fn forwards(&self) -> bool {
        self.kind.is_http()
    }

    /// The value of `Proxy-Authorization`.
    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.basic.as_ref()
    }

    /// User and password as is, for SOCKS.
    pub(super) fn credentials(&self) -> Option<(&str, &str)> {
        self.credentials.as_ref().map(|(user, password)| (user.as_str(), password.as_str()))
    }

    /// The variable that names it.
    pub(super) fn variable(&self) -> &'static str {
        self.variable
    }

    /// Its URL without user and password.
    pub(super) fn shown(&self) -> String {
        let scheme = match self.kind {
            Kind::Http => "http",
            Kind::Https => "https",
            Kind::Socks5 => "socks5",
            Kind::Socks5h => "socks5h",
        };
        format!("{scheme}://{}", self.authority())
    }

    /// `host:port`.
    pub(super) fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    /// Its address in the form that hyper's connectors accept.
    pub(super) fn address(&self) -> Result<Uri> {
        let bad = |_| Error::new(ErrorKind::Config, format!("{} is not a proxy's URL (its host)", self.variable));
        Uri::try_from(format!("http://{}", self.authority())).map_err(bad)
    }

    /// The proxy answered with a status of its own, so `target` can't be reached.
    pub(crate) fn refused(&self, target: &str, answer: &Refusal) -> Error {
        let Self { variable, .. } = self;
        let hint = match (answer.status, &self.credentials) {
            // tinyproxy says 401 to a wrong password.
            (401 | 407, Some(_)) => format!("it doesn't accept the user and password in {variable}"),
            (401 | 407, None) => {
                format!("it wants a user and password: {variable}={}", self.shown().replacen("//", "//USER:PASSWORD@", 1))
            }
            (400 | 405 | 501, _) if answer.tunnel => format!("it may open no tunnels, or not be a proxy at all: check {variable}"),
            (500.., _) => {
                "it doesn't reach the server, or has failed itself; check the server's name and port, or name the host in NO_PROXY"
                    .to_owned()
            }
            (429, _) => "the proxy asks to slow down".to_owned(),
            _ => {
                "its rules don't allow this; ask who runs it, or name the host in NO_PROXY if it can be reached directly".to_owned()
            }
        };
        let error = Error::new(
            ErrorKind::Connect,
            format!("no connection to {target}: the proxy {} answered {answer}: {hint}", self.shown()),
        );
        match answer.status {
            408 | 429 | 500.. => error,
            _ => error.permanent(),
        }
    }
}

const ESCAPES: &str = "in a user or password write @ as %40, : as %3A, / as %2F, # as %23, ? as %3F, % as %25";

impl Kind {
    fn is_http(self) -> bool {
        matches!(self, Self::Http | Self::Https)
    }
}

/// An answer from the proxy itself.
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The text of the status line.
    pub(crate) reason: String,
    /// A more precise reason, such as Squid's `ERR_ACCESS_DENIED`.
    pub(crate) detail: Option<String>,
    /// To CONNECT.
    pub(crate) tunnel: bool,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if !self.reason.is_empty() {
            write!(f, " {}", clean(&self.reason))?;
        }
        match &self.detail {
            Some(detail) => write!(f, " ({})", clean(detail)),
            None => Ok(()),
        }
    }
}

/// Untrusted text, made safe for a terminal and shortened.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Proxy> {
        Proxy::parse("HTTPS_PROXY", text)
    }

    #[test]
    fn urls_of_proxies() {
        for (text, shown) in [
            ("proxy", "http://proxy:80"),
            ("proxy:3128", "http://proxy:3128"),
            ("user:pw@proxy:3128", "http://proxy:3128"),
            ("HTTP://Proxy:3128/", "http://proxy:3128"),
            ("https://proxy", "https://proxy:443"),
            ("https://[::1]:3128", "https://[::1]:3128"),
            ("socks5://u:p@proxy", "socks5://proxy:1080"),
            ("socks5h://[fd00::1]", "socks5h://[fd00::1]:1080"),
            ("http://u:p^\"@|{}w@proxy", "http://proxy:80"),
            (" proxy:8080 ", "http://proxy:8080"),
        ] {
            assert_eq!(parse(text).expect("a proxy").shown(), shown);
        }
    }

    #[test]
    fn kinds_that_cannot_be_spoken_are_refused_by_name() {
        for kind in ["socks4", "socks4a", "socks", "ftp", "quic"] {
            let error = parse(&format!("{kind}://user:hunter2@proxy:1")).expect_err("refused");
            let text = format!("{error} {error:?}");
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(text.contains(&format!("{kind}://")) && text.contains("HTTPS_PROXY") && !text.contains("hunter2"), "{text}");
            assert!(!error.is_retryable());
        }
    }

    #[test]
    fn a_password_is_decoded_and_never_shown() {
        let proxy = parse("http://us%40er:hunter2%3a%2F@proxy:1").expect("a proxy");
        assert_eq!(proxy.credentials(), Some(("us@er", "hunter2:/")));
        assert_eq!(proxy.authorization().expect("one").as_bytes(), b"Basic dXNAZXI6aHVudGVyMjov");
        let refusal = Refusal { status: 407, reason: "No\u{1b}[0m".to_owned(), detail: None, tunnel: true };
        let error = proxy.refused("h:443", &refusal);
        let text = format!("{proxy:?} {:?} {error} {error:?}", proxy.authorization());
        assert!(!text.contains("hunter2") && !text.contains("aHVudGVy") && !text.contains('\u{1b}'), "{text}");
        for text in [
            "http://user:hun/ter2@proxy:1",
            "http://user:12/hunter2@proxy",
            "http://user:hunter2#@proxy",
            "user:hunter2@",
            "http://",
            "http://user:hunter2@proxy:port",
            "http://proxy:123456",
            "http://user:hunter2@pr oxy",
        ] {
            let error = parse(text).expect_err("no URL");
            let text = format!("{error} {error:?}");
            assert!(error.kind() == ErrorKind::Config && !text.contains("hun") && !text.contains("12"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_url_is_repeated_in_an_error(secret in "[a-z0-9]{12}", before in "\\PC{0,8}", after in "\\PC{0,8}") {
            let text = format!("http://user:{before}{secret}{after}@proxy");
            let shown = match parse(&text) {
                Ok(proxy) => format!("{proxy:?} {}", proxy.shown()),
                Err(error) => format!("{error} {error:?}"),
            };
            prop_assert!(!shown.contains(&secret), "{}", shown);
        }
    }
}
