//! The table `events`: the outbox. What is pushed in a transaction is announced if it commits, else not.

use sqlx_macros::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::clock;
use crate::model::{AccountId, Event};

use super::bulk::Rows;
use super::sql_value::SqlValue;
use super::{Backend, Connection, Db, Transaction, Writer, query};

/// An event as it waits.
#[derive(Clone, Debug, FromRow)]
pub struct EventRow {
    /// Its place in the order. Numbers may be missing, but none is filled in behind one that [`settled`] gave.
    pub sequence: i64,
    /// Its name for ever.
    pub id: Uuid,
    /// What happened, as it is called on the wire.
    pub kind: String,
    /// To whom.
    pub account_id: AccountId,
    /// What consumers read: JSON.
    pub body: String,
    /// When.
    pub created_at: OffsetDateTime,
}

/// Adds an event behind those already there.
pub async fn push(tx: &mut Transaction, event: &Event, now: OffsetDateTime) -> sqlx::Result<()> {
    let (id, kind, account, body) = (clock::new_id(), event.kind.as_str(), event.account, event.body.to_string());
    match tx.backend() {
        Backend::Sqlite => query!(
            tx,
            execute,
            "insert into events (id, kind, account_id, body, created_at) values ($1, $2, $3, $4, $5)",
            id,
            kind,
            account,
            body,
            now,
        ),
        // The lock is shared, so that writers do not wait for each other, and taken before the number: see `settled`.
        Backend::Postgres => query!(
            tx,
            execute,
            "with held as materialized (select pg_advisory_xact_lock_shared(7034128)) \
             insert into events (id, kind, account_id, body, created_at) select $1, $2, $3, $4, $5 from held",
            id,
            kind,
            account,
            body,
            now,
        ),
    }?;
    Ok(())
}

/// Many events, in their order.
pub fn rows(events: impl Iterator<Item = Event>, now: OffsetDateTime) -> Rows {
    let row = |event: Event| {
        let (kind, body) = (event.kind.as_str().into(), SqlValue::Text(event.body.to_string()));
        vec![clock::new_id().into(), kind, event.account.into(), body, now.into()]
    };
    let columns = vec!["id", "kind", "account_id", "body", "created_at"];
    Rows { table: "events", columns, rows: events.map(row).collect() }
}

/// Adds events behind those already there.
pub async fn push_all(tx: &mut Transaction, events: &Rows) -> sqlx::Result<()> {
    if tx.backend() == Backend::Postgres {
        // Before the numbers: see `settled`.
        query!(tx, execute, "select pg_advisory_xact_lock_shared(7034128)")?;
    }
    events.insert(tx).await
}

/// The last number behind which nothing can appear any more, or `None` when that cannot be said just now.
///
/// PostgreSQL numbers events when they are written, and shows them when they are committed: number 6 may be seen while
/// 5 is not there yet. A writer holds a shared lock until its transaction ends. Once we have had that lock for
/// ourselves, all numbers up to the highest seen are there or never will be. We ask for it briefly: writers that come
/// meanwhile wait.
pub async fn settled(db: &Db) -> sqlx::Result<Option<i64>> {
    if let Db::Sqlite { .. } = db {
        // One transaction writes at a time, so numbers are seen in their order.
        return latest(&mut db.read().await?).await.map(Some);
    }
    let mut tx = db.begin().await?;
    query!(&mut tx, execute, "set local lock_timeout = '200ms'")?;
    match query!(&mut tx, execute, "select pg_advisory_xact_lock(7034128)") {
        Ok(_) => latest(&mut tx).await.map(Some),
        Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code == "55P03") => Ok(None),
        Err(error) => Err(error),
    }
}

/// The highest number seen, or 0.
pub async fn latest(connection: &mut Connection) -> sqlx::Result<i64> {
    let (sequence,): (Option<i64>,) = query!(connection, fetch_one, "select max(sequence) from events")?;
    Ok(sequence.unwrap_or_default())
}

/// Events behind `after` up to `until`, in order, `limit` at most.
pub async fn between(connection: &mut Connection, after: i64, until: i64, limit: i64) -> sqlx::Result<Vec<EventRow>> {
    query!(
        connection,
        fetch_all,
        "select sequence, id, kind, account_id, body, created_at from events \
         where sequence > $1 and sequence <= $2 order by sequence limit $3",
        after,
        until,
        limit,
    )
}

/// How many events stand behind `after`, and when the first of them happened.
pub async fn waiting(connection: &mut Connection, after: i64) -> sqlx::Result<(i64, Option<OffsetDateTime>)> {
    let (count,): (i64,) = query!(connection, fetch_one, "select count(*) from events where sequence > $1", after)?;
    let oldest: Option<(OffsetDateTime,)> = query!(
        connection,
        fetch_optional,
        "select created_at from events where sequence > $1 order by sequence limit 1",
        after,
    )?;
    Ok((count, oldest.map(|(timestamp,)| timestamp)))
}

/// The first and last number of the events from one time to another, both included.
pub async fn range(
    connection: &mut Connection,
    from: OffsetDateTime,
    to: OffsetDateTime,
) -> sqlx::Result<Option<(i64, i64)>> {
    let (first, last): (Option<i64>, Option<i64>) = query!(
        connection,
        fetch_one,
        "select min(sequence), max(sequence) from events where created_at >= $1 and created_at <= $2",
        from,
        to,
    )?;
    Ok(first.zip(last))
}

/// The number up to which events are older than `before`, looking at the first 1,000.
pub async fn outdated(connection: &mut Connection, before: OffsetDateTime) -> sqlx::Result<Option<i64>> {
    let (sequence,): (Option<i64>,) = query!(
        connection,
        fetch_one,
        "select max(sequence) from (select sequence, created_at from events order by sequence limit 1000) as first \
         where created_at < $1",
        before,
    )?;
    Ok(sequence)
}

/// Removes events up to a number. Gives how many.
pub async fn prune(connection: &mut Writer, until: i64) -> sqlx::Result<u64> {
    query!(connection, execute, "delete from events where sequence <= $1", until)
}
