//! Looking accounts up.

use uuid::Uuid;

use crate::app::App;
use crate::model::{Account, AccountId, Username};
use crate::store;

use super::{Error, sign_in};

/// The account of this id.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(app: &App, id: AccountId) -> Result<Option<Account>, Error> {
    let mut tx = app.db().read().await?;
    Ok(store::accounts::find(&mut tx, id).await?)
}

/// The account of this username, however it is written.
///
/// # Errors
/// When the database does not answer.
pub async fn by_username(app: &App, username: &str) -> Result<Option<Account>, Error> {
    let Ok(username) = Username::parse(username) else { return Ok(None) };
    let mut tx = app.db().read().await?;
    Ok(store::accounts::find_by_username(&mut tx, username.key()).await?.map(|(account, _)| account))
}

/// The account that somebody names by id, e-mail or username.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn named(app: &App, name: &str) -> Result<Account, Error> {
    let mut tx = app.db().read().await?;
    if let Ok(id) = Uuid::parse_str(name)
        && let Some(account) = store::accounts::find(&mut tx, AccountId(id)).await?
    {
        return Ok(account);
    }
    sign_in::by_login(&mut tx, name).await?.map(|(account, _)| account).ok_or(Error::NotFound)
}

/// Accounts in the order they were made, after `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(app: &App, after: Option<AccountId>, limit: i64) -> Result<Vec<Account>, Error> {
    let mut tx = app.db().read().await?;
    Ok(store::accounts::list(&mut tx, after, limit).await?)
}

/// What operators watch.
pub struct Counts {
    /// Browser sessions that somebody is logged in with.
    pub sessions: usize,
    /// Events not delivered yet.
    pub events_waiting: usize,
}

/// Counts it.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(app: &App) -> Result<Counts, Error> {
    let mut tx = app.db().read().await?;
    let sessions = store::sessions::count(&mut tx, app.now()).await?;
    let events_waiting = store::events::waiting(&mut tx).await?;
    let number = |count: i64| usize::try_from(count).unwrap_or_default();
    Ok(Counts { sessions: number(sessions), events_waiting: number(events_waiting) })
}
