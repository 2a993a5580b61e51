//! Webhooks: addresses of other services that get every event by HTTPS.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;
use uuid::Uuid;

use crate::app::App;
use crate::store;
use crate::webhook;

use super::Error;
use super::targets::WEBHOOK;

/// A new webhook, which gets what happens from now on. Gives the name of its target.
///
/// # Errors
/// [`Error::Forbidden`] for an address that events must not be sent to.
pub async fn add(app: &App, url: &Url) -> Result<String, Error> {
    webhook::check(url, &app.settings().webhook_networks).map_err(|_| Error::Forbidden)?;
    let name = format!("{WEBHOOK}{}", Uuid::now_v7());
    // Before anything is written: on PostgreSQL this needs a transaction of its own.
    let reached = loop {
        if let Some(reached) = store::events::settled(app.db()).await? {
            break reached;
        }
    };
    let mut tx = app.db().write().await?;
    store::targets::insert(&mut tx, &name, Some(url.as_str()), reached).await?;
    tx.commit().await?;
    Ok(name)
}

/// Removes a webhook.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(app: &App, name: &str) -> Result<(), Error> {
    let mut tx = app.db().write().await?;
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
    let mut tx = app.db().write().await?;
    if !name.starts_with(WEBHOOK) || !store::targets::disable(&mut tx, name, None).await? {
        return Err(Error::NotFound);
    }
    Ok(tx.commit().await?)
}

/// The secret that a webhook's signatures are made with. Made from `SECRET_KEY`, it is stored nowhere.
pub fn secret(app: &App, name: &str) -> [u8; 32] {
    app.sign("webhook", name.as_bytes())
}

/// The same as the receiver keeps it.
pub fn shown_secret(app: &App, name: &str) -> String {
    format!("whsec_{}", STANDARD.encode(secret(app, name)))
}
