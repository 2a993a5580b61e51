//! The tables of second factors: `authenticators`, `recovery_codes`, `login_steps`, `trusted_browsers`, and what
//! `accounts` knows of them.

use serde::{Deserialize, Serialize};
use sqlx_macros::FromRow;
use time::OffsetDateTime;
use time::serde::rfc3339;
use uuid::Uuid;

use crate::model::{Account, AccountId, Generation};

use super::accounts::columns::account_columns;
use super::{Connection, Writer, account_index, columns, query};

/// An authenticator app of an account.
#[derive(Clone, Debug, Deserialize, FromRow, Serialize)]
pub struct Authenticator {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    #[serde(skip, default = "AccountId::nil")]
    pub account_id: AccountId,
    /// What the person calls it.
    pub name: String,
    /// The shared secret, sealed.
    #[serde(with = "portico_webauthn::encoding")]
    pub sealed_secret: Vec<u8>,
    /// The time step of the last code that was taken.
    pub last_step: i64,
    /// When it was added.
    #[serde(with = "rfc3339")]
    pub created_at: OffsetDateTime,
    /// When a code of it was last taken.
    #[serde(with = "rfc3339::option")]
    pub used_at: Option<OffsetDateTime>,
}

columns!(authenticator_columns of "authenticators":
    "id", "account_id", "name", "sealed_secret", "last_step", "created_at", "used_at",
);
pub(super) use authenticator_columns;

/// Sets what an account knows of its factors from the tables, in the transaction that adds or removes one. Gives
/// whether it has any.
pub async fn refresh(connection: &mut Writer, account: AccountId) -> sqlx::Result<bool> {
    let row: Option<(bool,)> = query!(
        &mut *connection,
        fetch_optional,
        "update accounts set two_factor = exists (select 1 from authenticators where account_id = $1) \
                                       or exists (select 1 from passkeys where account_id = $1) \
         where id = $1 returning two_factor",
        account,
    )?;
    let has_factor = row.is_some_and(|(two_factor,)| two_factor);
    account_index::set_two_factor(connection, account, has_factor).await?;
    Ok(has_factor)
}

/// Adds an authenticator.
pub async fn insert_authenticator(connection: &mut Writer, new: &Authenticator) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "insert into authenticators (id, account_id, name, sealed_secret, last_step, created_at) \
         values ($1, $2, $3, $4, $5, $6)",
        new.id,
        new.account_id,
        new.name.as_str(),
        new.sealed_secret.as_slice(),
        new.last_step,
        new.created_at,
    )?;
    Ok(())
}

/// The authenticators of an account, in the order that they were added.
pub async fn authenticators(connection: &mut Connection, account: AccountId) -> sqlx::Result<Vec<Authenticator>> {
    query!(
        connection,
        fetch_all,
        concat!(
            "select ",
            authenticator_columns!(),
            " from authenticators where account_id = $1 order by created_at, id"
        ),
        account,
    )
}

/// How many passkeys and security keys an account has.
pub async fn count_passkeys(connection: &mut Connection, account: AccountId) -> sqlx::Result<i64> {
    let (count,): (i64,) =
        query!(connection, fetch_one, "select count(*) from passkeys where account_id = $1", account)?;
    Ok(count)
}

/// Any authenticator, to see whether its secret can be read.
pub async fn any_authenticator(connection: &mut Connection) -> sqlx::Result<Option<Authenticator>> {
    query!(
        connection,
        fetch_optional,
        concat!("select ", authenticator_columns!(), " from authenticators order by created_at desc limit 1"),
    )
}

/// Takes the code of a time step. False when that of this step, or of a later one, was taken before.
pub async fn take_step(connection: &mut Writer, id: Uuid, step: i64, now: OffsetDateTime) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "update authenticators set last_step = $2, used_at = $3 where id = $1 and last_step < $2",
        id,
        step,
        now,
    )?;
    Ok(rows == 1)
}

/// Gives an authenticator of an account another name. False when there is none.
pub async fn rename_authenticator(
    connection: &mut Writer,
    account: AccountId,
    id: Uuid,
    name: &str,
) -> sqlx::Result<bool> {
    let sql = "update authenticators set name = $3 where id = $1 and account_id = $2";
    Ok(query!(connection, execute, sql, id, account, name)? == 1)
}

/// Removes an authenticator of an account. Gives its name.
pub async fn delete_authenticator(
    connection: &mut Writer,
    account: AccountId,
    id: Uuid,
) -> sqlx::Result<Option<String>> {
    let row: Option<(String,)> = query!(
        connection,
        fetch_optional,
        "delete from authenticators where id = $1 and account_id = $2 returning name",
        id,
        account,
    )?;
    Ok(row.map(|(name,)| name))
}

/// Removes every factor of an account. Gives how many there were.
pub async fn delete_all(connection: &mut Writer, account: AccountId) -> sqlx::Result<u64> {
    let apps = query!(&mut *connection, execute, "delete from authenticators where account_id = $1", account)?;
    let keys = query!(&mut *connection, execute, "delete from passkeys where account_id = $1", account)?;
    delete_recovery_codes(connection, account).await?;
    refresh(connection, account).await?;
    Ok(apps + keys)
}

/// Puts recovery codes, as hashes, in place of those there were.
pub async fn replace_recovery_codes(
    connection: &mut Writer,
    account: AccountId,
    hashes: &[[u8; 32]],
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    delete_recovery_codes(connection, account).await?;
    for hash in hashes {
        query!(
            &mut *connection,
            execute,
            "insert into recovery_codes (account_id, hash, created_at) values ($1, $2, $3)",
            account,
            hash.as_slice(),
            now,
        )?;
    }
    Ok(())
}

/// Removes the recovery codes of an account.
pub async fn delete_recovery_codes(connection: &mut Writer, account: AccountId) -> sqlx::Result<()> {
    query!(connection, execute, "delete from recovery_codes where account_id = $1", account)?;
    Ok(())
}

/// Uses a recovery code up. False when there is none such (any more).
pub async fn take_recovery_code(connection: &mut Writer, account: AccountId, hash: &[u8]) -> sqlx::Result<bool> {
    let rows =
        query!(connection, execute, "delete from recovery_codes where account_id = $1 and hash = $2", account, hash)?;
    Ok(rows == 1)
}

/// How many recovery codes an account has left, and when they were made.
pub async fn recovery_codes(
    connection: &mut Connection,
    account: AccountId,
) -> sqlx::Result<(i64, Option<OffsetDateTime>)> {
    query!(connection, fetch_one, "select count(*), max(created_at) from recovery_codes where account_id = $1", account,)
}

/// A log-in whose second step is to come.
#[derive(Clone, Debug)]
pub struct LoginStep {
    /// Whose it is.
    pub account_id: AccountId,
    /// The generation of the account when the password was right.
    pub generation: Generation,
    /// What the pages keep until the log-in is done, as JSON.
    pub data: String,
    /// Whether the session is to outlive the browser.
    pub remembered: bool,
    /// When the password was right.
    pub created_at: OffsetDateTime,
    /// Until when it waits.
    pub expires_at: OffsetDateTime,
}

/// A log-in that waits, with whose it is.
#[derive(Clone, Debug, FromRow)]
pub struct WaitingLogin {
    /// Whose it is.
    #[sqlx(flatten)]
    pub account: Account,
    /// What the pages keep until the log-in is done, as JSON.
    pub data: String,
    /// Whether the session is to outlive the browser.
    pub remembered: bool,
}

/// Adds one.
pub async fn insert_step(connection: &mut Writer, id: &[u8], step: &LoginStep) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "insert into login_steps (id, account_id, generation, data, remembered, tries, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, 0, $6, $7)",
        id,
        step.account_id,
        step.generation,
        step.data.as_str(),
        step.remembered,
        step.created_at,
        step.expires_at,
    )?;
    Ok(())
}

/// The log-in of this id that waits, of an account that may still be logged in to, with fewer than `most` tries.
pub async fn waiting_login(
    connection: &mut Connection,
    id: &[u8],
    most: i64,
    now: OffsetDateTime,
) -> sqlx::Result<Option<WaitingLogin>> {
    query!(
        connection,
        fetch_optional,
        concat!(
            "select ",
            account_columns!(),
            ", data, remembered from login_steps \
             join accounts on accounts.id = account_id and accounts.generation = login_steps.generation \
             where login_steps.id = $1 and tries < $2 and expires_at > $3 and status = 'active'",
        ),
        id,
        most,
        now,
    )
}

/// Counts a try. Gives how many that makes; `None` when there were `most` already, or the log-in waits no more.
pub async fn try_step(connection: &mut Writer, id: &[u8], most: i64, now: OffsetDateTime) -> sqlx::Result<Option<i64>> {
    let row: Option<(i64,)> = query!(
        connection,
        fetch_optional,
        "update login_steps set tries = tries + 1 where id = $1 and tries < $2 and expires_at > $3 returning tries",
        id,
        most,
        now,
    )?;
    Ok(row.map(|(tries,)| tries))
}

/// Ends the waiting of a log-in. False when it has ended already.
pub async fn delete_step(connection: &mut Writer, id: &[u8]) -> sqlx::Result<bool> {
    Ok(query!(connection, execute, "delete from login_steps where id = $1", id)? == 1)
}

/// The most browsers of an account on which the second step is not asked for.
const MAX_TRUSTED: i64 = 50;

/// Adds a browser on which the second step is not asked for, in place of the oldest where there are too many.
pub async fn insert_trusted(
    connection: &mut Writer,
    id: &[u8],
    (account, generation): (AccountId, Generation),
    device: &str,
    (now, expires_at): (OffsetDateTime, OffsetDateTime),
) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "insert into trusted_browsers (id, account_id, generation, device, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6)",
        id,
        account,
        generation,
        device,
        now,
        expires_at,
    )?;
    query!(
        connection,
        execute,
        "delete from trusted_browsers where account_id = $1 and id not in \
         (select id from trusted_browsers where account_id = $1 order by created_at desc, id desc limit $2)",
        account,
        MAX_TRUSTED,
    )?;
    Ok(())
}

/// Whether a browser is trusted with an account of this generation.
pub async fn is_trusted(
    connection: &mut Connection,
    id: &[u8],
    (account, generation): (AccountId, Generation),
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let (count,): (i64,) = query!(
        connection,
        fetch_one,
        "select count(*) from trusted_browsers \
         where id = $1 and account_id = $2 and generation = $3 and expires_at > $4",
        id,
        account,
        generation,
        now,
    )?;
    Ok(count > 0)
}

/// How many browsers are trusted with an account.
pub async fn count_trusted(connection: &mut Connection, account: AccountId, now: OffsetDateTime) -> sqlx::Result<i64> {
    let (count,): (i64,) = query!(
        connection,
        fetch_one,
        "select count(*) from trusted_browsers \
         join accounts on accounts.id = account_id and accounts.generation = trusted_browsers.generation \
         where account_id = $1 and expires_at > $2",
        account,
        now,
    )?;
    Ok(count)
}

/// Trusts no browser any more with an account.
pub async fn delete_trusted(connection: &mut Writer, account: AccountId) -> sqlx::Result<u64> {
    query!(connection, execute, "delete from trusted_browsers where account_id = $1", account)
}

/// Removes what has run out.
pub async fn prune(connection: &mut Writer, now: OffsetDateTime) -> sqlx::Result<()> {
    query!(&mut *connection, execute, "delete from login_steps where expires_at <= $1", now)?;
    query!(&mut *connection, execute, "delete from trusted_browsers where expires_at <= $1", now)?;
    query!(connection, execute, "delete from spent_challenges where expires_at <= $1", now)?;
    Ok(())
}
