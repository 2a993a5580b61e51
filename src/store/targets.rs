//! The table `targets`: how far each target of events (a queue, a webhook) has got, and who delivers to it now.

use sqlx_macros::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Backend, Connection, Writer, query};

/// A target as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct Target {
    /// `queue:NAME` or `webhook:ID`.
    pub name: String,
    /// A webhook's address.
    pub url: Option<String>,
    /// The last event that has arrived there; those up to it have too.
    pub reached: i64,
    /// The next event to be delivered once more, and the last.
    pub replay_next: Option<i64>,
    /// See `replay_next`.
    pub replay_until: Option<i64>,
    /// Since when nothing arrives.
    pub failing_since: Option<OffsetDateTime>,
    /// Why.
    pub last_error: Option<String>,
    /// When it was given up.
    pub disabled_at: Option<OffsetDateTime>,
    /// Which secret a webhook's signatures are made with, counted from 0.
    pub secret_number: i64,
    /// Until when the secret before it signs beside it.
    pub previous_secret_until: Option<OffsetDateTime>,
}

impl Target {
    /// A queue that nothing has been delivered to yet.
    pub fn new(name: String) -> Target {
        Target {
            name,
            url: None,
            reached: 0,
            replay_next: None,
            replay_until: None,
            failing_since: None,
            last_error: None,
            disabled_at: None,
            secret_number: 0,
            previous_secret_until: None,
        }
    }
}

/// Adds a target that has got as far as `reached`; one that is there stays as it is.
pub async fn insert(connection: &mut Writer, name: &str, url: Option<&str>, reached: i64) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "insert into targets (name, url, reached, held_until) values ($1, $2, $3, 0) on conflict (name) do nothing",
        name,
        url,
        reached,
    )?;
    Ok(())
}

/// Every target.
pub async fn all(connection: &mut Connection) -> sqlx::Result<Vec<Target>> {
    query!(
        connection,
        fetch_all,
        "select name, url, reached, replay_next, replay_until, failing_since, last_error, disabled_at, secret_number, \
         previous_secret_until from targets order by name",
    )
}

/// Takes or keeps the right to deliver to a target, for `lease` milliseconds by the database's clock. `None` while
/// another replica has it, and for a target that is gone or given up.
pub async fn hold(connection: &mut Writer, name: &str, holder: Uuid, lease: i64) -> sqlx::Result<Option<Target>> {
    // The replicas' own clocks may differ; the database has one.
    match connection.backend() {
        Backend::Sqlite => query!(
            connection,
            fetch_optional,
            "update targets set holder = $2, held_until = cast(unixepoch('subsec') * 1000 as integer) + $3 \
             where name = $1 and disabled_at is null and (holder is null or holder = $2 \
             or held_until < cast(unixepoch('subsec') * 1000 as integer)) \
             returning name, url, reached, replay_next, replay_until, failing_since, last_error, disabled_at, \
             secret_number, previous_secret_until",
            name,
            holder,
            lease,
        ),
        Backend::Postgres => query!(
            connection,
            fetch_optional,
            "update targets set holder = $2, held_until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) + $3 \
             where name = $1 and disabled_at is null and (holder is null or holder = $2 \
             or held_until < cast(extract(epoch from clock_timestamp()) * 1000 as bigint)) \
             returning name, url, reached, replay_next, replay_until, failing_since, last_error, disabled_at, \
             secret_number, previous_secret_until",
            name,
            holder,
            lease,
        ),
    }
}

/// Notes that events up to `reached` have arrived. False when the right to deliver was lost meanwhile.
pub async fn reach(connection: &mut Writer, name: &str, holder: Uuid, reached: i64) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "update targets set reached = $3, failing_since = null, last_error = null where name = $1 and holder = $2",
        name,
        holder,
        reached,
    )?;
    Ok(rows == 1)
}

/// Notes how far delivering once more, which stood at `from`, has got; `None` when it is done. False when the right to
/// deliver was lost, or something else is to be delivered once more now.
pub async fn replayed(
    connection: &mut Writer,
    name: &str,
    holder: Uuid,
    from: i64,
    next: Option<i64>,
) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "update targets set replay_next = $3, replay_until = case when $3 is null then null else replay_until end, \
         failing_since = null, last_error = null where name = $1 and holder = $2 and replay_next = $4",
        name,
        holder,
        next,
        from,
    )?;
    Ok(rows == 1)
}

/// Gives the right to deliver back.
pub async fn release(connection: &mut Writer, name: &str, holder: Uuid) -> sqlx::Result<()> {
    query!(connection, execute, "update targets set holder = null where name = $1 and holder = $2", name, holder)?;
    Ok(())
}

/// Notes that nothing arrives, and since when. Gives that time.
pub async fn fail(
    connection: &mut Writer,
    name: &str,
    error: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<OffsetDateTime>> {
    let row: Option<(OffsetDateTime,)> = query!(
        connection,
        fetch_optional,
        "update targets set failing_since = coalesce(failing_since, $3), last_error = $2 where name = $1 \
         returning failing_since",
        name,
        error,
        now,
    )?;
    Ok(row.map(|(since,)| since))
}

/// Gives a target up (`Some` timestamp), or takes it up again.
pub async fn disable(connection: &mut Writer, name: &str, timestamp: Option<OffsetDateTime>) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "update targets set disabled_at = $2, failing_since = case when $2 is null then null else failing_since end \
         where name = $1",
        name,
        timestamp,
    )?;
    Ok(rows == 1)
}

/// Gives a webhook its next secret, and the one it has so long to sign beside it. The replica that delivers loses its
/// lease, and starts again with both. Gives the new one's number; nothing when there is no such target.
pub async fn rotate(connection: &mut Writer, name: &str, until: OffsetDateTime) -> sqlx::Result<Option<i64>> {
    let row: Option<(i64,)> = query!(
        connection,
        fetch_optional,
        "update targets set secret_number = secret_number + 1, previous_secret_until = $2, holder = null \
         where name = $1 returning secret_number",
        name,
        until,
    )?;
    Ok(row.map(|(number,)| number))
}

/// Has the events from `next` to `until` delivered once more. Those that have not arrived yet are left out: they
/// will anyway.
pub async fn replay(connection: &mut Writer, name: &str, next: i64, until: i64) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "update targets set replay_next = $2, replay_until = case when reached < $3 then reached else $3 end \
         where name = $1",
        name,
        next,
        until,
    )?;
    Ok(())
}

/// Removes a target. False when it was gone.
pub async fn delete(connection: &mut Writer, name: &str) -> sqlx::Result<bool> {
    Ok(query!(connection, execute, "delete from targets where name = $1", name)? == 1)
}
