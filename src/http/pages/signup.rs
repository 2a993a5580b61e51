//! `/signup`: opening an account.

use askama::Template;
use axum::extract::{FromRequest, FromRequestParts as _, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::password::choose;
use crate::accounts::pending;
use crate::accounts::register::{self, SignedUp};
use crate::accounts::registration::Browser;
use crate::accounts::registration::{Credential, Registration};
use crate::app::App;
use crate::authenticated::Authenticated;
use crate::error::Error;
use crate::language::{device_name, known_zone};
use crate::model::password::Password;
use crate::model::{Client, Door, Email, Field, Name, Username};
use crate::passkeys::registration::{self, NewPasskey};
use crate::passkeys::{Refusal, challenge};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems};
use super::guard::{Answers, Guard};
use super::login;
use super::user_agent::UserAgent;
use super::{redirect, sent, welcome};
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
    /// The passkey that was made in its place, as JSON.
    pub(super) passkey: String,
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
    /// The domain whose pages may make passkeys, where there are any.
    passkey_domain: Option<String>,
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

/// A form that was sent, with where it comes from.
pub(super) struct Sent {
    current: Current,
    shell: PageContext,
    client: Client,
    browser: UserAgent,
    form: SignUp,
}

impl FromRequest<App> for Sent {
    type Rejection = PageError;

    async fn from_request(request: Request, app: &App) -> Result<Sent, PageError> {
        let (mut parts, body) = request.into_parts();
        let current = Current::from_request_parts(&mut parts, app).await?;
        let Ok(shell) = PageContext::from_request_parts(&mut parts, app).await;
        let Ok(client) = Client::from_request_parts(&mut parts, app).await;
        let Ok(browser) = UserAgent::from_request_parts(&mut parts, app).await;
        let Form(form) = Form::from_request(Request::from_parts(parts, body), app).await?;
        Ok(Sent { current, shell, client, browser, form })
    }
}

impl Sent {
    /// The form again, with what is wrong.
    fn refused(self, app: &App, status: StatusCode, problems: Problems) -> Response {
        (status, problems.retry_after(), page(app, self.shell, self.form, problems)).into_response()
    }

    fn unprocessable(self, app: &App, problems: Problems) -> Response {
        self.refused(app, StatusCode::UNPROCESSABLE_ENTITY, problems)
    }

    /// The form again, after a sign-up that came to nothing.
    async fn failed(self, app: &App, error: Error) -> Result<Response, PageError> {
        let (status, problems) = match error {
            Error::Taken(field) => (StatusCode::CONFLICT, Problems::taken(app, field, &self.form.username).await?),
            Error::TooMany(wait) => {
                let is_plain = app.settings().signup_guard && self.form.answers.proof().is_none();
                let key = if is_plain { key!("signup-error-too-many-plain") } else { key!("signup-error-too-many") };
                (StatusCode::TOO_MANY_REQUESTS, Problems::too_many(key, Field::Email, wait))
            }
            Error::Closed => (StatusCode::FORBIDDEN, Problems::default()),
            // Some account has this passkey.
            Error::Forbidden => {
                (StatusCode::UNPROCESSABLE_ENTITY, Problems::general(key!("passkeys-error-refused"), Field::Email, 0))
            }
            error => return Err(error.into()),
        };
        Ok(self.refused(app, status, problems))
    }

    /// Signs up, and goes on.
    async fn carry_out(
        self,
        app: &App,
        registration: Registration,
        made: Option<&NewPasskey>,
    ) -> Result<Response, PageError> {
        let registration = self.shell.with_language(registration);
        let cookie = self.browser.pending();
        let asking = Browser { agent: self.browser.name(), language: self.shell.words.language(), cookie };
        let proof = self.form.answers.proof();
        match register::register_by_form(app, registration, self.client, proof, &asking).await {
            Ok(SignedUp::Account(opened)) => {
                welcome::begin(app, self.shell, &self.current, opened, self.browser, self.client).await
            }
            Ok(SignedUp::Pending(cookie)) => {
                let mut response = redirect(sent::PATH);
                response.headers_mut().append(header::SET_COOKIE, cookies::set_pending(cookie));
                Ok(response)
            }
            Err(Error::Taken(field)) => {
                // Where the address is confirmed first, no answer depends on whose it is.
                if !pending::is_required(app, Door::Pages)
                    && let Some(who) = self.form.resubmitted(app, made, self.client).await?
                {
                    return login::start_session(app, self.shell, &self.current, &who, self.browser, self.client).await;
                }
                self.failed(app, Error::Taken(field)).await
            }
            Err(error) => self.failed(app, error).await,
        }
    }
}

pub(super) async fn submit(State(app): State<App>, sent: Sent) -> Result<Response, PageError> {
    if let Err(error) = register::permit_sign_up(&app) {
        return sent.failed(&app, error).await;
    }
    match sent.form.check(&app, sent.client).await {
        Err(problems) => Ok(sent.unprocessable(&app, problems)),
        Ok(registration) => match sent.form.answers.refusal(&app) {
            Some(sentence) => Ok(sent.unprocessable(&app, Problems::general(sentence, Field::Password, 0))),
            None => sent.carry_out(&app, registration, None).await,
        },
    }
}

/// Signs up with the passkey that the browser has made; without one, says why there can be none.
pub(super) async fn submit_passkey(State(app): State<App>, mut sent: Sent) -> Result<Response, PageError> {
    let details = match sent.form.details(&app) {
        Ok(details) => details,
        Err(problems) => return Ok(sent.unprocessable(&app, problems)),
    };
    if sent.form.answers.refusal(&app).is_some() {
        return Ok(sent.unprocessable(&app, Problems::general(key!("signup-again-passkey"), Field::Email, 0)));
    }
    if sent.form.passkey.is_empty()
        && let Err(error) = register::may_have(&app, &details.username, &details.email, sent.client).await
    {
        return sent.failed(&app, error).await;
    }
    let name = device_name(sent.browser.name(), sent.shell.words).0;
    let cookie = sent.shell.login_page().unwrap_or_default().to_owned();
    let key = match registration::at_sign_up(&app, &cookie, &sent.form.passkey, name) {
        Ok(made) => {
            let registration = sent.form.registration(details, Credential::Passkey(Box::new(made.clone())));
            return sent.carry_out(&app, registration, Some(&made)).await;
        }
        Err(Refusal::Unavailable) => return Err(PageError::NotFound),
        Err(Refusal::Failed(error)) => return Err(error.into()),
        Err(Refusal::Expired) => key!("passkeys-error-expired"),
        Err(Refusal::Refused | Refusal::Unknown(_)) => key!("passkeys-error-refused"),
    };
    sent.form.passkey.clear();
    Ok(sent.unprocessable(&app, Problems::general(key, Field::Email, 0)))
}

/// What a passkey of the account that the form describes is to be like. Where there can be no such account, none is made
/// that would stay on the person's device: the form says why, once it is sent.
pub(super) async fn passkey_options(State(app): State<App>, sent: Sent) -> Result<Response, PageError> {
    let details = sent.form.details(&app).ok().filter(|_| sent.form.answers.refusal(&app).is_none());
    let Some(Details { email, username, .. }) = details else {
        return Ok(StatusCode::UNPROCESSABLE_ENTITY.into_response());
    };
    match register::may_have(&app, &username, &email, sent.client).await {
        Ok(()) => {}
        Err(Error::Taken(_)) => return Ok(StatusCode::CONFLICT.into_response()),
        Err(Error::TooMany(_)) => return Ok(StatusCode::TOO_MANY_REQUESTS.into_response()),
        Err(Error::Closed) => return Ok(StatusCode::FORBIDDEN.into_response()),
        Err(error) => return Err(error.into()),
    }
    let known = sent.shell.login_page().map(str::to_owned);
    let token = known.clone().unwrap_or_else(challenge::browser_token);
    let mut response = super::passkey::json(registration::options_for_sign_up(&app, &token, username.typed())?)?;
    if known.is_none() {
        response.headers_mut().append(header::SET_COOKIE, cookies::set_login_page(token));
    }
    Ok(response)
}

fn page(app: &App, shell: PageContext, form: SignUp, problems: Problems) -> Page<SignUpPage> {
    let guard = Guard::of(app, &form.answers);
    let passkey_domain = app.relying_party().ok().map(|party| party.id().to_owned());
    Page(SignUpPage { shell, form, problems, password_min: app.settings().password_min, guard, passkey_domain })
}

/// What an account is opened with, whatever it is logged in by.
struct Details {
    email: Email,
    username: Username,
    terms: Option<String>,
}

impl SignUp {
    /// The names, or what is wrong with them.
    fn names(&self, problems: &mut Problems) -> Option<(Email, Username)> {
        let email = problems.check(Field::Email, Email::choose(&self.email));
        let username = problems.check(Field::Username, Username::choose(&self.username));
        email.zip(username)
    }

    /// The version of the terms that is agreed to.
    fn agreed(&self, app: &App, problems: &mut Problems) -> Option<Option<String>> {
        problems.check(Field::Terms, register::agree(app, !self.terms.is_empty()))
    }

    /// All but the password, or everything that is wrong.
    fn details(&self, app: &App) -> Result<Details, Problems> {
        let mut problems = Problems::default();
        let names = self.names(&mut problems);
        let terms = self.agreed(app, &mut problems);
        match (names, terms) {
            (Some((email, username)), Some(terms)) => Ok(Details { email, username, terms }),
            _ => Err(problems),
        }
    }

    fn registration(&self, details: Details, credential: Credential) -> Registration {
        Registration {
            username: Some(details.username),
            email: Some(details.email),
            name: Name::default(),
            credential,
            organization: None,
            language: None,
            time_zone: known_zone(&self.time_zone).map(str::to_owned),
            terms: details.terms,
            picture: None,
        }
    }

    /// The fields as an account with a password takes them, or everything that is wrong.
    pub(super) async fn check(&self, app: &App, client: Client) -> Result<Registration, Problems> {
        let mut problems = Problems::default();
        let names = self.names(&mut problems);
        let password =
            choose(app, self.password.clone(), Some(&self.username), Some(&self.email), Some(client.address)).await;
        let password = problems.check(Field::Password, password);
        let terms = self.agreed(app, &mut problems);
        match (names, password, terms) {
            (Some((email, username)), Some(password), Some(terms)) => {
                let details = Details { email, username, terms };
                Ok(self.registration(details, Credential::Password(password)))
            }
            _ => Err(problems),
        }
    }

    /// Whose account it is, if this is the second press of a button whose first answer was lost.
    pub(super) async fn resubmitted(
        &self,
        app: &App,
        made: Option<&NewPasskey>,
        client: Client,
    ) -> Result<Option<Authenticated>, PageError> {
        let Ok(username) = Username::keys(self.username.trim()) else { return Ok(None) };
        let found = match (made, Password::typed(self.password.clone())) {
            (Some(made), _) => register::resubmitted_by_passkey(app, &username, &self.email, made).await,
            (None, Ok(password)) => register::resubmitted(app, &username, &self.email, &password, client).await,
            (None, Err(_)) => return Ok(None),
        };
        match found {
            // Tried too often, it is just a taken name.
            Err(Error::TooMany(_) | Error::Disabled) => Ok(None),
            found => Ok(found?),
        }
    }
}
