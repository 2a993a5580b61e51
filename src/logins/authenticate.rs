//! Logging in, and proving again that it is oneself. One count of wrong attempts for all doors, names and letter cases:
//! `throttle`.

use std::net::IpAddr;

use uuid::Uuid;

use crate::app::App;
use crate::audit;
use crate::authenticated::Authenticated;
use crate::error::{Credentials, Error};
use crate::factors::{self, code::Caller};
use crate::lookup;
use crate::model::password::Password;
use crate::model::{
    Account, AccountId, AccountSummary, Actor, Client, Door, Email, MAX_NAME_BYTES, Username, username,
};
use crate::passwords::Verdict;
use crate::store;
use crate::store::accounts::PasswordRecord;
use crate::worker_pool::Busy;

use super::app_password;
use super::second_step::{self, Begun, Proved};
use super::throttle::{self, Arrival, Credential, Proof, Target};

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
    throttle::check_address(app, client).await?;
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

/// Who was found, unless the account is disabled, which is told only to who has the right password.
fn usable<T>(found: Option<(bool, T)>) -> Result<T, Error> {
    match found {
        Some((true, found)) => Ok(found),
        Some((false, _)) => Err(Error::Disabled),
        None => Err(Error::Credentials(Credentials::Unknown)),
    }
}

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
    match app.passwords().verify(password, hash.as_deref(), Some(client.address)).await {
        Ok(Verdict::Wrong) => {
            app.audit_queue().push(audit::wrong_password(*by, id, app.now()));
            Err(Error::Credentials(Credentials::Password))
        }
        Ok(Verdict::Right | Verdict::NeedsRehash) => {
            attempt.right().await;
            Ok(())
        }
        Err(busy) => {
            attempt.unlooked().await;
            Err(busy.into())
        }
    }
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
    match app.passwords().verify(password, hash, Some(client.address)).await {
        Ok(Verdict::Wrong) => Err(Error::Credentials(Credentials::Password)),
        Ok(_) => {
            attempt.right().await;
            Ok(())
        }
        Err(busy) => {
            attempt.unlooked().await;
            Err(busy.into())
        }
    }
}

/// Whose password is tried: an account's, or that of a name which none has.
struct Tried<'a> {
    id: Option<AccountId>,
    name: &'a str,
    hash: Option<String>,
    /// Whether the right password is no better than a wrong one.
    is_refused: bool,
    /// Whether the right password is the first of two steps.
    is_first_step: bool,
}

async fn check(
    app: &App,
    by: &Actor,
    arrival: Arrival<'_>,
    proof: Option<Proof>,
    tried: Tried<'_>,
    spellings: &[Password],
) -> Result<(), Error> {
    let Tried { id, name, mut hash, is_refused, is_first_step } = tried;
    let target = id.map_or_else(|| Target::unknown_name(&unknown_key(name)), |id| Target::account(id, hash.as_deref()));
    let attempt = arrival.admit(&target, proof).await?;
    if attempt.has_waited {
        // It may be another by now. That of an unknown name is looked for, too, so that it takes as long.
        let mut connection = app.db().read().await?;
        hash = store::accounts::password_hash(&mut connection, id.unwrap_or(AccountId(Uuid::nil()))).await?;
    }
    let right = match verify_any(app, spellings, hash.as_deref(), by.client()).await {
        Ok(right) if right.is_none() || is_refused => {
            let Some(id) = id else { return Err(Error::Credentials(Credentials::Unknown)) };
            // Written later: a known name must not take longer than an unknown one. Each try has a row of its own;
            // limits bound them, since a try that is refused unlooked-at leaves none.
            let entry = if right.is_some() { audit::password_alone } else { audit::wrong_password };
            app.audit_queue().push(entry(*by, id, app.now()));
            return Err(Error::Credentials(Credentials::Password));
        }
        Ok(right) => {
            if is_first_step {
                attempt.first_step().await;
            } else {
                attempt.right().await;
            }
            right
        }
        Err(busy) => {
            attempt.unlooked().await;
            return Err(busy.into());
        }
    };
    if let (Some((right, Verdict::NeedsRehash)), Some(id), Some(old)) = (right, id, hash) {
        upgrade(app, id, &old, right, by.client()).await?;
    }
    Ok(())
}

/// The first of the spellings that is not wrong, if any.
async fn verify_any<'a>(
    app: &App,
    spellings: &'a [Password],
    hash: Option<&str>,
    client: Option<IpAddr>,
) -> Result<Option<(&'a Password, Verdict)>, Busy> {
    for password in spellings {
        match app.passwords().verify(password, hash, client).await? {
            Verdict::Wrong => {}
            verdict => return Ok(Some((password, verdict))),
        }
    }
    Ok(None)
}

/// Rewrites the hash of a replaced service, or of older parameters, now that the password is at hand.
async fn upgrade(
    app: &App,
    id: AccountId,
    old: &str,
    password: &Password,
    client: Option<IpAddr>,
) -> Result<(), Error> {
    let new = app.passwords().hash(password, client).await?;
    store::accounts::upgrade_hash(&mut app.db().write_once().await?, id, old, &new).await?;
    Ok(())
}

/// The key for attempts at an unknown name.
fn unknown_key(login: &str) -> String {
    let keys = Email::keys(login).or_else(|_| Username::keys(username::trimmed(login)));
    keys.map(|keys| keys.key().to_owned()).unwrap_or_default()
}
