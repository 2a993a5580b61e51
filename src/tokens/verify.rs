//! Whose a token is, and whether it is still good.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::app::App;
use crate::error;
use crate::jwt::{Claims, Dialect, TokenProblem};
use crate::lookup;
use crate::model::{Account, AccountId, Actor, Door, LogIn};
use crate::store::{self, Connection};

use super::{Error, revoked};

/// A token that is good, and whose it is.
#[derive(Clone, Debug)]
pub struct Verified {
    /// Whose.
    pub account: Arc<Account>,
    /// What it says.
    pub claims: Arc<Claims>,
    /// Whether its program logged in with an app password.
    by_app_password: bool,
}

impl Verified {
    /// Who acts by it.
    pub fn actor(&self, door: Door, address: IpAddr) -> Actor {
        Actor {
            log_in: self.claims.sid.map(LogIn::family),
            by_app_password: self.by_app_password,
            ..Actor::logged_in(&self.account, door, address)
        }
    }
}

/// What a token says, once signature, times and type are right; whether it was ended is not asked.
///
/// # Errors
/// What is wrong with it.
pub fn read(app: &App, dialect: &Dialect, token: &str) -> Result<Arc<Claims>, TokenProblem> {
    check(app, dialect, app.keys().read(dialect, token)?)
}

fn check(app: &App, dialect: &Dialect, claims: Arc<Claims>) -> Result<Arc<Claims>, TokenProblem> {
    check_type(&claims, "access")?;
    check_issuer(app, dialect, &claims)?;
    Ok(claims)
}

/// The same, once it is clear that it names an account at all.
///
/// # Errors
/// [`TokenProblem::NoAccount`] before anything that is wrong with its type.
pub(super) fn of_an_account(app: &App, dialect: &Dialect, token: &str) -> Result<Arc<Claims>, TokenProblem> {
    let claims = app.keys().read(dialect, token)?;
    if claims.sub.is_none() && claims.user_id.is_none() && claims.username.is_none() {
        return Err(TokenProblem::NoAccount);
    }
    check(app, dialect, claims)
}

/// The account and the family that a token is of, by its signature and time alone, whichever dialect issued it.
pub(crate) fn signed_family(app: &App, token: &str) -> Option<(AccountId, Uuid)> {
    let claims = app.keys().dialects().iter().find_map(|dialect| app.keys().read(dialect, token).ok())?;
    Some((account_id(&claims).ok()?, claims.sid?))
}

/// Whether a family of this account has not ended. One of an app password is none that its owner is known by: that may
/// be in many hands.
pub(crate) async fn family_stands(app: &App, account: AccountId, family: Uuid) -> Result<bool, error::Error> {
    let holder = app.families().holder(family, account, app.now()).await?;
    Ok(holder.is_some_and(|holder| !holder.by_app_password))
}

/// Whose access token it is that came to a dialect.
///
/// # Errors
/// [`Error::Token`] with what is wrong with it.
pub async fn verify(app: &App, dialect: &Dialect, token: &str) -> Result<Verified, Error> {
    let claims = read(app, dialect, token)?;
    revoked::check(app, &claims).await?;
    let (account, by_app_password) = match claims.sid {
        Some(family) => of_family(app, &claims, family).await?,
        None => (Arc::new(of_replaced_service(&mut app.db().read().await?, &claims).await?), false),
    };
    may_be_used(app, Verified { account, claims, by_app_password })
}

/// An account that has to have a second factor and has none is used on the pages alone, where it can be added. An app
/// password opens an account without its role. A token of ours that tells of a role which was taken meanwhile is good no
/// more: its reader would believe it.
fn may_be_used(app: &App, mut verified: Verified) -> Result<Verified, Error> {
    if app.settings().owes_factor(&verified.account) {
        return Err(TokenProblem::Ended.into());
    }
    if verified.by_app_password && verified.account.is_admin {
        Arc::make_mut(&mut verified.account).is_admin = false;
    }
    let is_outdated = verified.claims.sid.is_some() && verified.claims.is_admins() && !verified.account.is_admin;
    if is_outdated { Err(TokenProblem::Ended.into()) } else { Ok(verified) }
}

/// The same for those who only hold a token, whichever dialect issued it; refresh tokens are taken too.
///
/// # Errors
/// [`Error::Token`], of the dialect that came nearest.
pub async fn introspect(app: &App, token: &str) -> Result<Verified, Error> {
    let mut problem = TokenProblem::Signature;
    for dialect in app.keys().dialects() {
        let claims = match app.keys().read(dialect, token) {
            Ok(claims) => claims,
            Err(other) => {
                problem = other;
                continue;
            }
        };
        // One of another type opens no door, so it is told of as none.
        let is_refresh = claims.token_type.as_deref() == Some("refresh");
        check_type(&claims, if is_refresh { "refresh" } else { "access" })?;
        check_issuer(app, dialect, &claims)?;
        revoked::check(app, &claims).await?;
        let Some(family) = claims.sid else {
            let account = of_replaced_service(&mut app.db().read().await?, &claims).await?;
            return may_be_used(app, Verified { account: Arc::new(account), claims, by_app_password: false });
        };
        if is_refresh {
            let found = store::tokens::find(&mut app.db().read().await?, family, app.now()).await?;
            let current = found.and_then(|family| family.refresh_id);
            if current.is_none() || current != claims.jti {
                return Err(TokenProblem::Ended.into());
            }
        }
        let (account, by_app_password) = of_family(app, &claims, family).await?;
        return may_be_used(app, Verified { account, claims, by_app_password });
    }
    Err(problem.into())
}

pub(super) fn check_type(claims: &Claims, wanted: &str) -> Result<(), TokenProblem> {
    match claims.token_type.as_deref() {
        Some(kind) if kind != wanted => Err(TokenProblem::WrongType),
        // CLARK's gateway and the old CLARK service know no types; a token with a family has a type.
        None if wanted != "access" || claims.sid.is_some() || claims.iss.is_none() => Err(TokenProblem::WrongType),
        _ => Ok(()),
    }
}

pub(super) fn check_issuer(app: &App, dialect: &Dialect, claims: &Claims) -> Result<(), TokenProblem> {
    let keys = app.keys();
    let is_known = |issuer| keys.dialects().iter().any(|dialect| dialect.issuer(app.settings()) == Some(issuer));
    let is_right = match &claims.iss {
        Some(issuer) => is_known(issuer),
        // Under a key that is shared it may be another dialect's.
        None => dialect.issuer.is_none() || !keys.has_own(dialect),
    };
    if is_right { Ok(()) } else { Err(TokenProblem::Signature) }
}

/// The account that the claims name by its id.
pub(super) fn account_id(claims: &Claims) -> Result<AccountId, TokenProblem> {
    let id = claims.sub.as_ref().or(claims.user_id.as_ref()).ok_or(TokenProblem::NoAccount)?;
    Uuid::parse_str(id).map(AccountId).map_err(|_| TokenProblem::NoAccount)
}

/// The account, and whether the family was logged in with an app password.
async fn of_family(app: &App, claims: &Claims, family: Uuid) -> Result<(Arc<Account>, bool), Error> {
    if claims.jti.is_none() {
        return Err(TokenProblem::NoId.into());
    }
    let id = account_id(claims)?;
    let now = app.now();
    let Some(store::tokens::Holder { account, seen_at, by_app_password, .. }) =
        app.families().holder(family, id, now).await?
    else {
        return Err(ended(&mut app.db().read().await?, id).await?.into());
    };
    if !account.is_active() {
        return Err(TokenProblem::Disabled.into());
    }
    // In use: said every few minutes, since each saying is a write.
    if now - seen_at > Duration::from_secs(300) {
        store::tokens::touch(&mut app.db().write_once().await?, family, now).await?;
    }
    Ok((account, by_app_password))
}

/// Why there is no such family (any more).
pub(super) async fn ended(connection: &mut Connection, id: AccountId) -> Result<TokenProblem, Error> {
    Ok(match store::accounts::find(connection, id).await? {
        None => TokenProblem::UnknownAccount,
        Some(account) if !account.is_active() => TokenProblem::Disabled,
        Some(_) => TokenProblem::Ended,
    })
}

/// The account of a token that a replaced service issued under the key that is now ours. Such a token belongs to no
/// family: it is good until it runs out, is logged out, or everything of its account ends.
pub(super) async fn of_replaced_service(connection: &mut Connection, claims: &Claims) -> Result<Account, Error> {
    let found = match (&claims.user_id, &claims.username) {
        (Some(_), _) if claims.jti.is_none() => return Err(TokenProblem::NoId.into()),
        (Some(_), _) => store::accounts::find(connection, account_id(claims)?).await?,
        // The Express service's tokens name the account alone, and say so twice.
        (None, Some(name)) if claims.iss.is_some() && claims.aud.as_ref() == Some(name) => {
            match lookup::checkable_by_name(connection, name).await? {
                Some(found) => store::accounts::find(connection, found.brief.id).await?,
                None => None,
            }
        }
        _ => return Err(TokenProblem::NoAccount.into()),
    };
    let account = found.ok_or(TokenProblem::UnknownAccount)?;
    if !account.is_active() {
        return Err(TokenProblem::Disabled.into());
    }
    // Asked after the account was read, so that the account used from here on is of no later generation than what this
    // says. Whole seconds: one of the very second of the change may be older than it.
    let issued = claims.iat.ok_or(TokenProblem::Malformed)?;
    let after = store::tokens::good_after(connection, account.id).await?;
    if after.is_some_and(|after| issued <= after.unix_timestamp()) {
        return Err(TokenProblem::Ended.into());
    }
    // A name may be another account's now: such a token is older than the account.
    if claims.user_id.is_none() && issued < account.created_at.unix_timestamp() {
        return Err(TokenProblem::UnknownAccount.into());
    }
    let is_used = store::tokens::find_used(connection, &revoked::name_of(claims)).await?.is_some();
    if is_used { Err(TokenProblem::Ended.into()) } else { Ok(account) }
}
