//! Disabling and enabling accounts.

use crate::app::App;
use crate::model::{Account, AccountId, Actor, Status};
use crate::store;
use crate::tokens;

use super::admins::keep_one;
use super::{Error, permit_admin, save};

/// Disables an account (ending everything it is logged in with) or enables it again.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::LastAdmin`].
pub async fn set(app: &App, by: &Actor, id: AccountId, status: Status) -> Result<Account, Error> {
    let mut tx = app.db().write().await?;
    permit_admin(&mut tx, by).await?;
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let mut account = Account { status, ..before.clone() };
    if account != before {
        if status == Status::Disabled {
            keep_one(&mut tx, &before).await?;
            store::sessions::delete_all(&mut tx, id, None).await?;
            tokens::spent::end_all(app, &mut tx, id).await?;
        }
        save(app, &mut tx, by, &before, &mut account).await?;
    }
    tx.commit().await?;
    Ok(account)
}
