//! Logging in with an app password, where a door takes one.

use crate::app::App;
use crate::authenticated::{AppPassword, Authenticated};
use crate::error::Error;
use crate::lookup;
use crate::model::password::Password;
use crate::model::{Account, AccountSummary, Client, MAX_NAME_BYTES};
use crate::secrets::hash_token;
use crate::store::app_passwords as stored;

use super::credential::Credential;

/// What an app password begins with.
pub(crate) const PREFIX: &str = "pap_";

/// How many characters stand behind that, of 62 each: 190 bits, beyond any guess, so that a plain hash keeps them.
pub(crate) const LENGTH: usize = 32;

/// The app password that was given, if it is a good one. Anything else goes on as a password does, and costs as much.
async fn find(app: &App, password: &Password) -> Result<Option<stored::AppPassword>, Error> {
    let is_one = |text: &str| {
        let rest = text.strip_prefix(PREFIX).unwrap_or_default();
        rest.len() == LENGTH && rest.bytes().all(|letter| letter.is_ascii_alphanumeric())
    };
    let text = password.text().trim();
    if !is_one(text) {
        return Ok(None);
    }
    let mut connection = app.db().read().await?;
    Ok(stored::find(&mut connection, &hash_token(text.as_bytes()), app.now()).await?)
}

async fn touch(app: &App, used: &stored::AppPassword, from: Option<std::net::IpAddr>) -> Result<(), Error> {
    let from = from.map(|address| address.to_string());
    Ok(stored::touch(&mut app.db().write_once().await?, used.id, from.as_deref(), app.now()).await?)
}

/// The account of this name, if an app password of it was given.
///
/// # Errors
/// [`Error::Disabled`], [`Error::TooMany`].
pub(super) async fn authenticate(
    app: &App,
    login: &str,
    password: &Password,
    client: Client,
) -> Result<Option<Authenticated>, Error> {
    let Some(used) = find(app, password).await?.filter(|_| login.len() <= MAX_NAME_BYTES) else { return Ok(None) };
    let mut connection = app.db().read().await?;
    let found = lookup::candidates(&mut connection, login).await?;
    drop(connection);
    let is_its = |account: &Account| account.id == used.account_id && account.generation == used.generation;
    let Some(account) = found.into_iter().map(|(account, _)| account).find(is_its) else { return Ok(None) };
    if app.settings().owes_factor(&account) {
        return Ok(None);
    }
    if !account.is_active() {
        return Err(Error::Disabled);
    }
    Credential::AppPassword(used.id).count(app, account.id, client).await?;
    touch(app, &used, Some(client.address)).await?;
    Ok(Some(Authenticated::by_app_password(app, account, AppPassword { id: used.id, label: used.label })))
}

/// The same for a service that asks on a user's behalf.
///
/// # Errors
/// [`Error::Disabled`].
pub(super) async fn verify(app: &App, name: &str, password: &Password) -> Result<Option<AccountSummary>, Error> {
    let Some(used) = find(app, password).await?.filter(|_| name.len() <= MAX_NAME_BYTES) else { return Ok(None) };
    let mut connection = app.db().read().await?;
    let found = lookup::checkable_by_name(&mut connection, name).await?;
    drop(connection);
    let Some(found) = found.filter(|found| found.brief.id == used.account_id) else { return Ok(None) };
    if app.settings().require_two_factor.is_wanted_of(found.brief.is_admin) && !found.two_factor {
        return Ok(None);
    }
    if !found.is_active {
        return Err(Error::Disabled);
    }
    // The service's own address is no use to the account's owner.
    touch(app, &used, None).await?;
    Ok(Some(found.brief))
}
