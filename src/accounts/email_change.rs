//! Changing one's own e-mail where mail is sent: the new address confirms it, the present one can stop it, and the former
//! one can take it back for a week.
//!
//! Whether the new address is another account's, the answer does not tell: it is found out as the mail is written.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::Map;
use time::OffsetDateTime;

use crate::app::App;
use crate::audit;
use crate::clock;
use crate::config::EmailConfirm;
use crate::error::Error;
use crate::logins::{end, prove_former_password};
use crate::mails::{self, Detail, Outgoing, Purpose, token};
use crate::model::audit::Action;
use crate::model::password::Password;
use crate::model::{Account, AccountId, Actor, Client, Door, Email, EventKind, Language};
use crate::passkeys::{Options, Refusal, challenge, options_of_account, prove};
use crate::secrets::{hash_token, random_token};
use crate::store::email_changes::{EmailChange, EmailUndo, Ended};
use crate::store::links::{LinkState, PASSWORD};
use crate::store::{self, Transaction};

use super::{announce, hold_for_change, hold_to_end, pending, record, save};

/// For so long a change waits for the new address.
const LIFETIME: Duration = Duration::from_secs(2 * 3600);

/// For so long the former address can take a change back.
const UNDO_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// How long the link works that sets a password after a change was taken back.
const PASSWORD_LIFETIME: Duration = Duration::from_secs(30 * 60);

/// Whether an address that its owner gives an account by a door has to be confirmed before it is the account's: on the
/// pages wherever addresses are confirmed, by a dialect where that is required of it.
pub fn is_confirmed_first(app: &App, door: Door) -> bool {
    let is_confirmed = app.sends_mail() && mails::confirmation(app) != EmailConfirm::Off;
    is_confirmed && (door == Door::Pages || pending::is_required(app, door))
}

/// Who asks for a change, and by what.
pub struct Request<'a> {
    /// What the browser calls itself, where one asks.
    pub agent: Option<&'a str>,
    /// The language that it reads.
    pub language: Language,
    /// The handle of its session, which ends where the change is stopped.
    pub session: Option<Vec<u8>>,
    /// Where it comes from.
    pub address: IpAddr,
}

/// Asks for a change of the own address. A change to the same address that waits already is kept, and its mail sent once
/// more as far as the limits of mail allow; one to another is replaced.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::TooMany`].
pub async fn ask(app: &App, by: &Actor, id: AccountId, email: &Email, request: Request<'_>) -> Result<(), Error> {
    let (mut tx, account) = hold_for_change(app, by, id).await?;
    ask_in(app, &mut tx, by, &account, email, request).await?;
    Ok(tx.commit().await?)
}

/// The same in a transaction that holds the account.
pub(super) async fn ask_in(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    account: &Account,
    email: &Email,
    request: Request<'_>,
) -> Result<(), Error> {
    let (id, now) = (account.id, app.now());
    let may_send = mails::may_ask(app, tx, email.typed(), request.address).await?;
    let waiting = store::email_changes::waiting(tx, id, account.generation, now).await?;
    let (link, until) = match waiting.filter(|waiting| waiting.email_key == email.key()) {
        Some(waiting) => (waiting.id, waiting.expires_at),
        None => {
            let change = EmailChange {
                id: clock::new_id(),
                account_id: id,
                generation: account.generation,
                email: email.typed().to_owned(),
                email_key: email.key().to_owned(),
                session: request.session,
                ended_as: None,
                created_at: now,
                expires_at: now + LIFETIME,
            };
            replace(app, tx, by, account, &change, request.agent, request.language).await?;
            (change.id, change.expires_at)
        }
    };
    if may_send {
        let mail = Outgoing {
            purpose: Purpose::EmailChange,
            account: Some(id),
            recipient: email.typed(),
            language: request.language,
            detail: Detail::of_agent(request.agent),
            link: Some(link),
            asker: Some(request.address),
        };
        mails::enqueue_until(app, tx, mail, until).await?;
    }
    Ok(())
}

/// Writes a change that waits in place of any other, and tells the present address, which may stop it.
async fn replace(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    account: &Account,
    change: &EmailChange,
    agent: Option<&str>,
    language: Language,
) -> Result<(), Error> {
    let stop = clock::new_id();
    store::email_changes::replace_of(tx, account.id).await?;
    let hashes = [token::hash(app, change.id), token::hash(app, stop)];
    store::email_changes::insert(tx, change, &hashes[0], &hashes[1]).await?;
    audit::record(tx, by, Action::EmailChangeAsked, Some(account.id), Map::new(), change.created_at).await?;
    let Some(recipient) = account.email() else { return Ok(()) };
    if !may_tell(app, tx, account, recipient).await? {
        return Ok(());
    }
    let email = Email::stored(change.email.clone(), change.email_key.clone());
    let mail = Outgoing {
        purpose: Purpose::EmailChangeAsked,
        account: Some(account.id),
        recipient,
        language,
        detail: Detail { address: mails::told_address(account, Some(&email)), ..Detail::of_agent(agent) },
        link: Some(stop),
        asker: None,
    };
    mails::enqueue_until(app, tx, mail, change.expires_at).await
}

/// Whether an address is sent another mail with a link about its account: one that is confirmed is its owner's, and always;
/// any other may be of a person who has nothing to do with it, and is sent no more than any mail that a stranger asks for.
async fn may_tell(app: &App, tx: &mut Transaction, account: &Account, recipient: &str) -> Result<bool, Error> {
    Ok(account.email_verified_at.is_some() || mails::may_tell(app, tx, recipient).await?)
}

/// The address that an account waits for, and until when, if it does.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting(app: &App, account: &Account) -> Result<Option<(String, OffsetDateTime)>, Error> {
    let mut connection = app.db().read().await?;
    let waiting = store::email_changes::waiting(&mut connection, account.id, account.generation, app.now()).await?;
    Ok(waiting.map(|change| (change.email, change.expires_at)))
}

/// Withdraws the change that waits, by the person themselves. False when none does.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`].
pub async fn withdraw(app: &App, by: &Actor, id: AccountId) -> Result<bool, Error> {
    let (mut tx, _) = hold_to_end(app, by, id).await?;
    let withdrawn = store::email_changes::replace_of(&mut tx, id).await? > 0;
    if withdrawn {
        audit::record(&mut tx, by, Action::EmailChangeStopped, Some(id), Map::new(), app.now()).await?;
    }
    tx.commit().await?;
    Ok(withdrawn)
}

/// What a mailed link is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It confirms a change.
    Confirm,
    /// It stops one.
    Stop,
    /// It takes one back.
    Undo,
}

/// What the page of a link that works tells.
pub struct Shown {
    /// The account.
    pub account: Account,
    /// The address that the account has afterwards, or goes on having.
    pub email: String,
}

/// What a link is about: looking changes nothing, however often.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more).
pub async fn look(app: &App, link: Link, token: &str) -> Result<Shown, Error> {
    let (hash, now) = (hash_token(token.as_bytes()), app.now());
    let mut connection = app.db().snapshot().await?;
    if link == Link::Undo {
        let undo = store::email_changes::undo(&mut connection, &hash).await?;
        let undo = undo.filter(|undo| undo.state(now) == LinkState::Live).ok_or(Error::NotFound)?;
        let account = store::accounts::find(&mut connection, undo.account_id).await?;
        let account = account.filter(Account::is_active).ok_or(Error::NotFound)?;
        return Ok(Shown { account, email: undo.email });
    }
    let change = match link {
        Link::Confirm => store::email_changes::by_confirm(&mut connection, &hash).await?,
        Link::Stop | Link::Undo => store::email_changes::by_stop(&mut connection, &hash).await?,
    };
    let change = change.filter(|change| change.waits(now)).ok_or(Error::NotFound)?;
    let account = store::accounts::find(&mut connection, change.account_id).await?;
    let account = account.filter(|account| is_good(account, &change)).ok_or(Error::NotFound)?;
    let email = match link {
        Link::Confirm => change.email,
        Link::Stop | Link::Undo => account.email().unwrap_or_default().to_owned(),
    };
    Ok(Shown { account, email })
}

/// How it is with a link, for the page that tells of one that does not work. `None` for one that there never was.
///
/// # Errors
/// When the database does not answer.
pub async fn state(app: &App, link: Link, token: &str) -> Result<Option<LinkState>, Error> {
    let (hash, now) = (hash_token(token.as_bytes()), app.now());
    let mut connection = app.db().read().await?;
    Ok(match link {
        Link::Confirm => {
            store::email_changes::by_confirm(&mut connection, &hash).await?.map(|change| change.confirm_state(now))
        }
        Link::Stop => store::email_changes::by_stop(&mut connection, &hash).await?.map(|change| change.stop_state(now)),
        Link::Undo => store::email_changes::undo(&mut connection, &hash).await?.map(|undo| undo.state(now)),
    })
}

fn is_good(account: &Account, change: &EmailChange) -> bool {
    account.is_active() && account.generation == change.generation
}

/// Confirms a change by the link that the new address was sent: the account has it from now on, confirmed. Sessions end
/// but the one that asked and the one with the handle `keep`; tokens of programs stay, since they name the account by its
/// id.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more), also where another account has the address by now.
pub async fn confirm(app: &App, token: &str, keep: Option<&[u8]>, client: Client) -> Result<(), Error> {
    let (hash, now) = (hash_token(token.as_bytes()), app.now());
    let mut tx = app.db().begin().await?;
    let found = store::email_changes::by_confirm(&mut tx, &hash).await?.ok_or(Error::NotFound)?;
    let held = store::accounts::find_for_update(&mut tx, found.account_id).await?.ok_or(Error::NotFound)?;
    // While the account is held nothing ends its changes: of two requests at once, one takes this one.
    if !is_good(&held, &found) || !store::email_changes::end(&mut tx, found.id, Ended::Confirmed, now).await? {
        return Err(Error::NotFound);
    }
    // The reader of the new address's mail is taken for the account's owner, who has asked for it.
    let by = Actor::account(held.id, Door::Pages, client.address);
    let email = Email::stored(found.email, found.email_key);
    let mut account = Account { email: Some(email), email_verified_at: Some(now), ..held.clone() };
    tell_former(app, &mut tx, &by, &held, &account).await?;
    match save(app, &mut tx, &by, &held, &mut account).await {
        Err(Error::Taken(_)) => return Err(Error::NotFound),
        done => done?,
    }
    store::sessions::delete_others(&mut tx, account.id, [keep, found.session.as_deref()]).await?;
    mails::notify(app, &mut tx, Purpose::EmailChangeDone, &account, Detail::default()).await?;
    Ok(tx.commit().await?)
}

/// Stops a change by the link that the present address was sent, and ends the session that asked for it.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more).
pub async fn stop(app: &App, token: &str, client: Client) -> Result<(), Error> {
    let (hash, now) = (hash_token(token.as_bytes()), app.now());
    let mut tx = app.db().begin().await?;
    let found = store::email_changes::by_stop(&mut tx, &hash).await?.ok_or(Error::NotFound)?;
    let held = store::accounts::find_for_update(&mut tx, found.account_id).await?.ok_or(Error::NotFound)?;
    if !is_good(&held, &found) || !store::email_changes::end(&mut tx, found.id, Ended::Stopped, now).await? {
        return Err(Error::NotFound);
    }
    if let Some(session) = &found.session {
        store::sessions::delete_of(&mut tx, held.id, session).await?;
    }
    let by = Actor::account(held.id, Door::Pages, client.address);
    audit::record(&mut tx, &by, Action::EmailChangeStopped, Some(held.id), Map::new(), now).await?;
    Ok(tx.commit().await?)
}

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
