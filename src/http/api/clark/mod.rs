//! The CLARK dialect: `POST /users`, `/users/tokens`, `/users/{username}` and its tokens.

mod document;
mod form;
mod refusal;

pub(super) use refusal::fault;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::accounts::devices;
use crate::accounts::register::{permit_sign_up, register as open};
use crate::accounts::remove as removal;
use crate::app::App;
use crate::jwt::Dialect;
use crate::logins::authenticate;
use crate::lookup;
use crate::model::password::Password;
use crate::model::{Account, AccountId, Client};
use crate::tokens::issue;
use crate::tokens::verify::{self, Verified};

use super::Api;
use super::authorization::{self, Program};
use form::{read, registration, value};
use refusal::{Refusal, deletion, json, plain_text, text};

/// The API beside its routes.
pub(super) const API: Api = Api { dialect: &DIALECT, bases: &["/users"], not_found, describe: document::describe };

/// Tokens as the Express service issued them: the whole account, with its username as the audience.
static DIALECT: Dialect = Dialect {
    name: "clark",
    secret: |settings| settings.clark_secret.as_ref(),
    access_lifetime: |settings| settings.clark_lifetime,
    refresh_lifetime: None,
    issuer: Some(|settings| &settings.clark_issuer),
    claims: |account, _| {
        let groups: &[&str] = if account.is_admin { &["admin"] } else { &[] };
        vec![
            ("username", account.label().into()),
            ("name", (*account.name.full).into()),
            ("firstname", (*account.name.first).into()),
            ("lastname", (*account.name.last).into()),
            ("email", account.email().unwrap_or_default().into()),
            ("organization", account.organization.as_deref().unwrap_or_default().into()),
            ("emailVerified", account.email_verified_at.is_some().into()),
            ("id", account.id.to_string().into()),
            ("accessGroups", groups.into()),
            ("aud", account.label().into()),
        ]
    },
};

/// An account as these clients know it: what the code sent and what the documents list.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ClarkUser")]
struct User {
    _username: String,
    _name: String,
    _firstname: String,
    _lastname: String,
    _email: String,
    _organization: String,
    _objects: [(); 0],
    token: String,
}

impl User {
    fn of(account: &Account, token: String) -> User {
        User {
            _username: account.label().to_owned(),
            _name: account.name.full.clone(),
            _firstname: account.name.first.clone(),
            _lastname: account.name.last.clone(),
            _email: account.email().unwrap_or_default().to_owned(),
            _organization: account.organization.clone().unwrap_or_default(),
            _objects: [],
            token,
        }
    }
}

/// Below `/users` and nothing, where this dialect has that to itself.
pub(super) fn not_found() -> Response {
    text(StatusCode::NOT_FOUND, "Not Found")
}

fn ok() -> Response {
    plain_text(StatusCode::OK, "OK")
}

pub(super) async fn register(
    State(app): State<App>,
    client: Client,
    program: Program,
    request: Request,
) -> Result<Response, Refusal> {
    permit_sign_up(&app)?;
    let form = read(request).await?;
    let new = registration(&form).ok_or(Refusal::Registration)?;
    let who = open(&app, new, client, DIALECT.door()).await?;
    let grant = issue::issue(&app, &who, &program.at(&DIALECT)).await?;
    Ok(json(StatusCode::OK, &User::of(who.account(), grant.access)))
}

pub(super) async fn log_in(
    State(app): State<App>,
    client: Client,
    program: Program,
    request: Request,
) -> Result<Response, Refusal> {
    let form = read(request).await?;
    let login = value(&form, "username").ok_or(Refusal::Credentials)?;
    let password = value(&form, "password").ok_or(Refusal::Credentials)?;
    let password = Password::typed(password).map_err(|_| Refusal::Credentials)?;
    let who = authenticate(&app, &login, &password, client, DIALECT.door()).await?;
    let grant = issue::issue(&app, &who, &program.at(&DIALECT)).await?;
    Ok(json(StatusCode::OK, &User::of(who.account(), grant.access)))
}

/// Whether a token belongs to the account of this name.
pub(super) async fn validate(
    State(app): State<App>,
    name: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    let caller = caller(&app, request).await?;
    let Path(name) = name.map_err(|_| Refusal::Token)?;
    if is_named(&app, &caller.account, &name).await? { Ok(ok()) } else { Err(Refusal::Token) }
}

/// Ends every token of the caller, whatever name stands in the path.
pub(super) async fn log_out(State(app): State<App>, client: Client, request: Request) -> Result<Response, Refusal> {
    let caller = caller(&app, request).await?;
    let by = caller.actor(DIALECT.door(), client.address);
    devices::end_programs(&app, &by, &caller).await?;
    Ok(ok())
}

/// Deletes the account that the path names: the token's own, or any for an admin.
pub(super) async fn remove(
    State(app): State<App>,
    client: Client,
    name: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Refusal> {
    let caller = caller(&app, request).await?;
    let Path(name) = name.map_err(|_| Refusal::Token)?;
    delete(&app, client, &caller, &name).await
}

/// The same where the name is one that only the path before it knows (`register`, `login`, `logout`).
pub(super) async fn remove_reserved(
    State(app): State<App>,
    client: Client,
    request: Request,
) -> Result<Response, Refusal> {
    let path = request.uri().path().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let caller = caller(&app, request).await?;
    delete(&app, client, &caller, &path).await
}

/// Deletes the token's own account.
pub(super) async fn remove_self(State(app): State<App>, client: Client, request: Request) -> Result<Response, Refusal> {
    let caller = caller(&app, request).await?;
    let by = caller.actor(DIALECT.door(), client.address);
    removal::remove(&app, &by, caller.account.id).await.map_err(deletion)?;
    Ok(ok())
}

async fn delete(app: &App, client: Client, caller: &Verified, name: &str) -> Result<Response, Refusal> {
    let id = if is_named(app, &caller.account, name).await? {
        caller.account.id
    } else if caller.account.is_admin {
        lookup::named(app, name).await.map_err(deletion)?.id
    } else {
        return Err(Refusal::Token);
    };
    let by = caller.actor(DIALECT.door(), client.address);
    removal::remove(app, &by, id).await.map_err(deletion)?;
    Ok(ok())
}

/// Whether `name` means an account: it is found by it as services find it, or, where it has no username, by its id.
async fn is_named(app: &App, account: &Account, name: &str) -> Result<bool, Refusal> {
    if account.username.is_none() && Uuid::try_parse(name).is_ok_and(|id| AccountId(id) == account.id) {
        return Ok(true);
    }
    Ok(lookup::by_name(app, name).await?.is_some_and(|found| found.id == account.id))
}

/// The caller, authenticated by a valid token: `token` in the body, else behind `Bearer`.
async fn caller(app: &App, request: Request) -> Result<Verified, Refusal> {
    let header = bearer(request.headers());
    let token = read(request).await.ok().and_then(|form| value(&form, "token")).or(header).ok_or(Refusal::Token)?;
    Ok(verify::verify(app, &DIALECT, &token).await?)
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    authorization::bearer(authorization::header(headers)?).map(str::to_owned)
}
