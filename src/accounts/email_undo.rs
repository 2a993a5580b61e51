//! Taking a change of the e-mail back, by the former address, for a week; and what belongs to every change of an address.

use std::time::Duration;

use serde_json::Map;

use crate::app::App;
use crate::audit;
use crate::clock;
use crate::config::EmailConfirm;
use crate::error::Error;
use crate::logins::{count_proof_by_link, end, prove_former_password};
use crate::mails::{self, Detail, Outgoing, Purpose, token};
use crate::model::audit::Action;
use crate::model::password::Password;
use crate::model::{Account, AccountId, Actor, Client, Door, Email, EventKind};
use crate::passkeys::{Options, Refusal, challenge, options_of_account, prove};
use crate::secrets::{hash_token, random_token};
use crate::store::email_changes::EmailUndo;
use crate::store::links::PASSWORD;
use crate::store::{self, Transaction};

use super::email_links::{Link, look};
use super::{announce, record};

/// For so long the former address can take a change back.
const UNDO_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long the link works that sets a password after a change was taken back.
const PASSWORD_LIFETIME: Duration = Duration::from_secs(30 * 60);

/// What proves that one was there before the address was changed.
#[derive(Clone, Copy, Debug)]
pub enum Former<'a> {
    /// The password of that time.
    Password(&'a Password),
    /// The answer of a passkey of that time, as JSON.
    Passkey(&'a str),
}

/// What the passkeys of an account are asked beside a link that takes a change back; `None` where there are none.
///
/// # Errors
/// When the database does not answer, or the system gives no random bytes.
pub async fn undo_options(app: &App, token: &str, account: AccountId) -> Result<Option<Options>, Error> {
    options_of_account(app, account, challenge::Purpose::EmailUndo { account, token }).await
}

/// Takes a change back by the link that the former address was sent, with the password as it was at the change, or a
/// passkey that was there by then: a mailbox that was stolen is not enough. The account has that address again,
/// confirmed; everything that it is logged in with ends, and the password, which the client that changed the address
/// has used, too. Gives the token of a link that sets another.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more), [`Error::Taken`] where another account has the address by
/// now, [`Error::Credentials`], [`Error::TooMany`], [`Error::Busy`]; why the answer of a passkey is not taken.
pub async fn undo(app: &App, token: &str, former: Former<'_>, client: Client) -> Result<String, Refusal> {
    let hash = hash_token(token.as_bytes());
    let seen = look(app, Link::Undo, token).await?.account;
    let mut connection = app.db().read().await?;
    let found = store::email_changes::undo(&mut connection, &hash).await?.ok_or(Error::NotFound)?;
    drop(connection);
    let by = Actor::account(seen.id, Door::Pages, client.address);
    match former {
        Former::Password(password) => {
            prove_former_password(app, &by, seen.id, found.password_hash.clone(), password, client).await?;
        }
        Former::Passkey(json) => {
            count_proof_by_link(app, token).await?;
            let purpose = challenge::Purpose::EmailUndo { account: seen.id, token };
            let proof = prove(app, purpose, json, client).await?;
            if proof.made_at > found.expires_at - UNDO_LIFETIME {
                return Err(Refusal::Refused);
            }
        }
    }
    let (mut tx, now) = (app.db().begin().await?, app.now());
    let held = store::accounts::find_for_update(&mut tx, seen.id).await?.ok_or(Error::NotFound)?;
    if !held.is_active() || !store::email_changes::take_undo(&mut tx, &found, now).await? {
        return Err(Error::NotFound.into());
    }
    store::email_changes::replace_of(&mut tx, held.id).await?;
    let EmailUndo { email, email_key, .. } = found;
    let email = Email::stored(email, email_key);
    let mut account = Account { email: Some(email), email_verified_at: Some(now), ..held.clone() };
    if account != held {
        record(app, &mut tx, &by, &held, &mut account, "").await?;
    }
    audit::record(&mut tx, &by, Action::EmailChangeUndone, Some(held.id), Map::new(), now).await?;
    store::accounts::clear_password(&mut tx, held.id).await?;
    let mut ended = end::everything(app, &mut tx, &account, None).await?;
    announce(app, &mut tx, EventKind::Updated, &ended.account).await?;
    let link = random_token();
    let about = (held.id, ended.account.generation);
    let until = now + PASSWORD_LIFETIME;
    store::links::insert(&mut tx, &hash_token(link.as_bytes()), PASSWORD, Some(about), until).await?;
    if is_other(&held, &ended.account) {
        mails::notify(app, &mut tx, Purpose::EmailReplaced, &held, Detail::default()).await?;
    }
    tx.commit().await?;
    ended.tell(app).await;
    Ok(link)
}

/// Whether an account has another address afterwards.
fn is_other(before: &Account, after: &Account) -> bool {
    before.email.as_ref().map(Email::key) != after.email.as_ref().map(Email::key)
}

/// What belongs to every change of an address, in its transaction and before it is written: what waits for the former
/// address, or was sent there, ends, and the former address is told. A user who changed their own, which was
/// confirmed, gets a way back.
pub(super) async fn tell_former(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    before: &Account,
    after: &Account,
) -> Result<(), Error> {
    if !is_other(before, after) {
        return Ok(());
    }
    store::email_changes::replace_of(tx, before.id).await?;
    store::links::replace_of(tx, PASSWORD, before.id).await?;
    let Some(former) = before.email.as_ref().filter(|_| app.sends_mail()) else { return Ok(()) };
    // An address that was never confirmed leads back to nothing: it may be that of who opened the account in the name of
    // the person who has it now.
    let is_theirs = before.email_verified_at.is_some() || mails::confirmation(app) == EmailConfirm::Off;
    if !by.is(before.id) || !is_theirs {
        return mails::notify(app, tx, Purpose::EmailReplaced, before, Detail::default()).await;
    }
    let now = app.now();
    let undo = EmailUndo {
        id: clock::new_id(),
        account_id: before.id,
        email: former.typed().to_owned(),
        email_key: former.key().to_owned(),
        password_hash: None,
        ended_as: None,
        expires_at: now + UNDO_LIFETIME,
    };
    if !may_tell(app, tx, before, former.typed()).await? {
        return Ok(());
    }
    store::email_changes::insert_undo(tx, &undo, &token::hash(app, undo.id), now).await?;
    let mail = Outgoing {
        purpose: Purpose::EmailChanged,
        account: Some(before.id),
        recipient: former.typed(),
        language: mails::language_of(app, before),
        detail: Detail { address: mails::told_address(before, after.email.as_ref()), ..Detail::default() },
        link: Some(undo.id),
        asker: None,
    };
    mails::enqueue(app, tx, mail).await
}

/// Whether an address is sent another mail with a link about its account: one that is confirmed is its owner's, and always;
/// any other may be of a person who has nothing to do with it, and is sent no more than any mail that a stranger asks for.
pub(super) async fn may_tell(
    app: &App,
    tx: &mut Transaction,
    account: &Account,
    recipient: &str,
) -> Result<bool, Error> {
    Ok(account.email_verified_at.is_some() || mails::may_tell(app, tx, recipient).await?)
}
