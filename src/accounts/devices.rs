//! Where an account is logged in: browser sessions and programs' tokens, listed and ended.

use serde_json::Map;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::limits::Rule;
use crate::logins::end::{self, Ended};
use crate::logins::session::Handle;
use crate::model::audit::Action;
use crate::model::{AccountId, Actor};
use crate::store;
use crate::tokens;
use crate::tokens::revoked::Notices;
use crate::tokens::verify::Verified;

use super::{hold_for_change, hold_to_end};

/// A browser or a program that an account is logged in on.
pub struct Device {
    /// Names its log-in; worth nothing as a cookie or a token.
    pub id: DeviceId,
    /// What it calls itself.
    pub agent: String,
    /// The address it logged in from.
    pub address: String,
    /// The time of the log-in.
    pub created_at: OffsetDateTime,
    /// When it was last used, give or take a few minutes.
    pub seen_at: OffsetDateTime,
}

/// Names a log-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceId {
    /// A browser session.
    Session(Handle),
    /// The tokens of a program.
    Tokens(Uuid),
}

/// The devices an account is logged in on, the last used first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(app: &App, id: AccountId) -> Result<Vec<Device>, Error> {
    let mut connection = app.db().read().await?;
    let sessions = store::sessions::of_account(&mut connection, id, app.now()).await?;
    let families = store::tokens::of_account(&mut connection, id, app.now()).await?;
    let browser = |session: store::sessions::Session| Device {
        id: DeviceId::Session(session.handle),
        agent: session.device,
        address: session.address,
        created_at: session.created_at,
        seen_at: session.seen_at,
    };
    let program = |family: store::tokens::Family| Device {
        id: DeviceId::Tokens(family.id),
        agent: family.device,
        address: family.address,
        created_at: family.created_at,
        seen_at: family.seen_at,
    };
    let mut devices: Vec<Device> = sessions.into_iter().map(browser).chain(families.into_iter().map(program)).collect();
    devices.sort_by_key(|device| std::cmp::Reverse(device.seen_at));
    Ok(devices)
}

/// How many devices an account is logged in on.
///
/// # Errors
/// When the database does not answer.
pub async fn count(app: &App, id: AccountId) -> Result<usize, Error> {
    let mut connection = app.db().read().await?;
    let counted = store::sessions::count_devices(&mut connection, id, app.now()).await?;
    Ok(counted.and_then(|count| count.try_into().ok()).unwrap_or_default())
}

/// Whether a person is told by mail of log-ins with browsers that the account is not known on.
///
/// # Errors
/// When the database does not answer.
pub async fn are_told(app: &App, id: AccountId) -> Result<bool, Error> {
    let mut connection = app.db().read().await?;
    Ok(store::accounts::notifies_devices(&mut connection, id).await?)
}

/// Sets whether a person is told by mail of log-ins with new browsers.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::TooMany`].
pub async fn tell(app: &App, by: &Actor, id: AccountId, told: bool) -> Result<(), Error> {
    let (mut tx, _) = hold_for_change(app, by, id).await?;
    if store::accounts::set_notifies_devices(&mut tx, id, told).await? {
        let state = |told: bool| serde_json::json!({ "new_devices_told": told });
        let detail = Map::from_iter([("before".to_owned(), state(!told)), ("after".to_owned(), state(told))]);
        audit::record(&mut tx, by, Action::PreferencesChanged, Some(id), detail, app.now()).await?;
    }
    Ok(tx.commit().await?)
}

/// Ends one. False when the account has no such device (any more).
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`].
pub async fn end(app: &App, by: &Actor, id: AccountId, device: &DeviceId) -> Result<bool, Error> {
    let (mut tx, _) = hold_to_end(app, by, id).await?;
    let mut notices = Notices::default();
    let ended = match device {
        DeviceId::Session(session) => store::sessions::delete_of(&mut tx, id, session).await?,
        DeviceId::Tokens(family) => tokens::revoked::revoke_one(app, &mut tx, &mut notices, id, *family).await?,
    };
    if ended {
        audit::record(&mut tx, by, Action::DeviceEnded, Some(id), Map::new(), app.now()).await?;
    }
    tx.commit().await?;
    notices.send(app).await;
    Ok(ended)
}

/// Ends every token of every program, by a token of one; browsers stay logged in. A token that an app password got ends
/// its own log-in alone.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`].
pub async fn end_programs(app: &App, by: &Actor, caller: &Verified) -> Result<(), tokens::Error> {
    if by.by_app_password {
        return tokens::revoke::revoke_own(app, by, caller).await;
    }
    let id = caller.account.id;
    let (mut tx, _) = hold_to_end(app, by, id).await.map_err(tokens::Error::of_own_account)?;
    let now = app.now();
    let mut notices = Notices::default();
    let count = tokens::revoked::revoke_all(&mut tx, &mut notices, id, now).await?;
    audit::record(&mut tx, by, Action::DevicesEnded, Some(id), audit::detail("count", count.into()), now).await?;
    tx.commit().await?;
    notices.send(app).await;
    Ok(())
}

/// Logs out the browser session in use, by itself.
///
/// # Errors
/// When the database does not answer.
pub async fn log_out(app: &App, by: &Actor, id: AccountId, session: &[u8]) -> Result<(), Error> {
    let mut tx = app.db().begin().await?;
    if store::sessions::delete_of(&mut tx, id, session).await? {
        audit::record(&mut tx, by, Action::LoggedOut, Some(id), Map::new(), app.now()).await?;
    }
    Ok(tx.commit().await?)
}

/// Ends all but the browser session with the handle `keep`, which gets another id; known devices and links end too.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::TooMany`].
pub async fn end_others(app: &App, by: &Actor, id: AccountId, keep: Option<&[u8]>) -> Result<Ended, Error> {
    if by.is(id) {
        // For each log-in, so that no thief of one keeps the owner from ending it by another.
        let log_in = by.log_in.map(|log_in| log_in.to_string()).unwrap_or_default();
        app.limits().count(Rule::Change, &format!("{id} {log_in} end")).await?;
    }
    let (mut tx, account) = hold_to_end(app, by, id).await?;
    let mut ended = end::everything(app, &mut tx, &account, keep).await?;
    // Where no log-in was left, links and known devices have ended all the same.
    let detail = audit::detail("count", ended.count.into());
    audit::record(&mut tx, by, Action::DevicesEnded, Some(id), detail, app.now()).await?;
    tx.commit().await?;
    ended.tell(app).await;
    Ok(ended)
}
