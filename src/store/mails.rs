//! The table `mails`: mail that waits to be sent, who sends it now, and what became of it.

use sqlx_macros::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::AccountId;

use super::{Backend, Connection, Transaction, Writer, query};

/// A mail as it is queued.
pub struct NewMail<'a> {
    /// Names it in the queue and in its Message-ID.
    pub id: Uuid,
    /// What it is about: decides its words.
    pub purpose: &'a str,
    /// What people wait for (0) goes before what they are told (1).
    pub priority: i64,
    /// The account it is about, once that is known.
    pub account: Option<AccountId>,
    /// To whom, or by what name a visitor asked.
    pub recipient: &'a str,
    /// The MAC of the recipient, which limits count.
    pub recipient_key: &'a [u8],
    /// The MAC of the client's address that asked, where a visitor did.
    pub asker_key: Option<&'a [u8]>,
    /// The tag of its language.
    pub language: &'a str,
    /// What it says beside its purpose, as JSON.
    pub detail: &'a str,
    /// The id that the token of its link is made from.
    pub link: Option<Uuid>,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// When it is of no use any more.
    pub give_up_at: OffsetDateTime,
}

/// A mail that waits.
#[derive(Clone, Debug, FromRow)]
pub struct MailRow {
    /// Names it in the queue and in its Message-ID.
    pub id: Uuid,
    /// What it is about.
    pub purpose: String,
    /// The account it is about, once that is known.
    pub account_id: Option<AccountId>,
    /// To whom, or by what name a visitor asked.
    pub recipient: Option<String>,
    /// The MAC of the recipient.
    pub recipient_key: Vec<u8>,
    /// The tag of its language.
    pub language: String,
    /// What it says beside its purpose, as JSON.
    pub detail: String,
    /// The id that the token of its link is made from.
    pub link_id: Option<Uuid>,
    /// How often it was tried.
    pub tries: i64,
    /// Why it was not sent yet.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// When it is tried next.
    pub not_before: OffsetDateTime,
    /// When it is of no use any more.
    pub give_up_at: OffsetDateTime,
}

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

/// Queues a mail.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &mut Transaction, mail: &NewMail<'_>) -> sqlx::Result<()> {
    query!(
        tx,
        execute,
        "insert into mails (id, purpose, priority, account_id, recipient, recipient_key, asker_key, language, detail, \
         link_id, state, tries, created_at, not_before, give_up_at, held_until) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', 0, $11, $11, $12, 0)",
        mail.id,
        mail.purpose,
        mail.priority,
        mail.account,
        mail.recipient,
        mail.recipient_key,
        mail.asker_key,
        mail.language,
        mail.detail,
        mail.link,
        mail.created_at,
        mail.give_up_at,
    )?;
    Ok(())
}

/// How many mails to a recipient were asked for since each of three times, those that `except` names left out.
///
/// # Errors
/// The database's.
pub async fn count_asked(
    connection: &mut Connection,
    recipient_key: &[u8],
    except: Option<Uuid>,
    since: [OffsetDateTime; 3],
) -> sqlx::Result<[i64; 3]> {
    let (first, second, third): (i64, i64, i64) = query!(
        connection,
        fetch_one,
        "select count(case when created_at > $2 then 1 end), count(case when created_at > $3 then 1 end), count(*) \
         from mails where recipient_key = $1 and created_at > $4 and priority = 0 and ($5 is null or id <> $5)",
        recipient_key,
        since[0],
        since[1],
        since[2],
        except,
    )?;
    Ok([first, second, third])
}

/// How many mails a client's address has asked for since then.
///
/// # Errors
/// The database's.
pub async fn count_of_asker(connection: &mut Connection, asker_key: &[u8], since: OffsetDateTime) -> sqlx::Result<i64> {
    let (count,): (i64,) = query!(
        connection,
        fetch_one,
        "select count(*) from mails where asker_key = $1 and created_at > $2",
        asker_key,
        since,
    )?;
    Ok(count)
}

/// The id of the link in the last mail of a purpose to an account since then.
///
/// # Errors
/// The database's.
pub async fn last_link(
    connection: &mut Connection,
    account: AccountId,
    purpose: &str,
    since: OffsetDateTime,
) -> sqlx::Result<Option<Uuid>> {
    let row: Option<(Uuid,)> = query!(
        connection,
        fetch_optional,
        "select link_id from mails where account_id = $1 and purpose = $2 and created_at > $3 and link_id is not null \
         order by created_at desc, id desc limit 1",
        account,
        purpose,
        since,
    )?;
    Ok(row.map(|(id,)| id))
}

/// Whether an account was told of something since then, at this address.
///
/// # Errors
/// The database's.
pub async fn was_told(
    connection: &mut Connection,
    account: AccountId,
    purpose: &str,
    recipient_key: &[u8],
    since: OffsetDateTime,
) -> sqlx::Result<bool> {
    let (count,): (i64,) = query!(
        connection,
        fetch_one,
        "select count(*) from mails where account_id = $1 and purpose = $2 and created_at > $3 and recipient_key = $4",
        account,
        purpose,
        since,
        recipient_key,
    )?;
    Ok(count > 0)
}

/// Whether a recipient was sent a mail since then.
///
/// # Errors
/// The database's.
pub async fn was_sent(connection: &mut Connection, recipient_key: &[u8], since: OffsetDateTime) -> sqlx::Result<bool> {
    let (count,): (i64,) = query!(
        connection,
        fetch_one,
        "select count(*) from mails where recipient_key = $1 and created_at > $2 and state = 'sent'",
        recipient_key,
        since,
    )?;
    Ok(count > 0)
}

/// Takes the mail that is to be sent next, for `lease` milliseconds by the database's clock. `None` when nothing is due.
/// Of purposes that are not among `known` (`,one,two,`) it takes those alone that are of no use any more.
///
/// # Errors
/// The database's.
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
             order by priority, created_at, id limit 1) \
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
             order by priority, created_at, id limit 1 for update skip locked) \
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
///
/// # Errors
/// The database's.
pub async fn is_due(connection: &mut Connection, known: &str, now: OffsetDateTime) -> sqlx::Result<bool> {
    let row: Option<(i64,)> = query!(
        connection,
        fetch_optional,
        "select tries from mails where state = 'waiting' and not_before <= $1 \
         and ($2 like '%,' || purpose || ',%' or give_up_at <= $1) limit 1",
        now,
        known,
    )?;
    Ok(row.is_some())
}

/// Notes whose mail it is, and that it goes to the account's address.
///
/// # Errors
/// The database's.
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
///
/// # Errors
/// The database's.
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
///
/// # Errors
/// The database's.
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
///
/// # Errors
/// The database's.
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
///
/// # Errors
/// The database's.
pub async fn sent_since(connection: &mut Connection, since: OffsetDateTime) -> sqlx::Result<i64> {
    let (count,): (i64,) =
        query!(connection, fetch_one, "select count(*) from mails where settled_at > $1 and state = 'sent'", since,)?;
    Ok(count)
}

/// Those that wait, in the order in which they are sent, `limit` at most.
///
/// # Errors
/// The database's.
pub async fn waiting(connection: &mut Connection, limit: i64) -> sqlx::Result<Vec<MailRow>> {
    query!(
        connection,
        fetch_all,
        "select id, purpose, account_id, recipient, recipient_key, language, detail, link_id, tries, error, created_at, \
         not_before, give_up_at from mails where state = 'waiting' order by priority, created_at, id limit $1",
        limit,
    )
}

/// What became of a mail.
#[derive(Clone, Debug, FromRow)]
pub struct SentMail {
    /// What it was about.
    pub purpose: String,
    /// `waiting`, `sent`, `dropped` or `failed`.
    pub state: String,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// When it was settled.
    pub settled_at: Option<OffsetDateTime>,
}

/// The mails about an account that are remembered, the newest first, `limit` at most.
///
/// # Errors
/// The database's.
pub async fn of_account(connection: &mut Connection, account: AccountId, limit: i64) -> sqlx::Result<Vec<SentMail>> {
    query!(
        connection,
        fetch_all,
        "select purpose, state, created_at, settled_at from mails where account_id = $1 order by id desc limit $2",
        account,
        limit,
    )
}

/// How many wait.
///
/// # Errors
/// The database's.
pub async fn count_waiting(connection: &mut Connection) -> sqlx::Result<i64> {
    let (count,): (i64,) = query!(connection, fetch_one, "select count(*) from mails where state = 'waiting'")?;
    Ok(count)
}

/// Lets waiting mails be tried at once: the one named, or all.
///
/// # Errors
/// The database's.
pub async fn hurry(connection: &mut Writer, id: Option<Uuid>, now: OffsetDateTime) -> sqlx::Result<u64> {
    query!(
        connection,
        execute,
        "update mails set not_before = $2 where state = 'waiting' and ($1 is null or id = $1)",
        id,
        now,
    )
}

/// Drops what waits for an account, and takes the personal data out of every row about it.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &mut Transaction, account: AccountId, now: OffsetDateTime) -> sqlx::Result<()> {
    query!(
        tx,
        execute,
        "update mails set recipient = null, detail = '', account_id = null, \
         settled_at = coalesce(settled_at, $2), state = case when state = 'waiting' then 'dropped' else state end \
         where account_id = $1",
        account,
        now,
    )?;
    Ok(())
}

/// Removes what was settled before `until`, `limit` rows at most.
///
/// # Errors
/// The database's.
pub async fn prune(connection: &mut Writer, until: OffsetDateTime, limit: i64) -> sqlx::Result<u64> {
    query!(
        connection,
        execute,
        "delete from mails where id in (select id from mails where settled_at < $1 limit $2)",
        until,
        limit,
    )
}
