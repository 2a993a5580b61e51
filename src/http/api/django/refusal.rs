//! Everything the Django dialect can answer but success, in the words its clients know.

use axum::Json;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use portico_imaging::PictureError;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::error::Error;
use crate::jwt::TokenProblem;
use crate::model::picture::PictureProblem;
use crate::tokens;

use crate::http::api::body::Unreadable;
use crate::http::api::{confirm_first, log, retry_after};
use crate::http::bodies::RETRY_AFTER;

pub(super) const INVALID_IMAGE: &str =
    "Upload a valid image. The file you uploaded was either not an image or a corrupted image.";

/// What a change is told of an address that another account has.
pub(super) const TAKEN: &str = "user with this email already exists.";

/// What is wrong with a field: a list, or, where the services sent it so, a single text.
#[derive(JsonSchema, Serialize)]
#[serde(untagged)]
#[schemars(rename = "DjangoTexts")]
pub(super) enum Texts {
    List(Vec<String>),
    Single(&'static str),
}

/// Fields and what is wrong with them, told in the order in which the services declared the fields.
#[derive(Default)]
pub(super) struct Errors(pub(super) Vec<(&'static str, Texts)>);

/// The order of the fields that are checked together.
const ORDER: [&str; 5] = ["email", "full_name", "profile_pic", "password", "current_password"];

impl Serialize for Errors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut errors: Vec<_> = self.0.iter().map(|(field, texts)| (field, texts)).collect();
        errors.sort_by_key(|(field, _)| ORDER.iter().position(|known| known == *field));
        serializer.collect_map(errors)
    }
}

pub(super) enum Refusal {
    Fields(Errors),
    Body(Unreadable),
    /// No credentials where some are wanted.
    Anonymous,
    /// `JWT` with no token behind it, or more than one.
    Header,
    /// The access token.
    Access(TokenProblem),
    /// The refresh token.
    Refresh(TokenProblem),
    /// Nothing is at this address.
    NoRoute,
    Method(Method),
    Account(Error),
}

impl Refusal {
    pub(super) fn field(field: &'static str, text: impl Into<String>) -> Refusal {
        Refusal::Fields(Errors(vec![(field, Texts::List(vec![text.into()]))]))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Account(error)
    }
}

impl From<tokens::Error> for Refusal {
    fn from(error: tokens::Error) -> Refusal {
        match error {
            tokens::Error::Token(problem) => Refusal::Access(problem),
            tokens::Error::Account(error) => Refusal::Account(error),
        }
    }
}

impl From<Unreadable> for Refusal {
    fn from(unreadable: Unreadable) -> Refusal {
        Refusal::Body(unreadable)
    }
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DjangoDetail")]
pub(super) struct Detail<'a> {
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<[Message<'a>; 1]>,
}

#[derive(JsonSchema, Serialize)]
#[schemars(rename = "DjangoMessage")]
struct Message<'a> {
    token_class: &'a str,
    token_type: &'a str,
    message: &'a str,
}

fn detail(status: StatusCode, text: &str) -> Response {
    (status, Json(Detail { detail: text, code: None, messages: None })).into_response()
}

fn unauthorized(detail: &str, code: Option<&str>, message: Option<&str>) -> Response {
    let messages = message.map(|message| [Message { token_class: "AccessToken", token_type: "access", message }]);
    let mut response = (StatusCode::UNAUTHORIZED, Json(Detail { detail, code, messages })).into_response();
    let challenge = HeaderValue::from_static("JWT realm=\"api\"");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Refusal::Fields(errors) => (StatusCode::BAD_REQUEST, Json(errors)).into_response(),
            Refusal::Body(unreadable) => body(unreadable),
            Refusal::Anonymous => unauthorized("Authentication credentials were not provided.", None, None),
            Refusal::Header => unauthorized(
                "Authorization header must contain two space-delimited values",
                Some("bad_authorization_header"),
                None,
            ),
            Refusal::Access(problem) => access(problem),
            Refusal::Refresh(problem) => refresh(problem),
            Refusal::NoRoute => detail(StatusCode::NOT_FOUND, "Not found."),
            Refusal::Method(method) => {
                detail(StatusCode::METHOD_NOT_ALLOWED, &format!("Method \"{method}\" not allowed."))
            }
            Refusal::Account(error) => account(error),
        }
    }
}

fn body(unreadable: Unreadable) -> Response {
    match unreadable {
        Unreadable::TooLarge => detail(StatusCode::PAYLOAD_TOO_LARGE, "Request body is too large."),
        Unreadable::FileTooLarge { field, most } => {
            let text = format!("Ensure this file has at most {most} bytes.");
            (StatusCode::PAYLOAD_TOO_LARGE, Refusal::field(field, text)).into_response()
        }
        Unreadable::Type(kind) => {
            let text = format!("Unsupported media type \"{kind}\" in request.");
            detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, &text)
        }
        Unreadable::Json(error) => {
            let (line, column, at) = (error.line, error.column, error.at);
            let what = error.what;
            let text = format!("JSON parse error - {what}: line {line} column {column} (char {at})");
            detail(StatusCode::BAD_REQUEST, &text)
        }
        Unreadable::Form => detail(StatusCode::BAD_REQUEST, "Malformed request."),
        Unreadable::Shape(value) => {
            let kind = match value {
                Value::Null => "NoneType",
                Value::Bool(_) => "bool",
                Value::Number(number) if number.is_f64() => "float",
                Value::Number(_) => "int",
                Value::String(_) => "str",
                Value::Array(_) => "list",
                Value::Object(_) => "dict",
            };
            let text = format!("Invalid data. Expected a dictionary, but got {kind}.");
            Refusal::field("non_field_errors", text).into_response()
        }
    }
}

fn access(problem: TokenProblem) -> Response {
    let invalid =
        |message| unauthorized("Given token not valid for any token type", Some("token_not_valid"), Some(message));
    match problem {
        TokenProblem::Malformed
        | TokenProblem::Signature
        | TokenProblem::Expired
        | TokenProblem::NotYet
        | TokenProblem::Ended => invalid("Token is invalid or expired"),
        TokenProblem::WrongType => invalid("Token has wrong type"),
        TokenProblem::NoId => invalid("Token has no id"),
        TokenProblem::NoAccount => {
            unauthorized("Token contained no recognizable user identification", Some("token_not_valid"), None)
        }
        TokenProblem::UnknownAccount => unauthorized("User not found", Some("user_not_found"), None),
        TokenProblem::Disabled => unauthorized("User is inactive", Some("user_inactive"), None),
    }
}

fn refresh(problem: TokenProblem) -> Response {
    let text = match problem {
        TokenProblem::Malformed
        | TokenProblem::Signature
        | TokenProblem::Expired
        | TokenProblem::NotYet
        | TokenProblem::NoAccount => "Token is invalid or expired",
        TokenProblem::WrongType => "Token has wrong type",
        TokenProblem::NoId => "Token has no id",
        // Everything of an account that is gone or disabled has ended.
        TokenProblem::Ended | TokenProblem::UnknownAccount | TokenProblem::Disabled => "Token is blacklisted",
    };
    unauthorized(text, Some("token_not_valid"), None)
}

fn account(error: Error) -> Response {
    match error {
        Error::Taken(_) => Refusal::field("email", TAKEN).into_response(),
        Error::Unconfirmed(address) => Refusal::field("email", confirm_first(&address)).into_response(),
        Error::Credentials(_) => {
            let text = "Invalid User Credentials.";
            let errors = Errors(vec![("email", Texts::Single(text)), ("password", Texts::Single(text))]);
            Refusal::Fields(errors).into_response()
        }
        Error::Disabled => access(TokenProblem::Disabled),
        Error::Forbidden | Error::AppPassword | Error::Closed | Error::LastAdmin => fault(StatusCode::FORBIDDEN),
        Error::NotFound => detail(StatusCode::NOT_FOUND, "No BaseUser matches the given query."),
        Error::TooMany(wait) => {
            let seconds = wait.as_secs().max(1);
            let plural = if seconds == 1 { "" } else { "s" };
            let text = format!("Request was throttled. Expected available in {seconds} second{plural}.");
            retry_after(detail(StatusCode::TOO_MANY_REQUESTS, &text), wait)
        }
        Error::Busy(wait) => retry_after(fault(StatusCode::SERVICE_UNAVAILABLE), wait),
        Error::StorageUnavailable => fault(StatusCode::SERVICE_UNAVAILABLE),
        Error::Unstorable => detail(StatusCode::BAD_REQUEST, "Null characters are not allowed."),
        Error::Picture(problem) => Refusal::field("profile_pic", picture_problem(problem)).into_response(),
        Error::Internal(error) => {
            log(&error);
            fault(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

pub(super) fn picture_problem(problem: PictureProblem) -> String {
    match problem {
        PictureProblem::UnsupportedType(_) | PictureProblem::Replaced => INVALID_IMAGE.to_owned(),
        PictureProblem::Unusable(error) => match error {
            PictureError::NotAPicture
            | PictureError::Unsupported
            | PictureError::TooComplex
            | PictureError::Damaged
            | PictureError::Transparent
            | PictureError::Cancelled => INVALID_IMAGE.to_owned(),
            PictureError::TooManyPixels { max } => {
                format!("Ensure this image has at most {max} pixels: save it smaller and send it again.")
            }
            PictureError::TooLong { max } => format!("Ensure this image is at most {max} pixels wide and high."),
        },
    }
}

/// What no handler answers: faults of ours, and what is refused before it is looked at.
pub(in crate::http::api) fn fault(status: StatusCode) -> Response {
    match status {
        StatusCode::SERVICE_UNAVAILABLE => {
            retry_after(detail(status, "Service temporarily unavailable, try again later."), RETRY_AFTER)
        }
        StatusCode::BAD_REQUEST => detail(status, "Malformed request."),
        StatusCode::FORBIDDEN => detail(status, "You do not have permission to perform this action."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => detail(status, "Unsupported content encoding in request."),
        StatusCode::REQUEST_TIMEOUT => detail(status, "Your connection is slow: the request did not arrive in time."),
        _ => detail(status, "A server error occurred."),
    }
}

/// Below `/api/users` and `/api/user` and nothing else.
pub(in crate::http::api) fn not_found() -> Response {
    Refusal::NoRoute.into_response()
}

pub(super) async fn method_not_allowed(method: Method) -> Response {
    Refusal::Method(method).into_response()
}
