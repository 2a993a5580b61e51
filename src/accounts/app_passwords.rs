//! App passwords: made, listed and revoked by their owner. A program logs in with one in place of the account's
//! password; it opens no page.

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::clock;
use crate::error::Error;
use crate::logins::app_password::{LENGTH, PREFIX};
use crate::mails::{self, Detail, Purpose};
use crate::model::audit::Action;
use crate::model::{AccountId, Actor};
use crate::permission::permit_in_person;
use crate::secrets::{hash_token, random_text};
use crate::store;
use crate::store::app_passwords as stored;
use crate::tokens::revoked::Notices;

use super::two_factor::shortened;
use super::{hold_for_change, hold_to_end};

/// The most that an account may have.
const MAX: usize = 50;

/// An app password as its owner sees it.
#[derive(Clone, Debug)]
pub struct AppPassword {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub label: String,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When a program last logged in with it.
    pub used_at: Option<OffsetDateTime>,
    /// From which address, where that is known.
    pub used_from: Option<String>,
    /// When it runs out, if ever.
    pub expires_at: Option<OffsetDateTime>,
}

/// Those of an account that are good, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(app: &App, id: AccountId) -> Result<Vec<AppPassword>, Error> {
    let found = stored::of_account(&mut app.db().read().await?, id, app.now()).await?;
    let shown = |row: stored::AppPassword| AppPassword {
        id: row.id,
        label: row.label,
        created_at: row.created_at,
        used_at: row.used_at,
        used_from: row.used_from,
        expires_at: row.expires_at,
    };
    Ok(found.into_iter().map(shown).collect())
}

/// Makes one, which is good for `lifetime`, or until it is revoked. Its text is given this once.
///
/// # Errors
/// [`Error::Forbidden`] when the account has as many as it may; [`Error::TooMany`], [`Error::NotFound`].
pub async fn make(
    app: &App,
    by: &Actor,
    id: AccountId,
    label: &str,
    lifetime: Option<Duration>,
) -> Result<String, Error> {
    permit_in_person(by)?;
    let text = format!("{PREFIX}{}", random_text(LENGTH)?);
    let (mut tx, held) = hold_for_change(app, by, id).await?;
    let now = app.now();
    if stored::of_account(&mut tx, id, now).await?.len() >= MAX {
        return Err(Error::Forbidden);
    }
    let new = stored::AppPassword {
        id: clock::new_id(),
        account_id: id,
        generation: held.generation,
        label: shortened(label),
        created_at: now,
        used_at: None,
        used_from: None,
        expires_at: lifetime.map(|lifetime| now + lifetime),
    };
    stored::insert(&mut tx, &new, &hash_token(text.as_bytes())).await?;
    let detail = audit::detail("label", new.label.as_str().into());
    audit::record(&mut tx, by, Action::AppPasswordMade, Some(id), detail, now).await?;
    mails::notify(app, &mut tx, Purpose::AppPasswordMade, &held, Detail::default()).await?;
    tx.commit().await?;
    Ok(text)
}

/// Revokes one, and ends every log-in of a program with it, at once. Gives its label.
///
/// # Errors
/// [`Error::NotFound`] when the account has none such.
pub async fn revoke(app: &App, by: &Actor, id: AccountId, app_password: Uuid) -> Result<String, Error> {
    permit_in_person(by)?;
    let (mut tx, _) = hold_to_end(app, by, id).await?;
    let families = store::tokens::delete_of_app_password(&mut tx, app_password).await?;
    // Of another account, nothing is committed.
    let label = stored::delete(&mut tx, id, app_password).await?.ok_or(Error::NotFound)?;
    let detail = audit::detail("label", label.as_str().into());
    audit::record(&mut tx, by, Action::AppPasswordRevoked, Some(id), detail, app.now()).await?;
    tx.commit().await?;
    let mut notices = Notices::default();
    families.into_iter().for_each(|(family, expires_at)| notices.ended(family, expires_at));
    notices.send(app).await;
    Ok(label)
}
