//! `/password/forgot`: asking for a link that sets another password. The answer is the same whether there is such an
//! account or not.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::password_reset;
use crate::app::App;
use crate::error::Error;
use crate::model::{Client, Field, Problem};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems};
use super::user_agent::UserAgent;
use crate::http::page_error::PageError;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ForgotForm {
    /// An address, or a username: a user who has forgotten the one may know the other.
    #[serde(alias = "login")]
    email: String,
}

#[derive(Template)]
#[template(path = "forgot.html")]
struct ForgotPage {
    shell: PageContext,
    form: ForgotForm,
    problems: Problems,
}

#[derive(Template)]
#[template(path = "forgot_sent.html")]
struct SentPage {
    shell: PageContext,
    email: String,
}

pub(super) async fn show(shell: PageContext) -> Response {
    Page(ForgotPage { shell, form: ForgotForm::default(), problems: Problems::default() }).into_response()
}

pub(super) async fn submit(
    State(app): State<App>,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    Form(form): Form<ForgotForm>,
) -> Result<Response, PageError> {
    if form.email.trim().is_empty() {
        let problems = Problems::one(Field::Email, Problem::Missing);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(ForgotPage { shell, form, problems })).into_response());
    }
    match password_reset::ask(&app, &form.email, browser.name(), shell.words.language(), client).await {
        Ok(()) => {
            let email = form.email.trim().chars().take(254).collect();
            Ok(Page(SentPage { shell, email }).into_response())
        }
        Err(Error::Closed) => {
            let page = Page(ForgotPage { shell, form, problems: Problems::default() });
            Ok((StatusCode::FORBIDDEN, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
