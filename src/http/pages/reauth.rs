//! `/reauth`: proving again that it is oneself, before something sensitive.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::{password, two_factor};
use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::{Credentials, Error};
use crate::logins::{passkey, reauthenticate};
use crate::model::{Client, Field, Problem};
use crate::passkeys::challenge::Purpose;
use crate::passkeys::{self, Options};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems, own_password};
use super::{local_path, redirect, redirect_with_flash, typed_login};
use crate::http::page_error::PageError;
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ReauthForm {
    next: String,
    password: String,
    /// Of a second factor, where the account has one.
    second_factor: String,
    /// The answer of a passkey, as JSON, in place of both.
    passkey: String,
}

#[derive(Template)]
#[template(path = "reauth.html")]
struct ReauthPage {
    shell: PageContext,
    problems: Problems,
    login: String,
    next: String,
    /// Whether a second factor is asked for.
    two_factor: bool,
    /// Whether there is a password to prove it by; otherwise a passkey is all there is.
    has_password: bool,
    /// Whether that may be the code of an authenticator app.
    has_app: bool,
    /// What a passkey is asked, where the account has one.
    passkey: Option<Options>,
    /// Where to go instead.
    back: &'static str,
}

impl ReauthPage {
    /// Where the answer of a passkey goes.
    fn passkey_action(&self) -> String {
        format!("/reauth/passkey?{}", self.shell.whose())
    }
}

pub(super) async fn show(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    user: CurrentUser,
    Query(form): Query<ReauthForm>,
) -> Result<Response, PageError> {
    Ok(page(&app, &current, shell, &user, form.next, Problems::default()).await?.into_response())
}

async fn page(
    app: &App,
    current: &Current,
    shell: PageContext,
    user: &CurrentUser,
    next: String,
    problems: Problems,
) -> Result<Page<ReauthPage>, PageError> {
    let back = if super::admin::is_admin_path(&next) { "/admin/users" } else { "/account" };
    let login = typed_login::of(current, &user.0).await?;
    let two_factor = user.0.two_factor;
    let has_app = two_factor && two_factor::has_app(app, user.0.id).await?;
    let has_password = password::exists(app, user.0.id).await?;
    let passkey = if two_factor { options(app, current, user).await? } else { None };
    Ok(Page(ReauthPage { shell, problems, login, next, two_factor, has_password, has_app, passkey, back }))
}

pub(super) async fn submit(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    user: CurrentUser,
    client: Client,
    Form(form): Form<ReauthForm>,
) -> Result<Response, PageError> {
    let (status, problems) = match own_password(form.password) {
        Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, Problems::one(Field::Password, problem)),
        Ok(password) => {
            match reauthenticate(&app, &user.actor(), user.0.id, &password, &form.second_factor, client).await {
                Ok(who) => return go_on(&current, &who, &form.next).await,
                Err(Error::Credentials(Credentials::SecondFactor)) => {
                    let problem = if form.second_factor.trim().is_empty() { Problem::Missing } else { Problem::Wrong };
                    (StatusCode::UNPROCESSABLE_ENTITY, Problems::one(Field::SecondFactor, problem))
                }
                Err(error) => Problems::not_reauthenticated(Field::Password, error)?,
            }
        }
    };
    let wait = problems.retry_after();
    Ok((status, wait, page(&app, &current, shell, &user, form.next, problems).await?).into_response())
}

/// Goes on after a proof.
async fn go_on(current: &Current, who: &Authenticated, next: &str) -> Result<Response, PageError> {
    let next = local_path(next).unwrap_or("/account");
    if current.renew(who).await? {
        return Ok(redirect(next));
    }
    // Ended meanwhile, somewhere else: the user logs in again, if they can.
    let next = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    Ok(redirect_with_flash(&format!("/login?{next}"), key!("flash-login-first"), 0))
}

/// What a passkey of the user is asked, if they have one.
async fn options(app: &App, current: &Current, user: &CurrentUser) -> Result<Option<Options>, PageError> {
    let (account, session) = (user.0.id, current.handle().unwrap_or_default());
    let purpose = Purpose::Reauthentication { account, session: &session };
    Ok(passkeys::options_of_account(app, account, purpose).await?)
}

/// What a passkey is asked now, for a page that has been open for a while.
pub(super) async fn show_passkey(
    State(app): State<App>,
    current: Current,
    user: CurrentUser,
) -> Result<Response, PageError> {
    super::passkey::json(options(&app, &current, &user).await?)
}

/// Proves by a passkey that has verified its user, in place of the password and the second factor.
pub(super) async fn submit_passkey(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    user: CurrentUser,
    client: Client,
    Form(form): Form<ReauthForm>,
) -> Result<Response, PageError> {
    let session = current.handle().unwrap_or_default();
    let problems = match passkey::reauthenticate(&app, user.0.id, &session, &form.passkey, client).await {
        Ok(who) => return go_on(&current, &who, &form.next).await,
        Err(refusal) => Problems::of_passkey(refusal, Field::Password)?,
    };
    let page = page(&app, &current, shell, &user, form.next, problems).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
