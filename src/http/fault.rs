//! What a page request can end in but success, and the page that says so.

use std::any::Any;
use std::time::Duration;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::error::Error;

use super::bodies::PAUSE;
use super::observe::RequestId;
use super::pages::shell::{Page, Shell};

/// Everything a page can answer but success. The layer [`render`] makes the page of it.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// Not this person's to open.
    Forbidden,
    /// Sent by another site's page.
    CrossSite,
    /// Nothing is there.
    NotFound,
    /// Another change came first.
    Conflict,
    /// The body is larger than its route takes.
    TooLarge,
    /// The body is no form, or a value of it cannot be read.
    Unreadable,
    /// Too many tries.
    TooMany(Duration),
    /// Not the caller's fault; logged already.
    Broken,
    /// Too much to do at the moment.
    Busy(Duration),
    /// The page is there, but not by this method.
    Method,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        match error {
            Error::Taken(_) | Error::LastAdmin => Fault::Conflict,
            Error::Credentials(_) | Error::Disabled | Error::Forbidden | Error::Closed => Fault::Forbidden,
            Error::NotFound => Fault::NotFound,
            Error::TooMany(wait) => Fault::TooMany(wait),
            Error::Busy(wait) => Fault::Busy(wait),
            Error::Picture(_) | Error::Unstorable => Fault::Unreadable,
            Error::Unstored => Fault::Busy(Duration::from_secs(5)),
            Error::Internal(error) => Fault::broken(&error),
        }
    }
}

impl From<tower_sessions::session::Error> for Fault {
    fn from(error: tower_sessions::session::Error) -> Fault {
        Fault::broken(&error.into())
    }
}

impl Fault {
    /// Logs what only the operator may know, once; the page shows the request's id instead.
    pub(super) fn broken(error: &anyhow::Error) -> Fault {
        tracing::error!(error = format!("{error:#}"), "a request failed");
        Fault::Broken
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Fault::Forbidden | Fault::CrossSite => StatusCode::FORBIDDEN,
            Fault::NotFound => StatusCode::NOT_FOUND,
            Fault::Conflict => StatusCode::CONFLICT,
            Fault::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Fault::Unreadable => StatusCode::UNPROCESSABLE_ENTITY,
            Fault::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Fault::Broken => StatusCode::INTERNAL_SERVER_ERROR,
            Fault::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Fault::Method => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// Tells programs when to come again.
    fn say_when(&self, response: &mut Response) {
        if let Fault::TooMany(wait) | Fault::Busy(wait) = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
    }

    /// The stem of its sentences.
    fn key(&self) -> &'static str {
        match self {
            Fault::Forbidden => "error-forbidden",
            Fault::CrossSite => "error-cross-site",
            Fault::NotFound => "error-not-found",
            Fault::Conflict => "error-conflict",
            Fault::TooLarge => "error-too-large",
            Fault::Unreadable => "error-unreadable",
            Fault::TooMany(_) => "error-too-many",
            Fault::Broken => "error-broken",
            Fault::Busy(_) => "error-busy",
            Fault::Method => "error-method",
        }
    }

    fn of_status(status: StatusCode) -> Option<Fault> {
        Some(match status {
            StatusCode::METHOD_NOT_ALLOWED => Fault::Method,
            StatusCode::PAYLOAD_TOO_LARGE => Fault::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Fault::Unreadable,
            StatusCode::INTERNAL_SERVER_ERROR => Fault::Broken,
            StatusCode::SERVICE_UNAVAILABLE => Fault::Busy(PAUSE),
            StatusCode::NOT_FOUND => Fault::NotFound,
            _ => return None,
        })
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        self.say_when(&mut response);
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    shell: Shell,
    key: &'static str,
    status: u16,
    id: Option<String>,
    minutes: u64,
}

impl ErrorPage {
    fn title(&self) -> String {
        self.shell.text(&format!("{}-title", self.key)).into_owned()
    }

    fn lead(&self) -> String {
        self.shell.words.with(&format!("{}-lead", self.key), &[("number", self.minutes.into())])
    }
}

/// Gives every fault its page: those of handlers, and those of the layers inside this one.
pub(super) async fn render(State(app): State<App>, request: Request, next: Next) -> Response {
    let shell = Shell::of_stranger(&app, &request);
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    let response = next.run(request).await;
    let fault = match response.extensions().get::<Fault>() {
        Some(fault) => fault.clone(),
        None if response.headers().contains_key(header::CONTENT_TYPE) => return response,
        None => match Fault::of_status(response.status()) {
            Some(fault) => fault,
            None => return response,
        },
    };
    let wait = match &fault {
        Fault::TooMany(wait) | Fault::Busy(wait) => wait.as_secs(),
        _ => 0,
    };
    let page = ErrorPage {
        shell,
        key: fault.key(),
        status: fault.status().as_u16(),
        id: id.filter(|_| matches!(fault, Fault::Broken)),
        minutes: wait.div_ceil(60).max(1),
    };
    let mut answer = (fault.status(), Page(page)).into_response();
    if let Some(value) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, value.clone());
    }
    fault.say_when(&mut answer);
    answer
}

/// What a page's frame says when a request may not go on.
pub(super) fn refuse(status: StatusCode) -> Response {
    Fault::of_status(status).unwrap_or(Fault::Broken).into_response()
}

/// A handler's panic is a fault like others: logged, and answered with the same page.
pub(super) fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without words");
    Fault::broken(&anyhow::anyhow!("a handler panicked: {text}")).into_response()
}
