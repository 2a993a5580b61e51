//! Opening an account on behalf of another person.

use crate::accounts::insert;
use crate::app::App;
use crate::error::Error;
use crate::model::password::Password;
use crate::model::{Account, Actor, Email, Name, Username};
use crate::permission::permit_admin;

/// A new account. It has a username, an e-mail, or both.
pub struct New {
    /// The username.
    pub username: Option<Username>,
    /// The e-mail.
    pub email: Option<Email>,
    /// The person's name.
    pub name: Name,
    /// Whether it may edit others.
    pub is_admin: bool,
    /// The password; without one no log-in is possible before it is set by a link.
    pub password: Option<Password>,
}

/// Opens it.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Taken`], [`Error::Busy`].
pub async fn create(app: &App, by: &Actor, new: New) -> Result<Account, Error> {
    let mut connection = app.db().read().await?;
    permit_admin(&mut connection, by).await?;
    drop(connection);
    let hash = match &new.password {
        Some(password) => Some(app.passwords().hash(password, by.client()).await?),
        None => None,
    };
    let account = Account { is_admin: new.is_admin, ..insert::new_account(app, new.username, new.email, new.name) };
    let mut tx = app.db().begin().await?;
    permit_admin(&mut tx, by).await?;
    insert::insert(app, &mut tx, by, &account, hash.as_deref()).await?;
    tx.commit().await?;
    Ok(account)
}
