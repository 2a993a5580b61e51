//! What the dialects' updates change of an account: e-mail, name and password in one step.

use crate::app::App;
use crate::model::password::Password;
use crate::model::{Account, AccountId, Actor, Email, Name};
use crate::passwords::Verdict;
use crate::store;

use super::password::store_hash;
use super::{Error, permit, save};

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
/// [`Error::Taken`], [`Error::Forbidden`], [`Error::NotFound`], [`Error::Busy`].
pub async fn amend(app: &App, by: &Actor, id: AccountId, change: Amendment) -> Result<Account, Error> {
    let mut tx = app.db().read().await?;
    permit(&mut tx, by, id).await?;
    let old = store::accounts::password_hash(&mut tx, id).await?;
    drop(tx);
    let mut hash = None;
    if let Some(password) = &change.password
        && app.passwords().verify(password, old.as_deref()).await? == Verdict::Wrong
    {
        hash = Some(app.passwords().hash(password).await?);
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
