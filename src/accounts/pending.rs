//! Sign-ups that wait for their address to be confirmed, by a link anywhere or a code in the browser that signed up.
//! Until then there is no account. Whether the address has one already, no answer tells, nor the work that it takes: that
//! is found out as the mail is sent.

use std::time::Duration;

use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::clock;
use crate::config::{ConfirmDoors, EmailConfirm};
use crate::error::{Credentials, Error};
use crate::logins::{check_chosen, count_proof};
use crate::mails::{self, Detail, Outgoing, token};
use crate::model::password::Password;
use crate::model::{Account, Actor, Client, Door, Field, TermsConsent, Username};
use crate::passkeys::challenge::Purpose;
use crate::passkeys::registration::NewPasskey;
use crate::passkeys::{Options, Refusal};
use crate::secrets::{hash_token, random_token};
use crate::store::confirmations::SIGN_UP;
use crate::store::{self, Transaction};

use super::insert::{self, Kept, Opened};
use super::registration::Browser;
use super::taken::{Asker, permit_claim};

pub use crate::store::pending_sign_ups::PendingSignUp;

/// The most codes that are tried at one sign-up. With six digits and so few tries no attacker is likely to guess.
const MAX_TRIES: i64 = 5;

/// The most of a day at the sign-ups with one address.
const MAX_TRIES_OF_ADDRESS: i64 = 20;

/// Whether who signs up by a door has no account before the address is confirmed.
pub fn is_required(app: &App, door: Door) -> bool {
    let is_kept = door == Door::Pages || app.settings().email_confirm_doors == ConfirmDoors::All;
    is_kept && mails::confirmation(app) == EmailConfirm::Required
}

/// Puts a sign-up aside and queues its mail. Gives the cookie by which its browser is known. What the same browser has
/// put aside with this address keeps its link and its code; with another one, it ends.
pub(super) async fn put_aside(
    app: &App,
    tx: &mut Transaction,
    account: &Account,
    kept: &Kept,
    browser: Option<&Browser<'_>>,
    client: Client,
) -> Result<String, Error> {
    let Some(email) = &account.email else { return Err(Error::Unstorable) };
    let (now, cookie) = (app.now(), random_token());
    let (password_hash, passkey) = match kept {
        Kept::Hash(hash) => (hash.clone(), None),
        Kept::Passkey(made) => (String::new(), Some(made.to_json()?)),
    };
    let mut before = None;
    if let Some(sent) = browser.and_then(|browser| browser.cookie)
        && let Some(earlier) = store::pending_sign_ups::of_browser(tx, &hash_token(sent.as_bytes()), now).await?
    {
        if earlier.email_key == email.key() {
            store::pending_sign_ups::delete(tx, earlier.id).await?;
            before = Some(earlier);
        } else {
            store::pending_sign_ups::let_go(tx, earlier.id).await?;
            store::confirmations::replace(tx, &earlier.token_hash).await?;
        }
    }
    let id = before.as_ref().map_or_else(clock::new_id, |before| before.id);
    let pending = PendingSignUp {
        id,
        token_hash: token::hash(app, id).to_vec(),
        browser_hash: browser.map(|_| hash_token(cookie.as_bytes()).to_vec()),
        username: account.username().map(str::to_owned),
        username_key: account.username.as_ref().map(|username| username.key().to_owned()),
        username_skeleton: account.username.as_ref().and_then(Username::skeleton).map(str::to_owned),
        email: email.typed().to_owned(),
        email_key: email.key().to_owned(),
        full_name: account.name.full.clone(),
        first_name: account.name.first.clone(),
        last_name: account.name.last.clone(),
        organization: account.organization.clone(),
        language: account.language.clone(),
        time_zone: account.time_zone.clone(),
        terms_version: account.terms.as_ref().map(|terms| terms.version.clone()),
        password_hash,
        passkey,
        code_tries: before.as_ref().map_or(0, |before| before.code_tries),
        created_at: now,
        expires_at: before
            .as_ref()
            .map_or_else(|| now + mails::Purpose::ConfirmSignUp.lifetime(), |before| before.expires_at),
    };
    store::pending_sign_ups::insert(tx, &pending).await?;
    let expires_at = pending.expires_at;
    store::confirmations::insert(tx, &pending.token_hash, SIGN_UP, None, None, expires_at).await?;
    send(app, tx, &pending, browser, client).await?;
    Ok(cookie)
}

/// Queues the mail, as often as one recipient and one client may ask.
async fn send(
    app: &App,
    tx: &mut Transaction,
    pending: &PendingSignUp,
    browser: Option<&Browser<'_>>,
    client: Client,
) -> Result<(), Error> {
    if mails::may_ask(app, tx, &pending.email, client.address).await? {
        let mail = Outgoing {
            purpose: mails::Purpose::ConfirmSignUp,
            account: None,
            recipient: &pending.email,
            language: browser.map_or(app.settings().language, |browser| browser.language),
            detail: Detail::of_agent(browser.map(|browser| browser.agent)),
            link: Some(pending.id),
            asker: Some(client.address),
        };
        mails::enqueue(app, tx, mail).await?;
    }
    Ok(())
}

/// The sign-up that a browser waits with.
///
/// # Errors
/// When the database does not answer.
pub async fn of_browser(app: &App, cookie: Option<&str>) -> Result<Option<PendingSignUp>, Error> {
    let Some(cookie) = cookie else { return Ok(None) };
    let mut connection = app.db().read().await?;
    Ok(store::pending_sign_ups::of_browser(&mut connection, &hash_token(cookie.as_bytes()), app.now()).await?)
}

/// The sign-up of a link.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more).
pub async fn of_link(app: &App, token: &str) -> Result<PendingSignUp, Error> {
    let mut connection = app.db().read().await?;
    store::pending_sign_ups::find(&mut connection, &hash_token(token.as_bytes()), app.now())
        .await?
        .ok_or(Error::NotFound)
}

/// Whether a sign-up was made in the browser with this cookie.
pub fn is_of(pending: &PendingSignUp, cookie: Option<&str>) -> bool {
    let hash = cookie.map(|cookie| hash_token(cookie.as_bytes()));
    pending.browser_hash.as_deref().zip(hash).is_some_and(|(kept, hash)| kept.ct_eq(&hash).into())
}

/// Whether the username has been given to another meanwhile.
///
/// # Errors
/// When the database does not answer.
pub async fn has_lost_its_name(app: &App, pending: &PendingSignUp) -> Result<bool, Error> {
    let Some(username) = pending.chosen_username() else { return Ok(false) };
    let mut connection = app.db().read().await?;
    Ok(!store::accounts::is_free(&mut connection, &username, app.now()).await?)
}

/// Sends the mail once more: the same link and code.
///
/// # Errors
/// When the database does not answer.
pub async fn send_again(app: &App, browser: &Browser<'_>, client: Client) -> Result<(), Error> {
    let Some(pending) = of_browser(app, browser.cookie).await? else { return Ok(()) };
    let mut tx = app.db().begin().await?;
    send(app, &mut tx, &pending, Some(browser), client).await?;
    Ok(tx.commit().await?)
}

/// Opens the account in the browser that signed up, by the code of the mail.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Credentials`] for another code, [`Error::TooMany`] when enough were tried: the link still
/// works. [`Error::Taken`] for a username that another account has got meanwhile.
pub async fn finish_by_code(
    app: &App,
    cookie: Option<&str>,
    code: &str,
    username: Option<Username>,
    client: Client,
) -> Result<Opened, Error> {
    let pending = of_browser(app, cookie).await?.ok_or(Error::NotFound)?;
    let digits: String = code.chars().filter(|letter| !letter.is_whitespace() && !is_dash(*letter)).collect();
    let wrong = Error::Credentials(Credentials::Password);
    // What can be no code is no guess at it.
    if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong);
    }
    ask_about(app, username.as_ref(), client).await?;
    // Counted before it is looked at, so that many at once cannot slip through.
    let mut tx = app.db().begin().await?;
    let is_counted = store::pending_sign_ups::count_try(&mut tx, &pending, MAX_TRIES, MAX_TRIES_OF_ADDRESS).await?;
    tx.commit().await?;
    if !is_counted {
        let rest = Duration::try_from(pending.expires_at - app.now()).unwrap_or_default();
        return Err(Error::TooMany(rest));
    }
    if !bool::from(token::code(app, pending.id).as_bytes().ct_eq(digits.as_bytes())) {
        return Err(wrong);
    }
    finish_as_chosen(app, &pending, username, client).await
}

fn is_dash(letter: char) -> bool {
    matches!(letter, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Opens the account in the browser that signed up, by the link of the mail.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Taken`], [`Error::TooMany`].
pub async fn finish_here(
    app: &App,
    token: &str,
    cookie: Option<&str>,
    username: Option<Username>,
    client: Client,
) -> Result<Opened, Error> {
    let pending = of_link(app, token).await?;
    if !is_of(&pending, cookie) {
        return Err(Error::NotFound);
    }
    finish_as_chosen(app, &pending, username, client).await
}

/// Opens the account with what was chosen at the sign-up.
async fn finish_as_chosen(
    app: &App,
    pending: &PendingSignUp,
    username: Option<Username>,
    client: Client,
) -> Result<Opened, Error> {
    let kept = match made_passkey(pending)? {
        Some(made) => Kept::Passkey(Box::new(made)),
        None => Kept::Hash(pending.password_hash.clone()),
    };
    finish(app, pending, username, kept, client).await
}

/// Opens the account by the link in any browser, with the password that was chosen at the sign-up.
///
/// # Errors
/// As [`finish_here`], and [`Error::Credentials`], [`Error::TooMany`], [`Error::Busy`].
pub async fn finish_by_password(
    app: &App,
    token: &str,
    password: &Password,
    username: Option<Username>,
    client: Client,
) -> Result<(), Error> {
    let pending = of_link(app, token).await?;
    let hash = pending.chosen_hash().map(str::to_owned);
    check_chosen(app, &pending.id.to_string(), pending.chosen_hash(), password, client).await?;
    let hash = hash.ok_or(Error::Credentials(Credentials::Password))?;
    finish(app, &pending, username, Kept::Hash(hash), client).await.map(drop)
}

/// What the passkey that was made at a sign-up is asked where its link was opened. `None` for a sign-up with a password.
///
/// # Errors
/// When the system gives no random bytes.
pub fn options(app: &App, pending: &PendingSignUp, token: &str) -> Result<Option<Options>, Error> {
    match made_passkey(pending)? {
        Some(made) => made.options(app, Purpose::Confirmation { account: None, token }),
        None => Ok(None),
    }
}

fn made_passkey(pending: &PendingSignUp) -> Result<Option<NewPasskey>, Error> {
    pending.passkey.as_deref().map(NewPasskey::from_json).transpose()
}

/// Opens the account by the link in any browser, by the passkey that was made at the sign-up. Who has the mailbox alone
/// cannot, nor gets an account that another person's passkey opens.
///
/// # Errors
/// As [`finish_here`], and why the answer of the passkey is not taken.
pub async fn finish_by_passkey(
    app: &App,
    token: &str,
    json: &str,
    username: Option<Username>,
    client: Client,
) -> Result<Opened, Refusal> {
    let pending = of_link(app, token).await?;
    let made = made_passkey(&pending)?.ok_or(Refusal::Refused)?;
    let used = made.prove(app, Purpose::Confirmation { account: None, token }, json)?;
    Ok(finish(app, &pending, username, Kept::Passkey(Box::new(used)), client).await?)
}

/// The same with another password: the one before, or the passkey, may be another person's.
///
/// # Errors
/// As [`finish_here`], and [`Error::TooMany`], [`Error::Busy`].
pub async fn finish_with_new_password(
    app: &App,
    token: &str,
    password: &Password,
    username: Option<Username>,
    client: Client,
) -> Result<(), Error> {
    let pending = of_link(app, token).await?;
    count_proof(app, &pending.id.to_string()).await?;
    let hash = app.passwords().hash(password, Some(client.address)).await?;
    finish(app, &pending, username, Kept::Hash(hash), client).await.map(drop)
}

/// Who asks whether another username is free than the one that was chosen, if one does.
///
/// # Errors
/// [`Error::TooMany`].
async fn ask_about<'a>(app: &'a App, username: Option<&Username>, client: Client) -> Result<Option<Asker<'a>>, Error> {
    match username {
        Some(_) => Ok(Some(Asker::anonymous(app, client.address).await?)),
        None => Ok(None),
    }
}

/// Opens the account. A username that was typed now is for who has lost the one they chose: a link is no way to ask for
/// names without end.
async fn finish(
    app: &App,
    pending: &PendingSignUp,
    username: Option<Username>,
    kept: Kept,
    client: Client,
) -> Result<Opened, Error> {
    permit_claim(app, username.as_ref())?;
    let other = match username {
        Some(other) if has_lost_its_name(app, pending).await? => Some(other),
        _ => None,
    };
    let asker = ask_about(app, other.as_ref(), client).await?;
    match (open(app, pending, other.clone(), kept, client).await, asker) {
        (Err(error), Some(asker)) => Err(asker.told(error, other.as_ref(), None).await),
        (done, _) => done,
    }
}

/// Opens the account: of two requests at once one does. All else that waits with the address ends.
async fn open(
    app: &App,
    pending: &PendingSignUp,
    other: Option<Username>,
    kept: Kept,
    client: Client,
) -> Result<Opened, Error> {
    let now = app.now();
    let username = other.or_else(|| pending.chosen_username());
    let account = Account {
        organization: pending.organization.clone(),
        language: pending.language.clone(),
        time_zone: pending.time_zone.clone(),
        terms: pending.terms_version.clone().map(|version| TermsConsent { version, at: pending.created_at }),
        email_verified_at: Some(now),
        two_factor: matches!(kept, Kept::Passkey(_)),
        ..insert::new_account(app, username, Some(pending.address()), pending.name())
    };
    let by = Actor::account(account.id, Door::Pages, client.address);
    let mut tx = app.db().begin().await?;
    let taken = store::pending_sign_ups::take_all(&mut tx, &pending.email_key).await?;
    if taken.iter().all(|(id, _)| *id != pending.id)
        || !store::links::take(&mut tx, &pending.token_hash, SIGN_UP, now).await?
    {
        return Err(Error::NotFound);
    }
    for (_, other) in &taken {
        store::confirmations::replace(&mut tx, other).await?;
    }
    let opened = match insert::insert_own(app, &mut tx, &by, account, &kept, None).await {
        // Who has the account, has got another mail; a passkey that some account has by now is of no more use.
        Err(Error::Taken(Field::Email) | Error::Forbidden) => return Err(Error::NotFound),
        done => done?,
    };
    tx.commit().await?;
    Ok(opened)
}
