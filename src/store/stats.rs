//! Statistics of the database: what operators ask about itself.

use time::OffsetDateTime;

use super::{Backend, Connection, query};

/// Rows are counted up to here: counting them all would read a large table whole.
pub const MAX_COUNTED: i64 = 100_000;

/// What the database holds.
#[derive(Clone, Debug)]
pub struct Sizes {
    /// The version of its software.
    pub version: String,
    /// Bytes on disk.
    pub bytes: i64,
    /// Accounts, up to one more than [`MAX_COUNTED`].
    pub accounts: i64,
    /// Those with a picture, up to one more than [`MAX_COUNTED`].
    pub pictures: i64,
    /// Rows of the audit log, give or take those that were rolled back.
    pub audit: i64,
}

/// Reads it.
pub async fn sizes(connection: &mut Connection) -> sqlx::Result<Sizes> {
    let (version, bytes): (String, i64) = match connection.backend() {
        Backend::Sqlite => query!(
            connection,
            fetch_one,
            "select sqlite_version(), (select page_count from pragma_page_count()) * \
             (select page_size from pragma_page_size())"
        )?,
        Backend::Postgres => query!(
            connection,
            fetch_one,
            "select current_setting('server_version'), pg_database_size(current_database())"
        )?,
    };
    let (accounts,): (i64,) = query!(
        connection,
        fetch_one,
        "select count(*) from (select 1 from accounts limit $1) as counted",
        MAX_COUNTED + 1
    )?;
    let (pictures,): (i64,) = query!(
        connection,
        fetch_one,
        "select count(*) from (select 1 from accounts where picture_key is not null limit $1) as counted",
        MAX_COUNTED + 1
    )?;
    let (first, last): (Option<i64>, Option<i64>) =
        query!(connection, fetch_one, "select (select min(sequence) from audit), (select max(sequence) from audit)")?;
    let audit = first.zip(last).map_or(0, |(first, last)| last - first + 1);
    Ok(Sizes { version, bytes, accounts, pictures, audit })
}

/// The time by the database's clock, where it has one of its own.
pub async fn clock(connection: &mut Connection) -> sqlx::Result<Option<OffsetDateTime>> {
    match connection.backend() {
        Backend::Sqlite => Ok(None),
        Backend::Postgres => {
            let (now,): (OffsetDateTime,) = query!(connection, fetch_one, "select clock_timestamp()")?;
            Ok(Some(now))
        }
    }
}

/// When the newest row of the audit log was written.
pub async fn newest(connection: &mut Connection) -> sqlx::Result<Option<OffsetDateTime>> {
    let row: Option<(OffsetDateTime,)> =
        query!(connection, fetch_optional, "select created_at from audit order by sequence desc limit 1")?;
    Ok(row.map(|(timestamp,)| timestamp))
}
