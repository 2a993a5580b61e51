//! The table `sessions`: browser sessions, found by a hash of their cookie's value. One whose account has another
//! generation by now is as good as gone.

use sqlx_macros::FromRow;
use time::OffsetDateTime;

use crate::model::audit::Entry;
use crate::model::{AccountId, Generation};

use super::login_writer::{self, Kind, NewLogin};
use super::{Connection, Db, Writer, columns, query};

/// Counts the devices of an account, at the time `$2`.
macro_rules! devices {
    () => {
        "(select count(*) from sessions where account_id = accounts.id \
          and sessions.generation = accounts.generation and expires_at > $2 and ends_at > $2) \
         + (select count(*) from token_families where account_id = accounts.id \
          and token_families.generation = accounts.generation and expires_at > $2)"
    };
}

mod in_use;

pub use in_use::{SessionWithAccount, Sessions};

/// A browser session as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct Session {
    /// A hash of the cookie's value.
    pub id: Vec<u8>,
    /// Whose it is.
    pub account_id: AccountId,
    /// What the account's generation was when its owner proved who they are.
    pub generation: Generation,
    /// Names it in lists, under whatever id it is found: the first one it had.
    pub handle: Vec<u8>,
    /// What the pages keep in it, as JSON.
    pub data: String,
    /// What the browser calls itself.
    pub device: String,
    /// The address its owner logged in from.
    pub address: String,
    /// How its owner proved who they are (`amr`, RFC 8176).
    pub amr: String,
    /// When they last did.
    pub authenticated_at: OffsetDateTime,
    /// Whether it outlives the browser.
    pub remembered: bool,
    /// The time of the log-in.
    pub created_at: OffsetDateTime,
    /// When it was last used, give or take a few minutes.
    pub seen_at: OffsetDateTime,
    /// When it ends unless it is used before.
    pub expires_at: OffsetDateTime,
    /// When it ends however much it is used.
    pub ends_at: OffsetDateTime,
}

columns!(pub(super) COLUMNS, session_columns of "sessions":
    "id", "account_id", "generation", "handle", "data", "device", "address", "amr", "authenticated_at",
    "remembered", "created_at", "seen_at", "expires_at", "ends_at",
);

/// Adds the session of a log-in, and the row of the audit log that says so. False, and neither,
/// when the account cannot be logged in to or has another generation than the session.
pub async fn start(db: &Db, session: &Session, entry: &Entry) -> sqlx::Result<bool> {
    let row = [
        session.id.as_slice().into(),
        session.account_id.into(),
        session.generation.into(),
        session.handle.as_slice().into(),
        session.data.as_str().into(),
        session.device.as_str().into(),
        session.address.as_str().into(),
        session.amr.as_str().into(),
        session.authenticated_at.into(),
        session.remembered.into(),
        session.created_at.into(),
        session.seen_at.into(),
        session.expires_at.into(),
        session.ends_at.into(),
    ];
    let account = [session.account_id.into(), session.generation.into()];
    login_writer::start(db, NewLogin::new(Kind::Session, row, account, entry)).await
}

/// Writes what a session holds. One that has ended meanwhile stays ended.
pub async fn save(connection: &mut Writer, id: &[u8], data: &str) -> sqlx::Result<()> {
    query!(connection, execute, "update sessions set data = $2 where id = $1", id, data)?;
    Ok(())
}

/// Whose a session is or was, for as long as its row is there.
pub async fn whose(connection: &mut Connection, id: &[u8]) -> sqlx::Result<Option<AccountId>> {
    let row: Option<(AccountId,)> =
        query!(connection, fetch_optional, "select account_id from sessions where id = $1", id)?;
    Ok(row.map(|(id,)| id))
}

/// Notes that a session is in use.
pub async fn touch(
    connection: &mut Writer,
    id: &[u8],
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "update sessions set seen_at = $2, expires_at = $3 where id = $1",
        id,
        now,
        expires_at
    )?;
    Ok(())
}

/// A proof that the owner of a session has given again.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// Whose session it is.
    pub account: AccountId,
    /// The generation of the session, and of the account when the proof was given.
    pub generation: Generation,
    /// How it was given.
    pub amr: &'a str,
    /// When.
    pub at: OffsetDateTime,
}

/// Notes a proof, and gives the session the id `new`. False when it has ended: the old id is the only use of its row,
/// so of two at once one gets true.
pub async fn renew(connection: &mut Writer, id: &[u8], new: &[u8], proof: Proof<'_>) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "update sessions set id = $2, amr = $3, authenticated_at = $4 \
         where id = $1 and account_id = $5 and generation = $6 and expires_at > $4 and ends_at > $4 \
         and exists (select 1 from accounts where accounts.id = $5 and accounts.generation = $6 and status = 'active')",
        id,
        new,
        proof.amr,
        proof.at,
        proof.account,
        proof.generation,
    )?;
    Ok(rows == 1)
}

/// Notes that the owner of a session has given a proof in the transaction that has given it this id.
pub async fn set_proof(connection: &mut Writer, id: &[u8], amr: &str, at: OffsetDateTime) -> sqlx::Result<()> {
    query!(connection, execute, "update sessions set amr = $2, authenticated_at = $3 where id = $1", id, amr, at)?;
    Ok(())
}

/// Takes the session with this handle over into the generation that follows `from`, under the id `new`, inside the
/// transaction that begins it. False when the session has ended.
pub async fn keep(
    connection: &mut Writer,
    account: AccountId,
    handle: &[u8],
    new: &[u8],
    from: Generation,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "update sessions set id = $3, generation = generation + 1 \
         where handle = $1 and account_id = $2 and generation = $4 and expires_at > $5 and ends_at > $5",
        handle,
        account,
        new,
        from,
        now,
    )?;
    Ok(rows == 1)
}

/// Ends one session.
pub async fn delete(connection: &mut Writer, id: &[u8]) -> sqlx::Result<()> {
    query!(connection, execute, "delete from sessions where id = $1", id)?;
    Ok(())
}

/// Ends the session of this account that has this handle; false when it has none such.
pub async fn delete_of(connection: &mut Writer, account: AccountId, handle: &[u8]) -> sqlx::Result<bool> {
    Ok(query!(connection, execute, "delete from sessions where handle = $1 and account_id = $2", handle, account)? == 1)
}

/// Removes the sessions of an account that are of another generation than `now`. Gives how many.
pub async fn delete_older(connection: &mut Writer, account: AccountId, now: Generation) -> sqlx::Result<u64> {
    query!(connection, execute, "delete from sessions where account_id = $1 and generation <> $2", account, now)
}

/// Ends every session of an account but those with the handles `keep`. Gives how many.
pub async fn delete_others(connection: &mut Writer, account: AccountId, keep: [Option<&[u8]>; 2]) -> sqlx::Result<u64> {
    query!(
        connection,
        execute,
        "delete from sessions where account_id = $1 and ($2 is null or handle <> $2) and ($3 is null or handle <> $3)",
        account,
        keep[0],
        keep[1],
    )
}

/// The sessions of an account, the last used first.
pub async fn of_account(
    connection: &mut Connection,
    account: AccountId,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Session>> {
    query!(
        connection,
        fetch_all,
        concat!(
            "select ",
            session_columns!(),
            " from sessions \
             join accounts on accounts.id = account_id and accounts.generation = sessions.generation \
             where account_id = $1 and expires_at > $2 and ends_at > $2 \
             order by seen_at desc, sessions.created_at desc limit 200",
        ),
        account,
        now,
    )
}

/// How many devices an account is logged in on: its sessions and its families of tokens. None without the account.
pub async fn count_devices(
    connection: &mut Connection,
    account: AccountId,
    now: OffsetDateTime,
) -> sqlx::Result<Option<i64>> {
    let counted: Option<(i64,)> = query!(
        connection,
        fetch_optional,
        concat!("select ", devices!(), " from accounts where id = $1"),
        account,
        now,
    )?;
    Ok(counted.map(|(count,)| count))
}

/// Removes up to 1,000 sessions that have ended. Gives how many.
pub async fn prune(connection: &mut Writer, now: OffsetDateTime) -> sqlx::Result<u64> {
    query!(
        connection,
        execute,
        "delete from sessions where id in (select id from sessions where expires_at <= $1 or ends_at <= $1 limit 1000)",
        now,
    )
}

/// The number of sessions.
pub async fn count(connection: &mut Connection, now: OffsetDateTime) -> sqlx::Result<i64> {
    let (count,): (i64,) = query!(
        connection,
        fetch_one,
        "select count(*) from sessions \
         join accounts on accounts.id = account_id and accounts.generation = sessions.generation \
         where expires_at > $1 and ends_at > $1",
        now,
    )?;
    Ok(count)
}
