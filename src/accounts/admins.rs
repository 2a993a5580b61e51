//! Admins: there is always one left.

use crate::app::App;
use crate::model::Account;
use crate::store::{self, Transaction};

use crate::error::Error;

/// The purpose of the link that makes the first admin.
pub(super) const FIRST_ADMIN: &str = "first-admin";

/// Withdraws that link, as every use case does that makes an admin.
pub(crate) async fn withdraw_link(tx: &mut Transaction) -> sqlx::Result<()> {
    store::links::clear(tx, FIRST_ADMIN).await
}

/// Whether any account can administer.
///
/// # Errors
/// When the database does not answer.
pub async fn exist(app: &App) -> Result<bool, Error> {
    let mut connection = app.db().read().await?;
    Ok(store::accounts::other_admins(&mut connection, None).await? > 0)
}

/// Ensures that an admin remains: refuses to lose `account` as one when there is no other.
pub(super) async fn ensure_an_admin_remains(tx: &mut Transaction, account: &Account) -> Result<(), Error> {
    if !account.is_admin || !account.is_active() {
        return Ok(());
    }
    store::accounts::lock_admins(tx).await?;
    if store::accounts::other_admins(tx, Some(account.id)).await? == 0 { Err(Error::LastAdmin) } else { Ok(()) }
}
