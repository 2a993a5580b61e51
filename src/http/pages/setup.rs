//! `/setup/{token}`: the link from the start-up log that makes the first admin.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::setup;
use crate::app::App;
use crate::error::Error;
use crate::model::{Actor, Client, Door};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems};
use super::login;
use super::redirect_with_flash;
use super::signup::SignUp;
use super::user_agent::UserAgent;
use crate::http::page_error::PageError;
use crate::http::sessions::Current;

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    shell: PageContext,
    form: SignUp,
    problems: Problems,
    password_min: usize,
    token: String,
}

fn page(app: &App, shell: PageContext, token: String, form: SignUp, problems: Problems) -> Page<SetupPage> {
    Page(SetupPage { shell, form, problems, password_min: app.settings().password_min, token })
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    if !setup::is_good(&app, &token).await? {
        return Err(PageError::NotFound);
    }
    Ok(page(&app, shell, token, SignUp::default(), Problems::default()).into_response())
}

pub(super) async fn submit(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    Path(token): Path<String>,
    Form(form): Form<SignUp>,
) -> Result<Response, PageError> {
    if !setup::is_good(&app, &token).await? {
        return Err(PageError::NotFound);
    }
    if let Some(account) = &shell.account {
        let by = Actor::logged_in(account, Door::Pages, client.address);
        setup::claim(&app, &by, &token).await?;
        return Ok(redirect_with_flash("/account", key!("flash-first-admin"), 0));
    }
    let (status, problems) = match form.check(&app, client).await {
        Err(problems) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        Ok(registration) => match setup::open(&app, &token, shell.with_language(registration), client).await {
            Ok(who) => return login::start_session(&app, shell, &current, &who, browser, client).await,
            Err(Error::Taken(field)) => (StatusCode::CONFLICT, Problems::taken(&app, field, &form.username).await?),
            Err(error) => return Err(error.into()),
        },
    };
    Ok((status, page(&app, shell, token, form, problems)).into_response())
}
