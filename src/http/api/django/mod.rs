//! The Django dialect: `/api/users`, and `/api/user` of the older deployment.

mod document;
mod fields;
mod refusal;

use std::net::IpAddr;

use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post, put};
use axum::{Json, Router};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::accounts::change::{Change, change_proved};
use crate::accounts::register::{Registration, may_ask, register};
use crate::accounts::remove;
use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::{Credentials, Error};
use crate::jwt::{Dialect, TokenProblem};
use crate::logins::authenticate_by_any;
use crate::lookup;
use crate::model::picture::Crop;
use crate::model::{Account, AccountId, Actor, Client, Field};
use crate::pictures::set;
use crate::tokens::{self, Grant, issue, rotate, verify};

use super::Api;
use super::authorization::{self, Program};
use super::body::{self, Takes};
use crate::http::avatar;
use crate::http::bodies::{self, FORM_LIMIT};
use fields::{Checked, Picture};
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
    let routes = both(routes, "/api/users/register", post(register_with_tokens));
    let routes = both(routes, "/api/users/login", post(log_in_users));
    let routes = both(routes, "/api/users/{id}", get(show).delete(delete));
    shared(routes, "/api/users")
}

/// `/api/user`.
pub(super) fn user() -> Router<App> {
    let routes = Router::new();
    let routes = both(routes, "/api/user/register", post(register_with_object));
    let routes = both(routes, "/api/user/login", post(log_in_user));
    shared(routes, "/api/user")
}

/// What both bases have alike, but for the status of a refresh.
fn shared(routes: Router<App>, base: &str) -> Router<App> {
    let refreshed = if base == "/api/users" { StatusCode::CREATED } else { StatusCode::OK };
    let refresh = move |app, program, request| refresh(app, program, request, refreshed);
    let routes = both(routes, &format!("{base}/me"), get(me));
    let routes = both(routes, &format!("{base}/update"), put(update));
    let routes = both(routes, &format!("{base}/refresh"), post(refresh));
    let routes = routes.route(&format!("{base}/media/{{file}}"), get(picture));
    routes.method_not_allowed_fallback(refusal::method_not_allowed)
}

/// Forms are taken in every encoding, with room for a picture only where there may be one.
fn with_picture(app: &App) -> Takes {
    Takes::Multipart(app.settings().picture_max_bytes.saturating_add(FORM_LIMIT))
}

const TEXTS: Takes = Takes::Multipart(FORM_LIMIT);

/// A link that a replaced service gave out.
async fn picture(app: State<App>, file: Path<String>, headers: HeaderMap) -> Response {
    match avatar::older(app, file, headers).await {
        Ok(response) if response.status() != StatusCode::NOT_FOUND => response,
        Ok(_) => refusal::not_found(),
        Err(other) => fault(other.status()),
    }
}

/// With and without the trailing slash.
fn both(routes: Router<App>, path: &str, methods: MethodRouter<App>) -> Router<App> {
    routes.route(path, methods.clone()).route(&format!("{path}/"), methods)
}

/// An account as these clients know it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DjangoUser")]
struct User {
    id: String,
    email: Option<String>,
    full_name: String,
    profile_pic: Option<String>,
}

impl User {
    fn of(app: &App, account: &Account) -> User {
        User {
            id: account.id.to_string(),
            email: account.email().map(str::to_owned),
            full_name: account.name.full.clone(),
            profile_pic: account.picture.as_ref().map(|picture| picture.url(app.public_url())),
        }
    }
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DjangoTokens")]
struct Tokens {
    refresh: String,
    access: String,
}

impl From<Grant> for Tokens {
    fn from(grant: Grant) -> Tokens {
        Tokens { refresh: grant.refresh.unwrap_or_default(), access: grant.access }
    }
}

/// What `/api/users/login` answers: tokens as its code did, and the account as its documents say.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DjangoLoggedIn")]
struct LoggedIn {
    #[serde(flatten)]
    tokens: Tokens,
    #[serde(flatten)]
    user: User,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DjangoLoggedInData")]
struct LoggedInData {
    tokens: Tokens,
    data: User,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DjangoRefreshed")]
struct Refreshed {
    access: String,
    refresh: String,
}

/// The caller, if authenticated by `JWT …`: other schemes are not looked at, as the services never did.
struct MaybeCaller(Option<Account>);

impl FromRequestParts<App> for MaybeCaller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<MaybeCaller, Refusal> {
        let Some(header) = authorization::header(&parts.headers) else { return Ok(MaybeCaller(None)) };
        let mut words = header.split_ascii_whitespace();
        if !words.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("JWT")) {
            return Ok(MaybeCaller(None));
        }
        let (Some(token), None) = (words.next(), words.next()) else { return Err(Refusal::Header) };
        match verify::verify(app, &DIALECT, token).await {
            Ok(verified) => Ok(MaybeCaller(Some(verified.account))),
            Err(tokens::Error::Token(problem)) => Err(Refusal::Access(problem)),
            Err(tokens::Error::Account(error)) => Err(error.into()),
        }
    }
}

/// The caller, authenticated by a valid token.
struct Caller(Account, IpAddr);

impl Caller {
    fn actor(&self) -> Actor {
        Actor::logged_in(&self.0, DIALECT.door(), self.1)
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller, Refusal> {
        let account = MaybeCaller::from_request_parts(parts, app).await?.0.ok_or(Refusal::Anonymous)?;
        Ok(Caller(account, authorization::address(parts, app)))
    }
}

async fn register_with_tokens(
    State(app): State<App>,
    _: MaybeCaller,
    client: Client,
    program: Program,
    request: Request,
) -> Result<Response, Refusal> {
    let (who, _) = open(&app, client, request).await?;
    let grant = issue::issue(&app, &who, &program.at(&DIALECT)).await?;
    Ok(Json(Tokens::from(grant)).into_response())
}

async fn register_with_object(
    State(app): State<App>,
    _: MaybeCaller,
    client: Client,
    request: Request,
) -> Result<Response, Refusal> {
    let (_, account) = open(&app, client, request).await?;
    Ok((StatusCode::CREATED, Json(User::of(&app, &account))).into_response())
}

/// Opens an account. Gives who has, and the account with its picture.
async fn open(app: &App, client: Client, request: Request) -> Result<(Authenticated, Account), Refusal> {
    may_ask(app, client).await?;
    let form = body::fields(request, with_picture(app), &[]).await?;
    let mut checked = Checked::default();
    let email = checked.email(&form, true);
    let name = checked.name(&form, true);
    let picture = checked.picture(&form);
    let password = checked.new_password(&form, true);
    let (Some(email), Some(name), Some(password)) = (email, name, password) else { return Err(checked.refusal()) };
    checked.done()?;
    let prepared = match picture {
        Some(Picture::New(bytes)) => {
            Some(set::prepare_for_anonymous(app, client.address, bytes, Crop::default()).await?)
        }
        _ => None,
    };
    let new = Registration {
        username: None,
        email: Some(email),
        name,
        password,
        organization: None,
        language: None,
        time_zone: None,
        terms: None,
    };
    let who = match register(app, new, client, DIALECT.door()).await {
        Err(Error::Taken(_)) => return Err(Refusal::field("email", "Email address already exists.")),
        other => other?,
    };
    let account = who.account().clone();
    let Some(prepared) = prepared else { return Ok((who, account)) };
    let actor = Actor::logged_in(&account, DIALECT.door(), client.address);
    match set::keep(app, &actor, account.id, prepared, Crop::default()).await {
        Ok(account) => Ok((who, account)),
        // The account is there, and a client told otherwise would never get at it.
        Err(error) => {
            super::log(&anyhow::Error::new(error).context("the picture of a new account could not be kept"));
            Ok((who, account))
        }
    }
}

async fn log_in_users(
    State(app): State<App>,
    _: MaybeCaller,
    client: Client,
    program: Program,
    request: Request,
) -> Result<Response, Refusal> {
    let (account, grant) = log_in(&app, client, program, request, false).await?;
    Ok(Json(LoggedIn { tokens: grant.into(), user: User::of(&app, &account) }).into_response())
}

async fn log_in_user(
    State(app): State<App>,
    _: MaybeCaller,
    client: Client,
    program: Program,
    request: Request,
) -> Result<Response, Refusal> {
    let (account, grant) = log_in(&app, client, program, request, true).await?;
    Ok(Json(LoggedInData { tokens: grant.into(), data: User::of(&app, &account) }).into_response())
}

/// Logs in. The lengths and forms that the services asked for are told only to those who fail: an account of another
/// door may have a shorter password, or a username in place of an e-mail.
async fn log_in(
    app: &App,
    client: Client,
    program: Program,
    request: Request,
    tells_unknown: bool,
) -> Result<(Account, Grant), Refusal> {
    let form = body::fields(request, TEXTS, &[]).await?;
    let mut checked = Checked::default();
    let login = checked.login(&form);
    let passwords = checked.passwords(&form);
    let (Some(login), Some(passwords)) = (login, passwords) else {
        checked.login_rules();
        return Err(checked.refusal());
    };
    let failed = match authenticate_by_any(app, &login, &passwords, client, DIALECT.door()).await {
        Ok(who) => {
            let grant = issue::issue(app, &who, &program.at(&DIALECT)).await?;
            return Ok((who.account().clone(), grant));
        }
        Err(error @ Error::Credentials(_)) => error,
        Err(error) => return Err(error.into()),
    };
    let unknown = tells_unknown && matches!(failed, Error::Credentials(Credentials::Unknown));
    checked.failed(unknown);
    checked.done()?;
    Err(failed.into())
}

async fn me(State(app): State<App>, caller: Caller) -> Json<User> {
    Json(User::of(&app, &caller.0))
}

async fn update(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    request: Request,
) -> Result<Json<User>, Refusal> {
    bodies::of_member(&request);
    let form = body::fields(request, with_picture(&app), &[]).await?;
    let mut checked = Checked::default();
    let email = checked.email(&form, false);
    let name = checked.name(&form, false);
    let picture = checked.picture(&form);
    let password = checked.new_password(&form, false);
    let current = checked.current_password(&form);
    checked.done()?;
    let (actor, id) = (caller.actor(), caller.0.id);
    let prepared = match &picture {
        Some(Picture::New(bytes)) => Some(set::prepare(&app, id, bytes.clone(), Crop::default()).await?),
        _ => None,
    };
    let full_name = name.map(|name| name.full);
    let wanted = Change { email: email.map(Some), full_name, password, ..Change::default() };
    let mut account = match change_proved(&app, &actor, id, current.as_ref(), client, wanted).await {
        Err(Error::Credentials(_)) => return Err(Refusal::field("current_password", "Invalid password.")),
        Err(Error::Taken(Field::Email)) => {
            return Err(Refusal::field("email", "user with this email already exists."));
        }
        // It is the caller's own account: their log-in has ended since the token was looked at.
        Err(Error::Forbidden) => return Err(Refusal::Access(TokenProblem::Ended)),
        other => other?,
    };
    // Another password ends the log-in that asked for it, whose request goes on.
    let actor = Actor { generation: Some(account.generation), ..actor };
    if let Some(prepared) = prepared {
        account = set::keep(&app, &actor, id, prepared, Crop::default()).await?;
    } else if matches!(picture, Some(Picture::None)) && account.picture.is_some() {
        account = set::remove(&app, &actor, id).await?;
    }
    Ok(Json(User::of(&app, &account)))
}

async fn refresh(
    State(app): State<App>,
    program: Program,
    request: Request,
    status: StatusCode,
) -> Result<Response, Refusal> {
    let form = body::fields(request, TEXTS, &[]).await?;
    let mut checked = Checked::default();
    let Some(token) = checked.text(&form, "refresh", true) else { return Err(checked.refusal()) };
    match rotate::rotate(&app, &token, &program.at(&DIALECT)).await {
        Ok(grant) => {
            let refreshed = Refreshed { refresh: grant.refresh.unwrap_or_default(), access: grant.access };
            Ok((status, Json(refreshed)).into_response())
        }
        Err(tokens::Error::Token(problem)) => Err(Refusal::Refresh(problem)),
        Err(tokens::Error::Account(error)) => Err(error.into()),
    }
}

/// The services' ids: lower-case hexadecimal digits with dashes.
fn account_id(path: Result<Path<String>, axum::extract::rejection::PathRejection>) -> Result<AccountId, Refusal> {
    let Ok(Path(text)) = path else { return Err(Refusal::NoRoute) };
    match Uuid::try_parse(&text) {
        Ok(id) if id.to_string() == text => Ok(AccountId(id)),
        _ => Err(Refusal::NoRoute),
    }
}

async fn show(
    State(app): State<App>,
    caller: MaybeCaller,
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<Json<User>, Refusal> {
    let account = lookup::by_id(&app, account_id(path)?).await?.ok_or(Error::NotFound)?;
    let mut user = User::of(&app, &account);
    // Any caller may ask for any account; an address is for its owner and admins.
    if !caller.0.is_some_and(|caller| caller.id == account.id || caller.is_admin) {
        user.email = None;
    }
    Ok(Json(user))
}

async fn delete(
    State(app): State<App>,
    caller: Caller,
    path: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<StatusCode, Refusal> {
    let id = account_id(path)?;
    // An account any caller may ask for, any caller may learn is not there.
    lookup::by_id(&app, id).await?.ok_or(Error::NotFound)?;
    remove::remove(&app, &caller.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
