//! Logging in, and proving again that it is oneself. One count of wrong tries for all doors, names and
//! letter cases.

use crate::accounts::{Client, Credentials, Error, find};
use crate::app::App;
use crate::audit;
use crate::limits::{self, Rule, address_key};
use crate::model::password::Password;
use crate::model::{Account, AccountId, Actor, Brief, Door, Email, Username};
use crate::passwords::Verdict;
use crate::store::{self, Tx};

use super::Authenticated;
use super::device::DeviceId;

/// Whoever knows `login` (e-mail or username) and `password`.
///
/// An unknown name costs the same time as a wrong password. A disabled account is told so only after the right
/// password.
///
/// # Errors
/// [`Error::Credentials`], [`Error::Disabled`], [`Error::TooMany`], [`Error::Busy`].
pub async fn authenticate(
    app: &App,
    login: &str,
    password: &Password,
    client: Client,
    door: Door,
) -> Result<Authenticated, Error> {
    let mut tx = app.db().read().await?;
    let found = by_login(&mut tx, login).await?;
    drop(tx);
    let (account, hash) = found.unzip();
    let device = match &account {
        Some(account) => client.device_of(app, account).await?,
        None => None,
    };
    let target = account.as_ref().map_or_else(|| unknown_key(login), |account| account.id.to_string());
    let by = Actor::stranger(door, client.address);
    let id = account.as_ref().map(|account| account.id);
    check(app, &by, id, &target, hash.flatten(), password, Some((client, device))).await?;
    let account = usable(account.map(|account| (account.is_active(), account)))?;
    Ok(Authenticated::by_password(app, account))
}

/// The account that `name` (a username; for an account without one, its e-mail) and `password` open, for a service that asks on
/// somebody's behalf. All its questions come from one address, so wrong tries count against the account alone.
///
/// # Errors
/// As [`authenticate`].
pub async fn verify(app: &App, by: &Actor, name: &str, password: &Password) -> Result<Brief, Error> {
    let mut tx = app.db().read().await?;
    let mut found = find::checkable_by_name(&mut tx, name).await?;
    drop(tx);
    let id = found.as_ref().map(|found| found.brief.id);
    let hash = found.as_mut().and_then(|found| found.hash.take());
    let target = id.map_or_else(|| unknown_key(name), |id| id.to_string());
    check(app, by, id, &target, hash, password, None).await?;
    usable(found.map(|found| (found.is_active, found.brief)))
}

/// Who was found, unless the account is disabled, which is told only to who has the right password.
fn usable<T>(found: Option<(bool, T)>) -> Result<T, Error> {
    match found {
        Some((true, found)) => Ok(found),
        Some((false, _)) => Err(Error::Disabled),
        None => Err(Error::Credentials(Credentials::Unknown)),
    }
}

/// The owner of this account, if `password` is theirs: again, before something that cannot be taken back.
///
/// # Errors
/// [`Error::Credentials`], [`Error::Disabled`], [`Error::TooMany`], [`Error::Busy`].
pub async fn prove(
    app: &App,
    by: &Actor,
    id: AccountId,
    password: &Password,
    client: Client,
) -> Result<Authenticated, Error> {
    let mut tx = app.db().read().await?;
    let found = store::accounts::find_with_hash(&mut tx, id).await?;
    drop(tx);
    let (account, hash) = found.ok_or(Error::Credentials(Credentials::Unknown))?;
    let device = client.device_of(app, &account).await?;
    check(app, by, Some(id), &id.to_string(), hash, password, Some((client, device))).await?;
    let account = usable(Some((account.is_active(), account)))?;
    Ok(Authenticated::by_password(app, account))
}

/// The account of an e-mail or username, and its password hash.
pub(crate) async fn by_login(tx: &mut Tx, login: &str) -> Result<Option<(Account, Option<String>)>, Error> {
    if let Ok(email) = Email::parse(login)
        && let Some(found) = store::accounts::find_by_email(tx, email.key()).await?
    {
        return Ok(Some(found));
    }
    for typed in [login, login.trim()] {
        if let Ok(username) = Username::parse(typed)
            && let Some(found) = store::accounts::find_by_username(tx, username.key()).await?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

async fn check(
    app: &App,
    by: &Actor,
    id: Option<AccountId>,
    target: &str,
    hash: Option<String>,
    password: &Password,
    client: Option<(Client, Option<DeviceId>)>,
) -> Result<(), Error> {
    let limits = app.limits();
    let counts = counts(target, client);
    for (rule, key) in &counts {
        limits.count(rule, key).await?;
    }
    let verdict = app.passwords().verify(password, hash.as_deref()).await;
    if matches!(verdict, Ok(Verdict::Wrong)) {
        let Some(id) = id else { return Err(Error::Credentials(Credentials::Unknown)) };
        // Written later: a known name must not take longer than an unknown one. Each try has a row of its own; the
        // limits above bound them, since a try that is refused unlooked-at leaves none.
        app.audit_queue().push(audit::wrong_password(*by, id, app.now()));
        return Err(Error::Credentials(Credentials::Password));
    }
    // Right, or not looked at because the workers are full: neither is a wrong try.
    for (rule, key) in &counts {
        limits.forgive(rule, key).await;
    }
    let verdict = verdict?;
    if let Some((client, _)) = client {
        limits.clear(&limits::SIGN_IN, &pair(target, client)).await;
    }
    if let (Verdict::RightButOutdated, Some(id), Some(old)) = (verdict, id, hash) {
        upgrade(app, id, &old, password).await?;
    }
    Ok(())
}

/// What a try counts against.
fn counts(target: &str, client: Option<(Client, Option<DeviceId>)>) -> Vec<(&'static Rule, String)> {
    let mut counts = Vec::new();
    if let Some((client, _)) = client {
        counts.push((&limits::SIGN_IN, pair(target, client)));
        counts.push((&limits::SIGN_IN_ADDRESS, address_key(client.address)));
    }
    // Strangers together get so many tries; the browser that the owner has used before is not held up by them.
    let known = client.is_some_and(|(_, device)| device.is_some());
    if !known {
        counts.push((&limits::SIGN_IN_STRANGERS, target.to_owned()));
    }
    counts
}

fn pair(target: &str, client: Client) -> String {
    format!("{target} {}", address_key(client.address))
}

/// Rewrites the hash of a replaced service, or of older parameters, now that the password is at hand.
async fn upgrade(app: &App, id: AccountId, old: &str, password: &Password) -> Result<(), Error> {
    let new = app.passwords().hash(password).await?;
    let mut tx = app.db().write().await?;
    store::accounts::upgrade_hash(&mut tx, id, old, &new).await?;
    tx.commit().await?;
    Ok(())
}

fn unknown_key(login: &str) -> String {
    Email::parse(login)
        .map(|email| email.key().to_owned())
        .or_else(|_| Username::parse(login.trim()).map(|username| username.key().to_owned()))
        .unwrap_or_default()
}
