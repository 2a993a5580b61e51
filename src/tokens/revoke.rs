//! Logging programs out.

use std::net::IpAddr;
use std::sync::Arc;

use serde_json::Map;
use time::OffsetDateTime;

use crate::app::App;
use crate::audit;
use crate::jwt::{Claims, Dialect};
use crate::model::audit::Action;
use crate::model::{AccountId, Actor};
use crate::store;

use super::revoked::{self, Notices};
use super::{Error, verify, verify::Verified};

/// Ends the log-in that a token belongs to: the token, its successors and what was issued beside it. One that has
/// ended before is as ended as it can be.
///
/// # Errors
/// [`Error::Token`] when the token is none of ours or names no account.
pub async fn revoke(app: &App, dialect: &Dialect, token: &str, address: IpAddr) -> Result<Arc<Claims>, Error> {
    let claims = verify::of_an_account(app, dialect, token)?;
    end(app, &claims, |id| Actor::account(id, dialect.door(), address)).await?;
    Ok(claims)
}

/// The same for those who only hold a token, of whatever dialect and type. What is none of ours needs no ending
/// (RFC 7009 §2.2).
///
/// # Errors
/// When the database does not answer.
pub async fn revoke_any(app: &App, by: &Actor, token: &str) -> Result<(), Error> {
    for dialect in app.keys().dialects() {
        if let Ok(claims) = app.keys().read(dialect, token) {
            return end(app, &claims, |_| *by).await;
        }
    }
    Ok(())
}

/// Ends the log-in that a verified token belongs to.
///
/// # Errors
/// When the database does not answer.
pub async fn revoke_own(app: &App, by: &Actor, caller: &Verified) -> Result<(), Error> {
    end(app, &caller.claims, |_| *by).await
}

async fn end(app: &App, claims: &Claims, by: impl Fn(AccountId) -> Actor) -> Result<(), Error> {
    let mut tx = app.db().begin().await?;
    let mut notices = Notices::default();
    let ended = match claims.sid {
        Some(family) => revoked::revoke_family(app, &mut tx, &mut notices, family).await?,
        None => {
            let expires = OffsetDateTime::from_unix_timestamp(claims.exp).unwrap_or(app.now());
            let first = revoked::mark_used(&mut tx, &mut notices, &revoked::name_of(claims), None, expires).await?;
            match verify::account_id(claims) {
                Ok(id) if first => store::accounts::find(&mut tx, id).await?.map(|account| account.id),
                _ => None,
            }
        }
    };
    if let Some(id) = ended {
        audit::record(&mut tx, &by(id), Action::LoggedOut, Some(id), Map::new(), app.now()).await?;
    }
    tx.commit().await?;
    notices.send(app).await;
    Ok(())
}
