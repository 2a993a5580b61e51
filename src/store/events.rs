//! The table `events`: the outbox. What is pushed in a transaction is announced if it commits, else not.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::Event;

use super::{Tx, query};

/// Adds an event behind those already there.
///
/// # Errors
/// The database's.
pub async fn push(tx: &mut Tx, event: &Event, now: OffsetDateTime) -> sqlx::Result<()> {
    query!(
        tx,
        execute,
        "insert into events (id, kind, account_id, body, created_at) values ($1, $2, $3, $4, $5)",
        Uuid::now_v7(),
        event.kind.as_str(),
        event.account,
        event.body.to_string(),
        now,
    )?;
    Ok(())
}

/// Removes up to 1,000 events older than `before`. Gives how many.
///
/// # Errors
/// The database's.
pub async fn prune(tx: &mut Tx, before: OffsetDateTime) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "delete from events where sequence in (select sequence from events where created_at < $1 order by sequence limit 1000)",
        before,
    )
}

/// How many events wait.
///
/// # Errors
/// The database's.
pub async fn waiting(tx: &mut Tx) -> sqlx::Result<i64> {
    let (count,): (i64,) = query!(tx, fetch_one, "select count(*) from events")?;
    Ok(count)
}
