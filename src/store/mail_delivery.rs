//! Delivery of the table `mails`: which replica sends what, and what came of it.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::AccountId;

use super::mails::MailRow;
use super::{Backend, Connection, Writer, query};

/// How a mail was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The relay, or the recipient's server, has taken it.
    Sent,
    /// It was of no use (any more): no such account, its link has ended.
    Dropped,
    /// It could not be sent.
    Failed,
}

impl Settled {
    fn as_str(self) -> &'static str {
        match self {
            Settled::Sent => "sent",
            Settled::Dropped => "dropped",
            Settled::Failed => "failed",
        }
    }
}

/// Takes the mail that is to be sent next, for `lease` milliseconds by the database's clock. `None` when nothing is due.
/// What was tried before comes after what was not: recipients whose servers stall hold up no other mail.
/// Of purposes that are not among `known` (`,one,two,`) it takes those alone that are of no use any more.
pub async fn lease(
    connection: &mut Writer,
    holder: Uuid,
    lease: i64,
    known: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<MailRow>> {
    // The replicas' own clocks may differ; the database has one.
    match connection.backend() {
        Backend::Sqlite => query!(
            connection,
            fetch_optional,
            "update mails set holder = $1, held_until = cast(unixepoch('subsec') * 1000 as integer) + $2 \
             where id = (select id from mails where state = 'waiting' and not_before <= $3 \
             and ($4 like '%,' || purpose || ',%' or give_up_at <= $3) \
             and held_until < cast(unixepoch('subsec') * 1000 as integer) \
             order by priority, tries, created_at, id limit 1) \
             returning id, purpose, account_id, recipient, recipient_key, language, detail, link_id, tries, error, \
             created_at, not_before, give_up_at",
            holder,
            lease,
            now,
            known,
        ),
        Backend::Postgres => query!(
            connection,
            fetch_optional,
            "update mails set holder = $1, \
             held_until = cast(extract(epoch from clock_timestamp()) * 1000 as bigint) + $2 \
             where id = (select id from mails where state = 'waiting' and not_before <= $3 \
             and ($4 like '%,' || purpose || ',%' or give_up_at <= $3) \
             and held_until < cast(extract(epoch from clock_timestamp()) * 1000 as bigint) \
             order by priority, tries, created_at, id limit 1 for update skip locked) \
             returning id, purpose, account_id, recipient, recipient_key, language, detail, link_id, tries, error, \
             created_at, not_before, give_up_at",
            holder,
            lease,
            now,
            known,
        ),
    }
}

/// Whether anything is due that [`lease`] would give, for a look that writes nothing.
pub async fn is_due(connection: &mut Connection, known: &str, now: OffsetDateTime) -> sqlx::Result<bool> {
    let row: Option<(i64,)> = match connection.backend() {
        Backend::Sqlite => query!(
            connection,
            fetch_optional,
            "select tries from mails where state = 'waiting' and not_before <= $1 \
             and ($2 like '%,' || purpose || ',%' or give_up_at <= $1) \
             and held_until < cast(unixepoch('subsec') * 1000 as integer) limit 1",
            now,
            known,
        ),
        Backend::Postgres => query!(
            connection,
            fetch_optional,
            "select tries from mails where state = 'waiting' and not_before <= $1 \
             and ($2 like '%,' || purpose || ',%' or give_up_at <= $1) \
             and held_until < cast(extract(epoch from clock_timestamp()) * 1000 as bigint) limit 1",
            now,
            known,
        ),
    }?;
    Ok(row.is_some())
}

/// Notes whose mail it is, and that it goes to the account's address.
pub async fn bind(
    connection: &mut Writer,
    id: Uuid,
    account: AccountId,
    recipient: &str,
    recipient_key: &[u8],
) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "update mails set account_id = $2, recipient = $3, recipient_key = $4 where id = $1",
        id,
        account,
        recipient,
        recipient_key,
    )?;
    Ok(())
}

/// Settles a mail that `holder` has: what was personal in its row is gone then.
pub async fn settle(
    connection: &mut Writer,
    id: Uuid,
    holder: Uuid,
    settled: Settled,
    error: Option<&str>,
    now: OffsetDateTime,
) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "update mails set state = $3, error = $4, settled_at = $5, recipient = null, detail = '', holder = null, \
         held_until = 0, tries = tries + 1 where id = $1 and holder = $2 and state = 'waiting'",
        id,
        holder,
        settled.as_str(),
        error,
        now,
    )?;
    Ok(())
}

/// Gives a mail back that was tried in vain: it is tried again at `not_before`.
pub async fn put_off(
    connection: &mut Writer,
    id: Uuid,
    holder: Uuid,
    error: &str,
    not_before: OffsetDateTime,
) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "update mails set tries = tries + 1, error = $3, not_before = $4, holder = null, held_until = 0 \
         where id = $1 and holder = $2",
        id,
        holder,
        error,
        not_before,
    )?;
    Ok(())
}

/// Gives a mail back that was not tried.
pub async fn release(connection: &mut Writer, id: Uuid, holder: Uuid) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "update mails set holder = null, held_until = 0 where id = $1 and holder = $2",
        id,
        holder,
    )?;
    Ok(())
}

/// How many were sent since then, by any replica.
pub async fn sent_since(connection: &mut Connection, since: OffsetDateTime) -> sqlx::Result<i64> {
    let (count,): (i64,) =
        query!(connection, fetch_one, "select count(*) from mails where settled_at > $1 and state = 'sent'", since,)?;
    Ok(count)
}
