//! SQLite's connections while they are lent, and transactions on the one that writes.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use deadpool::unmanaged::{Object, Pool, PoolError};
use sqlx::{Connection as _, SqliteConnection};

/// How long somebody waits for a connection.
const WAIT: Duration = Duration::from_secs(5);

/// A connection in use; it goes back when dropped, and a transaction that was not committed is rolled back.
pub struct Held {
    /// There until it is dropped.
    connection: Option<Object<SqliteConnection>>,
    is_transaction: bool,
}

impl Held {
    /// A connection whose statements stand each on its own.
    pub(super) async fn take(pool: &Pool<SqliteConnection>) -> sqlx::Result<Held> {
        let connection = match tokio::time::timeout(WAIT, pool.get()).await {
            Ok(Ok(connection)) => connection,
            Err(_) | Ok(Err(PoolError::Timeout)) => return Err(sqlx::Error::PoolTimedOut),
            Ok(Err(PoolError::Closed | PoolError::NoRuntimeSpecified)) => return Err(sqlx::Error::PoolClosed),
        };
        Ok(Held { connection: Some(connection), is_transaction: false })
    }

    /// A transaction that has the write lock.
    pub(super) async fn begin(pool: &Pool<SqliteConnection>) -> sqlx::Result<Held> {
        let mut held = Held::take(pool).await?;
        // From here on: whoever leaves while it begins leaves it to be rolled back.
        held.is_transaction = true;
        sqlx::raw_sql("begin immediate").execute(&mut *held).await?;
        Ok(held)
    }

    /// A connection for one text that begins and commits a transaction by itself, which is rolled back where the text
    /// breaks off. See [`Held::committed`].
    pub(super) async fn for_text(pool: &Pool<SqliteConnection>) -> sqlx::Result<Held> {
        let mut held = Held::take(pool).await?;
        held.is_transaction = true;
        Ok(held)
    }

    /// The text that began the transaction has committed it.
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
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(mut connection) = self.connection.take().filter(|_| self.is_transaction) {
            tokio::spawn(async move {
                // SQLite has rolled back by itself where the disk was full, and then there is no transaction: either
                // way there is none afterwards.
                let _ = sqlx::raw_sql("rollback").execute(&mut *connection).await;
            });
        }
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

/// Waits for what is being written, and closes the file well.
pub(super) async fn close(writer: &Pool<SqliteConnection>) {
    if let Ok(connection) = writer.remove().await
        && let Err(error) = connection.close().await
    {
        tracing::warn!(%error, "the database did not close well");
    }
    writer.close();
}
