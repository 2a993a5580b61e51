//! Changing and setting passwords.

use serde_json::Map;

use crate::app::App;
use crate::audit;
use crate::logins::end::{self, Ended};
use crate::logins::prove;
use crate::model::audit::Action;
use crate::model::password::Password;
use crate::model::{Account, AccountId, Actor, EventKind};
use crate::store::{self, Tx};

use super::{announce, count_change};
use crate::error::Credentials;
use crate::error::Error;
use crate::model::Client;
use crate::permission::permit;
use crate::permission::permit_admin;

/// Changes a person's own password, which they prove to know. Everything that the account is logged in with ends, but the
/// session with the handle `keep`, which gets another id. The password it already is, is no change and ends nothing.
///
/// # Errors
/// As [`prove`], [`Error::TooMany`] and [`Error::NotFound`].
pub async fn change(
    app: &App,
    by: &Actor,
    id: AccountId,
    current: &Password,
    new: &Password,
    keep: Option<&[u8]>,
    client: Client,
) -> Result<Option<Ended>, Error> {
    let proof = prove(app, by, id, current, client).await?;
    if current.same_as(new) {
        return Ok(None);
    }
    count_change(app, by, id).await?;
    let hash = app.passwords().hash(new).await?;
    let mut tx = app.db().write().await?;
    let account = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    permit(&mut tx, by, id).await?;
    // Set by somebody else meanwhile, it is no longer this one.
    if account.generation != proof.generation() {
        return Err(Error::Credentials(Credentials::Password));
    }
    let mut ended = store_hash(app, &mut tx, by, &account, &hash, keep).await?;
    announce(app, &mut tx, EventKind::Updated, &account).await?;
    tx.commit().await?;
    ended.tell(app).await;
    Ok(Some(ended))
}

/// Sets anybody's password: for admins and the operator. Everything that the account is logged in with ends.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Busy`].
pub async fn set(app: &App, by: &Actor, id: AccountId, new: &Password) -> Result<(), Error> {
    let mut tx = app.db().read().await?;
    permit_admin(&mut tx, by).await?;
    let old = store::accounts::password_hash(&mut tx, id).await?;
    drop(tx);
    if let Some(old) = old
        && app.passwords().is_same(new, &old).await?
    {
        return Ok(());
    }
    let hash = app.passwords().hash(new).await?;
    let mut tx = app.db().write().await?;
    // Asked again: hashing takes a while, and whoever asked may be no admin any more.
    permit_admin(&mut tx, by).await?;
    let account = store::accounts::find_for_update(&mut tx, id).await?.ok_or(Error::NotFound)?;
    let mut ended = store_hash(app, &mut tx, by, &account, &hash, None).await?;
    announce(app, &mut tx, EventKind::Updated, &account).await?;
    tx.commit().await?;
    ended.tell(app).await;
    Ok(())
}

/// Stores another password of an account that this transaction holds, which ends everything that it is logged in with.
pub(super) async fn store_hash(
    app: &App,
    tx: &mut Tx,
    by: &Actor,
    held: &Account,
    hash: &str,
    keep: Option<&[u8]>,
) -> Result<Ended, Error> {
    let now = app.now();
    store::accounts::set_password(tx, held.id, hash, now).await?;
    audit::note(tx, by, Action::PasswordChanged, Some(held.id), Map::new(), now).await?;
    let mut ended = end::everything(app, tx, held, keep).await?;
    ended.account.password_changed_at = now;
    ended.account.updated_at = now;
    Ok(ended)
}
