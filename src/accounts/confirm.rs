//! Confirming the address of an account: a link is mailed to it, and the user who opens that shows that they have
//! signed up, by the browser or by the password. Others claim the account: the mailbox is theirs, so what they did not
//! choose themselves ends first.

use crate::app::App;
use crate::clock;
use crate::config::EmailConfirm;
use crate::error::{Credentials, Error};
use crate::logins::end::Ended;
use crate::logins::{authenticate_as, count_proof_by_link};
use crate::mails::{self, Detail, Outgoing, token};
use crate::model::password::Password;
use crate::model::{Account, AccountId, Actor, Client, Door, Email, Language};
use crate::passkeys::challenge::Purpose;
use crate::passkeys::{Options, Refusal, options_of_account, prove};
use crate::secrets::hash_token;
use crate::store::confirmations::{ADDRESS, SIGN_UP};
use crate::store::{self, Transaction};

use super::{LinkState, password, record, save};

/// Whether an account is asked to confirm its address.
pub fn is_awaited(app: &App, account: &Account) -> bool {
    mails::confirmation(app) != EmailConfirm::Off && account.email.is_some() && account.email_verified_at.is_none()
}

/// Queues the mail to the address of an account that this transaction holds or adds. While the link of an earlier one
/// works, it carries the same: whichever is opened first does.
pub(super) async fn queue(
    app: &App,
    tx: &mut Transaction,
    account: &Account,
    agent: Option<&str>,
    language: Option<Language>,
) -> Result<(), Error> {
    let Some(email) = account.email.as_ref().filter(|_| account.email_verified_at.is_none()) else { return Ok(()) };
    let (purpose, now) = (mails::Purpose::ConfirmEmail, app.now());
    let link = match live_link(app, tx, account).await? {
        Some(link) => link,
        None => clock::new_id(),
    };
    let hash = token::hash(app, link);
    store::confirmations::insert(tx, &hash, ADDRESS, Some(account), Some(email.key()), now + purpose.lifetime())
        .await?;
    let mail = Outgoing {
        purpose,
        account: Some(account.id),
        recipient: email.typed(),
        language: language.unwrap_or_else(|| mails::language_of(app, account)),
        detail: Detail::of_agent(agent),
        link: Some(link),
        asker: None,
    };
    mails::enqueue(app, tx, mail).await
}

/// The link that was mailed to the address of an account last, while it works.
async fn live_link(app: &App, tx: &mut Transaction, account: &Account) -> Result<Option<uuid::Uuid>, Error> {
    let (purpose, now) = (mails::Purpose::ConfirmEmail, app.now());
    let since = now - purpose.lifetime();
    let Some(link) = store::mails::last_link(tx, account.id, purpose.as_str(), since).await? else { return Ok(None) };
    let found = store::confirmations::account(tx, &token::hash(app, link), now).await?;
    Ok(found.filter(|found| found.id == account.id).map(|_| link))
}

/// Sends the mail once more to the address of an account, as often as one recipient and one client may ask.
///
/// # Errors
/// [`Error::Closed`] where nothing is confirmed.
pub async fn ask(app: &App, id: AccountId, agent: &str, language: Language, client: Client) -> Result<(), Error> {
    if mails::confirmation(app) == EmailConfirm::Off {
        return Err(Error::Closed);
    }
    let mut tx = app.db().begin().await?;
    let Some(account) = store::accounts::find_for_update(&mut tx, id).await?.filter(Account::is_active) else {
        return Ok(());
    };
    let Some(address) = account.email() else { return Ok(()) };
    if mails::may_ask(app, &mut tx, address, client.address).await? {
        queue(app, &mut tx, &account, Some(agent), Some(language)).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The same for a client with a link that works no more.
///
/// # Errors
/// As [`ask`].
pub async fn ask_by_link(app: &App, token: &str, agent: &str, language: Language, client: Client) -> Result<(), Error> {
    match dead(app, token).await? {
        Dead { renewable: Some(id), .. } => ask(app, id, agent, language, client).await,
        Dead { .. } => Ok(()),
    }
}

/// The account whose address a link confirms.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more).
pub async fn account(app: &App, token: &str) -> Result<Account, Error> {
    let mut connection = app.db().read().await?;
    store::confirmations::account(&mut connection, &hash_token(token.as_bytes()), app.now())
        .await?
        .ok_or(Error::NotFound)
}

/// A link that does not work.
#[derive(Clone, Copy, Debug)]
pub struct Dead {
    /// Why; `None` for one that there never was, or long ago.
    pub state: Option<LinkState>,
    /// The account that still waits for a confirmation of the same address.
    pub renewable: Option<AccountId>,
    /// Whether it was of a sign-up.
    pub is_sign_up: bool,
}

/// What is to be told of a link that does not work.
///
/// # Errors
/// When the database does not answer.
pub async fn dead(app: &App, token: &str) -> Result<Dead, Error> {
    let hash = hash_token(token.as_bytes());
    let mut connection = app.db().snapshot().await?;
    let Some(link) = store::confirmations::find(&mut connection, &hash, ADDRESS).await? else {
        let sign_up = store::confirmations::find(&mut connection, &hash, SIGN_UP).await?;
        let state = sign_up.map(|link| link.state(app.now()));
        return Ok(Dead { state, renewable: None, is_sign_up: state.is_some() });
    };
    let found = match link.account_id {
        Some(id) => store::accounts::find(&mut connection, id).await?,
        None => None,
    };
    let Some(found) = found.filter(Account::is_active) else {
        return Ok(Dead { state: Some(LinkState::Expired), renewable: None, is_sign_up: false });
    };
    let key = found.email.as_ref().map(Email::key).unwrap_or_default();
    let is_same = store::confirmations::is_mailed_to(&mut connection, &hash, key).await?;
    let state = match link.state(app.now()) {
        LinkState::Live if !is_same => LinkState::Replaced,
        LinkState::Live if found.email_verified_at.is_some() => LinkState::Used,
        state => state,
    };
    let renewable = Some(found.id).filter(|_| is_same && found.email_verified_at.is_none());
    Ok(Dead { state: Some(state), renewable, is_sign_up: false })
}

/// Confirms the address of the account `id`, in a browser that is logged in to it.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more), or is about another account.
pub async fn confirm(app: &App, token: &str, id: AccountId, client: Client) -> Result<(), Error> {
    let seen = account(app, token).await?;
    if seen.id != id {
        return Err(Error::NotFound);
    }
    redeem(app, token, id, None, client).await
}

/// The same in any browser, by the password that was chosen at the sign-up. A wrong one counts like any other.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Credentials`], [`Error::TooMany`], [`Error::Busy`].
pub async fn confirm_by_password(app: &App, token: &str, password: &Password, client: Client) -> Result<(), Error> {
    let seen = account(app, token).await?;
    let who = authenticate_as(app, seen.id, password, client, Door::Pages).await?;
    if who.account().generation != seen.generation {
        return Err(Error::Credentials(Credentials::Password));
    }
    redeem(app, token, seen.id, None, client).await
}

/// What the passkeys of an account are asked where its link was opened; `None` for one that has a password.
///
/// # Errors
/// When the database does not answer, or the system gives no random bytes.
pub async fn options(app: &App, account: &Account, token: &str) -> Result<Option<Options>, Error> {
    if password::exists(app, account.id).await? {
        return Ok(None);
    }
    let purpose = Purpose::Confirmation { account: Some(account.id), token };
    options_of_account(app, account.id, purpose).await
}

/// The same by the passkey that was made at the sign-up in place of a password.
///
/// # Errors
/// [`Error::NotFound`], and why the answer of the passkey is not taken.
pub async fn confirm_by_passkey(app: &App, token: &str, json: &str, client: Client) -> Result<(), Refusal> {
    let seen = account(app, token).await?;
    count_proof_by_link(app, token).await?;
    let proof = prove(app, Purpose::Confirmation { account: Some(seen.id), token }, json, client).await?;
    if proof.account.generation != seen.generation {
        return Err(Refusal::Refused);
    }
    Ok(redeem(app, token, seen.id, None, client).await?)
}

/// Claims an account for the reader of the mail of its address: another password, and the end of all that the one
/// before, or the passkey, let in.
///
/// # Errors
/// [`Error::NotFound`], [`Error::TooMany`], [`Error::Busy`].
pub async fn claim(app: &App, token: &str, password: &Password, client: Client) -> Result<(), Error> {
    let seen = account(app, token).await?;
    count_proof_by_link(app, token).await?;
    let hash = app.passwords().hash(password, Some(client.address)).await?;
    redeem(app, token, seen.id, Some(&hash), client).await
}

/// Uses a link up: of two requests at once one does.
async fn redeem(app: &App, token: &str, id: AccountId, password: Option<&str>, client: Client) -> Result<(), Error> {
    let hash = hash_token(token.as_bytes());
    let mut tx = app.db().begin().await?;
    let held = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    // Asked again while the account is held: neither its address nor the link changes any more.
    let is_good = store::confirmations::account(&mut tx, &hash, app.now()).await?.is_some();
    if !is_good || !store::links::take(&mut tx, &hash, ADDRESS, app.now()).await? {
        return Err(Error::NotFound);
    }
    let by = Actor::account(id, Door::Pages, client.address);
    match password {
        Some(password) => {
            let held = super::passkeys::remove_of_sign_up(app, &mut tx, &by, &held).await?;
            let mut ended = with_password(app, &mut tx, &by, &held, password).await?;
            tx.commit().await?;
            ended.tell(app).await;
        }
        None => {
            save(app, &mut tx, &by, &held, &mut confirmed(app, &held)).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// The account with its address confirmed.
fn confirmed(app: &App, account: &Account) -> Account {
    Account { email_verified_at: account.email_verified_at.or(Some(app.now())), ..account.clone() }
}

/// Sets the password of an account for the reader of the mail of its address, which confirms that: one change with one
/// event.
pub(super) async fn with_password(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    held: &Account,
    hash: &str,
) -> Result<Ended, Error> {
    let mut account = confirmed(app, held);
    if account != *held {
        record(app, tx, by, held, &mut account, "").await?;
    }
    password::replace(app, tx, by, &account, hash, None).await
}
