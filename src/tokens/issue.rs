//! Issuing tokens: a log-in starts a family.

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::authenticated::{Authenticated, refusal};
use crate::model::{Account, Actor, Door};
use crate::store::{self, Tx};

use super::{Claims, Device, Error, Grant};

/// Starts a family for somebody who has just proved who they are.
///
/// # Errors
/// When the database does not answer, or the account is not what it was when they did.
pub async fn issue(app: &App, who: &Authenticated, device: &Device) -> Result<Grant, Error> {
    let account = who.account();
    let family = family(app, account, device, Uuid::now_v7(), None);
    let by = Actor::account(account.id, device.door, device.address);
    let entry = audit::logged_in(by, &family.device, family.created_at);
    if !store::tokens::start(app.db(), &family, account.is_admin, &entry).await? {
        return Err(refusal(app, account.id).await.into());
    }
    grant(app, account, device.door, family.id, family.refresh_id, family.issued_at)
}

/// Starts a family as the successor of a refresh token of a replaced service: a log-in goes on, nobody logs in.
pub(super) async fn go_on(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    device: &Device,
    id: Uuid,
    previous_id: String,
) -> Result<Grant, Error> {
    // Of the generation that the account had when its token was looked at: should it have another by now, so be it.
    let family = family(app, account, device, id, Some(previous_id));
    store::tokens::insert(tx, &family).await?;
    grant(app, account, device.door, id, family.refresh_id, family.issued_at)
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
        door: device.door.as_str().to_owned(),
        device: device.agent.chars().filter(|letter| *letter != '\0').take(300).collect(),
        address: device.address.to_string(),
        refresh_id: has_refresh(device.door).then(new_id),
        previous_id,
        issued_at: now,
        created_at: now,
        seen_at: now,
        expires_at: now + longest(app, device.door),
    }
}

/// The tokens of a family as they were issued at `issued`. The same refresh id and time give the same tokens (but
/// for ES256, whose signatures have a random part): a second tab that refreshes at once gets what the first got.
pub(super) fn grant(
    app: &App,
    account: &Account,
    door: Door,
    family: Uuid,
    refresh_id: Option<String>,
    issued: OffsetDateTime,
) -> Result<Grant, Error> {
    let access_id = match &refresh_id {
        Some(id) => hex(&app.sign("access-token", id.as_bytes())[..16]),
        None => new_id(),
    };
    let iat = issued.unix_timestamp();
    let claims = |jti: String, lifetime: Duration| {
        let exp = (issued + lifetime).unix_timestamp();
        Claims::of(app, account, door, family, jti, iat, exp)
    };
    let sign = |claims: Claims| app.keys().sign(door, &claims).map_err(|error| Error::Account(error.into()));
    let access = sign(claims(access_id, access_lifetime(app, door)))?;
    let refresh = match refresh_id {
        Some(id) => Some(sign(claims(id, app.settings().django_refresh_lifetime).refreshing())?),
        None => None,
    };
    Ok(Grant { access, refresh })
}

fn has_refresh(door: Door) -> bool {
    matches!(door, Door::Django)
}

fn access_lifetime(app: &App, door: Door) -> Duration {
    let settings = app.settings();
    match door {
        Door::Pages | Door::Django | Door::Oauth | Door::Grpc | Door::CommandLine => settings.django_access_lifetime,
        Door::Fastapi => settings.fastapi_lifetime,
        Door::Clark => settings.clark_lifetime,
    }
}

/// How long a family lasts unless it is refreshed.
pub(super) fn longest(app: &App, door: Door) -> Duration {
    let access = access_lifetime(app, door);
    if has_refresh(door) { access.max(app.settings().django_refresh_lifetime) } else { access }
}

/// A token's id: 32 hexadecimal digits that nobody guesses.
pub(super) fn new_id() -> String {
    Uuid::new_v4().simple().to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
