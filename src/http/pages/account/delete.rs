//! `/account/delete`: what goes, and the proof that it is meant.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::{devices, remove};
use crate::app::App;
use crate::error::Error;
use crate::logins::prove;
use crate::model::{Account, Client, Field, Problem, Username};

use super::Face;
use crate::http::page_error::PageError;
use crate::http::pages::context::{Page, PageContext};
use crate::http::pages::forms::{Form, Problems, own_password};
use crate::http::pages::redirect;
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct DeleteForm {
    confirm: String,
    password: String,
}

#[derive(Template)]
#[template(path = "account/delete.html")]
struct DeletePage {
    shell: PageContext,
    face: Face,
    problems: Problems,
    /// What to type: the username, or the e-mail of an account without one.
    word: String,
    confirm: String,
    devices: usize,
    public_page: Option<String>,
}

pub(super) async fn show(State(app): State<App>, shell: PageContext, user: CurrentUser) -> Result<Response, PageError> {
    if !app.settings().self_delete {
        return Err(PageError::NotFound);
    }
    Ok(page(&app, shell, &user.0, Problems::default(), String::new()).await?.into_response())
}

async fn page(
    app: &App,
    shell: PageContext,
    account: &Account,
    problems: Problems,
    confirm: String,
) -> Result<Page<DeletePage>, PageError> {
    Ok(Page(DeletePage {
        shell,
        face: Face::of(account),
        problems,
        word: word(account).to_owned(),
        confirm,
        devices: devices::list(app, account.id).await?.len(),
        public_page: account.username().filter(|_| account.profile.public).map(crate::http::pages::user::path),
    }))
}

/// What to type to delete an account.
pub(crate) fn word(account: &Account) -> &str {
    account.username().or(account.email()).unwrap_or_default()
}

/// Whether it was typed.
pub(crate) fn confirmed(account: &Account, typed: &str) -> Result<(), Problem> {
    let key = |text: &str| Username::keys(text.trim()).map(|keys| keys.key().to_owned());
    // An address may be no username, but it is itself.
    let same = key(typed) == key(word(account)) && key(typed).is_ok() || typed.trim() == word(account);
    if same { Ok(()) } else { Err(Problem::Wrong) }
}

pub(super) async fn submit(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    user: CurrentUser,
    client: Client,
    Form(form): Form<DeleteForm>,
) -> Result<Response, PageError> {
    if !app.settings().self_delete {
        return Err(PageError::NotFound);
    }
    let mut problems = Problems::default();
    problems.check(Field::Confirm, confirmed(&user.0, &form.confirm));
    let password = problems.check(Field::Password, own_password(form.password));
    let (Some(password), true) = (password, problems.is_empty()) else {
        let page = page(&app, shell, &user.0, problems, form.confirm).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let done = match prove(&app, &user.actor(), user.0.id, &password, client).await {
        Ok(_) => remove::remove(&app, &user.actor(), user.0.id).await,
        Err(error) => Err(error),
    };
    let (status, problems) = match done {
        Ok(()) => {
            session.forget().await?;
            return Ok(redirect("/goodbye"));
        }
        Err(Error::LastAdmin) => {
            (StatusCode::CONFLICT, Problems::general("delete-error-last-admin", Field::Confirm, 0))
        }
        Err(error) => Problems::unproved(Field::Password, error)?,
    };
    let wait = problems.retry_after();
    Ok((status, wait, page(&app, shell, &user.0, problems, form.confirm).await?).into_response())
}
