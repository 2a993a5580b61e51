//! Removing what has run out: sessions, links, pending sign-ups, former usernames, and events, mails and rows of the audit log past their
//! retention.

use std::time::Duration;

use crate::app::App;
use crate::audit;
use crate::events;
use crate::mails;
use crate::store;

use crate::error::Error;

/// For so long the page of a link that has ended tells how.
const ENDED_LINK_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Removes it, a bounded part in each transaction, so that no writer waits long for the lock.
///
/// # Errors
/// When the database does not answer.
pub async fn expire(app: &App) -> Result<(), Error> {
    let now = app.now();
    loop {
        let mut tx = app.db().begin().await?;
        let sessions = store::sessions::prune(&mut tx, now).await?;
        let families = store::tokens::prune(&mut tx, now).await?;
        store::links::prune(&mut tx, now - ENDED_LINK_KEPT).await?;
        store::email_changes::prune(&mut tx, now, now - ENDED_LINK_KEPT).await?;
        store::pending_sign_ups::prune(&mut tx, now).await?;
        store::invites::prune(&mut tx, now).await?;
        store::factors::prune(&mut tx, now).await?;
        store::app_passwords::prune(&mut tx, now).await?;
        store::former_usernames::prune(&mut tx, now).await?;
        tx.commit().await?;
        let events = events::prune::prune(app).await?;
        let rows = audit::prune::prune(app).await?;
        let mails = mails::manage::prune(app).await?;
        if sessions < 1_000 && events < 1_000 && families < 1_000 && rows < 1_000 && mails < 1_000 {
            return Ok(());
        }
    }
}
