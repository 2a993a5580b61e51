//! Webhooks: addresses of other services that get every event by HTTPS.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::app::App;
use crate::clock;
use crate::error::Error;
use crate::store::{self, targets::Target};
use crate::webhook;

use super::targets::WEBHOOK;

/// A new webhook, which gets what happens from now on. Gives the name of its target.
///
/// # Errors
/// [`Error::Forbidden`] for an address that events must not be sent to.
pub async fn add(app: &App, url: &Url) -> Result<String, Error> {
    webhook::check(url, &app.settings().webhook_networks).map_err(|_| Error::Forbidden)?;
    let name = format!("{WEBHOOK}{}", clock::new_id());
    // Before anything is written: on PostgreSQL this needs a transaction of its own.
    let reached = loop {
        if let Some(reached) = store::events::settled(app.db()).await? {
            break reached;
        }
    };
    store::targets::insert(&mut app.db().write_once().await?, &name, Some(url.as_str()), reached).await?;
    Ok(name)
}

/// Removes a webhook.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(app: &App, name: &str) -> Result<(), Error> {
    let mut tx = app.db().begin().await?;
    if !name.starts_with(WEBHOOK) || !store::targets::delete(&mut tx, name).await? {
        return Err(Error::NotFound);
    }
    Ok(tx.commit().await?)
}

/// Takes up again a webhook that was given up.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn enable(app: &App, name: &str) -> Result<(), Error> {
    let mut tx = app.db().begin().await?;
    if !name.starts_with(WEBHOOK) || !store::targets::disable(&mut tx, name, None).await? {
        return Err(Error::NotFound);
    }
    Ok(tx.commit().await?)
}

/// Gives a webhook another secret. For `overlap` each delivery is signed with both, so that its receiver changes over
/// when it likes. Gives the new secret as the receiver keeps it.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn rotate(app: &App, name: &str, overlap: Duration) -> Result<String, Error> {
    if !name.starts_with(WEBHOOK) {
        return Err(Error::NotFound);
    }
    let mut connection = app.db().write_once().await?;
    let number = store::targets::rotate(&mut connection, name, app.now() + overlap).await?.ok_or(Error::NotFound)?;
    Ok(shown(&secret(app, name, number)))
}

/// The secrets that a webhook's signatures are made with now, the newest first.
pub fn secrets(app: &App, target: &Target) -> Vec<[u8; 32]> {
    let newest = target.secret_number;
    let is_good = newest > 0 && target.previous_secret_until.is_some_and(|until| app.now() < until);
    let previous = is_good.then(|| secret(app, &target.name, newest - 1));
    std::iter::once(secret(app, &target.name, newest)).chain(previous).collect()
}

/// The secret of a new webhook as its receiver keeps it.
pub fn first_secret(app: &App, name: &str) -> String {
    shown(&secret(app, name, 0))
}

/// The same of those in use, the newest first.
pub fn shown_secrets(app: &App, target: &Target) -> Vec<String> {
    secrets(app, target).iter().map(shown).collect()
}

/// Made from `SECRET_KEY`, a secret is stored nowhere.
fn secret(app: &App, name: &str, number: i64) -> [u8; 32] {
    match number {
        0 => app.sign("webhook", name.as_bytes()),
        number => app.sign("webhook", format!("{name} {number}").as_bytes()),
    }
}

fn shown(secret: &[u8; 32]) -> String {
    format!("whsec_{}", STANDARD.encode(secret))
}
