//! The table `links`: links that work once, kept as hashes of their tokens, and how each has ended.

use time::OffsetDateTime;

use crate::model::{Account, AccountId, Generation};

use super::accounts::columns::account_columns;
use super::{Connection, Writer, query};

/// The purpose of links by which a user sets another password.
pub const PASSWORD: &str = "password";

/// How it is with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It works.
    Live,
    /// It was used.
    Used,
    /// Its time is over, or what it was about has changed.
    Expired,
    /// A later link took its place.
    Replaced,
}

impl LinkState {
    pub(super) fn of(ended_as: Option<&str>, expires_at: OffsetDateTime, now: OffsetDateTime) -> LinkState {
        match ended_as {
            Some("used") => LinkState::Used,
            Some(_) => LinkState::Replaced,
            None if expires_at <= now => LinkState::Expired,
            None => LinkState::Live,
        }
    }
}

/// Adds a link for a purpose, such as making the first admin. One about an account works while its generation lasts.
/// One that is there already stays as it is: a mail that is sent once more has the same link.
pub async fn insert(
    connection: &mut Writer,
    token_hash: &[u8],
    purpose: &str,
    account: Option<(AccountId, Generation)>,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "insert into links (token_hash, purpose, account_id, generation, expires_at) values ($1, $2, $3, $4, $5) \
         on conflict (token_hash) do nothing",
        token_hash,
        purpose,
        account.map(|(id, _)| id),
        account.map_or(Generation::default(), |(_, generation)| generation),
        expires_at,
    )?;
    Ok(())
}

/// Whether a link still works.
pub async fn exists(
    connection: &mut Connection,
    token_hash: &[u8],
    purpose: &str,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let row: Option<(i64,)> = query!(
        connection,
        fetch_optional,
        "select count(*) from links where token_hash = $1 and purpose = $2 and expires_at > $3 and ended_as is null",
        token_hash,
        purpose,
        now,
    )?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

/// Until when the last of the links for a purpose works, if any does.
pub async fn last(
    connection: &mut Connection,
    purpose: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<OffsetDateTime>> {
    let row: Option<(OffsetDateTime,)> = query!(
        connection,
        fetch_optional,
        "select expires_at from links where purpose = $1 and expires_at > $2 and ended_as is null \
         order by expires_at desc limit 1",
        purpose,
        now,
    )?;
    Ok(row.map(|(until,)| until))
}

/// Uses a link up. False when it does not work (any more): of two requests at once one gets true.
pub async fn take(
    connection: &mut Writer,
    token_hash: &[u8],
    purpose: &str,
    now: OffsetDateTime,
) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "update links set ended_as = 'used' where token_hash = $1 and purpose = $2 and expires_at > $3 and ended_as is null",
        token_hash,
        purpose,
        now,
    )?;
    Ok(rows == 1)
}

/// The account that a link is about, while it works and the account may be used.
pub async fn account(
    connection: &mut Connection,
    token_hash: &[u8],
    purpose: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<Account>> {
    query!(
        connection,
        fetch_optional,
        concat!(
            "select ",
            account_columns!(),
            " from links join accounts on accounts.id = account_id and accounts.generation = links.generation \
             where token_hash = $1 and purpose = $2 and expires_at > $3 and ended_as is null and status = 'active'",
        ),
        token_hash,
        purpose,
        now,
    )
}

/// How it is with the link of a token, for the page that tells. `None` for one that there never was, or long ago.
pub async fn state(
    connection: &mut Connection,
    token_hash: &[u8],
    purpose: &str,
    now: OffsetDateTime,
) -> sqlx::Result<Option<LinkState>> {
    let row: Option<(Option<String>, OffsetDateTime)> = query!(
        connection,
        fetch_optional,
        "select ended_as, expires_at from links where token_hash = $1 and purpose = $2",
        token_hash,
        purpose,
    )?;
    Ok(row.map(|(ended_as, expires_at)| LinkState::of(ended_as.as_deref(), expires_at, now)))
}

/// Ends every link of a purpose about one account: something else took its place.
pub async fn replace_of(connection: &mut Writer, purpose: &str, account: AccountId) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "update links set ended_as = 'replaced' where purpose = $1 and account_id = $2 and ended_as is null",
        purpose,
        account,
    )?;
    Ok(())
}

/// Removes every link of a purpose.
pub async fn clear(connection: &mut Writer, purpose: &str) -> sqlx::Result<()> {
    query!(connection, execute, "delete from links where purpose = $1", purpose)?;
    Ok(())
}

/// Removes links that have not worked since `until`.
pub async fn prune(connection: &mut Writer, until: OffsetDateTime) -> sqlx::Result<u64> {
    query!(connection, execute, "delete from links where expires_at <= $1", until)
}
