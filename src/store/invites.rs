//! The table `invites`: links by which people may open an account, kept as hashes of their tokens.

use sqlx_macros::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::AccountId;

use super::{Connection, Writer, query};

/// An invitation.
#[derive(Clone, Debug, FromRow)]
pub struct Invite {
    /// Names it in lists; opens nothing.
    pub id: Uuid,
    /// The e-mail that stands in its form at first.
    pub email: Option<String>,
    /// Who made it, while that account is there.
    pub invited_by: Option<AccountId>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it stops working.
    pub expires_at: OffsetDateTime,
}

/// Adds an invitation.
pub async fn insert(connection: &mut Writer, invite: &Invite, token_hash: &[u8]) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "insert into invites (id, token_hash, email, invited_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)",
        invite.id,
        token_hash,
        &invite.email,
        invite.invited_by,
        invite.created_at,
        invite.expires_at,
    )?;
    Ok(())
}

/// Those that still work, the newest first, `limit` at most.
pub async fn list(connection: &mut Connection, now: OffsetDateTime, limit: i64) -> sqlx::Result<Vec<Invite>> {
    query!(
        connection,
        fetch_all,
        "select id, email, invited_by, created_at, expires_at from invites where expires_at > $1 \
         order by id desc limit $2",
        now,
        limit,
    )
}

/// The invitation of a token, while it works.
pub async fn find(connection: &mut Connection, token_hash: &[u8], now: OffsetDateTime) -> sqlx::Result<Option<Invite>> {
    query!(
        connection,
        fetch_optional,
        "select id, email, invited_by, created_at, expires_at from invites where token_hash = $1 and expires_at > $2",
        token_hash,
        now,
    )
}

/// Uses an invitation up. False when it does not work (any more): of two requests at once one gets true.
pub async fn take(connection: &mut Writer, token_hash: &[u8], now: OffsetDateTime) -> sqlx::Result<bool> {
    Ok(query!(connection, execute, "delete from invites where token_hash = $1 and expires_at > $2", token_hash, now)?
        == 1)
}

/// Withdraws an invitation. False when there is none such (any more).
pub async fn delete(connection: &mut Writer, id: Uuid) -> sqlx::Result<bool> {
    Ok(query!(connection, execute, "delete from invites where id = $1", id)? == 1)
}

/// Removes those that no longer work.
pub async fn prune(connection: &mut Writer, now: OffsetDateTime) -> sqlx::Result<u64> {
    query!(connection, execute, "delete from invites where expires_at <= $1", now)
}
