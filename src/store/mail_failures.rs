//! The table `mail_failures`: addresses that mail came back from.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::{Account, AccountId};

use super::{Connection, Writer, query};

/// Notes that mail to the address that an account has came back.
pub async fn note(connection: &mut Writer, account: AccountId, now: OffsetDateTime) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "insert into mail_failures (account_id, email_key, failed_at) \
         select id, email_key, $2 from accounts where id = $1 and email_key is not null \
         on conflict (account_id) do update set email_key = excluded.email_key, failed_at = excluded.failed_at",
        account,
        now,
    )?;
    Ok(rows == 1)
}

/// Since when mail to the address that an account has comes back, if it does: an address that was confirmed since then
/// takes mail again.
pub async fn since(connection: &mut Connection, account: &Account) -> sqlx::Result<Option<OffsetDateTime>> {
    let row: Option<(OffsetDateTime,)> = query!(
        connection,
        fetch_optional,
        "select failed_at from mail_failures where account_id = $1 and email_key = $2",
        account.id,
        account.email.as_ref().map(crate::model::Email::key),
    )?;
    Ok(row.map(|(failed_at,)| failed_at).filter(|failed_at| account.email_verified_at < Some(*failed_at)))
}

/// The account that a mail was about.
pub async fn account_of_mail(connection: &mut Connection, mail: Uuid) -> sqlx::Result<Option<AccountId>> {
    let row: Option<(Option<AccountId>,)> =
        query!(connection, fetch_optional, "select account_id from mails where id = $1", mail)?;
    Ok(row.and_then(|(account,)| account))
}
