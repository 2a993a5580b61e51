//! The other end of a connection: its address, or the client's that a trusted proxy tells, and whether it knows the
//! internal token.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::header::AUTHORIZATION;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

use crate::app::App;

/// The address a connection comes from; the server adds it to each request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The client's address: the last in `X-Forwarded-For` that no trusted proxy has, when the connection itself
/// is a trusted proxy's; else the connection's. What stands further left, the client may have made up.
pub(crate) fn address(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    client_address(peer, headers, trusted)
}

/// The same, of a connection from `peer`.
pub(crate) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    resolve_client(peer, headers, trusted).unwrap_or_else(|unreadable| unreadable.client)
}

/// A place of `X-Forwarded-For` that holds no address.
pub(crate) struct Unreadable {
    /// The last address before it, which counts as the client's.
    client: IpAddr,
    /// What it holds.
    pub(crate) hop: String,
}

/// The client's address, by every place of `X-Forwarded-For` up to it.
///
/// # Errors
/// [`Unreadable`].
pub(crate) fn resolve_client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Result<IpAddr, Unreadable> {
    let mut client = peer.to_canonical();
    if !is_trusted(client, trusted) {
        return Ok(client);
    }
    // By the bytes: a value that is no text as a whole must not take what a proxy added to it along.
    let hops = headers.get_all("x-forwarded-for").iter().rev();
    let hops = hops.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    // An empty place says nothing (RFC 9110 §5.6.1).
    let mut hops = hops.filter(|hop| !hop.is_empty());
    while is_trusted(client, trusted)
        && let Some(hop) = hops.next()
    {
        let address = std::str::from_utf8(hop).ok().and_then(hop_address);
        let unreadable = || Unreadable { client, hop: String::from_utf8_lossy(hop).into_owned() };
        client = address.ok_or_else(unreadable)?.to_canonical();
    }
    Ok(client)
}

/// Whether an address is a trusted proxy's.
pub(crate) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// Whether a trusted proxy says that the client came by https (`X-Forwarded-Proto`). Of several values the last counts,
/// the nearest proxy's: what stands before it, the client may have made up.
pub(crate) fn is_forwarded_https(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> bool {
    let peer = extensions.get::<Peer>().map(|peer| peer.0.ip().to_canonical());
    if !peer.is_some_and(|peer| is_trusted(peer, trusted)) {
        return false;
    }
    let last = headers.get_all("x-forwarded-proto").iter().next_back().map(|value| value.as_bytes());
    let last = last.and_then(|value| value.rsplit(|byte| *byte == b',').next());
    last.is_some_and(|scheme| scheme.trim_ascii().eq_ignore_ascii_case(b"https"))
}

/// The address in one place of `X-Forwarded-For`: some proxies add a port, brackets or a zone to IPv6, or quotes.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let hop = hop.strip_prefix('"').and_then(|hop| hop.strip_suffix('"')).unwrap_or(hop);
    let without_zone = hop.split_once('%').map(|(address, rest)| match rest.split_once(']') {
        Some((_, port)) => format!("{address}]{port}"),
        None => address.to_owned(),
    });
    let hop = without_zone.as_deref().unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || hop.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    hop.parse().ok().or_else(with_port).or_else(in_brackets)
}

/// Whether a request carries the internal token; where none is set, every caller at the internal listener is trusted.
pub(crate) fn knows_internal_token(app: &App, headers: &HeaderMap) -> bool {
    let Some(token) = &app.settings().internal_token else { return true };
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let (Some(given), None) = (given.next(), given.next()) else { return false };
    // The word in any letter case (RFC 9110 §11.1).
    let scheme = given.as_bytes().split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"Bearer "));
    scheme.is_some_and(|(_, given)| token.is(given))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(Peer(SocketAddr::new(peer.parse().unwrap(), 1)));
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(value).unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        address(&extensions, &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_choose_an_address() {
        assert_eq!(seen("203.0.113.9", &["192.0.2.1"], &[]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", &["192.0.2.1"], &["10.0.0.0/8"]), "203.0.113.9");
    }

    #[test]
    fn behind_trusted_proxies_the_nearest_untrusted_address_counts() {
        assert_eq!(seen("10.0.0.1", &["1.1.1.1, 192.0.2.1, 10.0.0.7"], &["10.0.0.0/8"]), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "192.0.2.1"], &["10.0.0.0/8"]), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &["junk"], &["10.0.0.0/8"]), "10.0.0.1");
    }

    #[test]
    fn only_a_trusted_proxy_says_that_a_client_came_by_https() {
        let is_https = |peer: &str, values: &[&str]| {
            let mut extensions = Extensions::new();
            extensions.insert(Peer(SocketAddr::new(peer.parse().unwrap(), 1)));
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-forwarded-proto", HeaderValue::from_str(value).unwrap());
            }
            is_forwarded_https(&extensions, &headers, &["10.0.0.0/8".parse().unwrap()])
        };
        for values in [&["https"][..], &["HTTPS"], &["http, https"], &["http", " https "]] {
            assert!(is_https("10.0.0.1", values), "{values:?}");
            assert!(is_https("::ffff:10.0.0.1", values), "{values:?}");
            assert!(!is_https("203.0.113.9", values), "{values:?}");
        }
        for values in [&[][..], &["http"], &["https, http"], &["https", "http"], &["wss"], &["https,"], &["https://"]] {
            assert!(!is_https("10.0.0.1", values), "{values:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_take_nothing_along_that_a_proxy_added() {
        let mut extensions = Extensions::new();
        extensions.insert(Peer(SocketAddr::from(([10, 0, 0, 1], 1))));
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        for (values, seen) in [
            (&[b"\xff, 203.0.113.9".as_slice()][..], "203.0.113.9"),
            (&[b"6.6.6.6", b"\xff, 203.0.113.9"], "203.0.113.9"),
            (&[b"6.6.6.6", b"\xff"], "10.0.0.1"),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-forwarded-for", HeaderValue::from_bytes(value).unwrap());
            }
            assert_eq!(address(&extensions, &headers, &trusted).to_string(), seen);
        }
    }

    #[test]
    fn an_address_may_have_a_port_brackets_and_quotes() {
        for (hop, address) in [
            ("203.0.113.1:5000", "203.0.113.1"),
            ("[2001:db8::1]:5000", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("\"[2001:db8::1]:5000\"", "2001:db8::1"),
            ("\"203.0.113.1\"", "203.0.113.1"),
            (" [::ffff:203.0.113.1]:80 ", "203.0.113.1"),
            ("203.0.113.1,", "203.0.113.1"),
            (" , 203.0.113.1 , ,", "203.0.113.1"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:80", "fe80::1"),
        ] {
            assert_eq!(seen("10.0.0.1", &[hop], &["10.0.0.0/8"]), address, "{hop}");
            assert_eq!(
                seen("10.0.0.1", &[&format!("198.51.100.1, {hop}, 10.0.0.2:81")], &["10.0.0.0/8"]),
                address,
                "{hop}"
            );
        }
        for junk in [
            "",
            "203.0.113.1:",
            ":5000",
            "[2001:db8::1",
            "[203.0.113.1]",
            "\"",
            "203.0.113.1:99999",
            "unknown",
            "_hidden",
        ] {
            assert_eq!(seen("10.0.0.1", &[junk], &["10.0.0.0/8"]), "10.0.0.1", "{junk}");
        }
    }
}
