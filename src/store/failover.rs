//! PostgreSQL servers that only read. After a failover an address may lead to one for a while, and a pool whose
//! connections live on would stay there: whatever it lends has to be able to write.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use sqlx::{PgConnection, Row as _};

/// How long after a refused write every connection is looked at before it is lent.
const SUSPICION: Duration = Duration::from_secs(10);

/// When a write was last refused by a server that only reads.
static REFUSED_AT: Mutex<Option<Instant>> = Mutex::new(None);

/// Whether a connection leads to a server that takes changes.
pub(super) async fn takes_writes(connection: &mut PgConnection) -> sqlx::Result<bool> {
    Ok(shown(connection, "show transaction_read_only").await? == "off")
}

/// What a server answers to `show …`: a text without a prepared statement.
pub(super) async fn shown(connection: &mut PgConnection, sql: &'static str) -> sqlx::Result<String> {
    sqlx::raw_sql(sql).fetch_one(connection).await?.try_get(0)
}

/// Why a connection that leads elsewhere is of no use.
pub(super) fn reads_only() -> sqlx::Error {
    sqlx::Error::Configuration("the server only reads".into())
}

/// Notes that a server does not write, and tells so once in a while.
pub(super) fn suspect() {
    if !is_suspected() {
        tracing::warn!("PostgreSQL only reads; connections are left until one leads to a server that writes");
    }
    if let Ok(mut at) = REFUSED_AT.lock() {
        *at = Some(Instant::now());
    }
}

/// Whether connections in use may lead to such a server, too.
pub(super) fn is_suspected() -> bool {
    REFUSED_AT.lock().is_ok_and(|at| at.is_some_and(|at| at.elapsed() < SUSPICION))
}
