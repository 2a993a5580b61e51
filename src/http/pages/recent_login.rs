//! The guard of risky actions: a recent log-in (sudo mode); without one the password is asked for again.

use std::marker::PhantomData;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::Uri;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};

use crate::app::App;

use super::forms::{Fields, Form};
use super::{draft, redirect};
use crate::http::page_error::PageError;
use crate::http::sessions::Current;

/// Which page is shown after the proof.
pub(super) trait ReturnTo {
    /// Its address, told from that of what was asked for.
    fn page(asked: &Uri) -> String;
}

/// The page at the address that was asked for.
pub(super) struct SamePage;

impl ReturnTo for SamePage {
    fn page(asked: &Uri) -> String {
        asked.path().to_owned()
    }
}

/// The page above the address: for an act whose button stands there, and that has no page of its own.
pub(super) struct ParentPage;

impl ReturnTo for ParentPage {
    fn page(asked: &Uri) -> String {
        asked.path().rsplit_once('/').map_or("/", |(parent, _)| parent).to_owned()
    }
}

/// A recent proof of who it is that asks. Without one they are asked for it, and shown `R` afterwards.
pub(super) struct RecentLogin<R = SamePage>(PhantomData<R>);

impl<R: ReturnTo> FromRequestParts<App> for RecentLogin<R> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<RecentLogin<R>, Response> {
        let session = Current::from_request_parts(parts, app).await.map_err(PageError::into_response)?;
        proved(app, &session, &R::page(&parts.uri), &Fields::default()).await.map(|()| RecentLogin(PhantomData))
    }
}

/// A form of what is risky, sent with a recent proof as [`RecentLogin`] is: the page is shown with what was typed.
pub(super) struct RiskyForm(pub(super) Fields);

impl FromRequest<App> for RiskyForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<RiskyForm, Response> {
        let (mut parts, body) = request.into_parts();
        let session = Current::from_request_parts(&mut parts, app).await.map_err(PageError::into_response)?;
        let path = SamePage::page(&parts.uri);
        let read = Form::from_request(Request::from_parts(parts, body), app).await;
        let Form(fields) = read.map_err(PageError::into_response)?;
        proved(app, &session, &path, &fields).await.map(|()| RiskyForm(fields))
    }
}

async fn proved(app: &App, session: &Current, path: &str, typed: &Fields) -> Result<(), Response> {
    match required(app, session, path, typed).await {
        Ok(None) => Ok(()),
        Ok(Some(first)) => Err(first),
        Err(fault) => Err(fault.into_response()),
    }
}

/// Where to prove it first, if that is needed: for forms that are risky by what is typed or chosen in them. Afterwards
/// the page at `path` is shown, with what was typed.
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
