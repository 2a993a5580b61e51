//! Changing one's own e-mail where mail is sent: the new address confirms it, the present one can stop it, and the former
//! one can take it back for a week (`email_undo`).
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
use crate::logins::end;
use crate::mails::{self, Detail, Outgoing, Purpose, token};
use crate::model::audit::Action;
use crate::model::{Account, AccountId, Actor, Client, Door, Email, Language};
use crate::secrets::hash_token;
use crate::store::email_changes::{EmailChange, Ended};
use crate::store::{self, Transaction};

use super::email_links::is_good;
use super::email_undo::{may_tell, tell_former};
use super::{hold_for_change, hold_to_end, pending, save};

/// For so long a change waits for the new address.
const LIFETIME: Duration = Duration::from_secs(2 * 3600);

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

/// Stops a change by the link that the present address was sent, and ends the session that asked for it; where a program did,
/// every log-in.
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
    let by = Actor::account(held.id, Door::Pages, client.address);
    audit::record(&mut tx, &by, Action::EmailChangeStopped, Some(held.id), Map::new(), now).await?;
    let Some(session) = &found.session else {
        // By a program: which log-in it had, nothing tells.
        let mut ended = end::everything(app, &mut tx, &held, None).await?;
        tx.commit().await?;
        ended.tell(app).await;
        return Ok(());
    };
    store::sessions::delete_of(&mut tx, held.id, session).await?;
    Ok(tx.commit().await?)
}
