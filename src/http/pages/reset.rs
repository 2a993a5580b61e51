//! `/password/reset/{token}`: a link by which a user sets their password, once. Opening it changes nothing: mail
//! scanners and chat programs open links, too.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::LinkState;
use crate::accounts::password::choose;
use crate::accounts::password_reset::{self, Factor};
use crate::accounts::two_factor;
use crate::app::App;
use crate::error::Error;
use crate::language::Key;
use crate::model::{Account, Client, Field, Problem};
use crate::passkeys::{Options, Refusal};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems};
use super::{redirect_with_flash, typed_login};
use crate::http::page_error::PageError;
use crate::http::sessions::Current;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ResetForm {
    password: String,
    /// Of a second factor, where the account has one.
    second_factor: String,
    /// The answer of a passkey in its place, as JSON.
    passkey: String,
}

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage {
    shell: PageContext,
    problems: Problems,
    login: String,
    password_min: usize,
    token: String,
    /// Whether a second factor is asked for.
    two_factor: bool,
    /// Whether that may be the code of an authenticator app.
    has_app: bool,
    /// What a passkey is asked, where the account has one.
    passkey: Option<Options>,
}

impl ResetPage {
    /// Where the answer of a passkey goes.
    fn passkey_action(&self) -> String {
        format!("/password/reset/{}/passkey", self.token)
    }
}

#[derive(Template)]
#[template(path = "bad_link.html")]
struct BadLinkPage {
    shell: PageContext,
    /// The key of the sentence that says why.
    reason: Key,
    /// Where there is another one: the key of the button's words, and its address.
    next: Option<(Key, &'static str)>,
}

/// What is said of a link that was used, withdrawn or is too old.
pub(super) fn expired_link(shell: PageContext) -> Response {
    bad_link(shell, None, None)
}

/// What is said of a link that does not work, as far as it is known why, and where there is another one.
pub(super) fn bad_link(shell: PageContext, state: Option<LinkState>, next: Option<(Key, &'static str)>) -> Response {
    (StatusCode::NOT_FOUND, Page(BadLinkPage { shell, reason: reason(state), next })).into_response()
}

/// The key of the sentence that says why a link does not work.
pub(super) fn reason(state: Option<LinkState>) -> Key {
    match state {
        Some(LinkState::Used) => key!("bad-link-used"),
        Some(LinkState::Replaced) => key!("bad-link-replaced"),
        // It works and its account does not, or no more as it was.
        Some(LinkState::Expired | LinkState::Live) => key!("bad-link-expired"),
        None => key!("bad-link-lead"),
    }
}

/// The same for a link that sets a password.
async fn bad_reset_link(app: &App, shell: PageContext, token: &str) -> Result<Response, PageError> {
    let state = password_reset::state(app, token).await?;
    let next = shell.sends_mail().then_some((key!("bad-link-again"), "/password/forgot"));
    Ok(bad_link(shell, state, next))
}

async fn page(
    app: &App,
    session: &Current,
    shell: PageContext,
    account: &Account,
    token: String,
    problems: Problems,
) -> Result<Page<ResetPage>, PageError> {
    let password_min = app.settings().password_min;
    let login = typed_login::of(session, account).await?;
    let two_factor = password_reset::asks_for_factor(app, &token, account).await?;
    let has_app = two_factor && two_factor::has_app(app, account.id).await?;
    let passkey = if two_factor { password_reset::options(app, &token, account.id).await? } else { None };
    Ok(Page(ResetPage { shell, problems, login, password_min, token, two_factor, has_app, passkey }))
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    match password_reset::account(&app, &token).await {
        Ok(account) => Ok(page(&app, &session, shell, &account, token, Problems::default()).await?.into_response()),
        Err(Error::NotFound) => bad_reset_link(&app, shell, &token).await,
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn submit(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    client: Client,
    Path(token): Path<String>,
    Form(form): Form<ResetForm>,
) -> Result<Response, PageError> {
    let factor = Factor::Code(&form.second_factor);
    carry_out(&app, &session, shell, client, token, &form.password, factor).await
}

/// The same with a passkey for the second factor.
pub(super) async fn submit_passkey(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    client: Client,
    Path(token): Path<String>,
    Form(form): Form<ResetForm>,
) -> Result<Response, PageError> {
    let factor = Factor::Passkey(&form.passkey);
    carry_out(&app, &session, shell, client, token, &form.password, factor).await
}

/// What a passkey is asked now, for a page that has been open for a while.
pub(super) async fn show_passkey(State(app): State<App>, Path(token): Path<String>) -> Result<Response, PageError> {
    let account = password_reset::account(&app, &token).await?;
    super::passkey::json(password_reset::options(&app, &token, account.id).await?)
}

async fn carry_out(
    app: &App,
    session: &Current,
    shell: PageContext,
    client: Client,
    token: String,
    typed: &str,
    factor: Factor<'_>,
) -> Result<Response, PageError> {
    let account = match password_reset::account(app, &token).await {
        Ok(account) => account,
        Err(Error::NotFound) => return bad_reset_link(app, shell, &token).await,
        Err(error) => return Err(error.into()),
    };
    let mut problems = Problems::default();
    let password = choose(app, typed.to_owned(), account.username(), account.email(), Some(client.address)).await;
    let password = problems.check(Field::Password, password);
    if let Factor::Code(code) = factor
        && code.trim().is_empty()
        && password_reset::asks_for_factor(app, &token, &account).await?
    {
        problems.check::<()>(Field::SecondFactor, Err(Problem::Missing));
    }
    if let (Some(password), true) = (password, problems.is_empty()) {
        problems = match password_reset::redeem(app, &token, &password, factor, client).await {
            Ok(()) => return Ok(redirect_with_flash("/login", key!("flash-password-set"), 0)),
            Err(Refusal::Failed(Error::NotFound)) => return bad_reset_link(app, shell, &token).await,
            Err(Refusal::Failed(Error::Credentials(_))) => Problems::one(Field::SecondFactor, Problem::Wrong),
            Err(Refusal::Failed(Error::TooMany(wait))) => {
                Problems::too_many(key!("verify-error-too-many"), Field::SecondFactor, wait)
            }
            Err(refusal) => Problems::of_passkey(refusal, Field::Password)?,
        };
    }
    let wait = problems.retry_after();
    let status = if wait.is_some() { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, wait, page(app, session, shell, &account, token, problems).await?).into_response())
}
