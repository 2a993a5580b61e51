//! The table `former_usernames`: names that accounts had before a change. The database itself refuses them to other
//! accounts until they expire.

use time::OffsetDateTime;

use crate::model::{Account, AccountId, Keys, Username};

use super::accounts::columns::account_columns;
use super::{Connection, Transaction, Writer, query};

/// The most that are kept of one account: who changes names again and again does not take them all from others.
const MAX_KEPT: i64 = 10;

/// Keeps the name that an account gives up, until `expires_at`; the one that it takes, it may have had before.
pub async fn keep(
    tx: &mut Transaction,
    id: AccountId,
    given_up: &Username,
    taken: Option<&Username>,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    query!(
        &mut *tx,
        execute,
        "delete from former_usernames where account_id = $1 and username_key = $2",
        id,
        taken.map(Username::key),
    )?;
    // One of another account has expired: otherwise this one could not have had the name.
    query!(
        &mut *tx,
        execute,
        "insert into former_usernames (username_key, username_skeleton, username_key_skeleton, account_id, expires_at) \
         values ($1, $2, $3, $4, $5) \
         on conflict (username_key) do update set username_skeleton = excluded.username_skeleton, \
         username_key_skeleton = excluded.username_key_skeleton, account_id = excluded.account_id, expires_at = excluded.expires_at",
        given_up.key(),
        given_up.skeleton(),
        given_up.key_skeleton(),
        id,
        expires_at,
    )?;
    query!(
        tx,
        execute,
        "delete from former_usernames where account_id = $1 and username_key <> $2 and username_key not in \
         (select username_key from former_usernames where account_id = $1 and username_key <> $2 \
         order by expires_at desc, username_key limit $3)",
        id,
        given_up.key(),
        MAX_KEPT - 1,
    )?;
    Ok(())
}

/// The account that has one of these username keys, or had it last. One question, whichever it finds.
pub async fn find_account(
    connection: &mut Connection,
    keys: &Keys,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Account>> {
    for key in keys.iter() {
        let found: Option<Account> = query!(
            &mut *connection,
            fetch_optional,
            concat!(
                "select ",
                account_columns!(),
                " from accounts where username_key = $1 or id = \
                 (select account_id from former_usernames where username_key = $1 and expires_at > $2) \
                 order by case when username_key = $1 then 0 else 1 end limit 1",
            ),
            key,
            now,
        )?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The keys of the names that an account had and that are kept, and until when.
pub async fn of_account(
    connection: &mut Connection,
    id: AccountId,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<(String, OffsetDateTime)>> {
    query!(
        connection,
        fetch_all,
        "select username_key, expires_at from former_usernames where account_id = $1 and expires_at > $2 \
         order by expires_at desc, username_key",
        id,
        now,
    )
}

/// Removes those that have expired.
pub async fn prune(connection: &mut Writer, now: OffsetDateTime) -> sqlx::Result<u64> {
    query!(connection, execute, "delete from former_usernames where expires_at <= $1", now)
}
