//! Addresses of the network, as settings say them: of listeners, hosts, networks and web pages.

use std::net::SocketAddr;

use ipnet::IpNet;
use url::Url;

use super::parse::{Parsed, list};

pub(super) fn address(value: &str) -> Parsed<SocketAddr> {
    value.parse().map_err(|_| "an address and port, like 127.0.0.1:8000 or [::]:8000".into())
}

pub(super) fn address_or_off(value: &str) -> Parsed<Option<SocketAddr>> {
    match value {
        "off" => Ok(None),
        value => address(value).map(Some).map_err(|expected| format!("{expected}, or off")),
    }
}

pub(super) fn web_url(value: &str) -> Parsed<Option<Url>> {
    if value.is_empty() {
        return Ok(None);
    }
    match Url::parse(value) {
        // It is public.
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            Err("an address without a user and a password, like https://accounts.example.org".into())
        }
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(Some(url)),
        _ => Err("a full address, like https://accounts.example.org".into()),
    }
}

/// Where people reach Portico, without anything behind the host and port: it serves all paths there are.
pub(super) fn public_url(value: &str) -> Parsed<Option<Url>> {
    match web_url(value)? {
        Some(url) if url.path() != "/" || url.query().is_some() || url.fragment().is_some() => {
            Err("an address without a path, a query or a fragment, like https://accounts.example.org".into())
        }
        url => Ok(url),
    }
}

/// Names of hosts, as they are compared: in lower case, without port and final dot.
pub(super) fn hosts(value: &str) -> Parsed<Vec<String>> {
    let host = |item: &String| {
        let (name, port) = item.split_once(':').unwrap_or((item, "0"));
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        let is_name = !name.is_empty() && name.chars().all(fits) && port.parse::<u16>().is_ok();
        is_name.then_some(name).ok_or_else(|| format!("names of hosts separated by commas, like portico, not {item:?}"))
    };
    list(value)?.iter().map(host).collect()
}

pub(super) fn networks(value: &str) -> Parsed<Vec<IpNet>> {
    let network = |item: &String| {
        item.parse::<IpNet>().or_else(|_| item.parse::<std::net::IpAddr>().map(IpNet::from)).map_err(|_| item.clone())
    };
    list(value)?
        .iter()
        .map(network)
        .collect::<Result<_, _>>()
        .map_err(|item| format!("networks or addresses separated by commas, like 10.0.0.0/8, not {item:?}"))
}

/// Where to report a weakness to: RFC 9116 wants addresses with a scheme.
pub(super) fn contacts(value: &str) -> Parsed<Vec<Url>> {
    let expected = || "addresses separated by commas, like mailto:security@example.org or https://example.org/report";
    let contact = |item: &String| match Url::parse(item) {
        Ok(url) if url.scheme() == "mailto" && url.path().contains('@') => Ok(url),
        Ok(url) if url.scheme() == "https" && url.has_host() => Ok(url),
        Ok(url) if url.scheme() == "tel" && !url.path().is_empty() => Ok(url),
        _ => Err(expected().to_owned()),
    };
    list(value)?.iter().map(contact).collect()
}

/// An address that only counts by https.
pub(super) fn https_url(value: &str) -> Parsed<Option<Url>> {
    match web_url(value)? {
        Some(url) if url.scheme() != "https" => Err("an address that begins with https://".into()),
        url => Ok(url),
    }
}

/// The address of a range API, behind which digits are set: by https, or on this machine.
pub(super) fn range_api(value: &str) -> Parsed<Option<Url>> {
    const EXPECTED: &str =
        "`off`, or an https:// address that ends with a slash, like https://api.pwnedpasswords.com/range/";
    if value == "off" {
        return Ok(None);
    }
    let is_local = |url: &Url| match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match web_url(value) {
        Ok(Some(url)) if url.path().ends_with('/') && (url.scheme() == "https" || is_local(&url)) => Ok(Some(url)),
        _ => Err(EXPECTED.into()),
    }
}
