//! `/reauth`: proving again that it is oneself, before something sensitive.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::app::App;
use crate::logins::reauthenticate;
use crate::model::{Client, Field};

use super::context::{Page, PageContext};
use super::forms::{Form, Problems, own_password};
use super::{local_path, redirect, redirect_with_flash, typed_login};
use crate::http::page_error::PageError;
use crate::http::sessions::Current;
use crate::http::visitor::CurrentUser;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ReauthForm {
    next: String,
    password: String,
}

#[derive(Template)]
#[template(path = "reauth.html")]
struct ReauthPage {
    shell: PageContext,
    problems: Problems,
    login: String,
    next: String,
    /// Where to go instead.
    back: &'static str,
}

pub(super) async fn show(
    current: Current,
    shell: PageContext,
    user: CurrentUser,
    Query(form): Query<ReauthForm>,
) -> Result<Response, PageError> {
    Ok(page(&current, shell, &user, form.next, Problems::default()).await?.into_response())
}

async fn page(
    current: &Current,
    shell: PageContext,
    user: &CurrentUser,
    next: String,
    problems: Problems,
) -> Result<Page<ReauthPage>, PageError> {
    let back = if super::admin::is_admin_path(&next) { "/admin/users" } else { "/account" };
    let login = typed_login::of(current, &user.0).await?;
    Ok(Page(ReauthPage { shell, problems, login, next, back }))
}

pub(super) async fn submit(
    State(app): State<App>,
    current: Current,
    shell: PageContext,
    user: CurrentUser,
    client: Client,
    Form(form): Form<ReauthForm>,
) -> Result<Response, PageError> {
    let (status, problems) = match own_password(form.password) {
        Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, Problems::one(Field::Password, problem)),
        Ok(password) => match reauthenticate(&app, &user.actor(), user.0.id, &password, client).await {
            Ok(who) => {
                let next = local_path(&form.next).unwrap_or("/account");
                if current.renew(&who).await? {
                    return Ok(redirect(next));
                }
                // Ended meanwhile, somewhere else: the user logs in again, if they can.
                let next = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
                return Ok(redirect_with_flash(&format!("/login?{next}"), "flash-login-first", 0));
            }
            Err(error) => Problems::not_reauthenticated(Field::Password, error)?,
        },
    };
    let wait = problems.retry_after();
    Ok((status, wait, page(&current, shell, &user, form.next, problems).await?).into_response())
}
