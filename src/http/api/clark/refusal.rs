//! What the CLARK dialect answers where something is refused, in the words of the service that it replaces.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Error;
use crate::model::Field;
use crate::tokens;

use crate::http::api::{confirm_first, log, retry_after};
use crate::http::bodies::RETRY_AFTER;

pub(super) const REGISTRATION: &str = "Invalid registration credentials";
pub(super) const DELETION: &str = "Cannot delete user accounts at this time";

pub(super) fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    let body = serde_json::to_vec(value).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}

pub(super) fn text(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
}

pub(super) fn plain_text(status: StatusCode, text: impl IntoResponse) -> Response {
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// Everything this dialect can answer but success.
pub(in crate::http::api) enum Refusal {
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
pub(super) fn deletion(error: Error) -> Refusal {
    match error {
        Error::Closed | Error::LastAdmin | Error::NotFound => Refusal::Deletion,
        Error::Forbidden => Refusal::Token,
        error => Refusal::Account(error),
    }
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ClarkMessage")]
pub(super) struct Message {
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
pub(in crate::http::api) fn fault(status: StatusCode) -> Response {
    let response = text(status, status.canonical_reason().unwrap_or_default());
    if status == StatusCode::SERVICE_UNAVAILABLE { retry_after(response, RETRY_AFTER) } else { response }
}
