//! The table `former_pictures`: whose the pictures were that others have taken the place of.

use time::OffsetDateTime;

use crate::model::{Account, AccountId};

use super::accounts::columns::account_columns;
use super::{Connection, Transaction, Writer, query};

/// The most that are kept of one account.
const MAX_PER_ACCOUNT: i64 = 100;

/// Notes the key of a picture that another has taken the place of. The oldest beyond a hundred of an account go.
pub async fn insert(tx: &mut Transaction, key: &str, id: AccountId, replaced_at: OffsetDateTime) -> sqlx::Result<()> {
    query!(
        tx,
        execute,
        "insert into former_pictures (picture_key, account_id, replaced_at) values ($1, $2, $3) \
         on conflict (picture_key) do nothing",
        key,
        id,
        replaced_at,
    )?;
    query!(
        tx,
        execute,
        "delete from former_pictures where account_id = $1 and picture_key not in (select picture_key \
         from former_pictures where account_id = $1 order by replaced_at desc, picture_key limit $2)",
        id,
        MAX_PER_ACCOUNT,
    )?;
    Ok(())
}

/// Forgets those of an account.
pub async fn clear_of(connection: &mut Writer, id: AccountId) -> sqlx::Result<()> {
    query!(connection, execute, "delete from former_pictures where account_id = $1", id)?;
    Ok(())
}

/// The account that had a picture of this key, if another took its place after a time.
pub async fn account(connection: &mut Connection, key: &str, after: OffsetDateTime) -> sqlx::Result<Option<Account>> {
    query!(
        connection,
        fetch_optional,
        concat!(
            "select ",
            account_columns!(),
            " from former_pictures join accounts on accounts.id = former_pictures.account_id \
             where former_pictures.picture_key = $1 and former_pictures.replaced_at > $2",
        ),
        key,
        after,
    )
}

/// Forgets those whose place was taken at a time or before.
pub async fn prune(connection: &mut Writer, until: OffsetDateTime) -> sqlx::Result<u64> {
    query!(connection, execute, "delete from former_pictures where replaced_at <= $1", until)
}
