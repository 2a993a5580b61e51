//! What the dialects' updates change of an account: e-mail, name and password in one step.

use serde_json::Map;

use crate::app::App;
use crate::audit;
use crate::model::audit::Action;
use crate::model::password::Password;
use crate::model::{Account, AccountId, Actor, Email, Name};
use crate::store;
use crate::tokens;

use super::taken::Asker;
use super::{Error, count_change, password_link, permit, save};

/// What is to change; `None` leaves it as it is.
#[derive(Debug, Default)]
pub struct Amendment {
    /// The e-mail. Another address is not confirmed yet.
    pub email: Option<Email>,
    /// The name.
    pub name: Option<Name>,
    /// The password. Another one ends every session and token of the account; the one it has already, nothing.
    pub password: Option<Password>,
}

/// Changes all of it, or nothing.
///
/// # Errors
/// [`Error::Taken`], [`Error::TooMany`], [`Error::Forbidden`], [`Error::NotFound`], [`Error::Busy`].
pub async fn amend(app: &App, by: &Actor, id: AccountId, change: Amendment) -> Result<Account, Error> {
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
    permit(&mut tx, by, id).await?;
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
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
    if let Some(hash) = hash {
        let now = app.now();
        store::accounts::set_password(&mut tx, id, &hash, now).await?;
        password_link::forget(&mut tx, id).await?;
        store::sessions::delete_all(&mut tx, id, None).await?;
        tokens::spent::end_all(app, &mut tx, id).await?;
        audit::note(&mut tx, by, Action::PasswordChanged, Some(id), Map::new(), now).await?;
        account.password_changed_at = now;
    }
    tx.commit().await?;
    Ok(account)
}
