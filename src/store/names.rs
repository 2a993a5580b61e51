//! What keeps names apart: keys brought up to date when their rule changes, and those that an older rule let be alike.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx_macros::FromRow;

use crate::model::{AccountId, Email, Username, username};

use super::{Backend, Connection, Db, Transaction, is_conflict, query};

/// The rule that keys are made by now.
pub const RULE: i64 = 5;

/// How many accounts are brought up to date at once.
const BATCH: i64 = 1_000;

/// How often a batch is tried again whose names others take meanwhile.
const MAX_ATTEMPTS: u32 = 5;

/// An account with an older rule's keys.
#[derive(FromRow)]
struct Outdated {
    id: AccountId,
    username: Option<String>,
    username_key: Option<String>,
    email: Option<String>,
    email_key: Option<String>,
}

/// What is written of it.
struct Renewed {
    id: AccountId,
    username_key: Option<String>,
    email_key: Option<String>,
    skeleton: Option<String>,
    key_skeleton: Option<String>,
}

/// Brings the keys of older accounts up to date, the oldest accounts first: what two of them would share, the later one
/// goes without, and keeps the key it has. What is done is not looked at again.
///
/// # Errors
/// The database's; then what was done before stays.
pub(in crate::store) async fn fill(db: &Db) -> sqlx::Result<()> {
    let mut attempts = 0;
    loop {
        let mut connection = db.read().await?;
        let outdated: Option<(AccountId,)> =
            query!(&mut connection, fetch_optional, "select id from accounts where key_rule < 5 limit 1")?;
        drop(connection);
        if outdated.is_none() {
            return fill_former(db).await;
        }
        match renew(db).await {
            Ok(()) => attempts = 0,
            Err(error) if is_conflict(&error) && attempts < MAX_ATTEMPTS => attempts += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Says what the keys of former usernames look like that were given up before that was kept.
async fn fill_former(db: &Db) -> sqlx::Result<()> {
    let sql = "select username_key from former_usernames where username_key_skeleton is null";
    let keys: Vec<(String,)> = query!(&mut db.read().await?, fetch_all, sql)?;
    let known = keys.into_iter().filter_map(|(key,)| username::key_skeleton(&key).map(|skeleton| (key, skeleton)));
    for (key, skeleton) in known {
        let sql = "update former_usernames set username_key_skeleton = $2 where username_key = $1";
        let mut connection = db.write_once().await?;
        query!(&mut connection, execute, sql, key, skeleton)?;
    }
    Ok(())
}

async fn renew(db: &Db) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    let outdated: Vec<Outdated> = match tx.backend() {
        Backend::Sqlite => query!(
            &mut tx,
            fetch_all,
            "select id, username, username_key, email, email_key from accounts where key_rule < 5 \
             order by created_at, id limit $1",
            BATCH,
        )?,
        Backend::Postgres => {
            // One replica at a time: the others find it done.
            query!(&mut tx, execute, "select pg_advisory_xact_lock(7034128)")?;
            query!(
                &mut tx,
                fetch_all,
                "select id, username, username_key, email, email_key from accounts where key_rule < 5 \
                 order by created_at, id limit $1 for update",
                BATCH,
            )?
        }
    };
    let renewed = distinct(&mut tx, outdated.iter().map(Outdated::renew).collect()).await?;
    write(&mut tx, &renewed).await?;
    tx.commit().await
}

impl Outdated {
    /// What it would have by today's rule; keys that stay as they are, are left out.
    fn renew(&self) -> Renewed {
        let username = self.username.as_deref().zip(self.username_key.as_deref());
        let username = username.map(|(typed, key)| username::renewed(typed, key));
        let looks = |of: fn(&Username) -> Option<&str>| username.as_ref().and_then(of).map(str::to_owned);
        let (skeleton, key_skeleton) = (looks(Username::skeleton), looks(Username::key_skeleton));
        let username_key = username.map(|renewed| renewed.key().to_owned());
        let email_key = self.email.as_deref().and_then(|email| Email::keys(email).ok());
        let email_key = email_key.map(|keys| keys.key().to_owned());
        Renewed {
            id: self.id,
            username_key: username_key.filter(|key| Some(key) != self.username_key.as_ref()),
            email_key: email_key.filter(|key| Some(key) != self.email_key.as_ref()),
            skeleton,
            key_skeleton,
        }
    }
}

/// Takes from each what another account has, or an earlier one of them.
async fn distinct(connection: &mut Connection, mut all: Vec<Renewed>) -> sqlx::Result<Vec<Renewed>> {
    fn texts(all: &[Renewed], of: fn(&Renewed) -> &Option<String>) -> Vec<&str> {
        all.iter().filter_map(|renewed| of(renewed).as_deref()).collect()
    }
    let mut names = owners(connection, "username_key", &texts(&all, |renewed| &renewed.username_key)).await?;
    let mut emails = owners(connection, "email_key", &texts(&all, |renewed| &renewed.email_key)).await?;
    emails.extend(owners(connection, "username_key", &texts(&all, |renewed| &renewed.email_key)).await?);
    let mut skeletons = owners(connection, "username_skeleton", &texts(&all, |renewed| &renewed.skeleton)).await?;
    let mut of_keys =
        owners(connection, "username_key_skeleton", &texts(&all, |renewed| &renewed.key_skeleton)).await?;
    for Renewed { id, username_key, email_key, skeleton, key_skeleton } in &mut all {
        let had_key = username_key.is_some();
        for (value, owners) in [(&mut *username_key, &mut names), (email_key, &mut emails), (skeleton, &mut skeletons)]
        {
            *value = value.take().filter(|value| *owners.entry(value.clone()).or_insert(*id) == *id);
        }
        // One that keeps an older rule's key does not have the looks of today's.
        if had_key && username_key.is_none() {
            *key_skeleton = None;
        }
        *key_skeleton = key_skeleton.take().filter(|look| *of_keys.entry(look.clone()).or_insert(*id) == *id);
    }
    Ok(all)
}

/// Which account has each of some values in a column, whose name stands in the program.
async fn owners(
    connection: &mut Connection,
    column: &'static str,
    values: &[&str],
) -> sqlx::Result<HashMap<String, AccountId>> {
    if values.is_empty() {
        return Ok(HashMap::new());
    }
    let list = match connection.backend() {
        Backend::Sqlite => "select value from json_each($1)",
        Backend::Postgres => "select json_array_elements_text(cast($1 as json))",
    };
    let sql = format!("select {column}, id from accounts where {column} in ({list})");
    let rows: Vec<(String, AccountId)> =
        query!(connection, fetch_all, sqlx::AssertSqlSafe(sql), json!(values).to_string())?;
    Ok(rows.into_iter().collect())
}

async fn write(tx: &mut Transaction, renewed: &[Renewed]) -> sqlx::Result<()> {
    let row = |one: &Renewed| {
        json!([one.id.0.simple().to_string(), one.skeleton, one.key_skeleton, one.username_key, one.email_key])
    };
    let all = Value::Array(renewed.iter().map(row).collect()).to_string();
    // Few keys change, and those alone are written to their indexes.
    let changed = renewed.iter().filter(|one| one.username_key.is_some() || one.email_key.is_some());
    let changed: Vec<Value> = changed.map(row).collect();
    match tx.backend() {
        Backend::Sqlite => {
            query!(
                &mut *tx,
                execute,
                "update accounts set username_skeleton = given.value ->> 1, \
                 username_key_skeleton = given.value ->> 2, key_rule = 5 \
                 from json_each($1) as given where accounts.id = unhex(given.value ->> 0)",
                all,
            )?;
            if !changed.is_empty() {
                query!(
                    tx,
                    execute,
                    "update accounts set username_key = coalesce(given.value ->> 3, username_key), \
                     email_key = coalesce(given.value ->> 4, email_key) \
                     from json_each($1) as given where accounts.id = unhex(given.value ->> 0)",
                    Value::Array(changed).to_string(),
                )?;
            }
        }
        Backend::Postgres => {
            // In one statement: the trigger that looks for renamed accounts must see skeleton and key change together.
            query!(
                tx,
                execute,
                "update accounts set username_skeleton = given.value ->> 1, \
                 username_key_skeleton = given.value ->> 2, key_rule = 5, \
                 username_key = coalesce(given.value ->> 3, username_key), \
                 email_key = coalesce(given.value ->> 4, email_key) \
                 from json_array_elements(cast($1 as json)) as given (value) \
                 where accounts.id = cast(given.value ->> 0 as uuid)",
                all,
            )?;
        }
    }
    Ok(())
}

/// An account whose username reads as another account's e-mail.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Pair {
    /// Whose username it is.
    pub username_of: AccountId,
    /// Whose e-mail it is.
    pub email_of: AccountId,
}

/// Usernames that are another account's e-mail, `limit` at most.
pub async fn pairs(connection: &mut Connection, limit: i64) -> sqlx::Result<Vec<Pair>> {
    query!(
        connection,
        fetch_all,
        "select named.id as username_of, mailed.id as email_of from accounts as named \
         join accounts as mailed on mailed.email_key = named.username_key and mailed.id <> named.id \
         where named.username_key like '%@%' limit $1",
        limit,
    )
}

/// Accounts whose username reads as an e-mail address, another account's or not, `limit` at most.
pub async fn like_addresses(connection: &mut Connection, limit: i64) -> sqlx::Result<Vec<AccountId>> {
    let sql = "select id from accounts where username_key like '%@%' limit $1";
    let rows: Vec<(AccountId,)> = query!(connection, fetch_all, sql, limit)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Accounts whose username looks like another's that was there first, `limit` at most; those whose username shows
/// nothing are among them.
pub async fn alike(connection: &mut Connection, limit: i64) -> sqlx::Result<Vec<AccountId>> {
    let sql =
        "select id from accounts where username_key is not null and username_skeleton is null order by id limit $1";
    let rows: Vec<(AccountId,)> = query!(connection, fetch_all, sql, limit)?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
