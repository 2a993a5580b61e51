//! Opening the database and bringing its schema up to date.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join_all;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection as _, SqliteConnection};
use url::Url;

use crate::config::{DatabaseUrl, Settings, Synchronous};
use crate::private;

use super::sqlite::{Connections, Held};
use super::{Db, account_index, login_writer, names};

/// How many accounts that want looking after are told at each start.
const MAX_LISTED: i64 = 20;

pub(super) static SQLITE: Migrator = sqlx_macros::migrate!("migrations/sqlite");
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
    /// The URL is not one of PostgreSQL.
    #[error("DATABASE_URL is no usable PostgreSQL address: {0}")]
    Url(sqlx::Error),
    /// No connection.
    #[error("the database does not open: {0}")]
    Connect(sqlx::Error),
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

    /// Brings the schema up to date. Several replicas, or a command beside the server, may call this at once.
    ///
    /// # Errors
    /// [`OpenError::Migrate`].
    pub async fn migrate(&self) -> Result<(), OpenError> {
        match self {
            Db::Sqlite { writer, .. } => migrate_sqlite(writer).await,
            Db::Postgres(pool) => POSTGRES.run(pool).await,
        }
        .map_err(OpenError::Migrate)?;
        self.fill().await.map_err(|error| OpenError::Migrate(error.into()))
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

    /// How many migrations this program knows and how many the database has had.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn migrations(&self) -> sqlx::Result<(usize, usize)> {
        let mut connection = self.read().await?;
        let known = match self {
            Db::Sqlite { .. } => SQLITE.iter().count(),
            Db::Postgres(_) => POSTGRES.iter().count(),
        };
        let (done,): (i64,) = super::query!(&mut connection, fetch_one, "select count(*) from _sqlx_migrations")?;
        Ok((known, usize::try_from(done).unwrap_or_default()))
    }
}

/// The migrator locks PostgreSQL by itself; SQLite has to be held from before the first look to the last change, or
/// two that start at once make the same tables.
async fn migrate_sqlite(writer: &Connections) -> Result<(), MigrateError> {
    let mut held = Held::take(writer).await?;
    // A transaction that sqlx knows of: its migrator makes one for each migration, within this one.
    let mut tx = held.begin_with("begin immediate").await?;
    SQLITE.run(&mut *tx).await?;
    Ok(tx.commit().await?)
}

async fn open_sqlite(path: &Path, synchronous: Synchronous) -> Result<Db, OpenError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private::create_folder(folder).map_err(|source| OpenError::Folder { path: folder.to_owned(), source })?;
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
    let writer = SqliteConnection::connect_with(&options).await.map_err(OpenError::Connect)?;
    // Each reader is a thread: more than can run at once only keep one another's caches cold.
    let readers = std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 16));
    let read_only = options.clone().read_only(true);
    let readers = try_join_all((0..readers).map(|_| SqliteConnection::connect_with(&read_only))).await;
    let readers = readers.map_err(OpenError::Connect)?;
    let writer = Connections::new(vec![writer], options);
    let log_ins = Arc::new(login_writer::LoginBatcher::new(&writer));
    Ok(Db::Sqlite { writer, readers: Connections::new(readers, read_only), log_ins })
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

/// An address without the parameters that sqlx does not read, and how many those are: it would log them, and `sslpassword` is
/// one.
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

async fn open_postgres(url: &str, connections: u32) -> Result<Db, OpenError> {
    let (url, unknown) = without_unknown(url);
    if unknown > 0 {
        tracing::warn!(unknown, "parameters of DATABASE_URL that are not known are left out");
    }
    let options: PgConnectOptions = url.parse().map_err(OpenError::Url)?;
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        // Asks whether a connection still lives only when it has rested: a restarted server is noticed, and
        // busy connections pay nothing.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > Duration::from_secs(1) {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options.application_name("portico"))
        .await
        .map_err(OpenError::Connect)?;
    Ok(Db::Postgres(pool))
}

#[cfg(test)]
mod tests {
    use super::without_unknown;

    #[test]
    fn parameters_that_nobody_reads_are_left_out() {
        let address = "postgres://u:p%40@db/x?sslmode=require&sslpassword=hush&options[a]=b&pass%77ord=q";
        let (known, unknown) = without_unknown(address);
        assert_eq!((known.contains("hush"), unknown), (false, 1));
        assert_eq!(known, "postgres://u:p%40@db/x?sslmode=require&options%5Ba%5D=b&password=q");
        assert_eq!(without_unknown("postgres://db/x?user=a"), ("postgres://db/x?user=a".to_owned(), 0));
    }
}
