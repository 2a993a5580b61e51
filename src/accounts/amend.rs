//! What the dialects' updates change of an account: e-mail, name and password in one step.

use serde_json::Map;

use crate::app::App;
use crate::audit;
use crate::model::audit::Action;
use crate::model::password::Password;
use crate::model::{Account, AccountId, Actor, Email, Name};
use crate::passwords::Verdict;
use crate::store;
use crate::tokens;

use super::{Client, Error, password_link, permit, save, sign_in};

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
/// [`Error::Taken`], [`Error::Forbidden`], [`Error::NotFound`], [`Error::Busy`]; as [`sign_in::prove`] for the password it has.
pub async fn amend(app: &App, by: &Actor, id: AccountId, change: Amendment, client: Client) -> Result<Account, Error> {
    if let Some(current) = &change.current {
        sign_in::prove(app, by, id, current, client).await?;
    }
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
