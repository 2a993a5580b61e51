//! The passkeys and security keys of an account: added, named and removed by their owner.

use portico_webauthn::{CreationOptions, Kind, RelyingParty, User};
use time::OffsetDateTime;

use crate::app::App;
use crate::authenticated::Method;
use crate::error::Error;
use crate::factors::recovery;
use crate::logins::end::Ended;
use crate::model::{Account, AccountId, Actor};
use crate::passkeys::challenge::{self, Purpose};
use crate::passkeys::registration::{self, NewPasskey};
use crate::passkeys::{Options, Refusal, TIMEOUT, named};
use crate::secrets::{hash_token, hex};
use crate::store::passkeys as stored;
use crate::store::{self, Transaction};

use super::two_factor::{self, Added, shortened, waits_for_email};
use super::{confirm, hold_for_change, hold_to_end};

/// The most passkeys that an account may have.
const MAX_PASSKEYS: usize = 20;

/// A passkey or security key as its owner sees it.
#[derive(Clone, Debug)]
pub struct Passkey {
    /// Names it in addresses. It opens nothing.
    pub key: String,
    /// The id that its authenticator gave it.
    pub id: Vec<u8>,
    /// What it is called.
    pub name: String,
    /// Whether it logs in by itself; otherwise it is a second step alone.
    pub verifies_user: bool,
    /// Whether it was copied to its owner's other devices.
    pub backed_up: bool,
    /// The domain that it was made for, where that is another one than this.
    pub elsewhere: Option<String>,
    /// When it was added.
    pub created_at: OffsetDateTime,
    /// When it was last used.
    pub used_at: Option<OffsetDateTime>,
}

/// The passkeys of an account, in the order that they were added.
///
/// # Errors
/// When the database does not answer.
pub async fn list(app: &App, id: AccountId) -> Result<Vec<Passkey>, Error> {
    let here = app.relying_party().ok().map(RelyingParty::id);
    let passkeys = stored::of_account(&mut app.db().read().await?, id).await?;
    let shown = |passkey: stored::Passkey| Passkey {
        key: key(&passkey.id),
        elsewhere: Some(passkey.rp_id).filter(|rp_id| here != Some(rp_id)),
        id: passkey.id,
        name: passkey.name,
        verifies_user: passkey.verifies_user,
        backed_up: passkey.backed_up,
        created_at: passkey.created_at,
        used_at: passkey.used_at,
    };
    Ok(passkeys.into_iter().map(shown).collect())
}

/// What a passkey is called in addresses: ids of authenticators have up to 1,023 bytes.
fn key(id: &[u8]) -> String {
    hex(&hash_token(id)[..8])
}

/// The one that an address names.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(app: &App, id: AccountId, key: &str) -> Result<Passkey, Error> {
    list(app, id).await?.into_iter().find(|passkey| passkey.key == key).ok_or(Error::NotFound)
}

/// What authenticators know an account by: as it is kept, or as it will be with the first passkey.
async fn handle(app: &App, id: AccountId) -> Result<Vec<u8>, Error> {
    let known = stored::handle(&mut app.db().read().await?, id).await?;
    Ok(known.unwrap_or_else(|| app.sign("passkey user", id.0.as_bytes()).to_vec()))
}

/// What a browser is asked that is to make one: `PublicKeyCredentialCreationOptionsJSON`. `None` where there are no
/// passkeys.
///
/// # Errors
/// When the database does not answer, or the system gives no random bytes.
pub async fn creation_options(
    app: &App,
    account: &Account,
    kind: Kind,
    session: &[u8],
) -> Result<Option<Options>, Error> {
    let Ok(relying_party) = app.relying_party() else { return Ok(None) };
    let handle = handle(app, account.id).await?;
    let known = stored::of_account(&mut app.db().read().await?, account.id).await?;
    let challenge = challenge::issue(app, Purpose::Add { account: account.id, session })?;
    let user = User { handle: &handle, name: account.login(), display_name: account.shown_name() };
    let brand = &app.settings().brand_name;
    let excluded = named(&known, relying_party.id());
    let asked = CreationOptions::new(relying_party, brand, user, &challenge, kind, excluded, TIMEOUT);
    Options::new(relying_party, &asked).map(Some)
}

/// The domain of the first passkey that a person could add, so that they are told of it. None is made unasked after a
/// password (a conditional create): it would turn two-factor on, at which old doors refuse the password.
pub fn could_be_added(app: &App, account: &Account, has_passkey: bool) -> Option<String> {
    let relying_party = app.relying_party().ok()?;
    (!has_passkey && !waits_for_email(app, account)).then(|| relying_party.id().to_owned())
}

/// What authenticators are told an account has (`signalAllAcceptedCredentials`, `signalCurrentUserDetails`), so that they
/// show no passkey that is gone, nor a former name. `None` for an account that none knows.
#[derive(Clone, Debug)]
pub struct Signals {
    /// The domain.
    pub rp_id: String,
    /// What authenticators know the account by.
    pub handle: Vec<u8>,
    /// The ids of all its passkeys.
    pub accepted: Vec<Vec<u8>>,
    /// What the account is told apart by.
    pub name: String,
    /// What the person is called.
    pub display_name: String,
}

/// What authenticators are told an account has.
///
/// # Errors
/// When the database does not answer: a list that is not whole would make them hide passkeys.
pub async fn signals(app: &App, account: &Account) -> Result<Option<Signals>, Error> {
    let Ok(relying_party) = app.relying_party() else { return Ok(None) };
    let mut reader = app.db().snapshot().await?;
    let Some(handle) = stored::handle(&mut reader, account.id).await? else { return Ok(None) };
    let known = stored::of_account(&mut reader, account.id).await?;
    Ok(Some(Signals {
        rp_id: relying_party.id().to_owned(),
        handle,
        accepted: known.into_iter().map(|passkey| passkey.id).collect(),
        name: account.login().to_owned(),
        display_name: account.shown_name().to_owned(),
    }))
}

/// What came of adding a passkey.
#[derive(Debug)]
pub struct Made {
    /// What ended with the first factor.
    pub ended: Option<Ended>,
    /// The recovery codes that come with the first factor, to be shown once.
    pub codes: Vec<String>,
}

/// Adds what a browser has made in the session with the handle `session`, as the text of `PublicKeyCredential.toJSON()`. With
/// the first factor everything else that the account is logged in with ends.
///
/// # Errors
/// [`Refusal::Refused`] also for a passkey that some account has; [`Error::Forbidden`] for one too many, or before the
/// account's address is confirmed; [`Error::NotFound`].
pub async fn add(
    app: &App,
    by: &Actor,
    id: AccountId,
    session: &[u8],
    (kind, name): (Kind, &str),
    json: &str,
) -> Result<Made, Refusal> {
    let made = registration::verify(app, Purpose::Add { account: id, session }, kind, json)?;
    let given = made.given;
    let handle = handle(app, id).await?;

    let (mut tx, held) = hold_for_change(app, by, id).await?;
    if stored::of_account(&mut tx, id).await?.len() >= MAX_PASSKEYS || waits_for_email(app, &held) {
        return Err(Error::Forbidden.into());
    }
    stored::keep_handle(&mut tx, id, &handle).await?;
    let new = made.of(id, shortened(name), app.now());
    let is_fresh = stored::spend(&mut tx, &given.nonce, given.expires_at).await?;
    if !is_fresh || !stored::insert(&mut tx, &new).await? {
        return Err(Refusal::Refused);
    }
    let method = if new.verifies_user { Method::Passkey } else { Method::PasswordAndKey };
    let added = Added { kind: what(&new), name: &new.name, method };
    let mut ended = two_factor::added(app, &mut tx, by, &held, added, Some(session)).await?;
    let codes = if held.two_factor { Vec::new() } else { recovery::new_set()? };
    if !codes.is_empty() {
        two_factor::replace_codes(app, &mut tx, by, id, &codes).await?;
    }
    tx.commit().await?;
    if let Some(ended) = &mut ended {
        ended.tell(app).await;
    }
    Ok(Made { ended, codes })
}

/// Gives an account that this transaction has inserted the passkey that its owner has made in place of a password. Gives
/// the recovery codes that come with it, to be shown once.
///
/// # Errors
/// [`Error::Forbidden`] for a passkey that some account has.
pub(super) async fn add_at_sign_up(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    account: &Account,
    made: &NewPasskey,
) -> Result<Vec<String>, Error> {
    let codes = recovery::new_set()?;
    let new = made.of(account.id, confirm::is_awaited(app, account), app.now());
    // The challenge is not spent: the handle was told from it, and one account has that.
    if !stored::insert(tx, &new).await? || !stored::keep_handle(tx, account.id, &made.handle).await? {
        return Err(Error::Forbidden);
    }
    two_factor::begun(app, tx, by, account.id, what(&new), &new.name).await?;
    two_factor::replace_codes(app, tx, by, account.id, &codes).await?;
    Ok(codes)
}

/// Removes the passkeys that an account, which this transaction holds, was signed up with: the reader of the mail of
/// its address, which was unconfirmed, logs in by another way. Gives the account as it is then.
pub(super) async fn remove_of_sign_up(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    held: &Account,
) -> Result<Account, Error> {
    let mut account = held.clone();
    for passkey in stored::of_account(tx, held.id).await? {
        if passkey.unconfirmed {
            stored::delete(tx, held.id, &passkey.id).await?;
            account.two_factor = two_factor::removed(app, tx, by, held, what(&passkey), &passkey.name).await?;
        }
    }
    Ok(account)
}

/// What the audit log calls it.
fn what(passkey: &stored::Passkey) -> &'static str {
    if passkey.verifies_user { "passkey" } else { "security-key" }
}

/// Gives one another name.
///
/// # Errors
/// [`Error::TooMany`], [`Error::NotFound`].
pub async fn rename(app: &App, by: &Actor, id: AccountId, key: &str, name: &str) -> Result<(), Error> {
    let passkey = find(app, id, key).await?;
    let name = shortened(name);
    if name.is_empty() || name == passkey.name {
        return Ok(());
    }
    let (mut tx, _) = hold_for_change(app, by, id).await?;
    if !stored::rename(&mut tx, id, &passkey.id, &name).await? {
        return Err(Error::NotFound);
    }
    two_factor::renamed(app, &mut tx, by, id, passkey.name, name).await?;
    Ok(tx.commit().await?)
}

/// Removes one.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`] for the last one of an account without a password, which it could not be logged
/// in to any more.
pub async fn remove(app: &App, by: &Actor, id: AccountId, key: &str) -> Result<(), Error> {
    let passkey = find(app, id, key).await?;
    let (mut tx, held) = hold_to_end(app, by, id).await?;
    let known = stored::of_account(&mut tx, id).await?;
    let this = known.iter().find(|known| known.id == passkey.id).ok_or(Error::NotFound)?;
    let logs_in = |known: &&stored::Passkey| known.verifies_user && known.id != this.id;
    let has_password = store::accounts::password_hash(&mut tx, id).await?.is_some();
    if !has_password && known.iter().find(logs_in).is_none() {
        return Err(Error::Forbidden);
    }
    stored::delete(&mut tx, id, &this.id).await?;
    two_factor::removed(app, &mut tx, by, &held, what(this), &this.name).await?;
    Ok(tx.commit().await?)
}
