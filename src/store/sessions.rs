//! The table `sessions`: browser sessions, found by a hash of their cookie's value. One whose account has another
//! generation by now is as good as gone.

use serde_json::json;
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};
use sqlx_macros::FromRow;
use time::OffsetDateTime;

use crate::model::audit::Entry;
use crate::model::{Account, AccountId, AccountStanding, Generation};
use crate::secrets::hex;

use super::accounts::columns::account_columns;
use super::batcher::{Batch, Batcher, in_places};
use super::login_writer::{self, Kind, NewLogin};
use super::{Backend, Connection, Db, Writer, columns, query};

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

/// A session in use, with whose it is: one read finds both.
pub struct SessionWithAccount {
    /// Whose it is.
    pub account: Account,
    /// Names it in lists.
    pub handle: Vec<u8>,
    /// What the pages keep in it, as JSON.
    pub data: String,
    /// How its owner last proved who they are (`amr`, RFC 8176).
    pub amr: String,
    /// When they did.
    pub authenticated_at: OffsetDateTime,
    /// Whether it outlives the browser.
    pub remembered: bool,
    /// When it was last used, give or take a few minutes.
    pub seen_at: OffsetDateTime,
    /// When it ends however much it is used.
    pub ends_at: OffsetDateTime,
    /// How the account stands, where that was asked.
    pub standing: Option<AccountStanding>,
}

impl<'r, R: Row> FromRow<'r, R> for SessionWithAccount
where
    &'static str: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    String: Decode<'r, R::Database> + Type<R::Database>,
    Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
    OffsetDateTime: Decode<'r, R::Database> + Type<R::Database>,
    Account: FromRow<'r, R>,
{
    fn from_row(row: &'r R) -> sqlx::Result<SessionWithAccount> {
        let devices: Option<i64> = row.try_get("devices")?;
        let standing = match devices {
            Some(devices) => Some(AccountStanding {
                devices,
                has_passkey: row.try_get("has_passkey")?,
                mail_bounces: row.try_get("mail_bounces")?,
            }),
            None => None,
        };
        Ok(SessionWithAccount {
            standing,
            account: Account::from_row(row)?,
            handle: row.try_get("handle")?,
            data: row.try_get("data")?,
            amr: row.try_get("amr")?,
            authenticated_at: row.try_get("authenticated_at")?,
            remembered: row.try_get("remembered")?,
            seen_at: row.try_get("seen_at")?,
            ends_at: row.try_get("ends_at")?,
        })
    }
}

columns!(pub(super) COLUMNS, session_columns of "sessions":
    "id", "account_id", "generation", "handle", "data", "device", "address", "amr", "authenticated_at",
    "remembered", "created_at", "seen_at", "expires_at", "ends_at",
);

/// Adds the session of a log-in, and the row of the audit log that says so. False, and neither,
/// when the account cannot be logged in to or has another generation than the session.
///
/// # Errors
/// The database's.
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
///
/// # Errors
/// The database's.
pub async fn save(connection: &mut Writer, id: &[u8], data: &str) -> sqlx::Result<()> {
    query!(connection, execute, "update sessions set data = $2 where id = $1", id, data)?;
    Ok(())
}

/// Counts the devices of an account, at the time `$2`.
macro_rules! devices {
    () => {
        "(select count(*) from sessions where account_id = accounts.id \
          and sessions.generation = accounts.generation and expires_at > $2 and ends_at > $2) \
         + (select count(*) from token_families where account_id = accounts.id \
          and token_families.generation = accounts.generation and expires_at > $2)"
    };
}

/// How the account of a session stands: columns for [`in_use`].
macro_rules! standing {
    () => {
        concat!(
            ", ",
            devices!(),
            " as devices, exists (select 1 from passkeys where account_id = accounts.id) as has_passkey, \
             exists (select 1 from mail_failures where account_id = accounts.id \
              and mail_failures.email_key = accounts.email_key and (accounts.email_verified_at is null \
              or accounts.email_verified_at < failed_at)) as mail_bounces"
        )
    };
}

/// Sessions that have not ended, with whose they are: `$asked` finds them, `$more` are columns beside theirs.
macro_rules! in_use {
    ($more:expr, $asked:literal, $condition:literal) => {
        concat!(
            "select ",
            account_columns!(),
            ", handle, data, amr, authenticated_at, remembered, seen_at, ends_at",
            $more,
            " from ",
            $asked,
            " join accounts on accounts.id = sessions.account_id and accounts.generation = sessions.generation \
             and status = 'active' where ",
            $condition,
            "expires_at > $2 and ends_at > $2",
        )
    };
}

/// The session of an id.
macro_rules! one {
    ($more:expr) => {
        in_use!($more, "sessions", "sessions.id = $1 and ")
    };
}

/// Those of many ids, and which request each answers, on SQLite.
macro_rules! many_sqlite {
    ($more:expr) => {
        in_use!(
            concat!(", asked.key as place", $more),
            "json_each($1) as asked cross join sessions on sessions.id = unhex(asked.value)",
            ""
        )
    };
}

/// The same on PostgreSQL.
macro_rules! many_postgres {
    ($more:expr) => {
        in_use!(
            concat!(", asked.place - 1 as place", $more),
            "json_array_elements_text(cast($1 as json)) with ordinality as asked (id, place) \
             join sessions on sessions.id = decode(asked.id, 'hex')",
            ""
        )
    };
}

/// In the place of [`standing`] where that is not asked.
macro_rules! plain {
    () => {
        ", cast(null as bigint) as devices"
    };
}

/// Finds sessions.
#[derive(Debug)]
pub struct Sessions(Batcher<Ids>);

impl Sessions {
    /// Begins to read with the first question.
    pub fn new(db: Db) -> Sessions {
        Sessions(Batcher::new(Ids(db)))
    }

    /// The session of this id, unless it has ended; with how its account stands, if that is asked.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(
        &self,
        id: [u8; 32],
        now: OffsetDateTime,
        with_standing: bool,
    ) -> sqlx::Result<Option<SessionWithAccount>> {
        self.0.load(Wanted { id, now, with_standing }).await
    }
}

/// What a request asks.
struct Wanted {
    id: [u8; 32],
    now: OffsetDateTime,
    with_standing: bool,
}

/// Reads the sessions of many ids.
#[derive(Debug)]
struct Ids(Db);

impl Batch for Ids {
    type Request = Wanted;
    type Answer = Option<SessionWithAccount>;
    const MAX_BATCH: usize = 64;

    async fn answer(&self, wanted: &[Wanted]) -> sqlx::Result<Vec<Option<SessionWithAccount>>> {
        read(&self.0, wanted).await
    }
}

async fn read(db: &Db, wanted: &[Wanted]) -> sqlx::Result<Vec<Option<SessionWithAccount>>> {
    let now = wanted.iter().map(|wanted| wanted.now).max();
    let with_standing = wanted.iter().any(|wanted| wanted.with_standing);
    let mut connection = db.read().await?;
    if let [Wanted { id, .. }] = wanted {
        let sql = if with_standing { one!(standing!()) } else { one!(plain!()) };
        return Ok(vec![query!(&mut connection, fetch_optional, sql, &id[..], now)?]);
    }
    let ids: Vec<String> = wanted.iter().map(|wanted| hex(&wanted.id)).collect();
    let sql = match (connection.backend(), with_standing) {
        (Backend::Sqlite, true) => many_sqlite!(standing!()),
        (Backend::Sqlite, false) => many_sqlite!(plain!()),
        (Backend::Postgres, true) => many_postgres!(standing!()),
        (Backend::Postgres, false) => many_postgres!(plain!()),
    };
    let rows = query!(&mut connection, fetch_all, sql, json!(ids).to_string(), now)?;
    Ok(in_places(rows, wanted.len()))
}

/// Whose a session is or was, for as long as its row is there.
///
/// # Errors
/// The database's.
pub async fn whose(connection: &mut Connection, id: &[u8]) -> sqlx::Result<Option<AccountId>> {
    let row: Option<(AccountId,)> =
        query!(connection, fetch_optional, "select account_id from sessions where id = $1", id)?;
    Ok(row.map(|(id,)| id))
}

/// Notes that a session is in use.
///
/// # Errors
/// The database's.
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
///
/// # Errors
/// The database's.
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
///
/// # Errors
/// The database's.
pub async fn set_proof(connection: &mut Writer, id: &[u8], amr: &str, at: OffsetDateTime) -> sqlx::Result<()> {
    query!(connection, execute, "update sessions set amr = $2, authenticated_at = $3 where id = $1", id, amr, at)?;
    Ok(())
}

/// Takes the session with this handle over into the generation that follows `from`, under the id `new`, inside the
/// transaction that begins it. False when the session has ended.
///
/// # Errors
/// The database's.
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
///
/// # Errors
/// The database's.
pub async fn delete(connection: &mut Writer, id: &[u8]) -> sqlx::Result<()> {
    query!(connection, execute, "delete from sessions where id = $1", id)?;
    Ok(())
}

/// Ends the session of this account that has this handle; false when it has none such.
///
/// # Errors
/// The database's.
pub async fn delete_of(connection: &mut Writer, account: AccountId, handle: &[u8]) -> sqlx::Result<bool> {
    Ok(query!(connection, execute, "delete from sessions where handle = $1 and account_id = $2", handle, account)? == 1)
}

/// Removes the sessions of an account that are of another generation than `now`. Gives how many.
///
/// # Errors
/// The database's.
pub async fn delete_older(connection: &mut Writer, account: AccountId, now: Generation) -> sqlx::Result<u64> {
    query!(connection, execute, "delete from sessions where account_id = $1 and generation <> $2", account, now)
}

/// Ends every session of an account but those with the handles `keep`. Gives how many.
///
/// # Errors
/// The database's.
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
///
/// # Errors
/// The database's.
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
///
/// # Errors
/// The database's.
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
///
/// # Errors
/// The database's.
pub async fn prune(connection: &mut Writer, now: OffsetDateTime) -> sqlx::Result<u64> {
    query!(
        connection,
        execute,
        "delete from sessions where id in (select id from sessions where expires_at <= $1 or ends_at <= $1 limit 1000)",
        now,
    )
}

/// The number of sessions.
///
/// # Errors
/// The database's.
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
