//! Storing a log-in: its own row and the one of the audit log that tells of it, while the account is still what it was
//! when the password was checked. All of it is one text, one way to the database and back: people and programs log in by
//! the thousand.

use super::{Tx, audit};

/// The text that adds a row to `table` and one to `audit`, and gives a row when it has. It binds the values of `columns`,
/// then the account's id and when its password was set, then the values of the audit log's row. `condition` is what else
/// must be so of the account.
///
/// The account is held meanwhile: a password change at the same time either sees the log-in, or comes first and leaves
/// none. On SQLite moments are compared as the texts that Portico writes: one that was written by hand in another form of
/// ISO 8601 refuses the log-in until the password is set anew.
pub(super) fn text(tx: &Tx, table: &str, columns: &[&str], condition: &str) -> String {
    let places = |first: usize, count: usize| {
        let places: Vec<String> = (first..first + count).map(|place| format!("${place}")).collect();
        places.join(", ")
    };
    let after = columns.len() + 1;
    let account = format!(
        "select id from accounts \
         where id = ${after} and status = 'active' and password_changed_at = ${} and {condition}",
        after + 1
    );
    let row = format!("insert into {table} ({}) select {}", columns.join(", "), places(1, columns.len()));
    let entry =
        format!("insert into audit ({}) select {}", audit::COLUMNS.join(", "), places(after + 2, audit::COLUMNS.len()));
    match tx {
        Tx::Sqlite(_) => format!(
            "begin immediate; {row} from ({account}) as held; {entry} where changes() = 1 returning sequence; commit"
        ),
        Tx::Postgres(_) => format!(
            "with held as ({account} for share), started as ({row} from held returning id) \
             {entry} from started returning sequence"
        ),
    }
}

/// Stores a log-in. False when the account is not what it was.
macro_rules! start {
    ($db:expr, $table:literal, $columns:expr, $held:expr, $entry:expr $(, $value:expr)+ $(,)?) => {{
        let entry: &crate::model::audit::Entry = $entry;
        let (account, password_changed_at, condition): (crate::model::AccountId, time::OffsetDateTime, &str) = $held;
        let columns = crate::store::audit::Columns::from(entry);
        let mut tx = $db.write_text().await?;
        let sql = sqlx::AssertSqlSafe(crate::store::log_ins::text(&tx, $table, &$columns, condition));
        let rows: Vec<(i64,)> = crate::store::query!(
            &mut tx,
            fetch_all,
            sql
            $(, $value)+,
            account,
            password_changed_at,
            entry.created_at,
            columns.action,
            columns.topic,
            columns.actor_kind,
            columns.actor_id,
            columns.subject_id,
            columns.door,
            &columns.address,
            &columns.detail,
        )?;
        tx.committed();
        Ok(!rows.is_empty())
    }};
}
pub(super) use start;
