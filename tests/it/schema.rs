//! The schema of a new SQLite file, and what the migrations make.

use std::path::{Path, PathBuf};

use sqlx::migrate::Migrator;
use sqlx::{Connection as _, SqliteConnection};

use crate::support::Portico;

const HEAD: &str = "-- What the migrations in sqlite make together, for new files. WRITE_SCHEMA=1 cargo test --test it new_file\n\
                    -- writes it anew.\n\n";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite")
}

/// Every statement that made what there is, but for what SQLite and the migrator keep for themselves.
async fn dump(database: &mut SqliteConnection) -> String {
    let sql = "select sql || ';\n' from sqlite_schema \
               where sql is not null and name not glob 'sqlite_*' and name not glob 'directory_trigrams_*' \
                   and tbl_name <> '_sqlx_migrations' order by rowid";
    let statements: Vec<String> = sqlx::query_scalar(sql).fetch_all(database).await.unwrap();
    HEAD.to_owned() + &statements.concat()
}

/// How many rows all tables have together, but for those of the migrator and the search index.
async fn rows(database: &mut SqliteConnection) -> i64 {
    let sql = "select name from pragma_table_list where schema = 'main' and type = 'table' \
               and name not in ('_sqlx_migrations', 'sqlite_schema')";
    let tables: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *database).await.unwrap();
    let mut sum = 0;
    for table in tables {
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        sum += sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *database).await.unwrap();
    }
    sum
}

#[tokio::test]
async fn a_new_file_gets_what_all_migrations_make() {
    let file = folder().with_file_name("sqlite-schema.sql");
    let mut migrated = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    Migrator::new(folder()).await.unwrap().run(&mut migrated).await.unwrap();
    let made = dump(&mut migrated).await;
    if std::env::var_os("WRITE_SCHEMA").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    assert_eq!(std::fs::read_to_string(file).unwrap(), made);
    assert_eq!(rows(&mut migrated).await, 0, "rows that a migration makes are missing from the schema");

    let mut new = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(made.clone())).execute(&mut new).await.unwrap();
    assert_eq!(dump(&mut new).await, made);
}

#[tokio::test]
async fn a_new_database_has_had_every_migration() {
    let portico = Portico::start().await;
    let sql = "select description from _sqlx_migrations where success order by version";
    let had = portico.database().texts(sql).await;
    let known: Vec<String> =
        Migrator::new(folder()).await.unwrap().iter().map(|migration| migration.description.to_string()).collect();
    assert_eq!(had, known);
}
