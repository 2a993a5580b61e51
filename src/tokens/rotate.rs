//! Refreshing: each refresh token works once, for the next pair. One that comes again after the grace was copied, so
//! its whole family ends (RFC 9700 §4.14.2).

use serde_json::Map;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::clock;
use crate::jwt::{Claims, TokenProblem};
use crate::model::audit::Action;
use crate::model::{Account, Actor};
use crate::store::{self, Transaction};

use super::revoked::{self, Notices};
use super::{Device, Error, Grant, issue, verify};

/// The next pair for a refresh token.
///
/// # Errors
/// [`Error::Token`]: [`TokenProblem::Ended`] for one that was used before.
pub async fn rotate(app: &App, refresh: &str, device: &Device) -> Result<Grant, Error> {
    let claims = app.keys().read(device.dialect, refresh)?;
    verify::check_type(&claims, "refresh")?;
    verify::check_issuer(app, device.dialect, &claims)?;
    let presented = claims.jti.clone().ok_or(TokenProblem::NoId)?;
    let known = revoked::known(app, &claims).await?;
    if claims.sid.is_some() && known.is_some() {
        return Err(TokenProblem::Ended.into());
    }
    let mut tx = app.db().begin().await?;
    let mut refresh = Refresh { app, tx: &mut tx, notices: Notices::default(), claims: &claims, presented, device };
    let next = match claims.sid {
        Some(family) => refresh.of_family(family).await,
        None => refresh.of_replaced_service(known).await,
    };
    let notices = refresh.notices;
    match next {
        // A family that was ended here stays ended.
        Ok(_) | Err(Error::Token(_)) => {
            tx.commit().await?;
            notices.send(app).await;
        }
        Err(_) => {}
    }
    next
}

/// A refresh under way.
struct Refresh<'a> {
    app: &'a App,
    tx: &'a mut Transaction,
    notices: Notices,
    claims: &'a Claims,
    /// The id of the token that was presented.
    presented: String,
    device: &'a Device,
}

impl Refresh<'_> {
    async fn of_family(&mut self, family: Uuid) -> Result<Grant, Error> {
        let (app, id, now) = (self.app, verify::account_id(self.claims)?, self.app.now());
        let account = match store::accounts::find(self.tx, id).await? {
            Some(account) if account.is_active() => account,
            _ => return Err(verify::ended(self.tx, id).await?.into()),
        };
        let next = issue::new_id();
        let expires = now + self.device.dialect.family_lifetime(app.settings());
        // Checked and marked in one statement: of two requests at once, one gets the token's only use.
        if store::tokens::rotate(self.tx, family, &self.presented, &next, now, expires).await? {
            return issue::grant(app, &account, self.device.dialect, family, Some(next), now);
        }
        self.again(&account, family).await
    }

    /// A refresh token that is not the one that is good now: two tabs at once, or a copy.
    async fn again(&mut self, account: &Account, family: Uuid) -> Result<Grant, Error> {
        let (app, now) = (self.app, self.app.now());
        let found = store::tokens::find(self.tx, family, now).await?;
        let Some(row) = found.filter(|row| row.account_id == account.id) else {
            return Err(TokenProblem::Ended.into());
        };
        let is_previous = row.previous_id.as_ref() == Some(&self.presented);
        if is_previous && now < row.issued_at + app.settings().refresh_grace {
            return issue::grant(app, account, self.device.dialect, family, row.refresh_id, row.issued_at);
        }
        tracing::warn!(account.id = %account.id, "a used refresh token came again: all tokens of its log-in are ended");
        if revoked::end(app, self.tx, &mut self.notices, family).await?.is_some() {
            let by = Actor::stranger(self.device.dialect.door(), self.device.address);
            audit::record(self.tx, &by, Action::RefreshReplayed, Some(account.id), Map::new(), now).await?;
        }
        Err(TokenProblem::Ended.into())
    }

    /// A refresh token of a replaced service goes on as a family of ours. `known` is what Redis knows of it.
    async fn of_replaced_service(&mut self, known: Option<Option<Uuid>>) -> Result<Grant, Error> {
        let spent = store::tokens::spent(self.tx, &self.presented).await?.or(known);
        if let Some(family) = spent {
            return self.went_on(family).await;
        }
        let account = verify::of_replaced_service(self.tx, self.claims).await?;
        let family = clock::new_id();
        let expires = OffsetDateTime::from_unix_timestamp(self.claims.exp).map_err(|_| TokenProblem::Malformed)?;
        if revoked::spend(self.tx, &mut self.notices, &self.presented, Some(family), expires).await? {
            return issue::go_on(self.app, self.tx, &account, self.device, family, self.presented.clone()).await;
        }
        // Another request was first, between the two statements.
        let family = store::tokens::spent(self.tx, &self.presented).await?.flatten();
        self.went_on(family).await
    }

    /// A used refresh token of a replaced service comes again.
    async fn went_on(&mut self, family: Option<Uuid>) -> Result<Grant, Error> {
        let account = store::accounts::find(self.tx, verify::account_id(self.claims)?).await?;
        match (family, account.filter(Account::is_active)) {
            (Some(family), Some(account)) => self.again(&account, family).await,
            _ => Err(TokenProblem::Ended.into()),
        }
    }
}
