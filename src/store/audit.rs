//! The table `audit`. Rows are only added; see its migration for what the database itself refuses.

use sqlx_macros::FromRow;
use time::OffsetDateTime;

use crate::metrics::METRICS;
use crate::model::AccountId;
use crate::model::audit::Entry;

use super::bulk::Rows;
use super::sql_value::SqlValue;
use super::{Connection, Transaction, Writer, query};

/// A row as it is stored, with what the people in it are called now.
#[derive(Clone, Debug, FromRow)]
pub struct AuditRow {
    /// Its place in the order.
    pub sequence: i64,
    /// When it happened.
    pub created_at: OffsetDateTime,
    /// What happened.
    pub action: String,
    /// The kind of actor.
    pub actor_kind: String,
    /// Which account did it.
    pub actor_id: Option<AccountId>,
    /// What that account is called, while it is there.
    pub actor_name: Option<String>,
    /// To whom.
    pub subject_id: Option<AccountId>,
    /// What that account is called, while it is there.
    pub subject_name: Option<String>,
    /// By which door.
    pub door: String,
    /// From which address.
    pub address: Option<String>,
    /// What else there is to say: JSON.
    pub detail: Option<String>,
}

/// The columns that an entry is written to.
pub(super) const COLUMNS: [&str; 9] =
    ["created_at", "action", "topic", "actor_kind", "actor_id", "subject_id", "door", "address", "detail"];

/// What an entry is written as, beside its timestamp.
struct Columns {
    action: &'static str,
    topic: &'static str,
    actor_kind: &'static str,
    actor_id: Option<AccountId>,
    subject_id: Option<AccountId>,
    door: &'static str,
    address: Option<String>,
    detail: Option<String>,
}

/// What an entry is written as. It is counted, too: what is written, every process tells by its metrics.
fn columns(entry: &Entry) -> Columns {
    let (action, door) = (entry.action.as_str(), entry.actor.door.as_str());
    METRICS.audit_rows.with([action, door]).inc();
    Columns {
        action,
        topic: entry.action.topic().as_str(),
        actor_kind: entry.actor.who.kind(),
        actor_id: entry.actor.who.account(),
        subject_id: entry.subject,
        door,
        address: entry.actor.address.map(|address| address.to_canonical().to_string()),
        detail: entry.detail_text(),
    }
}

/// Adds a row.
pub async fn push(connection: &mut Writer, entry: &Entry) -> sqlx::Result<()> {
    let columns = columns(entry);
    query!(
        connection,
        execute,
        "insert into audit (created_at, action, topic, actor_kind, actor_id, subject_id, door, address, detail) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        entry.created_at,
        columns.action,
        columns.topic,
        columns.actor_kind,
        columns.actor_id,
        columns.subject_id,
        columns.door,
        &columns.address,
        &columns.detail,
    )?;
    Ok(())
}

/// A row as values of [`COLUMNS`].
pub(super) fn to_sql_values(entry: &Entry) -> Vec<SqlValue> {
    let columns = columns(entry);
    vec![
        entry.created_at.into(),
        columns.action.into(),
        columns.topic.into(),
        columns.actor_kind.into(),
        columns.actor_id.into(),
        columns.subject_id.into(),
        columns.door.into(),
        columns.address.as_deref().into(),
        columns.detail.as_deref().into(),
    ]
}

/// Many rows.
pub fn rows(entries: impl Iterator<Item = Entry>) -> Rows {
    Rows { table: "audit", columns: COLUMNS.to_vec(), rows: entries.map(|entry| to_sql_values(&entry)).collect() }
}

/// Adds a row about an account, if that is still there: what comes late must not outlive it.
pub async fn push_about(connection: &mut Writer, id: AccountId, entry: &Entry) -> sqlx::Result<()> {
    let there: Option<(AccountId,)> = query!(connection, fetch_optional, "select id from accounts where id = $1", id)?;
    if there.is_some() { push(connection, entry).await } else { Ok(()) }
}

/// Takes the personal data of an account that is gone out of the rows about it, and its addresses out of the rows
/// about others.
pub async fn redact(tx: &mut Transaction, id: AccountId) -> sqlx::Result<()> {
    query!(
        tx,
        execute,
        "update audit set address = null, detail = case when subject_id = $1 then null else detail end \
         where subject_id = $1 or (actor_kind = 'account' and actor_id = $1)",
        id,
    )?;
    Ok(())
}

/// Which rows are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct AuditQuery {
    /// Only those by this kind of actor.
    pub actor_kind: Option<&'static str>,
    /// Only those of this account; with it, `actor_kind` is `account`.
    pub actor: Option<AccountId>,
    /// Only those about this account.
    pub subject: Option<AccountId>,
    /// Only those of this topic.
    pub topic: Option<&'static str>,
    /// Only those from this number on.
    pub first: Option<i64>,
    /// Only those up to this number.
    pub last: Option<i64>,
}

/// From where to read, and which way.
#[derive(Clone, Copy, Debug)]
pub enum Direction {
    /// The rows before this number, the newest first.
    Before(i64),
    /// The rows behind this number, the oldest first.
    Behind(i64),
}

/// One text for each set of filters: a text that fits all would keep SQLite from using the index that fits.
macro_rules! rows {
    ($tx:expr, $wanted:expr, $limit:expr, $from:expr, $filter:literal, $comparison:literal, $order:literal) => {
        query!(
            $tx,
            fetch_all,
            concat!(
                "select audit.sequence, audit.created_at, action, actor_kind, actor_id, subject_id, door, address, \
                 detail, coalesce(nullif(actor.full_name, ''), actor.username, actor.email) as actor_name, \
                 coalesce(nullif(subject.full_name, ''), subject.username, subject.email) as subject_name \
                 from audit left join accounts actor on actor.id = audit.actor_id \
                 left join accounts subject on subject.id = audit.subject_id where audit.sequence ",
                $comparison,
                " $1 and audit.sequence >= $2 and audit.sequence <= $3 and ",
                $filter,
                " order by audit.sequence ",
                $order,
                " limit $4"
            ),
            $from,
            $wanted.first.unwrap_or(0),
            $wanted.last.unwrap_or(i64::MAX),
            $limit,
            $wanted.actor_kind,
            $wanted.actor,
            $wanted.subject,
            $wanted.topic,
        )
    };
    ($tx:expr, $wanted:expr, $limit:expr, $direction:expr, $filter:literal) => {
        match $direction {
            Direction::Before(number) => rows!($tx, $wanted, $limit, number, $filter, "<", "desc"),
            Direction::Behind(number) => rows!($tx, $wanted, $limit, number, $filter, ">", "asc"),
        }
    };
}

/// Rows that are wanted, `limit` at most.
pub async fn list(
    connection: &mut Connection,
    wanted: &AuditQuery,
    direction: Direction,
    limit: i64,
) -> sqlx::Result<Vec<AuditRow>> {
    match (wanted.actor_kind.is_some(), wanted.subject.is_some(), wanted.topic.is_some()) {
        (_, true, _) => rows!(
            connection,
            wanted,
            limit,
            direction,
            "audit.subject_id = $7 and ($5 is null or actor_kind = $5) and ($6 is null or actor_id = $6) \
             and ($8 is null or topic = $8)"
        ),
        (true, false, _) if wanted.actor.is_some() => rows!(
            connection,
            wanted,
            limit,
            direction,
            "actor_kind = $5 and actor_id = $6 and $7 is null and ($8 is null or topic = $8)"
        ),
        (true, false, _) => rows!(
            connection,
            wanted,
            limit,
            direction,
            "actor_kind = $5 and actor_id is null and $6 is null and $7 is null and ($8 is null or topic = $8)"
        ),
        (false, false, true) => {
            rows!(connection, wanted, limit, direction, "$5 is null and $6 is null and $7 is null and topic = $8")
        }
        (false, false, false) => {
            rows!(connection, wanted, limit, direction, "$5 is null and $6 is null and $7 is null and $8 is null")
        }
    }
}

/// The number of the first row from this time on.
pub async fn first_from(connection: &mut Connection, timestamp: OffsetDateTime) -> sqlx::Result<Option<i64>> {
    let row: Option<(i64,)> = query!(
        connection,
        fetch_optional,
        "select sequence from audit where created_at >= $1 order by created_at, sequence limit 1",
        timestamp,
    )?;
    Ok(row.map(|(sequence,)| sequence))
}

/// The number of the last row before this time.
pub async fn last_before(connection: &mut Connection, timestamp: OffsetDateTime) -> sqlx::Result<Option<i64>> {
    let row: Option<(i64,)> = query!(
        connection,
        fetch_optional,
        "select sequence from audit where created_at < $1 order by created_at desc, sequence desc limit 1",
        timestamp,
    )?;
    Ok(row.map(|(sequence,)| sequence))
}

/// The number up to which rows are older than `before`, looking at the first 1,000.
pub async fn outdated(connection: &mut Connection, before: OffsetDateTime) -> sqlx::Result<Option<i64>> {
    let (sequence,): (Option<i64>,) = query!(
        connection,
        fetch_one,
        "select max(sequence) from (select sequence, created_at from audit order by sequence limit 1000) as first \
         where created_at < $1",
        before,
    )?;
    Ok(sequence)
}

/// Removes rows up to a number. Gives how many.
pub async fn prune(connection: &mut Writer, until: i64) -> sqlx::Result<u64> {
    query!(connection, execute, "delete from audit where sequence <= $1", until)
}
