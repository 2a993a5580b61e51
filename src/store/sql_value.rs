//! SQL values: parameters for either database, for what puts its statements together by itself.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo};
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, AssertSqlSafe, Encode, Postgres, Type};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::{AccountId, Generation};

use super::{Connection, Writer};

/// An SQL value: a parameter for either database.
#[derive(Clone, Debug, PartialEq)]
pub enum SqlValue {
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
    /// A timestamp.
    Timestamp(OffsetDateTime),
    /// An array of numbers, which only PostgreSQL has.
    Numbers(Vec<i32>),
}

impl From<&str> for SqlValue {
    fn from(text: &str) -> SqlValue {
        SqlValue::Text(text.to_owned())
    }
}

impl From<&[u8]> for SqlValue {
    fn from(bytes: &[u8]) -> SqlValue {
        SqlValue::Bytes(bytes.to_owned())
    }
}

impl From<AccountId> for SqlValue {
    fn from(id: AccountId) -> SqlValue {
        SqlValue::Id(id.0)
    }
}

impl From<Generation> for SqlValue {
    fn from(generation: Generation) -> SqlValue {
        SqlValue::Integer(generation.0)
    }
}

impl From<bool> for SqlValue {
    fn from(value: bool) -> SqlValue {
        SqlValue::Bool(value)
    }
}

impl From<Uuid> for SqlValue {
    fn from(id: Uuid) -> SqlValue {
        SqlValue::Id(id)
    }
}

impl From<OffsetDateTime> for SqlValue {
    fn from(timestamp: OffsetDateTime) -> SqlValue {
        SqlValue::Timestamp(timestamp)
    }
}

impl<T: Into<SqlValue>> From<Option<T>> for SqlValue {
    fn from(value: Option<T>) -> SqlValue {
        value.map_or(SqlValue::Null, Into::into)
    }
}

/// What a statement of SQLite binds.
///
/// # Errors
/// At an array.
pub(super) fn sqlite_arguments<'c>(cells: impl Iterator<Item = &'c SqlValue>) -> sqlx::Result<SqliteArguments> {
    let mut arguments = SqliteArguments::default();
    for sql_value in cells {
        match sql_value {
            SqlValue::Null => arguments.add(None::<String>),
            SqlValue::Bool(value) => arguments.add(*value),
            SqlValue::Integer(number) => arguments.add(*number),
            SqlValue::Text(text) => arguments.add(text.clone()),
            SqlValue::Bytes(bytes) => arguments.add(bytes.clone()),
            SqlValue::Id(id) => arguments.add(*id),
            SqlValue::Timestamp(timestamp) => arguments.add(*timestamp),
            SqlValue::Numbers(_) => Err("SQLite has no arrays".into()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// NULL as a parameter whose type PostgreSQL takes from where it stands: declared as a text it would fit no other
/// column.
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
pub(super) fn postgres_arguments<'c>(cells: impl Iterator<Item = &'c SqlValue>) -> sqlx::Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for sql_value in cells {
        match sql_value {
            SqlValue::Null => arguments.add(Untyped),
            SqlValue::Bool(value) => arguments.add(*value),
            SqlValue::Integer(number) => arguments.add(*number),
            SqlValue::Text(text) => arguments.add(text),
            SqlValue::Bytes(bytes) => arguments.add(bytes),
            SqlValue::Id(id) => arguments.add(*id),
            SqlValue::Timestamp(timestamp) => arguments.add(*timestamp),
            SqlValue::Numbers(numbers) => arguments.add(numbers),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// Runs a statement with these parameters, and gives the number of rows. The statement stands in the program, never in
/// anything that came from outside.
pub(super) async fn execute(connection: &mut Writer, sql: String, cells: &[SqlValue]) -> sqlx::Result<u64> {
    let sql = AssertSqlSafe(sql);
    let connection: &mut Connection = connection;
    match connection {
        Connection::Sqlite(held) => {
            let arguments = sqlite_arguments(cells.iter())?;
            held.execute(sqlx::query_with(sql, arguments)).await
        }
        Connection::Postgres(held) => {
            let arguments = postgres_arguments(cells.iter())?;
            held.execute(sqlx::query_with(sql, arguments)).await
        }
    }
}
