//! Temporary URLs: a signature instead of a token.

use hmac::{Hmac, KeyInit, Mac};
use http::StatusCode;

use super::Swift;
use super::acl::Caller;
use super::errors::{Fail, Outcome, html};
use crate::reply::{HTML, Reply};
use crate::request::{Request, to_bytes};
use crate::time::unix_now;

pub(super) const METHODS: &[&str] = &["GET", "HEAD", "PUT", "POST", "DELETE"];
const KEYS: [&str; 2] = ["meta-temp-url-key", "meta-temp-url-key-2"];

/// How the answer to a temporary URL is dressed up for browsers.
pub(super) struct Presented {
    reads: bool,
    filename: Option<String>,
    inline: bool,
    object: String,
    expires: u64,
}

impl Swift {
    /// Checks the signature; who the caller is then, and what the answer needs.
    pub(super) fn temporary_url(
        &self,
        request: &Request,
        account: &str,
        container: &str,
        object: &str,
    ) -> Outcome<(Caller, Presented)> {
        let invalid = || {
            let body = if request.method == "HEAD" { "" } else { "401 Unauthorized: Temp URL invalid\n" };
            let reply = Reply::with_body(StatusCode::UNAUTHORIZED, HTML, body);
            Fail::from(reply.with("www-authenticate", "Swift realm=\"unknown\""))
        };
        let signature = request.query.get("temp_url_sig").filter(|signature| !signature.is_empty());
        let expires = request.query.get("temp_url_expires").and_then(parse_expires);
        let (Some(signature), Some(expires)) = (signature, expires) else { return Err(invalid()) };
        let is_object = !object.trim_matches('/').is_empty();
        if expires < unix_now() || !is_object || !METHODS.contains(&request.method.as_str()) {
            return Err(invalid());
        }
        let (digest, signature) = parse_signature(signature).ok_or_else(invalid)?;

        let reader = self.store.reader();
        let (owner, holder) = (reader.account(account)?, reader.container(account, container)?);
        let mut keys = Vec::new();
        for name in KEYS {
            if let Some(key) = owner.as_ref().and_then(|row| row.headers.get(&format!("x-account-{name}"))) {
                keys.push((key.clone(), None));
            }
            if let Some(key) = holder.as_ref().and_then(|row| row.headers.get(&format!("x-container-{name}"))) {
                keys.push((key.clone(), Some(container.to_owned())));
            }
        }
        let path = match request.query.get("temp_url_prefix") {
            None => format!("/v1/{account}/{container}/{object}"),
            Some(prefix) if object.starts_with(prefix) => format!("prefix:/v1/{account}/{container}/{prefix}"),
            Some(_) => return Err(invalid()),
        };
        // Who may read or write may also ask whether it is there.
        let methods: &[&str] = match request.method.as_str() {
            "HEAD" => &["HEAD", "GET", "POST", "PUT"],
            method => &[method],
        };
        let scope = keys
            .iter()
            .find(|(key, _)| {
                methods.iter().any(|method| digest.verifies(&to_bytes(key), &format!("{method}\n{expires}\n{path}"), &signature))
            })
            .map(|(_, scope)| scope.clone())
            .ok_or_else(invalid)?;
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            for header in ["x-object-manifest", "x-symlink-target"] {
                if request.headers.contains_key(header) {
                    return html(400, &format!("The header '{}' is not allowed in this tempurl", titled(header)));
                }
            }
        }
        let presented = Presented {
            reads: matches!(request.method.as_str(), "GET" | "HEAD"),
            filename: request.query.get("filename").filter(|name| !name.is_empty()).map(str::to_owned),
            inline: request.query.has("inline"),
            object: object.to_owned(),
            expires,
        };
        Ok((Caller::TemporaryUrl { account: account.to_owned(), container: scope }, presented))
    }
}

impl Presented {
    pub(super) fn dress(&self, mut reply: Reply) -> Reply {
        let hidden: Vec<_> = reply
            .headers
            .keys()
            .filter(|name| name.as_str().starts_with("x-object-meta-") && !name.as_str().starts_with("x-object-meta-public-"))
            .cloned()
            .collect();
        for name in hidden {
            reply.headers.remove(name);
        }
        if !self.reads || !reply.status.is_success() {
            return reply;
        }
        let disposition = match (self.inline, &self.filename) {
            (true, Some(name)) => Some(format_disposition("inline", name)),
            (true, None) => Some("inline".to_owned()),
            (false, Some(name)) => Some(format_disposition("attachment", name)),
            (false, None) if reply.headers.contains_key("content-disposition") => None,
            (false, None) => {
                let name = self.object.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                Some(format_disposition("attachment", name))
            }
        };
        if let Some(disposition) = disposition {
            reply.header("content-disposition", &disposition);
        }
        let expires = std::time::UNIX_EPOCH + std::time::Duration::from_secs(self.expires.min(253_402_300_799));
        reply.with("expires", &httpdate::fmt_http_date(expires))
    }
}

fn format_disposition(kind: &str, name: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const EXTENDED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b'/');
    const PLAIN: &AsciiSet = &EXTENDED.remove(b' ');
    format!("{kind}; filename=\"{}\"; filename*=UTF-8''{}", utf8_percent_encode(name, PLAIN), utf8_percent_encode(name, EXTENDED))
}

fn titled(header: &str) -> String {
    let words: Vec<String> = header.split('-').map(|word| format!("{}{}", word[..1].to_ascii_uppercase(), &word[1..])).collect();
    words.join("-")
}

/// Seconds since the epoch, or `2026-11-24T02:35:17Z`.
fn parse_expires(text: &str) -> Option<u64> {
    text.parse().ok().or_else(|| {
        let time: jiff::Timestamp = text.strip_suffix('Z').map(|_| text)?.parse().ok()?;
        u64::try_from(time.as_second()).ok()
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DigestKind {
    Sha1,
    Sha256,
    Sha512,
}

impl DigestKind {
    fn verifies(self, key: &[u8], message: &str, signature: &[u8]) -> bool {
        fn verify<M: Mac + KeyInit>(key: &[u8], message: &str, signature: &[u8]) -> bool {
            <M as KeyInit>::new_from_slice(key).is_ok_and(|mut mac| {
                mac.update(message.as_bytes());
                mac.verify_slice(signature).is_ok()
            })
        }
        match self {
            Self::Sha1 => verify::<Hmac<sha1::Sha1>>(key, message, signature),
            Self::Sha256 => verify::<Hmac<sha2::Sha256>>(key, message, signature),
            Self::Sha512 => verify::<Hmac<sha2::Sha512>>(key, message, signature),
        }
    }
}

/// Hexadecimal, told apart by length, or `sha256:` and URL-safe base64.
fn parse_signature(text: &str) -> Option<(DigestKind, Vec<u8>)> {
    if let Some((digest, encoded)) = text.split_once(':') {
        let digest = match digest {
            "sha1" => DigestKind::Sha1,
            "sha256" => DigestKind::Sha256,
            "sha512" => DigestKind::Sha512,
            _ => return None,
        };
        // Clients leave the padding out, and too much of it does no harm.
        let standard = encoded.replace('-', "+").replace('_', "/").replace(' ', "+") + "==";
        return Some((digest, super::manifest::decode_base64(&standard)?));
    }
    let digest = match text.len() {
        40 => DigestKind::Sha1,
        64 => DigestKind::Sha256,
        128 => DigestKind::Sha512,
        _ => return None,
    };
    let bytes = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    });
    Some((digest, bytes.collect::<Option<Vec<u8>>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_told_apart() {
        let kind = |text: &str| parse_signature(text).map(|(kind, bytes)| (kind, bytes.len()));
        assert_eq!(kind(&"a0".repeat(20)), Some((DigestKind::Sha1, 20)));
        assert_eq!(kind(&"a0".repeat(32)), Some((DigestKind::Sha256, 32)));
        assert_eq!(kind(&"a0".repeat(64)), Some((DigestKind::Sha512, 64)));
        assert_eq!(kind("sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAA="), Some((DigestKind::Sha1, 20)));
        assert_eq!(kind("sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAA"), Some((DigestKind::Sha1, 20)));
        assert_eq!(kind("abc"), None);
        assert_eq!(kind(&"zz".repeat(20)), None);
    }

    #[test]
    fn expiry_is_a_number_or_a_date() {
        assert_eq!(parse_expires("1795487717"), Some(1_795_487_717));
        assert_eq!(parse_expires("2026-11-24T02:35:17Z"), Some(1_795_487_717));
        assert_eq!(parse_expires("soon"), None);
    }

    #[test]
    fn file_names_are_quoted_twice() {
        assert_eq!(
            format_disposition("attachment", "a \"b\" é.txt"),
            "attachment; filename=\"a %22b%22 %C3%A9.txt\"; filename*=UTF-8''a%20%22b%22%20%C3%A9.txt"
        );
    }
}
