//! Links that confirm an address: rows of the table `links` with the key of that address. Such a link stays good whatever
//! else changes of the account, while the address is still the account's.

use sqlx_macros::FromRow;
use time::OffsetDateTime;

use crate::model::{Account, AccountId};

use super::accounts::columns::account_columns;
use super::links::LinkState;
use super::{Connection, Writer, query};

/// The purpose of links that confirm the address of an account.
pub const ADDRESS: &str = "confirm-email";

/// The purpose of links that confirm the address of a sign-up.
pub const SIGN_UP: &str = "confirm-sign-up";

/// A link as it is kept.
#[derive(Clone, Debug, FromRow)]
pub struct Confirmation {
    /// The account it is about, where there is one.
    pub account_id: Option<AccountId>,
    /// When it stops working.
    pub expires_at: OffsetDateTime,
    ended_as: Option<String>,
}

impl Confirmation {
    /// How it is with the link itself, whatever has become of its account.
    pub fn state(&self, now: OffsetDateTime) -> LinkState {
        LinkState::of(self.ended_as.as_deref(), self.expires_at, now)
    }
}

/// Adds a link that was mailed to the address with this key, which is kept for an account alone: without one it would
/// outlive what it is about. One that is there already stays as it is.
pub async fn insert(
    connection: &mut Writer,
    token_hash: &[u8],
    purpose: &str,
    account: Option<&Account>,
    email_key: Option<&str>,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "insert into links (token_hash, purpose, account_id, generation, email_key, expires_at) \
         values ($1, $2, $3, $4, $5, $6) on conflict (token_hash) do nothing",
        token_hash,
        purpose,
        account.map(|account| account.id),
        account.map(|account| account.generation).unwrap_or_default(),
        email_key,
        expires_at,
    )?;
    Ok(())
}

/// The link of a token, whether it works or not.
pub async fn find(connection: &mut Connection, token_hash: &[u8], purpose: &str) -> sqlx::Result<Option<Confirmation>> {
    query!(
        connection,
        fetch_optional,
        "select account_id, expires_at, ended_as from links where token_hash = $1 and purpose = $2",
        token_hash,
        purpose,
    )
}

/// The account whose address a link confirms, while it works, the address is the account's, and nothing else has
/// confirmed it.
pub async fn account(
    connection: &mut Connection,
    token_hash: &[u8],
    now: OffsetDateTime,
) -> sqlx::Result<Option<Account>> {
    query!(
        connection,
        fetch_optional,
        concat!(
            "select ",
            account_columns!(),
            " from links join accounts on accounts.id = links.account_id and accounts.email_key = links.email_key \
             where token_hash = $1 and purpose = 'confirm-email' and expires_at > $2 and ended_as is null \
             and status = 'active' and email_verified_at is null",
        ),
        token_hash,
        now,
    )
}

/// Whether a link was mailed to the address with this key: who has it, reads what comes there.
pub async fn is_mailed_to(connection: &mut Connection, token_hash: &[u8], email_key: &str) -> sqlx::Result<bool> {
    let (count,): (i64,) = query!(
        connection,
        fetch_one,
        "select count(*) from links where token_hash = $1 and email_key = $2",
        token_hash,
        email_key,
    )?;
    Ok(count > 0)
}

/// Ends a link: another took its place.
pub async fn replace(connection: &mut Writer, token_hash: &[u8]) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "update links set ended_as = 'replaced' where token_hash = $1 and ended_as is null",
        token_hash,
    )?;
    Ok(())
}
