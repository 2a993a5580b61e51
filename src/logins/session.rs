//! Browser sessions: started by a log-in, found by the cookie, given another id with each proof.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::app::App;
use crate::audit;
use crate::error::Error;
use crate::model::{Account, AccountId, AccountStanding, Actor, Door};
use crate::secrets::{hash_token, random_token};
use crate::store;

use crate::authenticated::{Authenticated, is_multi_factor, refusal};

/// How long a proof is taken for fresh.
const FRESH: Duration = Duration::from_secs(600);

/// How often it is written down that a session is in use.
const TOUCH: Duration = Duration::from_secs(300);

/// What a session is found by, which its cookie carries: 128 random bits. The database holds a hash of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SessionId(pub [u8; 16]);

impl fmt::Debug for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionId")
    }
}

impl SessionId {
    pub(super) fn random() -> SessionId {
        let mut id = [0; 16];
        id.copy_from_slice(&hash_token(random_token().as_bytes())[..16]);
        SessionId(id)
    }

    /// What its row is found by.
    pub(crate) fn key(self) -> [u8; 32] {
        hash_token(&self.0)
    }
}

/// Names a session in lists, under whatever id it is found. It opens nothing.
pub type Handle = Vec<u8>;

/// A browser that logs in.
#[derive(Clone, Debug)]
pub struct Browser {
    /// What it calls itself.
    pub agent: String,
    /// The address it logs in from.
    pub address: IpAddr,
    /// Whether it stays logged in when it is closed.
    pub remember: bool,
}

/// A session in use.
#[derive(Clone, Debug)]
pub struct Session {
    /// What it is found by.
    pub id: SessionId,
    /// Names it in lists.
    pub handle: Handle,
    /// Whose it is, as the database has it.
    pub account: Arc<Account>,
    /// What the pages keep in it, as JSON.
    pub data: String,
    /// Whether its owner last proved who they are by more than one factor.
    pub is_multi_factor: bool,
    /// When they did.
    pub authenticated_at: OffsetDateTime,
    /// Whether it outlives the browser.
    pub is_remembered: bool,
    /// When it ends however much it is used.
    pub ends_at: OffsetDateTime,
    /// How the account stands, where that was asked.
    pub standing: Option<AccountStanding>,
}

impl Session {
    /// Whether its owner has proved who they are a short while ago, by as many factors as the account has: a browser
    /// that is trusted at log-ins is not trusted with more.
    pub fn is_recent(&self, app: &App) -> bool {
        app.now() - self.authenticated_at < FRESH && (self.is_multi_factor || !self.account.two_factor)
    }
}

/// Starts a session for an authenticated user. It stands, with the row of the audit log, before this
/// returns.
///
/// # Errors
/// [`Error::Credentials`] or [`Error::Disabled`] when the account is not what it was when they did; [`Error::Busy`].
pub async fn start(app: &App, who: &Authenticated, browser: &Browser, data: String) -> Result<Session, Error> {
    let (id, now, account) = (SessionId::random(), app.now(), who.account());
    let row = store::sessions::Session {
        id: id.key().to_vec(),
        account_id: account.id,
        generation: who.generation(),
        handle: id.key().to_vec(),
        data,
        device: browser.agent.chars().filter(|letter| *letter != '\0').take(300).collect(),
        address: browser.address.to_string(),
        amr: who.method().amr().to_owned(),
        authenticated_at: who.at(),
        remembered: browser.remember,
        created_at: now,
        seen_at: now,
        expires_at: now + idle(app, browser.remember),
        ends_at: now + app.settings().session_max,
    };
    let by = Actor::account(account.id, Door::Pages, browser.address);
    if !store::sessions::start(app.db(), &row, &audit::logged_in(by, &row.device, now)).await? {
        return Err(refusal(app, account.id).await);
    }
    Ok(Session {
        id,
        handle: row.handle,
        account: Arc::new(account.clone()),
        data: row.data,
        is_multi_factor: is_multi_factor(&row.amr),
        authenticated_at: row.authenticated_at,
        is_remembered: row.remembered,
        ends_at: row.ends_at,
        standing: None,
    })
}

/// The session of an id, unless it has ended, and that it is in use; with how its account stands, if that is asked.
/// `since` is when the request for it came: what was committed before ends it.
///
/// # Errors
/// [`Error::Busy`], or when the database does not answer.
pub async fn find(app: &App, id: SessionId, since: Instant, with_standing: bool) -> Result<Option<Session>, Error> {
    let (key, now) = (id.key(), app.now());
    let Some(row) = app.sessions().find(key, since, now, with_standing).await? else { return Ok(None) };
    // Said every few minutes, since each saying is a write.
    if now - row.seen_at > TOUCH {
        let mut connection = app.db().write_once().await?;
        store::sessions::touch(&mut connection, &key, now, now + idle(app, row.remembered)).await?;
    }
    Ok(Some(Session {
        id,
        handle: row.handle,
        account: row.account,
        data: row.data,
        is_multi_factor: is_multi_factor(&row.amr),
        authenticated_at: row.authenticated_at,
        is_remembered: row.remembered,
        ends_at: row.ends_at,
        standing: row.standing,
    }))
}

/// Whose session an id opens or has opened, for as long as that is known.
///
/// # Errors
/// When the database does not answer.
pub async fn whose(app: &App, id: SessionId) -> Result<Option<AccountId>, Error> {
    let mut connection = app.db().read().await?;
    Ok(store::sessions::whose(&mut connection, &id.key()).await?)
}

/// Notes that the owner of a session has proved again who they are. Gives the id that it has from now on; its old one
/// is good no more. Nothing when it has ended: a proof revives none.
///
/// # Errors
/// When the database does not answer.
pub async fn renew(app: &App, id: SessionId, who: &Authenticated) -> Result<Option<SessionId>, Error> {
    let new = SessionId::random();
    let proof = store::sessions::Proof {
        account: who.account().id,
        generation: who.generation(),
        amr: who.method().amr(),
        at: who.at(),
    };
    let mut connection = app.db().write_once().await?;
    let renewed = store::sessions::renew(&mut connection, &id.key(), &new.key(), proof).await?;
    Ok(renewed.then_some(new))
}

/// Writes what the pages keep in a session.
///
/// # Errors
/// When the database does not answer.
pub async fn save(app: &App, id: SessionId, data: &str) -> Result<(), Error> {
    let mut connection = app.db().write_once().await?;
    Ok(store::sessions::save(&mut connection, &id.key(), data).await?)
}

/// Ends a session for another one that takes its place in the browser.
///
/// # Errors
/// When the database does not answer.
pub async fn replace(app: &App, id: SessionId) -> Result<(), Error> {
    let mut connection = app.db().write_once().await?;
    Ok(store::sessions::delete(&mut connection, &id.key()).await?)
}

/// How long a session lasts unless it is used.
fn idle(app: &App, is_remembered: bool) -> Duration {
    if is_remembered { app.settings().session_max } else { app.settings().session_idle }
}
