//! The first admin: while there is none, the start-up log carries a link that makes one, once.

use std::time::Duration;

use time::OffsetDateTime;

use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::model::{Account, Actor, Client, Door, Principal};
use crate::permission::permit;
use crate::secrets::hash_token;
use crate::store;

use super::admins::FIRST_ADMIN;
use super::registration::Registration;
use super::{admins, insert, save};

const LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// The token of the link, or nothing when there is an admin. There is one link at a time: another start, or another
/// replica, shows the one that is good, and a new one once that has run out.
///
/// # Errors
/// When the database does not answer.
pub async fn token(app: &App) -> Result<Option<String>, Error> {
    let mut tx = app.db().begin().await?;
    store::accounts::lock_admins(&mut tx).await?;
    if store::accounts::other_admins(&mut tx, None).await? > 0 {
        admins::withdraw_link(&mut tx).await?;
        tx.commit().await?;
        return Ok(None);
    }
    if let Some(until) = store::links::last(&mut tx, FIRST_ADMIN, app.now()).await? {
        let token = token_until(app, until);
        if store::links::exists(&mut tx, &hash_token(token.as_bytes()), FIRST_ADMIN, app.now()).await? {
            return Ok(Some(token));
        }
    }
    let until = app.now() + LIFETIME;
    let token = token_until(app, until);
    admins::withdraw_link(&mut tx).await?;
    store::links::insert(&mut tx, &hash_token(token.as_bytes()), FIRST_ADMIN, None, until).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// Made from the key, so that it is stored nowhere and can be shown again.
fn token_until(app: &App, until: OffsetDateTime) -> String {
    let mac = app.sign(FIRST_ADMIN, &until.unix_timestamp().to_be_bytes());
    mac.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a token makes the first admin.
///
/// # Errors
/// When the database does not answer.
pub async fn is_good(app: &App, token: &str) -> Result<bool, Error> {
    if admins::exist(app).await? {
        return Ok(false);
    }
    let mut connection = app.db().read().await?;
    Ok(store::links::exists(&mut connection, &hash_token(token.as_bytes()), FIRST_ADMIN, app.now()).await?)
}

/// Opens the first admin's account. The token, and every other one, works no more.
///
/// # Errors
/// [`Error::NotFound`] for a token that does not work, [`Error::Taken`], [`Error::Busy`].
pub async fn open(app: &App, token: &str, new: Registration, client: Client) -> Result<Authenticated, Error> {
    if !is_good(app, token).await? {
        return Err(Error::NotFound);
    }
    let (account, kept) = insert::made(app, new, true, Some(client.address)).await?;
    let mut tx = app.db().begin().await?;
    if !store::links::take(&mut tx, &hash_token(token.as_bytes()), FIRST_ADMIN, app.now()).await? {
        return Err(Error::NotFound);
    }
    let by = Actor::account(account.id, Door::Pages, client.address);
    let opened = insert::insert_own(app, &mut tx, &by, account, &kept, None).await?;
    tx.commit().await?;
    Ok(*opened.who)
}

/// Makes a logged-in account the first admin.
///
/// # Errors
/// [`Error::NotFound`] for a token that does not work.
pub async fn claim(app: &App, by: &Actor, token: &str) -> Result<(), Error> {
    let Principal::Account(id) = by.who else { return Err(Error::NotFound) };
    let mut tx = app.db().begin().await?;
    let good = store::links::take(&mut tx, &hash_token(token.as_bytes()), FIRST_ADMIN, app.now()).await?;
    let none = store::accounts::other_admins(&mut tx, None).await? == 0;
    if !good || !none {
        return Err(Error::NotFound);
    }
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    permit(&mut tx, by, id).await?;
    let mut account = Account { is_admin: true, ..before.clone() };
    save(app, &mut tx, by, &before, &mut account).await?;
    Ok(tx.commit().await?)
}
