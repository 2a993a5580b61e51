//! `/email/change/{token}`, `/email/stop/{token}` and `/email/undo/{token}`: links of mails about a change of the e-mail.
//! Opening one changes nothing, however often: mail scanners and chat programs open links, too. A button does.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::accounts::email_change;
use crate::accounts::email_links::{self, Link, Shown};
use crate::accounts::email_undo::{self, Former};
use crate::app::App;
use crate::error::Error;
use crate::language::Key;
use crate::model::{Client, Field, Problem};
use crate::passkeys::{Options, Refusal};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems, own_password};
use super::reset::bad_link;
use super::{redirect, redirect_with_flash};
use crate::http::cookies;
use crate::http::page_error::PageError;
use crate::http::sessions::Current;

#[derive(Template)]
#[template(path = "email_link.html")]
struct EmailLinkPage {
    shell: PageContext,
    problems: Problems,
    title: Key,
    lead: String,
    button: String,
    /// Where the button leads.
    action: String,
    /// For a page that asks for a password: the name beside it.
    login: Option<String>,
    /// What a passkey is asked in its place, where the account has one.
    passkey: Option<Options>,
}

impl EmailLinkPage {
    /// Where the answer of a passkey goes.
    fn passkey_action(&self) -> String {
        format!("{}/passkey", self.action)
    }
}

/// What is said of a link that does not work.
async fn bad(app: &App, shell: PageContext, link: Link, token: &str) -> Result<Response, PageError> {
    let next = match link {
        Link::Confirm => Some((key!("email-change-again"), "/account/email")),
        Link::Stop | Link::Undo => None,
    };
    Ok(bad_link(shell, email_links::state(app, link, token).await?, next))
}

pub(super) async fn show_change(
    State(app): State<App>,
    shell: PageContext,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    show(&app, shell, Link::Confirm, &token).await
}

pub(super) async fn show_stop(
    State(app): State<App>,
    shell: PageContext,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    show(&app, shell, Link::Stop, &token).await
}

async fn show(app: &App, shell: PageContext, link: Link, token: &str) -> Result<Response, PageError> {
    let Shown { email, .. } = match email_links::look(app, link, token).await {
        Ok(shown) => shown,
        Err(Error::NotFound) => return bad(app, shell, link, token).await,
        Err(error) => return Err(error.into()),
    };
    let (title, lead, button, place) = match link {
        Link::Confirm => (key!("email-change-title"), key!("email-change-lead"), key!("email-change-button"), "change"),
        Link::Stop | Link::Undo => {
            (key!("email-stop-title"), key!("email-stop-lead"), key!("email-stop-button"), "stop")
        }
    };
    let page = EmailLinkPage {
        problems: Problems::default(),
        title,
        lead: shell.text_with(lead, "email", &email),
        button: shell.text_with(button, "email", &email),
        action: format!("/email/{place}/{token}"),
        login: None,
        passkey: None,
        shell,
    };
    Ok(Page(page).into_response())
}

pub(super) async fn submit_change(
    State(app): State<App>,
    session: Current,
    shell: PageContext,
    client: Client,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let whose = email_links::look(&app, Link::Confirm, &token).await.ok().map(|shown| shown.account.id);
    match email_change::confirm(&app, &token, session.handle().as_deref(), client).await {
        Ok(()) => {
            let is_own = whose.is_some() && shell.account.as_ref().map(|account| account.id) == whose;
            let to = if is_own { "/account/email" } else { "/login" };
            let mut response = redirect_with_flash(to, key!("flash-email-saved"), 0);
            let signals = shell.account.filter(|_| is_own).and_then(|account| cookies::set_signals(&account));
            response.headers_mut().extend(signals);
            Ok(response)
        }
        Err(Error::NotFound) => bad(&app, shell, Link::Confirm, &token).await,
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn submit_stop(
    State(app): State<App>,
    shell: PageContext,
    client: Client,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    match email_change::stop(&app, &token, client).await {
        Ok(()) => Ok(redirect_with_flash("/login", key!("flash-email-kept"), 0)),
        Err(Error::NotFound) => bad(&app, shell, Link::Stop, &token).await,
        Err(error) => Err(error.into()),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct UndoForm {
    password: String,
    /// The answer of a passkey in its place, as JSON.
    passkey: String,
}

async fn undo_page(
    app: &App,
    shell: PageContext,
    shown: &Shown,
    token: &str,
    problems: Problems,
) -> Result<Page<EmailLinkPage>, PageError> {
    Ok(Page(EmailLinkPage {
        problems,
        passkey: email_undo::undo_options(app, token, shown.account.id).await?,
        title: key!("email-undo-title"),
        lead: shell.text_with(key!("email-undo-lead"), "email", &shown.email),
        button: shell.words.text(key!("email-undo-button")).into_owned(),
        action: format!("/email/undo/{token}"),
        // Not the address that the account has now, which may be a thief's.
        login: Some(shown.account.username().unwrap_or(&shown.email).to_owned()),
        shell,
    }))
}

pub(super) async fn show_undo(
    State(app): State<App>,
    shell: PageContext,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    match email_links::look(&app, Link::Undo, &token).await {
        Ok(shown) => Ok(undo_page(&app, shell, &shown, &token, Problems::default()).await?.into_response()),
        Err(Error::NotFound) => bad(&app, shell, Link::Undo, &token).await,
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn submit_undo(
    State(app): State<App>,
    shell: PageContext,
    client: Client,
    Path(token): Path<String>,
    Form(form): Form<UndoForm>,
) -> Result<Response, PageError> {
    let password = own_password(form.password);
    carry_out_undo(&app, shell, client, &token, password.as_ref().map(Former::Password)).await
}

/// Takes a change back by what proves it; or shows the page again, with what is wrong.
async fn carry_out_undo(
    app: &App,
    shell: PageContext,
    client: Client,
    token: &str,
    former: Result<Former<'_>, &Problem>,
) -> Result<Response, PageError> {
    let shown = match email_links::look(app, Link::Undo, token).await {
        Ok(shown) => shown,
        Err(Error::NotFound) => return bad(app, shell, Link::Undo, token).await,
        Err(error) => return Err(error.into()),
    };
    let (status, problems) = match former {
        Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, Problems::one(Field::Password, problem.clone())),
        Ok(former) => match email_undo::undo(app, token, former, client).await {
            Ok(link) => return Ok(redirect(&format!("/password/reset/{link}"))),
            Err(Refusal::Failed(Error::NotFound)) => return bad(app, shell, Link::Undo, token).await,
            Err(refusal) => not_undone(refusal)?,
        },
    };
    let wait = problems.retry_after();
    Ok((status, wait, undo_page(app, shell, &shown, token, problems).await?).into_response())
}

/// What is said of a change that was not taken back.
fn not_undone(refusal: Refusal) -> Result<(StatusCode, Problems), PageError> {
    match refusal {
        Refusal::Failed(Error::Taken(_)) => {
            Ok((StatusCode::CONFLICT, Problems::general(key!("problem-email-taken-other"), Field::Password, 0)))
        }
        Refusal::Failed(error) => Problems::not_reauthenticated(Field::Password, error),
        refusal => Ok((StatusCode::UNPROCESSABLE_ENTITY, Problems::of_passkey(refusal, Field::Password)?)),
    }
}

/// What a passkey is asked now, for a page that has been open for a while.
pub(super) async fn show_undo_passkey(
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let shown = email_links::look(&app, Link::Undo, &token).await?;
    super::passkey::json(email_undo::undo_options(&app, &token, shown.account.id).await?)
}

/// Takes a change back with a passkey in place of the password.
pub(super) async fn submit_undo_passkey(
    State(app): State<App>,
    shell: PageContext,
    client: Client,
    Path(token): Path<String>,
    Form(form): Form<UndoForm>,
) -> Result<Response, PageError> {
    carry_out_undo(&app, shell, client, &token, Ok(Former::Passkey(&form.passkey))).await
}
