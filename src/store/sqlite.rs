//! SQLite's connections while they are lent, and transactions on the one that writes.

use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleResult};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteRow};
use sqlx::{Connection as _, Sqlite, SqliteConnection};

use crate::private;

/// The longest wait for a connection.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);

/// How a pool opens its connections.
#[derive(Debug)]
struct Opener(SqliteConnectOptions);

impl Manager for Opener {
    type Type = SqliteConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<SqliteConnection> {
        SqliteConnection::connect_with(&self.0).await
    }

    async fn recycle(&self, _: &mut SqliteConnection, _: &Metrics) -> RecycleResult<sqlx::Error> {
        Ok(())
    }
}

/// Connections to one file, opened as they are needed and kept. One whose thread has ended, by a panic, is left to be
/// replaced: a single bad statement must not end all writing.
#[derive(Clone, Debug)]
pub struct Connections(Pool<Opener>);

impl Connections {
    /// A pool that opens nothing yet.
    pub(super) fn new(options: SqliteConnectOptions, max: usize) -> sqlx::Result<Connections> {
        // The one used last is lent first: its pages are in the processor's cache.
        let pool = Pool::builder(Opener(options)).max_size(max).queue_mode(QueueMode::Lifo).build();
        pool.map(Connections).map_err(|error| sqlx::Error::Configuration(error.into()))
    }

    /// Connections in use and open in all.
    pub(super) fn status(&self) -> (usize, usize) {
        let status = self.0.status();
        (status.size.saturating_sub(status.available), status.size)
    }

    /// The file, by its whole path.
    pub(super) fn file(&self) -> PathBuf {
        let path = self.0.manager().0.get_filename();
        private::from_root(path)
    }

    /// Closes the idle connections. SQLite writes its log back into the file as the last of all closes, so none may be
    /// closing still when the program ends.
    pub(super) async fn close_idle(&self) {
        for connection in self.0.retain(|_, _| false).removed {
            let _ = connection.close().await;
        }
        self.0.close();
    }

    /// Waits for what is being written, and closes the file well.
    pub(super) async fn close_well(&self) {
        if let Ok(connection) = self.0.get().await
            && let Err(error) = Object::take(connection).close().await
        {
            tracing::warn!(%error, "the database did not close well");
        }
        self.0.close();
    }
}

/// A statement with its parameters.
pub(super) type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

/// A connection in use; it goes back when dropped, and a transaction that was not committed is rolled back.
pub struct Held {
    /// There until it is dropped.
    connection: Option<Object<Opener>>,
    is_transaction: bool,
    is_broken: bool,
}

impl Held {
    /// A connection whose statements stand each on its own.
    pub(super) async fn take(home: &Connections) -> sqlx::Result<Held> {
        // Boxed, or opening a connection would be a part of every request's future, which is copied about.
        let connection = match tokio::time::timeout(CONNECTION_TIMEOUT, Box::pin(home.0.get())).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(PoolError::Backend(error))) => return Err(error),
            Ok(Err(PoolError::Closed)) => return Err(sqlx::Error::PoolClosed),
            Err(_) | Ok(Err(_)) => return Err(sqlx::Error::PoolTimedOut),
        };
        Ok(Held { connection: Some(connection), is_transaction: false, is_broken: false })
    }

    /// A transaction, which `statement` begins.
    pub(super) async fn begin(home: &Connections, statement: &'static str) -> sqlx::Result<Held> {
        let mut held = Held::take(home).await?;
        // From here on: a caller that is dropped while it begins leaves it to be rolled back.
        held.is_transaction = true;
        sqlx::raw_sql(statement).execute(&mut *held).await?;
        Ok(held)
    }

    /// A connection for one statement that begins and commits a transaction by itself, which is rolled back where the
    /// statement breaks off. See [`Held::committed`].
    pub(super) async fn for_text(home: &Connections) -> sqlx::Result<Held> {
        let mut held = Held::take(home).await?;
        held.is_transaction = true;
        Ok(held)
    }

    /// The statement that began the transaction has committed it.
    pub(super) fn committed(mut self) {
        self.is_transaction = false;
    }

    /// Ends a transaction well. Without one, there is nothing to do.
    pub(super) async fn commit(mut self) -> sqlx::Result<()> {
        if self.is_transaction {
            sqlx::raw_sql("commit").execute(&mut *self).await?;
            self.is_transaction = false;
        }
        Ok(())
    }

    /// Runs a statement, and gives the number of rows.
    pub(super) async fn execute(&mut self, statement: Statement<'_>) -> sqlx::Result<u64> {
        let done = statement.execute(&mut **self).await;
        self.noted(done).map(|done| done.rows_affected())
    }

    /// Runs a statement that gives one row.
    pub(super) async fn fetch_one(&mut self, statement: Statement<'_>) -> sqlx::Result<SqliteRow> {
        let row = statement.fetch_one(&mut **self).await;
        self.noted(row)
    }

    /// Runs a statement that gives a row or none.
    pub(super) async fn fetch_optional(&mut self, statement: Statement<'_>) -> sqlx::Result<Option<SqliteRow>> {
        let row = statement.fetch_optional(&mut **self).await;
        self.noted(row)
    }

    /// Runs a statement that gives rows.
    pub(super) async fn fetch_all(&mut self, statement: Statement<'_>) -> sqlx::Result<Vec<SqliteRow>> {
        let rows = statement.fetch_all(&mut **self).await;
        self.noted(rows)
    }

    /// Passes on what came of a statement, and notes where the connection is of no use any more.
    fn noted<T>(&mut self, result: sqlx::Result<T>) -> sqlx::Result<T> {
        self.is_broken |= matches!(result, Err(sqlx::Error::WorkerCrashed));
        result
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take().filter(|_| self.is_transaction || self.is_broken) else {
            return;
        };
        let is_broken = self.is_broken;
        tokio::spawn(async move {
            // SQLite has rolled back by itself where the disk was full, and then there is no transaction: either
            // way there is none afterwards.
            let rolled_back = sqlx::raw_sql("rollback").execute(&mut *connection).await;
            if is_broken || matches!(rolled_back, Err(sqlx::Error::WorkerCrashed)) {
                tracing::error!("a connection to the database broke and is replaced");
                drop(Object::take(connection));
            }
        });
    }
}

#[expect(clippy::expect_used, reason = "only `drop` takes the connection away")]
impl Deref for Held {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        self.connection.as_ref().expect("a connection")
    }
}

#[expect(clippy::expect_used, reason = "only `drop` takes the connection away")]
impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect("a connection")
    }
}
