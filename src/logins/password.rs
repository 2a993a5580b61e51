//! Trying a password: one count of wrong attempts for all doors, names and letter cases (`throttle`).

use std::net::IpAddr;

use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::error::{Credentials, Error};
use crate::model::password::Password;
use crate::model::{AccountId, Actor, Client, Email, Username, username};
use crate::passwords::Verdict;
use crate::store;
use crate::worker_pool::Busy;

use super::throttle::{Arrival, Attempt, Proof, Target};

/// Whose password is tried: an account's, or that of a name which none has.
pub(super) struct Tried<'a> {
    pub(super) id: Option<AccountId>,
    pub(super) name: &'a str,
    pub(super) hash: Option<String>,
    /// Whether the right password is no better than a wrong one.
    pub(super) is_refused: bool,
    /// Whether the right password is the first of two steps.
    pub(super) is_first_step: bool,
}

/// Looks at a password that is tried, as soon as the throttle lets it.
///
/// # Errors
/// [`Error::Credentials`], [`Error::TooMany`], [`Error::Busy`].
pub(super) async fn check(
    app: &App,
    by: &Actor,
    arrival: Arrival<'_>,
    proof: Option<Proof>,
    tried: Tried<'_>,
    spellings: &[Password],
) -> Result<(), Error> {
    let Tried { id, name, mut hash, is_refused, is_first_step } = tried;
    let target = id.map_or_else(|| Target::unknown_name(&unknown_key(name)), |id| Target::account(id, hash.as_deref()));
    let attempt = arrival.admit(&target, proof).await?;
    if attempt.has_waited {
        // It may be another by now. That of an unknown name is looked for, too, so that it takes as long.
        let mut connection = app.db().read().await?;
        hash = store::accounts::password_hash(&mut connection, id.unwrap_or(AccountId(Uuid::nil()))).await?;
    }
    let right = match verify_any(app, spellings, hash.as_deref(), by.client()).await {
        Ok(right) if right.is_none() || is_refused => {
            let Some(id) = id else { return Err(Error::Credentials(Credentials::Unknown)) };
            // Written later: a known name must not take longer than an unknown one. Each try has a row of its own;
            // limits bound them, since a try that is refused unlooked-at leaves none.
            let entry = if right.is_some() { audit::password_alone } else { audit::wrong_password };
            app.audit_queue().push(entry(*by, id, app.now()));
            return Err(Error::Credentials(Credentials::Password));
        }
        Ok(right) => {
            if is_first_step {
                attempt.first_step().await;
            } else {
                attempt.right().await;
            }
            right
        }
        Err(busy) => {
            attempt.unlooked().await;
            return Err(busy.into());
        }
    };
    if let (Some((right, Verdict::NeedsRehash)), Some(id), Some(old)) = (right, id, hash) {
        upgrade(app, id, &old, right, by.client()).await?;
    }
    Ok(())
}

/// Who was found, unless the account is disabled, which is told only to who has the right password.
pub(super) fn usable<T>(found: Option<(bool, T)>) -> Result<T, Error> {
    match found {
        Some((true, found)) => Ok(found),
        Some((false, _)) => Err(Error::Disabled),
        None => Err(Error::Credentials(Credentials::Unknown)),
    }
}

/// Compares a password with a hash that is of no account now, or of an earlier time.
///
/// # Errors
/// [`Error::Credentials`], [`Error::Busy`].
pub(super) async fn compare(
    app: &App,
    attempt: Attempt<'_>,
    password: &Password,
    hash: Option<&str>,
    client: Client,
) -> Result<(), Error> {
    match app.passwords().verify(password, hash, Some(client.address)).await {
        Ok(Verdict::Wrong) => Err(Error::Credentials(Credentials::Password)),
        Ok(Verdict::Right | Verdict::NeedsRehash) => {
            attempt.right().await;
            Ok(())
        }
        Err(busy) => {
            attempt.unlooked().await;
            Err(busy.into())
        }
    }
}

/// The first of the spellings that is not wrong, if any.
async fn verify_any<'a>(
    app: &App,
    spellings: &'a [Password],
    hash: Option<&str>,
    client: Option<IpAddr>,
) -> Result<Option<(&'a Password, Verdict)>, Busy> {
    for password in spellings {
        match app.passwords().verify(password, hash, client).await? {
            Verdict::Wrong => {}
            verdict => return Ok(Some((password, verdict))),
        }
    }
    Ok(None)
}

/// Rewrites the hash of a replaced service, or of older parameters, now that the password is at hand.
async fn upgrade(
    app: &App,
    id: AccountId,
    old: &str,
    password: &Password,
    client: Option<IpAddr>,
) -> Result<(), Error> {
    let new = app.passwords().hash(password, client).await?;
    store::accounts::upgrade_hash(&mut app.db().write_once().await?, id, old, &new).await?;
    Ok(())
}

/// The key for attempts at an unknown name.
fn unknown_key(login: &str) -> String {
    let keys = Email::keys(login).or_else(|_| Username::keys(username::trimmed(login)));
    keys.map(|keys| keys.key().to_owned()).unwrap_or_default()
}
