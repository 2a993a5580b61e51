//! The table `pending_sign_ups`: sign-ups that wait for their address to be confirmed. How their links have ended, the
//! table `links` tells.

use sqlx_macros::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::{Email, Name, Username};

use super::{Backend, Connection, Transaction, Writer, columns, query};

/// A sign-up that waits.
#[derive(Clone, Debug, FromRow)]
pub struct PendingSignUp {
    /// The id that the token of its link and its code are made from.
    pub id: Uuid,
    /// The hash of that token.
    pub token_hash: Vec<u8>,
    /// The hash of the cookie of the browser that signed up; `None` where a program did.
    pub browser_hash: Option<Vec<u8>>,
    /// The username as typed.
    pub username: Option<String>,
    /// What it is unique under.
    pub username_key: Option<String>,
    /// What it looks like.
    pub username_skeleton: Option<String>,
    /// The address as typed.
    pub email: String,
    /// What it is unique under.
    pub email_key: String,
    /// The person's name.
    pub full_name: String,
    /// The given name.
    pub first_name: String,
    /// The rest of it.
    pub last_name: String,
    /// Where the person belongs.
    pub organization: Option<String>,
    /// The language the person reads.
    pub language: Option<String>,
    /// An IANA time zone.
    pub time_zone: Option<String>,
    /// The terms of use that the person agreed to.
    pub terms_version: Option<String>,
    /// The hash of the password that was chosen; empty where a passkey was made.
    pub password_hash: String,
    /// The passkey that was made in its place, as JSON.
    pub passkey: Option<String>,
    /// How many codes were tried.
    pub code_tries: i64,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it ends.
    pub expires_at: OffsetDateTime,
}

impl PendingSignUp {
    /// The username.
    pub fn chosen_username(&self) -> Option<Username> {
        let (typed, key) = self.username.clone().zip(self.username_key.clone())?;
        Some(Username::with_looks(&typed, key))
    }

    /// The hash of the password that was chosen, if one was.
    pub fn chosen_hash(&self) -> Option<&str> {
        Some(self.password_hash.as_str()).filter(|hash| !hash.is_empty())
    }

    /// The address.
    pub fn address(&self) -> Email {
        Email::stored(self.email.clone(), self.email_key.clone())
    }

    /// The person's name.
    pub fn name(&self) -> Name {
        Name { full: self.full_name.clone(), first: self.first_name.clone(), last: self.last_name.clone() }
    }
}

columns!(pending_columns of "pending_sign_ups":
    "id", "token_hash", "browser_hash", "username", "username_key", "username_skeleton", "email", "email_key",
    "full_name", "first_name", "last_name", "organization", "language", "time_zone", "terms_version", "password_hash",
    "passkey", "code_tries", "created_at", "expires_at",
);

/// Adds one.
pub async fn insert(connection: &mut Writer, new: &PendingSignUp) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "insert into pending_sign_ups (id, token_hash, browser_hash, username, username_key, username_skeleton, email, \
         email_key, full_name, first_name, last_name, organization, language, time_zone, terms_version, password_hash, \
         passkey, code_tries, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        new.id,
        &new.token_hash,
        &new.browser_hash,
        &new.username,
        &new.username_key,
        &new.username_skeleton,
        &new.email,
        &new.email_key,
        &new.full_name,
        &new.first_name,
        &new.last_name,
        &new.organization,
        &new.language,
        &new.time_zone,
        &new.terms_version,
        &new.password_hash,
        &new.passkey,
        new.code_tries,
        new.created_at,
        new.expires_at,
    )?;
    Ok(())
}

/// The pending sign-ups that `$condition` finds, while their links work at `$2`.
macro_rules! live {
    ($condition:literal) => {
        concat!(
            "select ",
            pending_columns!(),
            " from pending_sign_ups join links on links.token_hash = pending_sign_ups.token_hash where ",
            $condition,
            " and pending_sign_ups.expires_at > $2 and ended_as is null",
        )
    };
}

/// The one of a token, while its link works.
pub async fn find(
    connection: &mut Connection,
    token_hash: &[u8],
    now: OffsetDateTime,
) -> sqlx::Result<Option<PendingSignUp>> {
    query!(connection, fetch_optional, live!("pending_sign_ups.token_hash = $1"), token_hash, now,)
}

/// The one of a browser, while its link works.
pub async fn of_browser(
    connection: &mut Connection,
    browser_hash: &[u8],
    now: OffsetDateTime,
) -> sqlx::Result<Option<PendingSignUp>> {
    query!(connection, fetch_optional, live!("browser_hash = $1"), browser_hash, now,)
}

/// Counts a try of a code, unless `most` were made at this one or `most_of_address` at those of its address. False
/// when they were.
pub async fn count_try(
    tx: &mut Transaction,
    pending: &PendingSignUp,
    most: i64,
    most_of_address: i64,
) -> sqlx::Result<bool> {
    // SQLite's writing transaction holds the one write lock already; here tries at several of one address wait for each
    // other, so that each sees the sum.
    if tx.backend() == Backend::Postgres {
        let _: Vec<(Uuid,)> = query!(
            tx,
            fetch_all,
            "select id from pending_sign_ups where email_key = $1 order by id for update",
            &pending.email_key,
        )?;
    }
    let rows = query!(
        tx,
        execute,
        "update pending_sign_ups set code_tries = code_tries + 1 where id = $1 and code_tries < $2 \
         and (select cast(coalesce(sum(code_tries), 0) as bigint) from pending_sign_ups where email_key = $3) < $4",
        pending.id,
        most,
        &pending.email_key,
        most_of_address,
    )?;
    Ok(rows == 1)
}

/// Takes one from its browser, which signs up with another address. Its row stays while codes that were tried count.
pub async fn let_go(connection: &mut Writer, id: Uuid) -> sqlx::Result<()> {
    query!(connection, execute, "update pending_sign_ups set browser_hash = null where id = $1", id)?;
    Ok(())
}

/// Removes one.
pub async fn delete(connection: &mut Writer, id: Uuid) -> sqlx::Result<()> {
    query!(connection, execute, "delete from pending_sign_ups where id = $1", id)?;
    Ok(())
}

/// Removes all of an address. Gives their ids and the hashes of their tokens: of two transactions at once, one gets them.
pub async fn take_all(tx: &mut Transaction, email_key: &str) -> sqlx::Result<Vec<(Uuid, Vec<u8>)>> {
    query!(tx, fetch_all, "delete from pending_sign_ups where email_key = $1 returning id, token_hash", email_key)
}

/// Removes those that have run out.
pub async fn prune(connection: &mut Writer, now: OffsetDateTime) -> sqlx::Result<u64> {
    query!(connection, execute, "delete from pending_sign_ups where expires_at <= $1", now)
}
