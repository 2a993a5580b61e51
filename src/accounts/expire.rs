//! Removing what has run out: sessions, links, pending sign-ups, former usernames, and events, mails and rows of the
//! audit log past their retention; and what one account has too much of.

use std::time::Duration;

use crate::app::App;
use crate::audit;
use crate::events;
use crate::mails;
use crate::store;

use crate::error::Error;

/// The most sessions of an account, and the most families of tokens: a program that logs in for each of its requests
/// leaves them until they expire, and the pages of the account's owner count them.
const MAX_DEVICES: i64 = 10_000;

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
        store::former_passwords::prune(&mut tx, now).await?;
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
            return end_surplus(app).await;
        }
    }
}

/// Ends what accounts are logged in on beyond [`MAX_DEVICES`], that used last left.
async fn end_surplus(app: &App) -> Result<(), Error> {
    let crowded = store::devices::crowded(&mut app.db().read().await?, MAX_DEVICES).await?;
    for account in crowded {
        loop {
            let mut tx = app.db().begin().await?;
            let ended = store::devices::end_surplus(&mut tx, account, MAX_DEVICES).await?;
            tx.commit().await?;
            if ended < 1_000 {
                break;
            }
        }
    }
    Ok(())
}
