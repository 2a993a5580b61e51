//! What is known of tokens that are no longer good: in Redis where there is one, else in the database.

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::accounts;
use crate::app::App;
use crate::model::AccountId;
use crate::store::{self, Tx};

use super::{Claims, Error, TokenProblem};

/// Notes that a token of a replaced service is used up, and the family it went on as. False when it was already.
pub(super) async fn spend(
    app: &App,
    tx: &mut Tx,
    id: &str,
    family: Option<Uuid>,
    expires_at: OffsetDateTime,
) -> Result<bool, Error> {
    let Some(redis) = app.redis() else { return Ok(store::tokens::spend(tx, id, family, expires_at).await?) };
    let note = family.map(|family| family.to_string()).unwrap_or_default();
    redis.revoke(id, &note, left(app, expires_at)).await.map_err(|_| silent())
}

/// Notes that a token was used up where it was issued, before its service was replaced.
pub(crate) async fn spend_elsewhere(
    app: &App,
    tx: &mut Tx,
    id: &str,
    expires_at: OffsetDateTime,
) -> Result<(), accounts::Error> {
    let Some(redis) = app.redis() else {
        store::tokens::spend(tx, id, None, expires_at).await?;
        return Ok(());
    };
    let noted = redis.revoke(id, "", left(app, expires_at)).await;
    noted.map(|_| ()).map_err(|_| accounts::Error::Busy(Duration::from_secs(2)))
}

/// The family that a used token of a replaced service went on as: `None` when it is not used up.
pub(super) async fn spent(app: &App, tx: &mut Tx, id: &str) -> Result<Option<Option<Uuid>>, Error> {
    let Some(redis) = app.redis() else { return Ok(store::tokens::spent(tx, id).await?) };
    let note = redis.revoked(id).await.map_err(|_| silent())?;
    Ok(note.map(|note| Uuid::try_parse(&note).ok()))
}

/// Ends one family. Gives whose it was, unless it had ended already.
pub(super) async fn end(app: &App, tx: &mut Tx, family: Uuid) -> Result<Option<AccountId>, Error> {
    let Some(row) = store::tokens::find(tx, family, app.now()).await? else { return Ok(None) };
    store::tokens::delete(tx, family).await?;
    announce(app, &[(family, row.expires_at)]).await;
    Ok(Some(row.account_id))
}

/// Ends one family of this account; false when it has none such.
///
/// # Errors
/// The database's.
pub async fn end_of(app: &App, tx: &mut Tx, account: AccountId, family: Uuid) -> sqlx::Result<bool> {
    let found = store::tokens::find(tx, family, app.now()).await?;
    let ended = store::tokens::delete_of(tx, account, family).await?;
    if let Some(row) = found.filter(|_| ended) {
        announce(app, &[(family, row.expires_at)]).await;
    }
    Ok(ended)
}

/// Ends every token of an account, those of replaced services too. Gives how many families ended.
///
/// # Errors
/// The database's.
pub async fn end_all(app: &App, tx: &mut Tx, account: AccountId) -> sqlx::Result<u64> {
    let ended = store::tokens::delete_all(tx, account, app.now()).await?;
    announce(app, &ended).await;
    Ok(ended.len() as u64)
}

/// Tells the replicas. The families' rows are gone, which is what counts: this can only fail to be quick.
async fn announce(app: &App, families: &[(Uuid, OffsetDateTime)]) {
    let Some(redis) = app.redis() else { return };
    for (family, expires_at) in families {
        if redis.revoke(&family.to_string(), "", left(app, *expires_at)).await.is_err() {
            return;
        }
    }
}

/// Refuses what Redis knows to be revoked, and everything while Redis does not answer.
pub(super) async fn check_family(app: &App, claims: &Claims) -> Result<(), Error> {
    let (Some(redis), Some(family)) = (app.redis(), claims.sid) else { return Ok(()) };
    match redis.revoked(&family.to_string()).await {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(TokenProblem::Ended.into()),
        Err(_) => Err(silent()),
    }
}

fn left(app: &App, expires_at: OffsetDateTime) -> Duration {
    (expires_at - app.now()).try_into().unwrap_or_default()
}

/// Not the caller's fault, and soon over: the connection is made again by itself.
fn silent() -> Error {
    accounts::Error::Busy(Duration::from_secs(2)).into()
}
