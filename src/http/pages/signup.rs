//! `/signup`: opening an account.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::password::choose;
use crate::accounts::pending::{self, Browser};
use crate::accounts::register::{self, Registration, SignedUp};
use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::language::known_zone;
use crate::model::password::Password;
use crate::model::{Client, Door, Email, Field, Name, Username};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems};
use super::guard::{Answers, Guard};
use super::login::{self, UserAgent};
use super::{redirect, sent};
use crate::http::cookies;
use crate::http::page_error::PageError;
use crate::http::sessions::Current;

/// What the form holds. The first admin's form is the same.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SignUp {
    pub(super) email: String,
    pub(super) username: String,
    pub(super) password: String,
    /// Ticked by whom the terms of use suit.
    pub(super) terms: String,
    /// The browser's, by its script.
    pub(super) time_zone: String,
    #[serde(flatten)]
    pub(super) answers: Answers,
}

#[derive(Template)]
#[template(path = "signup.html")]
struct SignUpPage {
    shell: PageContext,
    form: SignUp,
    problems: Problems,
    password_min: usize,
    guard: Option<Guard>,
}

/// How the form is asked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SignUpQuery {
    /// That what was typed before is to be changed.
    again: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    browser: UserAgent,
    Query(query): Query<SignUpQuery>,
) -> Result<Response, PageError> {
    if shell.account.is_some() {
        return Ok(redirect("/account"));
    }
    let mut form = SignUp::default();
    if query.again.is_some()
        && let Some(typed) = pending::of_browser(&app, browser.pending()).await?
    {
        form.username = typed.username.unwrap_or_default();
        form.email = typed.email;
    }
    let status = if shell.signup_open() { StatusCode::OK } else { StatusCode::FORBIDDEN };
    Ok((status, page(&app, shell, form, Problems::default())).into_response())
}

pub(super) async fn submit(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    Form(form): Form<SignUp>,
) -> Result<Response, PageError> {
    let registration = match form.check(&app).await {
        Ok(registration) => registration,
        Err(problems) => {
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&app, shell, form, problems)).into_response());
        }
    };
    if let Some(sentence) = form.answers.refusal(&app) {
        let problems = Problems::general(sentence, Field::Password, 0);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&app, shell, form, problems)).into_response());
    }
    let proof = form.answers.proof();
    let cookie = browser.pending();
    let asking = Browser { agent: browser.name(), language: shell.words.language(), cookie };
    let (status, problems) = match register::register_by_form(&app, registration, client, proof, &asking).await {
        Ok(SignedUp::Account(who)) => {
            return login::start_session(&app, shell, &current, &who, browser.clone(), client).await;
        }
        Ok(SignedUp::Pending(cookie)) => {
            let mut response = redirect(sent::PATH);
            response.headers_mut().append(header::SET_COOKIE, cookies::set_pending(cookie));
            return Ok(response);
        }
        Err(Error::Taken(field)) => {
            // Where the address is confirmed first, no answer depends on whose it is.
            if !pending::is_required(&app, Door::Pages)
                && let Some(who) = form.resubmitted(&app, client).await?
            {
                return login::start_session(&app, shell, &current, &who, browser.clone(), client).await;
            }
            (StatusCode::CONFLICT, Problems::taken(&app, field, &form.username).await?)
        }
        Err(Error::TooMany(wait)) => {
            let is_plain = app.settings().signup_guard && proof.is_none();
            let key = if is_plain { "signup-error-too-many-plain" } else { "signup-error-too-many" };
            (StatusCode::TOO_MANY_REQUESTS, Problems::too_many(key, Field::Email, wait))
        }
        Err(Error::Closed) => (StatusCode::FORBIDDEN, Problems::default()),
        Err(error) => return Err(error.into()),
    };
    Ok((status, problems.retry_after(), page(&app, shell, form, problems)).into_response())
}

fn page(app: &App, shell: PageContext, form: SignUp, problems: Problems) -> Page<SignUpPage> {
    let guard = Guard::of(app, &form.answers);
    Page(SignUpPage { shell, form, problems, password_min: app.settings().password_min, guard })
}

impl SignUp {
    /// The fields as an account takes them, or everything that is wrong.
    pub(super) async fn check(&self, app: &App) -> Result<Registration, Problems> {
        let mut problems = Problems::default();
        let email = problems.check(Field::Email, Email::choose(&self.email));
        let username = problems.check(Field::Username, Username::choose(&self.username));
        let password = choose(app, self.password.clone(), Some(&self.username), Some(&self.email)).await;
        let password = problems.check(Field::Password, password);
        let terms = problems.check(Field::Terms, register::agree(app, !self.terms.is_empty()));
        match (email, username, password, terms) {
            (Some(email), Some(username), Some(password), Some(terms)) => Ok(Registration {
                username: Some(username),
                email: Some(email),
                name: Name::default(),
                password,
                organization: None,
                language: None,
                time_zone: known_zone(&self.time_zone).map(str::to_owned),
                terms,
                picture: None,
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
