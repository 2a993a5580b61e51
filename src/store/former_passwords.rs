//! The table `former_passwords`: the password that an account had before a program with a token changed it.

use time::OffsetDateTime;

use crate::model::AccountId;

use super::{Writer, query};

/// Keeps the password that an account has now, before another is set. One that is kept already stays: it is the one from
/// before all that the program does.
pub async fn keep(
    connection: &mut Writer,
    account: AccountId,
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "delete from former_passwords where account_id = $1 and expires_at <= $2",
        account,
        now
    )?;
    query!(
        connection,
        execute,
        "insert into former_passwords (account_id, password_hash, expires_at) \
         select id, password_hash, $2 from accounts where id = $1 and password_hash is not null \
         on conflict (account_id) do nothing",
        account,
        expires_at,
    )?;
    Ok(())
}

/// Forgets it: the account's owner, or an admin, has set another.
pub async fn forget(connection: &mut Writer, account: AccountId) -> sqlx::Result<()> {
    query!(connection, execute, "delete from former_passwords where account_id = $1", account)?;
    Ok(())
}

/// Removes what has expired.
pub async fn prune(connection: &mut Writer, now: OffsetDateTime) -> sqlx::Result<()> {
    query!(connection, execute, "delete from former_passwords where expires_at <= $1", now)?;
    Ok(())
}
