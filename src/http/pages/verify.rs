//! `/login/verify`: the second step of a log-in, after the password of an account with a second factor.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use crate::accounts::two_factor;
use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::logins::passkey;
use crate::logins::second_step::{self, Proved, Waiting};
use crate::model::{Client, Field, Problem};
use crate::passkeys::challenge::Purpose;
use crate::passkeys::{self, Options, Refusal};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems};
use super::login::{self, LogInWith};
use super::user_agent::UserAgent;
use super::{local_path, redirect, redirect_with_flash};
use crate::http::cookies;
use crate::http::page_error::PageError;
use crate::http::sessions::{Current, Data};

const PATH: &str = "/login/verify";

/// How many days a browser is trusted.
const DAYS: u64 = second_step::TRUST.as_secs() / 86_400;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct CodeForm {
    second_factor: String,
    trust: Option<String>,
    /// The answer of a passkey, as JSON.
    passkey: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct CodeQuery {
    /// That a recovery code is to be typed.
    recovery: Option<String>,
}

#[derive(Template)]
#[template(path = "verify.html")]
struct VerifyPage {
    shell: PageContext,
    problems: Problems,
    /// Whether the code of an authenticator app is asked for, and not one for recovery.
    has_app: bool,
    trust: bool,
    days: u64,
    /// What a passkey is asked, where the account has one.
    passkey: Option<Options>,
}

impl VerifyPage {
    /// The attributes of the field for an app's code. It has the focus, unless what is wrong has.
    fn attributes(&self) -> &'static str {
        macro_rules! attributes {
            ($focus:literal) => {
                concat!(
                    "type=\"text\" inputmode=\"numeric\" autocomplete=\"one-time-code\" autocapitalize=\"none\" \
                     spellcheck=\"false\" required",
                    $focus
                )
            };
        }
        if self.problems.is_empty() { attributes!(" autofocus") } else { attributes!("") }
    }
}

/// What waits with a log-in for its second step.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Kept {
    next: String,
    data: Data,
}

/// Asks for the second step of a log-in.
pub(super) async fn ask(app: &App, proved: &Proved, with: LogInWith) -> Result<Response, PageError> {
    let kept = Kept { next: with.next, data: with.data };
    let kept = serde_json::to_string(&kept).map_err(|error| PageError::internal(&error.into()))?;
    let token = second_step::begin(app, proved, with.remember, kept).await?;
    let mut response = redirect(PATH);
    response.headers_mut().append(header::SET_COOKIE, cookies::set_login_step(token));
    Ok(response)
}

/// Where a browser goes in which no log-in waits (any more).
fn start_again() -> Response {
    let mut response = redirect_with_flash("/login", key!("flash-verify-again"), 0);
    response.headers_mut().append(header::SET_COOKIE, cookies::clear_login_step());
    response
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    browser: UserAgent,
    Query(query): Query<CodeQuery>,
) -> Result<Response, PageError> {
    if shell.account.is_some() {
        return Ok(redirect("/account"));
    }
    let typed = Typed { trust: false, recovery: query.recovery.is_some() };
    page(&app, shell, browser.login_step(), Problems::default(), typed).await
}

/// What was ticked and chosen on the page.
#[derive(Clone, Copy)]
struct Typed {
    trust: bool,
    recovery: bool,
}

async fn page(
    app: &App,
    shell: PageContext,
    token: Option<&str>,
    problems: Problems,
    typed: Typed,
) -> Result<Response, PageError> {
    let waiting = match token {
        Some(token) => second_step::find(app, token).await?,
        None => None,
    };
    let Some(waiting) = waiting else { return Ok(start_again()) };
    let has_app = !typed.recovery && two_factor::has_app(app, waiting.account.id).await?;
    let passkey = options(app, &waiting, token).await?;
    Ok(Page(VerifyPage { shell, problems, has_app, trust: typed.trust, days: DAYS, passkey }).into_response())
}

pub(super) async fn submit(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    let Some(token) = browser.login_step().map(str::to_owned) else { return Ok(start_again()) };
    // A user who typed letters goes on with a recovery code.
    let recovery = form.second_factor.contains(|letter: char| letter.is_ascii_alphabetic());
    let trust = form.trust.is_some();
    let problem = if form.second_factor.trim().is_empty() {
        Err(Problem::Missing)
    } else {
        match second_step::by_code(&app, &token, &form.second_factor, client).await {
            Ok(done) => return finish(&app, &current, shell, browser, client, done, trust).await,
            Err(Error::NotFound) => return Ok(start_again()),
            Err(Error::Credentials(_)) => Ok(Problems::one(Field::SecondFactor, Problem::Wrong)),
            Err(Error::TooMany(wait)) => {
                Ok(Problems::too_many(key!("verify-error-too-many"), Field::SecondFactor, wait))
            }
            Err(error) => return Err(error.into()),
        }
    };
    let problems = problem.unwrap_or_else(|problem| Problems::one(Field::SecondFactor, problem));
    let wait = problems.retry_after();
    let status = if wait.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shown = page(&app, shell, Some(&token), problems, Typed { trust, recovery }).await?;
    if shown.status().is_redirection() {
        return Ok(shown);
    }
    Ok((status, wait, shown).into_response())
}

/// Goes on after the second step of a log-in. The step waits no more, whatever comes of it.
async fn finish(
    app: &App,
    current: &Current,
    shell: PageContext,
    browser: UserAgent,
    client: Client,
    (who, waiting): (Authenticated, Waiting),
    trust: bool,
) -> Result<Response, PageError> {
    let kept: Kept = serde_json::from_str(&waiting.data).unwrap_or_default();
    let next = local_path(&kept.next).unwrap_or("/account").to_owned();
    let with = LogInWith { remember: waiting.remember, next, data: kept.data };
    let agent = browser.name().to_owned();
    let mut response = match login::log_in(app, current, &who, browser, client, with).await {
        Ok(mut response) => {
            response.headers_mut().extend(kept_cookies(app, &who, trust.then_some(&agent)).await);
            response
        }
        Err(error) => login::refused_at_last(app, shell, &who, error)?,
    };
    response.headers_mut().append(header::SET_COOKIE, cookies::clear_login_step());
    Ok(response)
}

/// What a browser keeps of a second step: that it is trusted, where it says by its name that it is to be, and that recovery
/// codes run out. The user is logged in whatever becomes of these.
async fn kept_cookies(app: &App, who: &Authenticated, trusts: Option<&String>) -> Vec<(HeaderName, HeaderValue)> {
    let mut kept = Vec::new();
    if let Some(agent) = trusts {
        match second_step::trust(app, who, agent).await {
            Ok(token) => kept.push((header::SET_COOKIE, cookies::set_trusted(token))),
            Err(error) => tracing::warn!(%error, "that a browser is trusted could not be noted"),
        }
    }
    match two_factor::overview(app, who.account().id).await {
        Ok(overview) if overview.are_codes_few() => {
            let left = u64::try_from(overview.recovery_codes).unwrap_or_default();
            kept.push((header::SET_COOKIE, cookies::set_flash(key!("flash-few-codes"), left)));
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "recovery codes could not be counted"),
    }
    kept
}

/// What a passkey of the account is asked, if it has one.
async fn options(app: &App, waiting: &Waiting, token: Option<&str>) -> Result<Option<Options>, PageError> {
    let (account, token) = (waiting.account.id, token.unwrap_or_default());
    Ok(passkeys::options_of_account(app, account, Purpose::SecondStep { account, token }).await?)
}

/// What a passkey is asked now, for a page that has been open for a while.
pub(super) async fn show_passkey(State(app): State<App>, browser: UserAgent) -> Result<Response, PageError> {
    let token = browser.login_step().ok_or(PageError::NotFound)?;
    let waiting = second_step::find(&app, token).await?.ok_or(PageError::NotFound)?;
    super::passkey::json(options(&app, &waiting, Some(token)).await?)
}

/// Does the second step by a passkey or security key.
pub(super) async fn submit_passkey(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    let Some(token) = browser.login_step().map(str::to_owned) else { return Ok(start_again()) };
    let trust = form.trust.is_some();
    let problems = match passkey::second_step(&app, &token, &form.passkey, client).await {
        Ok(done) => return finish(&app, &current, shell, browser, client, done, trust).await,
        Err(Refusal::Failed(Error::NotFound)) => return Ok(start_again()),
        Err(refusal) => Problems::of_passkey(refusal, Field::SecondFactor)?,
    };
    let shown = page(&app, shell, Some(&token), problems, Typed { trust, recovery: false }).await?;
    if shown.status().is_redirection() {
        return Ok(shown);
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, shown).into_response())
}
