//! The second step of a log-in: what an account with a second factor asks for after its password. Until it is done
//! there is no session, only a row and a cookie of its own, which open nothing.

use std::time::Duration;

use time::OffsetDateTime;

use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::factors::code::{self, Caller};
use crate::mails::{self, Detail, Purpose};
use crate::model::{Account, Actor, Client, Door};
use crate::secrets::{hash_token, random_token};
use crate::store;
use crate::store::factors::{LoginStep, WaitingLogin};

use super::credential::Credential;
use super::throttle;

/// How long a log-in waits for its second step.
pub const LIFETIME: Duration = Duration::from_secs(600);

/// How long the second step is not asked for in a browser that is trusted.
pub const TRUST: Duration = Duration::from_secs(30 * 24 * 3600);

/// How many codes may be tried.
const MAX_TRIES: i64 = 5;

/// A user whose password is right and who has a second factor, which they have not proved. Nothing is opened by it; a
/// log-in goes on with it.
#[derive(Clone, Debug)]
pub struct Proved {
    account: Account,
    at: OffsetDateTime,
}

impl Proved {
    pub(super) fn new(app: &App, account: Account) -> Proved {
        Proved { account, at: app.now() }
    }

    /// Whose password it was.
    pub fn account(&self) -> &Account {
        &self.account
    }
}

/// How far a password leads.
#[derive(Debug)]
pub enum Begun {
    /// To a log-in.
    Done(Box<Authenticated>),
    /// To the second step.
    SecondStep(Box<Proved>),
}

/// A log-in that waits for its second step.
#[derive(Debug)]
pub struct Waiting {
    /// Whose it is.
    pub account: Account,
    /// What the pages keep until it is done, as JSON.
    pub data: String,
    /// Whether the session is to outlive the browser.
    pub remember: bool,
}

/// Lets a log-in wait, with what the pages keep until it is done. Gives what its cookie carries.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(app: &App, proved: &Proved, remember: bool, data: String) -> Result<String, Error> {
    let token = random_token();
    let step = LoginStep {
        account_id: proved.account.id,
        generation: proved.account.generation,
        data,
        remembered: remember,
        created_at: proved.at,
        expires_at: proved.at + LIFETIME,
    };
    let mut connection = app.db().write_once().await?;
    store::factors::insert_step(&mut connection, &hash_token(token.as_bytes()), &step).await?;
    Ok(token)
}

/// The log-in that waits under this cookie; `None` when it does no more.
///
/// # Errors
/// When the database does not answer.
pub async fn find(app: &App, token: &str) -> Result<Option<Waiting>, Error> {
    let id = hash_token(token.as_bytes());
    let mut connection = app.db().read().await?;
    let found = store::factors::waiting_login(&mut connection, &id, MAX_TRIES, app.now()).await?;
    let waiting = |WaitingLogin { account, data, remembered }| Waiting { account, data, remember: remembered };
    Ok(found.map(waiting))
}

/// Does the second step by a code. After the last try that is wrong the person is told that their password is known.
///
/// # Errors
/// [`Error::NotFound`] when the log-in waits no more; [`Error::Credentials`], [`Error::TooMany`].
pub async fn by_code(app: &App, token: &str, typed: &str, client: Client) -> Result<(Authenticated, Waiting), Error> {
    let waiting = find(app, token).await?.ok_or(Error::NotFound)?;
    let id = hash_token(token.as_bytes());
    let mut connection = app.db().write_once().await?;
    let tried = store::factors::try_step(&mut connection, &id, MAX_TRIES, app.now()).await?;
    drop(connection);
    let tries = tried.ok_or(Error::NotFound)?;
    let caller = client.device_of(app, &waiting.account).await?.map_or(Caller::Stranger, Caller::Device);
    let by = Actor::anonymous(Door::Pages, client.address);
    match code::prove(app, &by, &waiting.account, typed, caller).await {
        Ok(()) => {}
        Err(Error::Credentials(_)) if tries == MAX_TRIES => {
            let mut tx = app.db().begin().await?;
            mails::notify(app, &mut tx, Purpose::WrongCodes, &waiting.account, Detail::default()).await?;
            tx.commit().await?;
            return Err(Error::NotFound);
        }
        Err(error) => return Err(error),
    }
    // Of two requests at once one logs in.
    if !end(app, token).await? {
        return Err(Error::NotFound);
    }
    done(app, &waiting.account, client).await?;
    Ok((Authenticated::by_code(app, waiting.account.clone()), waiting))
}

/// Counts a log-in whose second step is done, and takes back what its first step was counted for.
///
/// # Errors
/// [`Error::TooMany`].
pub(super) async fn done(app: &App, account: &Account, client: Client) -> Result<(), Error> {
    throttle::second_step_done(app, account, client).await?;
    Credential::SecondFactor.count(app, account.id, client).await
}

/// Ends the waiting of a log-in whose second step was done. False when it has ended already.
pub(super) async fn end(app: &App, token: &str) -> Result<bool, Error> {
    let id = hash_token(token.as_bytes());
    Ok(store::factors::delete_step(&mut app.db().write_once().await?, &id).await?)
}

/// Trusts the browser that has just been logged in not to be asked for the second step, at log-ins alone. Gives what
/// its cookie carries.
///
/// # Errors
/// When the database does not answer.
pub async fn trust(app: &App, who: &Authenticated, agent: &str) -> Result<String, Error> {
    let (token, now) = (random_token(), app.now());
    let device: String = agent.chars().filter(|letter| *letter != '\0').take(300).collect();
    let id = hash_token(token.as_bytes());
    let account = (who.account().id, who.generation());
    let mut connection = app.db().write_once().await?;
    store::factors::insert_trusted(&mut connection, &id, account, &device, (now, now + TRUST)).await?;
    Ok(token)
}

/// Whether the browser with this cookie is trusted with an account.
pub(super) async fn is_trusted(app: &App, token: &str, account: &Account) -> Result<bool, Error> {
    let id = hash_token(token.as_bytes());
    let mut connection = app.db().read().await?;
    let account = (account.id, account.generation);
    Ok(store::factors::is_trusted(&mut connection, &id, account, app.now()).await?)
}
