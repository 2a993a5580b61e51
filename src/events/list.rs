//! Events that are kept, in order.

use crate::app::App;
use crate::store;

use crate::error::Error;

pub use crate::store::events::EventRow;

/// Up to `limit` events behind the number `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(app: &App, after: i64, limit: i64) -> Result<Vec<EventRow>, Error> {
    let mut connection = app.db().read().await?;
    Ok(store::events::between(&mut connection, after, i64::MAX, limit).await?)
}

/// How many events are kept.
///
/// # Errors
/// When the database does not answer.
pub async fn count(app: &App) -> Result<i64, Error> {
    let mut connection = app.db().read().await?;
    Ok(store::events::waiting(&mut connection, 0).await?.0)
}
