//! That the password of a session is in a list of leaked ones, which is found out while it is at hand: at the log-in. The
//! account's pages say so until there is another.

use crate::app::App;
use crate::http::page_error::PageError;
use crate::http::sessions::{Current, Data};
use crate::model::password::Password;

const KEY: &str = "leaked";

/// Looks up the password that a user logs in with, and keeps what comes of it.
pub(super) async fn look_up(app: &App, password: &Password, data: &mut Data) {
    if crate::accounts::password::has_leaked(app, password).await {
        data.insert(KEY.to_owned(), true.into());
    }
}

/// Whether that of this session was in a list.
pub(super) async fn is_in_use(session: &Current) -> Result<bool, PageError> {
    Ok(session.data().get::<bool>(KEY).await?.is_some())
}

/// There is another password.
pub(super) async fn forget(session: &Current) -> Result<(), PageError> {
    session.data().remove::<bool>(KEY).await?;
    Ok(())
}
