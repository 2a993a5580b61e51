//! The table `app_passwords`: what programs log in with in place of an account's password.

use serde::{Deserialize, Serialize};
use sqlx_macros::FromRow;
use time::OffsetDateTime;
use time::serde::rfc3339;
use uuid::Uuid;

use crate::model::{AccountId, Generation};

use super::{Connection, Writer, columns, query};

/// An app password.
#[derive(Clone, Debug, Deserialize, FromRow, Serialize)]
pub struct AppPassword {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    #[serde(skip, default = "AccountId::nil")]
    pub account_id: AccountId,
    /// The account's generation that it is good for.
    #[serde(skip)]
    pub generation: Generation,
    /// What its owner calls it.
    pub label: String,
    /// When it was made.
    #[serde(with = "rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last used.
    #[serde(with = "rfc3339::option")]
    pub used_at: Option<OffsetDateTime>,
    /// From which address.
    pub used_from: Option<String>,
    /// When it runs out, if ever.
    #[serde(with = "rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
}

columns!(app_password_columns of "app_passwords":
    "id", "account_id", "generation", "label", "created_at", "used_at", "used_from", "expires_at",
);
pub(super) use app_password_columns;

/// Adds one, of which `hash` is kept.
pub async fn insert(connection: &mut Writer, new: &AppPassword, hash: &[u8]) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "insert into app_passwords (id, account_id, generation, hash, label, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7)",
        new.id,
        new.account_id,
        new.generation,
        hash,
        new.label.as_str(),
        new.created_at,
        new.expires_at,
    )?;
    Ok(())
}

/// The one of this hash, while it is good.
pub async fn find(connection: &mut Connection, hash: &[u8], now: OffsetDateTime) -> sqlx::Result<Option<AppPassword>> {
    query!(
        connection,
        fetch_optional,
        concat!(
            "select ",
            app_password_columns!(),
            " from app_passwords \
             join accounts on accounts.id = account_id and accounts.generation = app_passwords.generation \
             where app_passwords.hash = $1 and (app_passwords.expires_at is null or app_passwords.expires_at > $2)",
        ),
        hash,
        now,
    )
}

/// Those of an account that are good, the newest first.
pub async fn of_account(
    connection: &mut Connection,
    account: AccountId,
    now: OffsetDateTime,
) -> sqlx::Result<Vec<AppPassword>> {
    query!(
        connection,
        fetch_all,
        concat!(
            "select ",
            app_password_columns!(),
            " from app_passwords \
             join accounts on accounts.id = account_id and accounts.generation = app_passwords.generation \
             where account_id = $1 and (app_passwords.expires_at is null or app_passwords.expires_at > $2) \
             order by app_passwords.created_at desc, app_passwords.id desc",
        ),
        account,
        now,
    )
}

/// Notes that one was used.
pub async fn touch(connection: &mut Writer, id: Uuid, from: Option<&str>, now: OffsetDateTime) -> sqlx::Result<()> {
    query!(connection, execute, "update app_passwords set used_at = $2, used_from = $3 where id = $1", id, now, from,)?;
    Ok(())
}

/// Removes one of an account. Gives its label; nothing when the account has none such.
pub async fn delete(connection: &mut Writer, account: AccountId, id: Uuid) -> sqlx::Result<Option<String>> {
    let row: Option<(String,)> = query!(
        connection,
        fetch_optional,
        "delete from app_passwords where id = $1 and account_id = $2 returning label",
        id,
        account,
    )?;
    Ok(row.map(|(label,)| label))
}

/// Removes those of an account that are of another generation than `now`.
pub async fn delete_older(connection: &mut Writer, account: AccountId, now: Generation) -> sqlx::Result<()> {
    query!(connection, execute, "delete from app_passwords where account_id = $1 and generation <> $2", account, now)?;
    Ok(())
}

/// Removes up to 1,000 that have run out.
pub async fn prune(connection: &mut Writer, now: OffsetDateTime) -> sqlx::Result<()> {
    query!(
        connection,
        execute,
        "delete from app_passwords where id in (select id from app_passwords where expires_at <= $1 limit 1000)",
        now,
    )?;
    Ok(())
}
