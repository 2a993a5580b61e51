//! The queue of audit rows that go with no change of their own, written a moment later: a client that caused one cannot
//! tell by the time it took.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::metrics::METRICS;
use crate::model::audit::Entry;

/// When so many wait, the database is slow or gone, and more are counted rather than kept.
const MAX_QUEUED: usize = 10_000;

/// What waits to be written.
#[derive(Debug, Default)]
pub struct AuditQueue {
    waiting: Mutex<Vec<Entry>>,
    filled: Notify,
}

impl AuditQueue {
    /// Adds a row behind those that wait.
    pub(crate) fn push(&self, entry: Entry) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MAX_QUEUED {
            METRICS.audit_lost.inc();
            return;
        }
        waiting.push(entry);
        self.filled.notify_one();
    }

    /// Returns once something waits.
    pub async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Takes everything that waits.
    pub(crate) fn take(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts back what could not be written, before what came meanwhile.
    pub(crate) fn put_back(&self, mut entries: Vec<Entry>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        entries.append(&mut waiting);
        *waiting = entries;
        self.filled.notify_one();
    }
}
