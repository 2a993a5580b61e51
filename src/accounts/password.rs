//! Changing and setting passwords.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::Map;

use crate::app::App;
use crate::audit;
use crate::error::{Credentials, Error};
use crate::limits::{Rule, address_key};
use crate::logins::end::{self, Ended};
use crate::logins::prove_password;
use crate::mails::{self, Detail, Purpose};
use crate::model::audit::Action;
use crate::model::password::Password;
use crate::model::{Account, AccountId, Actor, Client, EventKind, MAX_NAME_BYTES, Problem};
use crate::permission::{permit, permit_in_person};
use crate::store::{self, Transaction};

use super::{announce, count_change, count_change_of_password, hold};

/// Changes a person's own password, which they prove to know. Everything that the account is logged in with ends, but
/// the session with the handle `keep`, which gets another id. The password it already is, is no change and ends
/// nothing.
///
/// # Errors
/// As [`reauthenticate`](crate::logins::reauthenticate()), [`Error::TooMany`] and [`Error::NotFound`].
pub async fn change(
    app: &App,
    by: &Actor,
    id: AccountId,
    current: &Password,
    new: &Password,
    keep: Option<&[u8]>,
    client: Client,
) -> Result<Option<Ended>, Error> {
    let proof = prove_password(app, by, id, current, client).await?;
    if current.same_as(new) {
        return Ok(None);
    }
    let counted = count_change_of_password(app, by, id).await?;
    let hash = app.passwords().hash(new, by.client()).await?;
    let (mut tx, account) = hold(app, by, id, counted).await?;
    // Set by another request meanwhile, it is no longer this one.
    if account.generation != proof.generation {
        return Err(Error::Credentials(Credentials::Password));
    }
    // The one from before a program changed it stays: the present one may be that program's.
    let mut ended = write(app, &mut tx, by, &account, &hash, keep).await?;
    tx.commit().await?;
    ended.tell(app).await;
    Ok(Some(ended))
}

/// Whether an account has a password.
///
/// # Errors
/// When the database does not answer.
pub async fn exists(app: &App, id: AccountId) -> Result<bool, Error> {
    Ok(store::accounts::password_hash(&mut app.db().read().await?, id).await?.is_some())
}

/// Gives an account that has none a password. Everything else that it is logged in with ends, as with another password.
///
/// # Errors
/// [`Error::Forbidden`] for one that has a password; [`Error::TooMany`], [`Error::NotFound`], [`Error::Busy`].
pub async fn add(app: &App, by: &Actor, id: AccountId, new: &Password, keep: Option<&[u8]>) -> Result<Ended, Error> {
    permit_in_person(by)?;
    let counted = count_change(app, by, id).await?;
    let hash = app.passwords().hash(new, by.client()).await?;
    let (mut tx, account) = hold(app, by, id, counted).await?;
    if store::accounts::password_hash(&mut tx, id).await?.is_some() {
        return Err(Error::Forbidden);
    }
    let mut ended = replace(app, &mut tx, by, &account, &hash, keep).await?;
    tx.commit().await?;
    ended.tell(app).await;
    Ok(ended)
}

/// The hash of a password that an account is to have; none for the one it has already, which is no change.
pub(super) async fn hash_of_another(
    app: &App,
    by: &Actor,
    id: AccountId,
    new: &Password,
) -> Result<Option<String>, Error> {
    let mut connection = app.db().read().await?;
    permit(&mut connection, by, id).await?;
    let old = store::accounts::password_hash(&mut connection, id).await?;
    drop(connection);
    // Both, whatever comes out: a client whose change is refused for something else learns nothing by the time it took.
    let is_same = match old {
        Some(old) => app.passwords().is_same(new, &old, by.client()).await?,
        None => false,
    };
    let hash = app.passwords().hash(new, by.client()).await?;
    Ok((!is_same).then_some(hash))
}

/// For so long the password before takes a change of the e-mail back.
const FORMER_LIFETIME: Duration = Duration::from_secs(7 * 24 * 3600);

/// Stores another password of an account that this transaction holds, by more than the present one: a mailed link, an admin,
/// the operator. Announces it. Everything that the account is logged in with ends, but the session with the handle `keep`.
/// Hashing takes a while: the actor's permission is checked again.
pub(super) async fn replace(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    held: &Account,
    hash: &str,
    keep: Option<&[u8]>,
) -> Result<Ended, Error> {
    store::former_passwords::forget(tx, held.id).await?;
    write(app, tx, by, held, hash, keep).await
}

/// The same for a program with a token of the account: the password before is kept for a while, unless one is already.
pub(super) async fn replace_by_token(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    held: &Account,
    hash: &str,
) -> Result<Ended, Error> {
    let now = app.now();
    store::former_passwords::keep(tx, held.id, now, now + FORMER_LIFETIME).await?;
    write(app, tx, by, held, hash, None).await
}

async fn write(
    app: &App,
    tx: &mut Transaction,
    by: &Actor,
    held: &Account,
    hash: &str,
    keep: Option<&[u8]>,
) -> Result<Ended, Error> {
    permit(tx, by, held.id).await?;
    let now = app.now();
    store::accounts::set_password(tx, held.id, hash, now).await?;
    audit::record(tx, by, Action::PasswordChanged, Some(held.id), Map::new(), now).await?;
    let mut ended = end::everything(app, tx, held, keep).await?;
    ended.account.password_changed_at = now;
    ended.account.updated_at = now;
    mails::notify(app, tx, Purpose::PasswordChanged, &ended.account, Detail::default()).await?;
    announce(app, tx, EventKind::Updated, &ended.account).await?;
    Ok(ended)
}

/// A password that a user chooses, or has chosen for them, on a page or at the command line. What belongs to the
/// account (as typed: the username and the part of the e-mail before its `@`) and the brand's name make none, and none
/// that has leaked is taken, as far as `client` may have a service asked: the address of who chooses, nothing for admins and
/// the operator.
///
/// # Errors
/// As [`Password::chosen`].
pub async fn choose(
    app: &App,
    text: String,
    username: Option<&str>,
    email: Option<&str>,
    client: Option<IpAddr>,
) -> Result<Password, Problem> {
    let settings = app.settings();
    let local = email.unwrap_or_default().split('@').next().unwrap_or_default();
    // What is no name needs no look.
    let names =
        [username.unwrap_or_default(), local].map(|name| Some(name).filter(|name| name.len() <= MAX_NAME_BYTES));
    let context = [settings.brand_name.as_str()].into_iter().chain(names.into_iter().flatten().map(str::trim));
    let context: Vec<&str> = context.collect();
    let password = Password::chosen(text, settings.password_min, &context)?;
    let asks_service = match client {
        Some(address) if app.breached().asks_service() => {
            app.limits().count(Rule::LeakLookUp, &address_key(address)).await.is_ok()
        }
        _ => true,
    };
    if app.breached().has(&password, asks_service).await { Err(Problem::Leaked) } else { Ok(password) }
}

/// Whether a password is in a list of leaked ones.
pub async fn has_leaked(app: &App, password: &Password) -> bool {
    app.breached().has(password, true).await
}
