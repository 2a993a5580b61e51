//! Token families in use: those of requests that come together are found by one read, with whose they are.

use std::sync::Arc;

use serde_json::json;
use sqlx_macros::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::{Account, AccountId};
use crate::store::accounts::columns::account_columns;
use crate::store::batcher::{Batch, Batcher, in_places};
use crate::store::read_through::{Look, ReadThrough};
use crate::store::{Backend, Db, query};

/// The account of a family.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Whose it is.
    pub account: Arc<Account>,
    /// When it was last used.
    pub seen_at: OffsetDateTime,
    /// Whether it was logged in with an app password.
    pub by_app_password: bool,
    /// When the family ends unless it is used before.
    expires_at: OffsetDateTime,
}

#[derive(FromRow)]
struct LastSeen {
    #[sqlx(flatten)]
    account: Account,
    family_seen_at: OffsetDateTime,
    family_expires_at: OffsetDateTime,
    app_password_id: Option<Uuid>,
}

/// Families that have not ended, with whose they are: `$asked` finds them, and `$place` says which request each answers,
/// where there are several.
macro_rules! in_use {
    ($place:literal, $asked:literal, $condition:literal) => {
        concat!(
            "select ",
            $place,
            account_columns!(),
            ", token_families.seen_at as family_seen_at, token_families.expires_at as family_expires_at, app_password_id from ",
            $asked,
            " join accounts on accounts.id = token_families.account_id \
             and accounts.generation = token_families.generation where ",
            $condition,
            "token_families.expires_at > $2 and ",
            is_live_by!("$2"),
        )
    };
}

/// Finds the accounts of families.
#[derive(Debug)]
pub struct Families {
    batcher: Batcher<Ids>,
    kept: ReadThrough<Uuid, Holder>,
}

impl Families {
    /// Begins to read with the first question.
    pub fn new(db: Db) -> Families {
        Families { batcher: Batcher::new(Ids(db.clone())), kept: ReadThrough::new(db) }
    }

    /// The account of a family that has not ended.
    pub async fn holder(&self, id: Uuid, account: AccountId, now: OffsetDateTime) -> sqlx::Result<Option<Holder>> {
        // An app password has an end of its own.
        let found = match self.kept.look(id, |holder| now < holder.expires_at && !holder.by_app_password) {
            Look::Kept(holder) => Some(holder),
            Look::Absent(place) => place.fill_found(self.batcher.load(Wanted { id, now }).await?),
        };
        Ok(found.filter(|holder| holder.account.id == account))
    }
}

/// What a request asks.
struct Wanted {
    id: Uuid,
    now: OffsetDateTime,
}

/// Reads the families of many ids.
#[derive(Debug)]
struct Ids(Db);

impl Batch for Ids {
    type Request = Wanted;
    type Answer = Option<Holder>;
    const MAX_BATCH: usize = 64;

    async fn answer(&self, wanted: &[Wanted]) -> sqlx::Result<Vec<Option<Holder>>> {
        let rows = read(&self.0, wanted).await?;
        let holder = |row: LastSeen| Holder {
            account: Arc::new(row.account),
            seen_at: row.family_seen_at,
            by_app_password: row.app_password_id.is_some(),
            expires_at: row.family_expires_at,
        };
        Ok(rows.into_iter().map(|row| row.map(holder)).collect())
    }
}

async fn read(db: &Db, wanted: &[Wanted]) -> sqlx::Result<Vec<Option<LastSeen>>> {
    let now = wanted.iter().map(|wanted| wanted.now).max();
    let mut connection = db.read().await?;
    if let [Wanted { id, .. }] = wanted {
        let sql = in_use!("", "token_families", "token_families.id = $1 and ");
        return Ok(vec![query!(&mut connection, fetch_optional, sql, *id, now)?]);
    }
    let ids: Vec<String> = wanted.iter().map(|wanted| wanted.id.simple().to_string()).collect();
    let sql = match connection.backend() {
        Backend::Sqlite => in_use!(
            "asked.key as place, ",
            "json_each($1) as asked cross join token_families on token_families.id = unhex(asked.value)",
            ""
        ),
        // The limit is for the planner, as of sessions.
        Backend::Postgres => in_use!(
            "asked.place - 1 as place, ",
            "json_array_elements_text(cast($1 as json)) with ordinality as asked (id, place) \
             cross join lateral (select account_id, generation, seen_at, expires_at, app_password_id from token_families \
             where id = cast(asked.id as uuid) limit 1) as token_families",
            ""
        ),
    };
    let rows = query!(&mut connection, fetch_all, sql, json!(ids).to_string(), now)?;
    Ok(in_places(rows, wanted.len()))
}
