//! Who is asking: read once per request from the session's row and the account's, then handed to every page.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::model::{Account, Actor, Door, LogIn};
use crate::peer;

use super::page_error::PageError;
use super::sessions::Current;

/// The account that the browser is logged in to, if any, and who acts by that.
#[derive(Clone, Debug, Default)]
pub(super) struct Visitor(pub(super) Option<Arc<Account>>, Option<Actor>);

/// Finds out who is asking, of a request that came at `since`.
/// `with_standing` says that the page tells how the account stands, which comes with the session in one read.
pub(super) async fn identify(
    app: &App,
    mut request: Request,
    since: Instant,
    with_standing: bool,
    next: Next,
) -> Response {
    let current = Current::of(request.extensions());
    let visitor = match &current {
        Some(current) if request.headers().contains_key(header::COOKIE) => {
            match current.load(since, with_standing).await {
                Ok(Some(account)) => {
                    let trusted = &app.settings().trusted_proxies;
                    let address = peer::address(request.extensions(), request.headers(), trusted);
                    let log_in = current.handle().map(|handle| LogIn::session(&handle));
                    let by = Actor { log_in, ..Actor::logged_in(&account, Door::Pages, address) };
                    Visitor(Some(account), Some(by))
                }
                Ok(None) => Visitor::default(),
                Err(fault) => return fault.into_response(),
            }
        }
        _ => Visitor::default(),
    };
    request.extensions_mut().insert(visitor.clone());
    let mut response = next.run(request).await;
    // The page of a fault is made further out.
    response.extensions_mut().insert(visitor);
    if let Some(current) = current.filter(|_| !response.status().is_server_error())
        && let Err(fault) = current.save_changes().await
    {
        return fault.into_response();
    }
    response
}

/// The person logged in. Routes that take one stand behind [`super::pages::require_login`], which sends
/// other visitors to the log-in page first.
#[derive(Clone, Debug)]
pub(super) struct CurrentUser(pub(super) Arc<Account>, Actor);

impl CurrentUser {
    /// Who acts, for the use cases.
    pub(super) fn actor(&self) -> Actor {
        self.1
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CurrentUser {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<CurrentUser, PageError> {
        let visitor = parts.extensions.get::<Visitor>().cloned().unwrap_or_default();
        visitor.0.zip(visitor.1).map(|(account, by)| CurrentUser(account, by)).ok_or(PageError::Forbidden)
    }
}

/// The admin logged in. Other visitors are told that there is nothing here, as for any address without a page.
#[derive(Clone, Debug)]
pub(super) struct AdminUser(CurrentUser);

impl AdminUser {
    /// Their own account.
    pub(super) fn account(&self) -> &Account {
        &self.0.0
    }

    /// Who acts, for the use cases.
    pub(super) fn actor(&self) -> Actor {
        self.0.actor()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AdminUser {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<AdminUser, PageError> {
        match CurrentUser::from_request_parts(parts, state).await {
            Ok(user) if user.0.is_admin => Ok(AdminUser(user)),
            _ => Err(PageError::NotFound),
        }
    }
}
