//! Values on their way into either database, for what puts its statements together by itself.

use sqlx::Arguments as _;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::{AccountId, Generation};

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

/// What a statement of PostgreSQL binds. Nothing is bound as no text: PostgreSQL wants a type of it too.
///
/// # Errors
/// When a value cannot be encoded.
pub(super) fn postgres_arguments<'c>(cells: impl Iterator<Item = &'c Cell>) -> sqlx::Result<PgArguments> {
    let mut arguments = PgArguments::default();
    for cell in cells {
        match cell {
            Cell::Null => arguments.add(None::<String>),
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
