//! A database of a story's own: a file, or a copy of a migrated template. `TEST_DATABASE` says which.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use super::server::clean;

/// Where the accounts of one story are kept.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file, by its URL.
    Sqlite(String),
    /// A database of the server at `TEST_POSTGRES_URL`.
    Postgres { url: String, name: String },
}

impl Database {
    /// A new database; a file lies in `folder`.
    pub async fn create(folder: &Path) -> Database {
        match std::env::var("TEST_DATABASE").as_deref() {
            Err(_) | Ok("sqlite") => Database::Sqlite(format!("sqlite:{}", folder.join("portico.db").display())),
            Ok("postgres") => {
                static COUNT: AtomicU32 = AtomicU32::new(0);
                let name = format!("it_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
                let mut server = PgConnection::connect(&server_url()).await.expect("PostgreSQL answers");
                let template = template(&mut server).await;
                run(&mut server, format!("create database {name} template {template}")).await;
                Database::Postgres { url: url_of(&name), name }
            }
            Ok(other) => panic!("TEST_DATABASE is sqlite or postgres, not {other}"),
        }
    }

    /// A second, empty database, without a schema.
    pub async fn create_empty(folder: &Path) -> Database {
        let database = Database::create(folder).await;
        if let Database::Postgres { name, .. } = &database {
            let mut server = PgConnection::connect(&server_url()).await.expect("PostgreSQL answers");
            run(&mut server, format!("drop database {name}")).await;
            run(&mut server, format!("create database {name}")).await;
        }
        database
    }

    /// Removes it; what runs on it has ended.
    pub fn drop(&self) {
        drop_database(self);
    }

    /// What `DATABASE_URL` is set to.
    pub fn url(&self) -> &str {
        match self {
            Database::Sqlite(url) | Database::Postgres { url, .. } => url,
        }
    }

    /// Does what no door can, such as letting time pass. Gives how many rows changed.
    pub async fn execute(&self, sql: &str) -> u64 {
        self.try_execute(sql).await.expect("the statement is right")
    }

    /// The same, where the database itself may refuse: then in its words.
    pub async fn try_execute(&self, sql: &str) -> Result<u64, String> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Database::Sqlite(_) => sql.execute(&mut self.sqlite().await).await.map(|done| done.rows_affected()),
            Database::Postgres { url, .. } => {
                let mut connection = PgConnection::connect(url).await.expect("PostgreSQL answers");
                sql.execute(&mut connection).await.map(|done| done.rows_affected())
            }
        }
        .map_err(|error| error.to_string())
    }

    /// A transaction that holds what it writes until it ends: on SQLite, the file. Dropped, it has done nothing.
    pub async fn begin(&self) -> Open {
        let mut open = match self {
            Database::Sqlite(_) => Open::Sqlite(self.sqlite().await),
            Database::Postgres { url, .. } => {
                Open::Postgres(PgConnection::connect(url).await.expect("PostgreSQL answers"))
            }
        };
        let begin = if let Open::Sqlite(_) = open { "begin immediate" } else { "begin" };
        open.execute(begin).await;
        open
    }

    /// The texts in the only column of a query.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Database::Sqlite(_) => sqlx::query_scalar(sql).fetch_all(&mut self.sqlite().await).await,
            Database::Postgres { url, .. } => {
                let mut connection = PgConnection::connect(url).await.expect("PostgreSQL answers");
                sqlx::query_scalar(sql).fetch_all(&mut connection).await
            }
        }
        .expect("the query is right")
    }

    /// The only text of a query.
    pub async fn text(&self, sql: &str) -> String {
        let texts = self.texts(sql).await;
        assert_eq!(texts.len(), 1, "{sql}");
        texts.into_iter().next().unwrap()
    }

    /// How many rows there are of this (`accounts where …`).
    pub async fn count(&self, what: &str) -> i64 {
        self.text(&format!("select cast(count(*) as text) from {what}")).await.parse().unwrap()
    }

    /// All that its tables hold: texts as they are, bytes in hexadecimal.
    pub async fn dump(&self) -> String {
        let tables = match self {
            Database::Sqlite(_) => "select name from sqlite_master where type = 'table' and sql not like '%virtual%'",
            Database::Postgres { .. } => {
                "select cast(table_name as text) from information_schema.tables \
                                          where table_schema = 'public' and table_type = 'BASE TABLE'"
            }
        };
        let mut dump = String::new();
        for table in self.texts(tables).await {
            let sql = match self {
                Database::Sqlite(_) => {
                    let columns = self.texts(&format!("select name from pragma_table_info('{table}')")).await;
                    let value = |name: &String| format!("quote(\"{name}\") || ' ' || hex(\"{name}\")");
                    let row = columns.iter().map(value).collect::<Vec<_>>().join(" || ' ' || ");
                    format!("select {row} from \"{table}\"")
                }
                Database::Postgres { .. } => format!(
                    "select cast(whole as text) || ' ' || encode(convert_to(cast(whole as text), 'UTF8'), 'hex') \
                     from \"{table}\" as whole"
                ),
            };
            dump += &self.texts(&sql).await.join("\n");
        }
        dump
    }

    /// SQL that shows an id of this column as people write it.
    pub fn id_as_text(&self, column: &str) -> String {
        match self {
            Database::Sqlite(_) => {
                let part = |from: u8, length: u8| format!("substr(lower(hex({column})), {from}, {length})");
                [part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)].join(" || '-' || ")
            }
            Database::Postgres { .. } => format!("cast({column} as text)"),
        }
    }

    /// SQL of an id, whose bytes are given in hexadecimal.
    pub fn id(&self, hex: &str) -> String {
        match self {
            Database::Sqlite(_) => format!("x'{hex}'"),
            Database::Postgres { .. } => format!("cast('{hex}' as uuid)"),
        }
    }

    async fn sqlite(&self) -> SqliteConnection {
        SqliteConnection::connect(self.url()).await.expect("the file is there")
    }
}

/// A transaction under way.
pub enum Open {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Open {
    pub async fn execute(&mut self, sql: &'static str) {
        let sql = sqlx::raw_sql(sql);
        match self {
            Open::Sqlite(connection) => sql.execute(connection).await.map(drop),
            Open::Postgres(connection) => sql.execute(connection).await.map(drop),
        }
        .expect("the statement is right");
    }

    pub async fn commit(mut self) {
        self.execute("commit").await;
    }
}

/// Removes a database; what runs on it has ended.
pub fn drop_database(database: &Database) {
    let Database::Postgres { name, .. } = database.clone() else { return };
    // From `drop`, which may run inside a runtime that cannot be blocked.
    let done = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut server = PgConnection::connect(&server_url()).await.unwrap();
            run(&mut server, format!("drop database if exists {name} with (force)")).await;
        });
    });
    let _ = done.join();
}

fn server_url() -> String {
    std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a server for the tests, as tests/run sets it")
}

fn url_of(name: &str) -> String {
    let mut url = url::Url::parse(&server_url()).expect("TEST_POSTGRES_URL is a URL");
    url.set_path(name);
    url.into()
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.expect("the statement is right");
}

/// The name of a migrated database to copy from, made by the first test that needs it. Only a whole one is marked as a
/// template, so what a stopped run left behind is made again.
async fn template(server: &mut PgConnection) -> String {
    let name = format!("it_template_{:016x}", migrations_hash());
    run(server, "select pg_advisory_lock(7310203)".to_owned()).await;
    let whole = format!("select count(*) from pg_database where datname = '{name}' and datistemplate");
    let count: i64 = sqlx::query_scalar(AssertSqlSafe(whole)).fetch_one(&mut *server).await.unwrap();
    if count == 0 {
        run(server, format!("drop database if exists {name}")).await;
        run(server, format!("create database {name}")).await;
        let mut migrate = Command::new(env!("CARGO_BIN_EXE_portico"));
        clean(&mut migrate).arg("migrate").env("DATABASE_URL", url_of(&name));
        assert!(migrate.status().expect("portico runs").success());
        run(server, format!("alter database {name} is_template true")).await;
    }
    run(server, "select pg_advisory_unlock(7310203)".to_owned()).await;
    name
}

fn migrations_hash() -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        std::fs::read(file).unwrap().hash(&mut hasher);
    }
    hasher.finish()
}
