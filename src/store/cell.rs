//! Values on their way into either database, for what puts its statements together by itself.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, Connection as _, Encode, Postgres, Type};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::{AccountId, Generation};

use super::{Connection, Writer, prepared};

/// A value on its way into either database.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A text without NUL.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An id.
    Id(Uuid),
    /// A moment.
    Moment(OffsetDateTime),
    /// An array of numbers, which only PostgreSQL has.
    Numbers(Vec<i32>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<&[u8]> for Cell {
    fn from(bytes: &[u8]) -> Cell {
        Cell::Bytes(bytes.to_owned())
    }
}

impl From<AccountId> for Cell {
    fn from(id: AccountId) -> Cell {
        Cell::Id(id.0)
    }
}

impl From<Generation> for Cell {
    fn from(generation: Generation) -> Cell {
        Cell::Integer(generation.0)
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Cell {
        Cell::Bool(value)
    }
}

impl From<Uuid> for Cell {
    fn from(id: Uuid) -> Cell {
        Cell::Id(id)
    }
}

impl From<OffsetDateTime> for Cell {
    fn from(moment: OffsetDateTime) -> Cell {
        Cell::Moment(moment)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Null, Into::into)
    }
}

/// What a statement of SQLite binds.
///
/// # Errors
/// At an array.
pub(super) fn sqlite_arguments<'c>(cells: impl Iterator<Item = &'c Cell>) -> sqlx::Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for cell in cells {
        match cell {
            Cell::Null => arguments.add(None::<String>),
            Cell::Bool(value) => arguments.add(*value),
            Cell::Integer(number) => arguments.add(*number),
            Cell::Text(text) => arguments.add(text.clone()),
            Cell::Bytes(bytes) => arguments.add(bytes.clone()),
            Cell::Id(id) => arguments.add(*id),
            Cell::Moment(moment) => arguments.add(*moment),
            Cell::Numbers(_) => Err("SQLite has no arrays".into()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// NULL as a parameter whose type PostgreSQL takes from where it stands: declared as a text it would fit no other column.
struct Untyped;

impl Type<Postgres> for Untyped {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Untyped {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}

/// What a statement of PostgreSQL binds.
///
/// # Errors
/// When a value cannot be encoded.
pub(super) fn postgres_arguments<'c>(cells: impl Iterator<Item = &'c Cell>) -> sqlx::Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for cell in cells {
        match cell {
            Cell::Null => arguments.add(Untyped),
            Cell::Bool(value) => arguments.add(*value),
            Cell::Integer(number) => arguments.add(*number),
            Cell::Text(text) => arguments.add(text),
            Cell::Bytes(bytes) => arguments.add(bytes),
            Cell::Id(id) => arguments.add(*id),
            Cell::Moment(moment) => arguments.add(*moment),
            Cell::Numbers(numbers) => arguments.add(numbers),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// Runs a statement with these parameters, and gives the number of rows. The text stands in the program, never in anything
/// that came from outside.
///
/// # Errors
/// The database's.
pub(super) async fn execute(connection: &mut Writer, sql: String, cells: &[Cell]) -> sqlx::Result<u64> {
    let sql = AssertSqlSafe(sql);
    let connection: &mut Connection = connection;
    match connection {
        Connection::Sqlite(held) => {
            let arguments = sqlite_arguments(cells.iter())?;
            let done = sqlx::query_with(sql, arguments).execute(&mut **held).await;
            held.noted(done).map(|done| done.rows_affected())
        }
        Connection::Postgres(held) => {
            let arguments = postgres_arguments(cells.iter())?;
            let asked = sqlx::query_with(sql, arguments).persistent(prepared::by_name());
            if held.needs_transaction() {
                let mut tx = held.begin().await?;
                let done = asked.execute(&mut *tx).await?;
                return tx.commit().await.map(|()| done.rows_affected());
            }
            asked.execute(&mut **held).await.map(|done| done.rows_affected())
        }
    }
}
