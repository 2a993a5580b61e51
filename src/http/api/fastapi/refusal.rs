//! Everything the FastAPI dialect can answer but success, in the words its clients know.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::error::{Credentials, Error};
use crate::jwt::TokenProblem;
use crate::tokens;

use crate::http::api::{confirm_first, log, retry_after};
use crate::http::bodies::RETRY_AFTER;

/// One thing that is wrong with a body, as pydantic 2.5 says it.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "FastapiProblem")]
pub(in crate::http::api) struct Problem {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) loc: Vec<Value>,
    pub(super) msg: String,
    /// What was sent, secrets masked.
    pub(super) input: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ctx: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
}

pub(in crate::http::api) enum Refusal {
    /// The body's fields.
    Invalid(Vec<Problem>),
    TooLarge,
    /// No token.
    Anonymous,
    /// A token whose account does not exist.
    NoAccount,
    Token(TokenProblem),
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
            tokens::Error::Token(problem) => Refusal::Token(problem),
            tokens::Error::Account(error) => Refusal::Account(error),
        }
    }
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "FastapiDetailOf{T}")]
pub(super) struct Detail<T> {
    detail: T,
}

fn detail(status: StatusCode, text: &str) -> Response {
    (status, Json(Detail { detail: text })).into_response()
}

fn unauthorized(text: &str) -> Response {
    let mut response = detail(StatusCode::UNAUTHORIZED, text);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Refusal::Invalid(problems) => {
                (StatusCode::UNPROCESSABLE_ENTITY, Json(Detail { detail: problems })).into_response()
            }
            Refusal::TooLarge => detail(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
            Refusal::Anonymous => unauthorized("Not authenticated"),
            Refusal::NoAccount => unauthorized("Неверные данные для аутентификации"),
            Refusal::Token(problem) => unauthorized(match problem {
                TokenProblem::Expired => "Срок действия токена истек",
                TokenProblem::Signature => "Недействительная подпись токена",
                TokenProblem::Malformed => "Ошибка декодирования токена",
                TokenProblem::NotYet
                | TokenProblem::WrongType
                | TokenProblem::NoId
                | TokenProblem::NoAccount
                | TokenProblem::Ended
                | TokenProblem::UnknownAccount
                | TokenProblem::Disabled => "Токен недействителен",
            }),
            Refusal::Account(error) => account(error),
        }
    }
}

fn account(error: Error) -> Response {
    match error {
        Error::Taken(_) => detail(StatusCode::CONFLICT, "Пользователь с таким 'username' или 'email' уже существует"),
        Error::Unconfirmed(address) => {
            let msg = confirm_first(&address);
            let (kind, loc, input) = ("value_error", vec!["body".into(), "email".into()], address.into());
            Refusal::Invalid(vec![Problem { kind, loc, msg, input, ctx: None, url: None }]).into_response()
        }
        Error::Credentials(Credentials::Unknown) | Error::NotFound => detail(StatusCode::NOT_FOUND, "User not found"),
        Error::Credentials(Credentials::Password | Credentials::SecondFactor) | Error::Disabled => {
            unauthorized("Неверный логин или пароль")
        }
        Error::Forbidden | Error::AppPassword | Error::Closed | Error::LastAdmin => {
            detail(StatusCode::FORBIDDEN, "Forbidden")
        }
        Error::TooMany(wait) => retry_after(detail(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"), wait),
        Error::Busy(wait) => retry_after(fault(StatusCode::SERVICE_UNAVAILABLE), wait),
        Error::StorageUnavailable => fault(StatusCode::SERVICE_UNAVAILABLE),
        // No body of this dialect carries a picture.
        Error::Picture(_) | Error::Unstorable => detail(StatusCode::UNPROCESSABLE_ENTITY, "Unprocessable Entity"),
        Error::Internal(error) => {
            log(&error);
            fault(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// What no handler answers: faults of ours, and what is refused before it is looked at.
pub(in crate::http::api) fn fault(status: StatusCode) -> Response {
    let response = detail(status, status.canonical_reason().unwrap_or_default());
    if status == StatusCode::SERVICE_UNAVAILABLE { retry_after(response, RETRY_AFTER) } else { response }
}

/// Below `/users` and nothing else.
pub(in crate::http::api) fn not_found() -> Response {
    detail(StatusCode::NOT_FOUND, "Not Found")
}

pub(in crate::http::api) async fn method_not_allowed() -> Response {
    detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
}
