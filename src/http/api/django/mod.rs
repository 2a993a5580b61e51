//! The Django dialect: `/api/users`, and `/api/user` of the older deployment.

mod answers;
mod caller;
mod document;
mod fields;
mod log_in;
mod refusal;
mod register;
mod update;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::MethodRouter;
use axum::{Json, Router};
use uuid::Uuid;

use crate::accounts::remove;
use crate::app::App;
use crate::error::Error;
use crate::jwt::Dialect;
use crate::lookup;
use crate::model::AccountId;
use crate::tokens;

use super::Api;
use super::body::{Files, Takes};
use crate::http::page_error::PageError;
use crate::http::routing::{self, erased, get, post, put};
use crate::http::{avatar, media};
use answers::User;
use caller::{Caller, MaybeCaller};
use refusal::Refusal;

pub(super) use refusal::fault;

/// The API beside its routes.
pub(super) const API: Api = Api {
    dialect: &DIALECT,
    bases: &["/api/users", "/api/user"],
    not_found: refusal::not_found,
    describe: document::describe,
};

/// Tokens as the Django services issued them: short access tokens, refresh tokens beside them, and nothing about the
/// account but its id.
static DIALECT: Dialect = Dialect {
    name: "django",
    secret: |settings| settings.django_secret.as_ref(),
    access_lifetime: |settings| settings.django_access_lifetime,
    refresh_lifetime: Some(|settings| settings.django_refresh_lifetime),
    issuer: None,
    claims: |_, _| Vec::new(),
};

/// `/api/users`.
pub(super) fn users() -> Router<App> {
    let routes = Router::new();
    let routes = both(routes, "/api/users/register", post(register::register_with_tokens));
    let routes = both(routes, "/api/users/login", post(log_in::log_in_users));
    let routes = both(routes, "/api/users/{id}", get(show).merge(routing::delete(delete)));
    shared(routes, "/api/users")
}

/// `/api/user`.
pub(super) fn user() -> Router<App> {
    let routes = Router::new();
    let routes = both(routes, "/api/user/register", post(register::register_with_object));
    let routes = both(routes, "/api/user/login", post(log_in::log_in_user));
    shared(routes, "/api/user")
}

/// What both bases have alike, but for the status of a refresh.
fn shared(routes: Router<App>, base: &str) -> Router<App> {
    let refreshed = if base == "/api/users" { StatusCode::CREATED } else { StatusCode::OK };
    let refresh = move |app, program, request| log_in::refresh(app, program, request, refreshed);
    let routes = both(routes, &format!("{base}/me"), get(me));
    let routes = both(routes, &format!("{base}/update"), put(update::update));
    let routes = both(routes, &format!("{base}/refresh"), post(refresh));
    let routes = routes
        .route(&format!("{base}/media/{{file}}"), get(picture))
        .route(&format!("{base}/media/{{key}}/{{file}}"), get(file));
    routes.method_not_allowed_fallback(erased(refusal::method_not_allowed))
}

/// Forms are taken in every encoding, with room for a picture only where there may be one.
fn with_picture(app: &App) -> Takes {
    Takes::Multipart(Files { fields: &["profile_pic"], most: app.settings().picture_max_bytes })
}

const TEXTS: Takes = Takes::Multipart(Files::NONE);

/// A picture by the name that `profile_pic` ends with, or by a link that a replaced service gave out.
async fn picture(app: State<App>, file: Path<String>, request: Request) -> Response {
    in_our_words(avatar::older(app, file, request).await)
}

/// A picture by the path below `/media`.
async fn file(app: State<App>, path: Path<(String, String)>, request: Request) -> Response {
    in_our_words(media::show(app, path, request).await)
}

fn in_our_words(answer: Result<Response, PageError>) -> Response {
    match answer {
        Ok(response) if response.status() != StatusCode::NOT_FOUND => response,
        Ok(_) => refusal::not_found(),
        Err(other) => fault(other.status()),
    }
}

/// With and without the trailing slash.
fn both(routes: Router<App>, path: &str, methods: MethodRouter<App>) -> Router<App> {
    routes.route(path, methods.clone()).route(&format!("{path}/"), methods)
}

async fn me(State(app): State<App>, caller: Caller) -> Json<User> {
    Json(User::of(&app, &caller.0))
}

/// The services' ids: lower-case hexadecimal digits with dashes.
fn account_id(path: Result<Path<String>, PathRejection>) -> Result<AccountId, Refusal> {
    let Ok(Path(text)) = path else { return Err(Refusal::NoRoute) };
    match Uuid::try_parse(&text) {
        Ok(id) if id.to_string() == text => Ok(AccountId(id)),
        _ => Err(Refusal::NoRoute),
    }
}

async fn show(
    State(app): State<App>,
    caller: MaybeCaller,
    path: Result<Path<String>, PathRejection>,
) -> Result<Json<User>, Refusal> {
    let account = lookup::by_id(&app, account_id(path)?).await?.ok_or(Error::NotFound)?;
    let mut user = User::of(&app, &account);
    // Any caller may ask for any account; an address is for its owner and admins.
    if !caller.0.is_some_and(|caller| caller.account.id == account.id || caller.account.is_admin) {
        user.email = None;
    }
    Ok(Json(user))
}

async fn delete(
    State(app): State<App>,
    caller: Caller,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Refusal> {
    let id = account_id(path)?;
    // An account any caller may ask for, any caller may learn is not there.
    lookup::by_id(&app, id).await?.ok_or(Error::NotFound)?;
    let removed = remove::remove(&app, &caller.actor(), id).await;
    if caller.0.id == id {
        removed.map_err(tokens::Error::of_own_account)?
    } else {
        removed?
    }
    Ok(StatusCode::NO_CONTENT)
}
