//! What admins do for others: see, edit, open and help accounts. Every function here checks that an admin asks.

pub mod bulk;
pub mod create;
pub mod edit;

use crate::app::App;
use crate::error::Error;
use crate::model::{Account, AccountId, Actor};
use crate::permission::permit_admin;
use crate::store;

use super::search;

/// An account as admins see it.
#[derive(Clone, Debug)]
pub struct Managed {
    /// The account.
    pub account: Account,
    /// What admins note for each other, or empty.
    pub note: String,
    /// Which change of it this is: a form made from it says so when it is saved.
    pub revision: i64,
}

/// The account of this id.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`].
pub async fn find(app: &App, by: &Actor, id: AccountId) -> Result<Managed, Error> {
    // Values and their revision are of one snapshot, or a form would overwrite what it has not shown.
    let mut connection = app.db().snapshot().await?;
    permit_admin(&mut connection, by).await?;
    let desk = store::accounts::desk(&mut connection, id).await?.ok_or(Error::NotFound)?;
    let account = store::accounts::find(&mut connection, id).await?.ok_or(Error::NotFound)?;
    Ok(Managed { account, note: desk.note.unwrap_or_default(), revision: desk.revision })
}

/// The accounts of these ids, in their order; those that are gone are left out.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn find_all(app: &App, by: &Actor, ids: &[AccountId]) -> Result<Vec<Account>, Error> {
    let mut connection = app.db().read().await?;
    permit_admin(&mut connection, by).await?;
    Ok(search::rows(&mut connection, ids).await?.into_iter().map(|row| row.account).collect())
}
