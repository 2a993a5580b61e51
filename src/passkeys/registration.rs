//! New passkeys: whether what a browser has made is right, and those that are made at a sign-up, before there is an
//! account.

use portico_webauthn::{
    Authentication, CreationOptions, Credential, Kind, Known, Named, Registration, User, UserPresence,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::model::AccountId;
use crate::store::passkeys::Passkey;

use super::answer::Refusal;
use super::challenge::{self, Given, Purpose};
use super::{Options, TIMEOUT, options_of};

/// A new credential, which was made for a domain.
pub(crate) struct Made {
    /// The domain.
    pub(crate) rp_id: String,
    /// The challenge that it answers.
    pub(crate) given: Given,
    /// What is to be kept of it.
    pub(crate) credential: Credential,
}

/// Verifies what a browser has made, as the text of `PublicKeyCredential.toJSON()`. That no account has it yet is for the
/// caller to see to, and that its challenge is answered once.
///
/// # Errors
/// Why it is not taken.
pub(crate) fn verify(app: &App, purpose: Purpose<'_>, kind: Kind, json: &str) -> Result<Made, Refusal> {
    let relying_party = app.relying_party().map_err(|_| Refusal::Unavailable)?;
    let registration = Registration::from_json(json).map_err(|_| Refusal::Refused)?;
    let given = challenge::check(app, purpose, registration.challenge())?;
    // The challenge is looked at above: what counts is that it is the one that was answered.
    let made = registration.verify(relying_party, UserPresence::Required, kind.user_verification(), |_| true);
    let credential = made.map_err(|error| {
        tracing::debug!(%error, "a new passkey was refused");
        Refusal::Refused
    })?;
    Ok(Made { rp_id: relying_party.id().to_owned(), given, credential })
}

impl Made {
    /// As a passkey of an account.
    pub(crate) fn of(self, account_id: AccountId, name: String, now: OffsetDateTime) -> Passkey {
        let made = self.credential;
        Passkey {
            id: made.id,
            account_id,
            rp_id: self.rp_id,
            name,
            public_key: made.public_key,
            counter: made.counter.into(),
            discoverable: made.discoverable,
            verifies_user: made.user_verified,
            backup_eligible: made.backup_eligible,
            backed_up: made.backed_up,
            transports: made.transports.join(","),
            aaguid: Uuid::from_bytes(made.aaguid),
            unconfirmed: false,
            created_at: now,
            used_at: None,
        }
    }
}

/// A passkey that was made at a sign-up, and is no account's before there is one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewPasskey {
    /// What its authenticator will know the account by.
    pub(crate) handle: Vec<u8>,
    /// What it is called.
    name: String,
    rp_id: String,
    id: Vec<u8>,
    public_key: Vec<u8>,
    counter: i64,
    discoverable: Option<bool>,
    backup_eligible: bool,
    backed_up: bool,
    transports: String,
    aaguid: Uuid,
}

impl NewPasskey {
    /// As it is kept with a sign-up that waits.
    ///
    /// # Errors
    /// None that is known: it holds texts and numbers alone.
    pub(crate) fn to_json(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|error| Error::Internal(error.into()))
    }

    /// As it was kept.
    ///
    /// # Errors
    /// When it was kept by another version in another way.
    pub(crate) fn from_json(json: &str) -> Result<NewPasskey, Error> {
        serde_json::from_str(json).map_err(|error| Error::Internal(error.into()))
    }

    /// As a passkey of an account, whose address may wait to be confirmed. It has verified its user as it was made.
    pub(crate) fn of(&self, account_id: AccountId, unconfirmed: bool, now: OffsetDateTime) -> Passkey {
        Passkey {
            id: self.id.clone(),
            account_id,
            rp_id: self.rp_id.clone(),
            name: self.name.clone(),
            public_key: self.public_key.clone(),
            counter: self.counter,
            discoverable: self.discoverable,
            verifies_user: true,
            backup_eligible: self.backup_eligible,
            backed_up: self.backed_up,
            transports: self.transports.clone(),
            aaguid: self.aaguid,
            unconfirmed,
            created_at: now,
            used_at: None,
        }
    }
}

impl NewPasskey {
    /// What it is asked for a proof.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub(crate) fn options(&self, app: &App, purpose: Purpose<'_>) -> Result<Option<Options>, Error> {
        options_of(app, &[self.of(AccountId(Uuid::nil()), true, app.now())], purpose)
    }

    /// Takes its answer, as the text of `PublicKeyCredential.toJSON()`. Gives it as it is after that use. Nothing is written:
    /// what the proof opens can be opened once.
    ///
    /// # Errors
    /// Why the answer is not taken.
    pub(crate) fn prove(&self, app: &App, purpose: Purpose<'_>, json: &str) -> Result<NewPasskey, Refusal> {
        let relying_party = app.relying_party().map_err(|_| Refusal::Unavailable)?;
        let answer = Authentication::from_json(json).map_err(|_| Refusal::Refused)?;
        challenge::check(app, purpose, answer.challenge())?;
        let known = Known {
            id: &self.id,
            public_key: &self.public_key,
            counter: u32::try_from(self.counter).unwrap_or(u32::MAX),
            backup_eligible: self.backup_eligible,
            user_handle: &self.handle,
            names_user: false,
        };
        let right = answer.verify(relying_party, known, purpose.user_verification(), |_| true).map_err(|error| {
            tracing::debug!(%error, "the answer of a passkey was refused");
            Refusal::Refused
        })?;
        Ok(NewPasskey { counter: right.counter.into(), backed_up: right.backed_up, ..self.clone() })
    }
}

/// What authenticators know an account by that is to be opened, told from the challenge: nothing is kept until it is
/// answered, and each challenge opens one account.
fn handle(app: &App, nonce: &[u8]) -> Vec<u8> {
    app.sign("passkey sign-up", nonce).to_vec()
}

/// What a browser is asked that signs up as `name`: `PublicKeyCredentialCreationOptionsJSON`. `None` where there are no
/// passkeys.
///
/// # Errors
/// When the system gives no random bytes.
pub fn options_for_sign_up(app: &App, browser: &str, name: &str) -> Result<Option<Options>, Error> {
    let Ok(relying_party) = app.relying_party() else { return Ok(None) };
    let challenge = challenge::issue(app, Purpose::SignUp { browser })?;
    let handle = handle(app, challenge::nonce(&challenge));
    let user = User { handle: &handle, name, display_name: name };
    let brand = &app.settings().brand_name;
    let existing: Vec<Named> = Vec::new();
    let asked = CreationOptions::new(relying_party, brand, user, &challenge, Kind::Passkey, existing, TIMEOUT);
    Options::new(relying_party, &asked).map(Some)
}

/// What the browser with this cookie has made at a sign-up, as the text of `PublicKeyCredential.toJSON()`; it will be called
/// `name`.
///
/// # Errors
/// Why it is not taken.
pub fn at_sign_up(app: &App, browser: &str, json: &str, name: String) -> Result<NewPasskey, Refusal> {
    let Made { rp_id, given, credential } = verify(app, Purpose::SignUp { browser }, Kind::Passkey, json)?;
    Ok(NewPasskey {
        handle: handle(app, &given.nonce),
        name,
        rp_id,
        id: credential.id,
        public_key: credential.public_key,
        counter: credential.counter.into(),
        discoverable: credential.discoverable,
        backup_eligible: credential.backup_eligible,
        backed_up: credential.backed_up,
        transports: credential.transports.join(","),
        aaguid: Uuid::from_bytes(credential.aaguid),
    })
}
