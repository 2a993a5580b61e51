//! Admins: there is always one left.

use crate::app::App;
use crate::model::Account;
use crate::store::{self, Transaction};

use crate::error::Error;

/// Whether any account can administer.
///
/// # Errors
/// When the database does not answer.
pub async fn exist(app: &App) -> Result<bool, Error> {
    let mut connection = app.db().read().await?;
    Ok(store::accounts::other_admins(&mut connection, None).await? > 0)
}

/// Refuses to lose `account` as an admin when there is no other.
pub(super) async fn ensure_an_admin_remains(tx: &mut Transaction, account: &Account) -> Result<(), Error> {
    if !account.is_admin || !account.is_active() {
        return Ok(());
    }
    store::accounts::lock_admins(tx).await?;
    if store::accounts::other_admins(tx, Some(account.id)).await? == 0 { Err(Error::LastAdmin) } else { Ok(()) }
}
