//! Finding accounts.

use sqlx_macros::FromRow;
use time::OffsetDateTime;

use crate::model::{Account, AccountId, AccountSummary, Email, Generation, Keys, Username};
use crate::store::{Backend, Connection, Transaction, query};

use super::columns::account_columns;

/// The account of this id.
pub async fn find(connection: &mut Connection, id: AccountId) -> sqlx::Result<Option<Account>> {
    query!(connection, fetch_optional, concat!("select ", account_columns!(), " from accounts where id = $1"), id)
}

/// An account, and when its user was last seen.
#[derive(FromRow)]
struct LastSeen {
    #[sqlx(flatten)]
    account: Account,
    browser_seen_at: Option<OffsetDateTime>,
    program_seen_at: Option<OffsetDateTime>,
}

/// The columns of [`LastSeen`] beside the account's.
macro_rules! last_seen {
    () => {
        ", (select max(seen_at) from sessions where account_id = accounts.id) as browser_seen_at, \
         (select max(seen_at) from token_families where account_id = accounts.id) as program_seen_at"
    };
}

/// The accounts of these ids, in any order, and when a browser or a program logged in to each was last seen.
pub async fn seen(
    connection: &mut Connection,
    ids: &[AccountId],
) -> sqlx::Result<Vec<(Account, Option<OffsetDateTime>)>> {
    let ids: Vec<String> = ids.iter().map(|id| id.0.simple().to_string()).collect();
    // SQLite binds no lists.
    let rows: Vec<LastSeen> = match connection.backend() {
        Backend::Sqlite => query!(
            connection,
            fetch_all,
            concat!(
                "select ",
                account_columns!(),
                last_seen!(),
                " from accounts where id in (select unhex(value) from json_each($1))",
            ),
            serde_json::json!(ids).to_string(),
        )?,
        Backend::Postgres => query!(
            connection,
            fetch_all,
            concat!("select ", account_columns!(), last_seen!(), " from accounts where id = any(cast($1 as uuid[]))",),
            format!("{{{}}}", ids.join(",")),
        )?,
    };
    let seen = |row: LastSeen| (row.account, row.browser_seen_at.max(row.program_seen_at));
    Ok(rows.into_iter().map(seen).collect())
}

/// The account of this id, held so that no other transaction changes it before this transaction ends.
pub async fn find_for_update(tx: &mut Transaction, id: AccountId) -> sqlx::Result<Option<Account>> {
    // SQLite's writing transaction holds the one write lock already, and knows no such words.
    match tx.backend() {
        Backend::Sqlite => {
            query!(tx, fetch_optional, concat!("select ", account_columns!(), " from accounts where id = $1"), id)
        }
        Backend::Postgres => query!(
            tx,
            fetch_optional,
            concat!("select ", account_columns!(), " from accounts where id = $1 for update"),
            id
        ),
    }
}

/// The account with one of these username keys, and its password hash.
pub async fn find_by_username(
    connection: &mut Connection,
    keys: &Keys,
) -> sqlx::Result<Option<(Account, Option<String>)>> {
    first(
        connection,
        keys,
        concat!("select ", account_columns!(), ", password_hash from accounts where username_key = $1"),
    )
    .await
}

/// The account that a statement finds by the first of these keys that any has, and its password hash.
async fn first(
    connection: &mut Connection,
    keys: &Keys,
    sql: &'static str,
) -> sqlx::Result<Option<(Account, Option<String>)>> {
    for key in keys.iter() {
        let row: Option<Hashed> = query!(&mut *connection, fetch_optional, sql, key)?;
        if let Some(Hashed { account, password_hash }) = row {
            return Ok(Some((account, password_hash)));
        }
    }
    Ok(None)
}

/// Whether no account has this username, or one that looks the same, or had it and keeps it from others.
pub async fn is_free(connection: &mut Connection, username: &Username, now: OffsetDateTime) -> sqlx::Result<bool> {
    let row: Option<(AccountId,)> = query!(
        connection,
        fetch_optional,
        "select id from accounts where username_key = $1 or username_skeleton = $2 or username_key_skeleton = $3 \
         union all select account_id from former_usernames \
         where (username_key = $1 or username_skeleton = $2 or username_key_skeleton = $3) and expires_at > $4 limit 1",
        username.key(),
        username.skeleton(),
        username.key_skeleton(),
        now,
    )?;
    Ok(row.is_none())
}

/// Whether an account, other than that of `owner`, has this e-mail, or, from before usernames could not read as
/// addresses, this username.
pub async fn is_address_taken(
    connection: &mut Connection,
    email: &Email,
    owner: Option<AccountId>,
) -> sqlx::Result<bool> {
    let rows: Vec<(AccountId,)> = query!(
        connection,
        fetch_all,
        "select id from accounts where email_key = $1 or username_key = $1",
        email.key()
    )?;
    Ok(rows.iter().any(|(id,)| Some(*id) != owner))
}

/// What it takes to check a password, and to name the account: a sixth of the row.
#[derive(Clone, Debug)]
pub struct PasswordRecord {
    /// Who it is.
    pub brief: AccountSummary,
    /// Whether the account can be used.
    pub is_active: bool,
    /// Whether its password alone does not log in.
    pub two_factor: bool,
    /// The password hash.
    pub hash: Option<String>,
}

/// The same of the account with one of these username keys.
pub async fn find_checkable(connection: &mut Connection, keys: &Keys) -> sqlx::Result<Option<PasswordRecord>> {
    type Columns = (AccountId, Option<String>, Option<String>, String, String, bool, bool, bool, Option<String>);
    for key in keys.iter() {
        let row: Option<Columns> = query!(
            &mut *connection,
            fetch_optional,
            "select id, username, email, first_name, last_name, is_admin, status = 'active', two_factor, \
                    password_hash \
             from accounts where username_key = $1",
            key,
        )?;
        if let Some((id, username, email, first_name, last_name, is_admin, is_active, two_factor, hash)) = row {
            let brief = AccountSummary { id, username, email, first_name, last_name, is_admin };
            return Ok(Some(PasswordRecord { brief, is_active, two_factor, hash }));
        }
    }
    Ok(None)
}

/// The account with one of these e-mail keys, and its password hash.
pub async fn find_by_email(
    connection: &mut Connection,
    keys: &Keys,
) -> sqlx::Result<Option<(Account, Option<String>)>> {
    first(
        connection,
        keys,
        concat!("select ", account_columns!(), ", password_hash from accounts where email_key = $1"),
    )
    .await
}

/// The account whose e-mail has this MD5 hash, if it lets itself be found by it.
pub(super) async fn find_by_email_md5(connection: &mut Connection, hash: &[u8; 16]) -> sqlx::Result<Option<Account>> {
    query!(
        connection,
        fetch_optional,
        concat!("select ", account_columns!(), " from accounts where email_md5 = $1 limit 1"),
        hash.as_slice()
    )
}

/// The account whose e-mail has this SHA-256 hash, if it lets itself be found by it.
pub(super) async fn find_by_email_sha256(
    connection: &mut Connection,
    hash: &[u8; 32],
) -> sqlx::Result<Option<Account>> {
    query!(
        connection,
        fetch_optional,
        concat!("select ", account_columns!(), " from accounts where email_sha256 = $1 limit 1"),
        hash.as_slice()
    )
}

/// An account and its password hash.
#[derive(FromRow)]
struct Hashed {
    #[sqlx(flatten)]
    account: Account,
    password_hash: Option<String>,
}

/// The account of this id, and its password hash.
pub async fn find_with_hash(
    connection: &mut Connection,
    id: AccountId,
) -> sqlx::Result<Option<(Account, Option<String>)>> {
    let row: Option<Hashed> = query!(
        connection,
        fetch_optional,
        concat!("select ", account_columns!(), ", password_hash from accounts where id = $1"),
        id,
    )?;
    Ok(row.map(|Hashed { account, password_hash }| (account, password_hash)))
}

/// The stored password hash of an account; `None` when there is no such account or no password.
pub async fn password_hash(connection: &mut Connection, id: AccountId) -> sqlx::Result<Option<String>> {
    let row: Option<(Option<String>,)> =
        query!(connection, fetch_optional, "select password_hash from accounts where id = $1", id)?;
    Ok(row.and_then(|(hash,)| hash))
}

/// The generation that an account has now.
pub async fn generation(connection: &mut Connection, id: AccountId) -> sqlx::Result<Option<Generation>> {
    let row: Option<(Generation,)> =
        query!(connection, fetch_optional, "select generation from accounts where id = $1", id)?;
    Ok(row.map(|(generation,)| generation))
}

/// How many active admins there are, other than `except`.
pub async fn other_admins(connection: &mut Connection, except: Option<AccountId>) -> sqlx::Result<i64> {
    let (count,): (i64,) = query!(
        connection,
        fetch_one,
        "select count(*) from accounts where is_admin and status = 'active' and ($1 is null or id <> $1)",
        except,
    )?;
    Ok(count)
}

/// Accounts in the order they were made, after `after`.
pub async fn list(connection: &mut Connection, after: Option<AccountId>, limit: i64) -> sqlx::Result<Vec<Account>> {
    query!(
        connection,
        fetch_all,
        concat!("select ", account_columns!(), " from accounts where $1 is null or id > $1 order by id limit $2"),
        after,
        limit
    )
}

/// Accounts with a picture and its key, in the order of keys, from behind one.
pub async fn pictures_after(
    connection: &mut Connection,
    key: &str,
    most: i64,
) -> sqlx::Result<Vec<(AccountId, String)>> {
    let sql = "select id, picture_key from accounts where picture_key > $1 order by picture_key limit $2";
    query!(connection, fetch_all, sql, key, most)
}

/// Whether any account has the picture of this key.
pub async fn picture_exists(connection: &mut Connection, key: &str) -> sqlx::Result<bool> {
    let row: Option<(AccountId,)> =
        query!(connection, fetch_optional, "select id from accounts where picture_key = $1", key)?;
    Ok(row.is_some())
}
