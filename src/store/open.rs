//! Opening the database and bringing its schema up to date.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::fs::{Access, AtFlags};
use sqlx::migrate::{MigrateError, Migration, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio::time::{sleep, timeout};
use url::Url;

use crate::config::{DatabaseUrl, Settings, Synchronous};
use crate::private;

use super::data_version::WalIndex;
use super::sqlite::{Connections, Held};
use super::{Db, account_index, is_pooled, login_writer, names, postgres};

/// How many accounts that want looking after are told at each start.
const MAX_LISTED: i64 = 20;

pub(super) static SQLITE: Migrator = sqlx_macros::migrate!("migrations/sqlite");
/// What the migrations for SQLite make together. After each `alter table` SQLite reads the whole schema again, which is
/// half of what migrations cost: a new file gets this in their place.
const SQLITE_SCHEMA: &str = include_str!("../../migrations/sqlite-schema.sql");
pub(super) static POSTGRES: Migrator = sqlx_macros::migrate!("migrations/postgres");

/// Why the database cannot be used. No message carries the URL's password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder of the SQLite file cannot be made.
    #[error("the folder {path} for the database cannot be made: {source}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The SQLite file is not made yet, or it is elsewhere.
    #[error("there is no database at {}; run this where the server runs, or set DATABASE_URL", .0.display())]
    Missing(PathBuf),
    /// The SQLite file cannot be used.
    #[error("the database {path} cannot be used: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: sqlx::Error,
    },
    /// The URL is not one of PostgreSQL.
    #[error("DATABASE_URL is no usable PostgreSQL address: {0}")]
    Url(sqlx::Error),
    /// No connection.
    #[error("the database does not open: {0}")]
    Connect(sqlx::Error),
    /// PostgreSQL answers, but takes no changes.
    #[error("the database only reads: DATABASE_URL leads to a standby, or it was told default_transaction_read_only")]
    ReadOnly,
    /// A text with an emoji in it would be refused only when one is written.
    #[error(
        "the database is encoded as {0}, which has no room for every text; make one with \
         `create database … encoding 'UTF8' template template0`"
    )]
    Encoding(String),
    /// A pooler stands between us and PostgreSQL, and keeps no statement for us.
    #[error(
        "a pooler lends connections to PostgreSQL for a transaction only: add statement-cache-capacity=0 to DATABASE_URL, or set \
         its mode to session"
    )]
    Pooled,
    /// A migration failed; the schema is as it was before it.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Migrate(sqlx::migrate::MigrateError),
}

impl Db {
    /// Opens the database, creating a SQLite file that is not there. The schema is left alone.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(settings: &Settings) -> Result<Db, OpenError> {
        match &settings.database_url {
            DatabaseUrl::Sqlite(path) => open_sqlite(path, settings.sqlite_synchronous).await,
            DatabaseUrl::Postgres(url) => open_postgres(url, settings.database_connections).await,
        }
    }

    /// The same, but a SQLite file has to be there: for what would say nothing of an empty one.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_existing(settings: &Settings) -> Result<Db, OpenError> {
        match &settings.database_url {
            DatabaseUrl::Sqlite(path) if matches!(path.try_exists(), Ok(false)) => {
                Err(OpenError::Missing(private::from_root(path)))
            }
            _ => Db::open(settings).await,
        }
    }

    /// Brings the schema up to date. Several replicas, or a command beside the server, may call this at once.
    ///
    /// # Errors
    /// [`OpenError::Migrate`].
    pub async fn migrate(&self) -> Result<(), OpenError> {
        match self {
            Db::Sqlite { writer, .. } => migrate_sqlite(writer).await,
            Db::Postgres(connections) => migrate_postgres(connections.pool()).await,
        }
        .map_err(OpenError::Migrate)?;
        self.fill().await.map_err(
            |error| {
                if is_pooled(&error) { OpenError::Pooled } else { OpenError::Migrate(error.into()) }
            },
        )
    }

    /// What a schema that was made anew wants of the rows that were there before.
    async fn fill(&self) -> sqlx::Result<()> {
        account_index::fill(self).await?;
        names::fill(self).await?;
        for names::Pair { username_of, email_of } in names::pairs(&mut self.read().await?, MAX_LISTED).await? {
            tracing::warn!(%username_of, %email_of, "a username is another account's e-mail; rename the account");
        }
        Ok(())
    }

    /// How many migrations this program knows, how many the database has had, and one that was another when it had it,
    /// if any.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn migrations(&self) -> sqlx::Result<(usize, usize, Option<i64>)> {
        let mut connection = self.read().await?;
        let known = match self {
            Db::Sqlite { .. } => &SQLITE,
            Db::Postgres(_) => &POSTGRES,
        };
        let sql = "select version, checksum from _sqlx_migrations order by version";
        let done: Vec<(i64, Vec<u8>)> = super::query!(&mut connection, fetch_all, sql)?;
        let other = |(version, checksum): &&(i64, Vec<u8>)| {
            known.iter().any(|migration| migration.version == *version && migration.checksum[..] != checksum[..])
        };
        Ok((known.iter().count(), done.len(), done.iter().find(other).map(|(version, _)| *version)))
    }

    /// What is wrong with the pages of a file, if anything is. It reads all of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn damage(&self) -> sqlx::Result<Option<String>> {
        let Db::Sqlite { .. } = self else { return Ok(None) };
        let mut connection = self.read().await?;
        let (said,): (String,) = super::query!(&mut connection, fetch_one, "pragma quick_check(1)")?;
        Ok((said != "ok").then_some(said))
    }
}

/// In one transaction, whose end also ends its lock: the migrator's own is a session's, which behind a pooler that
/// lends connections for a transaction is any client's. So are the names of the statements that it prepares.
async fn migrate_postgres(pool: &PgPool) -> Result<(), MigrateError> {
    let mut connection = PgConnection::connect_with(&pool.connect_options()).await?;
    let mut tx = connection.begin().await?;
    let begin = "set local client_min_messages = warning; select pg_advisory_xact_lock(7034129); deallocate all";
    sqlx::raw_sql(begin).execute(&mut *tx).await?;
    within_transaction(&POSTGRES).run(&mut *tx).await?;
    sqlx::raw_sql("deallocate all").execute(&mut *tx).await?;
    tx.commit().await?;
    // What was done is done.
    let _ = connection.close().await;
    Ok(())
}

/// SQLite has to be held from before the first look to the last change, or two that start at once make the same tables.
async fn migrate_sqlite(writer: &Connections) -> Result<(), MigrateError> {
    let mut held = Held::take(writer).await?;
    let mut tx = held.begin_with("begin immediate").await?;
    let migrator = within_transaction(&SQLITE);
    let objects: i64 = sqlx::query_scalar("select count(*) from sqlite_schema").fetch_one(&mut *tx).await?;
    if objects == 0 {
        sqlx::raw_sql(SQLITE_SCHEMA).execute(&mut *tx).await?;
        migrator.skip(&mut *tx, None).await?;
    } else {
        migrator.run(&mut *tx).await?;
    }
    Ok(tx.commit().await?)
}

/// The migrator for a connection whose transaction holds the lock and ends with all migrations done, or none.
fn within_transaction(migrator: &Migrator) -> Migrator {
    let migrations = migrator.iter().map(|migration| Migration { no_tx: true, ..migration.clone() });
    Migrator { migrations: migrations.collect(), locking: false, ..Migrator::DEFAULT }
}

pub(super) async fn open_sqlite(path: &Path, synchronous: Synchronous) -> Result<Db, OpenError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private::create_folder(folder)
            .map_err(|source| OpenError::Folder { path: private::from_root(folder), source })?;
    }
    // Those of an older installation, and the folder by default, which is ours alone. What belongs to another user, the
    // doctor tells of.
    let folder = path.parent().filter(|folder| *folder == Path::new("data")).map(Path::to_owned);
    for place in private::database_files(path).into_iter().chain(folder) {
        let _ = private::tighten(&place);
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match synchronous {
            Synchronous::Normal => SqliteSynchronous::Normal,
            Synchronous::Full => SqliteSynchronous::Full,
        })
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("temp_store", "memory")
        // A file may come from elsewhere: its triggers call no function that could do harm, and a page that contradicts
        // itself is an error before it is read on.
        .pragma("trusted_schema", "off")
        .pragma("cell_size_check", "on")
        // The log before the file may grow to 16 MiB: pages that every log-in changes are copied into the file, which
        // waits for the disk, a quarter as often.
        .pragma("wal_autocheckpoint", "4000")
        .optimize_on_close(true, None);
    let bad = |source| OpenError::File { path: private::from_root(path), source };
    // A reader that cannot write what it has found out would not close as it is told to.
    let read_only = options.clone().read_only(true).optimize_on_close(false, None);
    // Each reader is a thread: more than can run at once only keep one another's caches cold.
    let most = std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 16));
    let (writer, readers) =
        (Connections::new(options, 1).map_err(bad)?, Connections::new(read_only, most).map_err(bad)?);
    check_writable(path, &writer).await.map_err(bad)?;
    let log_ins = Arc::new(login_writer::LoginBatcher::new(&writer));
    let wal_index = WalIndex::open(path).ok().map(Arc::new);
    Ok(Db::Sqlite { writer, readers, log_ins, wal_index })
}

/// SQLite opens a file for reading where the system lets it do no more, and tells when the first change is made; where
/// its log can be written, not even when a transaction begins.
async fn check_writable(path: &Path, writer: &Connections) -> sqlx::Result<()> {
    let mut held = Held::take(writer).await?;
    // Asked, and not tried by opening it: for the system, a process that closes a file gives up all its locks on it. SQLite would
    // believe to have its own still, while the next process that closes the file takes itself for the last one, and removes
    // the log that we go on writing into.
    rustix::fs::accessat(rustix::fs::CWD, path, Access::WRITE_OK, AtFlags::EACCESS).map_err(std::io::Error::from)?;
    match sqlx::raw_sql("begin immediate; rollback").execute(&mut *held).await {
        // Another process is writing, so it can be written.
        Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| code == "5") => Ok(()),
        tried => tried.map(drop),
    }
}

/// The parameters that sqlx reads.
const PARAMETERS: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// An address without the parameters that sqlx does not read, and how many those are: it would log them, and
/// `sslpassword` is one.
fn without_unknown(address: &str) -> (String, usize) {
    let Ok(mut url) = Url::parse(address) else { return (address.to_owned(), 0) };
    let is_known = |name: &str| PARAMETERS.contains(&name) || (name.starts_with("options[") && name.ends_with(']'));
    let (known, unknown): (Vec<_>, Vec<_>) = url.query_pairs().into_owned().partition(|(name, _)| is_known(name));
    if unknown.is_empty() {
        return (address.to_owned(), 0);
    }
    url.set_query(None);
    if !known.is_empty() {
        url.query_pairs_mut().extend_pairs(known);
    }
    (url.into(), unknown.len())
}

/// How long a caller waits for a connection to PostgreSQL.
const ACQUIRING: Duration = Duration::from_secs(5);
/// How long to wait before another try to reach a server that starts.
const REACH_PAUSE: Duration = Duration::from_millis(200);

/// A connection before there is a pool, which would wait for one and then say no more than that it did.
async fn reach(options: &PgConnectOptions) -> Result<(), OpenError> {
    let start = Instant::now();
    loop {
        let left = ACQUIRING.saturating_sub(start.elapsed());
        let error = match timeout(left, look(options)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(_) => return Err(OpenError::Connect(sqlx::Error::PoolTimedOut)),
        };
        // It may be on its way: started beside us, or about to become the one that writes.
        let may_come = match &error {
            OpenError::ReadOnly => true,
            OpenError::Connect(sqlx::Error::Io(error)) => error.kind() == std::io::ErrorKind::ConnectionRefused,
            OpenError::Connect(sqlx::Error::Database(error)) => error.is_transient_in_connect_phase(),
            _ => false,
        };
        if !may_come || start.elapsed() + REACH_PAUSE >= ACQUIRING {
            return Err(error);
        }
        sleep(REACH_PAUSE).await;
    }
}

/// Looks whether a server can be used.
async fn look(options: &PgConnectOptions) -> Result<(), OpenError> {
    let mut connection = PgConnection::connect_with(options).await.map_err(OpenError::Connect)?;
    let encoding = postgres::shown(&mut connection, "show server_encoding").await.map_err(OpenError::Connect)?;
    let takes_writes = postgres::takes_writes(&mut connection).await.map_err(OpenError::Connect)?;
    // What was asked is known.
    let _ = connection.close().await;
    match encoding.as_str() {
        "UTF8" if takes_writes => Ok(()),
        "UTF8" => Err(OpenError::ReadOnly),
        _ => Err(OpenError::Encoding(encoding)),
    }
}

/// Whether an address asks for statements without names.
fn has_no_statement_cache(address: &str) -> bool {
    let is_off = |(name, value): (Cow<'_, str>, Cow<'_, str>)| name == "statement-cache-capacity" && value == "0";
    Url::parse(address).is_ok_and(|url| url.query_pairs().any(is_off))
}

async fn open_postgres(url: &str, connections: u32) -> Result<Db, OpenError> {
    let (url, unknown) = without_unknown(url);
    if unknown > 0 {
        tracing::warn!(unknown, "parameters of DATABASE_URL that are not known are left out");
    }
    let options: PgConnectOptions = url.parse().map_err(OpenError::Url)?;
    // A pooler knows few parameters of a connection's start, and what this one asks for is what servers do anyway.
    let options = options.application_name("portico").extra_float_digits(None);
    reach(&options).await?;
    let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRING);
    Ok(Db::Postgres(postgres::Connections::new(options, pool, !has_no_statement_cache(&url))))
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, SqliteConnection};

    use super::without_unknown;

    #[tokio::test]
    async fn sqlite_plans_a_statement_once_whatever_values_are_bound() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let asked = sqlx::query_as("select sqlite_compileoption_used('ENABLE_QPSG')");
        let (is_stable,): (bool,) = asked.fetch_one(&mut connection).await.unwrap();
        assert!(is_stable, "build with the flags of .cargo/config.toml");
    }

    #[test]
    fn parameters_that_no_driver_reads_are_left_out() {
        let address = "postgres://u:p%40@db/x?sslmode=require&sslpassword=hush&options[a]=b&pass%77ord=q";
        let (known, unknown) = without_unknown(address);
        assert_eq!((known.contains("hush"), unknown), (false, 1));
        assert_eq!(known, "postgres://u:p%40@db/x?sslmode=require&options%5Ba%5D=b&password=q");
        assert_eq!(without_unknown("postgres://db/x?user=a"), ("postgres://db/x?user=a".to_owned(), 0));
    }
}
