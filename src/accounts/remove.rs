//! Deleting an account: row, sessions and picture go; other services are told.

use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::mails::{self, Detail, Outgoing, Purpose, Tell};
use crate::model::{AccountId, Actor, Event};
use crate::permission::permit_in_person;
use crate::store;

use super::admins::ensure_an_admin_remains;
use super::hold_to_end;

/// Deletes an account for ever. The caller has authenticated the actor.
///
/// # Errors
/// [`Error::Closed`] when people may not delete themselves, [`Error::Forbidden`], [`Error::NotFound`],
/// [`Error::LastAdmin`].
pub async fn remove(app: &App, by: &Actor, id: AccountId) -> Result<(), Error> {
    remove_and(app, by, id, Tell::Done).await
}

/// The same; `tell` says whether the person is told of it by mail.
///
/// # Errors
/// As [`remove`].
pub async fn remove_and(app: &App, by: &Actor, id: AccountId, tell: Tell) -> Result<(), Error> {
    permit_in_person(by)?;
    if by.is(id) && !app.settings().self_delete {
        return Err(Error::Closed);
    }
    let (mut tx, account) = hold_to_end(app, by, id).await?;
    ensure_an_admin_remains(&mut tx, &account).await?;
    let now = app.now();
    store::mails::forget(&mut tx, id, now).await?;
    if let Some(recipient) = account.email().filter(|_| tell != Tell::No) {
        // About no account: this mail outlives it.
        let mail = Outgoing {
            purpose: Purpose::AccountDeleted,
            account: None,
            recipient,
            language: mails::language_of(app, &account),
            detail: Detail::default(),
            link: None,
            asker: None,
        };
        mails::enqueue(app, &mut tx, mail).await?;
    }
    store::accounts::delete(&mut tx, id).await?;
    audit::record_deleted(&mut tx, by, id, now).await?;
    store::events::push(&mut tx, &Event::deleted(id), now).await?;
    tx.commit().await?;
    if let Some(picture) = account.picture {
        // The row is gone, so nothing refers to the files; should this fail, the sweep finds them.
        app.media().remove(&picture.key).await;
    }
    Ok(())
}
