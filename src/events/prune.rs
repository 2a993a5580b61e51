//! Keeping the outbox bounded: what is past its retention goes, delivered or not.

use crate::app::App;
use crate::error::Error;
use crate::metrics::METRICS;
use crate::store;

use super::targets;

/// Removes up to 1,000 events that are past their retention, and says whom they did not reach. Gives how many.
///
/// # Errors
/// When the database does not answer.
pub async fn prune(app: &App) -> Result<u64, Error> {
    let oldest = app.now() - app.settings().event_retention;
    let mut tx = app.db().begin().await?;
    let Some(until) = store::events::outdated(&mut tx, oldest).await? else { return Ok(0) };
    for target in targets::known(app, &mut tx).await? {
        let lost = store::events::between(&mut tx, target.reached, until, 1_000).await?.len();
        if lost > 0 {
            METRICS.events_lost.with([&target.name]).inc_by(lost as u64);
            tracing::warn!(
                target_name = target.name,
                events = lost,
                "events are past their retention and removed before they could be delivered"
            );
        }
    }
    let removed = store::events::prune(&mut tx, until).await?;
    tx.commit().await?;
    Ok(removed)
}
