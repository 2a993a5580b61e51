//! The tables `email_changes` and `email_undos`: changes of an account's e-mail that wait for the new address to
//! confirm, and ways back to the address before.

use sqlx_macros::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::{AccountId, Generation};

use super::links::LinkState;
use super::{Connection, Writer, columns, query};

/// How a change has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The new address has confirmed it.
    Confirmed,
    /// The old address has stopped it.
    Stopped,
    /// The account got another address, or another change was asked for.
    Replaced,
}

impl Ended {
    fn as_str(self) -> &'static str {
        match self {
            Ended::Confirmed => "confirmed",
            Ended::Stopped => "stopped",
            Ended::Replaced => "replaced",
        }
    }
}

/// A change that waits, or how it has ended.
#[derive(Clone, Debug, FromRow)]
pub struct EmailChange {
    /// What the token of its link is made from.
    pub id: Uuid,
    /// Of which account.
    pub account_id: AccountId,
    /// The generation of the account that it is good for.
    pub generation: Generation,
    /// The new address, as typed.
    pub email: String,
    /// Its key.
    pub email_key: String,
    /// The handle of the session that asked for it.
    pub session: Option<Vec<u8>>,
    /// How it has ended.
    pub ended_as: Option<String>,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// Until when it waits.
    pub expires_at: OffsetDateTime,
}

columns!(change_columns of "email_changes":
    "id", "account_id", "generation", "email", "email_key", "session", "ended_as", "created_at", "expires_at",
);

impl EmailChange {
    /// Whether it still waits, as far as its row tells: the generation of the account is not asked for.
    pub fn waits(&self, now: OffsetDateTime) -> bool {
        self.ended_as.is_none() && self.expires_at > now
    }

    /// How it is with the link that confirms it.
    pub fn confirm_state(&self, now: OffsetDateTime) -> LinkState {
        self.state_of_link("confirmed", now)
    }

    /// How it is with the link that stops it.
    pub fn stop_state(&self, now: OffsetDateTime) -> LinkState {
        self.state_of_link("stopped", now)
    }

    /// How it is with the link whose use ends the change in this way: after another end it is of no use any more.
    fn state_of_link(&self, used: &str, now: OffsetDateTime) -> LinkState {
        match self.ended_as.as_deref() {
            Some(ended) if ended == used => LinkState::Used,
            Some("replaced") => LinkState::Replaced,
            Some(_) => LinkState::Expired,
            None if self.expires_at <= now => LinkState::Expired,
            None => LinkState::Live,
        }
    }
}

/// Adds a change that waits; those of the account that waited before have ended.
pub async fn insert(
    connection: &mut Writer,
    change: &EmailChange,
    confirm_hash: &[u8],
    stop_hash: &[u8],
) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "insert into email_changes (id, account_id, generation, email, email_key, session, confirm_hash, stop_hash, \
         created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        change.id,
        change.account_id,
        change.generation,
        change.email.as_str(),
        change.email_key.as_str(),
        change.session.as_deref(),
        confirm_hash,
        stop_hash,
        change.created_at,
        change.expires_at,
    )?;
    Ok(())
}

/// The change that waits of an account, if one does.
pub async fn waiting(
    connection: &mut Connection,
    account: AccountId,
    generation: Generation,
    now: OffsetDateTime,
) -> sqlx::Result<Option<EmailChange>> {
    query!(
        connection,
        fetch_optional,
        concat!(
            "select ",
            change_columns!(),
            " from email_changes where account_id = $1 and generation = $2 and ended_as is null and expires_at > $3"
        ),
        account,
        generation,
        now,
    )
}

/// The change that the link with this hash confirms, however it has ended.
pub async fn by_confirm(connection: &mut Connection, hash: &[u8]) -> sqlx::Result<Option<EmailChange>> {
    query!(
        connection,
        fetch_optional,
        concat!("select ", change_columns!(), " from email_changes where confirm_hash = $1"),
        hash,
    )
}

/// The change that the link with this hash stops, however it has ended.
pub async fn by_stop(connection: &mut Connection, hash: &[u8]) -> sqlx::Result<Option<EmailChange>> {
    query!(
        connection,
        fetch_optional,
        concat!("select ", change_columns!(), " from email_changes where stop_hash = $1"),
        hash,
    )
}

/// Ends a change. False when it waits no more: of two requests at once one gets true.
pub async fn end(connection: &mut Writer, id: Uuid, how: Ended, now: OffsetDateTime) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "update email_changes set ended_as = $2 where id = $1 and ended_as is null and expires_at > $3",
        id,
        how.as_str(),
        now,
    )?;
    Ok(rows == 1)
}

/// Ends whatever change of an account waits: something else took its place. Gives how many.
pub async fn replace_of(connection: &mut Writer, account: AccountId) -> sqlx::Result<u64> {
    query!(
        connection,
        execute,
        "update email_changes set ended_as = 'replaced' where account_id = $1 and ended_as is null",
        account,
    )
}

/// A way back to an address, or how it has ended.
#[derive(Clone, Debug, FromRow)]
pub struct EmailUndo {
    /// What the token of its link is made from. Those made later are greater.
    pub id: Uuid,
    /// Of which account.
    pub account_id: AccountId,
    /// The address before the change, as typed.
    pub email: String,
    /// Its key.
    pub email_key: String,
    /// The hash of the password that takes it back.
    pub password_hash: Option<String>,
    /// How it has ended.
    pub ended_as: Option<String>,
    /// Until when it works.
    pub expires_at: OffsetDateTime,
}

impl EmailUndo {
    /// How it is with its link.
    pub fn state(&self, now: OffsetDateTime) -> LinkState {
        match self.ended_as.as_deref() {
            Some("used") => LinkState::Used,
            Some(_) => LinkState::Replaced,
            None if self.expires_at <= now => LinkState::Expired,
            None => LinkState::Live,
        }
    }
}

/// Adds a way back, with the password that the account has now, or that it had before a program changed it.
pub async fn insert_undo(
    connection: &mut Writer,
    undo: &EmailUndo,
    token_hash: &[u8],
    created_at: OffsetDateTime,
) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "insert into email_undos (id, account_id, email, email_key, password_hash, token_hash, created_at, expires_at) \
         values ($1, $2, $3, $4, coalesce( \
         (select password_hash from former_passwords where account_id = $2 and expires_at > $6), \
         (select password_hash from accounts where id = $2)), $5, $6, $7)",
        undo.id,
        undo.account_id,
        undo.email.as_str(),
        undo.email_key.as_str(),
        token_hash,
        created_at,
        undo.expires_at,
    )?;
    Ok(())
}

/// The way back of the link with this hash, however it has ended.
pub async fn undo(connection: &mut Connection, token_hash: &[u8]) -> sqlx::Result<Option<EmailUndo>> {
    query!(
        connection,
        fetch_optional,
        "select id, account_id, email, email_key, password_hash, ended_as, expires_at from email_undos \
         where token_hash = $1",
        token_hash,
    )
}

/// The former addresses of an account that there is a way back to, and until when.
pub async fn undos_of(
    connection: &mut Connection,
    account: AccountId,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<(String, OffsetDateTime)>> {
    query!(
        connection,
        fetch_all,
        "select email, expires_at from email_undos where account_id = $1 and ended_as is null and expires_at > $2 \
         order by id",
        account,
        now,
    )
}

/// Uses a way back up, and ends the later ones of the account. False when it does not work (any more): of two requests at
/// once one gets true.
pub async fn take_undo(connection: &mut Writer, undo: &EmailUndo, now: OffsetDateTime) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "update email_undos set ended_as = 'used', password_hash = null \
         where id = $1 and ended_as is null and expires_at > $2",
        undo.id,
        now,
    )?;
    query!(
        connection,
        execute,
        "update email_undos set ended_as = 'replaced', password_hash = null \
         where account_id = $1 and id > $2 and ended_as is null",
        undo.account_id,
        undo.id,
    )?;
    Ok(rows == 1)
}

/// Removes what has not worked since `until`, and the hashes of passwords that are of no use any more.
pub async fn prune(connection: &mut Writer, now: OffsetDateTime, until: OffsetDateTime) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "update email_undos set password_hash = null where expires_at <= $1 and password_hash is not null",
        now,
    )?;
    query!(connection, execute, "delete from email_undos where expires_at <= $1", until)?;
    query!(connection, execute, "delete from email_changes where expires_at <= $1", until)?;
    Ok(())
}
