//! `NO_PROXY`: what is reached without a proxy.

use std::net::IpAddr;

/// Hosts that are reached directly. Entries are separated by commas or spaces:
///
/// - `*`, alone or among others: everything;
/// - `example.com`, `.example.com`, `*.example.com`: the domain and all below it;
/// - `10.0.0.7`, `::1`, `[::1]`: an address;
/// - `10.0.0.0/8`, `fd00::/8`: a network;
/// - each with `:port` (an IPv6 address must then be in brackets): only that port.
///
/// Names aren't resolved: an address matches only a host that is written as an address.
#[derive(Debug, Default)]
pub(super) struct NoProxy(Vec<Entry>);

#[derive(Debug, PartialEq)]
struct Entry {
    what: What,
    port: Option<u16>,
}

#[derive(Debug, PartialEq)]
enum What {
    All,
    Domain(String),
    /// The addresses that share the first bits.
    Network(IpAddr, u8),
}

impl NoProxy {
    pub(super) fn parse(text: &str) -> Self {
        let parts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
        Self(
            parts
                .filter_map(|part| {
                    let entry = Entry::parse(part);
                    if entry.is_none() {
                        tracing::warn!("NO_PROXY: {part:?} is neither a host nor an address nor a network, and has no effect");
                    }
                    entry
                })
                .collect(),
        )
    }

    /// Whether this host, an IPv6 address with or without brackets, is reached directly.
    pub(super) fn contains(&self, host: &str, port: u16) -> bool {
        let host = bare(host);
        let address = host.parse::<IpAddr>().ok().map(|address| address.to_canonical());
        self.0.iter().any(|entry| {
            entry.port.is_none_or(|only| only == port)
                && match (&entry.what, address) {
                    (What::All, _) => true,
                    (What::Network(network, bits), Some(address)) => same_bits(*network, address, *bits),
                    (What::Domain(domain), None) => is_within(host, domain),
                    _ => false,
                }
        })
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        if let Some(network) = network(text) {
            return Some(Self { what: network, port: None });
        }
        // A colon is one of a port unless it is one of many.
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (text, None),
        };
        let what = match network(host) {
            Some(network) => network,
            None if host == "*" => What::All,
            None => {
                let domain = host.trim_start_matches("*.").trim_matches('.').to_ascii_lowercase();
                if domain.is_empty() || domain.contains(['*', '/', '[', ']', ':', '@']) {
                    return None;
                }
                What::Domain(domain)
            }
        };
        Some(Self { what, port })
    }
}

/// An address or a network.
fn network(text: &str) -> Option<What> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let address = bare(address).parse::<IpAddr>().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(width);
    (bits <= width).then_some(What::Network(address, bits))
}

/// The host without the brackets of an IPv6 address and the dot that ends a full name.
fn bare(host: &str) -> &str {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner,
        None => host.strip_suffix('.').unwrap_or(host),
    }
}

fn is_within(host: &str, domain: &str) -> bool {
    let Some(start) = host.len().checked_sub(domain.len()) else { return false };
    let (host, domain) = (host.as_bytes(), domain.as_bytes());
    host[start..].eq_ignore_ascii_case(domain) && (start == 0 || host[start - 1] == b'.')
}

fn same_bits(left: IpAddr, right: IpAddr, bits: u8) -> bool {
    let (left, right, width) = match (left, right) {
        (IpAddr::V4(left), IpAddr::V4(right)) => (u128::from(left.to_bits()), u128::from(right.to_bits()), 32),
        (IpAddr::V6(left), IpAddr::V6(right)) => (left.to_bits(), right.to_bits(), 128),
        _ => return false,
    };
    (left ^ right).checked_shr(width - u32::from(bits)).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_goes_around_the_proxy() {
        for (text, around, by_proxy) in [
            ("*", &["a.example:80", "10.0.0.1:80", "[::1]:80"] as &[_], &[] as &[&str]),
            ("x.example,*", &["10.0.0.1:80"], &[]),
            (
                "example.com",
                &["example.com:443", "EXAMPLE.com.:443", "a.b.Example.Com:80"],
                &["notexample.com:80", "example.org:80"],
            ),
            (".example.com", &["example.com:443", "a.example.com:443"], &["notexample.com:443"]),
            ("*.example.com.", &["example.com:443", "a.example.com:443"], &["notexample.com:443"]),
            ("a.example:8080", &["a.example:8080", "b.a.example:8080"], &["a.example:443"]),
            ("10.1.2.3:5000", &["10.1.2.3:5000"], &["10.1.2.3:80", "10.1.2.4:5000"]),
            ("*:5000", &["a.example:5000", "10.1.2.3:5000"], &["a.example:80"]),
            ("10.1.2.3", &["10.1.2.3:80"], &["110.1.2.3:80", "10.1.2.30:80"]),
            ("2.3", &[], &["10.1.2.3:80"]),
            ("10.0.0.0/8 192.168.0.0/16", &["10.9.9.9:80", "192.168.3.4:80"], &["11.0.0.1:80", "192.169.0.1:80", "host:80"]),
            ("0.0.0.0/0", &["1.2.3.4:80"], &["[::1]:80", "a.example:80"]),
            ("[::1]", &["[::1]:80", "::1:80"], &["[::2]:80"]),
            ("::1", &["[::1]:80"], &["[::11]:80"]),
            ("[::1]:5000", &["[::1]:5000"], &["[::1]:80"]),
            ("fd00::/8", &["[fd12::1]:80"], &["[fe80::1]:80"]),
            ("[fd00::]/8", &["[fd12::1]:80"], &["[fe80::1]:80"]),
            (" , ,\ta.example ,\n, b.example,", &["a.example:80", "b.example:80"], &["c.example:80", "10.0.0.1:80"]),
            ("", &[], &["a.example:80", "10.0.0.1:80"]),
            ("10.0.0.0/33,a.example:port,.,[", &[], &["10.0.0.0:80", "a.example:80"]),
        ] {
            let no_proxy = NoProxy::parse(text);
            let direct = |target: &str| {
                let (host, port) = target.rsplit_once(':').expect("host:port");
                no_proxy.contains(host, port.parse().expect("a port"))
            };
            for target in around {
                assert!(direct(target), "{text:?} goes around for {target}");
            }
            for target in by_proxy {
                assert!(!direct(target), "{text:?} says nothing of {target}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC{0,40}", host in "\\PC{0,20}", port: u16) {
            NoProxy::parse(&text).contains(&host, port);
        }

        #[test]
        fn a_network_has_its_addresses(address: u32, bits in 0_u8..=32, other: u32) {
            let [network, other] = [address, other].map(std::net::Ipv4Addr::from_bits);
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            let expected = network.to_bits() & mask == other.to_bits() & mask;
            let direct = NoProxy::parse(&format!("{network}/{bits}")).contains(&other.to_string(), 80);
            prop_assert_eq!(direct, expected);
        }
    }
}
