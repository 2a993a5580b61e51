//! Refreshing: each refresh token works once, for the next pair. One that comes again after the grace was copied, so
//! its whole family ends (RFC 9700 §4.14.2).

use serde_json::Map;
use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::model::audit::Action;
use crate::model::{Account, Actor};
use crate::store::{self, Tx};

use super::{Claims, Device, Error, Grant, TokenProblem, issue, spent, verify};

/// The next pair for a refresh token.
///
/// # Errors
/// [`Error::Token`]: [`TokenProblem::Ended`] for one that was used before.
pub async fn rotate(app: &App, refresh: &str, device: &Device) -> Result<Grant, Error> {
    let claims = app.keys().read(device.door, refresh)?;
    verify::check_type(&claims, "refresh")?;
    verify::check_issuer(app, device.door, &claims)?;
    let presented = claims.jti.clone().ok_or(TokenProblem::NoId)?;
    spent::check_family(app, &claims).await?;
    let mut tx = app.db().write().await?;
    let next = match claims.sid {
        Some(family) => of_family(app, &mut tx, &claims, family, &presented, device).await,
        None => of_replaced_service(app, &mut tx, &claims, &presented, device).await,
    };
    match next {
        // A family that was ended here stays ended.
        Ok(_) | Err(Error::Token(_)) => tx.commit().await?,
        Err(_) => {}
    }
    next
}

async fn of_family(
    app: &App,
    tx: &mut Tx,
    claims: &Claims,
    family: Uuid,
    presented: &str,
    device: &Device,
) -> Result<Grant, Error> {
    let id = verify::account_id(claims)?;
    let now = app.now();
    let account = match store::accounts::find(tx, id).await? {
        Some(account) if account.is_active() => account,
        _ => return Err(verify::ended(tx, id).await?.into()),
    };
    let next = issue::new_id();
    let expires = now + issue::longest(app, device.door);
    // Checked and marked in one statement: of two requests at once, one gets the token's only use.
    if store::tokens::rotate(tx, family, presented, &next, now, expires).await? {
        return issue::grant(app, &account, device.door, family, Some(next), now);
    }
    again(app, tx, &account, family, presented, device).await
}

/// A refresh token that is not the one that is good now: two tabs at once, or a copy.
async fn again(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    family: Uuid,
    presented: &str,
    device: &Device,
) -> Result<Grant, Error> {
    let now = app.now();
    let Some(row) = store::tokens::find(tx, family, now).await?.filter(|row| row.account_id == account.id) else {
        return Err(TokenProblem::Ended.into());
    };
    let is_previous = row.previous_id.as_deref() == Some(presented);
    if is_previous && now < row.issued_at + app.settings().refresh_grace {
        return issue::grant(app, account, device.door, family, row.refresh_id, row.issued_at);
    }
    tracing::warn!(account.id = %account.id, "a used refresh token came again: all tokens of its log-in are ended");
    if spent::end(app, tx, family).await?.is_some() {
        let by = Actor::stranger(device.door, device.address);
        audit::note(tx, &by, Action::RefreshReplayed, Some(account.id), Map::new(), now).await?;
    }
    Err(TokenProblem::Ended.into())
}

/// A refresh token of a replaced service goes on as a family of ours.
async fn of_replaced_service(
    app: &App,
    tx: &mut Tx,
    claims: &Claims,
    presented: &str,
    device: &Device,
) -> Result<Grant, Error> {
    if let Some(family) = spent::spent(app, tx, presented).await? {
        return went_on(app, tx, claims, family, presented, device).await;
    }
    let account = verify::of_replaced_service(app, tx, claims).await?;
    let family = Uuid::now_v7();
    let expires = time::OffsetDateTime::from_unix_timestamp(claims.exp).map_err(|_| TokenProblem::Malformed)?;
    if spent::spend(app, tx, presented, Some(family), expires).await? {
        return issue::go_on(app, tx, &account, device, family, presented.to_owned()).await;
    }
    // Another request was first, between the two statements.
    let family = spent::spent(app, tx, presented).await?.flatten();
    went_on(app, tx, claims, family, presented, device).await
}

/// A used refresh token of a replaced service comes again.
async fn went_on(
    app: &App,
    tx: &mut Tx,
    claims: &Claims,
    family: Option<Uuid>,
    presented: &str,
    device: &Device,
) -> Result<Grant, Error> {
    let account = store::accounts::find(tx, verify::account_id(claims)?).await?.filter(Account::is_active);
    match (family, account) {
        (Some(family), Some(account)) => again(app, tx, &account, family, presented, device).await,
        _ => Err(TokenProblem::Ended.into()),
    }
}
