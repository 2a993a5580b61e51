//! `/login`: logging in, and going on to where one was headed.

use std::convert::Infallible;

use askama::Template;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use url::form_urlencoded;

use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::logins::second_step::Begun;
use crate::logins::{begin, device, passkey, session};
use crate::model::{Account, AccountId, Client, Field, Problem};
use crate::passkeys::{self, Options, Refusal, challenge};

use super::context::{self, Page, PageContext, WHOSE};
use super::draft::{self, Draft};
use super::forms::{Form, Problems, own_password};
use super::{account, leaked_password, local_path, redirect, redirect_with_flash, typed_login, verify};
use crate::http::FORM_LIMIT;
use crate::http::cookies;
use crate::http::page_error::PageError;
use crate::http::sessions::{Current, Data};
use crate::http::visitor::Visitor;

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
    if query.kept.is_some() && !browser.keeps_cookies {
        let problems = Problems::general("login-error-cookies", Field::Login, 0);
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
    let data = |account: &Account| {
        let mut data = draft.map(|draft| draft.data(account)).unwrap_or_default();
        typed_login::keep(&mut data, &form.login);
        data
    };
    let done = match begin(&app, &form.login, &password, client, browser.trusted()).await {
        Ok(Begun::Done(who)) => {
            let mut data = data(who.account());
            leaked_password::look_up(&app, &password, &mut data).await;
            log_in(&app, &current, &who, browser, client, LogInWith { remember, next, data }).await
        }
        Ok(Begun::SecondStep(proved)) => {
            let mut data = data(proved.account());
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

/// Logs in whomever a passkey names.
pub(super) async fn submit_passkey(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    Form(mut form): Form<LogIn>,
) -> Result<Response, PageError> {
    let draft = form.draft(&app);
    let answered = shell.login_page.clone().unwrap_or_default();
    let error = match passkey::authenticate(&app, &answered, &form.passkey, client).await {
        Ok(who) => {
            let data = draft.map(|draft| draft.data(who.account())).unwrap_or_default();
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
        Refusal::Expired => refused_as("login-error-passkey-expired"),
        Refusal::Unknown(id) => {
            signal = super::passkey::unknown(&app, &id);
            refused_as("login-error-passkey")
        }
        // What a disabled account is told of after its password, a passkey does not tell.
        Refusal::Refused | Refusal::Failed(Error::Disabled) => refused_as("login-error-passkey"),
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
    let known = shell.login_page.clone();
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
            let key =
                if shell.support_email().is_some() { "login-error-disabled-support" } else { "login-error-disabled" };
            (StatusCode::UNPROCESSABLE_ENTITY, Problems::general(key, Field::Login, 0))
        }
        Error::TooMany(wait) => {
            let key = if shell.sends_mail() { "login-error-too-many-reset" } else { "login-error-too-many" };
            (StatusCode::TOO_MANY_REQUESTS, Problems::too_many(key, Field::Login, wait))
        }
        error => return Err(error.into()),
    })
}

/// One message for a wrong name and a wrong password: which one is not told.
fn mismatch(shell: &PageContext) -> Problems {
    let key = if shell.sends_mail() { "login-error-mismatch-reset" } else { "login-error-mismatch" };
    Problems::general(key, Field::Login, 0)
}

fn refused(app: &App, shell: PageContext, form: LogIn, status: StatusCode, problems: Problems) -> Response {
    (status, problems.retry_after(), page(app, shell, form, problems)).into_response()
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

/// What a request tells of the browser that it comes from.
#[derive(Clone, Debug, Default)]
pub(super) struct UserAgent {
    /// What the list of devices shows of it.
    name: String,
    /// Whether it keeps cookies, as far as that is known; a program that asks for no page knows what it does.
    keeps_cookies: bool,
    /// What a sign-up is known by that waits in it.
    pending: Option<String>,
    /// What a log-in is known by that waits in it for its second step.
    login_step: Option<String>,
    /// What shows that it is trusted not to be asked for the second step.
    trusted: Option<String>,
}

impl UserAgent {
    /// What the browser calls itself.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What a sign-up is known by that waits in it.
    pub(super) fn pending(&self) -> Option<&str> {
        self.pending.as_deref()
    }

    /// What a log-in is known by that waits in it for its second step.
    pub(super) fn login_step(&self) -> Option<&str> {
        self.login_step.as_deref()
    }

    /// What shows that it is trusted not to be asked for the second step.
    pub(super) fn trusted(&self) -> Option<&str> {
        self.trusted.as_deref()
    }

    fn at(self, client: Client, remember: bool) -> session::Browser {
        session::Browser { agent: self.name, address: client.address, remember }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for UserAgent {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<UserAgent, Infallible> {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let wants_page = text(header::ACCEPT).contains("text/html");
        let keeps_cookies = cookies::are_kept(&parts.headers) || !wants_page;
        let pending = cookies::pending(&parts.headers).map(str::to_owned);
        let login_step = cookies::login_step(&parts.headers).map(str::to_owned);
        let trusted = cookies::trusted(&parts.headers).map(str::to_owned);
        Ok(UserAgent { name: text(header::USER_AGENT).to_owned(), keeps_cookies, pending, login_step, trusted })
    }
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
    current.start(who, browser, data).await?;
    Ok(cookies::set_known_device(device::renew(app, who.account(), client).await?))
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
    let keeps_cookies = browser.keeps_cookies;
    let browser = browser.at(client, with.remember);
    let known = start(app, current, who, &browser, client, with.data).await?;
    device::tell_if_new(app, who.account(), client, &browser.agent).await?;
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
    let keeps_cookies = browser.keeps_cookies;
    match start(app, current, who, &browser.at(client, false), client, Data::new()).await {
        Ok(known) => Ok(go_on("/welcome", known, keeps_cookies)),
        Err(error) => {
            let (status, problems) = problems_of(&shell, error)?;
            let form = LogIn { login: who.account().login().to_owned(), ..LogIn::default() };
            Ok(refused(app, shell.at("/login"), form, status, problems))
        }
    }
}

/// Sends visitors who are not logged in to the log-in page, and back afterwards. One who posted something gets that
/// page for an answer: with what they typed, secrets apart, which goes along to the form that they come back to.
pub(super) async fn require_login(
    State(app): State<App>,
    current: Current,
    visitor: Option<axum::Extension<Visitor>>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(account) = visitor.and_then(|visitor| visitor.0.0) {
        return match of_this_account(&request, &account) {
            Ok(()) => next.run(request).await,
            Err(refused) => refused.into_response(),
        };
    }
    let whose = whose(request.uri().query());
    let target = context::path_of(request.uri());
    let login =
        format!("/login?{}", form_urlencoded::Serializer::new(String::new()).append_pair("next", &target).finish());
    if request.method() == Method::POST {
        return first(&app, &current, request, whose, target, &login)
            .await
            .unwrap_or_else(|fault| fault.into_response());
    }
    if target == "/account" { redirect(&login) } else { redirect_with_flash(&login, "flash-login-first", 0) }
}

/// Leads those who need a second factor and have none to the pages that add one, whatever page they ask for.
pub(super) async fn require_factor(
    State(app): State<App>,
    visitor: Option<axum::Extension<Visitor>>,
    request: Request,
    next: Next,
) -> Response {
    /// Where they may go: what adds a factor, and what that needs first.
    const OPEN: [&str; 3] = [account::two_factor::PATH, account::passkeys::PATH, "/account/email"];
    let path = request.uri().path();
    let is_closed = ["/account", "/admin", "/welcome"].iter().any(|closed| is_below(path, closed));
    if is_closed
        && !OPEN.iter().any(|open| is_below(path, open))
        && let Some(account) = visitor.and_then(|visitor| visitor.0.0)
        && app.settings().owes_factor(&account)
    {
        return redirect(account::two_factor::PATH);
    }
    next.run(request).await
}

/// Whether a path is `above` or below it.
fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The log-in page for a visitor who has posted a form.
async fn first(
    app: &App,
    current: &Current,
    request: Request,
    whose: Option<AccountId>,
    target: String,
    login: &str,
) -> Result<Response, PageError> {
    let (mut parts, body) = request.into_parts();
    let shell = PageContext::from_request_parts(&mut parts, app).await.unwrap_or_else(|never| match never {});
    let path = parts.uri.path().to_owned();
    let (fields, has_photo) = posted(app, Request::from_parts(parts, body)).await;
    let owner = match whose {
        None => current.former_owner().await?,
        whose => whose,
    };
    let draft = Draft::of(app, &path, fields, owner);
    let draft = draft.and_then(|draft| draft.seal(app)).unwrap_or_default();
    let key = match (has_photo, draft.is_empty()) {
        (true, _) => "flash-login-photo",
        (false, true) => "flash-login-first",
        (false, false) => "flash-login-again",
    };
    let shell = shell.at(login).saying(key);
    let form = LogIn { next: target, draft, ..LogIn::default() };
    let mut response = (StatusCode::UNAUTHORIZED, page(app, shell, form, Problems::default())).into_response();
    // Every 401 names a way in (RFC 9110 §15.5.2); browsers leave one that they do not know to the page.
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Cookie form-action=\"/login\""));
    Ok(response)
}

/// Refuses a form that was shown to another account, in a tab from before: no account changes anything by what another
/// user typed.
///
/// # Errors
/// [`PageError::OtherAccount`].
pub(super) fn of_this_account(request: &Request, account: &Account) -> Result<(), PageError> {
    let is_others =
        request.method() == Method::POST && whose(request.uri().query()).is_some_and(|whose| whose != account.id);
    if is_others { Err(PageError::OtherAccount) } else { Ok(()) }
}

/// The account that a form says it was shown to.
fn whose(query: Option<&str>) -> Option<AccountId> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let (_, id) = pairs.find(|(name, _)| name == WHOSE)?;
    id.parse().ok().map(AccountId)
}

/// The fields of a posted form, as far as they can be read, and whether a photo came with them.
async fn posted(app: &App, request: Request) -> (draft::Fields, bool) {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let body = to_bytes(Body::new(request.into_body()), FORM_LIMIT).await;
        (body.map(|body| draft::fields(&body)).unwrap_or_default(), false)
    } else if account::has_picture_form(request.uri().path()) {
        draft::texts(app, request).await
    } else {
        (draft::Fields::new(), false)
    }
}
