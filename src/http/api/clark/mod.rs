//! The CLARK dialect: `POST /users`, `/users/tokens`, `/users/{username}` and its tokens.

mod document;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::accounts::devices;
use crate::accounts::register::{permit_sign_up, register as open};
use crate::accounts::registration::{Credential, Registration};
use crate::accounts::remove as removal;
use crate::app::App;
use crate::error::Error;
use crate::jwt::Dialect;
use crate::logins::authenticate;
use crate::lookup;
use crate::model::name::plain;
use crate::model::password::Password;
use crate::model::{Account, AccountId, Client, Email, Field, Name, Username};
use crate::tokens::verify::{self, Verified};
use crate::tokens::{self, issue};

use super::Api;
use super::authorization::{self, Program};
use super::body::{self, Fields, Input, Takes, Unreadable};
use super::{confirm_first, log, retry_after};
use crate::http::bodies::RETRY_AFTER;

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

const REGISTRATION: &str = "Invalid registration credentials";
const DELETION: &str = "Cannot delete user accounts at this time";

/// What may stand several times in a form, as its framework read it.
const LISTS: &[&str] = &["objects", "objects[]", "_objects", "_objects[]"];

/// The most characters of a name or an organisation.
const MAX_TEXT: usize = 250;

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

fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    let body = serde_json::to_vec(value).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}

fn text(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
}

/// Below `/users` and nothing, where this dialect has that to itself.
pub(super) fn not_found() -> Response {
    text(StatusCode::NOT_FOUND, "Not Found")
}

fn plain_text(status: StatusCode, text: impl IntoResponse) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
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
    devices::end_programs(&app, &by, caller.account.id).await.map_err(tokens::Error::of_own_account)?;
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

/// JSON or a form; Express read nothing from bodies of other types.
async fn read(request: Request) -> Result<Fields, Refusal> {
    match body::fields(request, Takes::Forms, LISTS).await {
        // There is no answer that names a field.
        Ok(form) if form.values().any(|input| matches!(input, Input::NotText)) => Err(Refusal::Body),
        Ok(form) => Ok(form),
        Err(Unreadable::Type(_)) => Ok(Fields::new()),
        Err(Unreadable::TooLarge | Unreadable::FileTooLarge { .. }) => Err(Refusal::TooLarge),
        Err(Unreadable::Json(_) | Unreadable::Form | Unreadable::Shape(_)) => Err(Refusal::Body),
    }
}

/// A text under its name, or under the name with the underscore that a later client sends; not empty.
fn value(form: &Fields, name: &str) -> Option<String> {
    let found = form.get(name).or_else(|| form.get(&format!("_{name}")))?;
    match found {
        Input::Text(text) | Input::Json(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    }
}

/// A new account by this door's rules: a username of 3 to 20 characters, an e-mail, some password.
fn registration(form: &Fields) -> Option<Registration> {
    let username = value(form, "username")?;
    let username = Username::claim(username.trim()).ok()?;
    if !(3..=20).contains(&username.typed().chars().count()) {
        return None;
    }
    let email = Email::parse(&value(form, "email")?).ok()?;
    let password = Password::typed(value(form, "password").or_else(|| twice(form))?).ok()?;
    let [first, last, full, organization] =
        ["firstname", "lastname", "name", "organization"].map(|name| value(form, name));
    let texts = [&first, &last, &full, &organization];
    if texts.into_iter().flatten().any(|text| text.chars().count() > MAX_TEXT || text.chars().any(char::is_control)) {
        return None;
    }
    let name = match (first, last, full) {
        (None, None, Some(full)) => Name::full(&full),
        (first, last, _) => Name::parts(&first.unwrap_or_default(), &last.unwrap_or_default()),
    };
    if name.full.chars().count() > MAX_TEXT {
        return None;
    }
    let organization = organization.map(|text| plain(&text)).filter(|text| !text.is_empty());
    let (username, email) = (Some(username), Some(email));
    Some(Registration {
        username,
        email,
        name,
        credential: Credential::Password(password),
        organization,
        language: None,
        time_zone: None,
        terms: None,
        picture: None,
    })
}

/// The documents have password and confirmation in `objects`: as a list or an object, which a form writes as
/// `objects[…]`.
fn twice(form: &Fields) -> Option<String> {
    let is_part = |name: &str| matches!(name.split('[').next(), Some("objects" | "_objects"));
    let mut texts = Vec::new();
    for (_, input) in form.iter().filter(|(name, _)| is_part(name)) {
        match input {
            Input::Json(Value::Array(items)) => texts.extend(items.iter().map(Value::as_str)),
            Input::Json(Value::Object(items)) => texts.extend(items.values().map(Value::as_str)),
            Input::List(items) => texts.extend(items.iter().map(|text| Some(text.as_str()))),
            Input::Text(text) => texts.push(Some(text)),
            Input::Json(_) | Input::NotText | Input::File { .. } => texts.push(None),
        }
    }
    match texts.as_slice() {
        [Some(first), Some(second)] if first == second && !first.is_empty() => Some((*first).to_owned()),
        _ => None,
    }
}

/// Everything this dialect can answer but success.
pub(super) enum Refusal {
    Registration,
    Credentials,
    Token,
    Body,
    TooLarge,
    Deletion,
    Account(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Account(error)
    }
}

impl From<tokens::Error> for Refusal {
    fn from(error: tokens::Error) -> Refusal {
        match error {
            tokens::Error::Token(_) => Refusal::Token,
            tokens::Error::Account(error) => Refusal::Account(error),
        }
    }
}

/// A deletion that cannot be: the documents have one text for all reasons.
fn deletion(error: Error) -> Refusal {
    match error {
        Error::Closed | Error::LastAdmin | Error::NotFound => Refusal::Deletion,
        Error::Forbidden => Refusal::Token,
        error => Refusal::Account(error),
    }
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ClarkMessage")]
struct Message {
    message: &'static str,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Refusal::Registration => text(StatusCode::BAD_REQUEST, REGISTRATION),
            Refusal::Credentials => json(StatusCode::BAD_REQUEST, &Message { message: "Invalid username or password" }),
            Refusal::Token => {
                let mut response = text(StatusCode::UNAUTHORIZED, "Invalid access token");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                response
            }
            Refusal::Body => text(StatusCode::BAD_REQUEST, "Bad Request"),
            Refusal::TooLarge => text(StatusCode::PAYLOAD_TOO_LARGE, "Payload Too Large"),
            Refusal::Deletion => text(StatusCode::BAD_REQUEST, DELETION),
            Refusal::Account(error) => account(error),
        }
    }
}

fn account(error: Error) -> Response {
    match error {
        // The clients tell the two apart by the status alone.
        Error::Taken(Field::Email) => match StatusCode::from_u16(420) {
            Ok(status) => text(status, "Email is already in use."),
            Err(_) => text(StatusCode::BAD_REQUEST, "Email is already in use."),
        },
        Error::Taken(_) => Refusal::Registration.into_response(),
        // As plain text: an address is not ours, and may hold anything.
        Error::Unconfirmed(address) => plain_text(StatusCode::BAD_REQUEST, confirm_first(&address)),
        Error::Credentials(_) | Error::Disabled => Refusal::Credentials.into_response(),
        Error::NotFound => Refusal::Token.into_response(),
        Error::Forbidden | Error::AppPassword | Error::Closed | Error::LastAdmin => {
            text(StatusCode::FORBIDDEN, "Forbidden")
        }
        Error::TooMany(wait) => retry_after(text(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"), wait),
        Error::Busy(wait) => retry_after(text(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"), wait),
        Error::StorageUnavailable => fault(StatusCode::SERVICE_UNAVAILABLE),
        // No body of this dialect carries a picture.
        Error::Picture(_) | Error::Unstorable => text(StatusCode::BAD_REQUEST, "Bad Request"),
        Error::Internal(error) => {
            log(&error);
            fault(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// What no handler answers: faults of ours, and what is refused before it is looked at.
pub(super) fn fault(status: StatusCode) -> Response {
    let response = text(status, status.canonical_reason().unwrap_or_default());
    if status == StatusCode::SERVICE_UNAVAILABLE { retry_after(response, RETRY_AFTER) } else { response }
}
