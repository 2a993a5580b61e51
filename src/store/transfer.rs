//! Bulk load and export of accounts, and the tables `imports` and `old_pictures`: what came from where, and by what
//! name pictures were known there.

use std::collections::HashMap;

use serde_json::json;
use sqlx_macros::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::{Account, AccountId, Username};

use super::accounts::columns::{self, account_columns};
use super::bulk::Rows;
use super::{Backend, Connection, Db, Transaction, Writer, account_index, query};

/// An account with what of it no door sees.
#[derive(Clone, Debug, FromRow)]
pub struct AccountWithSecrets {
    /// The account. Its picture is not written.
    #[sqlx(flatten)]
    pub account: Account,
    /// A PHC string, or a hash of a replaced service.
    pub password_hash: Option<String>,
    /// Tokens of replaced services that were issued before are no longer good.
    pub tokens_after: Option<OffsetDateTime>,
    /// Whether the person is told by mail of log-ins with other browsers.
    pub notify_devices: bool,
}

impl AccountWithSecrets {
    /// The same, for one whose username looks like another's.
    pub fn alike(mut self) -> AccountWithSecrets {
        self.account.username = self.account.username.map(Username::alike);
        self
    }
}

/// New accounts, and where the list of accounts has them.
pub fn account_rows(db: &Db, accounts: &[&AccountWithSecrets]) -> [Rows; 2] {
    let of = |whole: &&AccountWithSecrets| {
        let kept = [
            ("two_factor", whole.account.two_factor.into()),
            ("tokens_after", whole.tokens_after.into()),
            ("notify_devices", whole.notify_devices.into()),
        ];
        columns::new(&whole.account, whole.password_hash.as_deref()).chain(kept).collect()
    };
    [
        Rows::of("accounts", accounts.iter().map(of)),
        account_index::rows(db, accounts.iter().map(|whole| &whole.account)),
    ]
}

/// What came in as what: source, id there, id here.
pub fn import_rows<'a>(came: impl Iterator<Item = (&'a str, &'a str, AccountId)>) -> Rows {
    let row = |(source, external, id): (&str, &str, AccountId)| vec![source.into(), external.into(), id.into()];
    let columns = vec!["source", "external_id", "account_id"];
    Rows { table: "imports", columns, rows: came.map(row).collect() }
}

/// Those of some ids of another service that came in before, and as which account.
pub async fn imported(
    connection: &mut Connection,
    source: &str,
    external: &[&str],
) -> sqlx::Result<Vec<(String, AccountId)>> {
    let external = json!(external).to_string();
    match connection.backend() {
        Backend::Sqlite => query!(
            connection,
            fetch_all,
            "select external_id, account_id from imports \
             where source = $1 and external_id in (select value from json_each($2))",
            source,
            external,
        ),
        Backend::Postgres => query!(
            connection,
            fetch_all,
            "select external_id, account_id from imports \
             where source = $1 and external_id = any(array(select json_array_elements_text(cast($2 as json))))",
            source,
            external,
        ),
    }
}

/// A name that is taken, and by whom.
#[derive(Debug, FromRow)]
pub struct Taken {
    /// Whose it is.
    pub id: AccountId,
    /// The key of the username.
    pub username_key: Option<String>,
    /// What the username looks like.
    pub username_skeleton: Option<String>,
    /// What the key of the username looks like.
    pub username_key_skeleton: Option<String>,
    /// The key of the e-mail.
    pub email_key: Option<String>,
}

/// What new accounts bring that may be there only once.
#[derive(Debug, Default)]
pub struct NameQuery<'n> {
    /// Their ids.
    pub ids: Vec<Uuid>,
    /// The keys of their usernames.
    pub usernames: Vec<&'n str>,
    /// What their usernames look like.
    pub skeletons: Vec<&'n str>,
    /// What the keys of their usernames look like.
    pub key_skeletons: Vec<&'n str>,
    /// The keys of their e-mails.
    pub emails: Vec<&'n str>,
}

/// Whether a column has one of the texts in the JSON of a parameter, on SQLite.
macro_rules! in_sqlite {
    ($parameter:literal) => {
        concat!(" in (select value from json_each($", $parameter, "))")
    };
}

/// The same on PostgreSQL.
macro_rules! in_postgres {
    ($parameter:literal) => {
        concat!(" = any(array(select json_array_elements_text(cast($", $parameter, " as json))))")
    };
}

/// What [`taken`] asks, with how a column is compared with ids and with texts. A union, so that each part goes by its own
/// index.
macro_rules! taken {
    ($with_ids:literal, $with:ident) => {
        concat!(
            taken!(accounts, "id", $with_ids),
            " union ",
            taken!(accounts, "username_key", $with!(2)),
            " union ",
            taken!(accounts, "username_skeleton", $with!(3)),
            " union ",
            taken!(accounts, "username_key_skeleton", $with!(4)),
            " union ",
            taken!(accounts, "email_key", $with!(5)),
            " union ",
            taken!(accounts, "username_key like '%@%' and username_key", $with!(5)),
            " union ",
            taken!(former, "username_key", $with!(2)),
            " union ",
            taken!(former, "username_skeleton", $with!(3)),
            " union ",
            taken!(former, "username_key_skeleton", $with!(4)),
        )
    };
    (accounts, $column:literal, $with:expr) => {
        concat!(
            "select id, username_key, username_skeleton, username_key_skeleton, email_key from accounts where ",
            $column,
            $with
        )
    };
    (former, $column:literal, $with:expr) => {
        concat!(
            "select account_id, username_key, username_skeleton, username_key_skeleton, null from former_usernames where ",
            $column,
            $with,
            " and expires_at > $6"
        )
    };
}

/// The accounts that have any of it, or an e-mail of it for a username, or had one of the usernames and keep it from
/// others.
pub async fn taken(
    connection: &mut Connection,
    wanted: &NameQuery<'_>,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Taken>> {
    let ids: Vec<String> = wanted.ids.iter().map(|id| id.simple().to_string()).collect();
    let ids = json!(ids).to_string();
    let NameQuery { ids: _, usernames, skeletons, key_skeletons, emails } = wanted;
    let [usernames, skeletons, key_skeletons, emails] =
        [usernames, skeletons, key_skeletons, emails].map(|texts| json!(texts).to_string());
    let sql = match connection.backend() {
        Backend::Sqlite => taken!(" in (select unhex(value) from json_each($1))", in_sqlite),
        Backend::Postgres => {
            taken!(" = any(cast(array(select json_array_elements_text(cast($1 as json))) as uuid[]))", in_postgres)
        }
    };
    query!(connection, fetch_all, sql, ids, usernames, skeletons, key_skeletons, emails, now)
}

/// Notes the name that an account's picture was known by. One that is known already stays.
pub async fn insert_old_picture(connection: &mut Writer, file: &str, id: AccountId) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "insert into old_pictures (file, account_id) values ($1, $2) on conflict (file) do nothing",
        file,
        id,
    )?;
    Ok(())
}

/// Whose picture was known by a name.
pub async fn old_picture(connection: &mut Connection, file: &str) -> sqlx::Result<Option<AccountId>> {
    let row: Option<(AccountId,)> =
        query!(connection, fetch_optional, "select account_id from old_pictures where file = $1", file)?;
    Ok(row.map(|(id,)| id))
}

/// How many came from a source.
pub async fn count_imports(connection: &mut Connection, source: &str) -> sqlx::Result<u64> {
    let (count,): (i64,) = query!(connection, fetch_one, "select count(*) from imports where source = $1", source)?;
    Ok(count.unsigned_abs())
}

/// Takes away the password of an account that still has this hash.
pub async fn forget_password(connection: &mut Writer, id: AccountId, hash: &str) -> sqlx::Result<bool> {
    let sql = "update accounts set password_hash = null where id = $1 and password_hash = $2";
    Ok(query!(connection, execute, sql, id, hash)? == 1)
}

/// Whether there is any account.
pub async fn any_account(connection: &mut Connection) -> sqlx::Result<bool> {
    let row: Option<(AccountId,)> = query!(connection, fetch_optional, "select id from accounts limit 1")?;
    Ok(row.is_some())
}

/// Does `work`, which adds very many rows, with what that needs first and leaves to be done afterwards. A work that
/// fails is cleared up after too.
///
/// # Errors
/// The work's, and the database's.
pub async fn in_bulk<T, E: From<sqlx::Error>>(db: &Db, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    begin_bulk_load(db).await?;
    let done = work.await;
    let taken_back = end_bulk_load(db).await;
    let done = done?;
    taken_back?;
    analyze(db).await?;
    Ok(done)
}

/// Room to gather what many new rows add to the indexes they are strewn over. Where a killed program has left it,
/// [`account_index::fill`] takes it back at the next start.
async fn begin_bulk_load(db: &Db) -> sqlx::Result<()> {
    let mut connection = db.write_once().await?;
    match connection.backend() {
        Backend::Sqlite => {
            // The pragmas stay with the one connection that writes. 256 MiB at most are kept at hand; and pages that
            // change again and again are copied into the file more seldom: the log before it grows to 64 MiB.
            query!(&mut connection, execute, "pragma cache_size = -262144")?;
            query!(&mut connection, fetch_optional, "pragma wal_autocheckpoint = 16384").map(|_: Option<(i64,)>| ())
        }
        // Thirty times what is usual, in kilobytes: searches are slower meanwhile.
        Backend::Postgres => account_index::set_gin_pending_list_limit(&mut connection, 16_384).await,
    }
}

/// A transaction for many new rows, with room to sort what it adds to indexes.
///
/// # Errors
/// When no connection can be had or the transaction cannot begin.
pub async fn begin(db: &Db) -> sqlx::Result<Transaction> {
    let mut tx = db.begin().await?;
    if tx.backend() == Backend::Postgres {
        query!(&mut tx, execute, "set local work_mem = '64MB'")?;
    }
    Ok(tx)
}

async fn end_bulk_load(db: &Db) -> sqlx::Result<()> {
    let mut connection = db.write_once().await?;
    match connection.backend() {
        // It ends with the connection, and that with the command.
        Backend::Sqlite => Ok(()),
        Backend::Postgres => {
            account_index::set_gin_pending_list_limit(&mut connection, account_index::DEFAULT_PENDING_LIST_KIB).await
        }
    }
}

/// Analyzes and vacuums after a bulk load: fresh statistics, an index without a pending list, and a table whose indexes
/// can answer by themselves, which PostgreSQL would get round to in its own time.
async fn analyze(db: &Db) -> sqlx::Result<()> {
    let mut connection = db.write_once().await?;
    match connection.backend() {
        Backend::Sqlite => query!(&mut connection, execute, "pragma optimize").map(|_| ()),
        Backend::Postgres => {
            // By itself: PostgreSQL takes it in no transaction.
            if let Connection::Postgres(held) = &mut *connection {
                sqlx::raw_sql("vacuum (analyze) directory").execute(&mut **held).await?;
            }
            query!(&mut connection, execute, "analyze accounts").map(|_| ())
        }
    }
}

/// Accounts in the order of their ids, after `after`.
pub async fn page(
    connection: &mut Connection,
    after: Option<AccountId>,
    limit: i64,
) -> sqlx::Result<Vec<AccountWithSecrets>> {
    let after = after.map_or(Uuid::nil(), |id| id.0);
    query!(
        connection,
        fetch_all,
        concat!(
            "select ",
            account_columns!(),
            ", password_hash, tokens_after, notify_devices from accounts where id > $1 order by id limit $2",
        ),
        after,
        limit,
    )
}

/// What accounts were called elsewhere, and by what names their pictures were known.
#[derive(Debug, Default)]
pub struct Origins {
    /// Source and id there.
    pub imports: HashMap<AccountId, Vec<(String, String)>>,
    /// Files.
    pub files: HashMap<AccountId, Vec<String>>,
}

/// The origins of a page of accounts, which stand in the order of their ids.
pub async fn origins(connection: &mut Connection, page: &[AccountWithSecrets]) -> sqlx::Result<Origins> {
    let (Some(first), Some(last)) = (page.first(), page.last()) else { return Ok(Origins::default()) };
    let (first, last) = (first.account.id, last.account.id);
    let imports: Vec<(AccountId, String, String)> = query!(
        connection,
        fetch_all,
        "select account_id, source, external_id from imports where account_id >= $1 and account_id <= $2 \
         order by source, external_id",
        first,
        last,
    )?;
    let files: Vec<(AccountId, String)> = query!(
        connection,
        fetch_all,
        "select account_id, file from old_pictures where account_id >= $1 and account_id <= $2 order by file",
        first,
        last,
    )?;
    let mut origins = Origins::default();
    for (id, source, external) in imports {
        origins.imports.entry(id).or_default().push((source, external));
    }
    for (id, file) in files {
        origins.files.entry(id).or_default().push(file);
    }
    Ok(origins)
}
