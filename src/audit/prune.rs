//! Keeping the log bounded: what is past its retention goes.

use crate::app::App;
use crate::error::Error;
use crate::store;

/// Removes up to 1,000 rows that are past their retention. Gives how many.
///
/// # Errors
/// When the database does not answer.
pub async fn prune(app: &App) -> Result<u64, Error> {
    let oldest = app.now() - app.settings().audit_retention;
    let mut tx = app.db().begin().await?;
    let Some(until) = store::audit::outdated(&mut tx, oldest).await? else { return Ok(0) };
    let removed = store::audit::prune(&mut tx, until).await?;
    tx.commit().await?;
    Ok(removed)
}
