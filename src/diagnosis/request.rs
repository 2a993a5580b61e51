//! What a request tells of the way it came: whether links and cookies fit the address that people use.

use std::net::IpAddr;
use std::sync::Once;

use url::{Host, Origin, Url};

use crate::app::App;
use crate::model::Language;

use super::Finding;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    /// Where the connection came from.
    pub peer: IpAddr,
    /// Whether that is a trusted proxy.
    pub is_trusted: bool,
    /// The host it asked for.
    pub host: String,
    /// The host that a proxy says it asked for.
    pub forwarded_host: Option<String>,
    /// Whether a trusted proxy says that it came by https.
    pub is_https: bool,
    /// Whether any `X-Forwarded-…` header was there.
    pub is_forwarded: bool,
    /// What stands in `X-Forwarded-For` in place of an address.
    pub unreadable: Option<String>,
}

/// What there is to say of it.
pub(super) fn findings(app: &App, seen: &RequestInfo) -> Vec<Finding> {
    let peer = || vec![("peer", seen.peer.to_string())];
    let proxy = match (seen.is_forwarded, seen.is_trusted, &seen.unreadable) {
        (true, true, Some(hop)) => {
            let hop = hop.chars().take(60).collect();
            Some(Finding::wrong("proxy", "proxy-unreadable", vec![("hop", hop)]))
        }
        (true, false, _) => Some(Finding::wrong("proxy", "proxy-untrusted", peer())),
        (false, true, _) => Some(Finding::wrong("proxy", "proxy-silent", peer())),
        (true, true, None) => Some(Finding::well("proxy", "proxy-trusted", peer())),
        (false, false, _) => None,
    };
    proxy.into_iter().chain(origin(app, seen)).collect()
}

/// Logs, once, that links are made for another address than the one an admin comes by. Of strangers' requests nothing is
/// said: they ask for whatever host they like.
pub fn tell(app: &App, seen: &RequestInfo) {
    static TOLD: Once = Once::new();
    if TOLD.is_completed() {
        return;
    }
    if let Some(finding) = origin(app, seen).filter(|finding| !finding.ok) {
        let words = Language::English.words();
        let fix = finding.fix(words).unwrap_or_default();
        TOLD.call_once(|| tracing::warn!("of an admin's request: {}; {fix}", finding.state(words)));
    }
}

/// Whether the origin that was asked for is the one that links and cookies are made for; nothing where none is set and
/// it is the listener's.
fn origin(app: &App, seen: &RequestInfo) -> Option<Finding> {
    let scheme = if seen.is_https { "https" } else { "http" };
    let told = seen.forwarded_host.as_deref().filter(|_| seen.is_trusted);
    let asked = Url::parse(&format!("{scheme}://{}", told.unwrap_or(&seen.host))).ok()?;
    let (asked, public) = (asked.origin(), app.public_url());
    let is_set = app.settings().public_url.is_some();
    let values = vec![("seen", asked.ascii_serialization()), ("public", public.origin().ascii_serialization())];
    if asked == public.origin() {
        return is_set.then(|| Finding::well("seen", "seen", values));
    }
    if is_set {
        return Some(Finding::wrong("seen", "seen-other", values));
    }
    // By another name of this machine for itself.
    let is_here = match &asked {
        Origin::Tuple(scheme, host, port) => {
            scheme == "http" && is_loopback(host) && Some(*port) == public.port_or_known_default()
        }
        Origin::Opaque(_) => false,
    };
    (!is_here).then(|| Finding::wrong("seen", "seen-unset", values))
}

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}
