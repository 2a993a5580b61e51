//! The table `mails`: mail that waits to be sent, and what became of it. How it is sent, `mail_delivery` tells.

use sqlx_macros::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::AccountId;

use super::{Connection, Transaction, Writer, query};

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

/// Queues a mail.
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

/// How many mails to a recipient were asked for since each of three times, that which `except` names left out; `notices`
/// says whether notices with a link count, too.
pub async fn count_asked(
    connection: &mut Connection,
    recipient_key: &[u8],
    except: Option<Uuid>,
    notices: bool,
    since: [OffsetDateTime; 3],
) -> sqlx::Result<[i64; 3]> {
    let (first, second, third): (i64, i64, i64) = query!(
        connection,
        fetch_one,
        "select count(case when created_at > $2 then 1 end), count(case when created_at > $3 then 1 end), count(*) \
         from mails where recipient_key = $1 and created_at > $4 and (priority = 0 or ($6 and link_id is not null)) \
         and ($5 is null or id <> $5)",
        recipient_key,
        since[0],
        since[1],
        since[2],
        except,
        notices,
    )?;
    Ok([first, second, third])
}

/// How many mails a client's address has asked for since the later of two times, and how many to this recipient since
/// the earlier one.
pub async fn count_of_asker(
    connection: &mut Connection,
    asker_key: &[u8],
    recipient_key: &[u8],
    (later, earlier): (OffsetDateTime, OffsetDateTime),
) -> sqlx::Result<(i64, i64)> {
    query!(
        connection,
        fetch_one,
        "select count(case when created_at > $3 then 1 end), count(case when recipient_key = $2 then 1 end) \
         from mails where asker_key = $1 and created_at > $4",
        asker_key,
        recipient_key,
        later,
        earlier,
    )
}

/// How many other mails to a recipient the client's address has asked for since then that has asked for this one.
pub async fn count_of_its_asker(
    connection: &mut Connection,
    mail: Uuid,
    recipient_key: &[u8],
    since: OffsetDateTime,
) -> sqlx::Result<i64> {
    let (count,): (i64,) = query!(
        connection,
        fetch_one,
        "select count(*) from mails where asker_key = (select asker_key from mails where id = $1) \
         and recipient_key = $2 and created_at > $3 and id <> $1",
        mail,
        recipient_key,
        since,
    )?;
    Ok(count)
}

/// The id of the link in the last mail of a purpose to an account since then.
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

/// Those that wait, in the order in which they are sent, `limit` at most.
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
pub async fn count_waiting(connection: &mut Connection) -> sqlx::Result<i64> {
    let (count,): (i64,) = query!(connection, fetch_one, "select count(*) from mails where state = 'waiting'")?;
    Ok(count)
}

/// Lets waiting mails be tried at once: the one named, or all.
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
pub async fn prune(connection: &mut Writer, until: OffsetDateTime, limit: i64) -> sqlx::Result<u64> {
    query!(
        connection,
        execute,
        "delete from mails where id in (select id from mails where settled_at < $1 limit $2)",
        until,
        limit,
    )
}
