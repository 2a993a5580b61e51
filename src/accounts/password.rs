//! Changing and setting passwords.

use serde_json::Map;

use crate::app::App;
use crate::audit;
use crate::logins::authenticate;
use crate::model::audit::Action;
use crate::model::password::Password;
use crate::model::{AccountId, Actor, EventKind};
use crate::passwords::Verdict;
use crate::store;
use crate::tokens;

use super::{Client, Error, announce, password_link, permit_admin};

/// Changes a person's own password, which they prove to know. Every other session ends; `keep` is the one in
/// use. Gives how many ended. The password it already is, is no change and ends nothing.
///
/// # Errors
/// As [`authenticate::prove`], and [`Error::NotFound`].
pub async fn change(
    app: &App,
    by: &Actor,
    id: AccountId,
    current: &Password,
    new: &Password,
    keep: Option<&[u8]>,
    client: Client,
) -> Result<u64, Error> {
    authenticate::prove(app, by, id, current, client).await?;
    if current.same_as(new) { Ok(0) } else { replace(app, by, id, new, keep).await }
}

/// Sets anybody's password: for admins and the operator. Every session of the account ends.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Busy`].
pub async fn set(app: &App, by: &Actor, id: AccountId, new: &Password) -> Result<(), Error> {
    let mut tx = app.db().read().await?;
    permit_admin(&mut tx, by).await?;
    let old = store::accounts::password_hash(&mut tx, id).await?;
    drop(tx);
    if let Some(old) = old
        && app.passwords().verify(new, Some(&old)).await? != Verdict::Wrong
    {
        return Ok(());
    }
    replace(app, by, id, new, None).await.map(|_| ())
}

async fn replace(app: &App, by: &Actor, id: AccountId, new: &Password, keep: Option<&[u8]>) -> Result<u64, Error> {
    let hash = app.passwords().hash(new).await?;
    let mut tx = app.db().write().await?;
    let account = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let now = app.now();
    store::accounts::set_password(&mut tx, id, &hash, now).await?;
    audit::note(&mut tx, by, Action::PasswordChanged, Some(id), Map::new(), now).await?;
    announce(app, &mut tx, EventKind::Updated, &account).await?;
    password_link::forget(&mut tx, id).await?;
    let ended = store::sessions::delete_all(&mut tx, id, keep).await?;
    let ended = ended + tokens::spent::end_all(app, &mut tx, id).await?;
    tx.commit().await?;
    Ok(ended)
}
