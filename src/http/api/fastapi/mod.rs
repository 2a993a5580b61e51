//! The FastAPI dialect: `/users`, but for POST, and `/users/{register,login,logout}`.

mod document;
mod email;
mod refusal;
mod rules;

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use time::macros::format_description;

use crate::accounts::change::{Change, change, prove};
use crate::accounts::register::{permit_sign_up, register as open};
use crate::accounts::registration::{Credential, Registration};
use crate::accounts::remove as removal;
use crate::app::App;
use crate::error::{Credentials, Error};
use crate::jwt::{Dialect, TokenProblem};
use crate::logins::authenticate;
use crate::model::password::Password;
use crate::model::{Account, Actor, Client, Name};
use crate::tokens::{self, issue, revoke, verify};

use super::Api;
use super::authorization::{self, Program};
use refusal::Refusal;
use rules::Body;

pub(super) use refusal::{fault, method_not_allowed, not_found};

/// The API beside its routes.
pub(super) const API: Api = Api { dialect: &DIALECT, bases: &["/users"], not_found, describe: document::describe };

/// Tokens as the FastAPI service issued them: they name the account by its username, and carry a number of five digits
/// that told two of one second apart before tokens had ids.
static DIALECT: Dialect = Dialect {
    name: "fastapi",
    secret: |settings| settings.fastapi_secret.as_ref(),
    access_lifetime: |settings| settings.fastapi_lifetime,
    refresh_lifetime: None,
    issuer: None,
    claims: |account, id| {
        let number = id.get(..6).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or_default();
        vec![("username", account.label().into()), ("random_number", (10_000 + number % 90_000).into())]
    },
};

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "FastapiToken")]
pub(super) struct Token {
    access_token: String,
    token_type: &'static str,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "FastapiRegistered")]
struct Registered {
    data: Named,
    #[serde(flatten)]
    token: Token,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "FastapiNamed")]
struct Named {
    username: String,
    email: Option<String>,
}

#[derive(Clone, JsonSchema, Serialize)]
#[schemars(rename = "FastapiUser")]
struct User {
    username: String,
    email: Option<String>,
    registration_date: String,
}

/// As the code sent it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "FastapiData")]
struct Data {
    data: User,
}

/// As the documents and as the code have it, in one.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "FastapiBoth")]
struct Both {
    #[serde(flatten)]
    user: User,
    data: User,
}

/// The username, else the e-mail.
fn name(account: &Account) -> String {
    account.username().or(account.email()).unwrap_or_default().to_owned()
}

impl User {
    fn of(account: &Account) -> User {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
        User {
            username: name(account),
            email: account.email().map(str::to_owned),
            registration_date: account.created_at.format(format).unwrap_or_default(),
        }
    }
}

fn token(access: String) -> Token {
    Token { access_token: access, token_type: "bearer" }
}

/// The token of the header, raw or behind `Bearer`.
fn presented(headers: &HeaderMap) -> Result<&str, Refusal> {
    let header = authorization::header(headers).ok_or(Refusal::Anonymous)?;
    Ok(authorization::bearer(header).unwrap_or(header))
}

/// The caller, authenticated by a valid token.
pub(super) struct Caller(Arc<Account>, Actor);

impl Caller {
    fn actor(&self) -> Actor {
        self.1
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Caller, Refusal> {
        let token = presented(&parts.headers)?;
        let verified = verify::verify(app, &DIALECT, token).await?;
        let actor = verified.actor(DIALECT.door(), authorization::address(parts, app));
        Ok(Caller(verified.account, actor))
    }
}

pub(super) async fn register(
    State(app): State<App>,
    client: Client,
    program: Program,
    request: Request,
) -> Result<Response, Refusal> {
    permit_sign_up(&app)?;
    let mut body = Body::read(request).await?;
    // In the order of the service's model, in which faults are told.
    let (username, password, email) = (body.username(), body.new_password(), body.email());
    let (Some(username), Some(password), Some(email)) = (username, password, email) else {
        return Err(body.refusal());
    };
    let new = Registration {
        username: Some(username),
        email: Some(email),
        name: Name::default(),
        credential: Credential::Password(password),
        organization: None,
        language: None,
        time_zone: None,
        terms: None,
        picture: None,
    };
    let who = open(&app, new, client, DIALECT.door()).await?;
    let grant = issue::issue(&app, &who, &program.at(&DIALECT)).await?;
    let account = who.account();
    let data = Named { username: name(account), email: account.email().map(str::to_owned) };
    Ok(Json(Registered { data, token: token(grant.access) }).into_response())
}

/// Logs in. The rules of length and characters are for new accounts: those of other doors come in as they are.
pub(super) async fn log_in(
    State(app): State<App>,
    client: Client,
    program: Program,
    request: Request,
) -> Result<Json<Token>, Refusal> {
    let mut body = Body::read(request).await?;
    let (Some(login), Some(password)) = (body.login(), body.known_password()) else { return Err(body.refusal()) };
    // Longer than any password can be: simply not the right one.
    let password = Password::typed(password).map_err(|_| Error::Credentials(Credentials::Password))?;
    let who = authenticate(&app, &login, &password, client, DIALECT.door()).await?;
    let grant = issue::issue(&app, &who, &program.at(&DIALECT)).await?;
    Ok(Json(token(grant.access)))
}

/// Logs out, again too: the token's signature and time are all that counts.
pub(super) async fn log_out(State(app): State<App>, client: Client, headers: HeaderMap) -> Result<Response, Refusal> {
    let token = presented(&headers)?;
    revoke::revoke(&app, &DIALECT, token, client.address).await.map_err(|error| match error {
        tokens::Error::Token(TokenProblem::NoAccount) => Refusal::NoAccount,
        error => error.into(),
    })?;
    Ok(no_content())
}

pub(super) async fn show(caller: Caller) -> Json<impl Serialize> {
    let user = User::of(&caller.0);
    Json(Both { user: user.clone(), data: user })
}

pub(super) async fn update(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    request: Request,
) -> Result<Json<impl Serialize>, Refusal> {
    let mut body = Body::read(request).await?;
    let (password, email, current) = (body.new_password(), body.email(), body.current_password());
    let (Some(password), Some(email), Ok(current)) = (password, email, current) else { return Err(body.refusal()) };
    // Longer than any password can be: simply not the right one.
    let current = current.map(Password::typed).transpose().map_err(|_| Error::Credentials(Credentials::Password))?;
    let wanted = Change { email: Some(Some(email)), password: Some(password), ..Change::default() };
    let (actor, id) = (caller.actor(), caller.0.id);
    prove(&app, &actor, id, current.as_ref(), client).await?;
    let account = change(&app, &actor, id, wanted).await.map_err(tokens::Error::of_own_account)?;
    Ok(Json(Data { data: User::of(&account) }))
}

pub(super) async fn remove(State(app): State<App>, caller: Caller) -> Result<Response, Refusal> {
    removal::remove(&app, &caller.actor(), caller.0.id).await.map_err(tokens::Error::of_own_account)?;
    Ok(no_content())
}

fn no_content() -> Response {
    let kind = HeaderValue::from_static("application/json");
    (StatusCode::NO_CONTENT, [(header::CONTENT_TYPE, kind)]).into_response()
}
