//! The tables `token_families` and `spent_tokens`: which tokens are good. A family that is gone has ended, and so has
//! one whose account has another generation by now.

use sqlx::AssertSqlSafe;
use sqlx_macros::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::model::audit::Entry;
use crate::model::{AccountId, Generation};

use super::login_writer::{self, Kind, NewLogin};
use super::{Connection, Db, Transaction, Writer, columns, query};

/// The condition that the app password which a family was logged in with, if any, has not run out.
macro_rules! is_live_by {
    ($now:literal) => {
        concat!(
            "(app_password_id is null or exists (select 1 from app_passwords where app_passwords.id = app_password_id \
             and (app_passwords.expires_at is null or app_passwords.expires_at > ",
            $now,
            ")))"
        )
    };
}

mod in_use;

pub use in_use::{Families, Holder};

/// A log-in of a program, as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct Family {
    /// What its tokens carry as `sid`.
    pub id: Uuid,
    /// Whose it is.
    pub account_id: AccountId,
    /// What the account's generation was at the log-in.
    pub generation: Generation,
    /// The dialect that issued it.
    pub door: String,
    /// What the program calls itself.
    pub device: String,
    /// The address it logged in from.
    pub address: String,
    /// The refresh token that is good now.
    pub refresh_id: Option<String>,
    /// The one it replaced.
    pub previous_id: Option<String>,
    /// When the tokens that are good now were issued.
    pub issued_at: OffsetDateTime,
    /// The time of the log-in.
    pub created_at: OffsetDateTime,
    /// When it was last used, give or take a few minutes.
    pub seen_at: OffsetDateTime,
    /// When its last token runs out.
    pub expires_at: OffsetDateTime,
    /// The app password that it was logged in with, if it was one.
    pub app_password_id: Option<Uuid>,
}

columns!(pub(super) COLUMNS, family_columns of "token_families":
    "id", "account_id", "generation", "door", "device", "address", "refresh_id", "previous_id", "issued_at",
    "created_at", "seen_at", "expires_at", "app_password_id",
);

/// Adds a family.
pub async fn insert(connection: &mut Writer, family: &Family) -> sqlx::Result<()> {
    let sql = format!(
        "insert into token_families ({}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        COLUMNS.join(", ")
    );
    query!(
        connection,
        execute,
        AssertSqlSafe(sql),
        family.id,
        family.account_id,
        family.generation,
        &family.door,
        &family.device,
        &family.address,
        &family.refresh_id,
        &family.previous_id,
        family.issued_at,
        family.created_at,
        family.seen_at,
        family.expires_at,
        family.app_password_id,
    )?;
    Ok(())
}

/// Adds the family of a program that has just logged in, and the row of the audit log that says so. False, and neither,
/// when the account cannot be logged in to any more, has another generation than the family, or another role than
/// `is_admin`, which tokens tell of.
pub async fn start(db: &Db, family: &Family, is_admin: bool, entry: &Entry) -> sqlx::Result<bool> {
    let row = [
        family.id.into(),
        family.account_id.into(),
        family.generation.into(),
        family.door.as_str().into(),
        family.device.as_str().into(),
        family.address.as_str().into(),
        family.refresh_id.as_deref().into(),
        family.previous_id.as_deref().into(),
        family.issued_at.into(),
        family.created_at.into(),
        family.seen_at.into(),
        family.expires_at.into(),
        family.app_password_id.into(),
    ];
    let account = [family.account_id.into(), family.generation.into(), is_admin.into()];
    login_writer::start(db, NewLogin::new(Kind::Family, row, account, entry)).await
}

/// A family that has not ended.
pub async fn find(connection: &mut Connection, id: Uuid, now: OffsetDateTime) -> sqlx::Result<Option<Family>> {
    query!(
        connection,
        fetch_optional,
        concat!(
            "select ",
            family_columns!(),
            " from token_families \
             join accounts on accounts.id = account_id and accounts.generation = token_families.generation \
             where token_families.id = $1 and token_families.expires_at > $2 and ",
            is_live_by!("$2"),
        ),
        id,
        now,
    )
}

/// Notes that a family is in use.
pub async fn touch(connection: &mut Writer, id: Uuid, now: OffsetDateTime) -> sqlx::Result<()> {
    query!(connection, execute, "update token_families set seen_at = $2 where id = $1", id, now)?;
    Ok(())
}

/// Puts the refresh token `next` in the place of `presented`. False when `presented` is not the one that is
/// good now: of two requests at once, one gets true.
pub async fn rotate(
    connection: &mut Writer,
    id: Uuid,
    presented: &str,
    next: &str,
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        concat!(
            "update token_families set previous_id = refresh_id, refresh_id = $3, issued_at = $4, seen_at = $4, \
         expires_at = $5 where id = $1 and refresh_id = $2 and expires_at > $4 and exists (select 1 from accounts \
         where accounts.id = account_id and accounts.generation = token_families.generation and status = 'active') and ",
            is_live_by!("$4"),
        ),
        id,
        presented,
        next,
        now,
        expires_at,
    )?;
    Ok(rows == 1)
}

/// Ends a family.
pub async fn delete(connection: &mut Writer, id: Uuid) -> sqlx::Result<()> {
    query!(connection, execute, "delete from token_families where id = $1", id)?;
    Ok(())
}

/// Ends a family of this account; false when it has none such.
pub async fn delete_of(connection: &mut Writer, account: AccountId, id: Uuid) -> sqlx::Result<bool> {
    Ok(query!(connection, execute, "delete from token_families where id = $1 and account_id = $2", id, account)? == 1)
}

/// Removes the families of an account that are of another generation than `now`. Gives them, and when their last tokens
/// would have run out.
pub async fn delete_older(
    connection: &mut Writer,
    account: AccountId,
    now: Generation,
) -> sqlx::Result<Vec<(Uuid, OffsetDateTime)>> {
    query!(
        connection,
        fetch_all,
        "delete from token_families where account_id = $1 and generation <> $2 returning id, expires_at",
        account,
        now,
    )
}

/// Removes the families that were logged in with an app password. Gives them, and when their last tokens would have run
/// out.
pub async fn delete_of_app_password(connection: &mut Writer, id: Uuid) -> sqlx::Result<Vec<(Uuid, OffsetDateTime)>> {
    query!(connection, fetch_all, "delete from token_families where app_password_id = $1 returning id, expires_at", id)
}

/// Removes every family of an account. Gives them, and when their last tokens would have run out.
pub async fn delete_all(connection: &mut Writer, account: AccountId) -> sqlx::Result<Vec<(Uuid, OffsetDateTime)>> {
    query!(connection, fetch_all, "delete from token_families where account_id = $1 returning id, expires_at", account,)
}

/// The families of an account, the last used first.
pub async fn of_account(
    connection: &mut Connection,
    account: AccountId,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<Family>> {
    query!(
        connection,
        fetch_all,
        concat!(
            "select ",
            family_columns!(),
            " from token_families \
             join accounts on accounts.id = account_id and accounts.generation = token_families.generation \
             where token_families.account_id = $1 and token_families.expires_at > $2 and ",
            is_live_by!("$2"),
            " order by seen_at desc, token_families.created_at desc limit 200",
        ),
        account,
        now,
    )
}

/// Notes that a token of a replaced service is used up. False when it was already.
pub async fn mark_used(
    connection: &mut Writer,
    id: &str,
    family: Option<Uuid>,
    expires_at: OffsetDateTime,
) -> sqlx::Result<bool> {
    let rows = query!(
        connection,
        execute,
        "insert into spent_tokens (id, family_id, expires_at) values ($1, $2, $3) on conflict (id) do nothing",
        id,
        family,
        expires_at,
    )?;
    Ok(rows == 1)
}

/// The family that a used refresh token of a replaced service went on as: `None` when it is not used up.
pub async fn find_used(connection: &mut Connection, id: &str) -> sqlx::Result<Option<Option<Uuid>>> {
    let row: Option<(Option<Uuid>,)> =
        query!(connection, fetch_optional, "select family_id from spent_tokens where id = $1", id)?;
    Ok(row.map(|(family,)| family))
}

/// The time since which tokens of replaced services are good for an account, if there is one.
pub async fn good_after(connection: &mut Connection, account: AccountId) -> sqlx::Result<Option<OffsetDateTime>> {
    let row: Option<(Option<OffsetDateTime>,)> =
        query!(connection, fetch_optional, "select tokens_after from accounts where id = $1", account)?;
    Ok(row.and_then(|(timestamp,)| timestamp))
}

/// Removes up to 1,000 families whose last token has run out, and what is noted of tokens that have. Gives how
/// many families.
pub async fn prune(tx: &mut Transaction, now: OffsetDateTime) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "delete from spent_tokens where id in (select id from spent_tokens where expires_at <= $1 limit 1000)",
        now
    )?;
    query!(
        tx,
        execute,
        "delete from token_families where id in (select id from token_families where expires_at <= $1 limit 1000)",
        now,
    )
}
