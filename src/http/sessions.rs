//! Browser sessions: tower-sessions over the core's. The library reads and sets the cookie and keeps the pages' data;
//! what a session is, whose it is and when it ends, the core decides.
//!
//! Each request has a store of its own, which remembers the session that it found. So one read finds session and
//! account, and what a use case has done to the session (started it, given it another id) is known when the cookie is
//! set.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use serde_json::Value;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_sessions::cookie::time;
use tower_sessions::session::{self, Id, Record};
use tower_sessions::session_store::{Error as StoreError, Result as StoreResult};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::logins::session::Session as Held;
use crate::logins::session::{self as core, Browser, Handle, SessionId};
use crate::model::{Account, AccountId, AccountStanding};

use super::cookies::{self, Cookies};
use super::page_error::PageError;

/// The most cookies of the session's name that are tried.
const MAX_PRESENTED: usize = 4;

/// Finds the session of a request, and saves it with what is answered to whom it shows.
pub(super) async fn manage<F>(
    app: &App,
    mut request: Request,
    answer: impl Fn(Request) -> F + Clone + Send + 'static,
) -> Response
where
    F: Future<Output = Response> + Send + 'static,
{
    let cookies = Cookies::of(request.extensions());
    match choose(app, &cookies).await.map(|id| id.map(cookies::session)) {
        // The library looks for it in the header.
        Ok(Some(line)) => drop(request.headers_mut().insert(header::COOKIE, line)),
        Ok(None) => {}
        Err(fault) => return fault.into_response(),
    }
    let store = Store { app: app.clone(), seat: Arc::default() };
    request.extensions_mut().insert(store.clone());
    // How the cookie is called and what it says beside its value, `cookies::translation` decides.
    let manager = SessionManagerLayer::new(store)
        .with_name(cookies::SESSION)
        .with_secure(false)
        .with_expiry(Expiry::OnSessionEnd);
    let answer = service_fn(move |request| answer(request).map(Ok::<_, Infallible>));
    match manager.layer(answer).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Of several cookies of the session's name the one that opens a session, or else the first that reads as one: the
/// others may be a sister site's, or those of another instance on this host.
async fn choose<'c>(app: &App, cookies: &'c Cookies) -> Result<Option<&'c str>, PageError> {
    if cookies.session_ids().nth(1).is_none() {
        return Ok(cookies.session_ids().next());
    }
    let mut ids = Vec::new();
    for value in cookies.session_ids() {
        if let Ok(id) = value.parse::<Id>()
            && ids.iter().all(|(_, known)| *known != id)
        {
            ids.push((value, id));
        }
    }
    ids.truncate(MAX_PRESENTED);
    if ids.len() > 1 {
        for (value, id) in &ids {
            // Boxed, as most requests have one and would carry what this takes.
            if Box::pin(core::find(app, core_id(id), Instant::now(), false)).await?.is_some() {
                return Ok(Some(value));
            }
        }
    }
    Ok(ids.first().map(|(value, _)| *value))
}

/// The session of a request, for the handlers that do more with it than keep data.
#[derive(Clone, Debug)]
pub(super) struct Current {
    session: Session,
    store: Store,
}

impl Current {
    /// Of a request below [`manage`].
    pub(super) fn of(extensions: &Extensions) -> Option<Current> {
        Some(Current { session: extensions.get::<Session>()?.clone(), store: extensions.get::<Store>()?.clone() })
    }

    /// Looks for it, for a request that came at this time, and for how its account stands if that is asked. To be done
    /// once in a request, before anything else is asked of it.
    pub(super) async fn load(&self, since: Instant, with_standing: bool) -> Result<Option<Arc<Account>>, PageError> {
        let Some(id) = self.session.id().as_ref().map(core_id) else { return Ok(None) };
        let held = core::find(&self.store.app, id, since, with_standing).await?;
        let account = held.as_ref().map(|held| Arc::clone(&held.account));
        {
            let mut seat = self.store.seat();
            seat.ended = held.is_none().then_some(id);
            seat.held = held;
        }
        // From here on the library knows it, too.
        self.session.get_value("").await?;
        Ok(account)
    }

    /// What the pages keep in it.
    pub(super) fn data(&self) -> &Session {
        &self.session
    }

    /// How its account stands, where that was asked.
    pub(super) fn standing(&self) -> Option<AccountStanding> {
        self.store.seat().held.as_ref().and_then(|held| held.standing)
    }

    /// What lists of devices name it by.
    pub(super) fn handle(&self) -> Option<Handle> {
        self.store.seat().held.as_ref().map(|held| held.handle.clone())
    }

    /// Whether its owner has proved who they are a short while ago.
    pub(super) fn is_recent(&self) -> bool {
        self.store.seat().held.as_ref().is_some_and(|held| held.is_recent(&self.store.app))
    }

    /// Whose session the browser had that has ended, as far as that is known.
    pub(super) async fn former_owner(&self) -> Result<Option<AccountId>, PageError> {
        let ended = self.store.seat().ended;
        match ended {
            Some(id) => Ok(core::whose(&self.store.app, id).await?),
            None => Ok(None),
        }
    }

    /// Logs the browser in, in place of the user who was: the session that stands afterwards holds `data` alone.
    ///
    /// # Errors
    /// The core's, for what it refuses at the last moment.
    pub(super) async fn start(&self, who: &Authenticated, browser: &Browser, data: Data) -> Result<(), Error> {
        let text = Value::Object(data.clone()).to_string();
        let held = core::start(&self.store.app, who, browser, text).await?;
        let emptied = async {
            if self.session.id().is_some() {
                self.session.cycle_id().await?;
            }
            self.session.clear().await;
            for (name, value) in data {
                self.session.insert_value(&name, value).await?;
            }
            Ok(())
        };
        emptied.await.map_err(internal)?;
        self.store.seat().held = Some(held);
        self.save().await
    }

    /// Notes that its owner has proved again who they are. False when it has ended meanwhile: then the browser has
    /// none.
    pub(super) async fn renew(&self, who: &Authenticated) -> Result<bool, PageError> {
        let Some(id) = self.store.seat().held.as_ref().map(|held| held.id) else { return Ok(false) };
        let renewed = core::renew(&self.store.app, id, who).await?;
        self.go_on_as(renewed).await?;
        Ok(renewed.is_some())
    }

    /// Goes on under another id, which a use case has given it; without one, it has ended.
    pub(super) async fn go_on_as(&self, id: Option<SessionId>) -> Result<(), PageError> {
        let Some(id) = id else { return self.forget().await };
        if let Some(held) = &mut self.store.seat().held {
            held.id = id;
        }
        self.session.cycle_id().await?;
        Ok(self.save().await?)
    }

    /// Takes the cookie of a session away that a use case has ended.
    pub(super) async fn forget(&self) -> Result<(), PageError> {
        self.store.seat().held = None;
        Ok(self.session.flush().await?)
    }

    /// Saves what the request has changed, if anything, before the answer goes out: should that fail, it is the answer.
    pub(super) async fn save_changes(&self) -> Result<(), PageError> {
        if !self.session.is_modified() || self.session.id().is_none() {
            return Ok(());
        }
        Ok(self.save().await?)
    }

    /// Saves it. Its cookie is set anew then, for the browser's run or for as long as the session is remembered.
    async fn save(&self) -> Result<(), Error> {
        let remembered = self.store.seat().held.as_ref().is_some_and(|held| held.is_remembered);
        if remembered {
            let age = time::Duration::try_from(self.store.app.settings().session_max);
            self.session.set_expiry(Some(Expiry::OnInactivity(age.unwrap_or(time::Duration::days(30)))));
        }
        self.session.save().await.map_err(internal)?;
        self.store.seat().error.take().map_or(Ok(()), Err)
    }
}

fn internal(error: session::Error) -> Error {
    Error::Internal(error.into())
}

impl<S: Send + Sync> FromRequestParts<S> for Current {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Current, PageError> {
        Current::of(&parts.extensions).ok_or_else(|| PageError::internal(&anyhow::anyhow!("a page without sessions")))
    }
}

/// What the pages keep in a session.
pub(super) type Data = serde_json::Map<String, Value>;

/// The sessions as one request meets them.
#[derive(Clone)]
struct Store {
    app: App,
    seat: Arc<Mutex<Seat>>,
}

#[derive(Default)]
struct Seat {
    /// The session in use.
    held: Option<Held>,
    /// What was presented and opens nothing.
    ended: Option<SessionId>,
    /// Why the core could not do what the library asked for, whose errors are texts: for [`Current::save`].
    error: Option<Error>,
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Store")
    }
}

fn core_id(id: &Id) -> SessionId {
    SessionId(id.0.to_le_bytes())
}

fn library_id(id: SessionId) -> Id {
    Id(i128::from_le_bytes(id.0))
}

impl Store {
    fn seat(&self) -> MutexGuard<'_, Seat> {
        self.seat.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn holds(&self, id: SessionId) -> bool {
        self.seat().held.as_ref().is_some_and(|held| held.id == id)
    }

    fn failed(&self, error: Error) {
        self.seat().error = Some(error);
    }
}

#[async_trait]
impl SessionStore for Store {
    /// A session that a use case has started or given another id stands already: here the library learns its id.
    async fn create(&self, record: &mut Record) -> StoreResult<()> {
        let Some(id) = self.seat().held.as_ref().map(|held| held.id) else {
            return Err(StoreError::Backend("a visitor has no session".to_owned()));
        };
        record.id = library_id(id);
        self.save(record).await
    }

    async fn save(&self, record: &Record) -> StoreResult<()> {
        let data = Value::Object(record.data.clone().into_iter().collect());
        let id = core_id(&record.id);
        let known: Value = match &self.seat().held {
            Some(held) if held.id == id => serde_json::from_str(&held.data).unwrap_or_default(),
            _ => return Ok(()),
        };
        if data == known {
            return Ok(());
        }
        let text = data.to_string();
        match core::save(&self.app, id, &text).await {
            Err(error) => self.failed(error),
            Ok(()) => {
                if let Some(held) = &mut self.seat().held {
                    held.data = text;
                }
            }
        }
        Ok(())
    }

    /// What [`Current::load`] has found.
    async fn load(&self, id: &Id) -> StoreResult<Option<Record>> {
        let seat = self.seat();
        let Some(held) = seat.held.as_ref().filter(|held| held.id == core_id(id)) else { return Ok(None) };
        let data = serde_json::from_str(&held.data).map_err(|error| StoreError::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date: held.ends_at }))
    }

    /// Ends a session in whose place another is put, which stands already. One that has another id by now, or was ended,
    /// needs no ending.
    async fn delete(&self, id: &Id) -> StoreResult<()> {
        let id = core_id(id);
        if self.holds(id) {
            if let Err(error) = core::replace(&self.app, id).await {
                tracing::warn!(%error, "the session that a browser had before a log-in could not be ended");
            }
            self.seat().held = None;
        }
        Ok(())
    }
}
