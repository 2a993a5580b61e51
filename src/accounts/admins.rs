//! Making and unmaking admins; there is always one left.

use crate::app::App;
use crate::model::{Account, AccountId, Actor, Name};
use crate::store::{self, Tx};

use super::save;
use crate::error::Error;
use crate::permission::permit_admin;

/// Makes an account an admin, or no longer one.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::LastAdmin`].
pub async fn set(app: &App, by: &Actor, id: AccountId, is_admin: bool) -> Result<Account, Error> {
    let mut tx = app.db().write().await?;
    permit_admin(&mut tx, by).await?;
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let mut account = Account { is_admin, ..before.clone() };
    if account != before {
        if !is_admin {
            keep_one(&mut tx, &before).await?;
        }
        save(app, &mut tx, by, &before, &mut account).await?;
    }
    tx.commit().await?;
    Ok(account)
}

/// Sets the name, in both its parts, and whether the account is an admin: what services inside the network know.
///
/// # Errors
/// As [`set`].
pub async fn set_with_name(app: &App, by: &Actor, id: AccountId, name: Name, is_admin: bool) -> Result<Account, Error> {
    let mut tx = app.db().write().await?;
    permit_admin(&mut tx, by).await?;
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    if before.is_admin && !is_admin {
        keep_one(&mut tx, &before).await?;
    }
    let mut account = Account { name, is_admin, ..before.clone() };
    if account != before {
        save(app, &mut tx, by, &before, &mut account).await?;
    }
    tx.commit().await?;
    Ok(account)
}

/// Whether any account can administer.
///
/// # Errors
/// When the database does not answer.
pub async fn exist(app: &App) -> Result<bool, Error> {
    let mut tx = app.db().read().await?;
    Ok(store::accounts::other_admins(&mut tx, None).await? > 0)
}

/// Refuses to lose `account` as an admin when there is no other.
pub(super) async fn keep_one(tx: &mut Tx, account: &Account) -> Result<(), Error> {
    if !account.is_admin || !account.is_active() {
        return Ok(());
    }
    store::accounts::lock_admins(tx).await?;
    if store::accounts::other_admins(tx, Some(account.id)).await? == 0 { Err(Error::LastAdmin) } else { Ok(()) }
}
