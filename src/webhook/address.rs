//! Which addresses events may be sent to: public ones, so that a webhook cannot be used to reach services of the own
//! network (SSRF).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Why an address must not be sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockedAddress {
    /// Not `https`, or with a user or password in it.
    #[error("webhooks are https:// addresses without user or password")]
    NotHttps,
    /// Inside, and not allowed.
    #[error("the address is a private one, and PORTICO_WEBHOOK_NETWORKS does not allow it")]
    Private,
}

/// Looks at an address as far as that goes without resolving its name.
///
/// # Errors
/// See [`BlockedAddress`].
pub fn check(url: &Url, allowed: &[IpNet]) -> Result<(), BlockedAddress> {
    if url.scheme() != "https" || !url.username().is_empty() || url.password().is_some() {
        return Err(BlockedAddress::NotHttps);
    }
    let address = match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
        Some(Host::Domain(_)) => return Ok(()),
        None => return Err(BlockedAddress::NotHttps),
    };
    if is_fit(address, allowed) { Ok(()) } else { Err(BlockedAddress::Private) }
}

/// Resolves names, and leaves out what must not be sent to: the connection goes to an address that was looked at,
/// whatever the name resolves to the next time.
pub(super) struct Resolver {
    allowed: Vec<IpNet>,
}

impl Resolver {
    pub(super) fn new(allowed: &[IpNet]) -> Resolver {
        Resolver { allowed: allowed.to_vec() }
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let fit: Vec<SocketAddr> = found.filter(|address| is_fit(address.ip(), &allowed)).collect();
            if fit.is_empty() { Err(BlockedAddress::Private.into()) } else { Ok(Box::new(fit.into_iter()) as Addrs) }
        })
    }
}

fn is_fit(address: IpAddr, allowed: &[IpNet]) -> bool {
    let address = address.to_canonical();
    allowed.iter().any(|network| network.contains(&address)) || is_public(address)
}

/// Whether an address is of the internet, and of no private network.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// The IANA registry of special-purpose IPv4 addresses, turned round.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 224)
}

/// Global unicast (2000::/3) without embedded and unassigned ranges.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    (0x2000..0x4000).contains(&a)
        // Protocol assignments, Teredo among them; 6to4; documentation, twice.
        && !(a == 0x2001 && b < 0x200)
        && a != 0x2002
        && !(a == 0x2001 && b == 0xdb8)
        && !(a == 0x3fff && b < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(address: &str) -> bool {
        is_fit(address.parse().unwrap(), &["10.1.0.0/16".parse().unwrap()])
    }

    #[test]
    fn only_public_addresses_and_allowed_ones_are_sent_to() {
        for public in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "192.88.98.1", "::ffff:1.1.1.1", "10.1.2.3"] {
            assert!(fit(public), "{public}");
        }
        for inside in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.0.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!fit(inside), "{inside}");
        }
    }

    #[test]
    fn an_address_without_a_name_is_looked_at_as_it_stands() {
        let checked = |url: &str| check(&url.parse().unwrap(), &[]);
        assert_eq!(checked("https://hooks.example.org/portico"), Ok(()));
        assert_eq!(checked("https://1.1.1.1/"), Ok(()));
        for inside in ["https://127.0.0.1/", "https://[::1]:8443/", "https://2130706433/", "https://0x7f.1/"] {
            assert_eq!(checked(inside), Err(BlockedAddress::Private), "{inside}");
        }
        for other in ["http://hooks.example.org/", "https://user@hooks.example.org/", "ftp://example.org/"] {
            assert_eq!(checked(other), Err(BlockedAddress::NotHttps), "{other}");
        }
    }
}
