//! Connections in use: what reads, what writes, and what is a transaction are types of their own.

use std::ops::{Deref, DerefMut};

use super::{postgres, sqlite};

/// A connection in use, of either database. Each statement stands on its own and sees what was committed before it.
pub enum Connection {
    /// On SQLite.
    Sqlite(sqlite::Held),
    /// On PostgreSQL.
    Postgres(postgres::Held),
}

/// A connection for statements that write, each of them all or nothing by itself.
pub struct Writer(pub(super) Connection);

/// A transaction, rolled back unless committed. What must happen together, takes a lock, or stands in an order, asks
/// for this type.
pub struct Transaction(pub(super) Writer);

/// A transaction for reading: all its statements see the database as it was at the first of them.
pub struct Snapshot(pub(super) Connection);

/// Which database it is, for statements that differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Connection {
    /// The database it is a connection to.
    pub fn backend(&self) -> Backend {
        match self {
            Connection::Sqlite(_) => Backend::Sqlite,
            Connection::Postgres(_) => Backend::Postgres,
        }
    }
}

/// `$outer` can do what `$inner` can.
macro_rules! deref {
    ($outer:ty => $inner:ty) => {
        impl Deref for $outer {
            type Target = $inner;

            fn deref(&self) -> &$inner {
                &self.0
            }
        }

        impl DerefMut for $outer {
            fn deref_mut(&mut self) -> &mut $inner {
                &mut self.0
            }
        }
    };
}

deref!(Writer => Connection);
deref!(Transaction => Writer);
deref!(Snapshot => Connection);

impl Transaction {
    /// Makes the transaction's changes last. Once this returns, a crash loses none of them.
    ///
    /// # Errors
    /// When the database cannot; then nothing has changed.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self.0.0 {
            Connection::Sqlite(held) => held.commit().await,
            Connection::Postgres(held) => held.commit().await,
        }
    }
}

/// Runs one SQL text on whichever database is open: `query!(connection, execute, SQL, args…)` gives the number of
/// rows, `query!(connection, fetch_one, SQL, args…)` and its kin give rows. What differs from statement to statement is
/// the parameters and the reading of a row; all else is compiled once for each database.
macro_rules! query {
    ($connection:expr, $fetch:ident, $sql:expr $(, $arg:expr)* $(,)?) => {{
        let connection: &mut $crate::store::Connection = $connection;
        match connection {
            $crate::store::Connection::Sqlite(held) => {
                held.$fetch(sqlx::query::<sqlx::Sqlite>($sql)$(.bind($arg))*)
                    .await
                    .and_then($crate::store::connection::decode::$fetch)
            }
            $crate::store::Connection::Postgres(held) => {
                held.$fetch(sqlx::query::<sqlx::Postgres>($sql)$(.bind($arg))*)
                    .await
                    .and_then($crate::store::connection::decode::$fetch)
            }
        }
    }};
}
pub(super) use query;

/// Names the columns of a table once, and makes of them the macro `$text`: what a statement that reads whole rows asks
/// for, as part of its text. A star would do until a later version adds a column beside the running program: statements
/// that are prepared then give more columns than they did, which PostgreSQL refuses and sqlx's SQLite does not expect.
macro_rules! columns {
    ($(#[$attribute:meta])* $visibility:vis $list:ident, $text:ident of $table:literal: $($name:literal),+ $(,)?) => {
        $(#[$attribute])*
        $visibility const $list: [&str; [$($name),+].len()] = [$($name),+];
        $crate::store::columns!($text of $table: $($name),+);
    };
    ($text:ident of $table:literal: $first:literal $(, $other:literal)* $(,)?) => {
        macro_rules! $text {
            () => {
                concat!($table, ".", $first $(, ", ", $table, ".", $other)*)
            };
        }
    };
}
pub(super) use columns;

/// What a statement's outcome is read as.
pub(super) mod decode {
    use sqlx::{FromRow, Row};

    /// The number of rows.
    pub(in crate::store) fn execute(rows: u64) -> sqlx::Result<u64> {
        Ok(rows)
    }

    /// The only row.
    pub(in crate::store) fn fetch_one<R: Row, T: for<'r> FromRow<'r, R>>(row: R) -> sqlx::Result<T> {
        T::from_row(&row)
    }

    /// The row, if there is one.
    pub(in crate::store) fn fetch_optional<R: Row, T: for<'r> FromRow<'r, R>>(
        row: Option<R>,
    ) -> sqlx::Result<Option<T>> {
        row.map(fetch_one).transpose()
    }

    /// Every row.
    pub(in crate::store) fn fetch_all<R: Row, T: for<'r> FromRow<'r, R>>(rows: Vec<R>) -> sqlx::Result<Vec<T>> {
        rows.into_iter().map(fetch_one).collect()
    }
}
