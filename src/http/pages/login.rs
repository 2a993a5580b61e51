//! `/login`: logging in, and going on to where one was headed.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use url::form_urlencoded;

use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::logins::second_step::Begun;
use crate::logins::{begin, device, passkey, session};
use crate::model::{Account, Client, Field, Problem};
use crate::passkeys::{self, Options, Refusal, challenge};

use super::context::{Page, PageContext};
use super::draft::Draft;
use super::forms::{Form, Problems, own_password};
use super::user_agent::UserAgent;
use super::{leaked_password, local_path, redirect, typed_login, verify};
use crate::http::cookies;
use crate::http::page_error::PageError;
use crate::http::sessions::{Current, Data};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct LogIn {
    login: String,
    password: String,
    remember: Option<String>,
    next: String,
    /// What was typed into another form before, sealed.
    draft: String,
    /// The answer of a passkey, as JSON.
    passkey: String,
}

/// Where to go after logging in.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct NextQuery {
    next: String,
    /// That the browser has just been logged in, and whether it keeps cookies is not known: see [`go_on`].
    kept: Option<String>,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LogInPage {
    shell: PageContext,
    form: LogIn,
    problems: Problems,
    days: u64,
    /// What passkeys are asked, where there are any.
    passkey: Option<Options>,
    /// What authenticators are told, as JSON.
    signal: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    browser: UserAgent,
    Query(query): Query<NextQuery>,
) -> Response {
    if shell.account.is_some() {
        return redirect(local_path(&query.next).unwrap_or("/account"));
    }
    let form = LogIn { next: query.next, ..LogIn::default() };
    if query.kept.is_some() && !browser.keeps_cookies() {
        let problems = Problems::general(key!("login-error-cookies"), Field::Login, 0);
        // Nor could it be told by one that it is the browser whose challenge a passkey answers.
        let page = LogInPage { shell, form, problems, days: days(&app), passkey: None, signal: None };
        return Page(page).into_response();
    }
    page(&app, shell, form, Problems::default())
}

/// How many days a browser stays logged in that is remembered.
fn days(app: &App) -> u64 {
    app.settings().session_max.as_secs() / 86_400
}

pub(super) async fn submit(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    Form(mut form): Form<LogIn>,
) -> Result<Response, PageError> {
    let mut problems = Problems::default();
    if form.login.trim().is_empty() {
        problems.check::<()>(Field::Login, Err(Problem::Missing));
    }
    let password = match own_password(std::mem::take(&mut form.password)) {
        Err(Problem::Wrong) => {
            let problems = mismatch(&shell);
            return Ok(refused(&app, shell, form, StatusCode::UNPROCESSABLE_ENTITY, problems));
        }
        password => problems.check(Field::Password, password),
    };
    let (Some(password), true) = (password, problems.is_empty()) else {
        return Ok(refused(&app, shell, form, StatusCode::UNPROCESSABLE_ENTITY, problems));
    };
    let draft = form.draft(&app);
    let remember = form.remember.is_some();
    let next = form.next().to_owned();
    let data = async |account: &Account| {
        let mut data = Draft::data(draft, &app, account).await;
        typed_login::keep(&mut data, &form.login);
        data
    };
    let done = match begin(&app, &form.login, &password, client, browser.trusted()).await {
        Ok(Begun::Done(who)) => {
            let mut data = data(who.account()).await;
            leaked_password::look_up(&app, &password, &mut data).await;
            log_in(&app, &current, &who, browser, client, LogInWith { remember, next, data }).await
        }
        Ok(Begun::SecondStep(proved)) => {
            let mut data = data(proved.account()).await;
            leaked_password::look_up(&app, &password, &mut data).await;
            return verify::ask(&app, &proved, LogInWith { remember, next, data }).await;
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(response) => Ok(response),
        Err(error) => {
            let (status, problems) = problems_of(&shell, error)?;
            Ok(refused(&app, shell, form, status, problems))
        }
    }
}

/// Logs in the user a passkey names.
pub(super) async fn submit_passkey(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    Form(mut form): Form<LogIn>,
) -> Result<Response, PageError> {
    let draft = form.draft(&app);
    let answered = shell.login_page().unwrap_or_default().to_owned();
    let error = match passkey::authenticate(&app, &answered, &form.passkey, client).await {
        Ok(who) => {
            let data = Draft::data(draft, &app, who.account()).await;
            let with = LogInWith { remember: form.remember.is_some(), next: form.next().to_owned(), data };
            match log_in(&app, &current, &who, browser, client, with).await {
                Ok(response) => return Ok(response),
                Err(error) => Refusal::Failed(error),
            }
        }
        Err(refusal) => refusal,
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let refused_as = |key| (status, Problems::general(key, Field::Login, 0));
    let mut signal = None;
    let (status, problems) = match error {
        Refusal::Unavailable => return Err(PageError::NotFound),
        Refusal::Expired => refused_as(key!("login-error-passkey-expired")),
        Refusal::Unknown(id) => {
            signal = super::passkey::unknown(&app, &id);
            refused_as(key!("login-error-passkey"))
        }
        // What a disabled account is told of after its password, a passkey does not tell.
        Refusal::Refused | Refusal::Failed(Error::Disabled) => refused_as(key!("login-error-passkey")),
        Refusal::Failed(error) => problems_of(&shell, error)?,
    };
    Ok((status, problems.retry_after(), page_with(&app, shell, form, problems, signal)).into_response())
}

/// What passkeys are asked now, for a page that has been open for a while.
pub(super) async fn show_passkey(State(app): State<App>, shell: PageContext) -> Result<Response, PageError> {
    let (options, cookie) = passkey_options(&app, &shell);
    let mut response = super::passkey::json(options)?;
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    Ok(response)
}

/// What passkeys are asked, and the cookie that the browser is to answer with where it has none.
fn passkey_options(app: &App, shell: &PageContext) -> (Option<Options>, Option<HeaderValue>) {
    let known = shell.login_page().map(str::to_owned);
    let token = known.clone().unwrap_or_else(challenge::browser_token);
    // A log-in page without the button is better than none.
    let options = passkeys::options_for_log_in(app, &token).ok().flatten();
    let cookie = (known.is_none() && options.is_some()).then(|| cookies::set_login_page(token));
    (options, cookie)
}

impl LogIn {
    /// What was typed into another form before, if that can be read.
    fn draft(&mut self, app: &App) -> Option<Draft> {
        let draft = Draft::unseal(app, &self.draft);
        if draft.is_none() {
            self.draft.clear();
        }
        draft
    }

    /// Where to go on.
    fn next(&self) -> &str {
        local_path(&self.next).unwrap_or("/account")
    }
}

/// What a log-in is to lead to.
pub(super) struct LogInWith {
    /// Whether the browser stays logged in when it is closed.
    pub(super) remember: bool,
    /// Where to go on, on this site.
    pub(super) next: String,
    /// What the session begins with.
    pub(super) data: Data,
}

/// What the log-in page says of a log-in that came to nothing.
pub(super) fn problems_of(shell: &PageContext, error: Error) -> Result<(StatusCode, Problems), PageError> {
    Ok(match error {
        Error::Credentials(_) => (StatusCode::UNPROCESSABLE_ENTITY, mismatch(shell)),
        Error::Disabled => {
            let key = if shell.support_email().is_some() {
                key!("login-error-disabled-support")
            } else {
                key!("login-error-disabled")
            };
            (StatusCode::UNPROCESSABLE_ENTITY, Problems::general(key, Field::Login, 0))
        }
        Error::TooMany(wait) => {
            let key =
                if shell.sends_mail() { key!("login-error-too-many-reset") } else { key!("login-error-too-many") };
            (StatusCode::TOO_MANY_REQUESTS, Problems::too_many(key, Field::Login, wait))
        }
        error => return Err(error.into()),
    })
}

/// One message for a wrong name and a wrong password: which one is not told.
fn mismatch(shell: &PageContext) -> Problems {
    let key = if shell.sends_mail() { key!("login-error-mismatch-reset") } else { key!("login-error-mismatch") };
    Problems::general(key, Field::Login, 0)
}

fn refused(app: &App, shell: PageContext, form: LogIn, status: StatusCode, problems: Problems) -> Response {
    (status, problems.retry_after(), page(app, shell, form, problems)).into_response()
}

/// The page for a visitor who was headed elsewhere, with what they typed there.
pub(super) fn page_before(app: &App, shell: PageContext, next: String, draft: String) -> Response {
    page(app, shell, LogIn { next, draft, ..LogIn::default() }, Problems::default())
}

fn page(app: &App, shell: PageContext, form: LogIn, problems: Problems) -> Response {
    page_with(app, shell, form, problems, None)
}

fn page_with(app: &App, shell: PageContext, form: LogIn, problems: Problems, signal: Option<String>) -> Response {
    let (passkey, cookie) = passkey_options(app, &shell);
    let page = LogInPage { shell, form, problems, days: days(app), passkey, signal };
    let mut response = Page(page).into_response();
    response.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
    response
}

/// Logs the browser in. Gives the cookie that it will be known by.
async fn start(
    app: &App,
    current: &Current,
    who: &Authenticated,
    browser: &session::Browser,
    client: Client,
    data: Data,
) -> Result<HeaderValue, Error> {
    let known = device::renew(app, who.account(), client).await?;
    current.start(who, browser, data).await?;
    Ok(cookies::set_known_device(known))
}

/// The same, tells the person by mail where the browser is new to the account, and goes on.
pub(super) async fn log_in(
    app: &App,
    current: &Current,
    who: &Authenticated,
    browser: UserAgent,
    client: Client,
    with: LogInWith,
) -> Result<Response, Error> {
    let keeps_cookies = browser.keeps_cookies();
    let browser = browser.at(client, with.remember);
    let known = start(app, current, who, &browser, client, with.data).await?;
    // The user is logged in whatever becomes of the mail.
    if let Err(error) = device::tell_if_new(app, who.account(), client, &browser.agent).await {
        tracing::warn!(%error, "the mail about a log-in on a new browser could not be queued");
    }
    let mut response = go_on(&with.next, known, keeps_cookies);
    response.headers_mut().extend(cookies::set_signals(who.account()));
    Ok(response)
}

/// Goes on after a log-in. A browser that may keep no cookies goes by the log-in page, which leads those on who are
/// logged in then, and tells the others why they are not.
fn go_on(next: &str, known: HeaderValue, keeps_cookies: bool) -> Response {
    let mut response = if keeps_cookies {
        redirect(next)
    } else {
        let mut query = form_urlencoded::Serializer::new(String::new());
        redirect(&format!("/login?{}", query.append_pair("next", next).append_pair("kept", "").finish()))
    };
    response.headers_mut().append(header::SET_COOKIE, known);
    response
}

/// Logs in a user who has just opened an account. Should it be refused at the last moment, the log-in page says so.
pub(super) async fn start_session(
    app: &App,
    shell: PageContext,
    current: &Current,
    who: &Authenticated,
    browser: UserAgent,
    client: Client,
) -> Result<Response, PageError> {
    let keeps_cookies = browser.keeps_cookies();
    match start(app, current, who, &browser.at(client, false), client, Data::new()).await {
        Ok(known) => Ok(go_on("/welcome", known, keeps_cookies)),
        Err(error) => refused_at_last(app, shell, who, error),
    }
}

/// The log-in page for a user who was authenticated and is refused all the same: the account is not what it was, or the
/// database is busy.
pub(super) fn refused_at_last(
    app: &App,
    shell: PageContext,
    who: &Authenticated,
    error: Error,
) -> Result<Response, PageError> {
    let (status, problems) = problems_of(&shell, error)?;
    let form = LogIn { login: who.account().login().to_owned(), ..LogIn::default() };
    Ok(refused(app, shell.at("/login"), form, status, problems))
}
