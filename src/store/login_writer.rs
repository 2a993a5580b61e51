//! The writer of log-ins: stores a log-in's own row and the one of the audit log, while the account is still of the
//! generation that was authenticated. People and programs log in by the thousand: all of it is one statement and one
//! round trip, and on SQLite, which has one writer, one transaction for those that come together.

use sqlx::AssertSqlSafe;

use crate::model::audit::Entry;

use super::batcher::{Batch, Batcher};
use super::error::is_dangling;
use super::sql_value::{self, SqlValue};
use super::sqlite::{Connections, Held};
use super::{Db, audit, sessions, tokens};

/// What a log-in starts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// The session of a browser.
    Session,
    /// The family of a program's tokens.
    Family,
}

impl Kind {
    fn table(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Kind::Session => ("sessions", &sessions::COLUMNS),
            Kind::Family => ("token_families", &tokens::COLUMNS),
        }
    }

    /// The guard: columns of the account that must be what they were when the log-in was proved. Tokens tell of the
    /// role.
    fn guard_columns(self) -> &'static [&'static str] {
        match self {
            Kind::Session => &["id", "generation"],
            Kind::Family => &["id", "generation", "is_admin"],
        }
    }
}

/// A log-in on its way into the database.
#[derive(Debug)]
pub(super) struct NewLogin {
    kind: Kind,
    /// Its own row, then what the account was, then the row of the audit log.
    values: Vec<SqlValue>,
}

impl NewLogin {
    /// `row` has the values of the table's columns, `account` those of [`Kind::guard_columns`].
    pub(super) fn new(
        kind: Kind,
        row: impl IntoIterator<Item = SqlValue>,
        account: impl IntoIterator<Item = SqlValue>,
        entry: &Entry,
    ) -> NewLogin {
        NewLogin { kind, values: row.into_iter().chain(account).chain(audit::to_sql_values(entry)).collect() }
    }
}

/// The batchers of log-ins for SQLite's writer, each kind by itself: few statements are made, and kept prepared.
#[derive(Debug)]
pub struct LoginBatcher {
    sessions: Batcher<Writer>,
    families: Batcher<Writer>,
}

impl LoginBatcher {
    pub(super) fn new(writer: &Connections) -> LoginBatcher {
        let batcher = || Batcher::new(Writer(writer.clone()));
        LoginBatcher { sessions: batcher(), families: batcher() }
    }
}

/// Stores a log-in. False when the account is not what it was, or the app password that was given is gone.
pub(super) async fn start(db: &Db, log_in: NewLogin) -> sqlx::Result<bool> {
    match store(db, log_in).await {
        Err(error) if is_dangling(&error) => Ok(false),
        stored => stored,
    }
}

async fn store(db: &Db, log_in: NewLogin) -> sqlx::Result<bool> {
    match (db, log_in.kind) {
        (Db::Sqlite { log_ins, .. }, Kind::Session) => log_ins.sessions.load(log_in).await,
        (Db::Sqlite { log_ins, .. }, Kind::Family) => log_ins.families.load(log_in).await,
        (Db::Postgres(connections), _) => {
            let SqlParts { account, row, entry } = SqlParts::of(&log_in, 0);
            let sql = format!(
                "with held as ({account} for share), started as ({row} from held returning id) \
                 {entry} from started returning sequence"
            );
            let arguments = sql_value::postgres_arguments(log_in.values.iter())?;
            let statement = sqlx::query_with(AssertSqlSafe(sql), arguments);
            Ok(connections.take().await?.fetch_optional(statement).await?.is_some())
        }
    }
}

/// The connection that writes.
#[derive(Debug)]
struct Writer(Connections);

impl Batch for Writer {
    type Request = NewLogin;
    type Answer = bool;
    const MAX_BATCH: usize = 8;
    const READS: bool = false;

    async fn answer(&self, log_ins: &[NewLogin]) -> sqlx::Result<Vec<bool>> {
        let mut held = Held::for_text(&self.0).await?;
        let arguments = sql_value::sqlite_arguments(log_ins.iter().flat_map(|log_in| &log_in.values))?;
        let sql = AssertSqlSafe(statement(log_ins));
        let stored: Vec<(i64,)> = sqlx::query_as_with(sql, arguments).fetch_all(&mut *held).await?;
        held.committed();
        Ok((0..).take(log_ins.len()).map(|index| stored.contains(&(index,))).collect())
    }
}

/// The statement that stores log-ins in one transaction, and gives the index of each that it has stored.
fn statement(log_ins: &[NewLogin]) -> String {
    let mut statement = String::from("begin immediate; ");
    let mut first = 0;
    for (index, log_in) in log_ins.iter().enumerate() {
        let SqlParts { account, row, entry } = SqlParts::of(log_in, first);
        statement += &format!("{row} from ({account}) as held; {entry} where changes() = 1 returning {index}; ");
        first += log_in.values.len();
    }
    statement + "commit"
}

/// The parts of the statement for a log-in.
struct SqlParts {
    /// Finds the account, while it is what it was. To be held meanwhile: a password change at the same time either sees
    /// the log-in, or comes first and leaves none.
    account: String,
    /// Adds the log-in's own row.
    row: String,
    /// Adds the row of the audit log.
    entry: String,
}

impl SqlParts {
    /// `before` are the values that are bound before this log-in's.
    fn of(log_in: &NewLogin, before: usize) -> SqlParts {
        let (table, columns) = log_in.kind.table();
        let mut numbers = before + 1..;
        let mut places = |columns: &[&str]| {
            let places: Vec<String> = numbers.by_ref().take(columns.len()).map(|number| format!("${number}")).collect();
            places.join(", ")
        };
        let row = format!("insert into {table} ({}) select {}", columns.join(", "), places(columns));
        let guard = log_in.kind.guard_columns();
        let account =
            format!("select id from accounts where status = 'active' and ({}) = ({})", guard.join(", "), places(guard));
        let entry = format!("insert into audit ({}) select {}", audit::COLUMNS.join(", "), places(&audit::COLUMNS));
        SqlParts { account, row, entry }
    }
}
