//! `/signup`: opening an account.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::password::choose;
use crate::accounts::register::{self, Registration};
use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::model::password::Password;
use crate::model::{Client, Door, Email, Field, Name, Username};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems};
use super::login::{self, UserAgent};
use super::redirect;
use crate::http::page_error::PageError;
use crate::http::sessions::Current;

/// What the form holds. The first admin's form is the same.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SignUp {
    pub(super) email: String,
    pub(super) username: String,
    pub(super) password: String,
}

#[derive(Template)]
#[template(path = "signup.html")]
struct SignUpPage {
    shell: PageContext,
    form: SignUp,
    problems: Problems,
    password_min: usize,
}

pub(super) async fn show(State(app): State<App>, shell: PageContext) -> Response {
    if shell.account.is_some() {
        return redirect("/account");
    }
    let status = if shell.signup_open() { StatusCode::OK } else { StatusCode::FORBIDDEN };
    (status, page(&app, shell, SignUp::default(), Problems::default())).into_response()
}

pub(super) async fn submit(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    Form(form): Form<SignUp>,
) -> Result<Response, PageError> {
    let registration = match form.check(&app) {
        Ok(registration) => registration,
        Err(problems) => {
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&app, shell, form, problems)).into_response());
        }
    };
    let (status, problems) = match register::register(&app, registration, client, Door::Pages).await {
        Ok(who) => return login::start_session(&app, shell, &current, &who, browser, client).await,
        Err(Error::Taken(field)) => {
            if let Some(who) = form.resubmitted(&app, client).await? {
                return login::start_session(&app, shell, &current, &who, browser, client).await;
            }
            (StatusCode::CONFLICT, Problems::taken(&app, field, &form.username).await?)
        }
        Err(Error::TooMany(wait)) => {
            (StatusCode::TOO_MANY_REQUESTS, Problems::too_many("signup-error-too-many", Field::Email, wait))
        }
        Err(Error::Closed) => (StatusCode::FORBIDDEN, Problems::default()),
        Err(error) => return Err(error.into()),
    };
    Ok((status, problems.retry_after(), page(&app, shell, form, problems)).into_response())
}

fn page(app: &App, shell: PageContext, form: SignUp, problems: Problems) -> Page<SignUpPage> {
    Page(SignUpPage { shell, form, problems, password_min: app.settings().password_min })
}

impl SignUp {
    /// The fields as an account takes them, or everything that is wrong.
    pub(super) fn check(&self, app: &App) -> Result<Registration, Problems> {
        let mut problems = Problems::default();
        let email = problems.check(Field::Email, Email::choose(&self.email));
        let username = problems.check(Field::Username, Username::choose(&self.username));
        let password = choose(app, self.password.clone(), Some(&self.username), Some(&self.email));
        let password = problems.check(Field::Password, password);
        match (email, username, password) {
            (Some(email), Some(username), Some(password)) => Ok(Registration {
                username: Some(username),
                email: Some(email),
                name: Name::default(),
                password,
                organization: None,
                language: None,
            }),
            _ => Err(problems),
        }
    }

    /// Whose account it is, if this is the second press of a button whose first answer was lost.
    pub(super) async fn resubmitted(&self, app: &App, client: Client) -> Result<Option<Authenticated>, PageError> {
        match (Username::keys(self.username.trim()), Password::typed(self.password.clone())) {
            (Ok(username), Ok(password)) => {
                match register::resubmitted(app, &username, &self.email, &password, client).await {
                    Ok(who) => Ok(who),
                    // Tried too often, it is just a taken name.
                    Err(Error::TooMany(_) | Error::Disabled) => Ok(None),
                    Err(error) => Err(error.into()),
                }
            }
            _ => Ok(None),
        }
    }
}
