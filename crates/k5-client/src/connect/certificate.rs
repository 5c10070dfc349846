//! What a server's certificate says about itself, for people. Whether it can be trusted is checked elsewhere, before this is read.

use k5_core::Timestamp;
use k5_core::text::steers;

/// What a certificate says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Certificate {
    /// The first moment at which it is valid.
    pub not_before: Timestamp,
    /// The last moment at which it is valid.
    pub not_after: Timestamp,
    /// The name of the authority that issued it, if it has one.
    pub issuer: Option<String>,
}

/// DER tags (X.690).
mod tag {
    pub(super) const SEQUENCE: u8 = 0x30;
    pub(super) const SET: u8 = 0x31;
    pub(super) const OID: u8 = 0x06;
    pub(super) const VERSION: u8 = 0xa0;
    pub(super) const UTC_TIME: u8 = 0x17;
    pub(super) const GENERALIZED_TIME: u8 = 0x18;
    pub(super) const BMP_STRING: u8 = 0x1e;
}

/// `commonName` and `organizationName`, of which the first that is there names an authority.
const NAMES: [[u8; 3]; 2] = [[0x55, 4, 3], [0x55, 4, 10]];

impl Certificate {
    /// Reads an X.509 certificate in DER, without checking anything about it; `None` if it is not one.
    pub fn read(der: &[u8]) -> Option<Self> {
        let mut certificate = Reader(Reader(der).expect(tag::SEQUENCE)?);
        let mut fields = Reader(certificate.expect(tag::SEQUENCE)?);
        let (first, _) = fields.next()?;
        if first == tag::VERSION {
            // The serial number follows a version, and comes first without one.
            fields.next()?;
        }
        fields.expect(tag::SEQUENCE)?;
        let issuer = fields.expect(tag::SEQUENCE)?;
        let mut validity = Reader(fields.expect(tag::SEQUENCE)?);
        Some(Self { not_before: time(validity.next()?)?, not_after: time(validity.next()?)?, issuer: name(issuer) })
    }
}

/// Elements of DER, one after the other.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The next element's tag and contents.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, contents))
    }

    /// The contents of the next element, which must have this tag.
    fn expect(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next().and_then(|(tag, contents)| (tag == wanted).then_some(contents))
    }
}

/// `YYMMDDhhmmssZ` until 2049, `YYYYMMDDhhmmssZ` after that.
fn time((tag, contents): (u8, &[u8])) -> Option<Timestamp> {
    let text = std::str::from_utf8(contents).ok()?;
    let (century, text) = match tag {
        tag::UTC_TIME if text.get(..2)? < "50" => ("20", text),
        tag::UTC_TIME => ("19", text),
        tag::GENERALIZED_TIME => text.split_at_checked(2)?,
        _ => return None,
    };
    let digits = text.strip_suffix('Z').filter(|digits| digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let part = |at: usize| &digits[at..at + 2];
    let [year, month, day, hour, minute, second] = [0, 2, 4, 6, 8, 10].map(part);
    format!("{century}{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().ok()
}

/// A name's `commonName`, or else its organization.
fn name(contents: &[u8]) -> Option<String> {
    NAMES.iter().find_map(|wanted| {
        let mut parts = Reader(contents);
        while let Some(part) = parts.expect(tag::SET) {
            let mut attribute = Reader(Reader(part).expect(tag::SEQUENCE)?);
            let kind = attribute.expect(tag::OID)?;
            let (tag, text) = attribute.next()?;
            if kind == wanted {
                let text = match tag {
                    tag::BMP_STRING => String::from_utf16_lossy(
                        &text.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect::<Vec<_>>(),
                    ),
                    _ => String::from_utf8_lossy(text).into_owned(),
                };
                return Some(text.chars().map(|c| if steers(c) { ' ' } else { c }).take(80).collect());
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use proptest::prelude::*;

    /// By `openssl req -x509 -newkey ed25519 -subj '/O=Example/CN=Test authority' -days 9000 -outform der`.
    const SAMPLE: &str = concat!(
        "MIIBbTCCAR+gAwIBAgIUdoL8vs2UN6B/9S688RxAWz5TYoMwBQYDK2VwMCsxEDAOBgNVBAoMB0V4YW1wbGUxFzAVBgNVBAMMDlRlc3QgYXV0aG",
        "9yaXR5MCAXDTI2MTEzMDAwMjgzNVoYDzIwNTEwNzIyMDAyODM1WjArMRAwDgYDVQQKDAdFeGFtcGxlMRcwFQYDVQQDDA5UZXN0IGF1dGhvcml0",
        "eTAqMAUGAytlcAMhACaklmYrh4q2OX+WL0XA6tKMyPTEN+0njjK+2EXaWOG0o1MwUTAdBgNVHQ4EFgQU3a16bFNpsQesi89KitjztC2+ZJ4wHw",
        "YDVR0jBBgwFoAU3a16bFNpsQesi89KitjztC2+ZJ4wDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXADQQBrjbr08LltyN4eqjqaeT8utr4R58NatewY",
        "6kNYXVhKnnI1a2auyufb0U5CxVecyL5c9SarXwU9X6Ik5mK1V7wH"
    );

    #[test]
    fn dates_and_authority() {
        let der = base64::engine::general_purpose::STANDARD.decode(SAMPLE).expect("base64");
        let read = Certificate::read(&der).expect("a certificate");
        assert_eq!(read.not_before.to_string(), "2026-11-30T00:28:35Z");
        assert_eq!(read.not_after.to_string(), "2051-07-22T00:28:35Z");
        assert_eq!(read.issuer.as_deref(), Some("Test authority"));
        for end in 0..der.len() {
            // A certificate that is cut off has nothing to say.
            assert_eq!(Certificate::read(&der[..end]), None);
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in 0usize..400, byte: u8) {
            let _ = Certificate::read(&bytes);
            let mut der = base64::engine::general_purpose::STANDARD.decode(SAMPLE).expect("base64");
            let at = at % der.len();
            der[at] = byte;
            let _ = Certificate::read(&der);
        }
    }
}
