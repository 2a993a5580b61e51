//! Many rows at once, for what moves whole installations: COPY on PostgreSQL, long inserts on SQLite.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;
use time::format_description::well_known::Rfc3339;

use crate::secrets::hex;

use super::sql_value::{self, SqlValue};
use super::{Connection, Transaction};

/// Rows of one table, put together before a transaction begins that others wait for.
#[derive(Debug)]
pub struct Rows {
    pub(super) table: &'static str,
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<SqlValue>>,
}

/// A column's name and its value.
pub(super) type Cell = (&'static str, SqlValue);

impl Rows {
    /// Rows whose cells stand in the same order.
    pub(super) fn of(table: &'static str, rows: impl Iterator<Item = Vec<Cell>>) -> Rows {
        let (mut columns, rows): (Vec<Vec<_>>, Vec<_>) = rows.map(|row| row.into_iter().unzip()).unzip();
        Rows { table, columns: columns.pop().unwrap_or_default(), rows }
    }

    /// Adds them.
    ///
    /// # Errors
    /// The database's; [`super::is_taken`] tells which name was taken, not in which row.
    pub async fn insert(&self, tx: &mut Transaction) -> sqlx::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        insert(tx, self.table, &self.columns, &self.rows).await
    }
}

/// How many values one statement of SQLite may have, and how many rows are worth putting into one. Each statement keeps a
/// copy of the pages that it changes, for its own end, and has the search index write what it has gathered: few large ones
/// cost a tenth less than many small ones.
const MAX_VALUES: usize = 32_000;
const MAX_ROWS: usize = 4_000;

/// Adds rows to a table. The names stand in the program, never in anything that came from outside.
///
/// # Errors
/// The database's; [`super::is_taken`] tells which name was taken, not in which row.
pub async fn insert(tx: &mut Transaction, table: &str, columns: &[&str], rows: &[Vec<SqlValue>]) -> sqlx::Result<()> {
    let connection: &mut Connection = tx;
    match connection {
        Connection::Sqlite(held) => {
            let full = (MAX_VALUES / columns.len()).clamp(1, MAX_ROWS);
            for chunk in rows.chunks(full) {
                let row = format!("({})", vec!["?"; columns.len()].join(", "));
                let values = vec![row; chunk.len()].join(", ");
                let sql = format!("insert into {table} ({}) values {values}", columns.join(", "));
                let arguments = sql_value::sqlite_arguments(chunk.iter().flatten())?;
                // Only the full chunk comes again and again.
                let again = chunk.len() == full;
                sqlx::query_with(AssertSqlSafe(sql), arguments).persistent(again).execute(&mut **held).await?;
            }
        }
        Connection::Postgres(held) => {
            let sql = format!("copy {table} ({}) from stdin", columns.join(", "));
            let mut copy = held.copy_in_raw(&sql).await?;
            let mut lines = String::new();
            for row in rows {
                write_row(&mut lines, row).map_err(|error| sqlx::Error::Encode(error.into()))?;
                if lines.len() > 256 * 1024 {
                    copy.send(lines.as_bytes()).await?;
                    lines.clear();
                }
            }
            copy.send(lines.as_bytes()).await?;
            copy.finish().await?;
        }
    }
    Ok(())
}

/// A line of COPY's text format.
fn write_row(lines: &mut String, row: &[SqlValue]) -> Result<(), std::fmt::Error> {
    for (at, sql_value) in row.iter().enumerate() {
        if at > 0 {
            lines.push('\t');
        }
        match sql_value {
            SqlValue::Null => lines.push_str("\\N"),
            SqlValue::Bool(value) => lines.push(if *value { 't' } else { 'f' }),
            SqlValue::Integer(number) => write!(lines, "{number}")?,
            SqlValue::Text(text) => {
                for letter in text.chars() {
                    match letter {
                        '\\' => lines.push_str("\\\\"),
                        '\n' => lines.push_str("\\n"),
                        '\r' => lines.push_str("\\r"),
                        '\t' => lines.push_str("\\t"),
                        letter => lines.push(letter),
                    }
                }
            }
            SqlValue::Bytes(bytes) => {
                lines.push_str("\\\\x");
                lines.push_str(&hex(bytes));
            }
            SqlValue::Id(id) => write!(lines, "{id}")?,
            SqlValue::Timestamp(timestamp) => lines.push_str(&timestamp.format(&Rfc3339).map_err(|_| std::fmt::Error)?),
            SqlValue::Numbers(numbers) => lines.push_str(&super::account_index::array(numbers)),
        }
    }
    lines.push('\n');
    Ok(())
}
