//! Writing the directory: an entry for each account, with the account.

use sqlx::AssertSqlSafe;

use crate::model::{Account, AccountId, search_key};
use crate::store::bulk::Rows;
use crate::store::sql_value::SqlValue;
use crate::store::{Backend, Connection, Db, Transaction, Writer, accounts, query};

/// What an account stands in the directory with.
struct Entry {
    joined: i64,
    sort_name: String,
    key: String,
    is_unconfirmed: bool,
}

impl Entry {
    fn of(account: &Account) -> Entry {
        Entry {
            joined: account.created_at.unix_timestamp(),
            sort_name: search_key::sort_key(account),
            key: search_key::key(account),
            is_unconfirmed: account.email.is_some() && account.email_verified_at.is_none(),
        }
    }
}

/// Writes an account's entry; one that is right already is left alone.
pub async fn write(tx: &mut Transaction, account: &Account) -> sqlx::Result<()> {
    let Entry { joined, sort_name, key, is_unconfirmed } = Entry::of(account);
    let (status, is_admin) = (account.status.as_str(), account.is_admin);
    match tx.backend() {
        Backend::Sqlite => query!(
            tx,
            execute,
            "insert into directory (account_id, joined, sort_name, key, status, is_admin, is_unconfirmed) \
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (account_id) do update set joined = $2, sort_name = $3, \
             key = $4, status = $5, is_admin = $6, is_unconfirmed = $7 where (directory.joined, directory.sort_name, \
             directory.key, directory.status, directory.is_admin, directory.is_unconfirmed) <> ($2, $3, $4, $5, $6, $7)",
            account.id,
            joined,
            sort_name,
            key,
            status,
            is_admin,
            is_unconfirmed,
        ),
        Backend::Postgres => query!(
            tx,
            execute,
            "insert into directory (account_id, joined, sort_name, key, status, is_admin, is_unconfirmed, grams) \
             values ($1, $2, $3, $4, $5, $6, $7, cast($8 as integer[])) on conflict (account_id) do update \
             set joined = $2, sort_name = $3, key = $4, status = $5, is_admin = $6, is_unconfirmed = $7, \
             grams = excluded.grams where (directory.joined, \
             directory.sort_name, directory.key, directory.status, directory.is_admin, directory.is_unconfirmed) \
             <> ($2, $3, $4, $5, $6, $7)",
            account.id,
            joined,
            sort_name,
            &key,
            status,
            is_admin,
            is_unconfirmed,
            array(&search_key::trigram_hashes(&key)),
        ),
    }?;
    Ok(())
}

/// Sets whether an account has a second factor.
pub async fn set_two_factor(connection: &mut Writer, account: AccountId, has_factor: bool) -> sqlx::Result<()> {
    query!(connection, execute, "update directory set two_factor = $2 where account_id = $1", account, has_factor)?;
    Ok(())
}

/// The entries of new accounts.
pub fn rows<'a>(db: &Db, accounts: impl Iterator<Item = &'a Account>) -> Rows {
    let has_grams = matches!(db, Db::Postgres(_));
    let row = |account: &Account| {
        let Entry { joined, sort_name, key, is_unconfirmed } = Entry::of(account);
        let mut row = vec![
            account.id.into(),
            SqlValue::Integer(joined),
            SqlValue::Text(sort_name),
            account.status.as_str().into(),
            account.is_admin.into(),
            is_unconfirmed.into(),
            account.two_factor.into(),
        ];
        row.extend(has_grams.then(|| SqlValue::Numbers(search_key::trigram_hashes(&key))));
        row.push(SqlValue::Text(key));
        row
    };
    let rows = accounts.map(row).collect();
    let columns =
        ["account_id", "joined", "sort_name", "status", "is_admin", "is_unconfirmed", "two_factor", "grams", "key"];
    let columns = columns.into_iter().filter(|column| has_grams || *column != "grams").collect();
    Rows { table: "directory", columns, rows }
}

/// Enters the accounts of a database that is older than this table. Asked at every start, it looks no further than
/// whether there is an entry.
///
/// # Errors
/// The database's; then none is entered.
pub(in crate::store) async fn fill(db: &Db) -> sqlx::Result<()> {
    if let Db::Postgres(_) = db {
        let mut connection = db.write_once().await?;
        // What an import that was killed has left.
        let sql = "select exists (select 1 from pg_class where oid = cast('directory_grams' as regclass) \
                   and $1 <> all (reloptions))";
        let (differs,): (bool,) =
            query!(&mut connection, fetch_one, sql, format!("gin_pending_list_limit={DEFAULT_PENDING_LIST_KIB}"))?;
        if differs {
            set_gin_pending_list_limit(&mut connection, DEFAULT_PENDING_LIST_KIB).await?;
        }
    }
    if !is_unfilled(&mut db.read().await?).await? {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    if tx.backend() == Backend::Postgres {
        // Another replica may be at it: then all is there when it has ended.
        query!(&mut tx, execute, "lock table directory in exclusive mode")?;
    }
    let mut after = None;
    if is_unfilled(&mut tx).await? {
        loop {
            let accounts = accounts::list(&mut tx, after, 1_000).await?;
            let Some(last) = accounts.last() else { break };
            after = Some(last.id);
            rows(db, accounts.iter()).insert(&mut tx).await?;
        }
    }
    tx.commit().await
}

/// As much of what is new may wait to be sorted into PostgreSQL's index, in kilobytes: each search reads it from end to
/// end.
pub const DEFAULT_PENDING_LIST_KIB: u32 = 512;

/// Lets so many kilobytes wait.
pub async fn set_gin_pending_list_limit(connection: &mut Writer, kilobytes: u32) -> sqlx::Result<()> {
    let sql = format!("alter index directory_grams set (gin_pending_list_limit = {kilobytes})");
    query!(connection, execute, AssertSqlSafe(sql)).map(|_| ())
}

async fn is_unfilled(connection: &mut Connection) -> sqlx::Result<bool> {
    let sql = "select exists (select 1 from accounts) and not exists (select 1 from directory)";
    let (unfilled,): (bool,) = query!(connection, fetch_one, sql)?;
    Ok(unfilled)
}

/// Numbers as PostgreSQL reads an array of them in a text.
pub(in crate::store) fn array(numbers: &[i32]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i32::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}
