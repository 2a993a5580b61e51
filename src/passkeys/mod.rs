//! Passkeys and security keys (Web Authentication Level 3): who is the relying party, what browsers are asked, and
//! whether an answer is right. What a right one leads to is for [`crate::logins`] and [`crate::accounts`].

pub mod answer;
pub mod challenge;
pub mod registration;

use portico_webauthn::{Named, RelyingParty, RequestOptions, UserVerification};

use crate::app::App;
use crate::error::Error;
use crate::model::AccountId;
use crate::store;
use crate::store::passkeys::Passkey;

use challenge::{LIFETIME, Purpose};

pub use answer::{Checked, Proof, Refusal, check, prove};

/// How long a browser may take, in milliseconds.
pub(crate) const TIMEOUT: u64 = LIFETIME.as_secs() * 1_000 / 2;

/// What a browser is asked before it is known who is there: `PublicKeyCredentialRequestOptionsJSON`, and the id of the
/// relying party, whose pages alone may ask it. `None` where there are no passkeys.
///
/// # Errors
/// When the system gives no random bytes.
pub fn options_for_log_in(app: &App, browser: &str) -> Result<Option<Options>, Error> {
    let Ok(relying_party) = app.relying_party() else { return Ok(None) };
    let challenge = challenge::issue(app, Purpose::LogIn { browser })?;
    let asked = RequestOptions::new(relying_party, &challenge, Vec::new(), UserVerification::Required, TIMEOUT);
    Options::new(relying_party, &asked).map(Some)
}

/// What a browser is asked for a proof by one of an account's passkeys. `None` where there are none.
///
/// # Errors
/// When the database does not answer, or the system gives no random bytes.
pub async fn options_of_account(app: &App, id: AccountId, purpose: Purpose<'_>) -> Result<Option<Options>, Error> {
    if app.relying_party().is_err() {
        return Ok(None);
    }
    let passkeys = store::passkeys::of_account(&mut app.db().read().await?, id).await?;
    options_of(app, &passkeys, purpose)
}

/// What a browser is asked for a proof by one of these passkeys. `None` where none of them is good here.
fn options_of(app: &App, passkeys: &[Passkey], purpose: Purpose<'_>) -> Result<Option<Options>, Error> {
    let Ok(relying_party) = app.relying_party() else { return Ok(None) };
    // One that has never verified its user would be asked for a PIN in vain.
    let alone = purpose.user_verification() == UserVerification::Required;
    let usable = passkeys.iter().filter(|passkey| passkey.verifies_user || !alone);
    let allowed = named(usable, relying_party.id());
    if allowed.is_empty() {
        return Ok(None);
    }
    let challenge = challenge::issue(app, purpose)?;
    let asked = RequestOptions::new(relying_party, &challenge, allowed, purpose.user_verification(), TIMEOUT);
    Options::new(relying_party, &asked).map(Some)
}

/// The passkeys that were made for a domain, as browsers are told of them.
pub(crate) fn named<'p>(passkeys: impl IntoIterator<Item = &'p Passkey>, rp_id: &str) -> Vec<Named> {
    let transports =
        |passkey: &Passkey| passkey.transports.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let here = passkeys.into_iter().filter(|passkey| passkey.rp_id == rp_id);
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
