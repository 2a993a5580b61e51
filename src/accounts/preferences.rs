//! How Portico speaks to a person: language, time zone, theme.

use crate::app::App;
use crate::model::{AccountId, Theme};
use crate::store;

use super::Error;

/// What a person prefers; `None` follows the browser (language) or is UTC (time zone).
pub struct Preferences {
    /// A language Portico speaks.
    pub language: Option<String>,
    /// An IANA time zone.
    pub time_zone: Option<String>,
    /// Light, dark or as the system says.
    pub theme: Theme,
}

/// Remembers them. Other services have no use for them, so nothing is announced.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set(app: &App, id: AccountId, preferences: Preferences) -> Result<(), Error> {
    let mut tx = app.db().write().await?;
    let mut account = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    account.language = preferences.language;
    account.time_zone = preferences.time_zone;
    account.theme = preferences.theme;
    store::accounts::update(&mut tx, &account).await?;
    tx.commit().await?;
    Ok(())
}
