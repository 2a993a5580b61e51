//! The mailed links of a change of the e-mail, as their pages look at them.

use crate::app::App;
use crate::error::Error;
use crate::model::Account;
use crate::secrets::hash_token;
use crate::store;
use crate::store::email_changes::EmailChange;
use crate::store::links::LinkState;

/// What a mailed link is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It confirms a change.
    Confirm,
    /// It stops one.
    Stop,
    /// It takes one back.
    Undo,
}

/// What the page of a link that works tells.
pub struct Shown {
    /// The account.
    pub account: Account,
    /// The address that the account has afterwards, or goes on having.
    pub email: String,
}

/// What a link is about: looking changes nothing, however often.
///
/// # Errors
/// [`Error::NotFound`] for a link that does not work (any more).
pub async fn look(app: &App, link: Link, token: &str) -> Result<Shown, Error> {
    let (hash, now) = (hash_token(token.as_bytes()), app.now());
    let mut connection = app.db().snapshot().await?;
    if link == Link::Undo {
        let undo = store::email_changes::undo(&mut connection, &hash).await?;
        let undo = undo.filter(|undo| undo.state(now) == LinkState::Live).ok_or(Error::NotFound)?;
        let account = store::accounts::find(&mut connection, undo.account_id).await?;
        let account = account.filter(Account::is_active).ok_or(Error::NotFound)?;
        return Ok(Shown { account, email: undo.email });
    }
    let change = match link {
        Link::Confirm => store::email_changes::by_confirm(&mut connection, &hash).await?,
        Link::Stop | Link::Undo => store::email_changes::by_stop(&mut connection, &hash).await?,
    };
    let change = change.filter(|change| change.waits(now)).ok_or(Error::NotFound)?;
    let account = store::accounts::find(&mut connection, change.account_id).await?;
    let account = account.filter(|account| is_good(account, &change)).ok_or(Error::NotFound)?;
    let email = match link {
        Link::Confirm => change.email,
        Link::Stop | Link::Undo => account.email().unwrap_or_default().to_owned(),
    };
    Ok(Shown { account, email })
}

/// How it is with a link, for the page that tells of one that does not work. `None` for one that there never was.
///
/// # Errors
/// When the database does not answer.
pub async fn state(app: &App, link: Link, token: &str) -> Result<Option<LinkState>, Error> {
    let (hash, now) = (hash_token(token.as_bytes()), app.now());
    let mut connection = app.db().read().await?;
    Ok(match link {
        Link::Confirm => {
            store::email_changes::by_confirm(&mut connection, &hash).await?.map(|change| change.confirm_state(now))
        }
        Link::Stop => store::email_changes::by_stop(&mut connection, &hash).await?.map(|change| change.stop_state(now)),
        Link::Undo => store::email_changes::undo(&mut connection, &hash).await?.map(|undo| undo.state(now)),
    })
}

/// Whether a change may still be confirmed or stopped.
pub(super) fn is_good(account: &Account, change: &EmailChange) -> bool {
    account.is_active() && account.generation == change.generation
}
