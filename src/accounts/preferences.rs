//! How Portico speaks to a person: language, time zone, theme.

use crate::app::App;
use crate::model::{Account, AccountId, Actor, Theme};
use crate::store;

use super::{begin_change, save};
use crate::error::Error;
use crate::permission::permit;

/// What a person prefers; `None` follows the browser (language) or is UTC (time zone).
pub struct Preferences {
    /// A language Portico speaks.
    pub language: Option<String>,
    /// An IANA time zone.
    pub time_zone: Option<String>,
    /// Light, dark or as the system says.
    pub theme: Theme,
}

/// Remembers them. Those it has already change nothing and announce nothing.
///
/// # Errors
/// [`Error::TooMany`], [`Error::Forbidden`], [`Error::NotFound`].
pub async fn set(app: &App, by: &Actor, id: AccountId, preferences: Preferences) -> Result<(), Error> {
    let mut tx = begin_change(app, by, id).await?;
    let before = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    permit(&mut tx, by, id).await?;
    let mut account = Account {
        language: preferences.language,
        time_zone: preferences.time_zone,
        theme: preferences.theme,
        ..before.clone()
    };
    if account != before {
        save(app, &mut tx, by, &before, &mut account).await?;
    }
    tx.commit().await?;
    Ok(())
}
