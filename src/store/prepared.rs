//! Statements that PostgreSQL prepares. Under a name they are read and planned once for a connection; a pooler that
//! lends connections for a transaction (pgbouncer's `pool_mode=transaction`) gives the next one to a client that does
//! not know the names.

use std::sync::atomic::{AtomicBool, Ordering};

static WITHOUT_NAMES: AtomicBool = AtomicBool::new(false);

/// From here on no statement has a name: `statement-cache-capacity=0` in the address asks for it.
pub(super) fn without_names() {
    WITHOUT_NAMES.store(true, Ordering::Relaxed);
}

/// Whether statements are prepared under names.
pub(super) fn by_name() -> bool {
    !WITHOUT_NAMES.load(Ordering::Relaxed)
}

/// Whether `error` says that a name is another client's, or unknown.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    matches!(error.code().as_deref(), Some("42P05" | "26000"))
}
