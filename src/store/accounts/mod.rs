//! The table `accounts`.

use sqlx_macros::FromRow;
use time::OffsetDateTime;

use crate::model::picture::Picture;
use crate::model::{Account, AccountId, Generation};

use super::{Backend, Connection, Transaction, Writer, account_index, query, sql_value};

mod avatars;
pub(super) mod columns;
mod find;
mod summaries;

pub use avatars::Avatars;
pub use find::{
    PasswordRecord, find, find_by_email, find_by_username, find_checkable, find_for_update, find_with_hash, generation,
    is_address_taken, is_free, list, other_admins, password_hash, picture_exists, pictures_after, seen,
};
pub use summaries::{Found, Summaries};

/// Adds an account. A name that another account has shows in [`super::is_taken`].
pub async fn insert(tx: &mut Transaction, account: &Account, password_hash: Option<&str>) -> sqlx::Result<()> {
    let (names, cells): (Vec<_>, Vec<_>) = columns::new(account, password_hash).unzip();
    let places: Vec<_> = (1..=names.len()).map(|number| format!("${number}")).collect();
    let sql = format!("insert into accounts ({}) values ({})", names.join(", "), places.join(", "));
    sql_value::execute(tx, sql, &cells).await?;
    account_index::write(tx, account).await
}

/// Writes everything of an account but its password, generation, picture, note and creation, and counts the change.
/// False when it is gone.
///
/// # Errors
/// The database's; see [`super::is_taken`].
pub async fn update(tx: &mut Transaction, account: &Account) -> sqlx::Result<bool> {
    let (names, mut cells): (Vec<_>, Vec<_>) = columns::changing(account).unzip();
    let places: Vec<_> = names.iter().zip(1..).map(|(name, number)| format!("{name} = ${number}")).collect();
    cells.push(account.id.into());
    let sql = format!("update accounts set {}, revision = revision + 1 where id = ${}", places.join(", "), cells.len());
    let is_there = sql_value::execute(tx, sql, &cells).await? == 1;
    if is_there {
        account_index::write(tx, account).await?;
    }
    Ok(is_there)
}

/// What only admins see of an account. It is no part of [`Account`], so that no other door can show it by accident.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromRow)]
pub struct AdminNotes {
    /// What admins note for each other.
    pub note: Option<String>,
    /// How often the account was changed.
    pub revision: i64,
}

/// What only admins see of an account.
pub async fn desk(connection: &mut Connection, id: AccountId) -> sqlx::Result<Option<AdminNotes>> {
    query!(connection, fetch_optional, "select note, revision from accounts where id = $1", id)
}

/// Writes the note, and counts the change.
pub async fn set_note(connection: &mut Writer, id: AccountId, note: Option<&str>) -> sqlx::Result<()> {
    query!(connection, execute, "update accounts set note = $2, revision = revision + 1 where id = $1", id, note)?;
    Ok(())
}

/// Whether the person is told by mail of log-ins with other browsers.
pub async fn notifies_devices(connection: &mut Connection, id: AccountId) -> sqlx::Result<bool> {
    let row: Option<(bool,)> =
        query!(connection, fetch_optional, "select notify_devices from accounts where id = $1", id)?;
    Ok(row.is_some_and(|(notify,)| notify))
}

/// Writes whether they are. False when that is so already.
pub async fn set_notifies_devices(connection: &mut Writer, id: AccountId, notify: bool) -> sqlx::Result<bool> {
    let sql = "update accounts set notify_devices = $2 where id = $1 and notify_devices <> $2";
    Ok(query!(connection, execute, sql, id, notify)? == 1)
}

/// Begins the next generation of an account: whatever carries another is good no more, nor are tokens of replaced
/// services that were issued before `now`. To be called while the account is held.
pub async fn next_generation(tx: &mut Transaction, id: AccountId, now: OffsetDateTime) -> sqlx::Result<Generation> {
    let (generation,): (Generation,) = query!(
        tx,
        fetch_one,
        "update accounts set generation = generation + 1, tokens_after = $2 where id = $1 returning generation",
        id,
        now,
    )?;
    Ok(generation)
}

/// Ends the tokens of replaced services that were issued to an account before `now`, or to the account that had its
/// name then.
pub async fn end_foreign_tokens(tx: &mut Transaction, id: AccountId, now: OffsetDateTime) -> sqlx::Result<()> {
    query!(tx, execute, "update accounts set tokens_after = $2 where id = $1", id, now)?;
    Ok(())
}

/// Stores a new password's hash. False when the account is gone.
pub async fn set_password(tx: &mut Transaction, id: AccountId, hash: &str, now: OffsetDateTime) -> sqlx::Result<bool> {
    let rows = query!(
        tx,
        execute,
        "update accounts set password_hash = $2, password_changed_at = $3, updated_at = $3 where id = $1",
        id,
        hash,
        now,
    )?;
    Ok(rows == 1)
}

/// Takes the password away: no log-in is possible before another is set by a link.
pub async fn clear_password(tx: &mut Transaction, id: AccountId) -> sqlx::Result<()> {
    query!(tx, execute, "update accounts set password_hash = null where id = $1", id)?;
    Ok(())
}

/// Replaces the hash of a password that stays the same, unless it was changed meanwhile.
pub async fn upgrade_hash(connection: &mut Writer, id: AccountId, old: &str, new: &str) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "update accounts set password_hash = $3 where id = $1 and password_hash = $2",
        id,
        old,
        new
    )?;
    Ok(())
}

/// The beginning of the hash that comes after `after` and before `end`, among those that are not of our own parameters.
pub async fn next_legacy_hash(connection: &mut Connection, after: &str, end: &str) -> sqlx::Result<Option<String>> {
    // In the order of bytes, which PostgreSQL has to be asked for.
    let found: Option<(String,)> = match connection.backend() {
        Backend::Sqlite => query!(
            connection,
            fetch_optional,
            "select substr(password_hash, 1, 40) from accounts \
             where substr(password_hash, 1, 31) <> '$argon2id$v=19$m=19456,t=2,p=1$' \
             and substr(password_hash, 1, 40) > $1 and substr(password_hash, 1, 40) < $2 \
             order by substr(password_hash, 1, 40) limit 1",
            after,
            end,
        )?,
        Backend::Postgres => query!(
            connection,
            fetch_optional,
            "select substr(password_hash, 1, 40) from accounts \
             where substr(password_hash, 1, 31) <> '$argon2id$v=19$m=19456,t=2,p=1$' \
             and substr(password_hash, 1, 40) collate \"C\" > $1 and substr(password_hash, 1, 40) collate \"C\" < $2 \
             order by substr(password_hash, 1, 40) collate \"C\" limit 1",
            after,
            end,
        )?,
    };
    Ok(found.map(|(found,)| found))
}

/// Sets or removes the picture. False when the account is gone.
pub async fn set_picture(
    tx: &mut Transaction,
    id: AccountId,
    picture: Option<&Picture>,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let rows = query!(
        tx,
        execute,
        "update accounts set picture_key = $2, picture_largest = $3, picture_zoom = $4, picture_x = $5, \
         picture_y = $6, updated_at = $7 where id = $1",
        id,
        picture.map(|picture| picture.key.as_str()),
        picture.map(|picture| i32::from(picture.largest)),
        picture.map(|picture| i32::from(picture.crop.zoom())),
        picture.map(|picture| i32::from(picture.crop.x())),
        picture.map(|picture| i32::from(picture.crop.y())),
        now,
    )?;
    Ok(rows == 1)
}

/// Removes an account; its sessions and links go with it. False when it was gone.
pub async fn delete(tx: &mut Transaction, id: AccountId) -> sqlx::Result<bool> {
    Ok(query!(tx, execute, "delete from accounts where id = $1", id)? == 1)
}

/// Lets one transaction at a time take admins away: two that each saw the other's admin would leave none.
pub async fn lock_admins(tx: &mut Transaction) -> sqlx::Result<()> {
    // SQLite's writing transaction is alone anyway.
    if tx.backend() == Backend::Postgres {
        query!(tx, execute, "select pg_advisory_xact_lock(7034127)")?;
    }
    Ok(())
}
