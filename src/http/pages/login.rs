//! `/login`: logging in, and going on to where one was headed.

use std::convert::Infallible;

use askama::Template;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use tower_sessions::Session;

use crate::accounts::{Client, Error};
use crate::app::App;
use crate::logins::{authenticate, device};
use crate::model::password::Password;
use crate::model::{Account, Door, Field, Problem};

use super::super::fault::Fault;
use super::super::visitor::Visitor;
use super::super::{FORM_LIMIT, cookies, sessions};
use super::forms::{Form, Problems};
use super::shell::{Page, Shell};
use super::{account, draft, own_path, see_other, see_other_saying};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct LogIn {
    login: String,
    password: String,
    remember: Option<String>,
    next: String,
}

/// Where to go after logging in.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Onward {
    next: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LogInPage {
    shell: Shell,
    form: LogIn,
    problems: Problems,
    days: u64,
}

pub(super) async fn show(State(app): State<App>, shell: Shell, Query(query): Query<Onward>) -> Response {
    if shell.account.is_some() {
        return see_other(own_path(&query.next).unwrap_or("/account"));
    }
    let form = LogIn { next: query.next, ..LogIn::default() };
    page(&app, shell, form, Problems::default()).into_response()
}

pub(super) async fn submit(
    State(app): State<App>,
    session: Session,
    shell: Shell,
    client: Client,
    browser: Browser,
    Form(mut form): Form<LogIn>,
) -> Result<Response, Fault> {
    let mut problems = Problems::default();
    if form.login.trim().is_empty() {
        problems.check::<()>(Field::Login, Err(Problem::Missing));
    }
    let password = match Password::typed(std::mem::take(&mut form.password)) {
        // Longer than any password can be: simply not the right one.
        Err(Problem::TooLong { .. }) => {
            return Ok(refused(&app, shell, form, StatusCode::UNPROCESSABLE_ENTITY, mismatch()));
        }
        password => problems.check(Field::Password, password),
    };
    let (Some(password), true) = (password, problems.is_empty()) else {
        return Ok(refused(&app, shell, form, StatusCode::UNPROCESSABLE_ENTITY, problems));
    };
    let (status, problems) = match authenticate::sign_in(&app, &form.login, &password, client, Door::Pages).await {
        Ok(account) => {
            let browser = Browser { remember: form.remember.is_some(), ..browser };
            let next = own_path(&form.next).unwrap_or("/account");
            return welcome(&app, &session, &account, &browser, client, next).await;
        }
        Err(Error::Credentials(_)) => (StatusCode::UNPROCESSABLE_ENTITY, mismatch()),
        Err(Error::Disabled) => {
            let key =
                if shell.support_email().is_some() { "login-error-disabled-support" } else { "login-error-disabled" };
            (StatusCode::UNPROCESSABLE_ENTITY, Problems::general(key, Field::Login, 0))
        }
        Err(Error::TooMany(wait)) => {
            (StatusCode::TOO_MANY_REQUESTS, Problems::too_many("login-error-too-many", Field::Login, wait))
        }
        Err(error) => return Err(error.into()),
    };
    Ok(refused(&app, shell, form, status, problems))
}

/// One message for a wrong name and a wrong password: nobody learns which.
fn mismatch() -> Problems {
    Problems::general("login-error-mismatch", Field::Login, 0)
}

fn refused(app: &App, shell: Shell, form: LogIn, status: StatusCode, problems: Problems) -> Response {
    (status, problems.retry_after(), page(app, shell, form, problems)).into_response()
}

fn page(app: &App, shell: Shell, form: LogIn, problems: Problems) -> Page<LogInPage> {
    let days = app.settings().session_max.as_secs() / 86_400;
    Page(LogInPage { shell, form, problems, days })
}

/// What the list of devices shows of a browser, and whether it stays logged in.
#[derive(Clone, Debug, Default)]
pub(super) struct Browser {
    agent: String,
    remember: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Browser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Browser, Infallible> {
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(Browser { agent: agent.to_owned(), remember: false })
    }
}

/// Logs the browser in to `account` and leads on to `next`.
pub(super) async fn welcome(
    app: &App,
    session: &Session,
    account: &Account,
    browser: &Browser,
    client: Client,
    next: &str,
) -> Result<Response, Fault> {
    let address = client.address.to_string();
    sessions::start(app, session, account, &browser.agent, &address, browser.remember).await?;
    let known = device::renew(app, account, client).await?;
    let mut response = see_other(next);
    response.headers_mut().append(header::SET_COOKIE, cookies::set_known_device(app, known));
    Ok(response)
}

/// Sends whoever is not logged in to the log-in page, and back afterwards. What they posted is kept for the
/// form they come back to, secrets apart.
pub(super) async fn required(
    State(app): State<App>,
    session: Session,
    visitor: Option<axum::Extension<Visitor>>,
    request: Request,
    next: Next,
) -> Response {
    if visitor.is_some_and(|visitor| visitor.0.0.is_some()) {
        return next.run(request).await;
    }
    let target = request.uri().path_and_query().map_or("/account", |path| path.as_str()).to_owned();
    let login = format!(
        "/login?{}",
        url::form_urlencoded::Serializer::new(String::new()).append_pair("next", &target).finish()
    );
    if request.method() != Method::POST {
        return if target == "/account" {
            see_other(&login)
        } else {
            see_other_saying(&app, &login, "flash-login-first", 0)
        };
    }
    let path = target.split('?').next().unwrap_or_default();
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kept = if kind.starts_with("application/x-www-form-urlencoded") {
        match to_bytes(Body::new(request.into_body()), FORM_LIMIT).await {
            Ok(body) => draft::keep(&session, path, &body).await,
            Err(_) => Ok(()),
        }
    } else if account::has_picture_form(path) {
        draft::keep_fields(&session, path, draft::texts(&app, request).await).await
    } else {
        Ok(())
    };
    if let Err(fault) = kept {
        return fault.into_response();
    }
    see_other_saying(&app, &login, "flash-login-again", 0)
}
