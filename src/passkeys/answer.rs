//! Answers of authenticators: whether one is right, and that it is taken once.

use portico_webauthn::{Assertion, Authentication, Error as Wrong, Known, UserVerification};
use time::OffsetDateTime;

use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::mails::{self, Detail};
use crate::model::audit::Action;
use crate::model::{Account, AccountId, Actor, Client, Door};
use crate::store;
use crate::store::passkeys::Passkey;

use super::challenge::{self, Bad, Given, Purpose};

/// Why an answer is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There are no passkeys here.
    #[error("there are no passkeys at this address")]
    Unavailable,
    /// It came too late: another challenge is to be answered.
    #[error("the challenge has expired")]
    Expired,
    /// No account has a passkey of this id (any more), which its authenticator may be told.
    #[error("no account has this passkey")]
    Unknown(Vec<u8>),
    /// It is not right, or was given before, or its account may not be used.
    #[error("the answer is not right")]
    Refused,
    /// It could not be looked at.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<Bad> for Refusal {
    fn from(bad: Bad) -> Refusal {
        match bad {
            Bad::Expired => Refusal::Expired,
            Bad::Foreign => Refusal::Refused,
        }
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Refusal {
        Refusal::Failed(error.into())
    }
}

/// A verified assertion: whose passkey has answered, and how.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Whose passkey it was, as it was then.
    pub account: Account,
    /// Whether the authenticator has verified who used it. Otherwise it is worth no more than a code.
    pub user_verified: bool,
    /// When the passkey was made.
    pub made_at: OffsetDateTime,
}

/// Takes the answer of a passkey, as the text of `PublicKeyCredential.toJSON()`: of the account that `purpose` names, or of
/// the one that the answer names. Nothing but a right one leaves anything behind, except one whose counter went back.
///
/// # Errors
/// Why it is not taken. Of a disabled account nothing is told that is not told of a wrong answer.
pub async fn prove(app: &App, purpose: Purpose<'_>, json: &str, client: Client) -> Result<Proof, Refusal> {
    check(app, purpose, json, client).await?.spend(app).await
}

/// An answer that is right, and has left nothing behind yet.
pub struct Checked {
    passkey: Passkey,
    /// Whose passkey it is.
    pub account: Account,
    given: Given,
    right: Assertion,
    /// Whether the password stands beside it.
    is_second: bool,
}

/// [`prove()`] as far as nothing is written of a right answer, for who counts before that.
///
/// # Errors
/// Those of [`prove()`].
pub async fn check(app: &App, purpose: Purpose<'_>, json: &str, client: Client) -> Result<Checked, Refusal> {
    let relying_party = app.relying_party().map_err(|_| Refusal::Unavailable)?;
    let answer = Authentication::from_json(json).map_err(|_| Refusal::Refused)?;
    let given = challenge::check(app, purpose, answer.challenge())?;
    let Some(Owned { passkey, account, handle }) = find(app, answer.credential_id(), purpose.account()).await? else {
        return Err(match purpose.account() {
            None => Refusal::Unknown(answer.credential_id().to_owned()),
            Some(_) => Refusal::Refused,
        });
    };
    let known = Known {
        id: &passkey.id,
        public_key: &passkey.public_key,
        counter: u32::try_from(passkey.counter).unwrap_or(u32::MAX),
        backup_eligible: passkey.backup_eligible,
        user_handle: &handle,
        names_user: purpose.account().is_none(),
    };
    // The challenge is looked at above: what counts is that it is the one that was answered.
    let right = answer.verify(relying_party, known, purpose.user_verification(), |_| true);
    let right = match right {
        _ if !account.is_active() || passkey.rp_id != relying_party.id() => return Err(Refusal::Refused),
        Ok(right) => right,
        Err(Wrong::Counter) => return Err(copied(app, &account, &passkey, client, given).await),
        Err(error) => {
            tracing::debug!(%error, "the answer of a passkey was refused");
            return Err(Refusal::Refused);
        }
    };
    // That it verifies its user is believed of one that has shown it before, beside the password (WebAuthn Level 3, §4,
    // uvInitialized): the finder of a key may have given it a PIN of their own.
    let is_second = matches!(purpose, Purpose::SecondStep { .. });
    if purpose.user_verification() == UserVerification::Required && !passkey.verifies_user {
        return Err(Refusal::Refused);
    }
    Ok(Checked { passkey, account, given, right, is_second })
}

impl Checked {
    /// Uses the answer up.
    ///
    /// # Errors
    /// [`Refusal::Refused`] where it was used, or the passkey is gone.
    pub async fn spend(self, app: &App) -> Result<Proof, Refusal> {
        let Checked { passkey, account, given, right, is_second } = self;
        let mut tx = app.db().begin().await?;
        if !store::passkeys::spend(&mut tx, &given.nonce, given.expires_at).await? {
            return Err(Refusal::Refused);
        }
        let flags = (right.backed_up, is_second && right.user_verified);
        // Of two answers at once with one counter, one comes first.
        if !store::passkeys::touch(&mut tx, &passkey.id, right.counter.into(), flags, app.now()).await? {
            return Err(Refusal::Refused);
        }
        tx.commit().await?;
        Ok(Proof { account, user_verified: right.user_verified, made_at: passkey.created_at })
    }
}

/// A passkey with whose it is.
struct Owned {
    passkey: Passkey,
    account: Account,
    handle: Vec<u8>,
}

async fn find(app: &App, id: &[u8], of: Option<AccountId>) -> Result<Option<Owned>, Refusal> {
    let mut reader = app.db().snapshot().await?;
    let Some(passkey) = store::passkeys::find(&mut reader, id).await? else { return Ok(None) };
    let owner = passkey.account_id;
    if of.is_some_and(|of| of != owner) {
        return Ok(None);
    }
    let account = store::accounts::find(&mut reader, owner).await?;
    let handle = store::passkeys::handle(&mut reader, owner).await?;
    Ok(account.zip(handle).map(|(account, handle)| Owned { passkey, account, handle }))
}

/// Tells the person, and the audit log, of a passkey whose counter went back: it may have been copied. The answer is
/// spent, so that it tells them once.
async fn copied(app: &App, account: &Account, passkey: &Passkey, client: Client, given: Given) -> Refusal {
    let told = async {
        let mut tx = app.db().begin().await?;
        if store::passkeys::spend(&mut tx, &given.nonce, given.expires_at).await? {
            let by = Actor::anonymous(Door::Pages, client.address);
            let detail = audit::detail("name", passkey.name.as_str().into());
            audit::record(&mut tx, &by, Action::PasskeyRefused, Some(account.id), detail, app.now()).await?;
            mails::notify(app, &mut tx, mails::Purpose::PasskeyRefused, account, Detail::default()).await?;
            tx.commit().await?;
        }
        Ok::<_, Error>(())
    };
    told.await.map_or_else(Refusal::Failed, |()| Refusal::Refused)
}
