//! Writing the rows of the audit log that wait in its queue.

use crate::app::App;
use crate::error::Error;
use crate::model::audit::Entry;
use crate::store;

/// Writes what waits. Gives how many rows.
///
/// # Errors
/// When the database does not answer; then they go on waiting.
pub async fn flush(app: &App) -> Result<usize, Error> {
    let entries = app.audit_queue().take();
    match write(app, &entries).await {
        Ok(()) => Ok(entries.len()),
        Err(error) => {
            app.audit_queue().put_back(entries);
            Err(error)
        }
    }
}

async fn write(app: &App, entries: &[Entry]) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut tx = app.db().begin().await?;
    for entry in entries {
        match entry.subject {
            Some(id) => store::audit::push_about(&mut tx, id, entry).await?,
            None => store::audit::push(&mut tx, entry).await?,
        }
    }
    Ok(tx.commit().await?)
}
