//! Editing everything that a form holds of an account. Two admins at once do not undo each other's work.

use serde_json::Map;

use crate::accounts::change::Change;
use crate::accounts::{email_undo, save};
use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::model::audit::Action;
use crate::model::{Account, AccountId, Actor};
use crate::permission::permit_admin;
use crate::store;

use super::Managed;

/// What a form says of an account.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The change of the account that the editor saw.
    pub revision: i64,
    /// What the account is to be.
    pub change: Change,
    /// What admins note for each other, or empty.
    pub note: String,
}

/// How a save ended.
#[derive(Clone, Debug)]
pub enum Saved {
    /// It is as the form says.
    Done(Box<Account>),
    /// Another admin changed the account after the form was made. Nothing is saved; this is how it stands now.
    Outdated(Box<Managed>),
}

/// Writes an edit, unless it was made from an older state. Saving what is there already changes nothing, whatever state
/// it was made from: the button was pressed twice.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Taken`], [`Error::LastAdmin`].
pub async fn edit(app: &App, by: &Actor, id: AccountId, edit: Edit) -> Result<Saved, Error> {
    let mut tx = app.db().begin().await?;
    permit_admin(&mut tx, by).await?;
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let desk = store::accounts::desk(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let note = desk.note.unwrap_or_default();
    let mut account = edit.change.of(&before, app.now());
    if account == before && edit.note == note {
        return Ok(Saved::Done(Box::new(account)));
    }
    if edit.revision != desk.revision {
        return Ok(Saved::Outdated(Box::new(Managed { account: before, note, revision: desk.revision })));
    }
    email_undo::tell_former(app, &mut tx, by, &before, &account).await?;
    save(app, &mut tx, by, &before, &mut account).await?;
    if edit.note != note {
        store::accounts::set_note(&mut tx, id, Some(edit.note.as_str()).filter(|note| !note.is_empty())).await?;
        // What it says stays out of the log, which the person may read.
        audit::record(&mut tx, by, Action::NoteChanged, Some(id), Map::new(), app.now()).await?;
    }
    tx.commit().await?;
    Ok(Saved::Done(Box::new(account)))
}
