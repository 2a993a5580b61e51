//! Proving a second factor by a code: of an authenticator app, or one for recovery. One count of wrong codes for all
//! places that ask for one, apart from that of wrong passwords.

use serde_json::Map;

use crate::app::App;
use crate::audit;
use crate::error::{Credentials, Error};
use crate::limits::Rule;
use crate::mails::{self, Detail, Purpose};
use crate::model::audit::Action;
use crate::model::client::DeviceId;
use crate::model::{Account, Actor};
use crate::shares::client_network;
use crate::store::{self, Transaction};

use super::{recovery, secret_of};

/// How many digits a code of an app has.
const DIGITS: usize = 6;

/// What is known of the client that tries a code: who has been logged in to the account has a count of their own, so
/// that a stranger with the password cannot use it up.
#[derive(Clone, Copy, Debug)]
pub enum Caller {
    /// It has never been logged in to the account, as far as is known.
    Stranger,
    /// A browser or program that has been.
    Device(DeviceId),
    /// It has a session of the account.
    Session,
    /// It has a link that was mailed to the account's address.
    Link,
}

/// Proves a second factor of an account by what was typed. A code is good once.
///
/// # Errors
/// [`Error::Credentials`] for a code that is not right, or was used; [`Error::TooMany`].
pub(crate) async fn prove(app: &App, by: &Actor, account: &Account, typed: &str, caller: Caller) -> Result<(), Error> {
    // What can be no code is no try.
    if digits(typed).is_none() && recovery::normalized(typed).is_none() {
        return Err(Error::Credentials(Credentials::SecondFactor));
    }
    let who = match digits(typed) {
        Some(_) => key(account, caller),
        // A recovery code cannot be guessed: no try at one, from wherever, keeps its owner from using it.
        None => format!("{} recovery {:?}", key(account, caller), by.client().map(client_network)),
    };
    app.limits().count(Rule::CodeTotal, &who).await?;
    if let Err(wait) = app.limits().count(Rule::Code, &who).await {
        app.limits().forgive(Rule::CodeTotal, &who).await;
        return Err(wait.into());
    }
    let mut tx = app.db().begin().await?;
    let is_right = take(app, &mut tx, by, account, typed).await?;
    if !is_right {
        audit::record(&mut tx, by, Action::WrongCode, Some(account.id), Map::new(), app.now()).await?;
    }
    tx.commit().await?;
    if !is_right {
        return Err(Error::Credentials(Credentials::SecondFactor));
    }
    for rule in [Rule::Code, Rule::CodeTotal] {
        app.limits().clear(rule, &who).await;
    }
    Ok(())
}

/// Another password begins with no wrong codes, as it ends what a thief of the former one could try.
fn key(account: &Account, caller: Caller) -> String {
    let (id, generation) = (account.id, account.generation.0);
    match caller {
        Caller::Stranger => format!("{id} {generation}"),
        Caller::Device(device) => format!("{id} {generation} device {device}"),
        Caller::Session => format!("{id} {generation} session"),
        Caller::Link => format!("{id} {generation} link"),
    }
}

async fn take(app: &App, tx: &mut Transaction, by: &Actor, account: &Account, typed: &str) -> Result<bool, Error> {
    if let Some(code) = digits(typed) {
        return take_of_app(app, tx, account, &code).await;
    }
    let Some(code) = recovery::normalized(typed) else { return Ok(false) };
    if !recovery::take(tx, account.id, &code).await? {
        return Ok(false);
    }
    audit::record(tx, by, Action::RecoveryCodeUsed, Some(account.id), Map::new(), app.now()).await?;
    mails::notify(app, tx, Purpose::RecoveryCodeUsed, account, Detail::default()).await?;
    Ok(true)
}

async fn take_of_app(app: &App, tx: &mut Transaction, account: &Account, code: &str) -> Result<bool, Error> {
    let now = app.now();
    for authenticator in store::factors::authenticators(tx, account.id).await? {
        let Some(secret) = secret_of(app, &authenticator) else { continue };
        for step in secret.steps_of(code, now) {
            if store::factors::take_step(tx, authenticator.id, step, now).await? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The six digits that were typed, however they are grouped.
pub(super) fn digits(typed: &str) -> Option<String> {
    let code: String = typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
    (code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit())).then_some(code)
}
