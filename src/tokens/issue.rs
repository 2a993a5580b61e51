//! Issuing tokens: a log-in starts a family.

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::authenticated::{Authenticated, refusal};
use crate::clock;
use crate::jwt::{Dialect, NewClaims};
use crate::model::{Account, Actor};
use crate::secrets::hex;
use crate::store::{self, Transaction};

use super::{Device, Error, Grant};

/// Starts a token family for an authenticated user.
///
/// # Errors
/// When the database does not answer, or the account is not what it was when they did.
pub async fn issue(app: &App, who: &Authenticated, device: &Device) -> Result<Grant, Error> {
    let account = who.account();
    let used = who.app_password();
    let mut family = family(app, account, device, clock::new_id(), None);
    family.app_password_id = used.map(|used| used.id);
    let by = Actor::account(account.id, device.dialect.door(), device.address);
    let mut entry = audit::logged_in(by, &family.device, family.created_at);
    entry.detail.extend(used.map(|used| ("app_password".to_owned(), used.label.as_str().into())));
    if !store::tokens::start(app.db(), &family, account.is_admin, &entry).await? {
        return Err(refusal(app, account.id).await.into());
    }
    // An app password opens an account without its role.
    let granted = Account { is_admin: account.is_admin && used.is_none(), ..account.clone() };
    grant(app, &granted, device.dialect, family.id, family.refresh_id, family.issued_at)
}

/// Adopts a legacy token: starts a token family as the successor of a refresh token of a replaced service: the log-in
/// goes on, it is no new one.
pub(super) async fn adopt_legacy(
    app: &App,
    tx: &mut Transaction,
    account: &Account,
    device: &Device,
    id: Uuid,
    previous_id: String,
) -> Result<Grant, Error> {
    // Of the generation that the account had when its token was looked at: should it have another by now, so be it.
    let family = family(app, account, device, id, Some(previous_id));
    store::tokens::insert(tx, &family).await?;
    grant(app, account, device.dialect, id, family.refresh_id, family.issued_at)
}

fn family(
    app: &App,
    account: &Account,
    device: &Device,
    id: Uuid,
    previous_id: Option<String>,
) -> store::tokens::Family {
    let now = app.now();
    store::tokens::Family {
        id,
        account_id: account.id,
        generation: account.generation,
        door: device.dialect.name.to_owned(),
        device: device.agent.chars().filter(|letter| *letter != '\0').take(300).collect(),
        address: device.address.to_string(),
        refresh_id: device.dialect.refresh_lifetime.map(|_| new_id()),
        previous_id,
        issued_at: now,
        created_at: now,
        seen_at: now,
        expires_at: now + device.dialect.family_lifetime(app.settings()),
        app_password_id: None,
    }
}

/// The tokens of a family as they were issued at `issued`. The same refresh id and time give the same tokens (but
/// for ES256, whose signatures have a random part): a second tab that refreshes at once gets what the first got.
pub(super) fn grant(
    app: &App,
    account: &Account,
    dialect: &Dialect,
    family: Uuid,
    refresh_id: Option<String>,
    issued: OffsetDateTime,
) -> Result<Grant, Error> {
    let settings = app.settings();
    let access_id = match &refresh_id {
        Some(id) => hex(&app.sign("access-token", id.as_bytes())[..16]),
        None => new_id(),
    };
    let id = account.id.to_string();
    let sign = |token_type, jti: &str, lifetime: Duration| {
        let claims = NewClaims {
            token_type,
            exp: (issued + lifetime).unix_timestamp(),
            iat: issued.unix_timestamp(),
            jti,
            sid: family,
            sub: &id,
            user_id: &id,
            own: (dialect.claims)(account, jti),
            iss: dialect.issuer(settings),
        };
        app.keys().sign(dialect, &claims).map_err(|error| Error::Account(error.into()))
    };
    let access = sign("access", &access_id, (dialect.access_lifetime)(settings))?;
    let refresh = refresh_id.zip(dialect.refresh_lifetime);
    let refresh = refresh.map(|(id, lifetime)| sign("refresh", &id, lifetime(settings))).transpose()?;
    Ok(Grant { access, refresh })
}

/// A token's id: 32 random hexadecimal digits.
pub(super) fn new_id() -> String {
    Uuid::new_v4().simple().to_string()
}
