//! Logging in, and proving again that it is oneself. One count of wrong tries for all doors, names and letter cases: `throttle`.

use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::model::password::Password;
use crate::model::{Account, AccountId, Actor, Brief, Door, Email, Username};
use crate::passwords::Verdict;
use crate::store::{self, Tx};

use super::throttle::{self, Arrival, Proof, Target};
use super::{Client, Credentials, Error, find};

/// The account that `login` (e-mail or username) and `password` open.
///
/// An unknown name costs the same time as a wrong password. A disabled account is told so only after the right
/// password.
///
/// # Errors
/// [`Error::Credentials`], [`Error::Disabled`], [`Error::TooMany`], [`Error::Busy`].
pub async fn sign_in(
    app: &App,
    login: &str,
    password: &Password,
    client: Client,
    door: Door,
) -> Result<Account, Error> {
    let arrival = throttle::arrive(app, client).await?;
    let mut tx = app.db().read().await?;
    let found = by_login(&mut tx, login).await?;
    drop(tx);
    let (account, hash) = found.unzip();
    let id = account.as_ref().map(|account| account.id);
    let proof = id.and_then(|id| throttle::proof(client, id));
    let tried = Tried { id, name: login, hash: hash.flatten() };
    check(app, &Actor::stranger(door, client.address), arrival, proof, tried, password).await?;
    let account = usable(account.map(|account| (account.is_active(), account)))?;
    throttle::logged_in(app, account.id, client).await?;
    Ok(account)
}

/// The account that `name` (a username; for an account without one, its e-mail) and `password` open, for a service that asks on
/// somebody's behalf. All its questions come from one address, so wrong tries count against the account alone.
///
/// # Errors
/// As [`sign_in`].
pub async fn verify(app: &App, by: &Actor, name: &str, password: &Password) -> Result<Brief, Error> {
    let mut tx = app.db().read().await?;
    let mut found = find::checkable_by_name(&mut tx, name).await?;
    drop(tx);
    let id = found.as_ref().map(|found| found.brief.id);
    let hash = found.as_mut().and_then(|found| found.hash.take());
    check(app, by, throttle::for_service(app), None, Tried { id, name, hash }, password).await?;
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

/// Whether `password` is this account's: before something that cannot be taken back.
///
/// # Errors
/// [`Error::Credentials`], [`Error::TooMany`], [`Error::Busy`].
pub async fn prove(app: &App, by: &Actor, id: AccountId, password: &Password, client: Client) -> Result<(), Error> {
    let mut tx = app.db().read().await?;
    let hash = store::accounts::password_hash(&mut tx, id).await?;
    drop(tx);
    let tried = Tried { id: Some(id), name: "", hash };
    check(app, by, throttle::in_session(app, client), Some(Proof::Session), tried, password).await
}

/// The account of an e-mail or username, and its password hash.
pub(super) async fn by_login(tx: &mut Tx, login: &str) -> Result<Option<(Account, Option<String>)>, Error> {
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

/// Whose password is tried: an account's, or that of a name which none has.
struct Tried<'a> {
    id: Option<AccountId>,
    name: &'a str,
    hash: Option<String>,
}

async fn check(
    app: &App,
    by: &Actor,
    arrival: Arrival<'_>,
    proof: Option<Proof>,
    tried: Tried<'_>,
    password: &Password,
) -> Result<(), Error> {
    let Tried { id, name, mut hash } = tried;
    let target = id.map_or_else(|| Target::nobody(&unknown_key(name)), |id| Target::account(id, hash.as_deref()));
    let attempt = arrival.admit(&target, proof).await?;
    if attempt.has_waited {
        // It may be another by now. Nobody's is looked for, too, so that it takes as long.
        let mut tx = app.db().read().await?;
        hash = store::accounts::password_hash(&mut tx, id.unwrap_or(AccountId(Uuid::nil()))).await?;
    }
    let verdict = app.passwords().verify(password, hash.as_deref()).await;
    let verdict = match verdict {
        Ok(Verdict::Wrong) => {
            let Some(id) = id else { return Err(Error::Credentials(Credentials::Unknown)) };
            // Written later: a known name must not take longer than an unknown one. Each try has a row of its own; limits bound
            // them, since a try that is refused unlooked-at leaves none.
            app.audit_queue().push(audit::wrong_password(*by, id, app.now()));
            return Err(Error::Credentials(Credentials::Password));
        }
        Ok(verdict) => {
            attempt.right().await;
            verdict
        }
        Err(busy) => {
            attempt.unlooked().await;
            return Err(busy.into());
        }
    };
    if let (Verdict::RightButOutdated, Some(id), Some(old)) = (verdict, id, hash) {
        upgrade(app, id, &old, password).await?;
    }
    Ok(())
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
