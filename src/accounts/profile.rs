//! Editing what other people see.

use crate::app::App;
use crate::model::{Account, AccountId, Actor, Name, Profile, Username};
use crate::store;

use super::taken::Asker;
use super::{begin_change, register, save};
use crate::error::Error;
use crate::permission::permit;

/// The new profile, whole.
pub struct Edit {
    /// The name.
    pub name: Name,
    /// The username; `None` leaves it as it is.
    pub username: Option<Username>,
    /// Everything else.
    pub profile: Profile,
}

/// Writes a profile. Saving what is there already changes nothing and announces nothing.
///
/// # Errors
/// [`Error::Taken`], [`Error::TooMany`], [`Error::Forbidden`], [`Error::NotFound`].
pub async fn edit(app: &App, by: &Actor, id: AccountId, edit: Edit) -> Result<Account, Error> {
    let Some(username) = edit.username.clone() else { return write(app, by, id, edit).await };
    let asker = Asker::of_change(app, by, id).await?;
    match write(app, by, id, edit).await {
        Err(error) => Err(asker.told(error, Some(&username), None).await),
        done => done,
    }
}

async fn write(app: &App, by: &Actor, id: AccountId, edit: Edit) -> Result<Account, Error> {
    let mut tx = begin_change(app, by, id).await?;
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    permit(&mut tx, by, id).await?;
    let mut account = before.clone();
    // A name given in parts elsewhere stays in those parts while its whole is the same.
    if edit.name.full != account.name.full {
        account.name = edit.name;
    }
    if let Some(username) = edit.username {
        register::permit_claim(app, Some(&username))?;
        account.username = Some(username);
    }
    account.profile = edit.profile;
    if account != before {
        save(app, &mut tx, by, &before, &mut account).await?;
    }
    tx.commit().await?;
    Ok(account)
}

/// Writes the name alone: the step after signing up.
///
/// # Errors
/// [`Error::TooMany`], [`Error::Forbidden`], [`Error::NotFound`].
pub async fn rename(app: &App, by: &Actor, id: AccountId, name: Name) -> Result<Account, Error> {
    let mut tx = begin_change(app, by, id).await?;
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    permit(&mut tx, by, id).await?;
    let mut account = before.clone();
    if name.full != account.name.full {
        account.name = name;
        save(app, &mut tx, by, &before, &mut account).await?;
    }
    tx.commit().await?;
    Ok(account)
}
