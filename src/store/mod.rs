//! The database: SQLite or PostgreSQL behind one set of queries. No rules about accounts live here.

pub mod account_index;
pub mod accounts;
pub mod audit;
pub mod audit_queue;
mod batcher;
pub mod bulk;
pub mod copy;
pub mod events;
mod failover;
pub mod former_usernames;
pub mod invites;
pub mod links;
mod login_writer;
pub mod names;
mod open;
mod prepared;
pub mod sessions;
mod sql_value;
mod sqlite;
pub mod stats;
pub mod targets;
pub mod tokens;
pub mod transfer;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

pub use open::OpenError;

/// The open database.
#[derive(Clone, Debug)]
pub enum Db {
    /// One writer, since SQLite has one write lock, and many readers.
    Sqlite {
        /// The only connection that writes. Like the readers not in a pool of sqlx's, which asks a connection for a
        /// sign of life each time it comes back: as much work again as most of our queries, for what cannot break.
        writer: sqlite::Connections,
        /// Connections that only read.
        readers: sqlite::Connections,
        /// Log-ins that wait for the writer.
        log_ins: Arc<login_writer::LoginBatcher>,
    },
    /// A pool of connections.
    Postgres(PgPool),
}

/// A connection in use, of either database. Each statement stands on its own and sees what was committed before it.
pub enum Connection {
    /// On SQLite.
    Sqlite(sqlite::Held),
    /// On PostgreSQL.
    Postgres(Held),
}

/// A connection for statements that write, each of them all or nothing by itself.
pub struct Writer(Connection);

/// A transaction, rolled back unless committed. What must happen together, takes a lock, or stands in an order, asks
/// for this type.
pub struct Transaction(Writer);

/// A transaction for reading: all its statements see the database as it was at the first of them.
pub struct Snapshot(Connection);

/// A connection of PostgreSQL's pool.
pub enum Held {
    /// Outside a transaction.
    Pooled(PoolConnection<Postgres>),
    /// In a transaction, rolled back when dropped.
    InTransaction(sqlx::Transaction<'static, Postgres>),
}

/// Which database it is, for statements that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Connection {
    /// The database it is a connection to.
    pub fn backend(&self) -> Backend {
        match self {
            Connection::Sqlite(_) => Backend::Sqlite,
            Connection::Postgres(_) => Backend::Postgres,
        }
    }
}

/// `$outer` can do what `$inner` can.
macro_rules! deref {
    ($outer:ty => $inner:ty) => {
        impl Deref for $outer {
            type Target = $inner;

            fn deref(&self) -> &$inner {
                &self.0
            }
        }

        impl DerefMut for $outer {
            fn deref_mut(&mut self) -> &mut $inner {
                &mut self.0
            }
        }
    };
}

deref!(Writer => Connection);
deref!(Transaction => Writer);
deref!(Snapshot => Connection);

impl Held {
    /// Whether a statement has to have a transaction of its own. Without names, what was prepared is gone with the
    /// connection that a pooler lent for it.
    pub(in crate::store) fn needs_transaction(&self) -> bool {
        matches!(self, Held::Pooled(_)) && !prepared::by_name()
    }
}

impl Deref for Held {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match self {
            Held::Pooled(connection) => connection,
            Held::InTransaction(transaction) => transaction,
        }
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Held::Pooled(connection) => connection,
            Held::InTransaction(transaction) => transaction,
        }
    }
}

impl Db {
    /// A connection for reading. On SQLite it refuses to write.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn read(&self) -> sqlx::Result<Connection> {
        Ok(match self {
            Db::Sqlite { readers, .. } => Connection::Sqlite(sqlite::Held::take(readers).await?),
            Db::Postgres(pool) => Connection::Postgres(Held::Pooled(pool.acquire().await?)),
        })
    }

    /// A transaction for several statements that read, where what they find has to fit together.
    ///
    /// # Errors
    /// When no connection can be had or the transaction cannot begin.
    pub async fn snapshot(&self) -> sqlx::Result<Snapshot> {
        Ok(Snapshot(match self {
            Db::Sqlite { readers, .. } => Connection::Sqlite(sqlite::Held::begin(readers, "begin").await?),
            Db::Postgres(pool) => {
                let begin = "begin isolation level repeatable read, read only";
                Connection::Postgres(Held::InTransaction(pool.begin_with(begin).await?))
            }
        }))
    }

    /// A transaction. On SQLite it takes the write lock at once, so it cannot lose it half way.
    ///
    /// # Errors
    /// When no connection can be had or the transaction cannot begin.
    pub async fn begin(&self) -> sqlx::Result<Transaction> {
        Ok(Transaction(Writer(match self {
            Db::Sqlite { writer, .. } => Connection::Sqlite(sqlite::Held::begin(writer, "begin immediate").await?),
            Db::Postgres(pool) => Connection::Postgres(Held::InTransaction(pool.begin().await?)),
        })))
    }

    /// A connection for one statement that writes. It needs no transaction around it, whose beginning and end cost as
    /// much as most statements.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn write_once(&self) -> sqlx::Result<Writer> {
        Ok(Writer(match self {
            Db::Sqlite { writer, .. } => Connection::Sqlite(sqlite::Held::take(writer).await?),
            Db::Postgres(pool) => Connection::Postgres(Held::Pooled(pool.acquire().await?)),
        }))
    }

    /// Whether the database answers, and, on SQLite, has a connection that writes.
    ///
    /// # Errors
    /// [`sqlx::Error`] when the database does not answer.
    pub async fn ping(&self) -> sqlx::Result<()> {
        if let Db::Sqlite { writer, .. } = self
            && writer.status().1 == 0
        {
            return Err(sqlx::Error::WorkerCrashed);
        }
        let mut connection = self.read().await?;
        if let Connection::Postgres(held) = &mut connection {
            return if failover::takes_writes(held).await? { Ok(()) } else { Err(failover::reads_only()) };
        }
        query!(&mut connection, execute, "select 1").map(|_| ())
    }

    /// Connections in use and in all.
    pub fn connections(&self) -> (usize, usize) {
        let of = |idle: usize, size: u32| (size as usize - idle.min(size as usize), size as usize);
        match self {
            Db::Sqlite { readers, .. } => readers.status(),
            Db::Postgres(pool) => of(pool.num_idle(), pool.size()),
        }
    }

    /// What the log and the pages call it.
    pub fn name(&self) -> &'static str {
        match self {
            Db::Sqlite { .. } => "SQLite",
            Db::Postgres(_) => "PostgreSQL",
        }
    }

    /// What it is and, for a file, which.
    pub fn place(&self) -> String {
        match self {
            Db::Sqlite { writer, .. } => format!("{} ({})", self.name(), writer.file().display()),
            Db::Postgres(_) => self.name().to_owned(),
        }
    }

    /// Waits for running statements and closes every connection.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { writer, readers, .. } => {
                readers.close();
                writer.close_well().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

impl Transaction {
    /// Makes the transaction's changes last. Once this returns, a crash loses none of them.
    ///
    /// # Errors
    /// When the database cannot; then nothing has changed.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self.0.0 {
            Connection::Sqlite(held) => held.commit().await,
            Connection::Postgres(Held::InTransaction(transaction)) => transaction.commit().await,
            // `Db::begin`, which alone makes transactions, makes none of these.
            Connection::Postgres(Held::Pooled(_)) => Ok(()),
        }
    }
}

/// Runs one SQL text on whichever database is open: `query!(connection, execute, SQL, args…)` gives the number of
/// rows, `query!(connection, fetch_one, SQL, args…)` and its kin give rows.
macro_rules! query {
    ($connection:expr, execute, $sql:expr $(, $arg:expr)* $(,)?) => {{
        let connection: &mut $crate::store::Connection = $connection;
        match connection {
            $crate::store::Connection::Sqlite(held) => {
                let done = sqlx::query($sql)$(.bind($arg))*.execute(&mut **held).await;
                held.noted(done).map(|done| done.rows_affected())
            }
            $crate::store::Connection::Postgres(held) => {
                let asked = sqlx::query($sql)$(.bind($arg))*.persistent($crate::store::prepared::by_name());
                let done = if held.needs_transaction() {
                    async {
                        let mut tx = sqlx::Connection::begin(&mut **held).await?;
                        let done = asked.execute(&mut *tx).await?;
                        tx.commit().await.map(|()| done)
                    }
                    .await
                } else {
                    asked.execute(&mut **held).await
                };
                done.map(|done| done.rows_affected())
            }
        }
    }};
    ($connection:expr, $fetch:ident, $sql:expr $(, $arg:expr)* $(,)?) => {{
        let connection: &mut $crate::store::Connection = $connection;
        match connection {
            $crate::store::Connection::Sqlite(held) => {
                let found = sqlx::query_as($sql)$(.bind($arg))*.$fetch(&mut **held).await;
                held.noted(found)
            }
            $crate::store::Connection::Postgres(held) => {
                let asked = sqlx::query_as($sql)$(.bind($arg))*.persistent($crate::store::prepared::by_name());
                if held.needs_transaction() {
                    async {
                        let mut tx = sqlx::Connection::begin(&mut **held).await?;
                        let found = asked.$fetch(&mut *tx).await?;
                        tx.commit().await.map(|()| found)
                    }
                    .await
                } else {
                    asked.$fetch(&mut **held).await
                }
            }
        }
    }};
}
pub(crate) use query;

/// What SQLite says of a row that is there already, as triggers of ours do too.
const SAID_TAKEN: &str = "UNIQUE constraint failed: ";

/// Whether `error` says that another row has what may be there only once.
pub fn is_conflict(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    error.is_unique_violation() || error.message().starts_with(SAID_TAKEN)
}

/// Whether `error` is about the database and passes by itself or by an operator's hand: it is away, refuses to let us
/// in, only reads, is locked by another process for longer than the busy timeout, or its disk is full.
pub fn is_passing(error: &sqlx::Error) -> bool {
    // SQLITE_BUSY, _LOCKED, _READONLY, _FULL and _CANTOPEN: the low byte of what they are extended to.
    const SQLITE: [u32; 5] = [5, 6, 8, 13, 14];
    // Connections, credentials, room and memory, operators' interventions; and what another transaction is in the way
    // of.
    const CLASSES: [&str; 4] = ["08", "28", "53", "57"];
    const STATES: [&str; 3] = ["40001", "40P01", "55P03"];
    const READS_ONLY: &str = "25006";
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            match error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
                Some(_) if code == READS_ONLY => {
                    failover::suspect();
                    true
                }
                Some(_) => STATES.contains(&&*code) || CLASSES.iter().any(|class| code.starts_with(class)),
                None => code.parse::<u32>().is_ok_and(|code| SQLITE.contains(&(code & 0xff))),
            }
        }
        _ => false,
    }
}

/// Whether `error` shows a pooler between us and PostgreSQL that lends connections for a transaction only.
pub fn is_pooled(error: &sqlx::Error) -> bool {
    prepared::is_lost(error)
}

/// Whether `error` says that a SQLite file is damaged, or none: SQLITE_CORRUPT, SQLITE_NOTADB.
pub fn is_damaged(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    error.code().and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| matches!(code & 0xff, 11 | 26))
}

/// Whether `error` says that there is no such table.
pub fn is_absent_table(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    error.code().is_some_and(|code| code == "42P01") || error.message().starts_with("no such table")
}

/// Whether `error` says that another row of `table` has this value of `column`. PostgreSQL names the index,
/// SQLite the column.
pub fn is_taken(error: &sqlx::Error, table: &str, column: &str) -> bool {
    let conflict = is_conflict(error);
    let sqlx::Error::Database(error) = error else { return false };
    conflict
        && match error.constraint() {
            Some(index) => index == format!("{table}_{column}"),
            None => error.message().contains(&format!("{table}.{column}")),
        }
}

/// Whether `error` says that a value handed in is none that the database can hold: a text with NUL or other bytes that
/// are no text, a number or a timestamp out of its range (SQLSTATE 22021, 22P05, 22003, 22008).
pub fn is_unstorable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Encode(_) => true,
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("22021" | "22P05" | "22003" | "22008")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, SqliteConnection};

    use super::is_passing;

    #[tokio::test]
    async fn a_full_disk_passes_and_a_wrong_statement_does_not() {
        let mut file = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let fill = "pragma max_page_count = 3; create table t (x); insert into t values (zeroblob(100000))";
        assert!(is_passing(&sqlx::raw_sql(fill).execute(&mut file).await.unwrap_err()));
        assert!(!is_passing(&sqlx::raw_sql("select nothing").execute(&mut file).await.unwrap_err()));
    }
}
