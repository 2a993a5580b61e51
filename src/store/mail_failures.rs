//! The table `mail_failures`: addresses that mail came back from.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::AccountId;

use super::{Connection, Writer, query};

/// The condition that mail to the address which an account has comes back: an address that was confirmed since then takes
/// mail again.
macro_rules! mail_bounces {
    () => {
        "mail_failures.account_id = accounts.id and mail_failures.email_key = accounts.email_key \
         and (accounts.email_verified_at is null or accounts.email_verified_at < mail_failures.failed_at)"
    };
}
pub(in crate::store) use mail_bounces;

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

/// Since when mail to the address that an account has comes back, if it does.
pub async fn since(connection: &mut Connection, account: AccountId) -> sqlx::Result<Option<OffsetDateTime>> {
    let row: Option<(OffsetDateTime,)> = query!(
        connection,
        fetch_optional,
        concat!("select failed_at from accounts join mail_failures on ", mail_bounces!(), " where accounts.id = $1"),
        account,
    )?;
    Ok(row.map(|(failed_at,)| failed_at))
}

/// The account that a mail was about.
pub async fn account_of_mail(connection: &mut Connection, mail: Uuid) -> sqlx::Result<Option<AccountId>> {
    let row: Option<(Option<AccountId>,)> =
        query!(connection, fetch_optional, "select account_id from mails where id = $1", mail)?;
    Ok(row.and_then(|(account,)| account))
}
