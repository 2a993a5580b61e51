//! Revocation of tokens: which are revoked or used. The database is what counts, in the transaction that ends them;
//! where there is a Redis it is told afterwards, and asked before any transaction, since nothing waits for it inside
//! one.

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::error;
use crate::jwt::{Claims, TokenProblem};
use crate::model::AccountId;
use crate::store::{self, Transaction};

use super::Error;

/// Revocations that Redis is told once their transaction is committed.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Notices(Vec<Notice>);

#[derive(Debug)]
struct Notice {
    id: String,
    /// The family that a token of a replaced service went on as.
    note: String,
    expires_at: OffsetDateTime,
}

impl Notices {
    /// A family has ended.
    pub(crate) fn ended(&mut self, family: Uuid, expires_at: OffsetDateTime) {
        self.0.push(Notice { id: family.to_string(), note: String::new(), expires_at });
    }

    fn used(&mut self, id: &str, family: Option<Uuid>, expires_at: OffsetDateTime) {
        let note = family.map(|family| family.to_string()).unwrap_or_default();
        self.0.push(Notice { id: id.to_owned(), note, expires_at });
    }

    /// Tells it. This can only fail to be quick: the database says the same.
    pub(crate) async fn send(self, app: &App) {
        let Some(redis) = app.redis() else { return };
        for Notice { id, note, expires_at } in self.0 {
            let left = (expires_at - app.now()).try_into().unwrap_or_default();
            if redis.revoke(&id, &note, left).await.is_err() {
                return;
            }
        }
    }
}

/// Marks a token of a replaced service as used, with the family that adopted it. False when it was already.
pub(super) async fn mark_used(
    tx: &mut Transaction,
    notices: &mut Notices,
    id: &str,
    family: Option<Uuid>,
    expires_at: OffsetDateTime,
) -> Result<bool, Error> {
    let first = store::tokens::mark_used(tx, id, family, expires_at).await?;
    if first {
        notices.used(id, family, expires_at);
    }
    Ok(first)
}

/// Marks a token as used that was used where it was issued, before its service was replaced.
pub(crate) async fn mark_used_elsewhere(
    tx: &mut Transaction,
    id: &str,
    expires_at: OffsetDateTime,
) -> sqlx::Result<()> {
    store::tokens::mark_used(tx, id, None, expires_at).await.map(|_| ())
}

/// Revokes one token family. Gives its account, unless it was revoked already.
pub(super) async fn revoke_family(
    app: &App,
    tx: &mut Transaction,
    notices: &mut Notices,
    family: Uuid,
) -> Result<Option<AccountId>, Error> {
    let Some(row) = store::tokens::find(tx, family, app.now()).await? else { return Ok(None) };
    store::tokens::delete(tx, family).await?;
    notices.ended(family, row.expires_at);
    Ok(Some(row.account_id))
}

/// Revokes one token family of this account; false when it has none such.
///
/// # Errors
/// The database's.
pub(crate) async fn revoke_one(
    app: &App,
    tx: &mut Transaction,
    notices: &mut Notices,
    account: AccountId,
    family: Uuid,
) -> sqlx::Result<bool> {
    let found = store::tokens::find(tx, family, app.now()).await?;
    let ended = store::tokens::delete_of(tx, account, family).await?;
    if let Some(row) = found.filter(|_| ended) {
        notices.ended(family, row.expires_at);
    }
    Ok(ended)
}

/// Revokes every token of this account, those of replaced services included. Gives how many families that were.
///
/// # Errors
/// The database's.
pub(crate) async fn revoke_all(
    tx: &mut Transaction,
    notices: &mut Notices,
    account: AccountId,
    now: OffsetDateTime,
) -> sqlx::Result<usize> {
    let families = store::tokens::delete_all(tx, account).await?;
    store::accounts::end_foreign_tokens(tx, account, now).await?;
    let count = families.len();
    families.into_iter().for_each(|(family, expires_at)| notices.ended(family, expires_at));
    Ok(count)
}

/// What Redis knows of a token that is good no more: the family that it went on as, if it went on. Nothing where there
/// is no Redis; while it does not answer no token is taken.
pub(super) async fn known(app: &App, claims: &Claims) -> Result<Option<Option<Uuid>>, Error> {
    let Some(redis) = app.redis() else { return Ok(None) };
    let id = claims.sid.map_or_else(|| name_of(claims), |family| family.to_string());
    // Not the caller's fault, and soon over: the connection is made again by itself.
    let silent = |_| error::Error::Busy(Duration::from_secs(2));
    let note = redis.revoked(&id).await.map_err(silent)?;
    Ok(note.map(|note| Uuid::try_parse(&note).ok()))
}

/// Refuses what Redis knows to be good no more.
pub(super) async fn check(app: &App, claims: &Claims) -> Result<(), Error> {
    match known(app, claims).await? {
        None => Ok(()),
        Some(_) => Err(TokenProblem::Ended.into()),
    }
}

/// What a token of a replaced service is noted by: its id; without one, a digest of all that it says.
pub(super) fn name_of(claims: &Claims) -> String {
    claims.jti.clone().unwrap_or_else(|| claims.digest.clone())
}
