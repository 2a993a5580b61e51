//! Sweeping up: sessions and links that have ended, events not delivered in time, orphaned picture files.

use crate::accounts;
use crate::app::App;
use crate::error::Error;
use crate::pictures;

/// Sweeps once.
///
/// # Errors
/// When the database or the media store does not answer.
pub async fn run_once(app: &App) -> Result<(), Error> {
    accounts::expire::expire(app).await?;
    pictures::sweep::sweep(app).await?;
    Ok(())
}
