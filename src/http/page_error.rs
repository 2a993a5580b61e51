//! The errors of page requests. `pages::error` makes the page of each.

use std::any::Any;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::error::Error;

use super::bodies::RETRY_AFTER;

/// An error that a page request ends in.
#[derive(Clone, Debug)]
pub(super) enum PageError {
    /// Not this person's to open.
    Forbidden,
    /// Sent by another site's page.
    CrossSite,
    /// Sent by a page that another account was shown.
    OtherAccount,
    /// Nothing is there.
    NotFound,
    /// Another change came first.
    Conflict,
    /// The body is larger than its route takes.
    TooLarge,
    /// The body came too slowly: 408.
    Slow,
    /// The body is no form, or a value of it cannot be read.
    BadForm,
    /// The request itself cannot be read: 400 where its body is cut or framed wrongly, 415 where it is encoded.
    Unreadable(StatusCode),
    /// Too many attempts: 429.
    TooMany(Duration),
    /// An internal error: not the caller's fault; logged already.
    Internal,
    /// Overloaded: 503.
    Busy(Duration),
    /// The page is there, but not by this method.
    Method,
}

impl From<Error> for PageError {
    fn from(error: Error) -> PageError {
        match error {
            Error::Taken(_) | Error::LastAdmin => PageError::Conflict,
            Error::Credentials(_)
            | Error::Disabled
            | Error::Forbidden
            | Error::AppPassword
            | Error::Closed
            | Error::Unconfirmed(_) => PageError::Forbidden,
            Error::NotFound => PageError::NotFound,
            Error::TooMany(wait) => PageError::TooMany(wait),
            Error::Busy(wait) => PageError::Busy(wait),
            Error::Picture(_) | Error::Unstorable => PageError::BadForm,
            Error::StorageUnavailable => PageError::Busy(Duration::from_secs(5)),
            Error::Internal(error) => PageError::internal(&error),
        }
    }
}

impl From<tower_sessions::session::Error> for PageError {
    fn from(error: tower_sessions::session::Error) -> PageError {
        PageError::internal(&error.into())
    }
}

impl PageError {
    /// Logs what only the operator may know, once; the page shows the request's id instead.
    pub(super) fn internal(error: &anyhow::Error) -> PageError {
        tracing::error!(error = format!("{error:#}"), "a request failed");
        PageError::Internal
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            PageError::Forbidden | PageError::CrossSite => StatusCode::FORBIDDEN,
            PageError::NotFound => StatusCode::NOT_FOUND,
            PageError::Conflict | PageError::OtherAccount => StatusCode::CONFLICT,
            PageError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            PageError::Slow => StatusCode::REQUEST_TIMEOUT,
            PageError::BadForm => StatusCode::UNPROCESSABLE_ENTITY,
            PageError::Unreadable(status) => *status,
            PageError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            PageError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            PageError::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            PageError::Method => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// Tells programs when to come again.
    pub(super) fn add_retry_after(&self, response: &mut Response) {
        if let PageError::TooMany(wait) | PageError::Busy(wait) = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
    }

    /// The stem of its sentences' keys.
    pub(super) fn key(&self) -> &'static str {
        match self {
            PageError::Forbidden => "error-forbidden",
            PageError::CrossSite => "error-cross-site",
            PageError::OtherAccount => "error-other-account",
            PageError::NotFound => "error-not-found",
            PageError::Conflict => "error-conflict",
            PageError::TooLarge => "error-too-large",
            PageError::Slow => "error-slow",
            PageError::BadForm | PageError::Unreadable(_) => "error-unreadable",
            PageError::TooMany(_) => "error-too-many",
            PageError::Internal => "error-broken",
            PageError::Busy(_) => "error-busy",
            PageError::Method => "error-method",
        }
    }

    /// What an answer without a page ends in, by its status.
    pub(super) fn of_status(status: StatusCode) -> Option<PageError> {
        Some(match status {
            StatusCode::METHOD_NOT_ALLOWED => PageError::Method,
            StatusCode::PAYLOAD_TOO_LARGE => PageError::TooLarge,
            StatusCode::REQUEST_TIMEOUT => PageError::Slow,
            StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE => PageError::Unreadable(status),
            StatusCode::INTERNAL_SERVER_ERROR => PageError::Internal,
            StatusCode::SERVICE_UNAVAILABLE => PageError::Busy(RETRY_AFTER),
            StatusCode::NOT_FOUND => PageError::NotFound,
            _ => return None,
        })
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        self.add_retry_after(&mut response);
        response.extensions_mut().insert(self);
        response
    }
}

/// What a page's frame says when a request may not go on.
pub(super) fn refuse(status: StatusCode) -> Response {
    PageError::of_status(status).unwrap_or(PageError::Internal).into_response()
}

/// A handler's panic is an error like others: logged, which the panic hook has done, and answered with the same page.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    PageError::Internal.into_response()
}
