//! Looking accounts up.

use uuid::Uuid;

use crate::app::App;
use crate::logins::authenticate::by_login;
use crate::model::{Account, AccountId, Brief, Email, Username};
use crate::store::accounts::Checkable;
use crate::store::{self, Tx};

use super::Error;

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

/// What services are told of the account of this name, where a door asks for a username: one without a username goes by
/// its e-mail.
///
/// # Errors
/// When the database does not answer.
pub async fn by_name(app: &App, name: &str) -> Result<Option<Brief>, Error> {
    if let Ok(username) = Username::parse(name)
        && let Some(brief) = app.usernames().find(username.key()).await?
    {
        return Ok(Some(brief));
    }
    let mut tx = app.db().read().await?;
    Ok(found_by_email_alone(&mut tx, name).await?.map(|(account, _)| account.into()))
}

/// The same, with what it takes to check a password.
pub(crate) async fn checkable_by_name(tx: &mut Tx, name: &str) -> Result<Option<Checkable>, Error> {
    if let Ok(username) = Username::parse(name)
        && let Some(found) = store::accounts::find_checkable(tx, username.key()).await?
    {
        return Ok(Some(found));
    }
    let found = found_by_email_alone(tx, name).await?;
    Ok(found.map(|(account, hash)| Checkable { is_active: account.is_active(), brief: account.into(), hash }))
}

/// The account of this e-mail, if it has no username.
async fn found_by_email_alone(tx: &mut Tx, name: &str) -> Result<Option<(Account, Option<String>)>, Error> {
    let Ok(email) = Email::parse(name) else { return Ok(None) };
    let found = store::accounts::find_by_email(tx, email.key()).await?;
    Ok(found.filter(|(account, _)| account.username.is_none()))
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
    by_login(&mut tx, name).await?.map(|(account, _)| account).ok_or(Error::NotFound)
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
}

/// Counts it.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(app: &App) -> Result<Counts, Error> {
    let mut tx = app.db().read().await?;
    let sessions = store::sessions::count(&mut tx, app.now()).await?;
    Ok(Counts { sessions: usize::try_from(sessions).unwrap_or_default() })
}
