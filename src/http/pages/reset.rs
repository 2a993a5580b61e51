//! `/password/reset/{token}`: a link by which somebody sets their password, once. Opening it changes nothing: mail
//! scanners and chat programs open links, too.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::password::choose;
use crate::accounts::password_link;
use crate::app::App;
use crate::error::Error;
use crate::model::{Account, Client, Field};

use super::super::fault::Fault;
use super::forms::{Form, Problems};
use super::see_other_saying;
use super::shell::{Page, Shell};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ResetForm {
    password: String,
}

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage {
    shell: Shell,
    problems: Problems,
    login: String,
    password_min: usize,
    token: String,
}

#[derive(Template)]
#[template(path = "bad_link.html")]
struct BadLinkPage {
    shell: Shell,
}

/// What is said of a link that was used, withdrawn or is too old.
pub(super) fn no_longer_good(shell: Shell) -> Response {
    (StatusCode::NOT_FOUND, Page(BadLinkPage { shell })).into_response()
}

fn page(app: &App, shell: Shell, account: &Account, token: String, problems: Problems) -> Page<ResetPage> {
    let password_min = app.settings().password_min;
    Page(ResetPage { shell, problems, login: account.login().to_owned(), password_min, token })
}

pub(super) async fn show(State(app): State<App>, shell: Shell, Path(token): Path<String>) -> Result<Response, Fault> {
    match password_link::account(&app, &token).await {
        Ok(account) => Ok(page(&app, shell, &account, token, Problems::default()).into_response()),
        Err(Error::NotFound) => Ok(no_longer_good(shell)),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: Shell,
    client: Client,
    Path(token): Path<String>,
    Form(form): Form<ResetForm>,
) -> Result<Response, Fault> {
    let account = match password_link::account(&app, &token).await {
        Ok(account) => account,
        Err(Error::NotFound) => return Ok(no_longer_good(shell)),
        Err(error) => return Err(error.into()),
    };
    match choose(&app, form.password, account.username(), account.email()) {
        Err(problem) => {
            let problems = Problems::one(Field::Password, problem);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&app, shell, &account, token, problems)).into_response())
        }
        Ok(password) => match password_link::spend(&app, &token, &password, client).await {
            Ok(()) => Ok(see_other_saying(&app, "/login", "flash-password-set", 0)),
            Err(Error::NotFound) => Ok(no_longer_good(shell)),
            Err(error) => Err(error.into()),
        },
    }
}
