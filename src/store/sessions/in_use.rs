//! Sessions in use: those of requests that come together are found by one read, with whose they are.

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};
use time::OffsetDateTime;

use crate::model::{Account, AccountStanding};
use crate::secrets::hex;
use crate::store::accounts::columns::account_columns;
use crate::store::batcher::{Batch, Batcher, in_places};
use crate::store::mail_failures::mail_bounces;
use crate::store::read_through::{Look, ReadThrough};
use crate::store::{Backend, Db, query};

/// A session in use, with whose it is: one read finds both.
#[derive(Clone)]
pub struct SessionWithAccount {
    /// Whose it is.
    pub account: Arc<Account>,
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
    /// When it ends unless it is used before.
    expires_at: OffsetDateTime,
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
            account: Arc::new(Account::from_row(row)?),
            handle: row.try_get("handle")?,
            data: row.try_get("data")?,
            amr: row.try_get("amr")?,
            authenticated_at: row.try_get("authenticated_at")?,
            remembered: row.try_get("remembered")?,
            seen_at: row.try_get("seen_at")?,
            expires_at: row.try_get("expires_at")?,
            ends_at: row.try_get("ends_at")?,
        })
    }
}

/// How the account of a session stands: columns for [`in_use`].
macro_rules! standing {
    () => {
        concat!(
            ", ",
            devices!(),
            " as devices, exists (select 1 from passkeys where account_id = accounts.id) as has_passkey, \
             exists (select 1 from mail_failures where ",
            mail_bounces!(),
            ") as mail_bounces"
        )
    };
}

/// Sessions that have not ended, with whose they are: `$asked` finds them, `$more` are columns beside theirs.
macro_rules! in_use {
    ($more:expr, $asked:literal, $condition:literal) => {
        concat!(
            "select ",
            account_columns!(),
            ", handle, data, amr, authenticated_at, remembered, seen_at, expires_at, ends_at",
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

/// The same on PostgreSQL. The limit is for its planner, which knows neither how many are asked nor how many have not ended:
/// it would rather read all sessions of a small table than look each up.
macro_rules! many_postgres {
    ($more:expr) => {
        in_use!(
            concat!(", asked.place - 1 as place", $more),
            "json_array_elements_text(cast($1 as json)) with ordinality as asked (id, place) \
             cross join lateral (select account_id, generation, handle, data, amr, authenticated_at, remembered, seen_at, \
             expires_at, ends_at from sessions where id = decode(asked.id, 'hex') limit 1) as sessions",
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
pub struct Sessions {
    batcher: Batcher<Ids>,
    /// By id, and by whether it is told how the account stands. With when it was read.
    kept: ReadThrough<([u8; 32], bool), (OffsetDateTime, SessionWithAccount)>,
}

impl Sessions {
    /// Begins to read with the first question.
    pub fn new(db: Db) -> Sessions {
        Sessions { batcher: Batcher::new(Ids(db.clone())), kept: ReadThrough::new(db) }
    }

    /// The session of this id, unless it has ended; with how its account stands, if that is asked. `since` is when it was
    /// asked for.
    pub async fn find(
        &self,
        id: [u8; 32],
        since: Instant,
        now: OffsetDateTime,
        with_standing: bool,
    ) -> sqlx::Result<Option<SessionWithAccount>> {
        // How many devices there are changes as others expire.
        let is_current = |(read_at, session): &(_, SessionWithAccount)| {
            now < session.expires_at && now < session.ends_at && (*read_at == now || !with_standing)
        };
        let found = match self.kept.look_since(since, (id, with_standing), is_current) {
            Look::Kept(found) => Some(found),
            Look::Absent(place) => {
                let found = self.batcher.load(Wanted { id, now, with_standing }).await?;
                place.fill_found(found.map(|session| (now, session)))
            }
        };
        Ok(found.map(|(_, session)| session))
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
