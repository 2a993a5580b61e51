//! The tables `passkeys`, `passkey_users` and `spent_challenges`: credentials of accounts, what authenticators know
//! accounts by, and challenges that were answered.

use serde::{Deserialize, Serialize};
use sqlx_macros::FromRow;
use time::OffsetDateTime;
use time::serde::rfc3339;
use uuid::Uuid;

use crate::model::AccountId;

use super::{Connection, Writer, columns, query};

/// A passkey or security key of an account.
#[derive(Clone, Debug, Deserialize, FromRow, Serialize)]
pub struct Passkey {
    /// The id that the authenticator gave it.
    #[serde(with = "portico_webauthn::encoding")]
    pub id: Vec<u8>,
    /// Whose it is.
    #[serde(skip, default = "AccountId::nil")]
    pub account_id: AccountId,
    /// The domain that it was made for.
    pub rp_id: String,
    /// What the person calls it.
    pub name: String,
    /// As a COSE key.
    #[serde(with = "portico_webauthn::encoding")]
    pub public_key: Vec<u8>,
    /// The counter of its last use.
    pub counter: i64,
    /// Whether the authenticator finds it without being told its id.
    pub discoverable: Option<bool>,
    /// Whether it has verified its user once.
    pub verifies_user: bool,
    /// Whether it may be copied to other devices.
    pub backup_eligible: bool,
    /// Whether it was.
    pub backed_up: bool,
    /// How the browser reaches it, with commas.
    pub transports: String,
    /// The model of the authenticator.
    pub aaguid: Uuid,
    /// Whether it was made at a sign-up, in place of a password, whose address has not been confirmed since.
    #[serde(default)]
    pub unconfirmed: bool,
    /// When it was added.
    #[serde(with = "rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last used.
    #[serde(with = "rfc3339::option")]
    pub used_at: Option<OffsetDateTime>,
}

columns!(passkey_columns of "passkeys":
    "id", "account_id", "rp_id", "name", "public_key", "counter", "discoverable", "verifies_user", "backup_eligible",
    "backed_up", "transports", "aaguid", "unconfirmed", "created_at", "used_at",
);
pub(super) use passkey_columns;

/// Adds one. False when some account has one of this id.
pub async fn insert(connection: &mut Writer, new: &Passkey) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "insert into passkeys (id, account_id, rp_id, name, public_key, counter, discoverable, verifies_user, \
         backup_eligible, backed_up, transports, aaguid, unconfirmed, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (id) do nothing",
        new.id.as_slice(),
        new.account_id,
        new.rp_id.as_str(),
        new.name.as_str(),
        new.public_key.as_slice(),
        new.counter,
        new.discoverable,
        new.verifies_user,
        new.backup_eligible,
        new.backed_up,
        new.transports.as_str(),
        new.aaguid,
        new.unconfirmed,
        new.created_at,
    )?;
    Ok(rows == 1)
}

/// The passkey of this id.
pub async fn find(connection: &mut Connection, id: &[u8]) -> sqlx::Result<Option<Passkey>> {
    query!(connection, fetch_optional, concat!("select ", passkey_columns!(), " from passkeys where id = $1"), id,)
}

/// The passkeys of an account, in the order that they were added.
pub async fn of_account(connection: &mut Connection, account: AccountId) -> sqlx::Result<Vec<Passkey>> {
    query!(
        connection,
        fetch_all,
        concat!("select ", passkey_columns!(), " from passkeys where account_id = $1 order by created_at, id"),
        account,
    )
}

/// Notes a use, unless the counter would not go up. False when it would not, or when the passkey is gone.
pub async fn touch(
    connection: &mut Writer,
    id: &[u8],
    counter: i64,
    (backed_up, user_verified): (bool, bool),
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "update passkeys set counter = $2, backed_up = $3, verifies_user = (verifies_user or $4), used_at = $5 \
         where id = $1 and (counter < $2 or (counter = 0 and $2 = 0))",
        id,
        counter,
        backed_up,
        user_verified,
        now,
    )?;
    Ok(rows == 1)
}

/// Gives one of an account another name. False when there is none.
pub async fn rename(connection: &mut Writer, account: AccountId, id: &[u8], name: &str) -> sqlx::Result<bool> {
    let sql = "update passkeys set name = $3 where id = $1 and account_id = $2";
    Ok(query!(connection, execute, sql, id, account, name)? == 1)
}

/// Notes that the passkeys of an account are its owner's for good.
pub async fn confirm(connection: &mut Writer, account: AccountId) -> sqlx::Result<()> {
    let sql = "update passkeys set unconfirmed = false where account_id = $1 and unconfirmed";
    query!(connection, execute, sql, account)?;
    Ok(())
}

/// Removes one of an account. False when there is none.
pub async fn delete(connection: &mut Writer, account: AccountId, id: &[u8]) -> sqlx::Result<bool> {
    let sql = "delete from passkeys where id = $1 and account_id = $2";
    Ok(query!(connection, execute, sql, id, account)? == 1)
}

/// How many were made for another domain, where they are of no use here.
pub async fn count_elsewhere(connection: &mut Connection, rp_id: &str) -> sqlx::Result<i64> {
    let (count,): (i64,) = query!(connection, fetch_one, "select count(*) from passkeys where rp_id <> $1", rp_id)?;
    Ok(count)
}

/// What authenticators know an account by, if any does.
pub async fn handle(connection: &mut Connection, account: AccountId) -> sqlx::Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> =
        query!(connection, fetch_optional, "select handle from passkey_users where account_id = $1", account,)?;
    Ok(row.map(|(handle,)| handle))
}

/// Keeps what authenticators know an account by. False when that is known, or another account is known by it.
pub async fn keep_handle(connection: &mut Writer, account: AccountId, handle: &[u8]) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "insert into passkey_users (account_id, handle) values ($1, $2) on conflict do nothing",
        account,
        handle,
    )?;
    Ok(rows == 1)
}

/// Spends a challenge. False when it was spent before.
pub async fn spend(connection: &mut Writer, nonce: &[u8], expires_at: OffsetDateTime) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "insert into spent_challenges (nonce, expires_at) values ($1, $2) on conflict (nonce) do nothing",
        nonce,
        expires_at,
    )?;
    Ok(rows == 1)
}
