//! `/invite/{token}`: an invited person opens an account, also where sign-up is closed.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::accounts::invites;
use crate::app::App;
use crate::error::Error;
use crate::model::{Client, Field};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems};
use super::login;
use super::reset::expired_link;
use super::signup::SignUp;
use super::user_agent::UserAgent;
use crate::http::page_error::PageError;
use crate::http::sessions::Current;

#[derive(Template)]
#[template(path = "invite.html")]
struct InvitePage {
    shell: PageContext,
    form: SignUp,
    problems: Problems,
    password_min: usize,
    token: String,
}

fn page(app: &App, shell: PageContext, token: String, form: SignUp, problems: Problems) -> Page<InvitePage> {
    Page(InvitePage { shell, form, problems, password_min: app.settings().password_min, token })
}

pub(super) async fn show(
    State(app): State<App>,
    shell: PageContext,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    match invites::find(&app, &token).await {
        Ok(invite) => {
            let form = SignUp { email: invite.email.unwrap_or_default(), ..SignUp::default() };
            Ok(page(&app, shell, token, form, Problems::default()).into_response())
        }
        Err(Error::NotFound) => Ok(expired_link(shell)),
        Err(error) => Err(error.into()),
    }
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
    let opened = match invites::find(&app, &token).await {
        Ok(_) => match form.check(&app, client).await {
            Ok(registration) => invites::accept(&app, &token, shell.with_language(registration), client).await,
            Err(problems) => {
                let page = page(&app, shell, token, form, problems);
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
        },
        Err(error) => Err(error),
    };
    let (status, problems) = match opened {
        Ok(who) => return login::start_session(&app, shell, &current, &who, browser, client).await,
        // The second press of a button whose first answer was lost: the account is theirs, and the link used up.
        Err(Error::NotFound) => {
            return match form.resubmitted(&app, None, client).await? {
                Some(who) => login::start_session(&app, shell, &current, &who, browser, client).await,
                None => Ok(expired_link(shell)),
            };
        }
        Err(Error::Taken(field)) => (StatusCode::CONFLICT, Problems::taken(&app, field, &form.username).await?),
        Err(Error::TooMany(wait)) => {
            (StatusCode::TOO_MANY_REQUESTS, Problems::too_many(key!("signup-error-too-many"), Field::Email, wait))
        }
        Err(error) => return Err(error.into()),
    };
    Ok((status, problems.retry_after(), page(&app, shell, token, form, problems)).into_response())
}
