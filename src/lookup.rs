//! Looking accounts up: by id, by a name, in order.

use uuid::Uuid;

use crate::app::App;
use crate::error::Error;
use crate::model::username::reads_as_email;
use crate::model::{Account, AccountId, AccountSummary, Email, Keys, Username, username};
use crate::store::accounts::{Found, PasswordRecord};
use crate::store::{self, Connection};

/// The account of this id.
///
/// # Errors
/// When the database does not answer.
pub async fn by_id(app: &App, id: AccountId) -> Result<Option<Account>, Error> {
    let mut connection = app.db().read().await?;
    Ok(store::accounts::find(&mut connection, id).await?)
}

/// The account that has this username, however it is written, or had it a while ago: for addresses that lead on after a
/// change of the name.
///
/// # Errors
/// When the database does not answer.
pub async fn by_username(app: &App, username: &str) -> Result<Option<Account>, Error> {
    let Ok(username) = Username::keys(username) else { return Ok(None) };
    let mut connection = app.db().read().await?;
    Ok(store::former_usernames::find_account(&mut connection, &username, app.now()).await?)
}

/// What services are told of the account of this name, where a door asks for a username: one without a username goes by
/// its e-mail.
///
/// What reads as an address belongs to the address's owner alone: that an older account has it for a username makes it
/// no other's.
///
/// # Errors
/// When the database does not answer.
pub async fn by_name(app: &App, name: &str) -> Result<Option<AccountSummary>, Error> {
    let Ok(username) = Username::keys(name) else { return Ok(None) };
    if reads_as_email(name)
        && let Ok(email) = Email::keys(name)
        && let Some(Found { summary, username_key }) = app.summaries().of_email(&email).await?
    {
        return Ok(goes_by(username_key.as_deref(), &username).then_some(summary));
    }
    Ok(app.summaries().of_username(&username).await?.map(|found| found.summary))
}

/// The same, with what it takes to check a password.
pub(crate) async fn checkable_by_name(
    connection: &mut Connection,
    name: &str,
) -> Result<Option<PasswordRecord>, Error> {
    let Ok(username) = Username::keys(name) else { return Ok(None) };
    if reads_as_email(name)
        && let Some((owner, hash)) = owner(connection, name).await?
    {
        let owner = Some(owner).filter(|owner| goes_by(owner.username.as_ref().map(Username::key), &username));
        return Ok(owner.map(|owner| {
            let (is_active, two_factor) = (owner.is_active(), owner.two_factor);
            PasswordRecord { brief: owner.into(), is_active, two_factor, hash }
        }));
    }
    Ok(store::accounts::find_checkable(connection, &username).await?)
}

/// The account of this e-mail.
async fn owner(connection: &mut Connection, name: &str) -> Result<Option<(Account, Option<String>)>, Error> {
    let Ok(email) = Email::keys(name) else { return Ok(None) };
    Ok(store::accounts::find_by_email(connection, &email).await?)
}

/// Whether an account whose e-mail a name is goes by it where usernames are asked for: it has no username, or one that is
/// found by the same name.
fn goes_by(username_key: Option<&str>, name: &Keys) -> bool {
    username_key.is_none_or(|key| name.contain(key))
}

/// The accounts that a log-in name may mean, and their password hashes: that of the e-mail, and that of the
/// username. They are two only where an older username reads as another account's e-mail; then the password decides.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn candidates(
    connection: &mut Connection,
    login: &str,
) -> Result<Vec<(Account, Option<String>)>, Error> {
    let mut found: Vec<_> = owner(connection, login).await?.into_iter().collect();
    let trimmed = Some(username::trimmed(login)).filter(|trimmed| *trimmed != login);
    for typed in [Some(login), trimmed].into_iter().flatten() {
        let Ok(username) = Username::keys(typed) else { continue };
        if let Some((account, hash)) = store::accounts::find_by_username(connection, &username).await? {
            if found.iter().all(|(known, _)| known.id != account.id) {
                found.push((account, hash));
            }
            break;
        }
    }
    Ok(found)
}

/// The account named by id, e-mail or username, in this order.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn named(app: &App, name: &str) -> Result<Account, Error> {
    let mut connection = app.db().read().await?;
    if let Ok(id) = Uuid::parse_str(name)
        && let Some(account) = store::accounts::find(&mut connection, AccountId(id)).await?
    {
        return Ok(account);
    }
    let found = candidates(&mut connection, name).await?.into_iter().next();
    found.map(|(account, _)| account).ok_or(Error::NotFound)
}

/// Accounts in the order they were made, after `after`.
///
/// # Errors
/// When the database does not answer.
pub async fn list(app: &App, after: Option<AccountId>, limit: i64) -> Result<Vec<Account>, Error> {
    let mut connection = app.db().read().await?;
    Ok(store::accounts::list(&mut connection, after, limit).await?)
}

/// Figures that operators watch.
pub struct Counts {
    /// Browser sessions that are logged in.
    pub sessions: usize,
}

/// Counts what operators watch.
///
/// # Errors
/// When the database does not answer.
pub async fn counts(app: &App) -> Result<Counts, Error> {
    let mut connection = app.db().read().await?;
    let sessions = store::sessions::count(&mut connection, app.now()).await?;
    Ok(Counts { sessions: usize::try_from(sessions).unwrap_or_default() })
}
