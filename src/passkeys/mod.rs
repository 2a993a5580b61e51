//! Passkeys and security keys (Web Authentication Level 3): who is the relying party, what browsers are asked, and
//! whether an answer is right. What a right one leads to is for [`crate::logins`] and [`crate::accounts`].

pub mod answer;
pub mod challenge;
pub mod registration;

use portico_webauthn::{Named, RelyingParty, RequestOptions, UserVerification};
use url::{Host, Url};

use crate::app::App;
use crate::error::Error;
use crate::model::AccountId;
use crate::store;
use crate::store::passkeys::Passkey;

use challenge::{LIFETIME, Purpose};

pub use answer::{Proof, Refusal, prove};

/// How long a browser may take, in milliseconds.
pub(crate) const TIMEOUT: u64 = LIFETIME.as_secs() * 1_000 / 2;

/// Why there are no passkeys here: browsers make none for such an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// It has no name, but an IP address.
    Address,
    /// It is reached by plain http.
    Insecure,
}

/// The relying party at the address that people reach Portico at.
///
/// # Errors
/// Why there is none.
pub fn relying_party(app: &App) -> Result<RelyingParty, Unavailable> {
    let settings = app.settings();
    relying_party_at(app.public_url(), settings.passkey_domain.as_deref(), &settings.passkey_origins)
}

/// The relying party at an address, of a domain that may be another than its host, and with other origins. This machine itself
/// is `localhost`, by whatever address it listens.
///
/// # Errors
/// Why there is none.
pub fn relying_party_at(url: &Url, domain: Option<&str>, origins: &[String]) -> Result<RelyingParty, Unavailable> {
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
    let own = format!("{}://{host}{port}", url.scheme());
    Ok(RelyingParty::new(domain.unwrap_or(host), std::iter::once(own).chain(origins.iter().cloned())))
}

/// What a browser is asked before it is known who is there: `PublicKeyCredentialRequestOptionsJSON`, and the id of the
/// relying party, whose pages alone may ask it. `None` where there are no passkeys.
///
/// # Errors
/// When the system gives no random bytes.
pub fn options_for_log_in(app: &App, browser: &str) -> Result<Option<Options>, Error> {
    let Ok(relying_party) = relying_party(app) else { return Ok(None) };
    let challenge = challenge::issue(app, Purpose::LogIn { browser })?;
    let asked = RequestOptions::new(&relying_party, &challenge, Vec::new(), UserVerification::Required, TIMEOUT);
    Options::new(&relying_party, &asked).map(Some)
}

/// What a browser is asked for a proof by one of an account's passkeys. `None` where there are none.
///
/// # Errors
/// When the database does not answer, or the system gives no random bytes.
pub async fn options_of_account(app: &App, id: AccountId, purpose: Purpose<'_>) -> Result<Option<Options>, Error> {
    if relying_party(app).is_err() {
        return Ok(None);
    }
    let passkeys = store::passkeys::of_account(&mut app.db().read().await?, id).await?;
    options_of(app, &passkeys, purpose)
}

/// What a browser is asked for a proof by one of these passkeys. `None` where none of them is good here.
fn options_of(app: &App, passkeys: &[Passkey], purpose: Purpose<'_>) -> Result<Option<Options>, Error> {
    let Ok(relying_party) = relying_party(app) else { return Ok(None) };
    let allowed = named(passkeys, relying_party.id());
    if allowed.is_empty() {
        return Ok(None);
    }
    let challenge = challenge::issue(app, purpose)?;
    let asked = RequestOptions::new(&relying_party, &challenge, allowed, purpose.user_verification(), TIMEOUT);
    Options::new(&relying_party, &asked).map(Some)
}

/// The passkeys that were made for a domain, as browsers are told of them.
pub(crate) fn named(passkeys: &[Passkey], rp_id: &str) -> Vec<Named> {
    let transports =
        |passkey: &Passkey| passkey.transports.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let here = passkeys.iter().filter(|passkey| passkey.rp_id == rp_id);
    here.map(|passkey| Named::new(passkey.id.clone(), transports(passkey))).collect()
}

/// What a browser is asked.
#[derive(Clone, Debug)]
pub struct Options {
    /// As JSON, for `PublicKeyCredential.parse…OptionsFromJSON`.
    pub json: String,
    /// The domain whose pages may ask it.
    pub rp_id: String,
}

impl Options {
    pub(crate) fn new(relying_party: &RelyingParty, asked: &impl serde::Serialize) -> Result<Options, Error> {
        let json = serde_json::to_string(asked).map_err(anyhow::Error::new)?;
        Ok(Options { json, rp_id: relying_party.id().to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Result<(String, Vec<String>), Unavailable> {
        let party = relying_party_at(&url.parse().unwrap(), None, &[])?;
        Ok((party.id().to_owned(), party.origins().to_vec()))
    }

    #[test]
    fn a_relying_party_has_a_name_and_is_reached_safely() {
        let found = |id: &str, origin: &str| Ok((id.to_owned(), vec![origin.to_owned()]));
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
