//! `/password/reset/{token}`: a link by which a user sets their password, once. Opening it changes nothing: mail
//! scanners and chat programs open links, too.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::password::choose;
use crate::accounts::password_reset;
use crate::app::App;
use crate::error::Error;
use crate::model::{Account, Client, Field};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems};
use super::{redirect_with_flash, typed_login};
use crate::http::page_error::PageError;
use crate::http::sessions::Current;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ResetForm {
    password: String,
}

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage {
    shell: PageContext,
    problems: Problems,
    login: String,
    password_min: usize,
    token: String,
}

#[derive(Template)]
#[template(path = "bad_link.html")]
struct BadLinkPage {
    shell: PageContext,
}

/// What is said of a link that was used, withdrawn or is too old.
pub(super) fn expired_link(shell: PageContext) -> Response {
    (StatusCode::NOT_FOUND, Page(BadLinkPage { shell })).into_response()
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
    Ok(Page(ResetPage { shell, problems, login, password_min, token }))
}

pub(super) async fn show(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    match password_reset::account(&app, &token).await {
        Ok(account) => Ok(page(&app, &session, shell, &account, token, Problems::default()).await?.into_response()),
        Err(Error::NotFound) => Ok(expired_link(shell)),
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
    let account = match password_reset::account(&app, &token).await {
        Ok(account) => account,
        Err(Error::NotFound) => return Ok(expired_link(shell)),
        Err(error) => return Err(error.into()),
    };
    match choose(&app, form.password, account.username(), account.email()) {
        Err(problem) => {
            let problems = Problems::one(Field::Password, problem);
            let page = page(&app, &session, shell, &account, token, problems).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Ok(password) => match password_reset::redeem(&app, &token, &password, client).await {
            Ok(()) => Ok(redirect_with_flash("/login", "flash-password-set", 0)),
            Err(Error::NotFound) => Ok(expired_link(shell)),
            Err(error) => Err(error.into()),
        },
    }
}
