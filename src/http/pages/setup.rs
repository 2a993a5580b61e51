//! `/setup/{token}`: the link from the start-up log that makes the first admin.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::setup;
use crate::app::App;
use crate::error::Error;
use crate::model::{Actor, Client, Door};

use super::super::fault::Fault;
use super::super::sessions::Current;
use super::forms::{Form, Problems};
use super::login::{self, Browser};
use super::see_other_saying;
use super::shell::{Page, Shell};
use super::signup::SignUp;

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    shell: Shell,
    form: SignUp,
    problems: Problems,
    password_min: usize,
    token: String,
}

fn page(app: &App, shell: Shell, token: String, form: SignUp, problems: Problems) -> Page<SetupPage> {
    Page(SetupPage { shell, form, problems, password_min: app.settings().password_min, token })
}

pub(super) async fn show(State(app): State<App>, shell: Shell, Path(token): Path<String>) -> Result<Response, Fault> {
    if !setup::is_good(&app, &token).await? {
        return Err(Fault::NotFound);
    }
    Ok(page(&app, shell, token, SignUp::default(), Problems::default()).into_response())
}

pub(super) async fn submit(
    State(app): State<App>,
    current: Current,
    shell: Shell,
    client: Client,
    browser: Browser,
    Path(token): Path<String>,
    Form(form): Form<SignUp>,
) -> Result<Response, Fault> {
    if !setup::is_good(&app, &token).await? {
        return Err(Fault::NotFound);
    }
    if let Some(account) = &shell.account {
        let by = Actor::logged_in(account, Door::Pages, client.address);
        setup::claim(&app, &by, &token).await?;
        return Ok(see_other_saying(&app, "/account", "flash-first-admin", 0));
    }
    let (status, problems) = match form.check(&app) {
        Err(problems) => (StatusCode::UNPROCESSABLE_ENTITY, problems),
        Ok(registration) => match setup::open(&app, &token, registration, client).await {
            Ok(who) => return login::welcome(&app, shell, &current, &who, browser, client).await,
            Err(Error::Taken(field)) => (StatusCode::CONFLICT, Problems::taken(&app, field, &form.username).await?),
            Err(error) => return Err(error.into()),
        },
    };
    Ok((status, page(&app, shell, token, form, problems)).into_response())
}
