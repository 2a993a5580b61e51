//! `/signup/sent`: a sign-up waits for its address to be confirmed, by the code of the mail here, or by its link.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::pending::{self, PendingSignUp};
use crate::accounts::registration::Browser;
use crate::app::App;
use crate::error::Error;
use crate::model::{Client, Field, Problem, Username};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems};
use super::user_agent::UserAgent;
use super::{redirect, redirect_with_flash, welcome};
use crate::http::cookies;
use crate::http::page_error::PageError;
use crate::http::sessions::Current;

/// Its address.
pub(super) const PATH: &str = "/signup/sent";

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct CodeForm {
    code: String,
    /// Another username, where the one that was chosen has become another's.
    username: String,
}

#[derive(Template)]
#[template(path = "signup_sent.html")]
struct SentPage {
    shell: PageContext,
    problems: Problems,
    email: String,
    code: String,
    /// Another username is asked for, and this was typed.
    username: Option<String>,
}

/// A username in place of one that was lost, if any was typed.
pub(super) fn other_name(problems: &mut Problems, typed: &str) -> Option<Option<Username>> {
    if typed.trim().is_empty() {
        return Some(None);
    }
    problems.check(Field::Username, Username::choose(typed)).map(Some)
}

/// Another username is asked for where the one of the sign-up has become another's.
pub(super) async fn asked_name(app: &App, waiting: &PendingSignUp, typed: &str) -> Result<Option<String>, PageError> {
    let is_lost = !typed.trim().is_empty() || pending::has_lost_its_name(app, waiting).await?;
    let shown = if typed.is_empty() { waiting.username.clone().unwrap_or_default() } else { typed.to_owned() };
    Ok(is_lost.then_some(shown))
}

/// Where a browser goes whose sign-up waits no more: it may have been confirmed elsewhere.
fn gone(browser: &UserAgent) -> Response {
    redirect(if browser.pending().is_some() { "/login" } else { "/signup" })
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    browser: UserAgent,
) -> Result<Response, PageError> {
    if shell.account.is_some() {
        return Ok(redirect("/account"));
    }
    let Some(waiting) = pending::of_browser(&app, browser.pending()).await? else {
        return Ok(gone(&browser));
    };
    let username = asked_name(&app, &waiting, "").await?;
    let problems = match username {
        Some(_) => Problems::taken(&app, Field::Username, &waiting.username.clone().unwrap_or_default()).await?,
        None => Problems::default(),
    };
    let (email, code) = (waiting.email, String::new());
    Ok(Page(SentPage { shell, problems, email, code, username }).into_response())
}

pub(super) async fn submit(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    let cookie = browser.pending();
    let Some(waiting) = pending::of_browser(&app, cookie).await? else { return Ok(gone(&browser)) };
    let mut problems = Problems::default();
    let username = other_name(&mut problems, &form.username);
    if form.code.trim().is_empty() {
        problems.check::<()>(Field::Code, Err(Problem::Missing));
    }
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if let (Some(username), true) = (username, problems.is_empty()) {
        (status, problems) = match pending::finish_by_code(&app, cookie, &form.code, username, client).await {
            Ok(opened) => {
                return logged_in(welcome::begin(&app, shell, &current, opened, browser.clone(), client).await?);
            }
            Err(Error::NotFound) => return Ok(gone(&browser)),
            Err(Error::Credentials(_)) => (status, Problems::one(Field::Code, Problem::Wrong)),
            Err(Error::TooMany(_)) => {
                (StatusCode::TOO_MANY_REQUESTS, Problems::general(key!("code-error-too-many"), Field::Code, 0))
            }
            Err(Error::Taken(field)) => {
                let typed = waiting.username.clone().unwrap_or_default();
                (StatusCode::CONFLICT, Problems::taken(&app, field, &typed).await?)
            }
            Err(error) => return Err(error.into()),
        };
    }
    let username = asked_name(&app, &waiting, &form.username).await?;
    let (email, code) = (waiting.email, form.code);
    Ok((status, Page(SentPage { shell, problems, email, code, username })).into_response())
}

/// The answer of a log-in after which nothing waits in this browser.
pub(super) fn logged_in(mut response: Response) -> Result<Response, PageError> {
    response.headers_mut().append(header::SET_COOKIE, cookies::clear_pending());
    Ok(response)
}

/// Sends the mail once more. The answer does not tell whether that is too often.
pub(super) async fn again(
    State(app): State<App>,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
) -> Result<Response, PageError> {
    let cookie = browser.pending();
    let asking = Browser { agent: browser.name(), language: shell.words.language(), cookie };
    pending::send_again(&app, &asking, client).await?;
    Ok(redirect_with_flash(PATH, key!("flash-confirm-sent"), 0))
}
