//! The table `sessions`: browser sessions, found by a hash of their cookie's value.

use sqlx::{AssertSqlSafe, ColumnIndex, Decode, FromRow, Row, Type};
use time::OffsetDateTime;

use crate::model::audit::Entry;
use crate::model::{Account, AccountId};

use super::log_ins::{self, Kind, LogIn};
use super::{Db, Tx, accounts, query};

/// A browser session as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct Session {
    /// A hash of the cookie's value.
    pub id: Vec<u8>,
    /// Whose it is, once somebody has logged in.
    pub account_id: Option<AccountId>,
    /// What the pages keep in it, as JSON.
    pub data: String,
    /// What the browser calls itself.
    pub device: String,
    /// The address it was last used from.
    pub address: String,
    /// When somebody logged in.
    pub created_at: OffsetDateTime,
    /// When it was last used, give or take a few minutes.
    pub seen_at: OffsetDateTime,
    /// When it ends unless it is used before.
    pub expires_at: OffsetDateTime,
    /// When it ends however much it is used.
    pub ends_at: OffsetDateTime,
}

/// A session in use, with whose it is: one read finds both.
pub struct InUse {
    /// Whose it is, once somebody has logged in.
    pub account: Option<Account>,
    /// What the pages keep in it, as JSON.
    pub data: String,
    /// The address it was last used from.
    pub address: String,
    /// When it was last used, give or take a few minutes.
    pub seen_at: OffsetDateTime,
    /// When it ends, unless it is used before.
    pub expires_at: OffsetDateTime,
    /// When it ends however much it is used.
    pub ends_at: OffsetDateTime,
}

impl<'r, R: Row> FromRow<'r, R> for InUse
where
    &'static str: ColumnIndex<R>,
    Option<AccountId>: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    OffsetDateTime: Decode<'r, R::Database> + Type<R::Database>,
    accounts::Row: FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> sqlx::Result<InUse> {
        let account: Option<AccountId> = row.try_get("account_id")?;
        Ok(InUse {
            account: account.map(|_| accounts::Row::from_row(row)).transpose()?.map(Account::from),
            data: row.try_get("data")?,
            address: row.try_get("address")?,
            seen_at: row.try_get("seen_at")?,
            expires_at: row.try_get("expires_at")?,
            ends_at: row.try_get("ends_at")?,
        })
    }
}

pub(super) const COLUMNS: [&str; 9] =
    ["id", "account_id", "data", "device", "address", "created_at", "seen_at", "expires_at", "ends_at"];

/// Adds a session. False when the id is in use.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Tx, session: &Session) -> sqlx::Result<bool> {
    let sql = format!(
        "insert into sessions ({}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing",
        COLUMNS.join(", ")
    );
    let rows = query!(
        tx,
        execute,
        AssertSqlSafe(sql),
        &session.id,
        session.account_id,
        &session.data,
        &session.device,
        &session.address,
        session.created_at,
        session.seen_at,
        session.expires_at,
        session.ends_at,
    )?;
    Ok(rows == 1)
}

/// Adds the session of somebody who has just logged in, and the row of the audit log that says so. False, and neither,
/// when the account cannot be logged in to or its password was not set at `password_changed_at`.
///
/// # Errors
/// The database's.
pub async fn start(
    db: &Db,
    session: &Session,
    password_changed_at: OffsetDateTime,
    entry: &Entry,
) -> sqlx::Result<bool> {
    let Some(account) = session.account_id else { return Ok(false) };
    let row = [
        session.id.as_slice().into(),
        account.into(),
        session.data.as_str().into(),
        session.device.as_str().into(),
        session.address.as_str().into(),
        session.created_at.into(),
        session.seen_at.into(),
        session.expires_at.into(),
        session.ends_at.into(),
    ];
    let account = [account.into(), password_changed_at.into()];
    log_ins::start(db, LogIn::new(Kind::Session, row, account, entry)).await
}

/// Writes what a session holds. One that has ended meanwhile stays ended.
///
/// # Errors
/// The database's.
pub async fn update(
    tx: &mut Tx,
    id: &[u8],
    account_id: Option<AccountId>,
    data: &str,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    query!(
        tx,
        execute,
        "update sessions set account_id = $2, data = $3, expires_at = $4 where id = $1",
        id,
        account_id,
        data,
        expires_at,
    )?;
    Ok(())
}

/// The session of this id, unless it has ended.
///
/// # Errors
/// The database's.
pub async fn find(tx: &mut Tx, id: &[u8], now: OffsetDateTime) -> sqlx::Result<Option<InUse>> {
    query!(
        tx,
        fetch_optional,
        "select accounts.*, account_id, data, address, seen_at, expires_at, ends_at \
         from sessions left join accounts on accounts.id = account_id \
         where sessions.id = $1 and expires_at > $2 and ends_at > $2",
        id,
        now,
    )
}

/// Notes that a session is in use.
///
/// # Errors
/// The database's.
pub async fn touch(
    tx: &mut Tx,
    id: &[u8],
    address: &str,
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    query!(
        tx,
        execute,
        "update sessions set seen_at = $2, address = $3, expires_at = $4 where id = $1",
        id,
        now,
        address,
        expires_at,
    )?;
    Ok(())
}

/// Ends one session.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &mut Tx, id: &[u8]) -> sqlx::Result<()> {
    query!(tx, execute, "delete from sessions where id = $1", id)?;
    Ok(())
}

/// Ends one session of this account; false when it has none such.
///
/// # Errors
/// The database's.
pub async fn delete_of(tx: &mut Tx, account: AccountId, id: &[u8]) -> sqlx::Result<bool> {
    Ok(query!(tx, execute, "delete from sessions where id = $1 and account_id = $2", id, account)? == 1)
}

/// Ends every session of an account, but the one in use if it is named. Gives how many.
///
/// # Errors
/// The database's.
pub async fn delete_all(tx: &mut Tx, account: AccountId, except: Option<&[u8]>) -> sqlx::Result<u64> {
    let none: &[u8] = &[];
    query!(tx, execute, "delete from sessions where account_id = $1 and id <> $2", account, except.unwrap_or(none),)
}

/// The sessions of an account, the last used first.
///
/// # Errors
/// The database's.
pub async fn of_account(tx: &mut Tx, account: AccountId, now: OffsetDateTime) -> sqlx::Result<Vec<Session>> {
    query!(
        tx,
        fetch_all,
        "select * from sessions where account_id = $1 and expires_at > $2 and ends_at > $2 \
         order by seen_at desc, created_at desc limit 200",
        account,
        now,
    )
}

/// Removes up to 1,000 sessions that have ended. Gives how many.
///
/// # Errors
/// The database's.
pub async fn prune(tx: &mut Tx, now: OffsetDateTime) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "delete from sessions where id in (select id from sessions where expires_at <= $1 or ends_at <= $1 limit 1000)",
        now,
    )
}

/// How many sessions somebody is logged in with.
///
/// # Errors
/// The database's.
pub async fn count(tx: &mut Tx, now: OffsetDateTime) -> sqlx::Result<i64> {
    let (count,): (i64,) =
        query!(tx, fetch_one, "select count(*) from sessions where account_id is not null and expires_at > $1", now)?;
    Ok(count)
}
