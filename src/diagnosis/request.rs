//! What a request tells of the way it came: whether links and cookies fit the address that people use.

use std::net::IpAddr;

use crate::app::App;

use super::Finding;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    /// Where the connection came from.
    pub peer: IpAddr,
    /// The host it asked for.
    pub host: String,
    /// `X-Forwarded-Proto`.
    pub scheme: Option<String>,
    /// Whether any `X-Forwarded-…` header was there.
    pub is_forwarded: bool,
}

/// What there is to say of it.
pub(super) fn findings(app: &App, seen: &RequestInfo) -> Vec<Finding> {
    let settings = app.settings();
    let is_trusted = settings.trusted_proxies.iter().any(|network| network.contains(&seen.peer));
    let mut findings = Vec::new();
    if seen.is_forwarded && !is_trusted {
        findings.push(Finding::wrong("proxy", "proxy-untrusted", vec![("peer", seen.peer.to_string())]));
    } else if is_trusted && !seen.is_forwarded {
        findings.push(Finding::wrong("proxy", "proxy-silent", vec![("peer", seen.peer.to_string())]));
    } else if is_trusted {
        findings.push(Finding::well("proxy", "proxy-trusted", vec![("peer", seen.peer.to_string())]));
    }
    let Some(public) = &settings.public_url else { return findings };
    let scheme = seen.scheme.as_deref().filter(|_| is_trusted).unwrap_or("http");
    let port = public.port().map(|port| format!(":{port}")).unwrap_or_default();
    let host = format!("{}{port}", public.host_str().unwrap_or_default());
    let values =
        vec![("seen", format!("{scheme}://{}", seen.host)), ("public", format!("{}://{host}", public.scheme()))];
    let fits = seen.host.eq_ignore_ascii_case(&host) && scheme == public.scheme();
    findings.push(if fits {
        Finding::well("seen", "seen", values)
    } else {
        Finding::wrong("seen", "seen-other", values)
    });
    findings
}
