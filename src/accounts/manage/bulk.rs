//! The same done to many accounts at once, each by itself: what cannot be done to one does not hold up the others.

use crate::accounts::status;
use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::mails::Tell;
use crate::model::audit::Action;
use crate::model::{AccountId, Actor, Status};

use crate::permission::permit_admin;

/// The most accounts that one request changes.
pub const MAX_ACCOUNTS: usize = 500;

/// What became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// They have the status now.
    pub done: u64,
    /// One could not be done, since it is the only admin.
    pub kept: u64,
}

/// Disables or enables accounts; those that are gone meanwhile are passed over.
///
/// # Errors
/// [`Error::Forbidden`], and when the database does not answer: then those before are done.
pub async fn set_status(
    app: &App,
    by: &Actor,
    ids: &[AccountId],
    status: Status,
    reason: &str,
    tell: Tell,
) -> Result<Outcome, Error> {
    let mut outcome = Outcome::default();
    for id in ids.iter().take(MAX_ACCOUNTS) {
        match status::set_because(app, by, *id, status, reason, tell).await {
            Ok(_) => outcome.done += 1,
            Err(Error::LastAdmin) => outcome.kept += 1,
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(outcome)
}

/// Notes that accounts are about to be written out: so many, or all that a search finds.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn note_export(app: &App, by: &Actor, chosen: Option<usize>) -> Result<(), Error> {
    let mut tx = app.db().begin().await?;
    permit_admin(&mut tx, by).await?;
    let what = chosen.map_or_else(|| "search".into(), |count| count.into());
    audit::record(&mut tx, by, Action::Exported, None, audit::detail("count", what), app.now()).await?;
    Ok(tx.commit().await?)
}
