//! What the dialects' updates change of an account: e-mail, name and password in one step.

use crate::app::App;
use crate::logins::prove;
use crate::model::password::Password;
use crate::model::{Account, AccountId, Actor, Email, Name};
use crate::store;

use super::password::store_hash;
use super::taken::Asker;
use super::{count_change, save};
use crate::error::Error;
use crate::model::Client;
use crate::permission::permit;

/// What is to change; `None` leaves it as it is.
#[derive(Debug, Default)]
pub struct Amendment {
    /// The e-mail. Another address is not confirmed yet.
    pub email: Option<Email>,
    /// The name.
    pub name: Option<Name>,
    /// The password that the account has, for clients that ask their person for it; checked before anything else.
    pub current: Option<Password>,
    /// The password. Another one ends every session and token of the account; the one it has already, nothing.
    pub password: Option<Password>,
}

/// Changes all of it, or nothing.
///
/// # Errors
/// [`Error::Taken`], [`Error::TooMany`], [`Error::Forbidden`], [`Error::NotFound`], [`Error::Busy`]; as [`prove`] for the
/// password it has.
pub async fn amend(app: &App, by: &Actor, id: AccountId, change: Amendment, client: Client) -> Result<Account, Error> {
    if let Some(current) = &change.current {
        prove(app, by, id, current, client).await?;
    }
    let Some(email) = change.email.clone() else { return write(app, by, id, change).await };
    let asker = Asker::of_change(app, by, id).await?;
    match write(app, by, id, change).await {
        Err(error) => Err(asker.told(error, None, Some(&email)).await),
        done => done,
    }
}

async fn write(app: &App, by: &Actor, id: AccountId, change: Amendment) -> Result<Account, Error> {
    count_change(app, by, id).await?;
    let mut tx = app.db().read().await?;
    permit(&mut tx, by, id).await?;
    let old = store::accounts::password_hash(&mut tx, id).await?;
    drop(tx);
    let mut hash = None;
    if let Some(password) = &change.password {
        let same = match &old {
            Some(old) => app.passwords().is_same(password, old).await?,
            None => false,
        };
        if !same {
            hash = Some(app.passwords().hash(password).await?);
        }
    }
    let mut tx = app.db().write().await?;
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    permit(&mut tx, by, id).await?;
    let mut account = before.clone();
    if let Some(email) = change.email {
        if account.email.as_ref().is_none_or(|known| known.key() != email.key()) {
            account.email_verified_at = None;
        }
        account.email = Some(email);
    }
    // A name given in parts elsewhere stays in those parts while its whole is the same.
    if let Some(name) = change.name.filter(|name| name.full != account.name.full) {
        account.name = name;
    }
    // A new password is a change like any other, and all of it is one.
    if account != before || hash.is_some() {
        save(app, &mut tx, by, &before, &mut account).await?;
    }
    let ended = match hash {
        Some(hash) => Some(store_hash(app, &mut tx, by, &account, &hash, None).await?),
        None => None,
    };
    tx.commit().await?;
    if let Some(mut ended) = ended {
        ended.tell(app).await;
        return Ok(ended.account);
    }
    Ok(account)
}
