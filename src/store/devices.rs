//! Where accounts are logged in, by either kind: sessions and families of tokens.

use crate::model::AccountId;

use super::{Connection, Transaction, query};

/// Up to 1,000 rows of an account beyond those used last, of a table.
macro_rules! surplus {
    ($table:literal) => {
        concat!(
            "delete from ",
            $table,
            " where id in (select id from ",
            $table,
            " where account_id = $1 order by seen_at desc, created_at desc, id limit 1000 offset $2)"
        )
    };
}

/// Some of the accounts that have more than `most` sessions, or more families of tokens.
pub async fn crowded(connection: &mut Connection, most: i64) -> sqlx::Result<Vec<AccountId>> {
    let rows: Vec<(AccountId,)> = query!(
        connection,
        fetch_all,
        "select account_id from sessions group by account_id having count(*) > $1 \
         union select account_id from token_families group by account_id having count(*) > $1 limit 1000",
        most,
    )?;
    Ok(rows.into_iter().map(|(account,)| account).collect())
}

/// Ends up to 1,000 sessions of an account beyond the `most` that were used last, and families likewise. Gives how many.
pub async fn end_surplus(tx: &mut Transaction, account: AccountId, most: i64) -> sqlx::Result<u64> {
    let sessions = query!(&mut *tx, execute, surplus!("sessions"), account, most)?;
    let families = query!(tx, execute, surplus!("token_families"), account, most)?;
    Ok(sessions + families)
}
