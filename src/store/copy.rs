//! Carrying every row of a SQLite file to PostgreSQL, and comparing what has arrived.

use futures_util::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::secrets::hex;

use super::bulk;
use super::sql_value::SqlValue;
use super::{Connection, Db, Transaction, account_index, query, transfer};

/// How many rows are held at once.
const PAGE: i64 = 2_000;

/// Rows that were compared on both sides.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// How many rows there are in the file, and how many arrived.
    pub rows: (u64, u64),
    /// Whether they are the same, by a checksum over all of them.
    pub same: bool,
}

/// A column as PostgreSQL has it.
#[derive(sqlx_macros::FromRow)]
struct Column {
    column_name: String,
    data_type: String,
    is_identity: String,
}

/// A sum over rows that does not depend on their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    rows: u64,
    sum: u128,
}

impl Sum {
    fn add(&mut self, row: &str) {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&Sha256::digest(row)[..16]);
        self.rows += 1;
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(bytes));
    }
}

/// The tables of PostgreSQL that hold anything.
pub async fn filled(target: &mut Connection) -> sqlx::Result<Vec<String>> {
    let mut filled = Vec::new();
    for name in tables(target).await? {
        let sql = AssertSqlSafe(format!("select exists (select 1 from {name})"));
        let (some,): (bool,) = query!(&mut *target, fetch_one, sql)?;
        filled.extend(some.then_some(name));
    }
    Ok(filled)
}

/// Carries every table over, inside the transaction `target` of `db`, and compares both sides. The caller commits.
///
/// # Errors
/// The databases'.
pub async fn all(
    source: &mut Connection,
    db: &Db,
    target: &mut Transaction,
    mut progress: impl FnMut(&str, u64),
) -> sqlx::Result<Vec<Table>> {
    let mut done = Vec::new();
    for name in tables(target).await? {
        if name == "directory" {
            continue;
        }
        let columns = columns(target, &name).await?;
        let names: Vec<&str> = columns.iter().map(|column| column.column_name.as_str()).collect();
        let (mut sent, mut last) = (Sum::default(), 0_i64);
        loop {
            let rows = page(source, &name, &names, last).await?;
            let Some(end) = rows.last() else { break };
            last = end.try_get(0)?;
            let cells = rows.iter().map(|row| cells(row, &columns)).collect::<sqlx::Result<Vec<_>>>()?;
            cells.iter().for_each(|row| sent.add(&canonical(row)));
            bulk::insert(target, &name, &names, &cells).await?;
            progress(&name, sent.rows);
        }
        let arrived = sum(target, &name, &columns).await?;
        for column in columns.iter().filter(|column| column.is_identity == "YES") {
            follow(source, target, &name, &column.column_name).await?;
        }
        done.push(Table { rows: (sent.rows, arrived.rows), same: sent == arrived, name });
    }
    // Its rows are made from the accounts', each database's in its own way.
    let mut last = None;
    let mut listed = 0;
    loop {
        let some = transfer::page(target, last, PAGE).await?;
        let Some(end) = some.last() else { break };
        last = Some(end.account.id);
        listed += some.len() as u64;
        account_index::rows(db, some.iter().map(|whole| &whole.account)).insert(target).await?;
        progress("directory", listed);
    }
    let (rows,): (i64,) = query!(&mut *source, fetch_one, "select count(*) from directory")?;
    done.push(Table {
        name: "directory".to_owned(),
        rows: (rows.unsigned_abs(), listed),
        same: rows.unsigned_abs() == listed,
    });
    Ok(done)
}

/// Every table of PostgreSQL, those that others refer to first.
async fn tables(target: &mut Connection) -> sqlx::Result<Vec<String>> {
    let sql = "select cast(table_name as text) from information_schema.tables where table_schema = current_schema() \
               and table_type = 'BASE TABLE' and table_name <> '_sqlx_migrations' \
               order by table_name <> 'accounts', table_name";
    let rows: Vec<(String,)> = query!(target, fetch_all, sql)?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

async fn columns(target: &mut Connection, table: &str) -> sqlx::Result<Vec<Column>> {
    let sql = "select cast(column_name as text) as column_name, cast(data_type as text) as data_type, \
               cast(is_identity as text) as is_identity from information_schema.columns \
               where table_schema = current_schema() and table_name = $1 order by ordinal_position";
    query!(target, fetch_all, sql, table)
}

/// Rows behind a row number, with that number in front.
async fn page(source: &mut Connection, table: &str, columns: &[&str], last: i64) -> sqlx::Result<Vec<SqliteRow>> {
    let Connection::Sqlite(held) = source else {
        return Err(sqlx::Error::Configuration("the source is no SQLite file".into()));
    };
    let sql = format!(
        "select rowid as portico_rowid, {} from {table} where rowid > $1 order by rowid limit {PAGE}",
        columns.join(", ")
    );
    sqlx::query(AssertSqlSafe(sql)).bind(last).fetch_all(&mut **held).await
}

fn cells(row: &SqliteRow, columns: &[Column]) -> sqlx::Result<Vec<SqlValue>> {
    let sql_value = |(at, column): (usize, &Column)| {
        let at = at + 1;
        Ok(match column.data_type.as_str() {
            "uuid" => row.try_get::<Option<Uuid>, _>(at)?.into(),
            "bytea" => row.try_get::<Option<Vec<u8>>, _>(at)?.map_or(SqlValue::Null, SqlValue::Bytes),
            "boolean" => row.try_get::<Option<bool>, _>(at)?.into(),
            "bigint" | "integer" | "smallint" => {
                row.try_get::<Option<i64>, _>(at)?.map_or(SqlValue::Null, SqlValue::Integer)
            }
            "timestamp with time zone" => row.try_get::<Option<OffsetDateTime>, _>(at)?.into(),
            _ => row.try_get::<Option<String>, _>(at)?.map_or(SqlValue::Null, SqlValue::Text),
        })
    };
    columns.iter().enumerate().map(sql_value).collect()
}

/// A row as one text, the same on both sides.
fn canonical(row: &[SqlValue]) -> String {
    let text = |sql_value: &SqlValue| match sql_value {
        SqlValue::Null | SqlValue::Numbers(_) => "\u{1}".to_owned(),
        SqlValue::Bool(value) => value.to_string(),
        SqlValue::Integer(number) => number.to_string(),
        SqlValue::Text(text) => text.clone(),
        SqlValue::Bytes(bytes) => format!("\\x{}", hex(bytes)),
        SqlValue::Id(id) => id.to_string(),
        SqlValue::Timestamp(timestamp) => {
            timestamp.replace_nanosecond(0).unwrap_or(*timestamp).format(&Rfc3339).unwrap_or_default()
        }
    };
    row.iter().map(text).collect::<Vec<_>>().join("\u{2}")
}

/// The sum over what has arrived, read anew.
async fn sum(target: &mut Connection, table: &str, columns: &[Column]) -> sqlx::Result<Sum> {
    let Connection::Postgres(held) = target else {
        return Err(sqlx::Error::Configuration("the target is no PostgreSQL".into()));
    };
    let text = |column: &Column| {
        let name = &column.column_name;
        match column.data_type.as_str() {
            "timestamp with time zone" => {
                format!("coalesce(to_char({name} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), e'\\x01')")
            }
            _ => format!("coalesce(cast({name} as text), e'\\x01')"),
        }
    };
    let row = columns.iter().map(text).collect::<Vec<_>>().join(" || e'\\x02' || ");
    let mut rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(format!("select {row} from {table}")))
        .persistent(false)
        .fetch(&mut **held);
    let mut sum = Sum::default();
    while let Some(row) = rows.try_next().await? {
        sum.add(&row);
    }
    Ok(sum)
}

/// Numbers go on where the file's would have: numbers that were used stay used, whether their rows are there or not.
async fn follow(source: &mut Connection, target: &mut Transaction, table: &str, column: &str) -> sqlx::Result<()> {
    let row: Option<(i64,)> = query!(source, fetch_optional, "select seq from sqlite_sequence where name = $1", table)?;
    if let Some((last,)) = row.filter(|(last,)| *last > 0) {
        let sql = AssertSqlSafe(format!("select setval(pg_get_serial_sequence('{table}', '{column}'), $1)"));
        query!(target, execute, sql, last)?;
    }
    Ok(())
}

/// Whether it is a SQLite file.
pub fn is_sqlite(db: &Db) -> bool {
    matches!(db, Db::Sqlite { .. })
}
