//! Logging in by a name and a password.

use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::{Credentials, Error};
use crate::lookup;
use crate::model::password::Password;
use crate::model::{Account, AccountSummary, Actor, Client, Door, MAX_NAME_BYTES};
use crate::store::accounts::PasswordRecord;

use super::app_password;
use super::credential::{self, Credential};
use super::password::{Tried, check, usable};
use super::second_step::{self, Begun, Proved};
use super::throttle::{self, Proof};

/// Authenticates a user by `login` (e-mail or username) and `password`.
///
/// An unknown name costs the same time as a wrong password. A disabled account is told so only after the right
/// password. Of an account with a second factor the right password is refused exactly as a wrong one: the doors that
/// come here ask for nothing else.
///
/// # Errors
/// [`Error::Credentials`], [`Error::Disabled`], [`Error::TooMany`], [`Error::Busy`].
pub async fn authenticate(
    app: &App,
    login: &str,
    password: &Password,
    client: Client,
    door: Door,
) -> Result<Authenticated, Error> {
    authenticate_by_any(app, login, std::slice::from_ref(password), client, door).await
}

/// The same for one password in several spellings, of which any may be the right one: together they are one try.
///
/// # Errors
/// As [`authenticate()`].
pub async fn authenticate_by_any(
    app: &App,
    login: &str,
    spellings: &[Password],
    client: Client,
    door: Door,
) -> Result<Authenticated, Error> {
    if let Some(password) = spellings.first()
        && let Some(who) = app_password::authenticate(app, login, password, client).await?
    {
        return Ok(who);
    }
    let account = prove(app, login, spellings, client, door, PasswordAlone::Refused).await?;
    Ok(Authenticated::by_password(app, account))
}

/// Begins a log-in by `login` and `password`. Where the account has a second factor it goes on with the second step,
/// unless the browser is trusted, which the cookie `trusted` shows.
///
/// # Errors
/// As [`authenticate()`].
pub async fn begin(
    app: &App,
    login: &str,
    password: &Password,
    client: Client,
    trusted: Option<&str>,
) -> Result<Begun, Error> {
    let spellings = std::slice::from_ref(password);
    let account = prove(app, login, spellings, client, Door::Pages, PasswordAlone::Proves).await?;
    if !account.two_factor {
        return Ok(Begun::Done(Box::new(Authenticated::by_password(app, account))));
    }
    let is_trusted = match trusted {
        Some(trusted) => second_step::is_trusted(app, trusted, &account).await?,
        None => false,
    };
    if !is_trusted {
        return Ok(Begun::SecondStep(Box::new(Proved::new(app, account))));
    }
    second_step::done(app, &account, client).await?;
    Ok(Begun::Done(Box::new(Authenticated::by_password(app, account))))
}

/// What the right password of an account with a second factor is, alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PasswordAlone {
    /// No better than a wrong one: nothing may tell them apart.
    Refused,
    /// The first of two steps.
    Proves,
}

/// The account that a name and a password prove.
async fn prove(
    app: &App,
    login: &str,
    spellings: &[Password],
    client: Client,
    door: Door,
    alone: PasswordAlone,
) -> Result<Account, Error> {
    // Nothing is done with what can be no name, not even hashing.
    if login.len() > MAX_NAME_BYTES {
        return Err(Error::Credentials(Credentials::Unknown));
    }
    credential::check_address(app, client).await?;
    let mut arrival = Some(throttle::arrive(app, client).await?);
    let mut connection = app.db().read().await?;
    let found = lookup::candidates(&mut connection, login).await?;
    drop(connection);
    let by = Actor::anonymous(door, client.address);
    let no_account = found.is_empty().then_some((None, None));
    let found = found.into_iter().map(|(account, hash)| (Some(account), hash)).chain(no_account);
    let mut refused = Error::Credentials(Credentials::Unknown);
    for (account, hash) in found {
        let proof = match &account {
            Some(account) => client.device_of(app, account).await?.map(Proof::Device),
            None => None,
        };
        let id = account.as_ref().map(|account| account.id);
        let settings = app.settings();
        let opens_nothing =
            |account: &Account| settings.doors_refuse(account.two_factor) || settings.owes_factor(account);
        let is_refused = alone == PasswordAlone::Refused && account.as_ref().is_some_and(opens_nothing);
        let credential = match &proof {
            Some(Proof::Device(device)) => Credential::KnownDevice(*device),
            _ => Credential::Password,
        };
        if let Some(id) = id
            && let Err(error) = credential.check(app, id, client).await
        {
            refused = error;
            continue;
        }
        let arrival = match arrival.take() {
            Some(arrival) => arrival,
            None => throttle::arrive(app, client).await?,
        };
        // What stays counted until its second step is done.
        let is_first_step =
            alone == PasswordAlone::Proves && account.as_ref().is_some_and(|account| account.two_factor);
        let tried = Tried { id, name: login, hash, is_refused, is_first_step };
        match check(app, &by, arrival, proof, tried, spellings).await {
            Ok(()) => {
                let account = usable(account.map(|account| (account.is_active(), account)))?;
                if !is_first_step {
                    credential.count(app, account.id, client).await?;
                }
                return Ok(account);
            }
            // Another account may be meant: that it shares its name with this one must not lock its owner out.
            Err(error @ (Error::Credentials(_) | Error::TooMany(_))) => refused = error,
            Err(error) => return Err(error),
        }
    }
    if let Some(arrival) = arrival {
        arrival.leave().await;
    }
    Err(refused)
}

/// The account that `name` (a username; for an account without one, its e-mail) and `password` open, for a service that
/// asks on a user's behalf. All its questions come from one address, so wrong attempts count against the account alone.
///
/// # Errors
/// As [`authenticate()`].
pub async fn verify(app: &App, by: &Actor, name: &str, password: &Password) -> Result<AccountSummary, Error> {
    if name.len() > MAX_NAME_BYTES {
        return Err(Error::Credentials(Credentials::Unknown));
    }
    if let Some(found) = app_password::verify(app, name, password).await? {
        return Ok(found);
    }
    let mut connection = app.db().read().await?;
    let mut found = lookup::checkable_by_name(&mut connection, name).await?;
    drop(connection);
    let id = found.as_ref().map(|found| found.brief.id);
    let hash = found.as_mut().and_then(|found| found.hash.take());
    let settings = app.settings();
    let is_owed =
        |found: &PasswordRecord| !found.two_factor && settings.require_two_factor.is_wanted_of(found.brief.is_admin);
    let is_refused = found.as_ref().is_some_and(|found| settings.doors_refuse(found.two_factor) || is_owed(found));
    let tried = Tried { id, name, hash, is_refused, is_first_step: false };
    check(app, by, throttle::for_service(app), None, tried, std::slice::from_ref(password)).await?;
    usable(found.map(|found| (found.is_active, found.brief)))
}
