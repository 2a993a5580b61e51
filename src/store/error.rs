//! What the database's errors mean, told by their codes: both databases' in one place.

use super::postgres;

/// What SQLite says of a row that is there already, as triggers of ours do too.
const SAID_TAKEN: &str = "UNIQUE constraint failed: ";

/// Whether `error` says that another row has what may be there only once.
pub fn is_conflict(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    error.is_unique_violation() || error.message().starts_with(SAID_TAKEN)
}

/// Whether `error` says that what a row refers to is gone.
pub(super) fn is_dangling(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.is_foreign_key_violation())
}

/// Whether `error` is about the database and passes by itself or by an operator's hand: it is away, refuses to let us
/// in, only reads, is locked by another process for longer than the busy timeout, or its disk is full.
pub fn is_passing(error: &sqlx::Error) -> bool {
    // SQLITE_BUSY, _LOCKED, _READONLY, _FULL and _CANTOPEN: the low byte of what they are extended to.
    const SQLITE: [u32; 5] = [5, 6, 8, 13, 14];
    // Connections, credentials, room and memory, operators' interventions; and what another transaction is in the way
    // of.
    const CLASSES: [&str; 4] = ["08", "28", "53", "57"];
    const STATES: [&str; 4] = ["40001", "40P01", "55P03", postgres::READS_ONLY];
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            if postgres::is_own(&**error) {
                STATES.contains(&&*code) || CLASSES.iter().any(|class| code.starts_with(class))
            } else {
                code.parse::<u32>().is_ok_and(|code| SQLITE.contains(&(code & 0xff)))
            }
        }
        _ => false,
    }
}

/// Whether `error` shows a pooler between us and PostgreSQL that lends connections for a transaction only.
pub fn is_pooled(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    matches!(error.code().as_deref(), Some("42P05" | "26000"))
}

/// Whether `error` says that a SQLite file is damaged, or none: SQLITE_CORRUPT, SQLITE_NOTADB.
pub fn is_damaged(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    error.code().and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| matches!(code & 0xff, 11 | 26))
}

/// Whether `error` says that there is no such table.
pub fn is_absent_table(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    error.code().is_some_and(|code| code == "42P01") || error.message().starts_with("no such table")
}

/// Whether `error` says that another row of `table` has this value of `column`. PostgreSQL names the index,
/// SQLite the column.
pub fn is_taken(error: &sqlx::Error, table: &str, column: &str) -> bool {
    let conflict = is_conflict(error);
    let sqlx::Error::Database(error) = error else { return false };
    conflict
        && match error.constraint() {
            Some(index) => index == format!("{table}_{column}"),
            None => error.message().contains(&format!("{table}.{column}")),
        }
}

/// Whether `error` says that a value handed in is none that the database can hold: a text with NUL or other bytes that
/// are no text, a number or a timestamp out of its range (SQLSTATE 22021, 22P05, 22003, 22008).
pub fn is_unstorable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Encode(_) => true,
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("22021" | "22P05" | "22003" | "22008")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, SqliteConnection};

    use super::is_passing;

    #[tokio::test]
    async fn a_full_disk_passes_and_a_wrong_statement_does_not() {
        let mut file = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let fill = "pragma max_page_count = 3; create table t (x); insert into t values (zeroblob(100000))";
        assert!(is_passing(&sqlx::raw_sql(fill).execute(&mut file).await.unwrap_err()));
        assert!(!is_passing(&sqlx::raw_sql("select nothing").execute(&mut file).await.unwrap_err()));
    }
}
