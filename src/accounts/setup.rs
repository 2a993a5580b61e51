//! The first admin: while there is none, the start-up log carries a link that makes one, once.

use std::time::Duration;

use crate::app::{App, hash_token, random_token};
use crate::logins::Authenticated;
use crate::model::{Account, Actor, Door, Who};
use crate::store;

use super::register::{self, Registration};
use super::{Client, Error, admins, permit, save};

const PURPOSE: &str = "first-admin";
const LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// A token for the link, or nothing when there is an admin. Tokens given before stay good: several replicas
/// may start at once, each with its own.
///
/// # Errors
/// When the database does not answer.
pub async fn token(app: &App) -> Result<Option<String>, Error> {
    if admins::exist(app).await? {
        return Ok(None);
    }
    let token = random_token();
    let mut tx = app.db().write().await?;
    store::links::insert(&mut tx, &hash_token(token.as_bytes()), PURPOSE, None, app.now() + LIFETIME).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// Whether a token makes the first admin.
///
/// # Errors
/// When the database does not answer.
pub async fn is_good(app: &App, token: &str) -> Result<bool, Error> {
    if admins::exist(app).await? {
        return Ok(false);
    }
    let mut tx = app.db().read().await?;
    Ok(store::links::exists(&mut tx, &hash_token(token.as_bytes()), PURPOSE, app.now()).await?)
}

/// Opens the first admin's account. The token, and every other one, works no more.
///
/// # Errors
/// [`Error::NotFound`] for a token that does not work, [`Error::Taken`], [`Error::Busy`].
pub async fn open(app: &App, token: &str, new: Registration, client: Client) -> Result<Authenticated, Error> {
    if !is_good(app, token).await? {
        return Err(Error::NotFound);
    }
    let hash = app.passwords().hash(&new.password).await?;
    let account = register::account(app, new, true);
    let mut tx = app.db().write().await?;
    if !store::links::take(&mut tx, &hash_token(token.as_bytes()), PURPOSE, app.now()).await? {
        return Err(Error::NotFound);
    }
    let by = Actor::account(account.id, Door::Pages, client.address);
    register::insert(app, &mut tx, &by, &account, Some(&hash)).await?;
    store::links::clear(&mut tx, PURPOSE).await?;
    tx.commit().await?;
    Ok(Authenticated::by_password(app, account))
}

/// Makes a logged-in account the first admin.
///
/// # Errors
/// [`Error::NotFound`] for a token that does not work.
pub async fn claim(app: &App, by: &Actor, token: &str) -> Result<(), Error> {
    let Who::Account(id) = by.who else { return Err(Error::NotFound) };
    let mut tx = app.db().write().await?;
    let good = store::links::take(&mut tx, &hash_token(token.as_bytes()), PURPOSE, app.now()).await?;
    store::links::clear(&mut tx, PURPOSE).await?;
    let none = store::accounts::other_admins(&mut tx, None).await? == 0;
    if !good || !none {
        return Err(Error::NotFound);
    }
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    permit(&mut tx, by, id).await?;
    let mut account = Account { is_admin: true, ..before.clone() };
    if account != before {
        save(app, &mut tx, by, &before, &mut account).await?;
    }
    Ok(tx.commit().await?)
}
