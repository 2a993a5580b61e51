//! Settings of passkeys.

use url::{Host, Url};

use super::parse::{Parsed, hosts, list, web_url};

/// The domain that passkeys are made for.
pub(super) fn domain(value: &str) -> Parsed<Option<String>> {
    let expected = "the host of PORTICO_PUBLIC_URL or a domain above it, like example.org";
    match hosts(value)?.as_slice() {
        [] => Ok(None),
        [domain] if matches!(Host::parse(domain), Ok(Host::Domain(_))) => Ok(Some(domain.clone())),
        _ => Err(expected.into()),
    }
}

/// Whether a relying party of this domain may stand at an address (Web Authentication §5.1.2): its own host, or one below
/// it. That it is none under which anybody may have a name, browsers see to.
pub(super) fn covers(domain: &str, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host == domain || (domain.contains('.') && host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
}

/// Other origins whose pages may use the passkeys.
pub(super) fn origins(value: &str) -> Parsed<Vec<String>> {
    let origin = |item: &String| match web_url(item) {
        Ok(Some(url)) if url.scheme() == "https" && url.path() == "/" && url.query().is_none() => {
            Ok(url.origin().ascii_serialization())
        }
        _ => Err(format!("origins separated by commas, like https://app.example.com, not {item:?}")),
    };
    list(value)?.iter().map(origin).collect()
}
