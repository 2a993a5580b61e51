//! Browser sessions: tower-sessions over our own table.
//!
//! A session is a row found by a hash of its cookie's value. Whose it is stands in a column, so ending all
//! sessions of an account is one statement. Its two limits, idle and absolute, are kept here; the library's
//! own expiry only decides how long the browser keeps the cookie.

use std::cell::RefCell;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};
use uuid::Uuid;

use crate::app::{App, hash_token};
use crate::audit;
use crate::model::{Account, AccountId, Actor, Door};
use crate::store;

use super::fault::Fault;

const ACCOUNT: &str = "account";
const DEVICE: &str = "device";
const ADDRESS: &str = "address";
const REMEMBER: &str = "remember";
const STARTED: &str = "started";
const PROVED: &str = "proved";
/// Set from a log-in until its session is stored, which is when the audit log tells of it: when the password that was
/// given had been set.
const LOGS_IN: &str = "logs-in";

/// A visitor's session, before anybody has logged in, holds what they typed for so long.
const VISITOR_IDLE: Duration = Duration::from_secs(3600);

/// The layer that finds, saves and ends sessions.
pub(super) fn layer(app: &App) -> SessionManagerLayer<Sessions> {
    let https = app.settings().is_https();
    SessionManagerLayer::new(Sessions(app.clone()))
        // The prefix makes browsers refuse the cookie from any other host or path, or without TLS.
        .with_name(if https { "__Host-portico" } else { "portico" })
        .with_secure(https)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnSessionEnd)
}

/// Logs a browser in: under a new id, so that a planted one is worth nothing.
pub(super) async fn start(
    app: &App,
    session: &Session,
    account: &Account,
    device: &str,
    address: &str,
    remember: bool,
) -> std::result::Result<(), Fault> {
    let now = app.now().unix_timestamp();
    session.cycle_id().await?;
    session.insert(ACCOUNT, account.id).await?;
    session.insert(DEVICE, device.chars().take(300).collect::<String>()).await?;
    session.insert(ADDRESS, address).await?;
    session.insert(STARTED, now).await?;
    session.insert(PROVED, now).await?;
    session.insert(REMEMBER, remember).await?;
    session.insert(LOGS_IN, account.password_changed_at).await?;
    keep_cookie(app, session, remember);
    Ok(())
}

/// Notes that the person has just proved who they are.
pub(super) async fn prove(app: &App, session: &Session) -> std::result::Result<(), Fault> {
    Ok(session.insert(PROVED, app.now().unix_timestamp()).await?)
}

/// Whether that was a short while ago.
pub(super) async fn is_proved(app: &App, session: &Session) -> std::result::Result<bool, Fault> {
    let proved: Option<i64> = session.get(PROVED).await?;
    Ok(proved.is_some_and(|moment| app.now().unix_timestamp() - moment < 600))
}

tokio::task_local! {
    /// Whose session was loaded: the read that finds the session finds its account too, and this carries it past
    /// tower-sessions, which knows of no accounts.
    static OWNER: RefCell<Option<Account>>;
}

/// Whose session it is, as the database has it. To be asked once in a request and first of all: a session that is
/// loaded already has nobody.
pub(super) async fn owner(session: &Session) -> std::result::Result<Option<Account>, Fault> {
    let loaded = async {
        session.get_value(ACCOUNT).await?;
        Ok(OWNER.with(RefCell::take))
    };
    OWNER.scope(RefCell::default(), loaded).await
}

/// Gives the cookie its life back where a request has changed the session: its answer sets the cookie anew, for
/// the browser's run if nothing else is said. Only there, since saying it is a change that must be stored.
pub(super) async fn renew_cookie(app: &App, session: &Session) -> std::result::Result<(), Fault> {
    if session.is_modified() && session.get(REMEMBER).await?.unwrap_or(false) {
        keep_cookie(app, session, true);
    }
    Ok(())
}

/// The id that the list of devices knows a session by.
pub(super) fn id(session: &Session) -> Vec<u8> {
    session.id().map(|id| key(&id)).unwrap_or_default()
}

fn keep_cookie(app: &App, session: &Session, remember: bool) {
    let expiry = if remember {
        let age = time::Duration::try_from(app.settings().session_max).unwrap_or(time::Duration::days(30));
        Expiry::OnInactivity(age)
    } else {
        Expiry::OnSessionEnd
    };
    session.set_expiry(Some(expiry));
}

/// The session table as tower-sessions wants it.
#[derive(Clone)]
pub(super) struct Sessions(App);

impl fmt::Debug for Sessions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sessions")
    }
}

fn key(id: &Id) -> Vec<u8> {
    hash_token(&id.0.to_le_bytes()).to_vec()
}

fn backend(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}

impl Sessions {
    fn whose(record: &Record) -> Option<AccountId> {
        record.data.get(ACCOUNT)?.as_str()?.parse::<Uuid>().ok().map(AccountId)
    }

    /// When a session ends unless it is used before.
    fn expires(&self, record: &Record, now: OffsetDateTime) -> OffsetDateTime {
        let settings = self.0.settings();
        let remembered = record.data.get(REMEMBER).and_then(Value::as_bool).unwrap_or(false);
        now + match Sessions::whose(record) {
            None => VISITOR_IDLE,
            Some(_) if remembered => settings.session_max,
            Some(_) => settings.session_idle,
        }
    }

    /// Stores the session of somebody who has just logged in. Where their password was changed, or their account disabled,
    /// since it was checked, there is no session then: the next page asks them to log in.
    async fn start(&self, record: &Record, id: AccountId, password_changed_at: OffsetDateTime) -> Result<()> {
        let row = self.row(record)?;
        let by = Actor::account(id, Door::Pages, row.address.parse().ok());
        let entry = audit::logged_in(by, &row.device, row.seen_at);
        store::sessions::start(self.0.db(), &row, password_changed_at, &entry).await.map_err(backend)?;
        Ok(())
    }

    fn row(&self, record: &Record) -> Result<store::sessions::Session> {
        let now = self.0.now();
        // Under a new id, after a proof or a password change, it is still the session that began at the log-in.
        let started = record.data.get(STARTED).and_then(Value::as_i64);
        let started = started.and_then(|moment| OffsetDateTime::from_unix_timestamp(moment).ok()).unwrap_or(now);
        let text = |name: &str| record.data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(store::sessions::Session {
            id: key(&record.id),
            account_id: Sessions::whose(record),
            data: serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?,
            device: text(DEVICE),
            address: text(ADDRESS),
            created_at: started,
            seen_at: now,
            expires_at: self.expires(record, now),
            ends_at: started + self.0.settings().session_max,
        })
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        if let Some(moment) = record.data.remove(LOGS_IN) {
            let password_changed_at =
                serde_json::from_value(moment).map_err(|error| Error::Decode(error.to_string()))?;
            let id = Sessions::whose(record).ok_or_else(|| Error::Decode("a log-in of nobody".to_owned()))?;
            return self.start(record, id, password_changed_at).await;
        }
        let mut tx = self.0.db().write_once().await.map_err(backend)?;
        while !store::sessions::insert(&mut tx, &self.row(record)?).await.map_err(backend)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let row = self.row(record)?;
        let mut tx = self.0.db().write_once().await.map_err(backend)?;
        store::sessions::update(&mut tx, &row.id, row.account_id, &row.data, row.expires_at).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = self.0.now();
        let id_hash = key(id);
        let mut tx = self.0.db().read().await.map_err(backend)?;
        let Some(row) = store::sessions::find(&mut tx, &id_hash, now).await.map_err(backend)? else { return Ok(None) };
        drop(tx);
        let data = serde_json::from_str(&row.data).map_err(|error| Error::Decode(error.to_string()))?;
        let owned = row.account.is_some();
        // Outside `owner` nobody asks whose it is.
        let _ = OWNER.try_with(|owner| owner.replace(row.account));
        let record = Record { id: *id, data, expiry_date: row.expires_at.min(row.ends_at) };
        // In use: said every few minutes, since each saying is a write.
        if owned && now - row.seen_at > Duration::from_secs(300) {
            let expires = self.expires(&record, now);
            let mut tx = self.0.db().write_once().await.map_err(backend)?;
            store::sessions::touch(&mut tx, &id_hash, &row.address, now, expires).await.map_err(backend)?;
        }
        Ok(Some(record))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let mut tx = self.0.db().write_once().await.map_err(backend)?;
        store::sessions::delete(&mut tx, &key(id)).await.map_err(backend)
    }
}
