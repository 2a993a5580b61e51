//! What services are told of accounts, for services that ask by the thousand: questions that come together are answered
//! by one read, and only what is told is read.

use std::collections::HashMap;

use sqlx_macros::FromRow;

use crate::model::{AccountId, AccountSummary, Keys};
use crate::store::batcher::{Batch, Batcher};
use crate::store::connection::decode;
use crate::store::read_through::{Look, ReadThrough};
use crate::store::{Connection, Db, query};

/// An account as services are told of it.
#[derive(Clone, Debug)]
pub struct Found {
    /// What they are told.
    pub summary: AccountSummary,
    /// What its username is found by, if it has one.
    pub username_key: Option<String>,
}

/// What is read, with the key it is found by.
#[derive(FromRow)]
struct Row {
    found_by: String,
    username_key: Option<String>,
    id: AccountId,
    username: Option<String>,
    email: Option<String>,
    first_name: String,
    last_name: String,
    is_admin: bool,
}

macro_rules! rows {
    ($column:literal, $condition:literal) => {
        concat!(
            "select ",
            $column,
            " as found_by, username_key, id, username, email, first_name, last_name, is_admin from accounts where ",
            $column,
            $condition
        )
    };
}

impl From<Row> for Found {
    fn from(row: Row) -> Found {
        let Row { found_by: _, username_key, id, username, email, first_name, last_name, is_admin } = row;
        Found { summary: AccountSummary { id, username, email, first_name, last_name, is_admin }, username_key }
    }
}

/// Finds accounts by username and by e-mail.
#[derive(Debug)]
pub struct Summaries {
    by_username: Names,
    by_email: Names,
}

/// Finds accounts by one kind of name.
#[derive(Debug)]
struct Names {
    batcher: Batcher<Lookup>,
    kept: ReadThrough<String, Found>,
}

impl Summaries {
    /// Begins to read with the first question.
    pub fn new(db: &Db) -> Summaries {
        let by = |statements| Names {
            batcher: Batcher::new(Lookup { db: db.clone(), statements }),
            kept: ReadThrough::new(db.clone()),
        };
        Summaries { by_username: by(BY_USERNAME), by_email: by(BY_EMAIL) }
    }

    /// The account with one of these username keys.
    pub async fn of_username(&self, keys: &Keys) -> sqlx::Result<Option<Found>> {
        self.by_username.first(keys).await
    }

    /// The account with one of these e-mail keys.
    pub async fn of_email(&self, keys: &Keys) -> sqlx::Result<Option<Found>> {
        self.by_email.first(keys).await
    }
}

impl Names {
    /// The account that the first of these keys finds.
    async fn first(&self, keys: &Keys) -> sqlx::Result<Option<Found>> {
        for key in keys.iter() {
            let found = match self.kept.look(key.to_owned(), |_| true) {
                Look::Kept(found) => Some(found),
                Look::Absent(place) => place.fill_found(self.batcher.load(key.to_owned()).await?),
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// The statements of a look-up: by one key, and by many on SQLite, which binds no lists, and on PostgreSQL.
#[derive(Debug)]
struct Statements {
    one: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

const BY_USERNAME: Statements = Statements {
    one: rows!("username_key", " = $1"),
    sqlite: rows!("username_key", " in (select value from json_each($1))"),
    postgres: rows!("username_key", " = any($1)"),
};
const BY_EMAIL: Statements = Statements {
    one: rows!("email_key", " = $1"),
    sqlite: rows!("email_key", " in (select value from json_each($1))"),
    postgres: rows!("email_key", " = any($1)"),
};

/// Reads the accounts of many keys.
#[derive(Debug)]
struct Lookup {
    db: Db,
    statements: Statements,
}

impl Batch for Lookup {
    type Request = String;
    type Answer = Option<Found>;
    const MAX_BATCH: usize = 64;

    async fn answer(&self, keys: &[String]) -> sqlx::Result<Vec<Option<Found>>> {
        self.read(keys).await
    }
}

impl Lookup {
    async fn read(&self, keys: &[String]) -> sqlx::Result<Vec<Option<Found>>> {
        let mut connection = self.db.read().await?;
        if let [key] = keys {
            let row: Option<Row> = query!(&mut connection, fetch_optional, self.statements.one, key)?;
            return Ok(vec![row.map(Found::from)]);
        }
        let rows: Vec<Row> = match &mut connection {
            Connection::Sqlite(held) => {
                let asked = sqlx::query(self.statements.sqlite).bind(serde_json::json!(keys).to_string());
                held.fetch_all(asked).await.and_then(decode::fetch_all)?
            }
            Connection::Postgres(held) => {
                let asked = sqlx::query(self.statements.postgres).bind(keys);
                held.fetch_all(asked).await.and_then(decode::fetch_all)?
            }
        };
        let found: HashMap<String, Found> =
            rows.into_iter().map(|mut row| (std::mem::take(&mut row.found_by), row.into())).collect();
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }
}
