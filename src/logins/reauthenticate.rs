//! Proving again that one is the owner of an account: to go on with a session, a token or a mailed link.

use crate::app::App;
use crate::audit;
use crate::authenticated::Authenticated;
use crate::error::{Credentials, Error};
use crate::factors::{self, code::Caller};
use crate::model::password::Password;
use crate::model::{Account, AccountId, Actor, Client, Door};
use crate::store;

use super::password::{Tried, check, compare, usable};
use super::throttle::{self, Proof, Target};

/// The owner of this account, if `password` is theirs, and `code` where they have a second factor: again, before
/// something that cannot be taken back.
///
/// # Errors
/// [`Error::Credentials`], [`Error::Disabled`], [`Error::TooMany`], [`Error::Busy`].
pub async fn reauthenticate(
    app: &App,
    by: &Actor,
    id: AccountId,
    password: &Password,
    code: &str,
    client: Client,
) -> Result<Authenticated, Error> {
    let account = prove_password(app, by, id, password, client).await?;
    if !account.two_factor {
        return Ok(Authenticated::by_password(app, account));
    }
    factors::code::prove(app, by, &account, code, Caller::Session).await?;
    Ok(Authenticated::by_code(app, account))
}

/// The account of a user who has a session or tokens of it, if `password` is theirs.
///
/// # Errors
/// [`Error::Credentials`], [`Error::Disabled`], [`Error::TooMany`], [`Error::Busy`].
pub(crate) async fn prove_password(
    app: &App,
    by: &Actor,
    id: AccountId,
    password: &Password,
    client: Client,
) -> Result<Account, Error> {
    let arrival = throttle::in_session(app, by, id, client).await?;
    let mut connection = app.db().read().await?;
    let found = store::accounts::find_with_hash(&mut connection, id).await?;
    drop(connection);
    let (account, hash) = found.ok_or(Error::Credentials(Credentials::Unknown))?;
    let tried = Tried { id: Some(id), name: "", hash, is_refused: false, is_first_step: false };
    check(app, by, arrival, Some(Proof::Session), tried, std::slice::from_ref(password)).await?;
    usable(Some((account.is_active(), account)))
}

/// Whether `password` is the one that an account had when `hash` was its, before something that undoes what happened
/// since. Any client that brings it is a stranger.
///
/// # Errors
/// [`Error::Credentials`], [`Error::TooMany`], [`Error::Busy`].
pub(crate) async fn prove_former_password(
    app: &App,
    by: &Actor,
    id: AccountId,
    hash: Option<String>,
    password: &Password,
    client: Client,
) -> Result<(), Error> {
    throttle::count_proof(app, &format!("{id} undo")).await?;
    let arrival = throttle::arrive(app, client).await?;
    let attempt = arrival.admit(&Target::account(id, hash.as_deref()), None).await?;
    let compared = compare(app, attempt, password, hash.as_deref(), client).await;
    if let Err(Error::Credentials(_)) = compared {
        app.audit_queue().push(audit::wrong_password(*by, id, app.now()));
    }
    compared
}

/// Authenticates the user of one account, who has no session of it.
///
/// # Errors
/// As [`authenticate()`].
pub(crate) async fn authenticate_as(
    app: &App,
    id: AccountId,
    password: &Password,
    client: Client,
    door: Door,
) -> Result<Authenticated, Error> {
    throttle::count_proof(app, &format!("{id} confirm")).await?;
    let arrival = throttle::arrive(app, client).await?;
    let mut connection = app.db().read().await?;
    let found = store::accounts::find_with_hash(&mut connection, id).await?;
    drop(connection);
    let (account, hash) = found.ok_or(Error::Credentials(Credentials::Unknown))?;
    let proof = client.device_of(app, &account).await?.map(Proof::Device);
    let by = Actor::anonymous(door, client.address);
    let tried = Tried { id: Some(id), name: "", hash, is_refused: account.two_factor, is_first_step: false };
    check(app, &by, arrival, proof, tried, std::slice::from_ref(password)).await?;
    let account = usable(Some((account.is_active(), account)))?;
    Ok(Authenticated::by_password(app, account))
}

/// Whether a password is the one that was chosen, if one was, for what is no account yet. A wrong one counts as any other, against
/// the client's address and `name`.
///
/// # Errors
/// [`Error::Credentials`], [`Error::TooMany`], [`Error::Busy`].
pub(crate) async fn check_chosen(
    app: &App,
    name: &str,
    hash: Option<&str>,
    password: &Password,
    client: Client,
) -> Result<(), Error> {
    throttle::count_proof(app, name).await?;
    let arrival = throttle::arrive(app, client).await?;
    let attempt = arrival.admit(&Target::unknown_name(name), None).await?;
    compare(app, attempt, password, hash, client).await
}
