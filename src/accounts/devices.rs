//! Where an account is logged in: browser sessions, listed and ended.

use time::OffsetDateTime;

use crate::app::App;
use crate::model::AccountId;
use crate::store;

use super::Error;

/// A browser that an account is logged in on.
pub struct Device {
    /// Names its session; worth nothing as a cookie.
    pub id: Vec<u8>,
    /// What the browser calls itself.
    pub agent: String,
    /// The address it logged in from.
    pub address: String,
    /// When somebody logged in.
    pub created_at: OffsetDateTime,
    /// When it was last used, give or take a few minutes.
    pub seen_at: OffsetDateTime,
}

/// The devices an account is logged in on, the last used first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(app: &App, id: AccountId) -> Result<Vec<Device>, Error> {
    let mut tx = app.db().read().await?;
    let sessions = store::sessions::of_account(&mut tx, id, app.now()).await?;
    let device = |session: store::sessions::Session| Device {
        id: session.id,
        agent: session.device,
        address: session.address,
        created_at: session.created_at,
        seen_at: session.seen_at,
    };
    Ok(sessions.into_iter().map(device).collect())
}

/// Ends one. False when the account has no such device (any more).
///
/// # Errors
/// When the database does not answer.
pub async fn end(app: &App, id: AccountId, session: &[u8]) -> Result<bool, Error> {
    let mut tx = app.db().write().await?;
    let ended = store::sessions::delete_of(&mut tx, id, session).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Ends all but the one in use. Gives how many.
///
/// # Errors
/// When the database does not answer.
pub async fn end_others(app: &App, id: AccountId, keep: &[u8]) -> Result<u64, Error> {
    let mut tx = app.db().write().await?;
    let ended = store::sessions::delete_all(&mut tx, id, Some(keep)).await?;
    tx.commit().await?;
    Ok(ended)
}
