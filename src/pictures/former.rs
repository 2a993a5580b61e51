//! Former pictures: their addresses lead to the picture that their owner has now, since others have stored them.

use std::time::Duration;

use crate::app::App;
use crate::error::Error;
use crate::model::Account;
use crate::model::picture::Picture;
use crate::store;

/// How long the address of a picture outlives it.
const RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);

/// The picture that has taken the place of the one with this key. Nothing when there never was such a one, when its
/// time is over, and when its owner has removed it, is disabled or gone.
///
/// # Errors
/// When the database does not answer.
pub async fn successor(app: &App, key: &str) -> Result<Option<Picture>, Error> {
    let mut connection = app.db().read().await?;
    let account = store::former_pictures::account(&mut connection, key, app.now() - RETENTION).await?;
    Ok(account.filter(Account::is_active).and_then(|account| account.picture))
}

/// Forgets those whose time is over.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn prune(app: &App) -> Result<(), Error> {
    store::former_pictures::prune(&mut app.db().write_once().await?, app.now() - RETENTION).await?;
    Ok(())
}
