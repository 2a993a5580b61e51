//! Editing everything that a form holds of somebody's account. Two admins at once do not undo each other's work.

use serde_json::Map;

use crate::accounts::admins::keep_one;
use crate::accounts::save;
use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::model::audit::Action;
use crate::model::{Account, AccountId, Actor, Email, Name, Profile, Username};
use crate::permission::permit_admin;
use crate::store;

use super::Managed;

/// All that can be edited, whole.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The change of the account that the editor saw.
    pub revision: i64,
    /// The name.
    pub name: Name,
    /// The username.
    pub username: Option<Username>,
    /// The e-mail. Another address is not confirmed.
    pub email: Option<Email>,
    /// Whether the e-mail, if it stays, is confirmed.
    pub email_confirmed: bool,
    /// What other people see.
    pub profile: Profile,
    /// Where the person belongs.
    pub organization: Option<String>,
    /// A language Portico speaks.
    pub language: Option<String>,
    /// An IANA time zone.
    pub time_zone: Option<String>,
    /// Whether it may edit others.
    pub is_admin: bool,
    /// What admins note for each other, or empty.
    pub note: String,
}

/// How a save ended.
#[derive(Clone, Debug)]
pub enum Saved {
    /// It is as the form says.
    Done(Box<Account>),
    /// Somebody changed the account after the form was made. Nothing is saved; this is how it stands now.
    Outdated(Box<Managed>),
}

/// Writes an edit, unless it was made from an older state. Saving what is there already changes nothing, whatever state
/// it was made from: the button was pressed twice.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Taken`], [`Error::LastAdmin`].
pub async fn edit(app: &App, by: &Actor, id: AccountId, edit: Edit) -> Result<Saved, Error> {
    let mut tx = app.db().write().await?;
    permit_admin(&mut tx, by).await?;
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let desk = store::accounts::desk(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let note = desk.note.unwrap_or_default();
    let (revision, new_note) = (edit.revision, edit.note.clone());
    let mut account = edited(app, &before, edit);
    if account == before && new_note == note {
        return Ok(Saved::Done(Box::new(account)));
    }
    if revision != desk.revision {
        return Ok(Saved::Outdated(Box::new(Managed { account: before, note, revision: desk.revision })));
    }
    if before.is_admin && !account.is_admin {
        keep_one(&mut tx, &before).await?;
    }
    if account != before {
        save(app, &mut tx, by, &before, &mut account).await?;
    }
    if new_note != note {
        store::accounts::set_note(&mut tx, id, Some(new_note.as_str()).filter(|note| !note.is_empty())).await?;
        // What it says stays out of the log, which the person may read.
        audit::note(&mut tx, by, Action::NoteChanged, Some(id), Map::new(), app.now()).await?;
    }
    tx.commit().await?;
    Ok(Saved::Done(Box::new(account)))
}

/// Gives an account another username.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Taken`].
pub async fn rename(app: &App, by: &Actor, id: AccountId, username: Username) -> Result<Account, Error> {
    let mut tx = app.db().write().await?;
    permit_admin(&mut tx, by).await?;
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let mut account = Account { username: Some(username), ..before.clone() };
    if account != before {
        save(app, &mut tx, by, &before, &mut account).await?;
    }
    tx.commit().await?;
    Ok(account)
}

fn edited(app: &App, before: &Account, edit: Edit) -> Account {
    let key = |email: &Option<Email>| email.as_ref().map(|email| email.key().to_owned());
    let same_address = key(&edit.email) == key(&before.email);
    let confirmed = same_address && edit.email_confirmed && edit.email.is_some();
    Account {
        // A name given in parts elsewhere stays in those parts while its whole is the same.
        name: if edit.name.full == before.name.full { before.name.clone() } else { edit.name },
        username: edit.username,
        email: edit.email,
        email_verified_at: confirmed.then(|| before.email_verified_at.unwrap_or_else(|| app.now())),
        profile: edit.profile,
        organization: edit.organization,
        language: edit.language,
        time_zone: edit.time_zone,
        is_admin: edit.is_admin,
        ..before.clone()
    }
}
