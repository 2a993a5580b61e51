//! `/reauth`: proving again that it is oneself, before something sensitive.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::app::App;
use crate::logins::prove;
use crate::model::{Client, Field};

use super::super::fault::Fault;
use super::super::sessions::Current;
use super::super::visitor::CurrentUser;
use super::forms::{Form, Problems, own_password};
use super::shell::{Page, Shell};
use super::{own_path, see_other, see_other_saying};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ReauthForm {
    next: String,
    password: String,
}

#[derive(Template)]
#[template(path = "reauth.html")]
struct ReauthPage {
    shell: Shell,
    problems: Problems,
    login: String,
    next: String,
    /// Where to go instead.
    back: &'static str,
}

pub(super) async fn show(shell: Shell, user: CurrentUser, Query(form): Query<ReauthForm>) -> Response {
    page(shell, &user, form.next, Problems::default()).into_response()
}

fn page(shell: Shell, user: &CurrentUser, next: String, problems: Problems) -> Page<ReauthPage> {
    let back = if super::admin::is_admin_path(&next) { "/admin/users" } else { "/account" };
    Page(ReauthPage { shell, problems, login: user.0.login().to_owned(), next, back })
}

pub(super) async fn submit(
    State(app): State<App>,
    current: Current,
    shell: Shell,
    user: CurrentUser,
    client: Client,
    Form(form): Form<ReauthForm>,
) -> Result<Response, Fault> {
    let (status, problems) = match own_password(form.password) {
        Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, Problems::one(Field::Password, problem)),
        Ok(password) => match prove(&app, &user.actor(), user.0.id, &password, client).await {
            Ok(who) => {
                let next = own_path(&form.next).unwrap_or("/account");
                if current.renew(&who).await? {
                    return Ok(see_other(next));
                }
                // Ended meanwhile, somewhere else: whoever it is logs in again, if they can.
                let next = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
                return Ok(see_other_saying(&app, &format!("/login?{next}"), "flash-login-first", 0));
            }
            Err(error) => Problems::unproved(Field::Password, error)?,
        },
    };
    Ok((status, problems.retry_after(), page(shell, &user, form.next, problems)).into_response())
}
