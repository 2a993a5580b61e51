//! Settings of passkeys.

use portico_webauthn::RelyingParty;
use url::{Host, Url};

use super::Settings;
use super::addresses::{hosts, web_url};
use super::parse::{Parsed, list};

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
/// it. That it is no public suffix, browsers see to.
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

/// Why there are no passkeys here: browsers make none for such an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// It has no name, but an IP address.
    Address,
    /// It is reached by plain http.
    Insecure,
}

impl Settings {
    /// The relying party at the address that people reach Portico at, of the domain and with the other origins that the
    /// settings name. This machine itself is `localhost`, by whatever address it listens.
    ///
    /// # Errors
    /// Why there is none.
    pub fn relying_party(&self, public_url: &Url) -> Result<RelyingParty, Unavailable> {
        let (host, own) = host_and_origin(public_url)?;
        let origins = std::iter::once(own).chain(self.passkey_origins.iter().cloned());
        Ok(RelyingParty::new(self.passkey_domain.as_deref().unwrap_or(&host), origins))
    }
}

fn host_and_origin(url: &Url) -> Result<(String, String), Unavailable> {
    let is_https = url.scheme() == "https";
    let host = match url.host() {
        Some(Host::Domain(host)) => host,
        Some(Host::Ipv4(address)) if !is_https && address.is_loopback() => "localhost",
        Some(Host::Ipv6(address)) if !is_https && address.is_loopback() => "localhost",
        _ => return Err(Unavailable::Address),
    };
    if !is_https && host != "localhost" && !host.ends_with(".localhost") {
        return Err(Unavailable::Insecure);
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Ok((host.to_owned(), format!("{}://{host}{port}", url.scheme())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relying_party_has_a_name_and_is_reached_safely() {
        let at = |url: &str| host_and_origin(&url.parse().unwrap());
        let found = |id: &str, origin: &str| Ok((id.to_owned(), origin.to_owned()));
        assert_eq!(at("https://accounts.example.org"), found("accounts.example.org", "https://accounts.example.org"));
        assert_eq!(at("https://example.org:8443/"), found("example.org", "https://example.org:8443"));
        assert_eq!(at("http://localhost:8000"), found("localhost", "http://localhost:8000"));
        assert_eq!(at("http://127.0.0.1:8000"), found("localhost", "http://localhost:8000"));
        assert_eq!(at("http://[::1]:8000"), found("localhost", "http://localhost:8000"));
        assert_eq!(at("http://example.org"), Err(Unavailable::Insecure));
        assert_eq!(at("https://192.0.2.1"), Err(Unavailable::Address));
        assert_eq!(at("http://192.0.2.1"), Err(Unavailable::Address));
    }
}
