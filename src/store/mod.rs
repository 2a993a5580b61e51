//! The database: SQLite or PostgreSQL behind one set of queries. No rules about accounts live here.
//!
//! What fails here fails with the database's own error, unless a function says otherwise.

pub mod account_index;
pub mod accounts;
pub mod app_passwords;
pub mod audit;
pub mod audit_queue;
mod batcher;
pub mod bulk;
pub mod confirmations;
mod connection;
pub mod copy;
pub mod credentials;
mod data_version;
pub mod devices;
pub mod email_changes;
mod error;
pub mod events;
pub mod factors;
pub mod former_passwords;
pub mod former_pictures;
pub mod former_usernames;
pub mod invites;
pub mod links;
mod login_writer;
pub mod mail_delivery;
pub mod mail_failures;
pub mod mails;
pub mod names;
mod open;
pub mod passkeys;
pub mod pending_sign_ups;
mod postgres;
mod read_through;
pub mod sessions;
mod sql_value;
mod sqlite;
pub mod stats;
pub mod targets;
pub mod tokens;
pub mod transfer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;

pub use connection::{Backend, Connection, Snapshot, Transaction, Writer};
use connection::{columns, query};
pub use error::{is_absent_table, is_conflict, is_damaged, is_passing, is_pooled, is_taken, is_unstorable};
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
        /// What tells of commits, where it can be read.
        wal_index: Option<Arc<data_version::WalIndex>>,
    },
    /// A pool of connections.
    Postgres(postgres::Connections),
}

impl Db {
    /// A connection for reading. On SQLite it refuses to write.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn read(&self) -> sqlx::Result<Connection> {
        Ok(match self {
            Db::Sqlite { readers, .. } => Connection::Sqlite(sqlite::Held::take(readers).await?),
            Db::Postgres(connections) => Connection::Postgres(connections.take().await?),
        })
    }

    /// A transaction for several statements that read, where what they find has to fit together.
    ///
    /// # Errors
    /// When no connection can be had or the transaction cannot begin.
    pub async fn snapshot(&self) -> sqlx::Result<Snapshot> {
        Ok(Snapshot(match self {
            Db::Sqlite { readers, .. } => Connection::Sqlite(sqlite::Held::begin(readers, "begin").await?),
            Db::Postgres(connections) => {
                let begin = "begin isolation level repeatable read, read only";
                Connection::Postgres(connections.begin_with(begin).await?)
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
            Db::Postgres(connections) => Connection::Postgres(connections.begin().await?),
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
            Db::Postgres(connections) => Connection::Postgres(connections.take().await?),
        }))
    }

    /// The state that the database is in at this time or after it, where that can be told without asking it.
    fn data_version(&self, since: Instant) -> Option<data_version::DataVersion> {
        match self {
            Db::Sqlite { wal_index, .. } => wal_index.as_ref()?.version(since),
            Db::Postgres(_) => None,
        }
    }

    /// Whether the database answers, and, on SQLite, has a connection that writes.
    ///
    /// # Errors
    /// [`sqlx::Error`] when the database does not answer.
    pub async fn ping(&self) -> sqlx::Result<()> {
        if let Db::Sqlite { writer, .. } = self
            && writer.status().1 == 0
        {
            // It broke, and is opened again by the next statement that writes.
            sqlite::Held::take(writer).await?;
        }
        let mut connection = self.read().await?;
        if let Connection::Postgres(held) = &mut connection {
            return if postgres::takes_writes(held).await? { Ok(()) } else { Err(postgres::reads_only()) };
        }
        query!(&mut connection, execute, "select 1").map(|_| ())
    }

    /// Whether PostgreSQL keeps the prepared statements of each connection apart. A pooler that lends connections for a
    /// transaction gives two of ours one of its own, which refuses the second statement of a name.
    ///
    /// # Errors
    /// The database's: [`is_pooled`] of that refusal.
    pub async fn keeps_statements(&self) -> sqlx::Result<()> {
        let Db::Postgres(connections) = self else { return Ok(()) };
        if connections.max_connections() > 1 {
            let mut one = self.read().await?;
            stats::clock(&mut one).await?;
            // Nothing is said where all others are in use.
            if let Ok(other) = timeout(Duration::from_millis(200), self.read()).await {
                stats::clock(&mut other?).await?;
            }
        }
        Ok(())
    }

    /// Connections in use and in all.
    pub fn connections(&self) -> (usize, usize) {
        match self {
            Db::Sqlite { readers, .. } => readers.status(),
            Db::Postgres(connections) => connections.status(),
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
                readers.close_idle().await;
                writer.close_well().await;
            }
            Db::Postgres(connections) => connections.pool().close().await,
        }
    }
}
