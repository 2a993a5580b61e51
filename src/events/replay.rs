//! Delivering once more what a target has got already.

use time::OffsetDateTime;

use crate::app::App;
use crate::error::Error;
use crate::store;

use super::targets;

/// Has the events from one time to another delivered to a target once more, with the ids they had. Gives the
/// numbers of the first and the last, or nothing when there are none (any more).
///
/// # Errors
/// [`Error::NotFound`] for a target that is not there.
pub async fn replay(
    app: &App,
    name: &str,
    from: OffsetDateTime,
    to: OffsetDateTime,
) -> Result<Option<(i64, i64)>, Error> {
    let mut tx = app.db().begin().await?;
    let target = targets::known(app, &mut tx).await?.into_iter().find(|target| target.name == name);
    let target = target.ok_or(Error::NotFound)?;
    let Some((first, last)) = store::events::range(&mut tx, from, to).await? else { return Ok(None) };
    store::targets::insert(&mut tx, name, target.url.as_deref(), target.reached).await?;
    store::targets::replay(&mut tx, name, first, last).await?;
    tx.commit().await?;
    Ok(Some((first, last)))
}
