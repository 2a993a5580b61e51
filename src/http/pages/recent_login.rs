//! The guard of risky actions: a recent log-in (sudo mode); without one the password is asked for again.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};

use crate::app::App;

use super::forms::{Fields, Form};
use super::{draft, redirect};
use crate::http::page_error::PageError;
use crate::http::sessions::Current;

/// A recent proof of who it is that asks. Without one they are asked for it, and shown the page at the same address
/// afterwards.
pub(super) struct RecentLogin;

impl FromRequestParts<App> for RecentLogin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<RecentLogin, Response> {
        let (session, path) = asked(parts, app).await?;
        proved(app, &session, &path, &Fields::default()).await.map(|()| RecentLogin)
    }
}

/// A form of what is risky, sent with a recent proof as [`RecentLogin`] is: the page is shown with what was typed.
pub(super) struct RiskyForm(pub(super) Fields);

impl FromRequest<App> for RiskyForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<RiskyForm, Response> {
        let (mut parts, body) = request.into_parts();
        let (session, path) = asked(&mut parts, app).await?;
        let read = Form::from_request(Request::from_parts(parts, body), app).await;
        let Form(fields) = read.map_err(PageError::into_response)?;
        proved(app, &session, &path, &fields).await.map(|()| RiskyForm(fields))
    }
}

/// The session that asks, and for which address.
async fn asked(parts: &mut Parts, app: &App) -> Result<(Current, String), Response> {
    let session = Current::from_request_parts(parts, app).await.map_err(PageError::into_response)?;
    Ok((session, parts.uri.path().to_owned()))
}

async fn proved(app: &App, session: &Current, path: &str, typed: &Fields) -> Result<(), Response> {
    match required(app, session, path, typed).await {
        Ok(None) => Ok(()),
        Ok(Some(first)) => Err(first),
        Err(fault) => Err(fault.into_response()),
    }
}

/// Where to prove it first, if that is needed: for what is risky sometimes, or is asked for on another page than its
/// own. Afterwards the page at `path` is shown, with what was typed.
pub(super) async fn required(
    app: &App,
    session: &Current,
    path: &str,
    typed: &Fields,
) -> Result<Option<Response>, PageError> {
    if session.is_recent() {
        return Ok(None);
    }
    if !typed.is_empty() {
        draft::keep(app, session, path, typed.clone()).await?;
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", path).finish();
    Ok(Some(redirect(&format!("/reauth?{query}"))))
}
