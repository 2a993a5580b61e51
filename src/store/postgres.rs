//! PostgreSQL's connections while they are lent.
//!
//! A pooler that lends connections for a transaction (pgbouncer's `pool_mode=transaction`) gives the next one to a
//! client that does not know the names of prepared statements: without names each stands in a transaction of its own.
//! After a failover an address may lead to a server that only reads, and a pool whose connections live on would stay
//! there: whatever it lends has to be able to write.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::error::DatabaseError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgDatabaseError, PgPoolOptions, PgRow};
use sqlx::query::Query;
use sqlx::{Connection as _, PgConnection, PgPool, Postgres, Row as _};

/// How long after a refused write every connection is looked at before it is lent.
const SUSPICION: Duration = Duration::from_secs(10);
/// The SQLSTATE of a write that a server refuses since it only reads.
pub(super) const READS_ONLY: &str = "25006";

/// A pool of connections to one server.
#[derive(Clone, Debug)]
pub struct Connections {
    pool: PgPool,
    server: Arc<Server>,
}

/// What is known of the server.
#[derive(Debug)]
struct Server {
    /// Whether statements are prepared under names: read and planned once for a connection.
    names_statements: bool,
    /// When a write was last refused.
    refused_at: Mutex<Option<Instant>>,
}

impl Server {
    /// Notes that the server does not write, and tells so once in a while.
    fn suspect(&self) {
        if !self.is_suspected() {
            tracing::warn!("PostgreSQL only reads; connections are left until one leads to a server that writes");
        }
        if let Ok(mut at) = self.refused_at.lock() {
            *at = Some(Instant::now());
        }
    }

    /// Whether connections in use may lead to such a server, too.
    fn is_suspected(&self) -> bool {
        self.refused_at.lock().is_ok_and(|at| at.is_some_and(|at| at.elapsed() < SUSPICION))
    }
}

/// How a pool lends is boxed: it is 4 kB, which would be in the future of every request, whatever the database is, and is
/// copied with it.
impl Connections {
    /// A pool that opens connections when they are wanted, with prepared statements under names or without.
    pub(super) fn new(options: PgConnectOptions, pool: PgPoolOptions, names_statements: bool) -> Connections {
        let server = Arc::new(Server { names_statements, refused_at: Mutex::default() });
        let (opened, lent) = (Arc::clone(&server), Arc::clone(&server));
        let pool = pool
            .after_connect(move |connection, _| {
                let server = Arc::clone(&opened);
                Box::pin(async move {
                    if takes_writes(connection).await? {
                        return Ok(());
                    }
                    server.suspect();
                    Err(reads_only())
                })
            })
            // Asks whether a connection still lives, and leads to a server that writes, only when it has rested: a
            // restart or a failover is noticed, and busy connections pay nothing.
            .test_before_acquire(false)
            .before_acquire(move |connection, meta| {
                let is_doubtful = meta.idle_for > Duration::from_secs(1) || lent.is_suspected();
                Box::pin(async move { Ok(!is_doubtful || takes_writes(connection).await?) })
            })
            .connect_lazy_with(options);
        Connections { pool, server }
    }

    /// The pool itself, for what is no statement.
    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Connections in use and in all.
    pub(super) fn status(&self) -> (usize, usize) {
        let size = self.pool.size() as usize;
        (size.saturating_sub(self.pool.num_idle()), size)
    }

    /// The most connections that it opens.
    pub fn max_connections(&self) -> u32 {
        self.pool.options().get_max_connections()
    }

    /// A connection whose statements stand each on its own.
    pub(super) async fn take(&self) -> sqlx::Result<Held> {
        Ok(self.lend(Lent::Pooled(Box::pin(self.pool.acquire()).await?)))
    }

    /// A transaction.
    pub(super) async fn begin(&self) -> sqlx::Result<Held> {
        Ok(self.lend(Lent::InTransaction(Box::pin(self.pool.begin()).await?)))
    }

    /// A transaction that `statement` begins.
    pub(super) async fn begin_with(&self, statement: &'static str) -> sqlx::Result<Held> {
        Ok(self.lend(Lent::InTransaction(Box::pin(self.pool.begin_with(statement)).await?)))
    }

    fn lend(&self, connection: Lent) -> Held {
        Held { connection, server: Arc::clone(&self.server) }
    }
}

/// A statement with its parameters.
pub(super) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// Runs a statement, in a transaction of its own where it needs one.
macro_rules! run {
    ($held:ident, $statement:ident, $fetch:ident) => {{
        let statement = $statement.persistent($held.server.names_statements);
        let done = if $held.needs_transaction() {
            async {
                let mut tx = $held.begin().await?;
                let done = statement.$fetch(&mut *tx).await?;
                tx.commit().await.map(|()| done)
            }
            .await
        } else {
            statement.$fetch(&mut **$held).await
        };
        $held.noted(done)
    }};
}

/// A connection in use.
pub struct Held {
    connection: Lent,
    server: Arc<Server>,
}

enum Lent {
    /// Outside a transaction.
    Pooled(PoolConnection<Postgres>),
    /// In a transaction, rolled back when dropped.
    InTransaction(sqlx::Transaction<'static, Postgres>),
}

impl Held {
    /// Runs a statement, and gives the number of rows.
    pub(super) async fn execute(&mut self, statement: Statement<'_>) -> sqlx::Result<u64> {
        run!(self, statement, execute).map(|done| done.rows_affected())
    }

    /// Runs a statement that gives one row.
    pub(super) async fn fetch_one(&mut self, statement: Statement<'_>) -> sqlx::Result<PgRow> {
        run!(self, statement, fetch_one)
    }

    /// Runs a statement that gives a row or none.
    pub(super) async fn fetch_optional(&mut self, statement: Statement<'_>) -> sqlx::Result<Option<PgRow>> {
        run!(self, statement, fetch_optional)
    }

    /// Runs a statement that gives rows.
    pub(super) async fn fetch_all(&mut self, statement: Statement<'_>) -> sqlx::Result<Vec<PgRow>> {
        run!(self, statement, fetch_all)
    }

    /// Whether a statement has to have a transaction of its own. Without names, what was prepared is gone with the
    /// connection that a pooler lent for it.
    fn needs_transaction(&self) -> bool {
        matches!(self.connection, Lent::Pooled(_)) && !self.server.names_statements
    }

    /// Passes on what came of a statement, and notes where it tells that the server only reads.
    fn noted<T>(&self, result: sqlx::Result<T>) -> sqlx::Result<T> {
        if let Err(sqlx::Error::Database(error)) = &result
            && error.code().is_some_and(|code| code == READS_ONLY)
        {
            self.server.suspect();
        }
        result
    }

    /// Ends a transaction well. Without one, there is nothing to do.
    pub(super) async fn commit(self) -> sqlx::Result<()> {
        match self.connection {
            Lent::InTransaction(transaction) => transaction.commit().await,
            Lent::Pooled(_) => Ok(()),
        }
    }
}

impl Deref for Held {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match &self.connection {
            Lent::Pooled(connection) => connection,
            Lent::InTransaction(transaction) => transaction,
        }
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match &mut self.connection {
            Lent::Pooled(connection) => connection,
            Lent::InTransaction(transaction) => transaction,
        }
    }
}

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

/// Whether `error` comes from PostgreSQL.
pub(super) fn is_own(error: &dyn DatabaseError) -> bool {
    error.try_downcast_ref::<PgDatabaseError>().is_some()
}
