//! Disabling and enabling accounts.

use crate::app::App;
use crate::error::Error;
use crate::logins::end;
use crate::mails::{self, Purpose, Tell};
use crate::model::{Account, AccountId, Actor, Status};
use crate::permission::permit_admin;
use crate::store;

use super::save_because;

/// Disables an account (ending everything it is logged in with) or enables it again.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::LastAdmin`].
pub async fn set(app: &App, by: &Actor, id: AccountId, status: Status) -> Result<Account, Error> {
    set_because(app, by, id, status, "", Tell::Done).await
}

/// The same, for a reason that stands in the audit log, or none. `tell` says what the person is told of it by mail.
///
/// # Errors
/// As [`set`].
pub async fn set_because(
    app: &App,
    by: &Actor,
    id: AccountId,
    status: Status,
    reason: &str,
    tell: Tell,
) -> Result<Account, Error> {
    let mut tx = app.db().begin().await?;
    permit_admin(&mut tx, by).await?;
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let mut account = Account { status, ..before.clone() };
    if account == before {
        return Ok(account);
    }
    // Enabled, too: what was under way while it was disabled, or hidden, does not come back.
    let mut ended = end::everything(app, &mut tx, &before, None).await?;
    account.generation = ended.account.generation;
    save_because(app, &mut tx, by, &before, &mut account, reason).await?;
    if tell != Tell::No {
        let purpose = match status {
            Status::Active => Purpose::AccountEnabled,
            Status::Disabled => Purpose::AccountDisabled,
        };
        mails::notify(app, &mut tx, purpose, &before, mails::told_reason(&before, tell, reason)).await?;
    }
    tx.commit().await?;
    ended.tell(app).await;
    Ok(account)
}
