//! Accounts by username for services that ask by the thousand: questions that come together are answered by one read,
//! and only what services are told is read.

use std::collections::HashMap;
use std::time::Duration;

use sqlx_macros::FromRow;
use tokio::time::timeout;

use crate::model::{self, AccountId, AccountSummary};
use crate::store::batcher::{Batch, Batcher};
use crate::store::connection::decode;
use crate::store::{Connection, Db};

/// A read that takes longer has failed: no caller waits behind it for a database that has gone silent.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

/// What is read, with the key it is found by.
#[derive(FromRow)]
struct Row {
    username_key: String,
    id: AccountId,
    username: Option<String>,
    email: Option<String>,
    first_name: String,
    last_name: String,
    is_admin: bool,
}

macro_rules! rows {
    ($condition:literal) => {
        concat!(
            "select username_key, id, username, email, first_name, last_name, is_admin from accounts where ",
            $condition
        )
    };
}

impl From<Row> for AccountSummary {
    fn from(row: Row) -> AccountSummary {
        let Row { username_key: _, id, username, email, first_name, last_name, is_admin } = row;
        AccountSummary { id, username, email, first_name, last_name, is_admin }
    }
}

/// Finds accounts by username.
#[derive(Debug)]
pub struct Usernames(Batcher<Keys>);

impl Usernames {
    /// Begins to read with the first question.
    pub fn new(db: Db) -> Usernames {
        Usernames(Batcher::new(Keys(db)))
    }

    /// The account with one of these username keys.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(&self, keys: &model::Keys) -> sqlx::Result<Option<AccountSummary>> {
        for key in keys.iter() {
            if let Some(found) = self.0.load(key.to_owned()).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// Reads the accounts of many username keys.
#[derive(Debug)]
struct Keys(Db);

impl Batch for Keys {
    type Request = String;
    type Answer = Option<AccountSummary>;
    const MAX_BATCH: usize = 64;

    async fn answer(&self, keys: &[String]) -> sqlx::Result<Vec<Option<AccountSummary>>> {
        let found = timeout(LOOKUP_TIMEOUT, read(&self.0, keys)).await.map_err(|_| sqlx::Error::PoolTimedOut)??;
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }
}

async fn read(db: &Db, keys: &[String]) -> sqlx::Result<HashMap<String, AccountSummary>> {
    let mut connection = db.read().await?;
    let rows: Vec<Row> = match &mut connection {
        // SQLite binds no lists.
        Connection::Sqlite(held) => {
            let asked = sqlx::query(rows!("username_key in (select value from json_each($1))"));
            held.fetch_all(asked.bind(serde_json::json!(keys).to_string())).await.and_then(decode::fetch_all)?
        }
        Connection::Postgres(held) => {
            let asked = sqlx::query(rows!("username_key = any($1)"));
            held.fetch_all(asked.bind(keys)).await.and_then(decode::fetch_all)?
        }
    };
    Ok(rows.into_iter().map(|mut row| (std::mem::take(&mut row.username_key), row.into())).collect())
}
