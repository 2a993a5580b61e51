//! Password reset links: a person asks for one by mail, or an admin makes one and hands it over; it sets a password,
//! once.

use std::time::Duration;

use serde_json::Map;
use time::OffsetDateTime;

use crate::app::App;
use crate::audit;
use crate::clock;
use crate::error::Error;
use crate::factors::{self, code::Caller};
use crate::limits::Rule;
use crate::logins::count_proof_by_link;
use crate::mails::{self, Detail, Outgoing, Purpose};
use crate::model::audit::Action;
use crate::model::password::Password;
use crate::model::{Account, AccountId, Actor, Client, Door, Email, Language, Username};
use crate::passkeys::{Options, Refusal, challenge, options_of_account, prove};
use crate::permission::permit_admin;
use crate::secrets::{hash_token, random_token};
use crate::store::links::{LinkState, PASSWORD};
use crate::store::{self, Transaction};

use super::{confirm, passkeys, password};

/// How long a link may work.
pub const LIFETIMES: [Duration; 3] =
    [Duration::from_secs(30 * 60), Duration::from_secs(4 * 3600), Duration::from_secs(24 * 3600)];

/// The longest name that is looked for, in bytes.
const MAX_LOGIN: usize = 1_000;

/// A new password reset link.
pub struct Link {
    /// What its address ends with. It is nowhere kept.
    pub token: String,
    /// When it stops working.
    pub expires_at: OffsetDateTime,
}

/// Makes a link for an account; an earlier one works no more.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Disabled`].
pub async fn make(app: &App, by: &Actor, id: AccountId, lifetime: Duration) -> Result<Link, Error> {
    let link = Link { token: random_token(), expires_at: app.now() + lifetime };
    let mut tx = app.db().begin().await?;
    insert(app, &mut tx, by, id, &link).await?;
    tx.commit().await?;
    Ok(link)
}

/// The same, sent to the account's address: only its reader sees the link, and its token is at rest nowhere.
///
/// # Errors
/// As [`make`]; [`Error::Closed`] where no mail is sent, [`Error::NotFound`] for an account without an address.
pub async fn send(app: &App, by: &Actor, id: AccountId, lifetime: Duration) -> Result<(), Error> {
    if !app.sends_mail() {
        return Err(Error::Closed);
    }
    let named = clock::new_id();
    let link = Link { token: mails::token::of_link(app, named), expires_at: app.now() + lifetime };
    let mut tx = app.db().begin().await?;
    let account = insert(app, &mut tx, by, id, &link).await?;
    let mail = Outgoing {
        purpose: Purpose::PasswordLink,
        account: Some(id),
        recipient: account.email().ok_or(Error::NotFound)?,
        language: mails::language_of(app, &account),
        detail: Detail::default(),
        link: Some(named),
        asker: None,
    };
    mails::enqueue_until(app, &mut tx, mail, link.expires_at).await?;
    Ok(tx.commit().await?)
}

/// Stores a link that an admin makes, in place of an earlier one.
async fn insert(app: &App, tx: &mut Transaction, by: &Actor, id: AccountId, link: &Link) -> Result<Account, Error> {
    permit_admin(tx, by).await?;
    let account = store::accounts::find_for_update(tx, id).await?.ok_or(Error::NotFound)?;
    if !account.is_active() {
        return Err(Error::Disabled);
    }
    store::links::replace_of(tx, PASSWORD, id).await?;
    let about = (id, account.generation);
    store::links::insert(tx, &hash_token(link.token.as_bytes()), PASSWORD, Some(about), link.expires_at).await?;
    audit::record(tx, by, Action::PasswordLinkMade, Some(id), Map::new(), app.now()).await?;
    Ok(account)
}

/// Asks for a link by mail, by the username or the address of an account. Whether there is one, and whether a mail is
/// sent, the answer does not tell, nor the work that it takes: that is found out as the mail is sent.
///
/// # Errors
/// [`Error::Closed`] where no mail is sent.
pub async fn ask(app: &App, login: &str, agent: &str, language: Language, client: Client) -> Result<(), Error> {
    if !app.sends_mail() {
        return Err(Error::Closed);
    }
    // Longer than any name, it names no account; and no row holds more of what a visitor typed.
    let Some(recipient) = Some(login.trim()).filter(|login| !login.is_empty() && login.len() <= MAX_LOGIN) else {
        return Ok(());
    };
    let known = known_address(app, recipient, client).await?;
    let mut tx = app.db().begin().await?;
    if known.is_none() && !mails::may_ask(app, &mut tx, recipient, client.address).await? {
        return Ok(());
    }
    let recipient = known.as_deref().unwrap_or(recipient);
    let mail = Outgoing {
        purpose: Purpose::PasswordReset,
        account: None,
        recipient,
        language,
        detail: Detail::of_agent(Some(agent)),
        link: Some(clock::new_id()),
        asker: Some(client.address),
    };
    mails::enqueue(app, &mut tx, mail).await?;
    Ok(tx.commit().await?)
}

/// The confirmed address of the account that a name is of, where the client is a device that this account is known on and may
/// ask for one more mail by that: strangers who ask for mails to it use up nothing of what such a device may. What is looked
/// up depends on what the client shows, and not on the name.
async fn known_address(app: &App, login: &str, client: Client) -> Result<Option<String>, Error> {
    let Some(device) = &client.device else { return Ok(None) };
    let found = store::accounts::find(&mut app.db().read().await?, device.account()).await?;
    let Some(account) = found.filter(|account| account.is_active() && account.email_verified_at.is_some()) else {
        return Ok(None);
    };
    let is_named = |typed: &str| {
        let email =
            Email::keys(typed).is_ok_and(|keys| account.email.as_ref().is_some_and(|own| own.key() == keys.key()));
        email
            || Username::keys(typed)
                .is_ok_and(|keys| account.username.as_ref().is_some_and(|own| own.key() == keys.key()))
    };
    if !is_named(login) || client.device_of(app, &account).await?.is_none() {
        return Ok(None);
    }
    if app.limits().count(Rule::KnownAsker, &account.id.to_string()).await.is_err() {
        return Ok(None);
    }
    Ok(account.email().map(str::to_owned))
}

/// How it is with a link, for the page that tells of one that does not work. `None` for one that there never was.
///
/// # Errors
/// When the database does not answer.
pub async fn state(app: &App, token: &str) -> Result<Option<LinkState>, Error> {
    let mut connection = app.db().read().await?;
    Ok(store::links::state(&mut connection, &hash_token(token.as_bytes()), PASSWORD, app.now()).await?)
}

/// The account that a link sets the password of.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more).
pub async fn account(app: &App, token: &str) -> Result<Account, Error> {
    let mut connection = app.db().read().await?;
    store::links::account(&mut connection, &hash_token(token.as_bytes()), PASSWORD, app.now())
        .await?
        .ok_or(Error::NotFound)
}

/// Whether a link asks for a second factor. The reader of an account's mailbox has no more than the link; but an
/// account whose address is unconfirmed, and whose only factor is the passkey that it was signed up with, may be one
/// that a stranger opened in the name of the mailbox's owner.
///
/// # Errors
/// When the database does not answer.
pub async fn asks_for_factor(app: &App, token: &str, account: &Account) -> Result<bool, Error> {
    if !account.two_factor || !confirm::is_awaited(app, account) {
        return Ok(account.two_factor);
    }
    let key = account.email.as_ref().map(Email::key).unwrap_or_default();
    let mut connection = app.db().snapshot().await?;
    let is_mailed = store::confirmations::is_mailed_to(&mut connection, &hash_token(token.as_bytes()), key).await?;
    let passkeys = store::passkeys::of_account(&mut connection, account.id).await?;
    let apps = store::factors::authenticators(&mut connection, account.id).await?;
    let gives_way = apps.is_empty() && passkeys.iter().all(|passkey| passkey.unconfirmed);
    Ok(!(is_mailed && gives_way))
}

/// What a passkey of the account is asked beside a link, if it has one.
///
/// # Errors
/// When the database does not answer, or the system gives no random bytes.
pub async fn options(app: &App, token: &str, account: AccountId) -> Result<Option<Options>, Error> {
    options_of_account(app, account, challenge::Purpose::PasswordReset { account, token }).await
}

/// What proves the second factor beside a link.
#[derive(Clone, Copy, Debug)]
pub enum Factor<'a> {
    /// A code of an authenticator app, or a recovery code.
    Code(&'a str),
    /// The answer of a passkey or security key, as JSON.
    Passkey(&'a str),
}

/// Redeems a link: sets the password. The link is used up, and everything the account was logged in with ends. Of an
/// account with a second factor that is proved by `factor`.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more), [`Error::Credentials`] and [`Error::TooMany`] for the
/// code, [`Error::Busy`]; why the answer of a passkey is not taken.
pub async fn redeem(
    app: &App,
    token: &str,
    password: &Password,
    factor: Factor<'_>,
    client: Client,
) -> Result<(), Refusal> {
    let seen = account(app, token).await?;
    let asks = asks_for_factor(app, token, &seen).await?;
    // Before a factor is taken, which is good once.
    count_proof_by_link(app, token).await?;
    match factor {
        _ if !asks => {}
        Factor::Code(code) => {
            let caller = client.device_of(app, &seen).await?.map_or(Caller::Link, Caller::Device);
            let by = Actor::anonymous(Door::Pages, client.address);
            factors::code::prove(app, &by, &seen, code, caller).await?;
        }
        Factor::Passkey(json) => {
            let purpose = challenge::Purpose::PasswordReset { account: seen.id, token };
            prove(app, purpose, json, client).await?;
        }
    }
    let hash = app.passwords().hash(password, Some(client.address)).await.map_err(Error::from)?;
    let mut tx = app.db().begin().await?;
    let held = store::accounts::find_for_update(&mut tx, seen.id).await?.ok_or(Error::NotFound)?;
    // While the account is held nothing ends its links: of two requests at once, one takes it.
    let is_good = held.is_active()
        && held.generation == seen.generation
        && (asks || held.two_factor == seen.two_factor && held.email_verified_at == seen.email_verified_at);
    let link = hash_token(token.as_bytes());
    if !is_good || !store::links::take(&mut tx, &link, PASSWORD, app.now()).await? {
        return Err(Error::NotFound.into());
    }
    // The holder of the link is taken for the account's owner.
    let by = Actor::account(held.id, Door::Pages, client.address);
    let held = if asks { held } else { passkeys::remove_of_sign_up(app, &mut tx, &by, &held).await? };
    // A link that an admin handed over tells nothing of the mailbox.
    let is_mailed = match &held.email {
        Some(email) => store::confirmations::is_mailed_to(&mut tx, &link, email.key()).await?,
        None => false,
    };
    let mut ended = if is_mailed {
        confirm::with_password(app, &mut tx, &by, &held, &hash).await?
    } else {
        password::replace(app, &mut tx, &by, &held, &hash, None).await?
    };
    tx.commit().await?;
    ended.tell(app).await;
    Ok(())
}
