//! `/email/confirm/{token}`: a link that confirms an address, once. Opening it changes nothing: mail scanners open links,
//! too. Where the sign-up was made, a button does; elsewhere its password, or another one.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::insert::Opened;
use crate::accounts::password::{self, choose};
use crate::accounts::pending::{self, PendingSignUp};
use crate::accounts::{LinkState, confirm};
use crate::app::App;
use crate::error::Error;
use crate::language::Key;
use crate::model::{Account, Client, Field, Username};
use crate::passkeys::{Options, Refusal};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems, own_password};
use super::reset::reason;
use super::sent::{asked_name, logged_in, other_name};
use super::user_agent::UserAgent;
use super::{redirect, redirect_with_flash, welcome};
use crate::http::page_error::PageError;
use crate::http::sessions::Current;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ConfirmForm {
    /// The password chosen at the sign-up.
    password: Option<String>,
    /// Another one.
    new: Option<String>,
    /// The answer of the passkey made at the sign-up, as JSON.
    passkey: String,
    /// Another username, where the one that was chosen has become another's.
    username: String,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    shell: PageContext,
    problems: Problems,
    token: String,
    /// Whether this is where the sign-up was made.
    is_here: bool,
    email: String,
    /// What password managers keep a password under.
    login: String,
    /// Another username is asked for, and this was typed.
    username: Option<String>,
    password_min: usize,
    /// Whether a password was chosen at the sign-up, or a passkey made.
    has_password: bool,
    /// What that passkey is asked.
    passkey: Option<Options>,
}

impl ConfirmPage {
    /// Where the answer of a passkey goes.
    fn passkey_action(&self) -> String {
        format!("/email/confirm/{}/passkey", self.token)
    }
}

#[derive(Template)]
#[template(path = "confirm_dead.html")]
struct DeadPage {
    shell: PageContext,
    token: String,
    /// The key of the sentence that says why.
    reason: Key,
    /// Whether a new link can be sent.
    is_renewable: bool,
    /// Whether nothing is left of what it was about.
    is_over: bool,
}

/// What a link confirms the address of.
enum Subject {
    Account(Box<Account>),
    SignUp(Box<PendingSignUp>),
}

/// How it was confirmed.
enum Confirmed {
    /// Where the account is logged in.
    Here,
    /// Where the sign-up was made.
    SignedUp(Opened),
    Elsewhere,
}

impl Subject {
    async fn of(app: &App, token: &str) -> Result<Subject, Error> {
        match confirm::account(app, token).await {
            Ok(account) => Ok(Subject::Account(Box::new(account))),
            Err(Error::NotFound) => Ok(Subject::SignUp(Box::new(pending::of_link(app, token).await?))),
            Err(error) => Err(error),
        }
    }

    fn email(&self) -> &str {
        match self {
            Subject::Account(account) => account.email().unwrap_or_default(),
            Subject::SignUp(waiting) => &waiting.email,
        }
    }

    fn username(&self) -> Option<&str> {
        match self {
            Subject::Account(account) => account.username(),
            Subject::SignUp(waiting) => waiting.username.as_deref(),
        }
    }

    /// Whether a password was chosen at the sign-up.
    async fn has_password(&self, app: &App) -> Result<bool, Error> {
        match self {
            Subject::Account(account) => password::exists(app, account.id).await,
            Subject::SignUp(waiting) => Ok(waiting.chosen_hash().is_some()),
        }
    }

    /// What the passkey is asked that was made in its place.
    async fn passkey_options(&self, app: &App, token: &str) -> Result<Option<Options>, Error> {
        match self {
            Subject::Account(account) => confirm::options(app, account, token).await,
            Subject::SignUp(waiting) => pending::options(app, waiting, token),
        }
    }

    /// Whether this is the browser of the sign-up.
    fn is_here(&self, shell: &PageContext, browser: &UserAgent) -> bool {
        match self {
            Subject::Account(account) => shell.account.as_ref().is_some_and(|visitor| visitor.id == account.id),
            Subject::SignUp(waiting) => pending::is_of(waiting, browser.pending()),
        }
    }
}

async fn dead(app: &App, shell: PageContext, token: String) -> Result<Response, PageError> {
    let dead = confirm::dead(app, &token).await?;
    let is_over = dead.is_sign_up && matches!(dead.state, Some(LinkState::Expired));
    let page = DeadPage { shell, token, reason: reason(dead.state), is_renewable: dead.renewable.is_some(), is_over };
    Ok((StatusCode::NOT_FOUND, Page(page)).into_response())
}

async fn page(
    app: &App,
    shell: PageContext,
    browser: &UserAgent,
    subject: &Subject,
    token: String,
    typed: &str,
    problems: Problems,
) -> Result<Page<ConfirmPage>, PageError> {
    let username = match subject {
        Subject::Account(_) => None,
        Subject::SignUp(waiting) => asked_name(app, waiting, typed).await?,
    };
    Ok(Page(ConfirmPage {
        is_here: subject.is_here(&shell, browser),
        has_password: subject.has_password(app).await?,
        passkey: subject.passkey_options(app, &token).await?,
        email: subject.email().to_owned(),
        login: subject.username().unwrap_or(subject.email()).to_owned(),
        password_min: app.settings().password_min,
        shell,
        problems,
        token,
        username,
    }))
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    browser: UserAgent,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    match Subject::of(&app, &token).await {
        Ok(subject) => Ok(page(&app, shell, &browser, &subject, token, "", Problems::default()).await?.into_response()),
        Err(Error::NotFound) => dead(&app, shell, token).await,
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn submit(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    Path(token): Path<String>,
    Form(form): Form<ConfirmForm>,
) -> Result<Response, PageError> {
    let subject = match Subject::of(&app, &token).await {
        Ok(subject) => subject,
        Err(Error::NotFound) => return dead(&app, shell, token).await,
        Err(error) => return Err(error.into()),
    };
    let typed = form.username.clone();
    let field = if form.new.is_some() { Field::New } else { Field::Password };
    let (status, problems) = match carry_out(&app, &shell, &browser, &subject, &token, form, client).await {
        Err(problems) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        Ok(Ok(Confirmed::Here)) => return Ok(redirect_with_flash("/account", key!("flash-email-confirmed-here"), 0)),
        Ok(Ok(Confirmed::SignedUp(opened))) => {
            return logged_in(welcome::begin(&app, shell, &current, opened, browser, client).await?);
        }
        Ok(Ok(Confirmed::Elsewhere)) => return Ok(redirect_with_flash("/login", key!("flash-email-confirmed"), 0)),
        Ok(Err(Error::NotFound)) => return dead(&app, shell, token).await,
        Ok(Err(Error::Taken(field))) => {
            let name = if typed.is_empty() { subject.username().unwrap_or_default() } else { &typed };
            (StatusCode::CONFLICT, Problems::taken(&app, field, name).await?)
        }
        Ok(Err(error)) => Problems::not_reauthenticated(field, error)?,
    };
    let retry_after = problems.retry_after();
    let page = page(&app, shell, &browser, &subject, token, &typed, problems).await?;
    Ok((status, retry_after, page).into_response())
}

/// What the passkey that was made at the sign-up is asked now, for a page that has been open for a while.
pub(super) async fn show_passkey(State(app): State<App>, Path(token): Path<String>) -> Result<Response, PageError> {
    let subject = Subject::of(&app, &token).await?;
    super::passkey::json(subject.passkey_options(&app, &token).await?)
}

/// Confirms by the passkey that was made at the sign-up: a whole log-in, where there was no account yet.
pub(super) async fn submit_passkey(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    Path(token): Path<String>,
    Form(form): Form<ConfirmForm>,
) -> Result<Response, PageError> {
    let subject = match Subject::of(&app, &token).await {
        Ok(subject) => subject,
        Err(Error::NotFound) => return dead(&app, shell, token).await,
        Err(error) => return Err(error.into()),
    };
    let mut problems = Problems::default();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if let Some(name) = other_name(&mut problems, &form.username) {
        let done = match &subject {
            Subject::Account(_) => {
                let done = confirm::confirm_by_passkey(&app, &token, &form.passkey, client).await;
                done.map(|()| Confirmed::Elsewhere)
            }
            Subject::SignUp(_) => {
                let done = pending::finish_by_passkey(&app, &token, &form.passkey, name, client).await;
                done.map(Confirmed::SignedUp)
            }
        };
        problems = match done {
            Ok(Confirmed::SignedUp(opened)) => {
                return welcome::begin(&app, shell, &current, opened, browser, client).await;
            }
            Ok(Confirmed::Here | Confirmed::Elsewhere) => {
                return Ok(redirect_with_flash("/login", key!("flash-email-confirmed"), 0));
            }
            Err(Refusal::Failed(Error::NotFound)) => return dead(&app, shell, token).await,
            Err(Refusal::Failed(Error::Taken(field))) => {
                status = StatusCode::CONFLICT;
                Problems::taken(&app, field, subject.username().unwrap_or_default()).await?
            }
            Err(refusal) => Problems::of_passkey(refusal, Field::New)?,
        };
    }
    let page = page(&app, shell, &browser, &subject, token, &form.username, problems).await?;
    Ok((status, page).into_response())
}

/// Does what the form asks for; the outer error is what is wrong with the form.
async fn carry_out(
    app: &App,
    shell: &PageContext,
    browser: &UserAgent,
    subject: &Subject,
    token: &str,
    form: ConfirmForm,
    client: Client,
) -> Result<Result<Confirmed, Error>, Problems> {
    let mut problems = Problems::default();
    let name: Option<Option<Username>> = other_name(&mut problems, &form.username);
    let Some(name) = name else { return Err(problems) };
    if form.new.is_none() && subject.is_here(shell, browser) {
        return Ok(match subject {
            Subject::Account(account) => {
                confirm::confirm(app, token, account.id, client).await.map(|()| Confirmed::Here)
            }
            Subject::SignUp(_) => {
                let done = pending::finish_here(app, token, browser.pending(), name, client).await;
                done.map(Confirmed::SignedUp)
            }
        });
    }
    let done = match form.new {
        Some(new) => {
            let new = choose(app, new, subject.username(), Some(subject.email()), Some(client.address)).await;
            let new = new.map_err(|problem| Problems::one(Field::New, problem))?;
            match subject {
                Subject::Account(_) => confirm::claim(app, token, &new, client).await,
                Subject::SignUp(_) => pending::finish_with_new_password(app, token, &new, name, client).await,
            }
        }
        None => {
            let typed = own_password(form.password.unwrap_or_default());
            let typed = typed.map_err(|problem| Problems::one(Field::Password, problem))?;
            match subject {
                Subject::Account(_) => confirm::confirm_by_password(app, token, &typed, client).await,
                Subject::SignUp(_) => pending::finish_by_password(app, token, &typed, name, client).await,
            }
        }
    };
    Ok(done.map(|()| Confirmed::Elsewhere))
}

/// Sends a new link in place of one that works no more. The answer does not tell whether one was sent.
pub(super) async fn again(
    State(app): State<App>,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    match confirm::ask_by_link(&app, &token, browser.name(), shell.words.language(), client).await {
        Ok(()) | Err(Error::Closed) => Ok(redirect_with_flash("/login", key!("flash-confirm-sent"), 0)),
        Err(error) => Err(error.into()),
    }
}

/// Back to the page that has the button.
pub(super) async fn back(Path(token): Path<String>) -> Response {
    redirect(&format!("/email/confirm/{token}"))
}
