//! Rows that go with no change of their own, written a moment later: whoever caused one cannot tell by the time it took.

use std::sync::{Mutex, PoisonError};

use metrics::counter;
use tokio::sync::Notify;

use crate::accounts::Error;
use crate::app::App;
use crate::model::audit::Entry;
use crate::store;

/// When so many wait, the database is slow or gone, and more are counted rather than kept.
const MOST: usize = 10_000;

/// What waits to be written.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: Mutex<Vec<Entry>>,
    filled: Notify,
}

impl Queue {
    /// Adds a row behind those that wait.
    pub(crate) fn push(&self, entry: Entry) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MOST {
            counter!("portico_audit_lost_total").increment(1);
            return;
        }
        waiting.push(entry);
        self.filled.notify_one();
    }

    /// Returns once something waits.
    pub async fn filled(&self) {
        self.filled.notified().await;
    }

    fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts back what could not be written, before what came meanwhile.
    fn put_back(&self, mut entries: Vec<Entry>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        entries.append(&mut waiting);
        *waiting = entries;
        self.filled.notify_one();
    }
}

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
    let mut tx = app.db().write().await?;
    for entry in entries {
        match entry.subject {
            Some(id) => store::audit::push_about(&mut tx, id, entry).await?,
            None => store::audit::push(&mut tx, entry).await?,
        }
    }
    Ok(tx.commit().await?)
}
